"""The depth that an Axis snaps to: read from the pixels under the pointer, and held steady."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from engine.scene import EvaluatedCamera
from passes.under import REACH, Seen, planar
from ui.window.projection import Projector

STEP = 0.02  # share of depth between neighbouring values from which on it is a step, not a slope
FEWEST = 3  # pixels on one side of a step that are more than noise
PAIRED = 3  # pixels with a partner opposite that are enough to do without the others
FITTED = 6  # pixels in a corner that tell its slope
PLAY = 0.002  # share of depth that the one under the pointer may waver by, and move nothing
CROSSED = 1.5  # pixels that the pointer goes beyond a step before the other side counts
PERSISTENT = 3  # looks in a row after which it counts anyway: what moved is the picture

Place = tuple[float, float]


def depth_under(seen: Seen) -> float | None:
    """The planar Z under the middle of the pixels: the median of those of a known depth that are on
    the same side of a depth step as the middle. None where no depth is known.

    A step is a gap of 2 % between one value and the next. Where the middle itself is unknown, or
    alone on its side as noise is, the side with the most pixels counts. On a slope that is cut off
    by an edge the median of all would lean to one side; so pixels whose partner opposite is there
    too count alone, and in a corner, where there are none, the slope is taken off before.
    """
    side = _side(seen)
    if not side.any():
        return None
    paired = side & side[::-1, ::-1]
    if side[REACH, REACH] and paired.sum() >= PAIRED:
        return float(np.median(seen.depths[paired]))
    values = seen.depths[side]
    if not side[REACH, REACH] or len(values) < FITTED:
        return float(np.median(values))
    y, x = np.nonzero(side)
    plane = np.column_stack([x - REACH, y - REACH, np.ones(len(values))])
    slope, *_ = np.linalg.lstsq(plane, values, rcond=None)
    return float(np.median(values - plane[:, :2] @ slope[:2]))


def _side(seen: Seen) -> npt.NDArray[np.bool_]:
    """(5, 5): the pixels that count."""
    known = seen.known & np.isfinite(seen.depths) & (seen.depths > 0)
    values = np.sort(seen.depths[known])
    if not len(values):
        return known
    cuts = np.flatnonzero(np.diff(values) > STEP * values[:-1]) + 1
    sides = np.split(values, cuts)
    largest = max(sides, key=len)
    middle = seen.depths[REACH, REACH]
    if known[REACH, REACH]:
        own = next(side for side in sides if side[0] <= middle <= side[-1])
        if len(own) >= min(FEWEST, len(largest)):
            largest = own
    return known & (seen.depths >= largest[0]) & (seen.depths <= largest[-1])


class Steady:
    """Keeps a depth from jittering. depth: the one that is held, None before the first. patience:
    after how many looks in a row beyond a step the other side counts anyway."""

    def __init__(self, patience: int = PERSISTENT) -> None:
        self.depth: float | None = None
        self._patience = patience
        self._at: Place = (0.0, 0.0)
        self._beyond = 0

    def take(self, found: float | None, at: Place) -> float | None:
        """The depth to use, now that `found` is under the pixel `at` of the picture.

        As long as it wavers by less than 0.2 % nothing moves; beyond that it is followed, that far
        behind. The other side of a depth step counts once the pointer is two pixels beyond it, so
        that a pointer on an outline does not flicker between both; or after `patience` looks in a
        row, for a picture that moves under a pointer at rest.
        """
        if found is None:
            return self.depth
        held = self.depth
        if held is None:
            self._settle(found, at)
        elif abs(found - held) > STEP * min(found, held):
            self._beyond += 1
            far = math.dist(at, self._at) > CROSSED
            if far or self._beyond >= self._patience:
                self._settle(found, at)
        else:
            play = PLAY * found
            self._settle(min(max(held, found - play), found + play), at)
        return self.depth

    def _settle(self, depth: float, at: Place) -> None:
        self.depth, self._at, self._beyond = depth, at, 0


def point_at(camera: EvaluatedCamera, place: Place, depth: float) -> npt.NDArray[np.float64]:
    """The world point (3,) of planar Z `depth`, in scene units, that is seen at a place of the
    camera's picture, in fractions from its top left."""
    eye, direction = Projector(camera).ray(*place)
    along = float(planar(camera, eye + direction))
    return eye + depth / along * direction
