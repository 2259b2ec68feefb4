"""What the layers of a multi-channel file are, told by their names: see `layer_names`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from os import PathLike

from engine.errors import MediaError
from engine.media.channels import Choice, choose_channels
from engine.media.layer_names import along_ray_by, is_depth, named, picture_rank
from engine.media.layer_words import NO_PICTURE, NORMALIZED, Convention, DepthKind, Role
from engine.media.names import first_file
from engine.media.open import is_video
from engine.media.still import header_names, parts_of, software_of
from engine.media.views import Part, of_view, views_in

__all__ = [
    "FILTERED",
    "NORMALIZED",
    "Convention",
    "DepthKind",
    "Layer",
    "Role",
    "best_depth",
    "convention_of",
    "depth_layer",
    "depth_of",
    "find_depth_layer",
    "is_own",
    "layers_in",
    "layers_of",
    "picture_of_file",
    "views_of",
]


FILTERED = "filtered, so that its edges are averages of near and far"
"""What a depth layer is that is taken only where there is no other."""


@dataclass(frozen=True, slots=True)
class Layer:
    """layer, part, view: as `open_source` takes them. name: for people, such as "depth.Z" or "N",
    without the name of a view. channels: as the file has them. depth: of depth, what is known of
    its numbers."""

    role: Role
    name: str
    channels: tuple[str, ...]
    layer: str | None = None
    part: int | None = None
    view: str | None = None
    depth: Convention | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class _Group:
    """Channels that belong together. part: its number. names: without the view."""

    part: int
    prefix: str
    names: tuple[str, ...]
    channels: tuple[str, ...]


def layers_in(path: str, parts: list[Part], view: str | None = None) -> tuple[Layer, ...]:
    """The layers of a file of these parts, in its order; every channel is in exactly one. path: for
    messages. view: only those of one view. What cannot be read as a media of its own has the role
    OTHER."""
    seen, groups = _grouped(path, parts, view)
    picture = _picture(path, parts, seen, groups, view)
    found: list[Layer] = []
    for group in groups:
        layer = _layer(path, parts, seen, group, view)
        if group is picture:
            name = group.prefix or seen[group.part].name or "".join(group.names)
            layer = replace(layer, role=Role.PICTURE, name=name, depth=None)
            if _is(group, choose_channels(path, parts, view=view)):
                layer = replace(layer, layer=None, part=None)
        elif layer.role in (Role.PICTURE, Role.LIGHT):
            layer = replace(layer, role=Role.OTHER)
        found.append(layer)
    return tuple(found)


def layers_of(path: str | PathLike[str], view: str | None = None) -> tuple[Layer, ...]:
    """The layers of a still, or of the first file of a sequence; none of a video. view: the one
    that they are of; where a file has several, none is that which is taken unasked. Raises
    MediaError."""
    name = first_file(path)
    if is_video(name):
        return ()
    parts = parts_of(name)
    views = views_in(parts)
    return layers_in(name, parts, view if view is not None or not views else views[0])


def views_of(path: str | PathLike[str]) -> tuple[str, ...]:
    """The views of a still, or of the first file of a sequence, the one that is taken unasked
    first; none where it has one only, and of a video. Raises MediaError."""
    name = first_file(path)
    return () if is_video(name) else views_in(parts_of(name))


def is_own(path: str | PathLike[str]) -> bool:
    """Whether Rilievo wrote a still, or the first file of a sequence: then its names mean what
    Rilievo means by them. Raises MediaError."""
    return software_of(first_file(path)).startswith("Rilievo ")


def picture_of_file(path: str | PathLike[str], view: str | None = None) -> Layer | None:
    """The layer that is the picture of a still or sequence: what its renderer calls so, and never
    data or a matte beside it. None where it has none, and of a video. Its `layer` and `part` are
    None where they need not be said. Raises MediaError."""
    return next((found for found in layers_of(path, view) if found.role is Role.PICTURE), None)


def depth_of(path: str | PathLike[str], view: str | None = None) -> Layer | None:
    """The layer of a still or sequence that is its depth, beside other things or alone; a filtered
    one (`AVERAGED_DEPTH`) only where there is no other. None where there is none by its name, and
    of a video. Its `layer` and `part` are None where they need not be said. Raises MediaError."""
    found = best_depth(layers_of(path, view))
    if found is None:
        return None
    name = first_file(path)
    unasked = choose_channels(name, parts_of(name), view=found.view)
    if set(unasked.names) == set(found.channels):
        return replace(found, layer=None, part=None)
    return replace(found, layer=_asked(found))


def find_depth_layer(path: str | PathLike[str]) -> str | None:
    """The `layer` of a still or sequence that holds its depth beside other things, by its name
    (`depth.Z`, `Z`, `VRayZDepth` ...); None where the picture itself has to be the depth, as in a
    video. Raises MediaError."""
    name = first_file(path)
    return None if is_video(name) else depth_layer(parts_of(name))


def depth_layer(parts: list[Part]) -> str | None:
    """The same for a file of these parts."""
    if choose_channels("", parts).depth:
        return None
    found = best_depth(layers_in("", parts))
    if found is None:
        return None
    bare = all("." not in name for name in found.channels)
    if found.layer is not None and not (bare and not is_depth("", found.layer)):
        return _asked(found)
    return next(part.name for part in parts if set(found.channels) <= set(part.channels))


def convention_of(
    path: str | PathLike[str],
    layer: str | None = None,
    part: str | int | None = None,
    view: str | None = None,
) -> Convention | None:
    """What is known of the numbers of a media as depth, by the names of the channels that are read
    and by who wrote the file. None where its name does not say that it is depth (then nothing is
    known), and of a video. Raises MediaError."""
    name = first_file(path)
    if is_video(name):
        return None
    parts = parts_of(name)
    choice = choose_channels(name, parts, layer, part, view)
    found = _named(parts, choice, view)
    if found is None:
        return None
    said = header_names(name)
    if said[-1].startswith("Rilievo "):
        if found.kind is DepthKind.NORMALIZED:
            return replace(found, writer="Rilievo")
        return replace(found, kind=DepthKind.PLANAR, writer="Rilievo", scale=1.0)
    if found.kind is DepthKind.UNKNOWN:
        writer = along_ray_by(said)
        return replace(found, kind=DepthKind.RAY, writer=writer) if writer else found
    return found


def _named(parts: list[Part], choice: Choice, view: str | None) -> Convention | None:
    """What the names of the channels of a choice say of them as depth."""
    part = parts[choice.part]
    names: tuple[str, ...] = (
        choice.names[:-1] if choice.alpha and len(choice.names) > 1 else choice.names
    )
    if view is not None:
        seen, places = of_view("", parts, view)
        plain = dict(zip(places[choice.part], seen[choice.part].channels, strict=True))
        names = tuple(plain[part.channels.index(name)] for name in names)
        part = seen[choice.part]
    prefix = next(iter(names), "").rpartition(".")[0]
    return named(part.name, prefix, names).depth


_KINDS = (
    DepthKind.UNKNOWN, DepthKind.PLANAR, DepthKind.CAMERA, DepthKind.RAY, DepthKind.INVERSE,
    DepthKind.NORMALIZED,
)  # fmt: skip


def best_depth(layers: Sequence[Layer]) -> Layer | None:
    """The layer that is taken for depth; none where none is called so. Unfiltered before filtered,
    distances before other numbers, plain names before others."""

    def order(layer: Layer) -> tuple[bool, int, int]:
        assert layer.depth is not None
        kind = max(_KINDS.index(layer.depth.kind) - 2, 0)
        plain = ("depth.z", "z", "depth")
        name = layer.name.lower()
        place = plain.index(name) if name in plain else 3 + (not name.endswith(".depth.z"))
        return layer.depth.filtered, kind, place

    found = [layer for layer in layers if layer.depth is not None]
    return min(found, key=order) if found else None


def _asked(layer: Layer) -> str | None:
    """How a layer of one channel is asked for: by its whole name."""
    return layer.name if len(layer.channels) == 1 and "." in layer.name else layer.layer


def _grouped(path: str, parts: list[Part], view: str | None) -> tuple[list[Part], list[_Group]]:
    """The parts as they are seen in a view, and the groups of all their channels."""
    if view is None:
        seen, places = parts, [list(range(len(part.channels))) for part in parts]
    else:
        seen, places = of_view(path, parts, view)
    groups: list[_Group] = []
    for number, part in enumerate(seen):
        real = {
            name: parts[number].channels[i]
            for name, i in zip(part.channels, places[number], strict=True)
        }
        for prefix, names in _groups(part):
            groups.append(_Group(number, prefix, names, tuple(real[name] for name in names)))
    return seen, groups


def _groups(part: Part) -> list[tuple[str, tuple[str, ...]]]:
    """The channels of a part by what is before their last dot, and by what they are: what stands
    beside colours (the Z of R G B A Z) is alone."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    components: dict[str, set[str]] = defaultdict(set)
    for name in part.channels:
        prefix, _, component = name.rpartition(".")
        components[prefix].add(component.upper())
    for name in part.channels:
        prefix, _, component = name.rpartition(".")
        present = components[prefix]
        alone = not prefix or {*"RGB"} <= present
        groups[prefix, _family(component.upper(), present) if alone else ""].append(name)
    return [(prefix, tuple(names)) for (prefix, _), names in groups.items()]


def _family(component: str, present: set[str]) -> str:
    """Which channels belong together: colour, a vector, texture coordinates, grey."""
    for family in ({*"RGB"}, {*"XYZ"}, {*"UV"}):
        if family <= present and component in family | ({"A"} if "R" in family else set()):
            return "".join(sorted(family))
    if "Y" in present and not present & {*"RGBX"} and component in ("Y", "A"):
        return "YA"
    return component


def _picture(
    path: str, parts: list[Part], seen: list[Part], groups: list[_Group], view: str | None
) -> _Group | None:
    """The group that is the picture: what is read unasked, unless another is called so, or it is
    data or a matte beside others. None where all is data."""
    choice = choose_channels(path, parts, view=view)
    best: tuple[int, bool, int] | None = None
    found = None
    for index, group in enumerate(groups):
        components = {name.rpartition(".")[2].upper() for name in group.names}
        colours = {*"RGB"} <= components <= {*"RGBA"}
        if not colours and not {"Y"} <= components <= {*"YA"}:
            continue
        name = seen[group.part].name
        rank = picture_rank(name, group.prefix, group.names)
        if rank == NO_PICTURE or (group.prefix and not colours):
            continue
        order = (rank if colours else rank + 40, not _is(group, choice), index)
        if best is None or order < best:
            best, found = order, group
    return found


def _is(group: _Group, choice: Choice) -> bool:
    """Whether these are the channels of a choice."""
    return (group.part, set(group.channels)) == (choice.part, set(choice.names))


def _layer(
    path: str, parts: list[Part], seen: list[Part], group: _Group, view: str | None
) -> Layer:
    """The layer of some channels of a part, and how it is asked for."""
    single = len(group.names) == 1
    part_name = seen[group.part].name
    name = group.names[0] if single else group.prefix or part_name or "".join(group.names)
    said = named(part_name, group.prefix, group.names)
    wanted = group.prefix or (group.names[0] if single else None)
    for layer, part in ((wanted, None), (wanted, group.part)):
        try:
            choice = choose_channels(path, parts, layer, part, view)
        except MediaError:
            continue
        if _is(group, choice):
            return Layer(said.role, name, group.channels, layer, part, view, said.depth)
    role = said.role if said.role is Role.CRYPTOMATTE else Role.OTHER
    return Layer(role, name, group.channels, wanted, group.part, view)
