"""Faces joined to the depth of the whole picture: their own shape, where the depth map puts them.

A face of relief h (in heights of the picture) at the distance of k times the surface's plane P has
planar Z = k P (1 - h H / D): H the surface's height, D the plane's distance. That is the face true
to scale, moved along the rays of the source camera. k is where it meets the depth map at its rim.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.gpu import UniformArena
from engine.graph import PassContext, Read, TextureSpec, Use, Write
from engine.media import DepthMap, FaceAndDepth, FaceMesh
from engine.scene import EvaluatedSurface, EvaluatedZMap
from passes.blocks import FACE_ON_DEPTH
from passes.camera import source_row
from passes.face_depth import (
    DEPTH_FORMAT,
    SKIRT_RINGS,
    SKIRT_WIDTH,
    RimTriangles,
    outward_slopes,
)
from passes.kernels import Toolbox
from passes.mesh_buffers import MeshBuffers
from passes.zdepth import surface_to_map

STRIDE = 13  # floats of a vertex
NEAR_RIM = 0.8  # of the way from the face's centre to its rim
Array = npt.NDArray[np.float64]


class Placing:
    """How shares of inverse depth, planar Z and heights of a face belong together.

    size: (width, height) of the picture in pixels.
    """

    def __init__(
        self, surface: EvaluatedSurface, z_map: EvaluatedZMap, size: tuple[int, int]
    ) -> None:
        self.size = np.array(size, np.float64)
        self.to_surface = np.linalg.inv(surface_to_map(z_map, surface.size, size))
        self.source_z = source_row(z_map.source)
        self.near, self.far = z_map.source.near, z_map.source.far
        self.height = surface.size[1]
        distance = float(z_map.source.world[2, 3])
        self.distance = distance if abs(distance) > 1e-6 else 1e-6

    def fingerprint(self) -> tuple[object, ...]:
        """What tells one from another."""
        places = self.to_surface.tobytes(), self.source_z.tobytes()
        return (*places, self.near, self.far, self.height, self.distance)

    def planes(self, xy: Array) -> Array:
        """(n,) planar distance of the surface's plane at points (n, 2) in pixels of the picture."""
        points = np.c_[xy / self.size, np.ones(len(xy))] @ self.to_surface.T
        return np.maximum(np.c_[points[:, :2], np.zeros(len(xy)), np.ones(len(xy))] @ self.source_z,
                          1e-6)  # fmt: skip

    def depth(self, shares: Array) -> Array:
        """Planar Z of shares of inverse depth."""
        return 1 / (1 / self.far + np.maximum(shares, 0) * (1 / self.near - 1 / self.far))

    def share(self, z: Array) -> Array:
        """The inverse of `depth`."""
        return (1 / np.maximum(z, 1e-6) - 1 / self.far) / (1 / self.near - 1 / self.far)

    def relief(self, heights: Array) -> Array:
        """Planar Z, as a share of that of height 0, of heights in pixels of the picture."""
        return np.maximum(1 - heights / self.size[1] * self.height / self.distance, 1e-6)


def near_rim(face: FaceMesh) -> npt.NDArray[np.bool_]:
    """(n,) which points of a face lie within its rim and not far from it. Just at the rim a depth
    map may show what is behind the face already."""
    points = face.points[:, :2].astype(np.float64)
    rim = points[face.rim]
    centre = rim.mean(axis=0)
    turn = np.arctan2(*(rim - centre).T)
    order = np.argsort(turn)
    reach = np.linalg.norm(rim - centre, axis=1)
    at = np.interp(np.arctan2(*(points - centre).T), turn[order], reach[order], period=2 * np.pi)
    share = np.linalg.norm(points - centre, axis=1) / np.maximum(at, 1e-9)
    return (share > NEAR_RIM) & (share < 1.0)


def placed_at(face: FaceMesh, depth: DepthMap, placing: Placing) -> float:
    """k of a face: the median of what the depth map says near its rim; 1 where it says nothing."""
    points = face.points[near_rim(face)].astype(np.float64)
    if not len(points):
        points = face.points[face.rim].astype(np.float64)
    size = np.array(depth.values.shape[::-1])
    texel = np.clip((points[:, :2] / placing.size * size).astype(int), 0, size - 1)
    shares = depth.values[texel[:, 1], texel[:, 0]].astype(np.float64)
    there = np.isfinite(shares)
    if not there.any():
        return 1.0
    z = placing.depth(shares[there])
    flat = placing.planes(points[there, :2]) * placing.relief(points[there, 2])
    return float(np.median(z / flat))


def joined_vertices(
    face: FaceMesh, k: float, beside: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint32]]:
    """The face and the skirt over which it is joined: vertices (n, STRIDE) as
    wgsl/face_on_depth.wgsl reads them, and triangles (m, 3). beside: `rim_triangles`."""
    points = face.points.astype(np.float64)
    rim = points[face.rim]
    out = rim[:, :2] - rim[:, :2].mean(axis=0)
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    face_width = float(np.ptp(rim[:, 0]))
    width = SKIRT_WIDTH * face_width
    inner = np.zeros((len(points), STRIDE))
    inner[:, :3], inner[:, 3] = points, k
    inner[:, 10] = -1.0
    # The nearest of faces wins, and any face over any skirt.
    inner[:, 12] = 0.75 + np.clip(points[:, 2] / (8 * face_width + 1e-9), -0.2, 0.2)
    share = np.linspace(0.0, 1.0, SKIRT_RINGS)
    rings = np.zeros((SKIRT_RINGS, len(rim), STRIDE))
    rings[..., :2] = rim[None, :, :2] + out[None] * (share[:, None, None] * width)
    rings[..., 3] = k
    rings[..., 4:6], rings[..., 6:8] = rim[:, :2], out * width
    rings[..., 8], rings[..., 9] = rim[:, 2], outward_slopes(face, out, beside) * width
    rings[..., 10], rings[..., 11] = share[:, None], face_width
    rings[..., 12] = 0.01 + 0.4 * (1 - share[:, None])

    loop = np.arange(len(rim), dtype=np.uint32)
    following = np.roll(loop, -1)
    first = len(points) + len(rim) * np.arange(SKIRT_RINGS - 1, dtype=np.uint32)[:, None]
    near, near_next = first + loop, first + following
    far, far_next = near + np.uint32(len(rim)), near_next + np.uint32(len(rim))
    bands = [np.stack([near, far, near_next], axis=2), np.stack([near_next, far, far_next], axis=2)]
    triangles = [face.triangles.astype(np.uint32), *(band.reshape(-1, 3) for band in bands)]
    vertices = np.concatenate([inner, rings.reshape(-1, STRIDE)]).astype(np.float32)
    return vertices, np.concatenate(triangles).astype(np.uint32)


class FaceOnDepthPass:
    """Draw faces into a map of (share of inverse depth, confidence) of the whole picture.

    depth: name of that map's texture. limits: smallest and largest value of the result.
    """

    def __init__(
        self, tools: Toolbox, arena: UniformArena, name: str, lattice: tuple[int, int], depth: str
    ) -> None:
        self.name = f"face_on_depth {name}"
        self.tools = tools
        self.depth = depth
        self.map = f"{name} joined map"
        self._order = f"{name} joined order"
        self.reads = (Read(depth),)
        self.writes = (
            Write(self.map, TextureSpec("rg32float", size=lattice), clear=(0.0, 0.0, 0.0, 0.0)),
            Write(self._order, TextureSpec(DEPTH_FORMAT, size=lattice), use=Use.DEPTH, clear=0.0),
        )
        self.limits = (0.0, 0.0)
        self.stale = True
        self.slot = arena.slot(FACE_ON_DEPTH)
        self._pipelines: list[Any] = []
        self._layouts: list[Any] = []
        self._mesh = MeshBuffers(tools.gpu, self.name)
        self._beside = RimTriangles()

    def update(self, result: FaceAndDepth, placing: Placing, limits: tuple[float, float]) -> None:
        """Take a result. limits: smallest and largest value of its depth map."""
        meshes: list[tuple[npt.NDArray[np.float32], npt.NDArray[np.uint32]]] = []
        low, high = limits
        for face in result.face.faces:
            k = placed_at(face, result.depth, placing)
            points = face.points.astype(np.float64)
            z = k * placing.planes(points[:, :2]) * placing.relief(points[:, 2])
            shares = placing.share(z)
            low, high = min(low, float(shares.min())), max(high, float(shares.max()))
            meshes.append(joined_vertices(face, k, self._beside.of(face)))
        self.limits = (low, high)
        self.slot.update(
            to_surface=placing.to_surface, source_z=placing.source_z, size=result.face.size,
            near=placing.near, far=placing.far, height=placing.height,
            distance=placing.distance, low=low, high=high,
        )  # fmt: skip
        self._mesh.write(meshes)

    def encode(self, ctx: PassContext) -> None:
        if not self.stale:
            return
        if not self._pipelines:
            self._make_pipelines()
        depth = ctx.view(self.depth)
        with ctx.render_pass([self.map], self._order) as encoder:
            self._begin(encoder, 0, {1: depth})
            encoder.draw(3)
            if not self._mesh.count:
                return
            self._begin(encoder, 1, {0: self.slot.binding(), 1: depth})
            self._mesh.draw(encoder)

    def release(self) -> None:
        """Free the vertex buffers."""
        self._mesh.release()

    def _begin(self, encoder: Any, index: int, entries: dict[int, Any]) -> None:
        encoder.set_pipeline(self._pipelines[index])
        encoder.set_bind_group(0, self.tools.gpu.bind_group(self._layouts[index], entries))

    def _make_pipelines(self) -> None:
        module = self.tools.gpu.shaders.module("face_on_depth")
        at = (("float32x4", 0), ("float32x4", 16), ("float32x4", 32), ("float32", 48))
        attributes = [
            {"format": format, "offset": offset, "shader_location": location}
            for location, (format, offset) in enumerate(at)
        ]
        buffers = [{"array_stride": 4 * STRIDE, "attributes": attributes}]
        for vertex, fragment, buffer in (
            ("fullscreen", "keep", []), ("face", "joined", buffers)
        ):  # fmt: skip
            self._pipelines.append(
                self.tools.gpu.device.create_render_pipeline(
                    label=f"face_on_depth {fragment}",
                    layout="auto",
                    vertex={"module": module, "entry_point": vertex, "buffers": buffer},
                    primitive={"topology": "triangle-list", "cull_mode": "none"},
                    depth_stencil={
                        "format": DEPTH_FORMAT,
                        "depth_write_enabled": vertex == "face",
                        "depth_compare": "greater" if vertex == "face" else "always",
                    },
                    fragment={
                        "module": module,
                        "entry_point": fragment,
                        "targets": [{"format": "rg32float"}],
                    },
                )
            )
        self._layouts = [pipeline.get_bind_group_layout(0) for pipeline in self._pipelines]
