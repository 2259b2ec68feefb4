"""The shapes of a region of interest, as corners to take hold of: plain geometry, no window.

Points are fractions of the map's picture, (0, 0) its top left corner.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.scene import Region, Shape

SMALLEST = 0.01  # of the picture: a shape that is narrower was a slip of the hand
Point = tuple[float, float]


def corners(region: Region) -> tuple[Point, ...]:
    """The corners in order; a rectangle has four."""
    if region.shape is Shape.POLYGON:
        return region.points
    (a, b), (c, d) = region.points
    return ((a, b), (c, b), (c, d), (a, d))


def new_region(shape: Shape, points: Sequence[Point], *, exclude: bool) -> Region | None:
    """A region of these corners, brought into the picture; None where it would have no inside.

    points: two opposite corners of a rectangle, or three and more of a polygon.
    """
    inside = tuple((_within(x), _within(y)) for x, y in points)
    if shape is Shape.RECTANGLE:
        (a, b), (c, d) = inside
        inside = ((min(a, c), min(b, d)), (max(a, c), max(b, d)))
    region = Region(shape=shape, exclude=exclude, points=inside)
    return region if width(corners(region)) >= SMALLEST else None


def with_corner(region: Region, index: int, place: Point) -> Region | None:
    """The region with one of its `corners` moved; None where it would have no inside left."""
    if region.shape is Shape.POLYGON:
        points = tuple(place if i == index else point for i, point in enumerate(region.points))
    else:
        points = (corners(region)[(index + 2) % 4], place)
    return new_region(region.shape, points, exclude=region.exclude)


def corner_of(region: Region, place: Point) -> int:
    """Which of its `corners` is nearest to a place: a rectangle's change their order as one is
    dragged past another."""
    away = [math.dist(corner, place) for corner in corners(region)]
    return away.index(min(away))


def without_corner(region: Region, index: int) -> Region | None:
    """The polygon with one corner fewer; None where that leaves none, and for a rectangle."""
    if region.shape is not Shape.POLYGON or len(region.points) <= 3:
        return None
    points = (*region.points[:index], *region.points[index + 1 :])
    return new_region(Shape.POLYGON, points, exclude=region.exclude)


def width(points: Sequence[Point]) -> float:
    """How wide the points lie across the line that they are nearest to: 0 on one line."""
    array = np.array(points, np.float64)
    centred = array - array.mean(axis=0)
    across = np.linalg.svd(centred)[2][1]
    return float(np.ptp(centred @ across))


def _within(part: float) -> float:
    return min(max(part, 0.0), 1.0)
