"""The built-in meshes, with texture coordinates: sphere, torus, box and plane."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vertices = npt.NDArray[np.float64]
Triangles = npt.NDArray[np.int64]

PRIMITIVES = ("sphere", "torus", "box", "plane")

# Of each face of the box: which way the picture's right and top point, seen from outside.
_BOX_FACES = (
    ((1, 0, 0), (0, 1, 0)), ((-1, 0, 0), (0, 1, 0)), ((0, 0, -1), (0, 1, 0)),
    ((0, 0, 1), (0, 1, 0)), ((1, 0, 0), (0, 0, -1)), ((1, 0, 0), (0, 0, 1)),
)  # fmt: skip


def primitive(name: str) -> tuple[Vertices, Triangles]:
    """(n, 8) position, unit normal, u and v (origin top left), and (m, 3) triangles,
    counter-clockwise seen from outside, of one of PRIMITIVES (see `meshes.load_mesh`)."""
    return {"sphere": _sphere, "torus": _torus, "box": _box, "plane": _plane}[name]()


def _sphere(columns: int = 96, rows: int = 47) -> tuple[Vertices, Triangles]:
    """Equirectangular: v runs from the pole +Y to -Y, u around, its middle at +Z. The seam's column
    is there twice; each triangle at a pole has a vertex of its own there, in the middle of its
    share of the picture's edge."""
    v, u = np.mgrid[0 : rows + 1, 0 : columns + 1].astype(np.float64)
    u[0] += 0.5
    u[-1] -= 0.5
    u, v = u / columns, v / rows
    longitude, latitude = 2 * np.pi * (u - 0.5), np.pi * (0.5 - v)
    ring = np.cos(latitude)
    ring[[0, -1]] = 0.0
    normal = np.stack(
        [ring * np.sin(longitude), np.sin(latitude), ring * np.cos(longitude)], axis=-1
    )
    normal[:, -1] = normal[:, 0]  # to the last bit: the seam must close
    triangles = _grid_triangles(columns, rows)
    # At the poles one triangle of each cell has no area: its upper, or its lower two corners are
    # one point.
    upper, lower = triangles[: 2 * columns : 2], triangles[-2 * columns + 1 :: 2]
    kept = np.concatenate([upper, triangles[2 * columns : -2 * columns], lower])
    vertices = np.concatenate([0.5 * normal, normal, u[..., None], v[..., None]], axis=-1)
    used, numbers = np.unique(kept, return_inverse=True)
    return vertices.reshape(-1, 8)[used], numbers.reshape(-1, 3)


def _torus(columns: int = 96, rows: int = 32) -> tuple[Vertices, Triangles]:
    """u runs around the ring, v around the tube; the seams lie at -X and on the inner side."""
    v, u = np.mgrid[0 : rows + 1, 0 : columns + 1].astype(np.float64)
    u, v = u / columns, v / rows
    ring, tube = 2 * np.pi * (u - 0.5), 2 * np.pi * (0.5 - v)
    normal = np.stack(
        [np.cos(tube) * np.cos(ring), np.cos(tube) * np.sin(ring), np.sin(tube)], axis=-1
    )
    centre = np.stack([0.5 * np.cos(ring), 0.5 * np.sin(ring), 0 * ring], axis=-1)
    for points in (normal, centre):
        points[:, -1] = points[:, 0]
        points[-1] = points[0]
    position = centre + 0.125 * normal
    vertices = np.concatenate([position, normal, u[..., None], v[..., None]], axis=-1)
    return vertices.reshape(-1, 8), _grid_triangles(columns, rows)


def _box() -> tuple[Vertices, Triangles]:
    """Each face shows the whole picture."""
    found = []
    for right, up in _BOX_FACES:
        normal = np.cross(right, up)
        for u, v in ((0, 0), (1, 0), (0, 1), (1, 1)):
            at = 0.5 * normal + (u - 0.5) * np.array(right) + (0.5 - v) * np.array(up)
            found.append([*at, *normal, u, v])
    halves = np.array([[0, 2, 1], [1, 2, 3]])
    return np.array(found, np.float64), (4 * np.arange(6)[:, None, None] + halves).reshape(-1, 3)


def _plane() -> tuple[Vertices, Triangles]:
    corners = [(0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)]
    vertices = [[u - 0.5, 0.5 - v, 0, 0, 0, 1, u, v] for u, v in corners]
    return np.array(vertices, np.float64), np.array([[0, 1, 2], [0, 2, 3]])


def _grid_triangles(columns: int, rows: int) -> Triangles:
    """Two triangles for each cell of a grid of (columns + 1) x (rows + 1) vertices, whose rows run
    down and whose columns run right, seen from outside."""
    y, x = np.mgrid[0:rows, 0:columns]
    a = y * (columns + 1) + x
    below = a + columns + 1
    first = np.stack([a, below, below + 1], axis=-1)
    second = np.stack([a, below + 1, a + 1], axis=-1)
    return np.stack([first, second], axis=-2).reshape(-1, 3)
