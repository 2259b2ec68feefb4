"""Values of a depth map that mean "nothing": what renderers and sensors write where they saw
nothing, and no depth to average with.

Two kinds. *Far*: infinity, or a largest value that stands alone (a background of 1e10, the largest
half float). *Missing*: no number, minus infinity, a transparent pixel, and the one negative value
of a map that is otherwise positive; for distances 0 as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

ALONE = 8.0
"""How many times the next value below it a largest value must be, to stand alone."""

SENTINELS = (65504.0, 1e10, 1e15, 1e16, 1e20, 1e30, float(np.finfo(np.float32).max))
"""Largest values that renderers write for nothing, however far the rest goes: 65504 is the largest
half float, which all that is farther became."""

MOST = 3
"""Values for nothing that a map may have at once: one of the renderer, one of who merged it."""

_BELOW_SENTINEL = 0.9  # share of one that the next value below may have


@dataclass(frozen=True, slots=True)
class Nothing:
    """What means nothing in a media, as values of its pictures.

    far: the value from which on it is far; None: infinity alone. more_far: further such values,
    each alone above it. missing: the negative value that is missing,
    or None. camera_space: no value is above 0, and depth runs below it. far_share, missing_share:
    shares of all pixels looked at; zeros and several negative values are missing among distances
    only (zero_share, negative_share).
    """

    far: float | None = None
    missing: float | None = None
    camera_space: bool = False
    far_share: float = 0.0
    missing_share: float = 0.0
    zero_share: float = 0.0
    negative_share: float = 0.0
    more_far: tuple[float, ...] = ()

    def sentence(self, *, distances: bool, bits: int = 0) -> str:
        """What was found, to follow the name of a map or file; empty where all is depth.
        distances: 0 is missing as well. bits: of whole numbers, whose codes are named then."""
        told: list[str] = []
        largest = 2**bits - 1 if bits else 1
        if self.far_share > 0:
            values = [] if self.far is None else [self.far, *self.more_far]
            what = " or ".join(f"{value * largest:.6g}" for value in values) or "infinite"
            told.append(f"{_percent(self.far_share)} of it is {what}: nothing there, so far")
        missing = self.missing_share
        missing += self.zero_share + self.negative_share if distances else 0.0
        if missing > 0:
            what = "missing" if self.missing is None else f"missing ({self.missing:.6g})"
            if distances and self.negative_share:
                what = "missing (below 0)"
            told.append(f"{_percent(missing)} of it is {what}")
        return "; ".join(told)

    def real(self, values: npt.NDArray[Any], *, distances: bool) -> npt.NDArray[np.bool_]:
        """(h, w): where a picture's values are depth, neither far nor missing."""
        found = np.isfinite(values)
        if self.far is not None:
            far = self.far * (1 - 1e-6)
            found &= values > far if self.camera_space else values < far
        if self.missing is not None:
            found &= ~np.isclose(values, self.missing, rtol=1e-6, atol=0)
        if distances:
            found &= values < 0 if self.camera_space else values > 0
        return found


NOT_LOOKED = Nothing()


class NothingSeen:
    """Looks at pictures of one media, and says what means nothing in all of them."""

    def __init__(self) -> None:
        self._positive = _Extremes()
        self._negative = _Extremes()
        self._pixels = self._zeros = self._unknown = self._infinite = 0

    def look(self, values: npt.NDArray[Any]) -> None:
        """Take a picture's values: (h, w) as the file has them (integers as shares of the largest
        code), NaN where there are none."""
        flat = np.asarray(values).reshape(-1)
        finite = flat[np.isfinite(flat)]
        self._pixels += flat.size
        self._zeros += int(np.count_nonzero(finite == 0))
        self._infinite += int(np.isposinf(flat).sum())
        self._unknown += flat.size - finite.size - int(np.isposinf(flat).sum())
        self._positive.look(finite[finite > 0])
        self._negative.look(-finite[finite < 0])

    def found(self) -> Nothing:
        """What means nothing in the pictures so far."""
        if not self._pixels:
            return NOT_LOOKED
        camera_space = not self._positive.count and self._negative.count > 0
        depth = self._negative if camera_space else self._positive
        alone, far_count = depth.alone()
        far = alone[0] if alone else None
        missing: float | None = None
        unknown = self._unknown
        if not camera_space and self._positive.count and self._negative.is_one:
            missing = -self._negative.largest
            unknown += self._negative.count
        sign = -1.0 if camera_space else 1.0
        several = missing is None and not camera_space and self._positive.count > 0
        return Nothing(
            far=None if far is None else sign * far,
            more_far=tuple(sign * value for value in alone[1:]),
            missing=missing,
            camera_space=camera_space,
            far_share=(far_count + self._infinite) / self._pixels,
            missing_share=unknown / self._pixels,
            zero_share=self._zeros / self._pixels,
            negative_share=self._negative.count / self._pixels if several else 0.0,
        )


class _Extremes:
    """The largest of many positive values, each with how often it was seen, and the smallest."""

    def __init__(self) -> None:
        self.count = 0
        self.smallest = np.inf
        self._largest: dict[float, int] = {}

    def look(self, values: npt.NDArray[Any]) -> None:
        if not values.size:
            return
        self.count += values.size
        self.smallest = min(self.smallest, float(values.min()))
        rest = values
        for _ in range(MOST + 1):
            if not rest.size:
                break
            top = float(rest.max())
            below = rest[rest < top]
            self._largest[top] = self._largest.get(top, 0) + rest.size - below.size
            rest = below
        kept = sorted(self._largest, reverse=True)[: MOST + 1]
        self._largest = {value: self._largest[value] for value in kept}

    @property
    def largest(self) -> float:
        return max(self._largest, default=0.0)

    @property
    def is_one(self) -> bool:
        """Whether all are the same value."""
        return self.count > 0 and self.smallest == self.largest

    def alone(self) -> tuple[list[float], int]:
        """The largest value that stands alone, and those below it that are known to mean nothing
        and stand above the rest: the smallest first, and how many pixels have one."""
        values = sorted(self._largest, reverse=True)
        found: list[float] = []
        for value, below in pairwise(values):
            sentinel = any(abs(value - known) <= 1e-6 * known for known in SENTINELS)
            if found and not sentinel:
                break
            if below > (_BELOW_SENTINEL * value if sentinel else value / ALONE):
                break
            found.append(value)
        return found[::-1], sum(self._largest[value] for value in found)


def look_for_nothing(values: npt.NDArray[Any]) -> Nothing:
    """What means nothing in one picture, see `NothingSeen.look`."""
    seen = NothingSeen()
    seen.look(values)
    return seen.found()


def _percent(share: float) -> str:
    return "less than 1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")
