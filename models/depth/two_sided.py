"""Depth that holds still, for clips: each frame is averaged with those before and after it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, pairwise

import cv2
import numpy as np

from models.depth.align import Affine
from models.depth.motion import F32, Motion, MotionTracker, Rgb, warped
from models.depth.stabilise import (
    STRENGTH,
    CausalStabiliser,
    Stabilised,
    confidence_of,
    jumps,
    range_of,
    typical_scale,
)

REACH = 4
"""Frames on either side that take part."""

FIRST = 12
"""Frames that tell the scale that a network has on average in a shot."""

LONGEST = 448
"""Pixels of the longer side at which motion is measured: there is more time than in live use."""

_WIDTH = 0.62  # of the reach: standard deviation of the weights over time at full strength
_GROWTH = 0.35  # the power of the strength with which it grows
_AGREE = 1.5  # pixels by which going there and coming back may miss


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """values: (h, w), at the scale of the shot, without holes. there: (h, w) 1 where the network
    gave depth. onward: motion from the frame before, and home: from this frame back to it (at the
    frame before's pixels); None for the first of a shot."""

    values: F32
    there: F32
    rgb: Rgb
    alignment: Affine
    onward: Motion | None
    home: Motion | None


class TwoSidedStabiliser:
    """Takes the frames of a shot in order and gives them back in order, `reach` frames later.

    It holds 2 · reach + 1 frames, however long the shot. Frames are first brought to one scale
    and shift as in live use (`CausalStabiliser`); then each pixel is the weighted mean along its
    motion over the frames around, of those that show the same thing at the same depth.
    """

    def __init__(self, strength: float = STRENGTH, reach: int = REACH) -> None:
        """strength: 0 passes the network's depth through, 1 is most. reach: frames, at least 1."""
        self.strength = strength
        self.reach = max(1, reach)
        self._tracker = MotionTracker(LONGEST)
        self._scale = CausalStabiliser(strength)
        self._frames: deque[_Frame] = deque()
        self._next = 0  # within the frames held: which is to be given next

    def push(self, values: F32, rgb: Rgb) -> list[Stabilised]:
        """Take the shot's next frame: (h, w) inverse depth, NaN where there is none, and its
        (h, w, 3) uint8 sRGB picture of any size. Returns the frames that are now known, none or
        one. A frame of another size begins another shot: then those of the last one too."""
        done: list[Stabilised] = []
        if self._frames and self._frames[-1].values.shape != values.shape:
            done = self.finish()
        self._frames.append(self._aligned(values, rgb))
        if len(self._frames) > self._next + self.reach:
            done.append(self._give())
        return done

    def finish(self) -> list[Stabilised]:
        """The frames still held: the shot is over, and the next frame begins another."""
        done = [self._give() for _ in range(len(self._frames) - self._next)]
        self._frames.clear()
        self._next = 0
        self._scale.reset()
        return done

    def run(self, frames: Iterable[tuple[F32, Rgb]]) -> Iterator[Stabilised]:
        """The stabilised frames of one shot, in order; see `push`. Looks `FIRST` frames ahead at
        the start."""
        coming = iter(frames)
        first = list(islice(coming, FIRST))
        self._scale.start = typical_scale(first, self.strength)
        for values, rgb in chain(first, coming):
            yield from self.push(values, rgb)
        yield from self.finish()

    def _aligned(self, values: F32, rgb: Rgb) -> _Frame:
        size = (values.shape[1], values.shape[0])
        small = self._tracker.reduced(rgb, size)
        onward = home = None
        if self._frames:
            onward, home = _agreeing(*self._tracker.both(small, self._frames[-1].rgb, size))
        shown = self._scale.update(values, small, onward)
        there = np.isfinite(values)
        whole = values.astype(np.float32)
        if not there.all():
            whole = np.where(
                there, whole, np.float32(np.median(values[there]) if there.any() else 0)
            )
        return _Frame(
            shown.alignment.apply(whole), there.astype(np.float32), small, shown.alignment,
            onward, home,
        )  # fmt: skip

    def _give(self) -> Stabilised:
        """The next frame, from those around it; those that no other needs are given up."""
        middle = self._frames[self._next]
        behind = [self._frames[i] for i in range(self._next, -1, -1)][: self.reach + 1]
        ahead = list(self._frames)[self._next : self._next + self.reach + 1]
        steps_back = [frame.onward for frame in behind[:-1]]
        steps_on = [after.home for _, after in pairwise(ahead)]
        total, weight = middle.values.copy(), np.ones_like(middle.values)
        unrest = np.zeros_like(middle.values)
        spread = range_of(middle.values)
        expected = 0.0
        for frames, steps in ((behind, steps_back), (ahead, steps_on)):
            for distance, (frame, path) in enumerate(
                zip(frames[1:], _paths(steps), strict=True), start=1
            ):
                share = self._weight(distance)
                expected += share
                change = path.carry(frame.values, sharp=True) - middle.values
                near = np.asarray(cv2.blur(change, (3, 3)), np.float32)
                trust = path.trust * path.carry(frame.there)
                trust *= 1 - jumps(near, np.zeros_like(near), trust, spread)
                total += share * trust * (middle.values + change)
                unrest += share * trust * np.abs(near)
                weight += share * trust
        mean = total / weight
        support = (weight - 1) / max(expected, 1e-6)
        unrest /= np.maximum(weight - 1, 1e-6)
        there = middle.there > 0
        if self.strength <= 0:
            mean = middle.values
        confidence = confidence_of(unrest, np.minimum(support, 1), spread)
        self._next += 1
        if self._next > self.reach:
            self._frames.popleft()
            self._next -= 1
        return Stabilised(
            np.where(there, mean, np.nan).astype(np.float32),
            np.where(there, confidence, 0).astype(np.float32),
            middle.alignment,
        )

    def _weight(self, distance: int) -> float:
        width = _WIDTH * self.reach * max(self.strength, 1e-3) ** _GROWTH
        return float(np.exp(-0.5 * (distance / width) ** 2))


def _paths(steps: list[Motion | None]) -> Iterator[Motion]:
    """Motions over one step, two, three ... of those given, from the first one's pixels."""
    path: Motion | None = None
    for step in steps:
        assert step is not None, "frames of one shot follow each other"
        if path is None:
            path = step
        else:
            flow = path.flow + warped(step.flow, path.flow)
            path = Motion(flow, path.trust * path.carry(step.trust))
        yield path


def _agreeing(onward: Motion, home: Motion) -> tuple[Motion, Motion]:
    """Both with no trust where going there and coming back does not end where it began: what one
    frame shows and the other hides."""
    return _checked(onward, home), _checked(home, onward)


def _checked(motion: Motion, back: Motion) -> Motion:
    missed = motion.flow + warped(back.flow, motion.flow)
    far = cv2.magnitude(missed[..., 0], missed[..., 1]) / np.float32(_AGREE)
    return Motion(motion.flow, (motion.trust * np.exp(-(far**4))).astype(np.float32))
