"""What the layers of a multi-channel file are, told by their names.

The names are those that Rilievo writes (`depth.Z`, `N.X`, `P.X`, `uv.U`, `forward.u`, `albedo.R`)
and those of renderers and compositors: Nuke, Blender, Arnold, V-Ray, Redshift, Cycles.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from os import PathLike

from engine.errors import MediaError
from engine.media.channels import Part, choose_channels
from engine.media.names import first_file
from engine.media.open import VIDEO_EXTENSIONS
from engine.media.still import parts_of, software_of


class Role(StrEnum):
    """What a layer is for, in words that end the sentence "it is …"."""

    PICTURE = "the picture"
    DEPTH = "depth"
    NORMALS = "normals"
    POSITION = "positions"
    UV = "texture coordinates"
    FORWARD = "motion to the next frame"
    BACKWARD = "motion to the frame before"
    ALBEDO = "colour without light"
    AVERAGED_DEPTH = "anti-aliased depth, whose edges are no depth"
    CONFIDENCE = "how sure depth is"
    OBJECT_ID = "object numbers"
    CRYPTOMATTE = "Cryptomatte"
    OTHER = "something else"


@dataclass(frozen=True, slots=True)
class Layer:
    """layer, part: as `open_source` takes them. name: for people, such as "depth.Z" or "N".
    channels: as the file has them."""

    role: Role
    name: str
    channels: tuple[str, ...]
    layer: str | None = None
    part: int | None = None


NORMALIZED = "depthnormalized"
"""Rilievo's own name for depth as a share of near to far, without signs and in lower case."""

# Layers by the last part of their name, without signs and in lower case, and how many channels
# such a layer may have.
_WORDS: tuple[tuple[Role, tuple[int, ...], frozenset[str]], ...] = (
    (Role.DEPTH, (1,), frozenset({"depth", "z", "zdepth", "depthz", "zbuffer", NORMALIZED})),
    (Role.AVERAGED_DEPTH, (1,), frozenset({"depthaa", "zaa", "depthfiltered", "zfiltered"})),
    (Role.NORMALS, (3,), frozenset({"n", "normal", "normals", "worldnormal", "worldnormals"})),
    (
        Role.POSITION,
        (3,),
        frozenset({"p", "pos", "position", "positions", "worldposition", "pworld", "worldpos"}),
    ),
    (Role.UV, (2, 3), frozenset({"uv", "uvs", "st", "texcoord", "texcoords"})),
    (
        Role.FORWARD,
        (2, 3),
        frozenset({"forward", "motion", "motionvector", "motionvectors", "velocity", "vector"}),
    ),
    (Role.BACKWARD, (2, 3), frozenset({"backward", "backwards"})),
    (
        Role.ALBEDO,
        (3, 4),
        frozenset({"albedo", "diffcol", "diffusecolor", "diffusealbedo", "basecolor"}),
    ),
    (Role.CONFIDENCE, (1,), frozenset({"depthconfidence", "confidence"})),
    (Role.OBJECT_ID, (1,), frozenset({"objectid", "indexob", "objectindex", "id"})),
)
_CRYPTO = "crypto"


def layers_in(path: str, parts: list[Part]) -> tuple[Layer, ...]:
    """The layers of a file of these parts, in its order; every channel is in exactly one. path: for
    messages. What cannot be read as a media of its own has the role OTHER."""
    place, shown = _picture(path, parts)
    found: list[Layer] = []
    for number, part in enumerate(parts):
        here = shown if number == place else frozenset[str]()
        for prefix, channels in _groups(part, here):
            if here and set(channels) == here:
                name = prefix or part.name or "".join(channels)
                found.append(Layer(Role.PICTURE, name, channels))
            else:
                found.append(_layer(path, parts, number, prefix, channels))
    return tuple(found)


def layers_of(path: str | PathLike[str]) -> tuple[Layer, ...]:
    """The layers of a still, or of the first file of a sequence; none of a video. Raises
    MediaError."""
    name = first_file(path)
    if os.path.splitext(name)[1].lower() in VIDEO_EXTENSIONS:
        return ()
    return layers_in(name, parts_of(name))


def is_own(path: str | PathLike[str]) -> bool:
    """Whether Rilievo wrote a still, or the first file of a sequence: then its names mean what
    Rilievo means by them. Raises MediaError."""
    return software_of(first_file(path)).startswith("Rilievo ")


def _picture(path: str, parts: list[Part]) -> tuple[int, frozenset[str]]:
    """The part and channels that are read where nobody asks for a layer; none where that is no
    picture but data."""
    choice = choose_channels(path, parts)
    role = _role(parts[choice.part].name, choice.names[0].rpartition(".")[0], choice.names)
    if choice.data or role not in (Role.OTHER, Role.PICTURE, Role.ALBEDO):
        return -1, frozenset()
    return choice.part, frozenset(choice.names)


def _groups(part: Part, shown: frozenset[str]) -> list[tuple[str, tuple[str, ...]]]:
    """The channels of a part by what is before their last dot; those without, by what they are.
    shown: those of the picture."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    bare = {name.upper() for name in part.channels if "." not in name and name not in shown}
    for name in part.channels:
        prefix, _, component = name.rpartition(".")
        family = "" if prefix else _family(component.upper(), bare)
        groups[prefix, "picture" if name in shown else family].append(name)
    return [(prefix, tuple(names)) for (prefix, _), names in groups.items()]


def _family(component: str, present: set[str]) -> str:
    """Which channels without a layer belong together: colour, a vector, texture coordinates."""
    for family in ({*"RGB"}, {*"XYZ"}, {*"UV"}):
        if family <= present and component in family | ({"A"} if "R" in family else set()):
            return "".join(sorted(family))
    return component


def _layer(
    path: str, parts: list[Part], number: int, prefix: str, channels: tuple[str, ...]
) -> Layer:
    """The layer of some channels of a part, and how it is asked for."""
    single = len(channels) == 1
    name = channels[0] if single else prefix or parts[number].name or "".join(channels)
    role = _role(parts[number].name, prefix, channels)
    wanted = prefix or (channels[0] if single else None)
    for part in (None, number):
        try:
            choice = choose_channels(path, parts, wanted, part)
        except MediaError:
            continue
        if choice.part == number and set(choice.names) == set(channels):
            return Layer(role, name, channels, wanted, part)
    return Layer(role if role is Role.CRYPTOMATTE else Role.OTHER, name, channels, wanted, number)


def _role(part: str, prefix: str, channels: tuple[str, ...]) -> Role:
    """What channels are whose names begin with this prefix; the part's name counts for those that
    have none."""
    names = (prefix,) if prefix else ("".join(channels), part)
    for name in names:
        last = name.rpartition(".")[2]
        word = "".join(letter for letter in last.lower() if letter.isalnum())
        if word.startswith(_CRYPTO):
            return Role.CRYPTOMATTE
        for role, counts, words in _WORDS:
            if word in words and len(channels) in counts:
                return role
    return Role.OTHER
