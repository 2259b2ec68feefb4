"""Faces that are the same one, and faces that are not."""

from __future__ import annotations

import numpy as np
import pytest

from engine.media import FaceMesh
from models.face.overlap import overlap


def _box(left: float, top: float, right: float, bottom: float) -> FaceMesh:
    points = np.array([[left, top, 0], [right, bottom, 5], [left, bottom, -3]], np.float32)
    return FaceMesh(points, np.array([[0, 2, 1]], np.int32), np.array([0, 1, 2], np.int32), 1.0)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((0, 0, 10, 10), 1.0),
        ((5, 0, 15, 10), 1 / 3),
        ((2, 2, 7, 7), 0.25),
        ((10, 0, 20, 10), 0.0),
        ((20, 20, 30, 30), 0.0),
        ((20, 0, 30, 10), 0.0),
    ],
)
def test_overlap_is_intersection_over_union(
    other: tuple[float, float, float, float], expected: float
) -> None:
    a, b = _box(0, 0, 10, 10), _box(*other)
    assert overlap(a, b) == pytest.approx(expected)
    assert overlap(b, a) == pytest.approx(expected)
