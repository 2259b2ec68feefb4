"""Where an analysis of the whole picture looks, and how what it saw is put back in its place."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engine.scene import EvaluatedRegion

F32 = npt.NDArray[np.float32]
Rgb = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]
Regions = tuple[EvaluatedRegion, ...]

REGION_MARGIN = 0.15
"""Of a region's size: how far around it pictures are looked at, so that a face at its edge is seen
whole, and depth is not made from a cut picture. A face counts when its middle is inside."""

LARGEST_MAP = 4096
"""Pixels of the longer side of a map with a part put in its place."""


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


def guide_of(rgb: Rgb, box: Box, size: tuple[int, int]) -> Rgb:
    """The part of a picture in a box, at the size (width, height) of the map that was made of it,
    or its own where that is smaller."""
    left, top, right, bottom = box
    part = rgb[top:bottom, left:right]
    if part.shape[1] <= size[0] and part.shape[0] <= size[1]:
        return np.ascontiguousarray(part)
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)


def placed_back(part: F32, box: Box, size: tuple[int, int], outside: float = np.nan) -> F32:
    """A map of the whole picture that holds `part` (h, w) where `box` is, and `outside` around it.

    size: (width, height) of the picture, in the pixels of the box. The part keeps its resolution
    unless the map would then be larger than the picture, or than `LARGEST_MAP`.
    """
    width, height = size
    left, top, right, bottom = box
    if (left, top, right, bottom) == (0, 0, width, height):
        return part
    rows, columns = part.shape
    scales = columns / (right - left), rows / (bottom - top)
    most = LARGEST_MAP / max(width, height)
    across, down = (min(scale, 1.0, most) for scale in scales)
    whole = (max(1, round(width * across)), max(1, round(height * down)))
    # Centres of the map's pixels, in pixels of the part.
    x = (np.arange(whole[0], dtype=np.float32) + 0.5) * np.float32(width / whole[0])
    y = (np.arange(whole[1], dtype=np.float32) + 0.5) * np.float32(height / whole[1])
    grid_x, grid_y = np.meshgrid((x - left) * scales[0] - 0.5, (y - top) * scales[1] - 0.5)
    reduced = _prepared(part, scales, (across, down))
    placed = cv2.remap(
        reduced,
        grid_x.astype(np.float32),
        grid_y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    inside = (grid_x >= -0.5) & (grid_x <= columns - 0.5)
    inside &= (grid_y >= -0.5) & (grid_y <= rows - 0.5)
    return np.where(inside, placed, np.float32(outside)).astype(np.float32)


def _prepared(part: F32, scales: tuple[float, float], wanted: tuple[float, float]) -> F32:
    """The part, low-passed where it is to be looked up at fewer places than it has pixels."""
    sigma = [
        0.4 * max(scale / target - 1.0, 0.0) for scale, target in zip(scales, wanted, strict=True)
    ]
    if max(sigma) < 0.2:
        return part
    return np.asarray(
        cv2.GaussianBlur(part, (0, 0), max(sigma[0], 1e-3), sigmaY=max(sigma[1], 1e-3)), np.float32
    )


def scaled(box: Box, size: tuple[int, int], rgb: Rgb) -> Box:
    """A box in pixels of a picture of that size, in pixels of the same picture (h, w, 3) made
    larger or smaller."""
    left, top, right, bottom = box
    across, down = rgb.shape[1] / size[0], rgb.shape[0] / size[1]
    return (
        int(left * across),
        int(top * down),
        min(int(np.ceil(right * across)), rgb.shape[1]),
        min(int(np.ceil(bottom * down)), rgb.shape[0]),
    )
