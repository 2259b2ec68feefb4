"""Triangle meshes made ready to be subdivided: corners welded, edges shared, long edges split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.media.meshes import Mesh

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEVELS = 5  # an edge is halved at most so often; wgsl/mesh_topology.wgsl has the same
# Edges longer than so many texels of the map are split, as long as there are fewer triangles than
# that: a triangle is subdivided evenly, so that small ones follow an outline with less waste.
LONGEST = ((32, 60_000), (16, 8_000))
FINER = 1  # levels beyond a segment for each texel: outlines do not run along a mesh's edges
MERGED = 1e-6  # of the mesh's size: corners nearer than this are one point
LONGEST_DIRECTION = 2.0

POINT_WORDS, EDGE_WORDS, SEGMENT_WORDS, UV_WORDS, TRIANGLE_WORDS = 8, 8, 4, 2, 24
FLIPPED = 1 << 31


@dataclass(frozen=True, slots=True)
class Topology:
    """A mesh as wgsl/mesh_topology.wgsl reads it. Counts of what it holds.

    words: (n,) uint32: points, edges, the edges' segments of the picture, the points' places in it,
    and triangles, one table after the other. finest: (triangles, vertices) of the mesh at its
    finest.
    """

    words: npt.NDArray[np.uint32]
    points: int
    edges: int
    segments: int
    uvs: int
    triangles: int
    finest: tuple[int, int]

    @property
    def tables(self) -> tuple[int, int, int, int]:
        """Words before the edges, segments, places and triangles."""
        edges = POINT_WORDS * self.points
        segments = edges + EDGE_WORDS * self.edges
        uvs = segments + SEGMENT_WORDS * self.segments
        return edges, segments, uvs, uvs + UV_WORDS * self.uvs


@dataclass(slots=True)
class _Split:
    """A mesh while its edges are split. corners: (m, 3) rows of `wedges`, which are (n, 5) normal,
    u and v. point: (n,) rows of `points`, which are (p, 6) position and direction."""

    corners: Ints
    wedges: Floats
    point: Ints
    points: Floats


def topology_of(mesh: Mesh, lattice: tuple[int, int]) -> Topology:
    """The mesh for a map decoded to `lattice` (width, height) texels.

    Corners in one place are one point, whatever their texture coordinates and normals: what moves
    it is the same for all triangles there, so that seams and hard edges stay closed.
    """
    split = _welded(mesh)
    texels = np.array(lattice, np.float64)
    for longest, most in LONGEST:
        while len(split.corners) < most:
            pairs, ends, edge = _edges(split)
            span = np.diff(split.wedges[pairs][:, :, 3:] * texels, axis=1)
            long = np.zeros(len(ends), bool)
            long[edge[np.linalg.norm(span, axis=2)[:, 0] > longest]] = True
            if not long.any():
                break
            split = _bisected(split, pairs, ends, edge, long)
    return _packed(split, texels)


def directions(normals: Floats, point: Ints, count: int) -> Floats:
    """(count, 3): which way each point moves for a unit of height.

    normals: (n, 3) unit normals of corners, point: (n,) the point of each. The mean of the
    different normals, as long as carries each face by one unit along its own normal (exactly so
    where their angles are right ones, as at a box's corners): a box that grows evenly stays a box.
    """
    different = np.unique(np.c_[point, np.round(normals, 3) + 0.0], axis=0)
    total = np.zeros((count, 3))
    number = np.zeros(count)
    np.add.at(total, different[:, 0].astype(np.int64), different[:, 1:])
    np.add.at(number, different[:, 0].astype(np.int64), 1)
    # The rounded normals only told which are different; where all are alike, the mean is exact.
    exact = np.zeros((count, 3))
    np.add.at(exact, point, normals)
    alike = number == 1
    mean = total / np.maximum(number, 1)[:, None]
    lengths = np.linalg.norm(exact, axis=1, keepdims=True)
    mean[alike] = (exact / np.maximum(lengths, 1e-30))[alike]
    square = (mean * mean).sum(axis=1, keepdims=True)
    return mean / np.maximum(square, LONGEST_DIRECTION**-2)


def _welded(mesh: Mesh) -> _Split:
    vertices = mesh.vertices.astype(np.float64)
    place, normals = vertices[:, :3], vertices[:, 3:6]
    extent = float(np.ptp(mesh.bounds, axis=0).max())
    cells = np.round(place / max(MERGED * extent, 1e-30))
    _, first, point = np.unique(cells + 0.0, axis=0, return_index=True, return_inverse=True)
    point = point.reshape(-1).astype(np.int64)
    corners = mesh.triangles.astype(np.int64)
    found = point[corners]
    whole = (found != np.roll(found, 1, axis=1)).all(axis=1)
    corners = corners[whole]
    used, corners = np.unique(corners, return_inverse=True)
    moved = directions(normals[used], point[used], len(first))
    return _Split(
        corners.reshape(-1, 3), vertices[used, 3:], point[used], np.c_[place[first], moved]
    )


def _edges(split: _Split) -> tuple[Ints, Ints, Ints]:
    """Of each triangle's three edges in turn: (3 m, 2) corners in the order of its points' numbers;
    (e, 2) points of all different edges; (3 m,) the edge of each."""
    pairs = np.stack([split.corners, np.roll(split.corners, -1, axis=1)], axis=-1).reshape(-1, 2)
    ends = split.point[pairs]
    turned = ends[:, 0] > ends[:, 1]
    pairs[turned] = pairs[turned][:, ::-1]
    ends, edge = np.unique(split.point[pairs], axis=0, return_inverse=True)
    return pairs, ends, edge.reshape(-1)


def _bisected(
    split: _Split, pairs: Ints, ends: Ints, edge: Ints, long: npt.NDArray[np.bool_]
) -> _Split:
    """All triangles with their long edges halved: 1, 2 or 3 of these make 2, 3 or 4 triangles."""
    new_point = len(split.points) + np.cumsum(long) - 1
    points = np.concatenate([split.points, split.points[ends[long]].mean(axis=1)])
    halved = long[edge]
    unique, which = np.unique(pairs[halved], axis=0, return_inverse=True)
    wedges = np.concatenate([split.wedges, split.wedges[unique].mean(axis=1)])
    middle = np.full(len(pairs), -1)
    middle[halved] = len(split.wedges) + which.reshape(-1)
    point = np.full(len(wedges), -1)
    point[: len(split.wedges)] = split.point
    point[middle[halved]] = new_point[edge[halved]]
    corners, middles = split.corners, middle.reshape(-1, 3)
    number = (middles >= 0).sum(axis=1)
    # Turned so that the only long edge comes first, the only short one last.
    turn = np.where(number == 1, (middles >= 0).argmax(axis=1), 0)
    turn = np.where(number == 2, (middles < 0).argmax(axis=1) + 1, turn)
    order = (turn[:, None] + np.arange(3)) % 3
    a, b, c = np.take_along_axis(corners, order, axis=1).T
    ab, bc, ca = np.take_along_axis(middles, order, axis=1).T
    patterns = {
        0: [(a, b, c)],
        1: [(a, ab, c), (ab, b, c)],
        2: [(ab, b, bc), (a, ab, bc), (a, bc, c)],
        3: [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)],
    }
    made = [
        np.stack(triangle, axis=-1)[number == count]
        for count, pattern in patterns.items()
        for triangle in pattern
    ]
    return _Split(np.concatenate(made), wedges, point, points)


def _packed(split: _Split, texels: Floats) -> Topology:
    pairs, ends, edge = _edges(split)
    # Each edge's different segments of the picture, and each point's different places in it.
    ends_uv = split.wedges[pairs][:, :, 3:].reshape(-1, 4)
    segments = np.unique(np.c_[edge, ends_uv], axis=0)
    places = np.unique(np.c_[split.point, split.wedges[:, 3:]], axis=0)
    edge_start, edge_count = _runs(segments[:, 0], len(ends))
    place_start, place_count = _runs(places[:, 0], len(split.points))
    length = np.zeros(len(ends))
    spans = np.linalg.norm((segments[:, 3:] - segments[:, 1:3]) * texels, axis=1)
    np.maximum.at(length, segments[:, 0].astype(np.int64), spans)
    finest = np.ceil(np.log2(np.maximum(length, 1e-9)) - 1e-9) + FINER
    finest = np.clip(finest, 0, LEVELS).astype(np.int64)
    of_triangle = edge.reshape(-1, 3)
    cap = finest[of_triangle].max(axis=1)
    starts = split.point[split.corners]
    turned = starts > np.roll(starts, -1, axis=1)

    points = np.zeros((len(split.points), POINT_WORDS), np.uint32)
    points[:, :6] = split.points.astype(np.float32).view(np.uint32)
    points[:, 6], points[:, 7] = place_start, place_count
    edges = np.zeros((len(ends), EDGE_WORDS), np.uint32)
    edges[:, :2], edges[:, 3] = ends, finest
    edges[:, 4], edges[:, 5] = edge_start, edge_count
    edges[:, 6] = length.astype(np.float32).view(np.uint32)
    triangles = np.zeros((len(starts), TRIANGLE_WORDS), np.uint32)
    triangles[:, :3] = starts
    triangles[:, 3:6] = of_triangle + np.where(turned, FLIPPED, 0)
    wedges = split.wedges[split.corners].astype(np.float32)
    triangles[:, 6:12] = np.ascontiguousarray(wedges[:, :, 3:]).reshape(-1, 6).view(np.uint32)
    triangles[:, 12:21] = np.ascontiguousarray(wedges[:, :, :3]).reshape(-1, 9).view(np.uint32)
    triangles[:, 21] = cap
    tables = (
        points, edges,
        segments[:, 1:].astype(np.float32).view(np.uint32),
        places[:, 1:].astype(np.float32).view(np.uint32),
        triangles,
    )  # fmt: skip
    side = 1 << cap
    return Topology(
        np.concatenate([table.ravel() for table in tables]),
        len(points), len(edges), len(segments), len(places), len(triangles),
        (int((side * side).sum()), int(((side + 1) * (side + 2) // 2).sum())),
    )  # fmt: skip


def _runs(owner: Floats, count: int) -> tuple[Ints, Ints]:
    """Where the rows of each owner begin in a table sorted by owner, and how many there are."""
    numbers = np.bincount(owner.astype(np.int64), minlength=count)
    return np.cumsum(numbers) - numbers, numbers
