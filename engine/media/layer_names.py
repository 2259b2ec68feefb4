"""Which row of the table of layer names (`layer_words`) a name means: layers told by their names.

Names are compared without signs and case, by what is after their last dot ("ViewLayer.Depth"), with
or without what a renderer puts before ("VRayZDepth", "CGeometry_ZDepth").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from engine.media.layer_words import (
    ALONG_RAY,
    BLENDER,
    COLOURS,
    DEPTH_LAYERS,
    FILTERED_WORDS,
    LIGHTS,
    NO_PICTURE,
    NOT_OF_THE_CAMERA,
    NOTHING_KNOWN,
    OTHER_LAYERS,
    PICTURES,
    SCALES,
    SIGNS,
    UNFILTERED_WORDS,
    UNREAL,
    VECTORS,
    VENDORS,
    WHOLE_PICTURES,
    Convention,
    Role,
)


@dataclass(frozen=True, slots=True)
class Named:
    """What a name says. depth: of depth layers, what is known of their numbers."""

    role: Role
    depth: Convention | None = None


def named(part: str, prefix: str, channels: tuple[str, ...]) -> Named:
    """What channels are whose names begin with this prefix; the part's name counts for those that
    have none. channels: whole names."""
    count = len(channels)
    if prefix:
        found = _of_name(prefix, count)
        lone = channels[0].rpartition(".")[2] if count == 1 else ""
        if found.role is Role.OTHER and lone and _may_have_depth(prefix, lone):
            found = _depth_only(lone)
        blender = prefix.endswith(".Depth") and lone in ("Z", "V")
        return replace(found, depth=BLENDER) if blender and found.depth else found
    colours = all(channel.upper() in COLOURS for channel in channels)
    found = Named(Role.OTHER) if colours else _of_name("".join(channels), count)
    return found if found.role is not Role.OTHER or not part else _of_name(part, count)


def along_ray_by(header: tuple[str, ...]) -> str:
    """The renderer that writes depth along the ray, by what a file's header has (`header_names`);
    empty where it is none of those, or not known."""
    for entry in header:
        for writer, word in ALONG_RAY:
            if entry.lower().startswith(word):
                return writer
    return ""


def is_depth(part: str, channel: str) -> bool:
    """Whether a channel is called as depth is (averaged as well), by its layer, itself or the
    part."""
    prefix = channel.rpartition(".")[0]
    return named(part, prefix, (channel,)).depth is not None


def picture_rank(part: str, prefix: str, channels: tuple[str, ...]) -> int:
    """How likely colours are the picture of a file: the least most. Those without a layer, in a
    part that is called nothing else, before all; what no picture is, last."""
    own = prefix or part
    if not own:
        return 0
    role = _of_name(own, len(channels)).role
    whole = SIGNS.sub("", own.rpartition(".")[2]).lower()
    if role is Role.PICTURE:
        place = PICTURES.index(whole) if whole in PICTURES else len(PICTURES)
        return 1 + place + (20 if prefix else 0)
    if role is Role.OTHER:
        return 50 if prefix else 20
    return 60 + LIGHTS.index(role) if role in LIGHTS else NO_PICTURE


def _of_name(name: str, count: int) -> Named:
    """What one name says of so many channels."""
    return _looked_up(name.rpartition(".")[2], count)


@cache
def _looked_up(name: str, count: int) -> Named:
    if "crypto" in name.lower():
        return Named(Role.CRYPTOMATTE)
    if count != 2:
        depth = _depth(name)
        if depth is not None:
            return Named(Role.AVERAGED_DEPTH if depth.filtered else Role.DEPTH, depth)
    for word in _candidates(name):
        for role, counts, words in OTHER_LAYERS:
            if count in counts and word in words:
                return Named(role)
    return Named(Role.OTHER)


def _depth_only(component: str) -> Named:
    found = _looked_up(component, 1)
    return found if found.depth is not None else Named(Role.OTHER)


def _may_have_depth(prefix: str, component: str) -> bool:
    """Whether a channel called as depth may be that of its layer's picture: the Z of a beauty or a
    view layer is, but neither that of normals, nor that of a layer of one number (`Mist.Z`)."""
    roles = {_of_name(prefix, count).role for count in (2, 3, 4)}
    if roles <= {Role.OTHER}:
        last = prefix.rpartition(".")[2].lower()
        return component.lower() != "z" or WHOLE_PICTURES.search(last) is not None
    return roles <= {Role.OTHER, Role.PICTURE}


def _depth(name: str) -> Convention | None:
    """What is known of a depth layer of this name; None where it is called otherwise."""
    tokens = [token for token in SIGNS.split(name) if token]
    for start in range(len(tokens)):
        before = {token.lower() for token in tokens[:start]}
        if before & (NOT_OF_THE_CAMERA | VECTORS):
            return None
        for word in _without_vendor("".join(tokens[start:]).lower()):
            found = _depth_word(word)
            if found is not None:
                unreal = found is NOTHING_KNOWN and name.lower().startswith("finalimage")
                return UNREAL if unreal else found
    return None


def _depth_word(word: str) -> Convention | None:
    if word in DEPTH_LAYERS:
        return DEPTH_LAYERS[word]
    bare = word.rstrip("0123456789")
    if bare in DEPTH_LAYERS:
        return DEPTH_LAYERS[bare]
    for ending in UNFILTERED_WORDS:
        if word.endswith(ending) and (found := DEPTH_LAYERS.get(word.removesuffix(ending))):
            return found
    for ending in FILTERED_WORDS:
        stem = word.removesuffix(ending) if word.endswith(ending) else word.removeprefix(ending)
        if stem != word and (found := DEPTH_LAYERS.get(stem)):
            return replace(found, filtered=True)
    for ending, scale in SCALES.items():
        if word.endswith(ending) and (found := DEPTH_LAYERS.get(word.removesuffix(ending))):
            return replace(found, scale=scale)
    return None


def _candidates(name: str) -> Iterator[str]:
    """A name without signs and case, and what is left of it without what stands before or behind:
    of "CGeometry_WorldPosition" also "worldposition"."""
    tokens = [token for token in SIGNS.split(name) if token]
    for start in range(len(tokens)):
        for word in _without_vendor("".join(tokens[start:]).lower()):
            yield word
            if bare := word.rstrip("0123456789"):
                yield bare
    if len(tokens) > 1 and len(tokens[0]) > 2:
        yield tokens[0].lower()


def _without_vendor(word: str) -> Iterator[str]:
    yield word
    for before in VENDORS:
        if word.startswith(before) and len(word) > len(before):
            yield word.removeprefix(before)
