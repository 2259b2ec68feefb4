"""Depth that holds still: what a network says of each frame, freed of flicker.

Each frame is first brought to the scale and shift of what was shown before (`align`), which takes
away the pumping of the whole picture. Then each pixel is averaged over time along the motion of
the picture, as in a Kalman filter: the first frame that shows a thing counts whole, the second a
half, and so on down to the gain that the strength sets. Where the colours say that the thing
beneath is another one, or where depth itself changed by more than its noise, it begins anew, so
that nothing trails behind what moves.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from models.depth.align import Affine, align
from models.depth.motion import F32, Motion, MotionTracker, Rgb

STRENGTH = 0.5
"""The default: 0 passes the network's depth through, 1 is most."""

UNKNOWN = 0.5
"""Confidence where there is nothing to compare with: a first frame, or what just came to light."""

_LEAST_GAIN = 0.015  # at full strength
_JUMP = (2.5, 5.0)  # robust deviations of depth, from where on it is change and not noise
_FLOOR = 0.003  # of the range: smaller differences are never change
_DISAGREEMENT = 0.06  # of the range: mean difference over time that halves the confidence
_FAINT = 0.02  # the least confidence of depth that is there
_LEANING = 0.3  # of a mean over time that the newest frame makes
_LEAN_NOISE = (_LEANING / (2 - _LEANING)) ** 0.5  # what that leaves of noise
_KNOWN = 100  # frames until that average is known
_STEADIER = 0.6  # of the noise that such averaging takes away: the past is a bit out of place too
_HOME = 1 / 400  # of the way back to the network's own scale, each frame


@dataclass(frozen=True, slots=True, eq=False)
class Stabilised:
    """values: (h, w) float32, inverse depth at the scale of the frames before; NaN where the
    network gave none. confidence: (h, w) float32 in 0..1, how well it agreed over time; 0 where
    there is none. alignment: what brought the network's own values to that scale."""

    values: F32
    confidence: F32
    alignment: Affine


@dataclass(slots=True, eq=False)
class _State:
    """values; of each, all (h, w): what it is worth, in frames; the mean size of the newest
    differences, and their mean with its sign."""

    values: F32
    frames: F32
    unrest: F32
    lean: F32


class CausalStabiliser:
    """For live use: each frame is answered at once, from it and those before."""

    def __init__(self, strength: float = STRENGTH, tracker: MotionTracker | None = None) -> None:
        """strength: 0..1. tracker: what measures motion where `update` is not told it."""
        self.strength = strength
        """May be changed at any time."""
        self.start = Affine()
        """What the next frame that begins anew is brought to a scale by; then it is forgotten."""
        self._tracker = tracker or MotionTracker()
        self._state: _State | None = None
        self._home = (0.0, 0.0)  # means of log scale and of shift of all alignments so far
        self._count = 0

    def reset(self) -> None:
        """Begin anew: a cut, or another source."""
        self._state = None
        self._home, self._count = (0.0, 0.0), 0
        self._tracker.reset()

    def update(self, values: F32, rgb: Rgb, motion: Motion | None = None) -> Stabilised:
        """The next frame. values: (h, w) inverse depth of any scale and shift, NaN where there is
        none. rgb: (h, w, 3) uint8 sRGB, any size, the picture that the values are of. motion: of
        that picture since the last frame, at the size of the values, if it is known already.
        """
        size = (values.shape[1], values.shape[0])
        if motion is None:
            motion = self._tracker.update(rgb, size)
        there = np.isfinite(values)
        whole = values.astype(np.float32)
        if not there.all():
            known = values[there]
            whole = np.where(there, values, np.median(known) if known.size else 0)
            whole = whole.astype(np.float32)
        state = self._state
        if state is None or motion is None or state.values.shape != values.shape:
            alignment, self.start = self.start, Affine()
            state = _first(alignment.apply(whole))
            self._home, self._count = (0.0, 0.0), 0
            confidence = np.full_like(whole, UNKNOWN)
        else:
            state, alignment, confidence = self._follow(state, whole, there, motion)
        state.frames = np.where(there, state.frames, 0).astype(np.float32)
        self._state = state
        shown = values.astype(np.float32) if self.strength <= 0 else state.values
        return Stabilised(
            np.where(there, shown, np.nan).astype(np.float32),
            np.where(there, confidence, 0).astype(np.float32),
            alignment,
        )

    def _follow(
        self, state: _State, values: F32, there: npt.NDArray[np.bool_], motion: Motion
    ) -> tuple[_State, Affine, F32]:
        gain = gain_of(self.strength)
        before = motion.carry(state.values, sharp=True)
        past = _f32(cv2.merge([state.frames, state.unrest, state.lean]))
        frames, unrest, lean = cv2.split(motion.carry(past))
        trust = motion.trust * there * np.minimum(frames, 1)
        found = align(values, before, trust, steadiness=_STEADIER * (2 - gain) / gain)
        home = Affine() if found is None else self._way_home(found)
        found = found or Affine(math.exp(self._home[0]), self._home[1])  # as on average
        alignment = self._held(found)
        aligned = alignment.apply(values)
        spread = range_of(aligned)
        change = aligned - before
        near = _f32(cv2.blur(change, (3, 3)))
        lean = _f32(lean + np.float32(_LEANING) * (near - lean))
        jump = jumps(near, lean, trust, spread)
        trust = trust * (1 - jump)
        worth = _f32(np.minimum(trust * frames + 1, 1 / gain))
        mixed = home.apply(_f32(before + change / worth))
        unrest = _f32(trust * unrest + (np.abs(near) - trust * unrest) / worth)
        confidence = confidence_of(unrest, trust, spread)
        alignment = Affine(home.scale * alignment.scale, home.scale * alignment.shift + home.shift)
        return _State(mixed, worth, unrest, trust * lean), alignment, confidence

    @property
    def _share(self) -> float:
        return min(1.0, 4 * self.strength)

    def _held(self, found: Affine) -> Affine:
        """At little strength, some of the pumping stays."""
        share = self._share
        return Affine(found.scale**share, found.shift * share)

    def _way_home(self, found: Affine) -> Affine:
        """A step back to the scale that the network itself has on average: errors too small to see
        would add up over thousands of frames."""
        self._count += 1
        share = max(_HOME, 1 / self._count)
        log, shift = self._home
        log += share * (float(np.log(found.scale)) - log)
        shift += share * (found.shift - shift)
        self._home = (log, shift)
        known = min(1.0, self._count / _KNOWN)
        pull = self._share * known * _HOME
        return Affine(float(np.exp(-pull * log)), -pull * shift)


def typical_scale(frames: Iterable[tuple[F32, Rgb]], strength: float) -> Affine:
    """What brings the first of a shot's frames to the scale that the network has on average over
    all these. Without it the whole shot has the scale that the network happened to give its first
    frame, and the shot's range is not where its depth is.

    frames: some that follow each other, (h, w) inverse depth and its picture.
    """
    stabiliser = CausalStabiliser(strength)
    found: list[Affine] = []
    size: tuple[int, ...] | None = None
    for values, rgb in frames:
        if values.shape != (size or values.shape):
            break
        size = values.shape
        found.append(stabiliser.update(values, rgb).alignment)
    if not found:
        return Affine()
    # The mean of what brings the first frame to the scale of each.
    scale = sum(1 / one.scale for one in found) / len(found)
    return Affine(scale, -sum(one.shift / one.scale for one in found) / len(found))


def gain_of(strength: float) -> float:
    """What a new frame counts for where there is a long past: 1 at strength 0, 0.015 at 1."""
    return float(_LEAST_GAIN ** np.clip(strength, 0, 1))


def range_of(values: F32) -> float:
    """The range of a frame's values, without its extremes."""
    low, high = np.percentile(values[::3, ::3], (2, 98))
    return max(float(high - low), 1e-12)


def jumps(change: F32, lean: F32, trust: F32, spread: float) -> F32:
    """(h, w) 0..1: where depth changed, rather than trembled. change: mean over 3 x 3 pixels of
    the difference between two maps that show the same, so that what changed together stands out
    of noise. lean: its mean over time, in which a slow change stands out. The noise is whatever
    most of the trusted picture has."""
    sample, say = change[::2, ::2], trust[::2, ::2] > 0.5
    noise = 1.4826 * float(np.median(np.abs(sample[say]))) if say.any() else 0.0
    noise += _FLOOR * spread
    share = np.maximum(np.abs(change), np.abs(lean) / np.float32(_LEAN_NOISE)) / np.float32(noise)
    step = np.clip((share - _JUMP[0]) / (_JUMP[1] - _JUMP[0]), 0, 1).astype(np.float32)
    return step * step * (3 - 2 * step)


def confidence_of(unrest: F32, trust: F32, spread: float) -> F32:
    """(h, w) 0..1. unrest: mean difference over time. trust: whether there was a past at all."""
    agreement = 1 / (1 + (unrest / (_DISAGREEMENT * spread)) ** 2)
    return np.clip(UNKNOWN + trust * (agreement - UNKNOWN), _FAINT, 1).astype(np.float32)


def _first(values: F32) -> _State:
    none = np.zeros_like(values)
    return _State(values, np.ones_like(values), none, none)


def _f32(values: npt.NDArray[Any]) -> F32:
    return np.asarray(values, np.float32)
