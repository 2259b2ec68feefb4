"""One scale and shift for a whole shot: what of a network's values is far, and what is near.

Never the smallest and largest value of each frame: then a hand that comes into the picture pushes
the whole room away.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.errors import AnalysisError
from models.depth.motion import F32

PERCENTILES = (2.0, 98.0)
"""Of a frame's values, between which its depth lies; beyond are specks and errors."""

_FRAMES = (10.0, 90.0)  # percentiles over the frames of a shot, of their far and near ends
_SAMPLES = 4096  # values of a frame that are looked at
_MARGIN = 0.02  # of the range, on either side
_FLAT = 1e-6  # range, as a share of the values, below which there is none

SETTLE = 30
"""Frames after a cut in which a live range is still found; then it holds."""

_CLIPPED = 0.08  # of a frame beyond the range: then it does not fit any more
_PATIENCE = 45  # frames in a row for which it must not fit before it gives way
_YIELD = 0.02  # of the way to the range that fits, each frame


@dataclass(frozen=True, slots=True)
class ShotRange:
    """far, near: the network's values (larger is nearer) that become 0 and 1."""

    far: float
    near: float

    def share(self, raw: F32) -> F32:
        """(h, w) float32, as in `engine.media.DepthMap`: 0 far, 1 near; not clipped."""
        width = self.near - self.far
        return ((raw - np.float32(self.far)) / np.float32(width)).astype(np.float32)


def shot_range(samples: Iterable[F32]) -> ShotRange:
    """The range of a shot from some of its frames, spread over it.

    samples: (h, w) inverse depth as the network gives it: at its own scale on average, to which the
    stabiliser brings the shot (`typical_scale`). Of each frame the 2nd and 98th percentile; of
    those over all frames the 10th and 90th, so that a moment does not set the range of the whole.
    Raises AnalysisError where no frame has any depth.
    """
    ends = [found for found in map(ends_of, samples) if found is not None]
    if not ends:
        raise AnalysisError(
            "the network gave no depth for any frame of this shot; choose another network"
        )
    far = float(np.percentile([low for low, _ in ends], _FRAMES[0]))
    near = float(np.percentile([high for _, high in ends], _FRAMES[1]))
    return _padded(far, near)


def ends_of(values: F32) -> tuple[float, float] | None:
    """The 2nd and 98th percentile of a frame's finite values; None where it has none."""
    step = max(1, math.isqrt(values.size // _SAMPLES))
    known = values[::step, ::step]
    known = known[np.isfinite(known)]
    if not known.size:
        return None
    low, high = np.percentile(known, PERCENTILES)
    return float(low), float(high)


class LiveRange:
    """The range of a shot that is still going on, from the frames so far.

    It takes the first frame's range, becomes the mean of all in the frames after it, and holds
    from then on. Where a good part of the picture has been beyond it for a while, it slowly grows.
    """

    def __init__(self) -> None:
        self._range: ShotRange | None = None
        self._count = 0
        self._misfits = 0

    def reset(self) -> None:
        """A cut, or another source: what was does not matter any more."""
        self._range = None
        self._count = self._misfits = 0

    def update(self, values: F32) -> ShotRange:
        """The range to use for this frame. values: (h, w) stabilised inverse depth."""
        ends = ends_of(values)
        if ends is None:
            return self._range or ShotRange(0.0, 1.0)
        wanted = _padded(*ends)
        self._count += 1
        if self._range is None:
            self._range = wanted
        elif self._count <= SETTLE:
            self._range = _between(self._range, wanted, 1 / self._count)
        else:
            self._give_way(values, wanted)
        return self._range

    @property
    def settled(self) -> bool:
        """Whether it holds by now."""
        return self._count >= SETTLE

    def _give_way(self, values: F32, wanted: ShotRange) -> None:
        assert self._range is not None
        share = self._range.share(values[::4, ::4])
        known = max(int(np.isfinite(share).sum()), 1)
        beyond = float(((share < 0) | (share > 1)).sum()) / known
        self._misfits = self._misfits + 1 if beyond > _CLIPPED else 0
        if self._misfits > _PATIENCE:
            grown = ShotRange(min(self._range.far, wanted.far), max(self._range.near, wanted.near))
            self._range = _between(self._range, grown, _YIELD)


def _between(a: ShotRange, b: ShotRange, share: float) -> ShotRange:
    return ShotRange(a.far + share * (b.far - a.far), a.near + share * (b.near - a.near))


def _padded(far: float, near: float) -> ShotRange:
    """With a margin; a flat frame gets a range around it, so that it lies in the middle."""
    width = near - far
    least = _FLAT * max(abs(far), abs(near), 1e-6)
    if width <= least:
        width = max(abs(near), 1e-6)
        return ShotRange(far - width / 2, near + width / 2)
    return ShotRange(far - _MARGIN * width, near + _MARGIN * width)
