"""Where one shot ends and another begins, seen from the pictures alone.

Looked at are small pictures freed of brightness and contrast, so that a flash, a lamp or a fade to
black of the same shot is no cut. A cut is where nothing that moved can explain the new picture: its
structure is unlike that of the last one carried along the motion between them, and its colours are
distributed otherwise. A dissolve has no such moment: motion is found that explains each step. It is
seen, once, where the colours have left those of the shot as it was; one between shots of the same
colours is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.depth.motion import F32, Rgb, warped

_SIZE = (96, 72)  # pixels at which pictures are compared
_FLAT = 6.0  # levels of contrast (standard deviation) below which a picture shows nothing
_COLOURS = 0.17  # distance of the colours' distributions, 0..1, that speaks for another shot
_ALIKE = 0.3  # correlation along the motion from which on the colours must differ more
_MORE = 0.6  # how much more for a correlation of 1
_NOTHING = 0.1  # correlation of pictures that have nothing to do with each other
_FADED = 0.35  # distance of the colours' distribution from the shot's, past which it has dissolved
_MEMORY = 1 / 14  # of the shot as it was that the newest picture makes
_CLIPPED = 245  # level from which on a pixel is white
_FLASH = (1.25, 0.08)  # times as bright, and more of the picture white: it may be a flash
_FLASHES = 4  # frames that a flash lasts, at most
_DARK = 24.0  # levels (red, green and blue together) in which colour is noise
_BINS = (8, 24, 24)
_PAN = 2.0  # pixels a frame of the whole picture, past which new things come in fast
_TAIL = 20  # frames that a dissolve or a fade may go on after it was seen
_APART = 8  # frames between a cut and a dissolve, at least


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """A small picture. grey: (h, w) uint8. structure: (h, w), zero mean, unit deviation.
    colours: distribution, sums to 1. shows: whether there is anything to be seen. mean: level,
    0..255. clipped: share of the pixels that are white."""

    grey: npt.NDArray[np.uint8]
    structure: F32
    colours: F32
    shows: bool
    mean: float
    clipped: float


class CutDetector:
    """Cuts in a picture that comes in frame by frame."""

    def __init__(self) -> None:
        self._search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._last: _Look | None = None
        self._past: F32 | None = None  # the shot's colours, as they were some frames ago
        self._age = 0
        self._faded = False  # there was nothing to be seen just now
        self.doubtful = 0
        """Frames in a row that are so much brighter that they may be a flash."""
        self._late = 0

    def update(self, rgb: Rgb) -> bool:
        """Whether this frame, (h, w, 3) uint8 of any size, begins another shot. The first one
        does not: there is none before it. Frames that show nothing (black, a white flash) belong
        to the shot before; what follows them is compared with what came before them."""
        look = _look(rgb)
        if not look.shows:
            self._faded = self._last is not None
            return False
        last = self._last
        if last is None:
            self._last = look
            self._begin(look)
            return False
        flow = self._flow(look, last)
        alike = _correlation(look.structure, warped(last.structure, flow))
        cut = _differ(alike, _distance(look.colours, last.colours))
        if cut and self.doubtful < _FLASHES and _flashed(look, last):
            self.doubtful += 1
            return False
        self._late, self.doubtful = self.doubtful, 0
        self._last = look
        faded, self._faded = self._faded, False
        if cut:
            self._begin(look)
            self._age = -_TAIL if faded else 0
            return True
        return self._dissolved(look, flow)

    @property
    def late(self) -> int:
        """How many frames before the last one a cut that was just found took place: more than 0
        where it might have been a flash."""
        return self._late

    def reset(self) -> None:
        """Forget what came before: another source."""
        self._last = self._past = None
        self.doubtful = self._late = 0

    def _begin(self, look: _Look) -> None:
        self._past, self._age = look.colours, 0

    def _flow(self, now: _Look, before: _Look) -> F32:
        """From this frame to the one before, found after a shift of the whole picture, which a
        fast pan needs."""
        window = cv2.createHanningWindow(_SIZE, cv2.CV_32F)
        (dx, dy), _ = cv2.phaseCorrelate(now.structure, before.structure, window)
        zero = np.zeros((*now.structure.shape, 2), np.float32)
        shift = zero + np.array([round(dx), round(dy)], np.float32)
        shifted = warped(before.structure, shift)
        better = _correlation(now.structure, shifted) > _correlation(
            now.structure, before.structure
        )
        start = shift if better else zero
        moved = warped(before.grey.astype(np.float32), start).astype(np.uint8)
        flow = self._search.calc(now.grey, moved, zero)
        return np.asarray(flow, np.float32) + start

    def _dissolved(self, look: _Look, flow: F32) -> bool:
        assert self._past is not None
        if float(np.abs(np.median(flow[::4, ::4], axis=(0, 1))).max()) > _PAN:
            self._past = look.colours  # what comes into the picture is the same shot
        self._age += 1
        if self._age > _APART and _distance(look.colours, self._past) > _FADED:
            self._begin(look)
            self._age = -_TAIL
            return True
        if self._age <= 0:
            self._past = look.colours
        past = self._past + np.float32(_MEMORY) * (look.colours - self._past)
        self._past = past.astype(np.float32)
        return False


def find_cuts(frames: Iterable[Rgb]) -> list[int]:
    """Indices (from 0) of the frames that begin another shot, in order; without the first."""
    detector = CutDetector()
    return [index - detector.late for index, rgb in enumerate(frames) if detector.update(rgb)]


def _look(rgb: Rgb) -> _Look:
    small = np.asarray(cv2.resize(rgb, _SIZE, interpolation=cv2.INTER_AREA), np.uint8)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    soft = cv2.GaussianBlur(grey, (0, 0), 1.0)
    deviation = float(soft.std())
    structure = (soft - soft.mean()) / max(deviation, 1e-6)
    level = np.clip(128 + 50 * structure, 0, 255).astype(np.uint8)
    return _Look(
        level, structure.astype(np.float32), _colours(small, level), deviation >= _FLAT,
        float(grey.mean()), float((grey >= _CLIPPED).mean()),
    )  # fmt: skip


def _colours(rgb: Rgb, level: npt.NDArray[np.uint8]) -> F32:
    """Distribution of lightness (against its own mean) and of colour, which is that of the light's
    share in red and green: neither changes with exposure."""
    total = rgb.sum(axis=2, dtype=np.float32) + _DARK
    red, green = ((rgb[..., k] + np.float32(_DARK / 3)) / total for k in (0, 1))
    channels = [level.astype(np.float32), *(np.clip(c, 0.1, 0.6) for c in (red, green))]
    ranges = [0, 256, 0.1, 0.61, 0.1, 0.61]
    counts = cv2.calcHist(channels, [0, 1, 2], None, list(_BINS), ranges)
    # What lies on the border of two counts belongs to both.
    for axis in range(3):
        counts = 0.25 * np.roll(counts, 1, axis) + 0.5 * counts + 0.25 * np.roll(counts, -1, axis)
    return (counts.ravel() / max(float(counts.sum()), 1)).astype(np.float32)


def _differ(alike: float, colours: float) -> bool:
    """Whether two pictures in a row are of two shots. What rushes past the camera changes the
    structure of a picture more than its colours."""
    return alike < _NOTHING or colours > _COLOURS + _MORE * max(alike - _ALIKE, 0.0)


def _flashed(look: _Look, last: _Look) -> bool:
    brighter = look.mean > _FLASH[0] * last.mean
    return brighter and look.clipped > last.clipped + _FLASH[1]


def _distance(a: F32, b: F32) -> float:
    return float(0.5 * np.abs(a - b).sum())


def _correlation(a: F32, b: F32) -> float:
    """Of two pictures with zero mean (h, w), -1..1, mean over parts of the picture, so that a
    large bright area does not say it all."""
    x, y = a - cv2.blur(a, (25, 25)), b - cv2.blur(b, (25, 25))
    both = float((x * y).sum())
    return both / max(float(np.sqrt((x * x).sum() * (y * y).sum())), 1e-6)
