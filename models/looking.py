"""Where an analysis looks: which part of a picture, and which of the faces there count."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engine.media import FaceMesh
from engine.scene import EvaluatedRegion

Rgb = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]
Regions = tuple[EvaluatedRegion, ...]

REGION_MARGIN = 0.15
"""Of a region's size: how far around it pictures are looked at, so that a face at its edge is seen
whole. A face counts when its middle is inside."""


def looked_at(regions: Regions, size: tuple[int, int]) -> Box | None:
    """(left, top, right, bottom) in pixels: the box around the included regions with a margin, in
    the picture; the whole picture without any. None where they lie outside it."""
    included = [np.array(r.points) for r in regions if not r.exclude]
    width, height = size
    if not included:
        return 0, 0, width, height
    corners = np.concatenate(included)
    low, high = corners.min(0), corners.max(0)
    margin = REGION_MARGIN * (high - low)
    low, high = np.clip(low - margin, 0, 1) * size, np.clip(high + margin, 0, 1) * size
    left, top = (int(v) for v in np.floor(low))
    right, bottom = (int(v) for v in np.ceil(high))
    return (left, top, right, bottom) if right - left > 1 and bottom - top > 1 else None


def is_inside(face: FaceMesh, regions: Regions, size: tuple[int, int]) -> bool:
    """Whether the middle of a face is in an included region (if there is any) and in no excluded
    one."""
    rim = face.points[face.rim, :2]
    middle = (rim.min(0) + rim.max(0)) / 2
    x, y = float(middle[0] / size[0]), float(middle[1] / size[1])

    def holds(region: EvaluatedRegion) -> bool:
        polygon = np.array(region.points, np.float32).reshape(-1, 1, 2)
        return cv2.pointPolygonTest(polygon, (x, y), False) >= 0

    if any(holds(region) for region in regions if region.exclude):
        return False
    included = [region for region in regions if not region.exclude]
    return not included or any(holds(region) for region in included)


def guide_of(rgb: Rgb, size: tuple[int, int]) -> Rgb:
    """A picture at the size (width, height) of the map that was made of it, or its own where that
    is smaller."""
    if rgb.shape[1] <= size[0] and rgb.shape[0] <= size[1]:
        return np.ascontiguousarray(rgb)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
