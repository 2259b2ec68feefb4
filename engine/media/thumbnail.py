"""Small pictures of media, as they look in the window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.media.colour import DisplayLut, apply_lut_cpu, display_lut
from engine.media.decode import to_linear
from engine.media.picture import Picture, Transfer

UNIT = 1.01  # what rounding makes of the length of a unit vector, at most


def thumbnail(
    picture: Picture, longest: int = 128, lut: DisplayLut | None = None
) -> npt.NDArray[np.uint8]:
    """(h, w, 3) display code values over black, no side longer than `longest`.

    Light goes through the display transform, by default that of the window. Numbers that are no
    light (`Transfer.RAW`) are shown from their least value, black, to their largest, white: depth
    leaves out one percent at each end, vectors are stretched by channel, but for those within
    -1..1 (normals) or 0..1 (texture coordinates). NaN is black.
    """
    n = -(-max(picture.size) // longest)
    data = picture.encoding.transfer is Transfer.RAW
    planes = tuple(_shrunk(plane, n, data) for plane in picture.planes)
    linear = to_linear(replace(picture, planes=planes))[..., :3]
    if not data:
        light = np.nan_to_num(linear, nan=0.0, posinf=1e4, neginf=0.0)
        return _bytes(apply_lut_cpu(light, lut or display_lut()))
    if picture.planes[0].dtype.kind == "u":
        return _bytes(linear)
    grey = picture.planes[0].shape[2] <= 2
    known = linear[np.isfinite(linear)]
    if known.size and not grey and float(np.abs(known).max()) <= UNIT:
        return _bytes(linear * 0.5 + 0.5 if float(known.min()) < 1 - UNIT else linear)
    return _bytes(_stretched(linear, grey=grey))


def _shrunk(plane: npt.NDArray[Any], n: int, data: bool) -> npt.NDArray[Any]:
    """Every n-th pixel each way: averaged, or of data taken as they are."""
    if n == 1:
        return plane
    height, width, channels = plane.shape
    size = (-(-width // n), -(-height // n))
    if data:
        rows, columns = (
            np.minimum(np.arange(count) * n + n // 2, most - 1)
            for count, most in zip(size[::-1], (height, width), strict=True)
        )
        return np.ascontiguousarray(plane[rows[:, None], columns])
    if plane.dtype.kind == "f":
        plane = np.nan_to_num(plane, nan=0.0, posinf=1e4, neginf=0.0)
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return small.reshape(size[1], size[0], channels)


def _stretched(values: npt.NDArray[np.float32], *, grey: bool) -> npt.NDArray[np.float32]:
    """From 0 for the least value to 1 for the largest."""
    known = np.where(np.isfinite(values), values, np.nan)
    shown = np.empty_like(values)
    for channel in range(3):
        numbers = known[..., channel]
        finite = numbers[np.isfinite(numbers)]
        if not finite.size:
            shown[..., channel] = 0.0
            continue
        low, high = np.percentile(finite, (1, 99) if grey else (0, 100))
        span = max(float(high - low), 1e-12)
        shown[..., channel] = (values[..., channel] - low) / span if high > low else 0.5
    return shown


def _bytes(code: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    whole = np.nan_to_num(code, nan=0.0, posinf=1.0, neginf=0.0)
    return (np.clip(whole, 0, 1) * 255 + 0.5).astype(np.uint8)
