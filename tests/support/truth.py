"""What the depth of a shot should be, computed with numpy alone, and shots that ask for it.

Nothing here uses the passes' own formulas: rays of pixel centres are traced to the surface's plane,
displaced there, and measured by the rendering camera.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import OpenEXR

from engine.gpu import Gpu
from engine.scene import (
    EvaluatedCamera,
    EvaluatedFrame,
    Geometry,
    Scene,
    new_media,
    new_scene,
)
from passes import Renderer

Pixels = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
DepthOf = Callable[[Floats, Floats], Floats]

FRAME = 1001
SURFACE, CAMERA, MAP = "Surface 1", "Camera 1", "Z-Depth 1"
DISTANCE = float(0.5 / np.tan(np.radians(20.0)))  # of a new camera from its surface: 1.374
NEAR, FAR = 0.5 * DISTANCE, 2.0 * DISTANCE


# -- shots --


def write_depth(path: Path, values: Pixels, alpha: Pixels | None = None) -> Path:
    """Write a float32 EXR: channel Y, and A where given. values, alpha: (h, w)."""
    channels = {"Y": np.ascontiguousarray(values, np.float32)}
    if alpha is not None:
        channels["A"] = np.ascontiguousarray(alpha, np.float32)
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, channels).write(str(path))
    return path


def write_png(path: Path, pixels: Pixels) -> Path:
    """Write 8-bit sRGB, (h, w, 3) RGB or (h, w, 4) with straight alpha."""
    order = [2, 1, 0, 3][: pixels.shape[2]]
    assert cv2.imwrite(str(path), np.ascontiguousarray(pixels[..., order])), path
    return path


def noise(width: int, height: int, seed: int = 1) -> Pixels:
    """A picture (h, w, 3) uint8 in which no pixel is like its neighbour."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def mapped(
    folder: Path,
    depth: Pixels,
    picture: Pixels | None = None,
    alpha: Pixels | None = None,
    **values: Any,
) -> Scene:
    """A picture with its depth map on a new surface before a new camera.

    depth: (h, w) map values, with alpha (h, w). picture: (h, w, 3) uint8, noise of the map's size
    where it is left out. values: fields of the map. Absolute, Displace Vertices and Z-Depth Pass on
    unless they say otherwise.
    """
    height, width = depth.shape
    picture = noise(width, height) if picture is None else picture
    media = new_media(
        write_png(folder / "picture.png", picture), (picture.shape[1], picture.shape[0])
    )
    z_media = new_media(write_depth(folder / "depth.exr", depth, alpha), (width, height))
    scene = new_scene(media, z_media=z_media)
    return scene.with_values(MAP, **{"depth_range": "absolute", "z_pass": True, **values})


def of_function(depth: DepthOf, width: int, height: int) -> Pixels:
    """A function of u and v, sampled at pixel centres: (h, w) float32."""
    return np.broadcast_to(depth(*pixel_grid(width, height)), (height, width)).astype(np.float32)


def orbited(scene: Scene, degrees: float, rise: float = 0.0) -> Scene:
    """The document seen from elsewhere on the circle through its camera around the origin, by
    angles in degrees. The surface's own source camera stays where it is."""
    yaw, pitch = np.radians(degrees), np.radians(rise)
    x, y, z = np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)
    return scene.with_values(
        CAMERA,
        translate=(DISTANCE * float(x), DISTANCE * float(y), DISTANCE * float(z)),
        rotate=(-rise, degrees, 0.0),
    )


def with_ball(scene: Scene, centre: tuple[float, float, float], radius: float) -> Scene:
    """A sphere added to the document; it becomes object 2."""
    size = (2 * radius, 2 * radius, 2 * radius)
    return scene.with_node(Geometry(id="Ball", mesh="sphere", translate=centre, scale=size))


def render(
    gpu: Gpu,
    scene: Scene,
    passes: Sequence[str] = ("z",),
    *,
    size: tuple[int, int] | None = None,
    samples: int = 1,
    frame: int = FRAME,
    told: str = "",
) -> dict[str, npt.NDArray[np.float32]]:
    """The passes of one frame as arrays, by name. Fails on NaN and infinity, and on any warning but
    one that `told` is a part of, which is expected then."""
    renderer = _renderers.take(gpu, scene, tuple(passes), samples)
    renderer.resize(size or scene.size)
    rendered = renderer.render(frame)
    arrays = {name: rendered.array(name) for name in passes}
    others = [text for text in rendered.warnings if not told or told not in text]
    assert not others and bool(told) == bool(rendered.warnings), rendered.warnings
    for name, pixels in arrays.items():
        assert np.isfinite(pixels).all(), f"{name} holds NaN or infinity"
    return arrays


class _Renderers:
    """Renderers that draw one document after the other: their pipelines are made once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[tuple[str, ...], int], Renderer] = {}

    def take(self, gpu: Gpu, scene: Scene, passes: tuple[str, ...], samples: int) -> Renderer:
        key = (passes, samples)
        renderer = self._kept.pop(key, None)
        if renderer is not None and renderer.gpu is not gpu:
            renderer = None
        if renderer is None:
            renderer = Renderer(scene, gpu=gpu, passes=passes, views=(), samples=samples)
        else:
            # Nothing of the last document's pictures: a test may have written other files there.
            renderer.show(scene.with_settings(media=(), nodes=(), camera=None))
            renderer.show(scene)
        self._kept[key] = renderer  # the one used last comes last
        while len(self._kept) > 6:
            self._kept.pop(next(iter(self._kept))).close()
        return renderer


_renderers = _Renderers()


# -- geometry --


def pixel_grid(width: int, height: int) -> tuple[Floats, Floats]:
    """u and v of the pixel centres, (h, w) each; the origin is the top left corner."""
    u, v = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    return u, v


def camera_rays(camera: EvaluatedCamera, size: tuple[int, int]) -> Floats:
    """(h, w, 3) directions in the world through the pixel centres, of planar length 1."""
    u, v = pixel_grid(*size)
    x = (2 * u - 1 + camera.shift[0]) * camera.tan_half[0]
    y = (1 - 2 * v + camera.shift[1]) * camera.tan_half[1]
    return np.stack([x, y, -np.ones_like(x)], axis=-1) @ camera.world[:3, :3].T


def in_space(matrix: npt.NDArray[np.floating[Any]], points: Floats) -> Floats:
    """(..., 3) points by a (4, 4) matrix."""
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def plane_points(frame: EvaluatedFrame, size: tuple[int, int]) -> Floats:
    """(h, w, 3) where the rendering camera's rays meet the first surface, in surface space; NaN
    where they miss it."""
    surface = frame.surfaces[0]
    to_surface = np.linalg.inv(surface.world)
    eye = in_space(to_surface, frame.camera.world[:3, 3])
    rays = camera_rays(frame.camera, size) @ to_surface[:3, :3].T
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = -eye[2] / rays[..., 2]
        points = eye + reach[..., None] * rays
        half = np.array(surface.size) / 2
        inside = (reach > 0) & (np.abs(points[..., :2]) <= half).all(axis=-1)
    points[..., 2] = 0.0
    return np.where(inside[..., None], points, np.nan)


def surface_uv(frame: EvaluatedFrame, points: Floats) -> tuple[Floats, Floats]:
    """u and v, (h, w) each, of points (h, w, 3) of the surface's plane."""
    width, height = frame.surfaces[0].size
    return points[..., 0] / width + 0.5, 0.5 - points[..., 1] / height


def source_of(frame: EvaluatedFrame) -> EvaluatedCamera:
    """The source camera of the first surface's map, in surface space."""
    z_map = frame.surfaces[0].z_map
    assert z_map is not None
    return z_map.source


def planar(camera: EvaluatedCamera, points: Floats) -> Floats:
    """(...) planar distance of points (..., 3) of the camera's parent space."""
    return -in_space(np.linalg.inv(camera.world), points)[..., 2]


def moved_along_rays(frame: EvaluatedFrame, points: Floats, depth: Floats) -> Floats:
    """Plane points (h, w, 3) moved along the source camera's rays to `depth` (h, w)."""
    source = source_of(frame)
    origin = source.world[:3, 3]
    return origin + (depth / planar(source, points))[..., None] * (points - origin)


def seen_depth(frame: EvaluatedFrame, points: Floats) -> Floats:
    """(h, w) planar distance from the rendering camera of points (h, w, 3) in surface space."""
    return planar(frame.camera, in_space(frame.surfaces[0].world, points))


def default_mode_depth(scene: Scene, size: tuple[int, int], depth: DepthOf) -> Floats:
    """(h, w) Z that default mode shows. depth: the decoded map as a function of u and v. NaN where
    the surface is not seen."""
    frame = scene.evaluate(FRAME)
    points = plane_points(frame, size)
    decoded = depth(*surface_uv(frame, points))
    return seen_depth(frame, moved_along_rays(frame, points, decoded))


def relief_depth(scene: Scene, size: tuple[int, int], depth: DepthOf) -> Floats:
    """(h, w) Z of the extruded surface from any camera, by walking along each pixel's ray to where
    it first meets the relief. depth: a smooth function of u and v, defined a little beyond 0..1
    too. NaN where there is no relief."""
    frame = scene.evaluate(FRAME)
    to_surface = np.linalg.inv(frame.surfaces[0].world)
    eye = in_space(to_surface, frame.camera.world[:3, 3])
    rays = camera_rays(frame.camera, size) @ to_surface[:3, :3].T
    source = source_of(frame)
    origin = source.world[:3, 3]

    def flat(reach: Floats) -> tuple[Floats, Floats]:
        """Points at `reach`, and the plane's points that the source camera sees them at."""
        points = eye + reach[..., None] * rays
        return points, origin + (points - origin) * (origin[2] / (origin[2] - points[..., 2:]))

    def behind(reach: Floats) -> Floats:
        """How far behind the relief the points at `reach` are."""
        points, seen_at = flat(reach)
        return planar(source, points) - depth(*surface_uv(frame, seen_at))

    low = np.full(rays.shape[:2], 0.3 * DISTANCE)
    high = low.copy()
    found = np.zeros(low.shape, bool)
    for reach in np.linspace(0.3, 2.5, 56)[1:] * DISTANCE:
        low = np.where(found, low, high)
        high = np.where(found, high, reach)
        found |= (behind(low) <= 0) & (behind(high) > 0)
    for _ in range(25):
        middle = (low + high) / 2
        far_side = behind(middle) > 0
        low, high = np.where(far_side, low, middle), np.where(far_side, middle, high)
    half = np.array(frame.surfaces[0].size) / 2
    found &= (np.abs(flat(low)[1][..., :2]) <= half).all(axis=-1)
    return np.where(found, low, np.nan)


# -- measures --


def relative_error(found: Pixels, expected: Pixels) -> Floats:
    """(n,) errors as shares of what is expected, where something is expected (not NaN)."""
    there = np.isfinite(expected)
    assert there.any(), "nothing is expected anywhere"
    return np.abs(found[there] / expected[there].astype(np.float64) - 1.0)


def psnr(found: Pixels, reference: Pixels) -> float:
    """Peak signal to noise ratio in dB of pictures whose white is 1."""
    error = float(np.mean((found.astype(np.float64) - reference.astype(np.float64)) ** 2))
    return float("inf") if error == 0 else -10.0 * float(np.log10(error))


def encoded(linear: Pixels) -> Floats:
    """Linear light to sRGB code values 0..1 (IEC 61966-2-1)."""
    light = np.clip(linear.astype(np.float64), 0.0, 1.0)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
