"""How a picture moved since the one before: once for each frame, for all that need it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

LONGEST = 256
"""Pixels of the longer side at which motion is measured; larger maps get it enlarged."""

SHORTEST = 32
"""Pixels of the shorter side, at least: the search goes down to a quarter of the picture in blocks
of 8 x 8, and in one that is wide and lower than that it reads beyond its memory."""

_CALM = 1.0  # levels of 255 by which standing still may fit worse than the measured flow
_TOLERANCE = 4.0  # levels of 255 that a pixel's colour may always differ by
_NOISE = 3.0  # times the picture's own typical difference that it may differ by
_SLOPE = 0.35  # of the local contrast: what half a pixel of wrong flow makes
_BORDER = 0.5  # pixels beyond the picture's outermost centres


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """From the frame before to this one.

    flow: (h, w, 2) float32, pixels (x right, y down): what is at p was at p + flow[p] before.
    trust: (h, w) float32 in 0..1, how well the colours found there agree; 0 where this frame
        shows what the one before did not.
    """

    flow: F32
    trust: F32

    def carry(self, before: F32, *, sharp: bool = False) -> F32:
        """What belonged to the frame before, (h, w) or (h, w, c), moved to where it is now.

        sharp: bicubic, so that what is carried on many times stays crisp; it may overshoot."""
        return warped(before, self.flow, sharp=sharp)


def warped(before: F32, flow: F32, *, sharp: bool = False) -> F32:
    """A picture (h, w) or (h, w, c) looked up at p + flow[p]; its border goes on outwards."""
    x, y = _places(flow)
    method = cv2.INTER_CUBIC if sharp else cv2.INTER_LINEAR
    return np.asarray(cv2.remap(before, x, y, method, borderMode=cv2.BORDER_REPLICATE), np.float32)


def fitted(rgb: Rgb, size: tuple[int, int]) -> Rgb:
    """A picture (h, w, 3) at `size` (width, height)."""
    if rgb.shape[1::-1] == size:
        return np.ascontiguousarray(rgb)
    smaller = size[0] < rgb.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb, size, interpolation=method), np.uint8)


class MotionTracker:
    """Motion from frame to frame of a live picture or a clip, by dense inverse search: Kroeger,
    Timofte, Dai, Van Gool, "Fast Optical Flow using Dense Inverse Search" (ECCV 2016)."""

    def __init__(self, longest: int = LONGEST) -> None:
        """longest: pixels of the longer side at which motion is measured."""
        self._longest = longest
        self._search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._before: Rgb | None = None

    def update(self, rgb: Rgb, size: tuple[int, int]) -> Motion | None:
        """Motion at `size` (width, height), that of the depth map; None for a first frame, and
        where the picture has another size than before. rgb: (h, w, 3) uint8 sRGB, any size."""
        now, before = self.reduced(rgb, size), self._before
        self._before = now
        if before is None or before.shape != now.shape:
            return None
        return enlarged(between(now, before, self._search), size)

    def both(self, now: Rgb, before: Rgb, size: tuple[int, int]) -> tuple[Motion, Motion]:
        """Motion to `now` from `before` and the other way round; nothing is remembered."""
        a, b = self.reduced(now, size), self.reduced(before, size)
        there, back = between(a, b, self._search), between(b, a, self._search)
        return enlarged(there, size), enlarged(back, size)

    def reduced(self, rgb: Rgb, size: tuple[int, int]) -> Rgb:
        """The picture as large as motion is measured for a map of `size`."""
        share = min(1.0, self._longest / max(size))
        wide, high = (max(SHORTEST, round(side * share)) for side in size)
        return fitted(rgb, (wide, high))

    def reset(self) -> None:
        """Forget the frame before."""
        self._before = None


def between(now: Rgb, before: Rgb, search: cv2.DenseOpticalFlow) -> Motion:
    """Motion to `now` from `before`, both (h, w, 3) uint8 of one size."""
    greys = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (now, before)]
    flow = np.asarray(search.calc(greys[0], greys[1], None), np.float32)  # type: ignore[arg-type]
    flow, differences = _calmed(now, _exposed_as(now, before), flow)
    return Motion(flow, _trust(greys[0], differences) * inside(flow))


def enlarged(motion: Motion, size: tuple[int, int]) -> Motion:
    """The same motion for a map of `size` (width, height)."""
    height, width = motion.trust.shape
    if (width, height) == size:
        return motion
    flow = np.asarray(cv2.resize(motion.flow, size), np.float32)
    flow *= np.array([size[0] / width, size[1] / height], np.float32)
    return Motion(flow, np.asarray(cv2.resize(motion.trust, size), np.float32))


def inside(flow: F32) -> F32:
    """(h, w) 1 where p + flow[p] lies within the picture, else 0."""
    height, width = flow.shape[:2]
    x, y = _places(flow)
    found = (x >= -_BORDER) & (x <= width - 1 + _BORDER)
    found &= (y >= -_BORDER) & (y <= height - 1 + _BORDER)
    return found.astype(np.float32)


def _exposed_as(now: Rgb, before: Rgb) -> Rgb:
    """The frame before, as bright as this one: light that changes is no motion."""
    changes = [
        float(np.mean(now[::2, ::2, k]) - np.mean(before[::2, ::2, k], dtype=np.float64))
        for k in range(3)
    ]
    if max(map(abs, changes)) < 0.5:
        return before
    lit = before.astype(np.int16) + np.rint(changes).astype(np.int16)
    return np.clip(lit, 0, 255).astype(np.uint8)


def _calmed(now: Rgb, before: Rgb, flow: F32) -> tuple[F32, F32]:
    """The flow with rest, or the motion of most of the picture, put where it fits as well; and
    the (h, w) differences of colour that remain. Flow bleeds from a moving thing into what is
    beside it, and a map carried by a flow that only trembles would grow soft."""
    best = _difference(now, before, flow)
    limit = cv2.blur(best, (5, 5)) + np.float32(_CALM)
    middle = np.median(flow[::4, ::4].reshape(-1, 2), axis=0).astype(np.float32)
    moves = [middle] if np.abs(middle).max() > 0.25 else []
    for move in (*moves, np.zeros(2, np.float32)):  # rest has the last word
        difference = _difference(now, before, np.broadcast_to(move, flow.shape))
        better = cv2.blur(difference, (5, 5)) <= limit
        flow[better] = move
        best = np.where(better, difference, best)
    return flow, best


def _difference(now: Rgb, before: Rgb, flow: F32) -> F32:
    """(h, w) mean difference over the colours, in levels, of a picture carried along a flow."""
    if flow.any():
        x, y = _places(flow)
        before = np.asarray(
            cv2.remap(before, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
        )
    change = cv2.absdiff(now, before)
    return cv2.transform(change, np.full((1, 3), 1 / 3, np.float32)).astype(np.float32)


def _trust(grey: npt.NDArray[Any], differences: F32) -> F32:
    contrast = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    typical = float(np.mean(np.sort(differences[::4, ::4], axis=None)[: differences.size // 32]))
    allowed = np.float32(_TOLERANCE + _NOISE * typical) + np.float32(_SLOPE) * contrast
    # Nine pixels are looked at together: by chance one agrees anywhere.
    share = cv2.GaussianBlur(differences / allowed, (3, 3), 0)
    return np.exp(share * share * np.float32(-0.7)).astype(np.float32)


def _places(flow: F32) -> tuple[F32, F32]:
    height, width = flow.shape[:2]
    x = flow[..., 0] + np.arange(width, dtype=np.float32)
    y = flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    return x, y
