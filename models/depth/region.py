"""A part of a picture that was looked at alone, put back where it is."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def in_picture(values: Floats, box: tuple[int, int, int, int], size: tuple[int, int]) -> Floats:
    """(h, w) float32 for the whole picture: `values` within a box, NaN around it.

    values: (h', w') of the part alone, as `DepthNetwork.inverse_depth` gives it for the same box.
    box: (left, top, right, bottom) in pixels of the picture. size: (width, height) of the picture.
    The map is as fine as the part was looked at, but no finer than the picture.
    """
    width, height = size
    left, top = max(0, box[0]), max(0, box[1])
    right, bottom = min(width, box[2]), min(height, box[3])
    scale = (
        min(1.0, values.shape[1] / (right - left)),
        min(1.0, values.shape[0] / (bottom - top)),
    )
    whole = np.full((round(height * scale[1]), round(width * scale[0])), np.nan, np.float32)
    across = _pixels(left * scale[0], right * scale[0], whole.shape[1])
    down = _pixels(top * scale[1], bottom * scale[1], whole.shape[0])
    part = across.stop - across.start, down.stop - down.start
    if part != values.shape[1::-1]:
        # Averaging where it gets coarser; between samples where rounding made it a pixel finer.
        finer = part[0] > values.shape[1] or part[1] > values.shape[0]
        how = cv2.INTER_LINEAR if finer else cv2.INTER_AREA
        values = np.asarray(cv2.resize(values, part, interpolation=how), np.float32)
    whole[down, across] = values
    return whole


def _pixels(start: float, stop: float, count: int) -> slice:
    """The nearest pixels of `count`, at least one."""
    first = min(round(start), count - 1)
    return slice(first, max(first + 1, min(round(stop), count)))
