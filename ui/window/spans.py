"""Frames and values against points of the window: plain maths, no window."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

T = TypeVar("T")
Place = tuple[float, float]

MARGIN = 0.15  # of what is shown, left free on both sides
SMALLEST = 1e-9


@dataclass(frozen=True, slots=True)
class Span:
    """What is seen along one side: low stands at the point `start`, high at `end`, which may be
    before it."""

    low: float
    high: float
    start: float
    end: float

    @property
    def density(self) -> float:
        """Points for one unit; negative where high stands before low."""
        return (self.end - self.start) / (self.high - self.low)

    def to_point(self, value: float) -> float:
        """Where a value stands."""
        return self.start + (value - self.low) * self.density

    def to_value(self, point: float) -> float:
        """What stands at a point."""
        return self.low + (point - self.start) / self.density

    def zoomed(self, factor: float, about: float, least: float = SMALLEST) -> Span:
        """So much nearer, with what is at the point `about` staying there; no less than `least`
        units remain in sight."""
        factor = min(factor, (self.high - self.low) / least)
        kept = self.to_value(about)
        low, high = (kept + (end - kept) / factor for end in (self.low, self.high))
        return replace(self, low=low, high=high)

    def shifted(self, points: float) -> Span:
        """The same, dragged along by so many points."""
        by = points / self.density
        return replace(self, low=self.low - by, high=self.high - by)


def ticks(span: Span, least: float, *, whole: bool = False) -> tuple[float, list[float]]:
    """Where to put lines: their distance, 1, 2 or 5 times a power of ten and at least so many
    points, and their values. whole: the distance is a whole number."""
    wanted = max(least / max(abs(span.density), SMALLEST), SMALLEST)
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next(power * part for part in (1, 2, 5, 10) if power * part >= wanted * (1 - 1e-9))
    if whole:
        step = max(step, 1.0)
    first = math.ceil(span.low / step - 1e-9)
    last = math.floor(span.high / step + 1e-9)
    return step, [number * step for number in range(first, last + 1)]


def fitted(values: Iterable[float]) -> tuple[float, float]:
    """A range that shows all values with some room around them."""
    found = list(values)
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    room = high - low
    if room < SMALLEST * max(1.0, abs(low), abs(high)):
        room = max(abs(low), 1.0)
    return low - MARGIN * room, high + MARGIN * room


def nearest(places: Mapping[T, Place], to: Place, reach: float) -> T | None:
    """What stands nearest to a place, of what is within reach of it."""
    found = {what: math.dist(place, to) for what, place in places.items()}
    close = min(found, key=lambda what: found[what], default=None)
    return close if close is not None and found[close] <= reach else None


def inside(places: Mapping[T, Place], one: Place, other: Place) -> set[T]:
    """What stands in the rectangle between two corners."""
    left, right = sorted((one[0], other[0]))
    top, bottom = sorted((one[1], other[1]))
    return {what for what, (x, y) in places.items() if left <= x <= right and top <= y <= bottom}


def runs(frames: Iterable[int]) -> list[tuple[int, int]]:
    """Whole numbers as (first, last) of each unbroken run."""
    found: list[tuple[int, int]] = []
    for frame in sorted(frames):
        if found and found[-1][1] == frame - 1:
            found[-1] = found[-1][0], frame
        else:
            found.append((frame, frame))
    return found
