"""Display-referred pictures as a video codec takes them: BT.709, limited range, even sides."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Interpolation, VideoReformatter

_BT709 = 1  # in ITU-T H.273, for primaries, transfer and matrix alike
_LIMITED, _FULL = 1, 2


def mark_bt709(context: Any) -> None:
    """Have a codec's context (PyAV's) say what `Coder` hands it."""
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = _LIMITED


class Coder:
    """Turns pictures of `size` (width, height) into frames of a pixel format."""

    def __init__(self, size: tuple[int, int], format: str) -> None:
        self._size, self._format = size, format
        self._reformatter = VideoReformatter()

    def frame(self, rgb: npt.NDArray[np.uint8]) -> av.VideoFrame:
        """rgb: (h, w, 3) uint8 sRGB. Odd sides are padded with what is at the edge."""
        width, height = self._size
        assert rgb.shape == (height, width, 3) and rgb.dtype == np.uint8, (rgb.shape, rgb.dtype)
        if width % 2 or height % 2:
            rgb = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        return self._reformatter.reformat(
            av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24"),
            format=self._format,
            dst_colorspace=_BT709,
            src_color_range=_FULL,
            dst_color_range=_LIMITED,
            dst_color_trc=_BT709,
            dst_color_primaries=_BT709,
            interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND,
        )
