"""A face mesh to a relief map: the face true to scale, joined to the picture's plane by a skirt."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.gpu import UniformArena
from engine.graph import PassContext, TextureSpec, Use, Write
from engine.media import FaceMesh, FaceResult
from passes.blocks import FACE_MAP
from passes.kernels import Toolbox

SKIRT_RINGS = 12  # bands of triangles between the rim and the plane
SKIRT_WIDTH = 0.5  # of the face's width (z-depth.md, section 3)
DEPTH_FORMAT = "depth32float"


def skirt_profile(share: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Height of the skirt as a share of the rim's, at 0 (rim) to 1 (plane): a smooth step,
    so that neither the rim nor the plane shows a crease."""
    return 1.0 - share * share * (3.0 - 2.0 * share)


def face_vertices(face: FaceMesh) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint32]]:
    """The face and its skirt: vertices (n, 3), x, y and height in pixels, and triangles (m, 3).

    The skirt runs from the rim outwards, away from the face's centre, over half a face width.
    """
    points = face.points.astype(np.float64)
    rim = points[face.rim]
    centre = rim[:, :2].mean(axis=0)
    out = rim[:, :2] - centre
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    width = float(np.ptp(rim[:, 0] * 1.0))
    share = np.linspace(0.0, 1.0, SKIRT_RINGS + 1)[1:]
    rings = np.empty((SKIRT_RINGS, len(rim), 3))
    rings[:, :, :2] = rim[None, :, :2] + out[None] * (share[:, None, None] * SKIRT_WIDTH * width)
    rings[:, :, 2] = rim[None, :, 2] * skirt_profile(share)[:, None]
    vertices = np.concatenate([points, rings.reshape(-1, 3)]).astype(np.float32)

    loops = [face.rim.astype(np.uint32)]
    loops += [
        np.arange(len(rim), dtype=np.uint32) + np.uint32(len(points) + ring * len(rim))
        for ring in range(SKIRT_RINGS)
    ]
    triangles = [face.triangles.astype(np.uint32)]
    for inner, outer in pairwise(loops):
        inner_next, outer_next = np.roll(inner, -1), np.roll(outer, -1)
        triangles.append(np.stack([inner, outer, inner_next], axis=1))
        triangles.append(np.stack([inner_next, outer, outer_next], axis=1))
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
        self._vertices: Any = None
        self._indices: Any = None
        self._count = 0

    def update(self, result: FaceResult) -> None:
        """Take the faces that were found; none makes an empty map, which is a flat surface."""
        self.slot["size"] = result.size
        vertices: list[npt.NDArray[np.float32]] = []
        triangles: list[npt.NDArray[np.uint32]] = []
        base = 0
        for face in result.faces:
            v, t = face_vertices(face)
            vertices.append(v)
            triangles.append(t + np.uint32(base))
            base += len(v)
        self._count = 3 * sum(len(t) for t in triangles)
        self.limits = (0.0, 0.0)
        if not self._count:
            return
        points = np.concatenate(vertices)
        heights = points[:, 2] / result.size[1]
        self.limits = (min(0.0, float(heights.min())), max(0.0, float(heights.max())))
        self._vertices = self._store(self._vertices, points, "VERTEX")
        self._indices = self._store(self._indices, np.concatenate(triangles), "INDEX")

    def encode(self, ctx: PassContext) -> None:
        if not self.stale:
            return
        if self._pipeline is None:
            self._pipeline = self._make_pipeline()
            self._layout = self._pipeline.get_bind_group_layout(0)
        with ctx.render_pass([self.map], self._depth) as encoder:
            if not self._count:
                return
            encoder.set_pipeline(self._pipeline)
            encoder.set_bind_group(
                0, self.tools.gpu.bind_group(self._layout, {0: self.slot.binding()})
            )
            encoder.set_vertex_buffer(0, self._vertices)
            encoder.set_index_buffer(self._indices, "uint32")
            encoder.draw_indexed(self._count)

    def release(self) -> None:
        """Free the vertex buffers."""
        for buffer in (self._vertices, self._indices):
            if buffer is not None:
                self.tools.gpu.drop(buffer)
        self._vertices = self._indices = None

    def _store(self, buffer: Any, data: npt.NDArray[Any], usage: str) -> Any:
        """Write `data` into a buffer with room to spare, so that a new face seldom makes one."""
        if buffer is None or buffer.size < data.nbytes:
            if buffer is not None:
                self.tools.gpu.drop(buffer)
            buffer = self.tools.gpu.device.create_buffer(
                label=f"{self.name} {usage.lower()}",
                size=2 * data.nbytes,
                usage=f"{usage} | COPY_DST",
            )
        self.tools.gpu.queue.write_buffer(buffer, 0, np.ascontiguousarray(data))
        return buffer

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
