"""Maps that give a surface other data than depth and normals: albedo, position, UV, motion."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from engine.scene import (
    NO_MAPS,
    DataMaps,
    EvaluatedFrame,
    EvaluatedGeometry,
    EvaluatedSurface,
    MediaFrame,
)
from passes.draw import NOTHING, Flag
from passes.media_textures import Use

Drawn = TypeVar("Drawn", EvaluatedSurface, EvaluatedGeometry)
Picture = tuple[MediaFrame, Use]


@dataclass(frozen=True, slots=True)
class MapPictures:
    """The pictures of an item's maps."""

    diffuse: Picture | None = None
    position: Picture | None = None
    uv: Picture | None = None
    forward: Picture | None = None
    backward: Picture | None = None

    @property
    def all(self) -> tuple[Picture | None, ...]:
        return self.diffuse, self.position, self.uv, self.forward, self.backward


def pictures_of(maps: DataMaps) -> MapPictures:
    """What the maps of a surface or geometry are read from."""

    def numbers(media: MediaFrame | None) -> Picture | None:
        return None if media is None else (media, Use.VALUES)

    motion = maps.motion
    return MapPictures(
        diffuse=None if maps.diffuse is None else (maps.diffuse, Use.COLOUR),
        position=numbers(maps.position),
        uv=numbers(maps.uv),
        forward=numbers(None if motion is None else motion.forward),
        backward=numbers(None if motion is None else motion.backward),
    )


def is_lit(frame: EvaluatedFrame) -> bool:
    """Whether there is light in a frame; without it all is shown as it is."""
    return bool(frame.lights) or any(frame.ambient)


def structure_of(item: EvaluatedSurface | EvaluatedGeometry, frame: EvaluatedFrame) -> Any:
    """What decides which textures an item reads for its maps: media indices, and whether light
    meets it."""
    if item.maps is NO_MAPS:
        return None
    indices = tuple(None if p is None else p[0].index for p in pictures_of(item.maps).all)
    return indices, item.shading.lit and is_lit(frame)


def flags_of(maps: DataMaps) -> Flag:
    """What an item has of them."""
    flags = NOTHING
    if maps is NO_MAPS:
        return flags
    for there, flag in (
        (maps.diffuse, Flag.DIFFUSE_MAP),
        (maps.position, Flag.POSITION_MAP),
        (maps.uv, Flag.UV_MAP),
        (maps.uv_down, Flag.UV_DOWN),
        (maps.motion, Flag.FORWARD_MAP),
        (maps.motion and maps.motion.backward, Flag.BACKWARD_MAP),
    ):
        if there:
            flags |= flag
    return flags


def needed(frame: EvaluatedFrame, outputs: Collection[str]) -> EvaluatedFrame:
    """The frame without the maps that none of these outputs shows: nothing is loaded for them."""
    drawn = (*frame.surfaces, *frame.geometries)
    if all(item.maps is NO_MAPS for item in drawn):
        return frame
    lit = is_lit(frame)

    def kept(item: Drawn) -> Drawn:
        maps = item.maps
        if maps is NO_MAPS:
            return item
        albedo = "albedo" in outputs or ("beauty" in outputs and lit and item.shading.lit)
        motion = maps.motion
        if motion is not None and "backward" not in outputs:
            motion = replace(motion, backward=None)
        return replace(
            item,
            maps=DataMaps(
                diffuse=maps.diffuse if albedo else None,
                position=maps.position if "position" in outputs else None,
                uv=maps.uv if "uv" in outputs else None,
                uv_down=maps.uv_down and "uv" in outputs,
                motion=motion if {"forward", "backward"} & {*outputs} else None,
            ),
        )

    return replace(
        frame,
        surfaces=tuple(kept(surface) for surface in frame.surfaces),
        geometries=tuple(kept(geometry) for geometry in frame.geometries),
    )
