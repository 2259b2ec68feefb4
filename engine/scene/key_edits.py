"""What is done to the keys of a curve by hand: moved, shaped, taken away, copied."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import Literal

import msgspec

from engine.scene.curves import Curve, Interpolation, Key, Number, Tangent

Side = Literal["in", "out"]


def with_value(number: Number, frame: float, value: float) -> Curve:
    """A number that has this value at a frame by a key; the first key of a plain number makes it a
    smooth curve."""
    if isinstance(number, Curve):
        return number.keyed(frame, value)
    return Curve((Key(frame, value, Interpolation.BEZIER),))


def without(number: Number, frames: Collection[float]) -> Number:
    """A number without its keys at these frames; a plain one where none is left, of the value that
    the first of them had."""
    if not isinstance(number, Curve):
        return number
    left = tuple(key for key in number.keys if key.frame not in frames)
    return Curve(left) if left else float(number.keys[0].value)


def moved(
    curve: Curve, frames: Collection[float], by: float, up: float,
    low: float | None = None, high: float | None = None,
) -> Curve:  # fmt: skip
    """A curve with its keys at these frames moved by so many frames and by a value, which stays
    between low and high. A key that another one is moved onto goes."""
    going = [key for key in curve.keys if key.frame in frames]
    there = {key.frame + by for key in going}
    staying = [k for k in curve.keys if k.frame not in frames and k.frame not in there]
    placed = [
        msgspec.structs.replace(
            key, frame=key.frame + by, value=within(key.value + up, low, high) if up else key.value
        )
        for key in going
    ]
    return _of(*staying, *placed)


def shaped(curve: Curve, frames: Collection[float], how: Interpolation) -> Curve:
    """A curve that leaves its keys at these frames in another way. Bezier: by automatic handles,
    also where they had been pulled."""
    smooth = how is Interpolation.BEZIER
    fresh = {"tangent_in": None, "tangent_out": None} if smooth else {}

    def other(key: Key) -> Key:
        if key.frame not in frames:
            return key
        return msgspec.structs.replace(key, interpolation=how, **fresh)

    return Curve(tuple(other(key) for key in curve.keys))


def bent(curve: Curve, frame: float, side: Side, to: Tangent, *, broken: bool = False) -> Curve:
    """A curve with one handle of the key at a frame pulled to a place relative to it, as (frames,
    value). The other handle turns with it and keeps its length in frames; broken: it stays."""
    index = next(i for i, key in enumerate(curve.keys) if key.frame == frame)
    key = curve.keys[index]
    handles = dict(zip(("in", "out"), curve.handles(index), strict=True))
    frames = min(to[0], 0.0) if side == "in" else max(to[0], 0.0)
    given = {f"tangent_{side}": (frames, to[1])}
    opposite = "out" if side == "in" else "in"
    other = handles[opposite]
    if other is not None:
        turned = other
        if not broken and abs(frames) > 1e-9:
            turned = (other[0], to[1] / frames * other[0])
        given[f"tangent_{opposite}"] = turned
    return curve.with_key(msgspec.structs.replace(key, **given))


def pasted(
    number: Number, keys: Iterable[Key], by: float,
    low: float | None = None, high: float | None = None,
) -> Number:  # fmt: skip
    """A number with copied keys, so many frames later; what was there at their frames goes."""
    new = [
        msgspec.structs.replace(key, frame=key.frame + by, value=within(key.value, low, high))
        for key in keys
    ]
    if not new:
        return number
    taken = {key.frame for key in new}
    old = number.keys if isinstance(number, Curve) else ()
    return _of(*(key for key in old if key.frame not in taken), *new)


def neighbour(numbers: Sequence[Number], frame: float, step: int) -> float | None:
    """The frame of the next key (step 1) or the one before (step -1), of any of these numbers."""
    frames = {key.frame for number in numbers if isinstance(number, Curve) for key in number.keys}
    beyond = [other for other in frames if (other - frame) * step > 0]
    return min(beyond, key=lambda other: abs(other - frame)) if beyond else None


def has_key(number: Number, frame: float) -> bool:
    """Whether a number has a key at this very frame."""
    return isinstance(number, Curve) and any(key.frame == frame for key in number.keys)


def within(value: float, low: float | None, high: float | None) -> float:
    """The value, brought into a range; None is no end."""
    return min(max(value, -math.inf if low is None else low), math.inf if high is None else high)


def _of(*keys: Key) -> Curve:
    return Curve(tuple(sorted(keys, key=lambda key: key.frame)))
