"""The canonical mesh and its subdivision, as shapes: no network needed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree
from trimesh.remesh import subdivide_loop

from models.face import canonical
from models.face.relief import relief, similarity
from models.face.subdivide import Subdivision

SHAPE = canonical.load()


def boundary(triangles: npt.NDArray[np.int32]) -> set[tuple[int, int]]:
    """The directed edges that no other triangle runs the other way."""
    edges = {(int(t[i]), int(t[(i + 1) % 3])) for t in triangles for i in range(3)}
    assert len(edges) == 3 * len(triangles), "winding is not consistent"
    return {(a, b) for a, b in edges if (b, a) not in edges}


def undirected(triangles: npt.NDArray[np.int32]) -> Counter[tuple[int, int]]:
    """The edges, and how many triangles each belongs to."""
    sides = np.sort(
        np.concatenate([np.roll(triangles, i, axis=1)[:, :2] for i in range(3)]), axis=1
    )
    return Counter((int(a), int(b)) for a, b in sides)


def loop_edges(rim: npt.NDArray[np.int32]) -> set[tuple[int, int]]:
    return {(int(a), int(b)) for a, b in zip(rim, np.roll(rim, -1), strict=True)}


@pytest.mark.parametrize("levels", [0, 1, 2])
def test_mesh_is_one_disc_whose_outline_is_the_rim(levels: int) -> None:
    fine = Subdivision(SHAPE.triangles, SHAPE.rim, levels)
    edges = undirected(fine.triangles)
    assert set(edges.values()) == {1, 2}
    points = len(np.unique(fine.triangles))
    assert points == fine.triangles.max() + 1
    assert points - len(edges) + len(fine.triangles) == 1  # Euler: a disc, eyes and mouth closed
    assert loop_edges(fine.rim) == boundary(fine.triangles)
    assert len(fine.rim) == 36 * 2**levels
    assert len(fine.triangles) == 898 * 4**levels


def test_rim_runs_around_the_face() -> None:
    assert len(set(SHAPE.rim.tolist())) == len(SHAPE.rim) == 36
    outline = SHAPE.points[SHAPE.rim, :2]
    assert np.allclose(outline.min(0)[0], SHAPE.points[:, 0].min())
    assert np.allclose(outline.max(0)[1], SHAPE.points[:, 1].max())
    angle = np.unwrap(np.arctan2(*(outline - outline.mean(0)).T[::-1]))
    assert (np.diff(angle) > 0).all()  # counter-clockwise, y up, never turning back
    assert angle[-1] - angle[0] < 2 * np.pi


def test_triangles_face_the_camera() -> None:
    a, b, c = (SHAPE.points[SHAPE.triangles[:, i]] for i in range(3))
    normals = np.cross(b - a, c - a)
    assert np.mean(normals[:, 2] > 0) > 0.98  # all but the inside of the nostrils


def test_counterparts_are_the_other_side() -> None:
    assert (SHAPE.mirror[SHAPE.mirror] == np.arange(canonical.POINTS)).all()
    assert np.allclose(SHAPE.points[SHAPE.mirror], SHAPE.points * (-1, 1, 1))
    assert SHAPE.mirror[canonical.LEFT_EYE_OUTER] == canonical.RIGHT_EYE_OUTER
    assert SHAPE.mirror[canonical.NOSE_TIP] == canonical.NOSE_TIP
    outside = SHAPE.points[canonical.LEFT_EYE_OUTER]
    assert outside[0] < 0  # on the left of the picture


def test_two_boundaries_are_not_taken_for_a_rim() -> None:
    with pytest.raises(AssertionError, match="boundary"):
        canonical.boundary_loop(np.array([[0, 1, 2], [3, 4, 5]], np.int32))


def test_one_level_agrees_with_another_implementation() -> None:
    fine = Subdivision(SHAPE.triangles, SHAPE.rim, 2)
    theirs, their_triangles = subdivide_loop(SHAPE.points, SHAPE.triangles, 2)
    ours = fine.smooth(SHAPE.points)
    assert len(ours) == len(theirs)
    assert len(fine.triangles) == len(their_triangles)
    distance, which = KDTree(theirs).query(ours)
    assert distance.max() < 1e-9
    assert len(np.unique(which)) == len(theirs)


def test_subdivision_keeps_the_landmarks_and_rounds_the_facets() -> None:
    """In centimetres: a face is 15 wide."""
    fine = Subdivision(SHAPE.triangles, SHAPE.rim, 2)
    points = fine.apply(SHAPE.points)
    apart = np.linalg.norm(points[: canonical.POINTS] - SHAPE.points, axis=1)
    assert np.median(apart) < 0.05
    assert apart.max() < 0.2  # inside the mouth
    assert apart[canonical.NOSE_TIP] < 0.05

    def sharpest(vertices: npt.NDArray[np.float64], triangles: npt.NDArray[np.int32]) -> float:
        """The angle across an edge, degrees, that 10 % of the edges exceed."""
        a, b, c = (vertices[triangles[:, i]] for i in range(3))
        normals = np.cross(b - a, c - a)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        beside: dict[tuple[int, int], list[int]] = {}
        for number, triangle in enumerate(triangles.tolist()):
            for i in range(3):
                p, q = triangle[i], triangle[i - 1]
                beside.setdefault((min(p, q), max(p, q)), []).append(number)
        pairs = np.array([pair for pair in beside.values() if len(pair) == 2])
        cosine = (normals[pairs[:, 0]] * normals[pairs[:, 1]]).sum(1)
        return float(np.percentile(np.degrees(np.arccos(np.clip(cosine, -1, 1))), 90))

    assert sharpest(points, fine.triangles) < 0.45 * sharpest(SHAPE.points, SHAPE.triangles)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**32 - 1), st.integers(0, 3))
def test_subdivision_moves_with_the_mesh(seed: int, levels: int) -> None:
    """It has no notion of place: an affine map before it or after it is the same."""
    random = np.random.default_rng(seed)
    fine = Subdivision(SHAPE.triangles, SHAPE.rim, levels)
    matrix, shift = random.normal(size=(3, 3)), random.normal(size=3) * 100
    points = SHAPE.points + random.normal(size=SHAPE.points.shape) * 0.1
    before = fine.apply(points @ matrix.T + shift)
    assert np.allclose(before, fine.apply(points) @ matrix.T + shift, atol=1e-9)


def test_relief_is_zero_at_the_farthest_point_of_the_rim() -> None:
    fine = Subdivision(SHAPE.triangles, SHAPE.rim, 2)
    result = relief(SHAPE.points * 7.0 + 30.0, fine)
    assert result[fine.rim, 2].min() == 0.0
    assert np.ptp(result[:, 2]) == pytest.approx(7.0 * np.ptp(SHAPE.points[:, 2]), rel=0.02)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_similarity_finds_what_was_done(seed: int) -> None:
    random = np.random.default_rng(seed)
    q, _ = np.linalg.qr(random.normal(size=(3, 3)))
    rotation = q * np.linalg.det(q)
    scale, shift = random.uniform(0.1, 10), random.normal(size=3) * 50
    found = similarity(SHAPE.points, scale * SHAPE.points @ rotation.T + shift)
    assert found[0] == pytest.approx(scale)
    assert np.allclose(found[1], rotation, atol=1e-9)
    assert np.allclose(found[2], shift, atol=1e-6)
