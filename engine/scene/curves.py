"""Animated numbers: keys on a curve over frames.

A parameter is either a plain number or a `Curve`. Frames are scene frames and may be fractional.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

Tangent = tuple[float, float]


class Interpolation(StrEnum):
    """How the curve runs from a key to the next one."""

    HOLD = "hold"
    LINEAR = "linear"
    BEZIER = "bezier"


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A value at a frame, and how the curve leaves it.

    tangent_in, tangent_out: the Bezier handles as (frames, value) relative to the key; frames <= 0
    for `in`, >= 0 for `out`. They count only on Bezier segments. None is automatic: flat at
    extremes and at the ends, elsewhere the mean slope, limited so that the curve never overshoots.
    """

    frame: float
    value: float
    interpolation: Interpolation = Interpolation.LINEAR
    tangent_in: Tangent | None = None
    tangent_out: Tangent | None = None


class Curve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keys in ascending order of frame, at least one. Before the first and after the last key the
    curve holds that key's value."""

    keys: tuple[Key, ...]

    def at(self, frame: float) -> float:
        """The value at a frame."""
        keys = self.keys
        after = bisect_right(keys, frame, key=_frame_of)
        if after == 0:
            return float(keys[0].value)
        key = keys[after - 1]
        if after == len(keys) or key.interpolation is Interpolation.HOLD or frame == key.frame:
            return float(key.value)
        following = keys[after]
        if key.interpolation is Interpolation.LINEAR:
            share = (frame - key.frame) / (following.frame - key.frame)
            return key.value * (1.0 - share) + following.value * share
        return _bezier(
            (key.frame, key.value), _outgoing(keys, after - 1), _incoming(keys, after),
            (following.frame, following.value), frame,
        )  # fmt: skip

    def with_key(self, key: Key) -> Curve:
        """A curve that also holds `key`; one at the same frame is replaced."""
        others = [old for old in self.keys if old.frame != key.frame]
        return Curve(tuple(sorted((*others, key), key=_frame_of)))

    def keyed(self, frame: float, value: float) -> Curve:
        """A curve that has this value at a frame: the key that is there keeps its handles, and a
        new one goes on as the curve did before it."""
        before = bisect_right(self.keys, frame, key=_frame_of) - 1
        near = self.keys[max(before, 0)]
        if near.frame == frame:
            return self.with_key(msgspec.structs.replace(near, value=value))
        return self.with_key(Key(frame, value, near.interpolation))

    def handles(self, index: int) -> tuple[Tangent | None, Tangent | None]:
        """The handles before and after a key, relative to it, as (frames, value), automatic ones
        too; None on a side where no Bezier segment is."""
        keys = self.keys
        bends_in = index > 0 and keys[index - 1].interpolation is Interpolation.BEZIER
        bends_out = index + 1 < len(keys) and keys[index].interpolation is Interpolation.BEZIER
        return (
            _incoming(keys, index) if bends_in else None,
            _outgoing(keys, index) if bends_out else None,
        )

    def without_key(self, frame: float) -> Curve | float:
        """A curve without the key at `frame`; the plain number where it was the only one."""
        others = tuple(old for old in self.keys if old.frame != frame)
        return Curve(others) if others else float(self.keys[0].value)


Number = float | Curve
"""A parameter's value: a plain number, or one that is animated."""

Vector = tuple[Number, Number, Number]


def value_at(number: Number, frame: float) -> float:
    """A parameter's value at a frame."""
    return number.at(frame) if isinstance(number, Curve) else float(number)


def vector_at(vector: Vector, frame: float) -> tuple[float, float, float]:
    """Three parameters' values at a frame."""
    x, y, z = vector
    return value_at(x, frame), value_at(y, frame), value_at(z, frame)


def set_at(number: Number, frame: float, value: float) -> Number:
    """A parameter that is given a value: a key at the frame where it is animated."""
    return number.keyed(float(frame), value) if isinstance(number, Curve) else value


def values_of(number: Number) -> tuple[float, ...]:
    """All values a parameter is given: the plain number, or its keys' values."""
    return tuple(key.value for key in number.keys) if isinstance(number, Curve) else (number,)


def curve(pairs: Iterable[tuple[float, float]], how: Interpolation = Interpolation.LINEAR) -> Curve:
    """A curve through (frame, value) pairs."""
    keys = (Key(float(frame), float(value), how) for frame, value in pairs)
    return Curve(tuple(sorted(keys, key=_frame_of)))


def keyed(pairs: Sequence[tuple[float, float]]) -> float | Curve:
    """A linear curve through (frame, value) pairs in ascending order; a plain number where it would
    be constant, and without the keys inside a constant run."""
    values = [value for _, value in pairs]
    if all(value == values[0] for value in values):
        return values[0]
    last = len(pairs) - 1
    return curve(
        pair
        for index, pair in enumerate(pairs)
        if index in (0, last) or not values[index - 1] == values[index] == values[index + 1]
    )


def _frame_of(key: Key) -> float:
    return key.frame


def _automatic_slope(keys: tuple[Key, ...], index: int) -> float:
    """Value per frame. Limited to three times the flatter neighbouring secant, which keeps a cubic
    monotone (Fritsch and Carlson, 1980)."""
    if index == 0 or index == len(keys) - 1:
        return 0.0
    before, here, after = keys[index - 1 : index + 2]
    left = (here.value - before.value) / (here.frame - before.frame)
    right = (after.value - here.value) / (after.frame - here.frame)
    if left * right <= 0.0:
        return 0.0
    mean = (after.value - before.value) / (after.frame - before.frame)
    limit = 3.0 * min(abs(left), abs(right))
    return max(-limit, min(limit, mean))


def _outgoing(keys: tuple[Key, ...], index: int) -> Tangent:
    """The first handle of the segment after a key, relative to that key."""
    key = keys[index]
    length = keys[index + 1].frame - key.frame
    if key.tangent_out is None:
        return length / 3.0, _automatic_slope(keys, index) * length / 3.0
    return _shortened(key.tangent_out, length)


def _incoming(keys: tuple[Key, ...], index: int) -> Tangent:
    """The second handle of the segment before a key, relative to that key."""
    key = keys[index]
    length = key.frame - keys[index - 1].frame
    if key.tangent_in is None:
        return -length / 3.0, -_automatic_slope(keys, index) * length / 3.0
    return _shortened(key.tangent_in, length)


def _shortened(tangent: Tangent, length: float) -> Tangent:
    """A handle no longer than its segment, its slope kept: so time never runs backwards."""
    frames, value = tangent
    if abs(frames) <= length:
        return tangent
    scale = length / abs(frames)
    return frames * scale, value * scale


def _bezier(
    start: Tangent, out_handle: Tangent, in_handle: Tangent, end: Tangent, frame: float
) -> float:
    """The value where the cubic's frame coordinate equals `frame`.

    Newton's method kept inside a shrinking bracket: the frame coordinate rises with the parameter
    because both handles lie within the segment.
    """
    length = end[0] - start[0]
    target = (frame - start[0]) / length
    x1 = out_handle[0] / length
    x2 = 1.0 + in_handle[0] / length
    c = 3.0 * x1
    b = 3.0 * (x2 - x1) - c
    a = 1.0 - c - b
    low, high, t = 0.0, 1.0, target
    for _ in range(64):
        error = ((a * t + b) * t + c) * t - target
        if abs(error) < 1e-15:
            break
        if error < 0.0:
            low = t
        else:
            high = t
        slope = (3.0 * a * t + 2.0 * b) * t + c
        guess = t - error / slope if slope > 1e-12 else low
        t = guess if low < guess < high else 0.5 * (low + high)
        if high - low < 1e-16:
            break
    y0, y3 = start[1], end[1]
    y1, y2 = y0 + out_handle[1], y3 + in_handle[1]
    s = 1.0 - t
    return s * s * s * y0 + 3.0 * s * s * t * y1 + 3.0 * s * t * t * y2 + t * t * t * y3
