"""What is known of a depth file before its numbers are looked at: Rilievo wrote it, or the name of
its layer is a renderer's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.media.layers import NORMALIZED, DepthKind, convention_of, is_own
from engine.media.names import first_file
from engine.media.open import is_video
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
    if is_video(media.path):
        return None
    if not is_own(media.path):
        return _by_name(media)
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


def along_ray(media: Media, wanted: DepthRange) -> list[str]:
    """The sentence that a layer holds distances along the ray, where its renderer is known to write
    them so and the range of its map is another one. Raises MediaError."""
    known = convention_of(media.path, media.layer, media.part, media.view)
    if known is None or known.kind is not DepthKind.RAY or wanted == DepthKind.RAY.name.lower():
        return []
    return [f"{os.path.basename(media.path)}: {known.sentence(media.layer or 'its picture')}"]


def _by_name(media: Media) -> Known | None:
    """What the name of its layer says; None where that says nothing that decides the range."""
    known = convention_of(media.path, media.layer, media.part, media.view)
    if known is None:
        return None
    writer = f"{known.writer} writes it" if known.writer else "its layer is called so"
    kind = DepthRange.INVERSE if known.kind is DepthKind.INVERSE else DepthRange.ABSOLUTE
    if known.kind is DepthKind.INVERSE:
        return Known(RangeGuess(kind, False, f"{writer}: {known.kind.value}"))
    planar = known.kind is DepthKind.PLANAR
    if not planar and (known.kind is not DepthKind.UNKNOWN or known.scale is None):
        return None
    what = DepthKind.PLANAR.value + known.unit
    return Known(RangeGuess(kind, False, f"{writer}: {what}", known.scale or 1.0))
