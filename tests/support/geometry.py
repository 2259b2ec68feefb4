"""Shots of a geometry with a Z-Depth map, and what its subdivided mesh came to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.gpu import Gpu
from engine.scene import DepthRange, Geometry, Projection, Scene, ZDepthMap, new_scene
from passes import Renderer
from tests.support.shots import media_of, white

Floats = npt.NDArray[np.floating[Any]]
NAME, MAP = "Body", "Relief"


def geometry_shot(
    folder: Path, mesh: str, heights: Floats, body: dict[str, Any] | None = None, **values: Any
) -> Scene:
    """A white mesh, without the light of a picture, that a map raises by `heights` (h, w) in scene
    units. body: fields of the Geometry. values: fields of the map, extruded unless they say
    otherwise."""
    path = folder / f"heights {len(list(folder.iterdir()))}.exr"
    z_media = media_of(path, heights.astype(np.float32))
    scene = new_scene(white(folder), z_media=z_media).without("Surface 1")
    body = {"colour": (1.0, 1.0, 1.0), **(body or {})}
    scene = scene.with_node(Geometry(id=NAME, mesh=mesh, **body))
    chosen = {
        "media": 2,
        "depth_range": DepthRange.RELIEF,
        "relief_depth": 1.0,
        "project_along": Projection.SURFACE_NORMAL,
        "displace": True,
        "three_d": True,
        **values,
    }
    return scene.with_node(ZDepthMap(id=MAP, parent=NAME, **chosen))


@dataclass(frozen=True)
class Drawn:
    """A mesh as it was drawn.

    vertices: (n, 8) float32 position, normal, u and v, those alone that are used; triangles: (m, 3)
    rows of them. path: how it was chosen. corners: (k, 3) world points that bound it.
    """

    vertices: npt.NDArray[np.float32]
    triangles: npt.NDArray[np.int64]
    path: str
    corners: Floats

    @property
    def welded(self) -> npt.NDArray[np.int64]:
        """(m, 3): triangles by the places of their corners, the same to the last bit."""
        places = np.ascontiguousarray(self.vertices[:, :3]).view(np.uint32)
        _, number = np.unique(places, axis=0, return_inverse=True)
        return number.reshape(-1)[self.triangles]


def uv_areas(vertices: Floats, triangles: npt.NDArray[np.int64]) -> Floats:
    """(m,): areas in the picture of triangles (m, 3) of vertices (n, 8), negative where one is
    mirrored or turned over."""
    uv = vertices[:, 6:].astype(np.float64)[triangles]
    a, b = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    return 0.5 * (a[:, 1] * b[:, 0] - a[:, 0] * b[:, 1])


def mesh_of(renderer: Renderer, frame: int = 1001, name: str = NAME) -> Drawn:
    """Draw a frame and read the geometry's mesh back."""
    renderer.meshes()
    for _ in range(2):
        rendered = renderer.render(frame)
        rendered.wait()
    counted = renderer.meshes()[name]
    queue, graph = renderer.gpu.queue, renderer._frame.graph
    draw = np.frombuffer(queue.read_buffer(graph.texture(f"{name} draw")), np.uint32)
    count = int(draw[0])
    assert counted.triangles == count // 3
    listed = queue.read_buffer(graph.texture(f"{name} triangles"), 0, 4 * count)
    indices = np.frombuffer(listed, np.uint32).astype(np.int64)
    used, triangles = np.unique(indices, return_inverse=True)
    size = 32 * (int(used.max()) + 1)
    vertices = np.frombuffer(
        queue.read_buffer(graph.texture(f"{name} vertices"), 0, size), np.float32
    ).reshape(-1, 8)
    return Drawn(vertices[used], triangles.reshape(-1, 3), counted.path, renderer.corners)


def drawn_mesh(scene: Scene, gpu: Gpu, size: tuple[int, int] = (48, 48)) -> Drawn:
    """The subdivided mesh of a document's geometry."""
    with Renderer(scene, passes=("z",), views=(), size=size, gpu=gpu) as renderer:
        return mesh_of(renderer)


def open_edges(triangles: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(n, 2): edges that only one triangle has, as they run round it. Fails where an edge belongs
    to more than two, or to two that run the same way."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    assert len(np.unique(edges, axis=0)) == len(edges), "triangles overlap at an edge"
    count = int(edges.max()) + 1
    forward, back = edges[:, 0] * count + edges[:, 1], edges[:, 1] * count + edges[:, 0]
    return edges[~np.isin(forward, back)]
