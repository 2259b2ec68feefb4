"""A multi-channel picture, and the maps that its layers suggest."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import numpy as np

from engine.media import open_media
from engine.media.layers import FILTERED, Layer, Role, best_depth, layers_of
from engine.scene import (
    KIND_NAMES,
    AnalysisType,
    AnyNode,
    DiffuseMap,
    Geometry,
    Media,
    MotionVectorsMap,
    NormalMap,
    PositionMap,
    Scene,
    UVMap,
    ZDepthMap,
    new_node,
    with_analysis,
)
from ui.depth_media import look_at
from ui.depth_reach import with_camera_reach
from ui.recorded import recorded

MAP_KINDS: dict[Role, type[AnyNode]] = {
    Role.DEPTH: ZDepthMap,
    Role.NORMALS: NormalMap,
    Role.POSITION: PositionMap,
    Role.UV: UVMap,
    Role.FORWARD: MotionVectorsMap,
    Role.ALBEDO: DiffuseMap,
}
"""The kind of map that a layer makes."""

SECOND_MEDIA = {Role.BACKWARD: (MotionVectorsMap, "backward")}
"""Layers that a map takes besides its own, in this field."""

SIGNED = -1e-3  # below which normals are no code values


@dataclass(frozen=True, slots=True)
class SuggestedMap:
    """kind: of the node. values: its fields that are not as usual. how: how the layer was read.
    second: other media that it takes, each in a field of its own."""

    kind: type[AnyNode]
    layer: Layer
    media: Media
    values: Mapping[str, Any]
    how: str
    second: Mapping[str, Media] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """name: of the file. picture: None where it has none. maps: one of a kind. unused: what else
    the file holds, a phrase for each."""

    name: str
    picture: Media | None
    maps: tuple[SuggestedMap, ...]
    unused: tuple[str, ...] = field(default=())

    @property
    def question(self) -> str:
        """What is offered, for a person to decide."""
        maps = _listed([f"{_kind(m.kind)} from {m.layer.name}" for m in self.maps])
        has = "holds more than its picture" if self.picture else "holds no picture, but layers"
        return f"{self.name} {has}. Make maps of it: {maps}?"


def suggested(path: str | os.PathLike[str]) -> Suggestion | None:
    """The maps that the layers of a still or sequence suggest; None where there are none. Their
    first pictures are read. Raises MediaError."""
    name = os.fspath(path)
    layers = _for_maps(layers_of(name))
    if not any(layer.role in MAP_KINDS for layer in layers):
        return None
    picture = recorded(name) if any(layer.role is Role.PICTURE for layer in layers) else None
    maps: list[SuggestedMap] = []
    unused: list[str] = []
    for layer in layers:
        kind = MAP_KINDS.get(layer.role)
        if kind is None:
            if layer.role is not Role.PICTURE and not _has_place(layer, layers):
                unused.append(_said(layer))
        elif any(other.kind is kind for other in maps):
            unused.append(f"{layer.name} (a second layer of {layer.role.value})")
        else:
            maps.append(_suggested(name, layer, kind, layers))
    order = [*MAP_KINDS.values()]
    maps.sort(key=lambda entry: order.index(entry.kind))
    return Suggestion(os.path.basename(name), picture, tuple(maps), tuple(_grouped(unused)))


def media_for(path: str | os.PathLike[str], kinds: Collection[type[AnyNode]]) -> Media:
    """A media for nodes of these kinds: of the layer that maps of the one kind are made of, where
    the file has that, else of its picture. Raises MediaError."""
    name = os.fspath(path)
    for layer in _for_maps(layers_of(name)) if len(set(kinds)) == 1 else ():
        if layer.role in MAP_KINDS and MAP_KINDS[layer.role] in kinds:
            return layer_media(name, layer)
    return recorded(name)


def _for_maps(layers: Sequence[Layer]) -> list[Layer]:
    """The layers in their order, but the depth that is taken first: a filtered one is taken for
    depth where there is no other."""
    best = best_depth(layers)
    if best is None:
        return list(layers)
    first = replace(best, role=Role.DEPTH) if best.role is Role.AVERAGED_DEPTH else best
    return [first, *(layer for layer in layers if layer is not best)]


def layer_media(
    path: str | os.PathLike[str], layer: Layer, *, orientation: int | None = None
) -> Media:
    """A media list entry for a layer of a file, which its name names as well. orientation: see
    `open_source`. Its picture is not read: that may mean to unpack all layers. Raises MediaError.
    """
    name = os.fspath(path)
    media = recorded(
        name, layer=layer.layer, part=layer.part, view=layer.view, orientation=orientation,
        whole=False,
    )  # fmt: skip
    is_whole = layer.role is Role.PICTURE
    return media if is_whole else msgspec.structs.replace(media, name=f"{media.name} {layer.name}")


def with_layers(scene: Scene, found: Suggestion, *, picture: bool = True) -> Scene:
    """The document with the media of a suggestion at the end of its list, but for those that it has
    already. picture: whether that of the picture is among them."""
    wanted = [media for entry in found.maps for media in (entry.media, *entry.second.values())]
    if picture and found.picture is not None:
        wanted.insert(0, found.picture)
    return scene.with_media(*(media for media in wanted if number_of(scene, media) is None))


def with_maps(scene: Scene, carrier: str, found: Suggestion) -> tuple[Scene, list[str]]:
    """The document with these maps on a surface or geometry, and what was done, a phrase for each.
    A map of that kind that is there already takes the layer. Raises SceneError."""
    scene = with_layers(scene, found, picture=False)
    done: list[str] = []
    for entry in found.maps:
        on_geometry = isinstance(scene.node(carrier), Geometry)
        if on_geometry and entry.kind is ZDepthMap:
            done.append(f"{entry.layer.name} is for no geometry, which takes heights only")
            continue
        number = number_of(scene, entry.media)
        there = [n for n in scene.children(carrier) if type(n) is entry.kind]
        node = there[0] if there else new_node(scene, entry.kind, parent=carrier, media=number)
        if there and isinstance(node, ZDepthMap):  # which may have been made by an analysis
            scene = with_analysis(scene, node.id, AnalysisType.MEDIA, media=number)
            node = scene.node(node.id)
        second = {name: number_of(scene, media) for name, media in entry.second.items()}
        values = {**entry.values, **second, "media": number}
        node = msgspec.structs.replace(node, **values)
        scene = scene.replace_node(node.id, node) if there else scene.with_node(node)
        scene = with_camera_reach(scene, node.id)
        done.append(f"{entry.layer.name} is {node.id} ({entry.how})")
    return scene, done


def number_of(scene: Scene, media: Media) -> int | None:
    """The number of a media of the same file, layer, view and track, turned alike, if the list has
    one."""
    for number, entry in enumerate(scene.media, 1):
        if _which(entry) == _which(media):
            return number
    return None


def _which(media: Media) -> tuple[object, ...]:
    layer = media.layer, media.part, media.view
    return media.path, layer, media.track or 1, media.orientation


def _suggested(
    path: str, layer: Layer, kind: type[AnyNode], layers: Sequence[Layer]
) -> SuggestedMap:
    media = layer_media(path, layer)
    read = _READ.get(kind)
    values, how = read(media, layer) if read is not None else ({}, layer.role.value)
    second: dict[str, Media] = {}
    for other in layers:
        wanted, name = SECOND_MEDIA.get(other.role, (None, ""))
        if wanted is kind and name not in second:
            second[name] = layer_media(path, other)
            how += f", and {other.name}: {other.role.value}"
    return SuggestedMap(kind, layer, media, values, how, second)


def _has_place(layer: Layer, layers: Sequence[Layer]) -> bool:
    """Whether a layer goes into a map that another one makes."""
    kind = SECOND_MEDIA.get(layer.role, (None, ""))[0]
    first = next((other for other in layers if other.role is layer.role), layer)
    made = (MAP_KINDS.get(other.role) for other in layers)
    return layer is first and kind is not None and kind in made


def _depth(media: Media, layer: Layer) -> tuple[dict[str, Any], str]:
    """What the layer is known or found to be, written into the map."""
    look = look_at(media)
    filtered = layer.depth is not None and layer.depth.filtered
    what = f"{look.what}; {FILTERED}" if filtered else look.what
    return {"analysis": AnalysisType.MEDIA, **look.values}, what


def _normals(media: Media, layer: Layer) -> tuple[dict[str, Any], str]:
    plane = _first(media).planes[0]
    floats = plane.dtype.kind == "f" and np.isfinite(plane).any()
    signed = bool(floats and np.nanmin(plane) < SIGNED)
    values = "-1 to 1" if signed else "0 to 1"
    return {"signed": signed}, f"{values}, X right, Y up, Z out of the surface"


_READ: dict[type[AnyNode], Callable[[Media, Layer], tuple[dict[str, Any], str]]] = {
    ZDepthMap: _depth,
    NormalMap: _normals,
}
"""How the fields of a map are found by looking at its picture; the others have none to find."""


def _first(media: Media) -> Any:
    source = open_media(media)
    try:
        return source.frame(source.info.first)
    finally:
        source.close()


def _said(layer: Layer) -> str:
    if layer.role is Role.OTHER:
        return layer.name
    return f"{layer.name} ({layer.role.value})"


def _grouped(phrases: list[str]) -> list[str]:
    """Cryptomatte comes in several layers, of which one is enough to say so."""
    crypto = [phrase for phrase in phrases if phrase.endswith(f"({Role.CRYPTOMATTE.value})")]
    kept = [phrase for phrase in phrases if phrase not in crypto[1:]]
    if len(crypto) < 2:
        return kept
    more = f"{crypto[0].removesuffix(')')}, {len(crypto)} layers)"
    return [more if phrase == crypto[0] else phrase for phrase in kept]


def _kind(kind: type[AnyNode]) -> str:
    return KIND_NAMES[kind].removesuffix(" Map")


def _listed(phrases: list[str]) -> str:
    *rest, last = phrases
    return f"{', '.join(rest)} and {last}" if rest else last
