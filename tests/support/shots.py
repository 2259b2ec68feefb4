"""Small shots to draw in tests: pictures and maps written to files, and documents around them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO
from OpenImageIO import ImageOutput, ImageSpec

from engine.gpu import Gpu
from engine.scene import (
    Camera,
    DepthRange,
    Light,
    LightType,
    Media,
    Projection,
    Scene,
    Surface,
    ZDepthMap,
    aim,
    new_media,
    new_scene,
)
from passes import RenderedFrame, Renderer

Floats = npt.NDArray[np.floating[Any]]
Vector = tuple[float, float, float]

DISTANCE = 0.5 / math.tan(math.radians(20.0))
"""From a new camera to the surface of height 1 that it frames: vertical field of view 40°."""

CHANNELS = {1: ("Y",), 2: ("Y", "A"), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}


def write_picture(path: Path, pixels: npt.NDArray[Any], **attributes: Any) -> Path:
    """Write (h, w) or (h, w, c), the top row first, as uint8, uint16, float16 or float32.

    attributes: of the file's header; `__` stands for `:`.
    """
    pixels = np.atleast_3d(pixels)
    height, width, channels = pixels.shape
    kind = {"float32": "float", "float16": "half"}.get(str(pixels.dtype), str(pixels.dtype))
    spec = ImageSpec(width, height, channels, kind)
    if channels in CHANNELS:
        spec.channelnames = CHANNELS[channels]
    if channels in (2, 4):
        spec.alpha_channel = channels - 1
    for name, value in attributes.items():
        spec.attribute(name.replace("__", ":"), value)
    out = ImageOutput.create(str(path))
    assert out is not None, OpenImageIO.geterror()
    assert out.open(str(path), spec), out.geterror()
    assert out.write_image(np.ascontiguousarray(pixels)), out.geterror()
    assert out.close(), out.geterror()
    return path


def media_of(path: Path, pixels: npt.NDArray[Any], **values: Any) -> Media:
    """Write the pixels and describe them as a media."""
    write_picture(path, pixels)
    return new_media(path, (pixels.shape[1], pixels.shape[0]), **values)


def white(folder: Path, size: tuple[int, int] = (64, 64), level: float = 1.0) -> Media:
    """A picture of one light value, scene-linear."""
    pixels = np.full((size[1], size[0], 3), level, np.float32)
    return media_of(folder / f"white{size[0]}x{size[1]}_{level:g}.exr", pixels)


def grid_of(size: tuple[int, int]) -> tuple[Floats, Floats]:
    """x and y, (h, w), of the pixel centres of a picture on its surface, in scene units."""
    width, height = size
    x = ((np.arange(width) + 0.5) / width - 0.5) * width / height
    y = 0.5 - (np.arange(height) + 0.5) / height
    return np.meshgrid(x, y)


def relief_shot(
    folder: Path,
    heights: Floats,
    picture: Media | None = None,
    **values: Any,
) -> Scene:
    """A white picture on which a map stands out by `heights` (h, w), in scene units.

    The map is in Relief range along the surface's normal, so that the surface is the graph of the
    heights; `values` change the Z-Depth map ("Z-Depth 1").
    """
    size = heights.shape[1], heights.shape[0]
    z_media = media_of(folder / "heights.exr", heights.astype(np.float32))
    scene = new_scene(picture or white(folder, size), z_media=z_media)
    chosen = {
        "depth_range": DepthRange.RELIEF,
        "relief_depth": 1.0,
        "project_along": Projection.SURFACE_NORMAL,
        **values,
    }
    return scene.with_values("Z-Depth 1", **chosen)


def lit_from(scene: Scene, position: Vector, kind: LightType, **values: Any) -> Scene:
    """Add a light at `position` that looks at the origin."""
    target = (0.0, 0.0, 0.0)
    values = {"rotate": aim(position, target), **values}
    light = Light(id=scene.unique_id("Light"), kind=kind, translate=position, **values)
    return scene.with_node(light)


def with_camera_at(scene: Scene, position: Vector, target: Vector = (0.0, 0.0, 0.0)) -> Scene:
    """The scene seen from `position`."""
    assert scene.camera is not None
    camera = scene.node(scene.camera)
    assert isinstance(camera, Camera)
    return scene.with_values(camera.id, translate=position, rotate=aim(position, target))


def surface_of(scene: Scene, number: int = 1) -> Surface:
    node = scene.node(f"Surface {number}")
    assert isinstance(node, Surface)
    return node


def z_map_of(scene: Scene, number: int = 1) -> ZDepthMap:
    node = scene.node(f"Z-Depth {number}")
    assert isinstance(node, ZDepthMap)
    return node


def drawn(
    scene: Scene, gpu: Gpu, *passes: str, samples: int = 1, frame: int = 1001, **options: Any
) -> RenderedFrame:
    """One frame, read back, of the passes named (the beauty, if none). options: of `Renderer`."""
    options = {"views": (), **options}
    with Renderer(
        scene, passes=passes or ("beauty",), samples=samples, gpu=gpu, **options
    ) as renderer:
        result = renderer.render(frame)
        result.wait()
        return result
