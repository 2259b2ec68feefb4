"""Values of a depth map that mean "nothing": what renderers and sensors write where they saw
nothing, and no depth to average with.

Two kinds. *Far*: infinity, or a largest value that stands alone (a background of 1e10, the largest
half float). *Missing*: no number, minus infinity, a transparent pixel, and the one negative value
of a map that is otherwise positive; for distances 0 as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

ALONE = 8.0
"""How many times the next value below it a largest value must be, to stand alone."""

SENTINELS = (65504.0, 1e10, 1e15, 1e16, 1e20, 1e30, float(np.finfo(np.float32).max))
"""Largest values that renderers write for nothing, however far the rest goes: 65504 is the largest
half float, which all that is farther became."""

_BELOW_SENTINEL = 0.9  # share of one that the next value below may have


@dataclass(frozen=True, slots=True)
class Nothing:
    """What means nothing in a media, as values of its pictures.

    far: the value that is far; None: infinity alone. missing: the negative value that is missing,
    or None. camera_space: no value is above 0, and depth runs below it. far_share, missing_share:
    shares of all pixels looked at; zeros are missing among distances only (zero_share).
    """

    far: float | None = None
    missing: float | None = None
    camera_space: bool = False
    far_share: float = 0.0
    missing_share: float = 0.0
    zero_share: float = 0.0

    def sentence(self, *, distances: bool) -> str:
        """What was found, to follow the name of a map or file; empty where all is depth.
        distances: 0 is missing as well."""
        told: list[str] = []
        if self.far_share > 0:
            what = "infinite" if self.far is None else f"{self.far:.6g}"
            told.append(f"{_percent(self.far_share)} of it is {what}: nothing there, so far")
        missing = self.missing_share + (self.zero_share if distances else 0.0)
        if missing > 0:
            what = "missing" if self.missing is None else f"missing ({self.missing:.6g})"
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
        far, far_count = depth.alone()
        missing: float | None = None
        unknown = self._unknown
        if not camera_space and self._positive.count and self._negative.is_one:
            missing = -self._negative.largest
            unknown += self._negative.count
        return Nothing(
            far=-far if far is not None and camera_space else far,
            missing=missing,
            camera_space=camera_space,
            far_share=(far_count + self._infinite) / self._pixels,
            missing_share=unknown / self._pixels,
            zero_share=self._zeros / self._pixels,
        )


class _Extremes:
    """The two largest of many positive values, and the smallest."""

    def __init__(self) -> None:
        self.count = self.largest_count = 0
        self.largest = self.second = 0.0
        self.smallest = np.inf

    def look(self, values: npt.NDArray[Any]) -> None:
        if not values.size:
            return
        self.count += values.size
        self.smallest = min(self.smallest, float(values.min()))
        top = float(values.max())
        rest = values[values < top]
        below = float(rest.max()) if rest.size else 0.0
        if top > self.largest:
            self.second = max(self.largest, below)
            self.largest, self.largest_count = top, int(values.size - rest.size)
        elif top == self.largest:
            self.second = max(self.second, below)
            self.largest_count += int(values.size - rest.size)
        else:
            self.second = max(self.second, top)

    @property
    def is_one(self) -> bool:
        """Whether all are the same value."""
        return self.count > 0 and self.smallest == self.largest

    def alone(self) -> tuple[float | None, int]:
        """The largest value where it stands alone, and how many pixels have it."""
        if self.second <= 0:
            return None, 0
        sentinel = any(abs(self.largest - value) <= 1e-6 * value for value in SENTINELS)
        least = _BELOW_SENTINEL * self.largest if sentinel else self.largest / ALONE
        return (self.largest, self.largest_count) if self.second <= least else (None, 0)


def look_for_nothing(values: npt.NDArray[Any]) -> Nothing:
    """What means nothing in one picture, see `NothingSeen.look`."""
    seen = NothingSeen()
    seen.look(values)
    return seen.found()


def _percent(share: float) -> str:
    return "less than 1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")
