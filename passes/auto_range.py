"""Depth Range Auto: decided once for each media, from its first picture, and held for the shot."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import MediaError
from engine.media import Alpha, Picture, Source
from engine.media.colour_maps import without_colours
from engine.scene import (
    AnalysisType,
    DepthRange,
    EvaluatedFrame,
    EvaluatedZMap,
    Media,
    NothingRule,
)
from engine.scene.auto_range import Evidence, RangeGuess, guess_range
from engine.scene.nothing import look_for_nothing
from passes.resident import Resident

LUMA = np.array([0.2126, 0.7152, 0.0722])
SHARES = 1.0 + 1e-3
"""Values up to which a map may be shares of a range."""


class AutoRanges:
    """What the maps of a document are taken for whose Depth Range is Auto.

    reasons: map → the sentence that says what and why, of the frame that was resolved last.
    """

    def __init__(self, resident: Resident) -> None:
        self._resident = resident
        self._guesses: dict[
            tuple[Media, str | None, bool], tuple[Source, RangeGuess, npt.NDArray[np.float64]]
        ] = {}
        self.reasons: dict[str, str] = {}
        self.cut: set[str] = set()
        """Maps of which it was said that far cuts them."""

    def resolved(self, frame: EvaluatedFrame) -> EvaluatedFrame:
        """The frame with every Auto replaced by what it was found to be. Raises MediaError."""
        self.reasons, self.cut = {}, set()
        drawn = (*frame.surfaces, *frame.geometries)
        if all(s.z_map is None or s.z_map.range is not DepthRange.AUTO for s in drawn):
            return frame
        return replace(
            frame,
            surfaces=tuple(replace(s, z_map=self._map(s.z_map)) for s in frame.surfaces),
            geometries=tuple(replace(g, z_map=self._map(g.z_map)) for g in frame.geometries),
        )

    @property
    def messages(self) -> list[str]:
        """The reasons, for the user."""
        return [f"{name}: Depth Range Auto found {why}" for name, why in self.reasons.items()]

    def _map(self, z_map: EvaluatedZMap | None) -> EvaluatedZMap | None:
        if z_map is None or z_map.range is not DepthRange.AUTO:
            return z_map
        if z_map.analysis is not AnalysisType.MEDIA:  # which knows what it measured
            return replace(z_map, range=DepthRange.NORMALIZED)
        guess, spread = self._guess(z_map)
        scale = guess.depth_scale * (z_map.source.near if guess.relative else 1.0)
        scale *= z_map.depth_scale
        cut = ""
        if guess.kind is DepthRange.ABSOLUTE and spread.size:
            signed = -scale if guess.negative else scale
            beyond = float(np.mean(spread * signed > z_map.source.far))
            if beyond > 0.01:
                self.cut.add(z_map.id)
                cut = (
                    f"; {beyond:.0%} of it lies beyond far ({z_map.source.far:.4g}) and is cut"
                    " there: give the map a Far of its own"
                )
        self.reasons[z_map.id] = guess.reason + cut
        sign = -1.0 if guess.negative else 1.0
        return replace(
            z_map,
            range=guess.kind,
            invert=z_map.invert != guess.inverted,
            depth_scale=scale,
            black=sign * z_map.black,
            white=sign * z_map.white,
        )

    def _guess(self, z_map: EvaluatedZMap) -> tuple[RangeGuess, npt.NDArray[np.float64]]:
        """What a map was found to be, and percentiles of its values."""
        media = self._resident.scene.media[z_map.media.index]
        source = self._resident.opened(z_map.media.index)
        key = media, z_map.media.colour_map, z_map.nothing is NothingRule.AUTO
        known = self._guesses.get(key)
        if known is None or known[0] is not source:
            picture = _first(source, z_map.media.frame)
            if z_map.media.colour_map is not None:
                picture = without_colours(picture, z_map.media.colour_map)
            names = source.info.channels
            evidence = Evidence(
                bits=sample_bits(picture),
                channel=names[0] if len(names) == 1 else "",
                name=os.path.basename(source.info.path),
                colour_map=z_map.media.colour_map or "",
            )
            values = map_values(picture)
            if z_map.nothing is NothingRule.AUTO:
                values = as_depth(values, evidence.bits)
            finite = values[np.isfinite(values)]
            spread = np.percentile(finite, np.arange(101)) if finite.size else finite
            known = source, guess_range(values, evidence), spread
            self._guesses[key] = known
        return known[1:]


def as_depth(values: npt.NDArray[np.float64], bits: int) -> npt.NDArray[np.float64]:
    """A picture's values with what means nothing there as infinity and NaN. bits: of integers; 0:
    floats. Shares of a range, whose largest may be what is nearest, stay."""
    finite = values[np.isfinite(values)]
    if bits or not finite.size or float(np.abs(finite).max()) <= SHARES:
        return values
    nothing = look_for_nothing(values)
    real = nothing.real(values, distances=False)
    if nothing.far is None or nothing.camera_space:
        return np.where(real | np.isposinf(values), values, np.nan)
    far = values >= nothing.far * (1 - 1e-6)
    return np.where(far, np.inf, np.where(real, values, np.nan))


def sample_bits(picture: Picture) -> int:
    """Of integer samples; 0: floats."""
    return 0 if picture.planes[0].dtype.kind == "f" else picture.encoding.bits


def map_values(picture: Picture) -> npt.NDArray[np.float64]:
    """(h, w): a picture's numbers as a depth map, as wgsl/upload.wgsl (`data`) reads them; NaN
    where there are none."""
    encoding, plane = picture.encoding, picture.planes[0]
    values: npt.NDArray[Any] = plane.astype(np.float64)
    if plane.dtype.kind == "u":
        values = values / (2**encoding.bits - 1)
    alpha = None
    if encoding.model == "yuv":
        if not encoding.full_range:
            step = 2.0 ** (encoding.bits - 8)
            top = 2.0**encoding.bits - 1
            values = (values * top - 16 * step) / (219 * step)
    elif values.shape[2] in (2, 4) and encoding.alpha is not Alpha.NONE:
        alpha = values[..., -1]
    first = values[..., 0]
    if values.shape[2] >= 3:
        alike = (values[..., 1] == first) & (values[..., 2] == first)
        with np.errstate(invalid="ignore"):
            first = np.where(alike, first, values[..., :3] @ LUMA)
    return first if alpha is None else np.where(alpha > 0, first, np.nan)


def _first(source: Source, frame: int) -> Picture:
    """The picture that decides: the media's first, so that it does not matter which frame is asked
    for; where it is missing, this one."""
    try:
        return source.frame(source.info.first)
    except MediaError:
        return source.frame(frame)
