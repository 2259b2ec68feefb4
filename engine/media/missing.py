"""What a source answers for a frame that is not there."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from engine.media.picture import Picture

Missing = Literal["error", "hold", "black", "nearest"]
"""error: MediaError. hold: the last frame before it (before the first: the first). black: black,
and transparent where the media has alpha. nearest: the nearest frame, the earlier of two."""

MISSING: tuple[Missing, ...] = ("error", "hold", "black", "nearest")


def stand_in(t: int, have: Sequence[int], missing: Missing) -> int:
    """The frame of `have` (sorted, not empty) that stands in for `t` under hold or nearest."""
    if missing == "hold":
        return have[max(bisect_right(have, t) - 1, 0)]
    at = bisect_left(have, t)
    around = have[max(at - 1, 0) : at + 1]
    return min(around, key=lambda frame: (abs(frame - t), frame))


def black(like: Picture, t: int) -> Picture:
    """A black picture of the same kind; chroma is neutral, alpha 0."""
    encoding = like.encoding
    planes = [np.zeros_like(plane) for plane in like.planes]
    if encoding.model == "yuv":
        step = 1 << (encoding.bits - 8)
        planes[0][:] = 0 if encoding.full_range else 16 * step
        for plane in planes[1:]:
            plane[:] = 128 * step
    return replace(like, planes=tuple(planes), frame=t)
