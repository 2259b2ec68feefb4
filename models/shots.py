"""The shots of a clip, each with one range of depth, and their depth from the first frame on."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.depth.flicker import difference
from models.depth.motion import MotionTracker
from models.depth.shot import ends_of

F32 = npt.NDArray[np.float32]
Rgb = npt.NDArray[np.uint8]

SAMPLES = 12
"""Frames of a shot, spread over it, that its range is taken from."""

Look = tuple[F32, Rgb]
"""What a network said of a frame, (h, w), and the picture itself, as large or smaller."""


class Range(Protocol):
    """What `models.depth.shot.ShotRange` does."""

    @property
    def far(self) -> float: ...
    @property
    def near(self) -> float: ...
    def share(self, raw: F32) -> F32: ...


class SteadyMap(Protocol):
    """What `models.depth.stabilise.Stabilised` holds."""

    @property
    def values(self) -> F32: ...
    @property
    def confidence(self) -> F32 | None: ...


Steady = Callable[[Iterable[Look], float], Iterator[SteadyMap]]
"""Takes the flicker out of a shot's depth: its frames in order and a strength in; as many out."""


@dataclass(frozen=True, slots=True)
class FrameFlicker:
    """How much a frame's depth differs from that of the frame before it, after motion (mean over
    what both show), and its range: as the network gave it, and as it is shown. The differences are
    NaN for the first frame of a shot."""

    raw: float
    raw_range: float
    shown: float
    shown_range: float


def flicker(frames: Iterable[FrameFlicker]) -> tuple[float, float]:
    """Of some frames, as the network gave them and as they are shown: the mean difference as a
    share of the mean range. NaN where no two frames could be compared."""
    known = [frame for frame in frames if math.isfinite(frame.raw) and math.isfinite(frame.shown)]
    if not known:
        return math.nan, math.nan
    raw, shown = sum(f.raw for f in known), sum(f.shown for f in known)
    raw_range, shown_range = sum(f.raw_range for f in known), sum(f.shown_range for f in known)
    return raw / max(raw_range, 1e-12), shown / max(shown_range, 1e-12)


@dataclass(frozen=True, slots=True, eq=False)
class ShotFrame:
    """A frame of a shot. values: (h, w) shares of the shot's range. confidence: (h, w) or None."""

    frame: int
    values: F32
    confidence: F32 | None
    flicker: FrameFlicker


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames of a media between two cuts, both included."""

    first: int
    last: int

    @property
    def frames(self) -> range:
        return range(self.first, self.last + 1)

    def samples(self, most: int = SAMPLES) -> list[int]:
        """Frames spread over the shot: the middles of as many equal parts."""
        count = min(len(self.frames), most)
        return [self.first + (2 * n + 1) * len(self.frames) // (2 * count) for n in range(count)]


def shots(first: int, last: int, cuts: Iterable[int]) -> list[Shot]:
    """first, last: of the media. cuts: frames that begin another shot, in any order."""
    starts = sorted({first, *(cut for cut in cuts if first < cut <= last)})
    ends = [*(start - 1 for start in starts[1:]), last]
    return [Shot(*ends_of_shot) for ends_of_shot in zip(starts, ends, strict=True)]


class ShotDepth:
    """Depth of a shot's frames, one after the other. What a frame's depth is depends on the frames
    before it, and on a few after it; so it is always made from the shot's first frame on, and holds
    no more frames than the stabiliser looks at."""

    def __init__(
        self,
        shot: Shot,
        look: Callable[[int], Look | None],
        steady: Steady,
        strength: float,
        range_: Range,
    ) -> None:
        """look: answers for a frame, None where it has no picture."""
        self.shot = shot
        self.next = shot.first
        """The frame that comes next, at the earliest: none before it is to come any more."""
        self._look = look
        self._range = range_
        self._taken: deque[tuple[int, Look]] = deque()
        self._motion = MotionTracker()
        self._before: tuple[F32, F32] | None = None
        self._outputs = steady(self._inputs(), strength)

    def step(self) -> ShotFrame | None:
        """The next frame; None at the end. What reading or the network raises ends it for good."""
        found = next(self._outputs, None)
        if found is None:
            self.next = self.shot.last + 1
            return None
        frame, look = self._taken.popleft()
        self.next = frame + 1
        flickered = self._flickered(look, found.values)
        return ShotFrame(frame, self._range.share(found.values), found.confidence, flickered)

    def _flickered(self, look: Look, shown: F32) -> FrameFlicker:
        raw, rgb = look
        motion = self._motion.update(rgb, (raw.shape[1], raw.shape[0]))
        differences = math.nan, math.nan
        if motion is not None and self._before is not None:
            before = self._before
            differences = (
                difference(raw, before[0], motion),
                difference(shown, before[1], motion),
            )
        self._before = raw, shown
        return FrameFlicker(differences[0], _range(raw), differences[1], _range(shown))

    def _inputs(self) -> Iterator[Look]:
        for frame in self.shot.frames:
            found = self._look(frame)
            if found is not None:
                self._taken.append((frame, found))
                yield found


def _range(values: F32) -> float:
    ends = ends_of(values)
    return 0.0 if ends is None else ends[1] - ends[0]
