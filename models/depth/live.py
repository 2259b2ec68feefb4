"""Live depth from a network's raw values: cuts, stabiliser, shot range and flicker in one."""

from __future__ import annotations

import math

from engine.media import DepthMap
from models.depth.cuts import CutDetector
from models.depth.flicker import FlickerMeter
from models.depth.motion import F32, MotionTracker, Rgb
from models.depth.shot import LiveRange
from models.depth.stabilise import STRENGTH, CausalStabiliser


class LiveDepth:
    """What a network says of each picture, as a depth map of the shot that is going on.

    Motion is measured once a frame, for the stabiliser and for the figure.
    """

    def __init__(self, strength: float = STRENGTH) -> None:
        """strength: 0 passes the network's depth through (in the shot's range), 1 is most."""
        self._cuts = CutDetector()
        self._tracker = MotionTracker()
        self._stabiliser = CausalStabiliser(strength)
        self._range = LiveRange()
        self.flicker = FlickerMeter()
        """How much the network's depth flickers, and how much of it is left."""

    @property
    def strength(self) -> float:
        return self._stabiliser.strength

    @strength.setter
    def strength(self, value: float) -> None:
        self._stabiliser.strength = value

    def update(self, raw: F32, rgb: Rgb) -> DepthMap:
        """raw: (h, w) float32 relative inverse depth, larger is nearer, NaN where there is none.
        rgb: (h, w, 3) uint8 sRGB, any size, the picture that it is of. A cut begins anew."""
        if self._cuts.update(rgb):
            self._begin()
        size = (raw.shape[1], raw.shape[0])
        motion = self._tracker.update(rgb, size)
        found = self._stabiliser.update(raw, rgb, motion)
        self.flicker.update(raw, rgb, motion, found.values)
        values = self._range.update(found.values).share(found.values)
        return DepthMap(values, found.confidence, self.message)

    @property
    def message(self) -> str:
        """One line: how much depth flickers, once it is known."""
        raw, left = self.flicker.raw, self.flicker.stabilised
        if math.isnan(raw) or math.isnan(left):
            return ""
        return f"flicker {left:.1%} of the range; the network's own {raw:.1%}"

    def reset(self) -> None:
        """Another source."""
        self._cuts.reset()
        self.flicker.reset()
        self._begin()

    def _begin(self) -> None:
        self._tracker.reset()
        self._stabiliser.reset()
        self._range.reset()
        self.flicker.cut()
