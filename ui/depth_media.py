"""What a depth media is: looked at once, when a map is made of it, and written into the map.

This is the one place that answers the fields of a new Z-Depth map, with a sentence for each thing
that was found: for `rilievo new`, and for all that makes maps in the window. What is known of a
file (Rilievo's own, names of layers) comes before what its numbers look like.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np

from engine.media.colour_maps import is_colourful, recognised
from engine.scene import DepthRange, Holes, Media, NothingRule
from engine.scene.auto_range import Evidence, RangeGuess, guess_range, is_camera_space
from engine.scene.lenses import DEFAULT_FOV
from passes.auto_range import SHARES, as_depth
from ui.depth_known import Known, along_ray, known_depth
from ui.depth_orientation import stands_as
from ui.depth_reach import Floats, Look, ends_for, own_ends, reach_of, sampled, surveyed

_BEYOND = 0.01  # share of a picture from which on it matters what does not fit

LOOKED_AT = (
    "depth_range", "invert", "depth_scale", "white", "near", "far", "colour_map", "nothing",
    "holes",
)  # fmt: skip
"""The fields of a map that say how the numbers of its media are meant."""

FIELD_NAMES = {
    "depth_range": "Depth Range", "invert": "Invert", "depth_scale": "Depth Scale",
    "white": "White", "near": "Near", "far": "Far", "colour_map": "Colour Map",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DepthLook:
    """What a depth media was found to be. values: the fields of a map of it. sentences: what was
    found and why, for a person. what: the same in a few words. media: the media, turned as its
    picture is."""

    media: Media
    values: Mapping[str, Any] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    what: str = "a relief"


def look_at(
    media: Media, *,
    picture: Media | None = None, asked: DepthRange | None = None, on_geometry: bool = False,
) -> DepthLook:  # fmt: skip
    """Look at the first, the last and eight pictures between of a media that is to be depth.

    picture: what the map is for; None: not known. asked: the Depth Range that a person chose; Auto
    and None leave it to what is found. on_geometry: a map of a geometry is a relief unless another
    range is asked for. Raises MediaError.
    """
    if asked is None and on_geometry:
        asked = DepthRange.RELIEF
    turned = ""
    if picture is not None and not on_geometry:
        media, turned = stands_as(media, picture)
    looks = sampled(media)
    first = next(looks)
    known, colours, told = known_depth(media, first.channels), None, ""
    if known is None:
        colours, told = _colours(media, first)
        first = replace(first, colour_map=colours)
        known = Known(_guessed(media, first))
    wanted = known.guess.kind if asked in (None, DepthRange.AUTO) else asked
    seen = first.values
    values = _fields(wanted, known.guess, seen)
    if colours is not None:
        values["colour_map"] = colours
    sentences = [turned, told]
    relative = known.guess.relative and wanted is known.guess.kind  # or a person knows better
    if (wanted.is_distance or wanted is DepthRange.INVERSE) and not relative:
        later = (replace(look, colour_map=colours).values for look in looks)
        nothing, thinned = surveyed(chain((seen,), later))
        distances = wanted.is_distance
        real = (found[nothing.real(found, distances=distances)] for found in thinned)
        reach = reach_of(_distances(found, values) for found in real)
        values |= known.ends or ({} if reach is None else ends_for(reach))
        nowhere = nothing.sentence(distances=distances, bits=first.bits)
        sentences.append(f"{shown_name(media)}: {nowhere}" if nowhere else "")
    sentences.insert(0, _found(media, asked, known.guess, values))
    sentences += _warned(media, wanted, seen)
    sentences += along_ray(media, wanted)
    looks.close()
    what = known.guess.reason.rpartition(": ")[2]
    return DepthLook(media, values, tuple(filter(None, sentences)), what)


def _colours(media: Media, look: Look) -> tuple[str | None, str]:
    """By which colour map a picture shows its depth, and what is to be said of its colours."""
    if look.picture.channels < 3:
        return None, ""
    name = shown_name(media)
    found = recognised(look.picture)
    if found is not None:
        return found, (
            f"{name} shows its numbers in the colours of {found}, which are turned back into them"
        )
    if not is_colourful(look.picture):
        return None, ""
    return None, (
        f"{name} is a picture in colours, and no depth map or colour map that is known: its"
        " luminance is taken for depth; give a grey map, or have depth made (Analysis Type Global)"
    )


def _guessed(media: Media, look: Look) -> RangeGuess:
    name = os.path.basename(media.path)
    channel = look.channels[0] if len(look.channels) == 1 else ""
    evidence = Evidence(look.bits, channel, name, look.colour_map or "")
    return guess_range(as_depth(look.values, look.bits), evidence)


def _fields(wanted: DepthRange, guess: RangeGuess, values: Floats) -> dict[str, Any]:
    """The fields of a map of that range. What was found counts for the range that it is about."""
    found: dict[str, Any] = {"depth_range": wanted, **_gaps(wanted)}
    # What was found of distances along the axis is as true of those along the ray.
    if wanted is guess.kind or (wanted.is_distance and guess.kind.is_distance):
        if guess.inverted:
            found["invert"] = True
        scale = guess.depth_scale * (own_ends().near if guess.relative else 1.0)
        if scale != 1.0:
            found["depth_scale"] = scale
    if wanted.is_distance and is_camera_space(values):
        found["white"] = -1.0  # the level that turns the sign round
    return found


def _gaps(wanted: DepthRange) -> dict[str, Any]:
    """Which values mean nothing in a map of that range (the largest of white-near shares, heights
    and inverse depths may well stand alone: Auto knows), and what stands where depth is missing."""
    return {
        "nothing": NothingRule.AUTO,
        "holes": Holes.PLANE if wanted is DepthRange.RELIEF else Holes.FARTHER,
    }


def _distances(values: Floats, fields: Mapping[str, Any]) -> Floats:
    """Depth in scene units, not above 0 where there is none."""
    scale, white = float(fields.get("depth_scale", 1.0)), float(fields.get("white", 1.0))
    if fields["depth_range"] is DepthRange.INVERSE:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(values > 0, scale / values, -1.0)
    return values * (scale / white)


def _found(
    media: Media, asked: DepthRange | None, guess: RangeGuess, values: Mapping[str, Any]
) -> str:
    """What is written into the map, and why."""
    written = ", ".join(_said(name, values[name]) for name in FIELD_NAMES if name in values)
    name = shown_name(media)
    if asked in (None, DepthRange.AUTO):
        return f"{name}: Auto found {guess.reason} ({written})"
    more = [_said(key, values[key]) for key in FIELD_NAMES if key in values][1:]
    return f"{name}: {', '.join(more)} written for what it holds" if more else ""


def _warned(media: Media, wanted: DepthRange, values: Floats) -> list[str]:
    """What a map of that range does not show of the first picture."""
    name, known = shown_name(media), values[np.isfinite(values)]
    if not known.size:
        return [f"{name} holds no value in its first picture: the surface stays flat there"]
    if wanted.is_distance and is_camera_space(values):
        span = f"{known.min():.3g} to {known.max():.3g}"
        return [
            f"{name} has no value above 0 ({span}): camera space, whose depth runs below 0; White"
            " -1 turns it round"
        ]
    if wanted is DepthRange.RAY:
        return [
            f"{name}: Ray measures along the rays of the map's Source Camera; the surface's own has"
            f" {DEFAULT_FOV:g}° vertically: choose the one that took the picture if it had another"
        ]
    beyond = float(np.mean(known > SHARES))
    if wanted is DepthRange.NORMALIZED and beyond > _BEYOND:
        return [
            f"{name} goes up to {known.max():.3g}, and Normalized ends at 1: {beyond:.0%} of it is"
            " cut at far; if it holds distances, choose Absolute (--range absolute)"
        ]
    return []


def _said(name: str, value: object) -> str:
    label = FIELD_NAMES.get(name, name)
    if isinstance(value, bool):
        return label if value else f"{label} off"
    if isinstance(value, DepthRange):
        return f"{label} {value.value.title()}"
    return f"{label} {value:.4g}" if isinstance(value, int | float) else f"{label} {value}"


def shown_name(media: Media) -> str:
    """A media as a sentence calls it: its file, and the layer of it."""
    name = os.path.basename(media.path)
    return f"{name} ({media.layer})" if media.layer else name
