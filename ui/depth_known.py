"""What is known of a depth file before its numbers are looked at: Rilievo wrote it, or the name of
its layer is a renderer's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.media.layers import NORMALIZED, is_own
from engine.media.names import first_file
from engine.media.open import VIDEO_EXTENSIONS
from engine.output import read_attribute
from engine.scene import DepthRange, Media
from engine.scene.auto_range import RangeGuess

_PLANAR = ("z", "depth.z", "depthaa.z")  # what Rilievo calls distances, in lower case


@dataclass(frozen=True, slots=True)
class Known:
    """guess: what the numbers are. ends: near and far where the file says them."""

    guess: RangeGuess
    ends: dict[str, float] = field(default_factory=dict)


def known_depth(media: Media, channels: Sequence[str]) -> Known | None:
    """What is known of a media's numbers; None: they have to be looked at. channels: those that are
    read. Raises MediaError."""
    if os.path.splitext(media.path)[1].lower() in VIDEO_EXTENSIONS or not is_own(media.path):
        return None
    name = channels[0].lower()
    if name == f"{NORMALIZED}.z":
        reason = "Rilievo wrote it: normalized, and white is far"
        return Known(RangeGuess(DepthRange.NORMALIZED, False, reason))
    path = first_file(media.path)
    if name not in _PLANAR or read_attribute(path, "depthMeaning"):
        return None  # another picture, or a network's own numbers, which have no unit
    near, far = read_attribute(path, "depthNear"), read_attribute(path, "depthFar")
    ends = {"near": float(near), "far": float(far)} if near and far else {}
    reason = "Rilievo wrote it: distances in scene units"
    return Known(RangeGuess(DepthRange.ABSOLUTE, False, reason), ends)
