"""PNG and JPEG files."""

from __future__ import annotations

import os
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.errors import OutputError
from engine.output.atomic import atomic

# The picture is encoded in memory and written in one go: then a full disk is an ordinary OSError
# (libjpeg, left to write by itself, ends the whole process).


def write_png(path: str | os.PathLike[str], pixels: npt.NDArray[Any]) -> None:
    """Write (h, w), (h, w, 1), (h, w, 3) or (h, w, 4) uint8 or uint16, RGB order, straight alpha.

    Whole or not at all. Raises OutputError.
    """
    assert pixels.dtype in (np.uint8, np.uint16), pixels.dtype
    _write(path, ".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 4])


def write_jpeg(path: str | os.PathLike[str], pixels: npt.NDArray[Any], quality: int = 92) -> None:
    """Write (h, w, 3) uint8 RGB, quality 1..100, chroma at full size. Raises OutputError."""
    assert pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3, pixels.shape
    full_chroma = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    _write(path, ".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality, *full_chroma])


def _write(
    path: str | os.PathLike[str], kind: str, pixels: npt.NDArray[Any], options: list[int]
) -> None:
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    assert channels in (1, 3, 4), pixels.shape
    if channels > 1:  # OpenCV has blue first
        order = [2, 1, 0, 3][:channels]
        pixels = pixels[..., order]
    try:
        good, data = cv2.imencode(kind, np.ascontiguousarray(pixels), options)
    except cv2.error as error:
        raise OutputError(f"{path} could not be encoded: {error.err}.") from error
    if not good:
        raise OutputError(f"{path} could not be encoded as {kind[1:].upper()}.")
    with atomic(path) as temporary:
        temporary.write_bytes(data.tobytes())
