"""Which channels of a file are the picture: parts, layers and channels of an OpenEXR file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.errors import MediaError
from engine.media.layer_names import is_depth
from engine.media.views import Part, of_view

_RANK = {name: rank for rank, name in enumerate("RGBXYZUVA")}
_DATA_LAYERS = frozenset(
    {"depth", "z", "depthconfidence", "confidence", "objectid", "cryptomatte", "uv"}
    | {"n", "normal", "normals", "p", "position", "positions"}
    | {"forward", "backward", "motion", "vector", "vectors"}
)
_DEPTH_LAYERS = frozenset({"depth", "z"})


@dataclass(frozen=True, slots=True)
class Choice:
    """What to read. indices: 1 to 4 channels of the part, in picture order (alpha last).

    alpha: whether the last one is alpha. data: whether the values are no light (depth, normals).
    depth: whether they are depth, where an empty pixel has no value rather than the value 0.
    """

    part: int
    indices: tuple[int, ...]
    names: tuple[str, ...]
    alpha: bool
    data: bool
    depth: bool


def choose_channels(
    path: str,
    parts: list[Part],
    layer: str | None = None,
    part: str | int | None = None,
    view: str | None = None,
) -> Choice:
    """The channels that `layer` and `part` mean, of one view of a multi-view file.

    part: index or name. layer: a layer ('depth', 'ViewLayer.Combined'), the end of its name, a
    whole channel name ('depth.Z'), or a part's name. Neither: the first R G B (A), else the first
    Y, else the first layer. view: None looks at all channels, whatever view they are of. Raises
    MediaError that lists what the file has.
    """
    if view is None:
        return _chosen(path, parts, layer, part)
    if part is not None:
        (part,) = _numbers(path, parts, part)
    seen, places = of_view(path, parts, view)
    choice = _chosen(path, seen, layer, part)
    indices = tuple(places[choice.part][index] for index in choice.indices)
    names = tuple(parts[choice.part].channels[index] for index in indices)
    return replace(choice, indices=indices, names=names)


def _chosen(path: str, parts: list[Part], layer: str | None, part: str | int | None) -> Choice:
    numbers = [n for n in _numbers(path, parts, part) if parts[n].channels]
    if not numbers:
        raise MediaError(f"{path} has no channels there: choose another part or view.")
    if layer is None:
        return _default(parts, numbers)
    wanted = layer.lower()
    tests = [
        lambda p, c: _layer(c) == layer and layer != "",
        lambda p, c: c == layer,
        lambda p, c: p.name == layer,
        lambda p, c: _layer(c).lower() == wanted or _layer(c).lower().endswith("." + wanted),
        lambda p, c: c.lower() == wanted or p.name.lower() == wanted,
        lambda p, c: wanted in _DEPTH_LAYERS and c.lower() in _DEPTH_LAYERS,
    ]
    for test in tests:
        for number in numbers:
            found = [i for i, c in enumerate(parts[number].channels) if test(parts[number], c)]
            if found:
                return _pick(parts, number, found)
    have = sorted({_layer(c) or c for n in numbers for c in parts[n].channels})
    raise MediaError(f"{path} has no layer {layer!r}: it has {', '.join(have)}.")


def _numbers(path: str, parts: list[Part], part: str | int | None) -> list[int]:
    if part is None:
        return list(range(len(parts)))
    if isinstance(part, int):
        if not 0 <= part < len(parts):
            raise MediaError(f"{path} has no part {part}: it has parts 0 to {len(parts) - 1}.")
        return [part]
    numbers = [i for i, p in enumerate(parts) if p.name == part]
    if not numbers:
        have = ", ".join(p.name or str(i) for i, p in enumerate(parts))
        raise MediaError(f"{path} has no part {part!r}: it has {have}.")
    return numbers


def _default(parts: list[Part], numbers: list[int]) -> Choice:
    for number in numbers:
        names = [c.upper() for c in parts[number].channels]
        if {"R", "G", "B"} <= set(names):
            return _pick(parts, number, [i for i, c in enumerate(names) if c in {*"RGBA"}])
    for number in numbers:
        names = [c.upper() for c in parts[number].channels]
        if "Y" in names and "X" not in names:
            return _pick(parts, number, [i for i, c in enumerate(names) if c in {*"YA"}])
    for number in numbers:
        channels = parts[number].channels
        for name in dict.fromkeys(_layer(c) for c in channels):
            members = [i for i, c in enumerate(channels) if _layer(c) == name]
            if {"R", "G", "B"} <= {_component(channels[i]).upper() for i in members}:
                return _pick(parts, number, members)
    channels = parts[numbers[0]].channels
    name = _layer(channels[0])
    return _pick(parts, numbers[0], [i for i, c in enumerate(channels) if _layer(c) == name])


def _pick(parts: list[Part], number: int, members: list[int]) -> Choice:
    channels = parts[number].channels
    components = {i: _component(channels[i]).upper() for i in members}
    if {"R", "G", "B"} <= set(components.values()):  # a layer may hold more than its picture
        members = [i for i in members if components[i] in {*"RGBA"}]
    members = sorted(members, key=lambda i: _RANK.get(components[i], 3))
    colour = [i for i in members if components[i] != "A"][:3]
    alphas = [i for i in members if components[i] == "A"] if colour else []
    if not colour:  # alpha alone was asked for: then it is the picture
        colour = members[:1]
    chosen = (*colour, *alphas[:1])
    names = tuple(channels[i] for i in chosen)
    kinds = {components[i] for i in colour}
    layers = {_layer(channels[i]).lower().rpartition(".")[2] for i in colour}
    light = kinds <= {*"RGB"} or kinds == {"Y"} or kinds == {"A"}
    depth = bool(layers & _DEPTH_LAYERS) or (len(colour) == 1 and kinds <= {"Z", "DEPTH"})
    depth = depth or all(is_depth(parts[number].name, channels[i]) for i in colour)
    return Choice(
        part=number,
        indices=chosen,
        names=names,
        alpha=bool(alphas),
        data=depth or not light or bool(layers & _DATA_LAYERS),
        depth=depth,
    )


def _layer(channel: str) -> str:
    return channel.rpartition(".")[0]


def _component(channel: str) -> str:
    return channel.rpartition(".")[2]
