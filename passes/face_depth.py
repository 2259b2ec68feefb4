"""A face mesh to a relief map: the face true to scale, joined to the picture's plane by a skirt."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.gpu import UniformArena
from engine.graph import PassContext, TextureSpec, Use, Write
from engine.media import FaceMesh, FaceResult
from passes.blocks import FACE_MAP
from passes.kernels import Toolbox
from passes.mesh_buffers import MeshBuffers

SKIRT_RINGS = 32  # bands of triangles between the rim and the plane
SKIRT_WIDTH = 0.5  # of the face's width (z-depth.md, section 3)
APRON = 0.1  # of the skirt's width: plane depth around it, so that softness ends it without an edge
JOIN = 0.3  # of the face's width: from its rim to the bust as it is
BEND = 0.25  # of that way, on which the slope of the face dies away
STEEPEST = 1.5  # slope with which a bust may begin
DEPTH_FORMAT = "depth32float"
Array = npt.NDArray[np.float64]


def skirt_profile(share: Array, height: Array, slope: Array) -> Array:
    """(rings, n) heights of the skirt at `share` (rings,) of its width: 0 at the rim, 1 at the end.

    height: (n,) of the rim. slope: (n,) of the face outwards at the rim, in height over the skirt's
    width. A cubic Hermite curve that goes on as the face does, as steeply as it can and still fall
    all the way (Fritsch and Carlson, "Monotone piecewise cubic interpolation", 1980), and meets the
    plane level.
    """
    falling = np.clip(slope, -3.0 * np.maximum(height, 0.0), 0.0)
    s = np.minimum(share, 1.0)[:, None]
    return (1 + 2 * s) * (1 - s) ** 2 * height + s * (1 - s) ** 2 * falling


def around(values: Array) -> Array:
    """(k, c) values along a closed loop, each a Gaussian mean of its neighbourhood."""
    count = len(values)
    steps = np.minimum(np.arange(count), count - np.arange(count))
    weights = np.exp(-0.5 * (steps / (count / 40)) ** 2)
    spectrum = np.fft.fft(weights / weights.sum())
    return np.fft.ifft(np.fft.fft(values, axis=0) * spectrum[:, None], axis=0).real


def rim_triangles(face: FaceMesh) -> npt.NDArray[np.int64]:
    """(k,) the triangle at each of the rim's edges, of which the first begins at its first point.
    Takes milliseconds, and is the same for all meshes with the same triangles."""
    count = len(face.points)
    edges = np.sort(np.stack([face.rim, np.roll(face.rim, -1)], axis=1).astype(np.int64), axis=1)
    sides = np.sort(face.triangles.astype(np.int64)[:, [[0, 1], [1, 2], [2, 0]]], axis=2)
    keys = sides @ np.array([count, 1])
    wanted = edges @ np.array([count, 1])
    order = np.argsort(keys, axis=None)
    at = np.minimum(np.searchsorted(keys.ravel()[order], wanted), keys.size - 1)
    return order[at] // 3


class RimTriangles:
    """`rim_triangles`, found out once for all faces of an analysis."""

    def __init__(self) -> None:
        self._known: tuple[object, object, npt.NDArray[np.int64]] | None = None

    def of(self, face: FaceMesh) -> npt.NDArray[np.int64]:
        known = self._known
        if known is None or known[0] is not face.triangles or known[1] is not face.rim:
            known = self._known = face.triangles, face.rim, rim_triangles(face)
        return known[2]


def outward_slopes(face: FaceMesh, out: Array, beside: npt.NDArray[np.int64]) -> Array:
    """(k,) how the face's height changes with a pixel outwards at each point of its rim.

    out: (k, 2) unit directions. From the triangles within the rim's edges, of each point's two.
    beside: `rim_triangles`.
    """
    points = face.points.astype(np.float64)
    triangle = face.triangles[beside]
    a, b, c = (points[triangle[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    normal *= np.sign(normal[:, 2].sum()) or 1.0  # toward the viewer
    # Each point has the edge that begins and the edge that ends there. At the rim triangles are
    # seen nearly edge-on and tell the slope roughly: without a look at their neighbours each would
    # leave a ridge in the skirt.
    normal = around(normal + np.roll(normal, 1, axis=0))
    upright = np.maximum(normal[:, 2], 1e-3 * np.linalg.norm(normal, axis=1) + 1e-12)
    return -np.sum(normal[:, :2] * out, axis=1) / upright


def face_vertices(
    face: FaceMesh, beside: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint32]]:
    """The face and its skirt: vertices (n, 3), x, y and height in pixels, and triangles (m, 3).
    beside: `rim_triangles`.

    The skirt runs from the rim outwards, away from the face's centre, over half a face width.
    """
    points = face.points.astype(np.float64)
    rim = points[face.rim]
    out = outwards(rim)
    width = SKIRT_WIDTH * float(np.ptp(rim[:, 0]))
    share = np.append(np.linspace(0.0, 1.0, SKIRT_RINGS)[1:], 1.0 + APRON)
    rings = np.empty((SKIRT_RINGS, len(rim), 3))
    rings[:, :, :2] = rim[None, :, :2] + out[None] * (share[:, None, None] * width)
    rings[:, :, 2] = skirt_profile(share, rim[:, 2], outward_slopes(face, out, beside) * width)
    return _surrounded(face, points, rings)


def bust_vertices(
    face: FaceMesh, beside: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint32]]:
    """The face with its bust, which takes the skirt's place: as `face_vertices`.

    The plane that the bust stands on becomes height 0. Each ray of the bust begins as the face
    ends, in height and slope, and goes over into the body within `JOIN` of a face width.
    """
    assert face.bust is not None
    plane = float(face.bust[-1, :, 2].min())
    points, rings = face.points.astype(np.float64), face.bust.astype(np.float64)
    points[:, 2] -= plane
    rings[:, :, 2] -= plane
    rim = points[face.rim]
    out = outwards(rim)
    width = JOIN * float(np.ptp(rim[:, 0]))
    share = np.linalg.norm(rings[:, :, :2] - rim[:, :2], axis=2) / max(width, 1e-9)
    slope = np.clip(outward_slopes(face, out, beside), -STEEPEST, STEEPEST)
    # Straight on at first, and level after a part of the way.
    begin = rim[:, 2] + slope * width * BEND * (1.0 - np.exp(-share / BEND))
    s = np.minimum(share, 1.0)
    body = s * s * (3.0 - 2.0 * s)
    rings[:, :, 2] = np.maximum(begin + body * (rings[:, :, 2] - begin), 0.0)
    return _surrounded(face, points, rings)


def outwards(rim: Array) -> Array:
    """(k, 2) unit directions away from the middle of a rim (k, 3)."""
    out = rim[:, :2] - rim[:, :2].mean(axis=0)
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


def _surrounded(
    face: FaceMesh, points: Array, rings: Array
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint32]]:
    """A mesh (n, 3) with rings of points (r, k, 3) around its rim: vertices and triangles."""
    vertices = np.concatenate([points, rings.reshape(-1, 3)]).astype(np.float32)
    ringed = np.arange(rings.shape[0] * rings.shape[1]).reshape(rings.shape[:2]) + len(points)
    loops = np.concatenate([face.rim[None], ringed]).astype(np.uint32)
    inner, outer = loops[:-1], loops[1:]
    inner_next, outer_next = np.roll(inner, -1, axis=1), np.roll(outer, -1, axis=1)
    # Cut along the more level diagonal: across a slope the other one would show as a comb.
    height = vertices[:, 2]
    rising = np.abs(height[inner] - height[outer_next])
    falling = np.abs(height[outer] - height[inner_next])
    cross = rising < falling
    first = np.stack([inner, outer, np.where(cross, outer_next, inner_next)], axis=-1)
    second = np.stack([np.where(cross, inner, outer), outer_next, inner_next], axis=-1)
    triangles = [face.triangles.astype(np.uint32), first.reshape(-1, 3), second.reshape(-1, 3)]
    return vertices, np.concatenate(triangles)


class FaceDepthPass:
    """Draw the faces of a picture into a map of (height, confidence)."""

    def __init__(
        self, tools: Toolbox, arena: UniformArena, name: str, lattice: tuple[int, int]
    ) -> None:
        self.name = f"face_depth {name}"
        self.tools = tools
        self.map = f"{name} face map"
        self._depth = f"{name} face order"
        self.reads = ()
        self.writes = (
            Write(self.map, TextureSpec("rg32float", size=lattice), clear=(0.0, 0.0, 0.0, 0.0)),
            Write(self._depth, TextureSpec(DEPTH_FORMAT, size=lattice), use=Use.DEPTH, clear=0.0),
        )
        self.limits = (0.0, 0.0)
        self.stale = True
        self.slot = arena.slot(FACE_MAP)
        self._pipeline: Any = None
        self._layout: Any = None
        self._mesh = MeshBuffers(tools.gpu, self.name)
        self._beside = RimTriangles()

    def update(self, result: FaceResult, bust: bool = False) -> None:
        """Take the faces that were found; none makes an empty map, which is a flat surface.
        bust: with the head and shoulders of those that have them, in place of a skirt."""
        self.slot["size"] = result.size
        meshes = [
            (bust_vertices if bust and face.bust is not None else face_vertices)(
                face, self._beside.of(face)
            )
            for face in result.faces
        ]
        heights = [vertices[:, 2] / result.size[1] for vertices, _ in meshes]
        self.limits = (
            min([0.0, *(float(height.min()) for height in heights)]),
            max([0.0, *(float(height.max()) for height in heights)]),
        )
        self._mesh.write(meshes)

    def encode(self, ctx: PassContext) -> None:
        if not self.stale:
            return
        if self._pipeline is None:
            self._pipeline = self._make_pipeline()
            self._layout = self._pipeline.get_bind_group_layout(0)
        with ctx.render_pass([self.map], self._depth) as encoder:
            if not self._mesh.count:
                return
            encoder.set_pipeline(self._pipeline)
            encoder.set_bind_group(
                0, self.tools.gpu.bind_group(self._layout, {0: self.slot.binding()})
            )
            self._mesh.draw(encoder)

    def release(self) -> None:
        """Free the vertex buffers."""
        self._mesh.release()

    def _make_pipeline(self) -> Any:
        module = self.tools.gpu.shaders.module("face_depth")
        return self.tools.gpu.device.create_render_pipeline(
            label="face_depth",
            layout="auto",
            vertex={
                "module": module,
                "entry_point": "face",
                "buffers": [
                    {
                        "array_stride": 12,
                        "attributes": [{"format": "float32x3", "offset": 0, "shader_location": 0}],
                    }
                ],
            },
            primitive={"topology": "triangle-list", "cull_mode": "none"},
            depth_stencil={
                "format": DEPTH_FORMAT,
                "depth_write_enabled": True,
                "depth_compare": "greater",
            },
            fragment={
                "module": module,
                "entry_point": "face_height",
                "targets": [{"format": "rg32float"}],
            },
        )
