"""Values that mean nothing: decided once for each media, from its first, its last and eight
pictures between, and held for the shot, so that depth does not flicker."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.errors import MediaError
from engine.media import Picture, Source
from engine.media.colour_maps import without_colours
from engine.scene import (
    AnalysisType,
    DepthRange,
    EvaluatedFrame,
    EvaluatedZMap,
    Holes,
    NothingRule,
)
from engine.scene.nothing import SENTINELS, Nothing, NothingSeen
from passes.auto_range import SHARES, map_values, sample_bits
from passes.resident import Resident

LOOKED_AT = 10
"""Pictures of a sequence."""

OF_FILM = 2
"""Pictures of a film, in which each has to be searched for."""

_NO_HEIGHT = -999.0
_FILLED = {
    Holes.PLANE: "the surface's plane stands there",
    Holes.FARTHER: "filled from the farther neighbour",
    Holes.FAR: "put at far",
}


class NothingFound:
    """What means nothing in the maps of a document.

    reasons: map → what was found, a sentence, of the frame that was resolved last.
    """

    def __init__(self, resident: Resident) -> None:
        self._resident = resident
        self._bits: dict[int, tuple[Source, int]] = {}
        self.reasons: dict[str, str] = {}

    def resolved(self, frame: EvaluatedFrame) -> EvaluatedFrame:
        """The frame whose maps say which values are far and which missing. Their Depth Range must
        be decided already. Raises MediaError."""
        self.reasons = {}
        drawn = (*frame.surfaces, *frame.geometries)
        if all(s.z_map is None or s.z_map.nothing is NothingRule.NONE for s in drawn):
            return frame
        return replace(
            frame,
            surfaces=tuple(replace(s, z_map=self._map(s.z_map)) for s in frame.surfaces),
            geometries=tuple(replace(g, z_map=self._map(g.z_map)) for g in frame.geometries),
        )

    @property
    def messages(self) -> list[str]:
        """The reasons, for the user."""
        return [f"{name}: {why}" for name, why in self.reasons.items()]

    def _map(self, z_map: EvaluatedZMap | None) -> EvaluatedZMap | None:
        if z_map is None or z_map.analysis is not AnalysisType.MEDIA:
            return z_map
        if z_map.nothing is NothingRule.NONE or not (z_map.displace or z_map.z_pass):
            return z_map
        if not isinstance(z_map.nothing, NothingRule):
            return _with_value(z_map, self._value(z_map, float(z_map.nothing)))
        found = self._found(z_map)
        far, missing = far_value(z_map, found), missing_value(z_map, found)
        counted = found if far == found.far else replace(found, far=None, far_share=0.0)
        if missing != found.missing:
            counted = replace(counted, missing=None, missing_share=0.0)
        why = counted.sentence(distances=z_map.range.is_distance, bits=self._codes(z_map))
        if why:
            if "missing" in why:
                why += f", {_FILLED[z_map.holes]}"
            self.reasons[z_map.id] = f"{why} (Nothing Auto)"
        return replace(z_map, far_value=far, missing_value=missing)

    def _value(self, z_map: EvaluatedZMap, value: float) -> float:
        """What the artist set, as a value of the map: above 1 it is a code of integers, as other
        programs show them."""
        bits = self._codes(z_map) if value > 1 else 0
        return value / (2**bits - 1) if bits else value

    def _codes(self, z_map: EvaluatedZMap) -> int:
        """Bits of a media's whole numbers; 0: floats."""
        index, source = z_map.media.index, self._source(z_map)
        known = self._bits.get(index)
        if known is None or known[0] is not source:
            known = source, sample_bits(source.frame(z_map.media.frame))
            self._bits[index] = known
        return known[1]

    def _source(self, z_map: EvaluatedZMap) -> Source:
        return self._resident.opened(z_map.media.index)

    def _found(self, z_map: EvaluatedZMap) -> Nothing:
        """What means nothing in a map's media."""
        source = self._source(z_map)
        key = self._resident.scene.media[z_map.media.index], z_map.media.colour_map
        known = self._resident.nothing.get(key)
        if known is None or known[0] is not source:
            seen = NothingSeen()
            for picture in _pictures(source, z_map.media.frame):
                colours = z_map.media.colour_map
                numbers = picture if colours is None else without_colours(picture, colours)
                seen.look(map_values(numbers))
            known = source, seen.found()
            self._resident.nothing[key] = known
        return known[1]


def far_value(z_map: EvaluatedZMap, found: Nothing) -> float | None:
    """The value that is far in a map of that Depth Range; None: infinity alone."""
    far = found.far
    if far is None:
        return None
    sentinel = any(abs(far - value) <= 1e-6 * value for value in SENTINELS)
    if z_map.range.is_distance:
        return far if z_map.levelled(far) > 0 else None
    if z_map.range is DepthRange.NORMALIZED:
        # Where white is near, a largest share is what is nearest.
        return far if far > SHARES or not z_map.invert else None
    return far if sentinel else None  # the largest is what is nearest, or highest


def missing_value(z_map: EvaluatedZMap, found: Nothing) -> float | None:
    """The value that is missing in a map of that Depth Range. Heights may be negative: of them only
    such as no one means (-9999)."""
    if found.missing is None or z_map.range is not DepthRange.RELIEF:
        return found.missing
    return found.missing if found.missing <= _NO_HEIGHT else None


def _with_value(z_map: EvaluatedZMap, value: float) -> EvaluatedZMap:
    """A map in which the artist says which value means nothing."""
    if z_map.levelled(value) > 0:
        return replace(z_map, far_value=value)
    return replace(z_map, missing_value=value)


def _pictures(source: Source, frame: int) -> Sequence[Picture]:
    """The pictures that decide; where none of them can be read, that of the frame asked for."""
    first, last = source.info.first, source.info.last
    count = OF_FILM if source.info.kind == "video" else LOOKED_AT
    pictures: dict[int, Picture] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said when the picture itself is shown
        for at in np.unique(np.linspace(first, last, count).round()):
            try:
                picture = source.frame(int(at))
            except MediaError:
                continue
            pictures[picture.frame] = picture
    return list(pictures.values()) or [source.frame(frame)]
