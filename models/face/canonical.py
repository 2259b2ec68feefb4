"""The canonical face: which landmarks make triangles, where its rim runs, and its true shape."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models import shipped

POINTS = 468

# Landmarks that the code refers to by name. left and right are the picture's for an upright,
# unmirrored face looking at the camera.
LEFT_EYE_OUTER = 33
RIGHT_EYE_OUTER = 263
NOSE_TIP = 1


@dataclass(frozen=True, slots=True)
class CanonicalFace:
    """points: (468, 3) float64 in centimetres, x right, y up, z toward the camera.
    triangles: (898, 3) int32, counter-clockwise seen from the camera (normals out of the face).
    rim: (36,) int32, the boundary as a closed loop, each point once, in the triangles' direction.
    mirror: (468,) int32, each point's counterpart on the other side of the face.
    """

    points: npt.NDArray[np.float64]
    triangles: npt.NDArray[np.int32]
    rim: npt.NDArray[np.int32]
    mirror: npt.NDArray[np.int32]


def load(folder: Path | None = None) -> CanonicalFace:
    """The shipped canonical face. Raises AnalysisError when its file is missing or damaged."""
    with np.load(io.BytesIO(shipped.read(shipped.FACE_CANONICAL, folder))) as arrays:
        points = np.asarray(arrays["xyz"], np.float64)
        triangles = np.asarray(arrays["tris"], np.int32)
    rim = boundary_loop(triangles)
    mirror = counterparts(points)
    for array in (points, triangles, rim, mirror):
        array.setflags(write=False)
    return CanonicalFace(points, triangles, rim, mirror)


def boundary_loop(triangles: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The outline of a mesh with one boundary: (k,) point indices in order, each once.

    triangles: (n, 3), consistently wound. The outline is made of the edges that belong to one
    triangle only, walked in that triangle's own direction.
    """
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    directed = {(int(a), int(b)) for a, b in edges}
    assert len(directed) == len(edges), "two triangles use an edge in the same direction"
    following = {a: b for a, b in directed if (b, a) not in directed}
    start = min(following)
    loop = [start]
    while (point := following[loop[-1]]) != start:
        loop.append(point)
    assert len(loop) == len(following), "the mesh has more than one boundary"
    return np.array(loop, np.int32)


def counterparts(points: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    """For each point of a shape (n, 3) symmetric about x = 0, the index of its mirror image; a
    point on the plane of symmetry is its own."""
    apart = ((points[:, None] - points[None] * (-1.0, 1.0, 1.0)) ** 2).sum(2)
    other = apart.argmin(1).astype(np.int32)
    assert apart[np.arange(len(points)), other].max() < 1e-6, "the shape is not symmetric"
    return other
