"""What of a map of distances does not come to be seen: what lies beyond its far, where it is cut,
and camera space, whose depth is below 0."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from dataclasses import replace

import numpy as np

from engine.scene import AnalysisType, EvaluatedFrame, EvaluatedZMap
from engine.scene.nothing import look_for_nothing
from passes.auto_range import map_values
from passes.media_textures import FAR_AWAY, MediaTexture

_LOOKED_AT = 1 << 16  # values of a picture
_SHARE = 0.001  # of them from which on it is said
_ROOM = 1e-3  # share of far by which rounding may pass it


class DepthExtents:
    """Looks at the maps of each frame, and says of each map once what does not come to be seen."""

    def __init__(self) -> None:
        self._said: dict[tuple[object, ...], str] = {}
        self._seen: dict[str, tuple[object, ...]] = {}

    def messages(
        self, frame: EvaluatedFrame, maps: Mapping[str, MediaTexture | None], told: Container[str]
    ) -> list[str]:
        """Sentences about the maps of a frame; those of a map stay what they were. maps: surface or
        geometry → the texture of its map. told: maps of which it was said already."""
        found = []
        for drawn in (*frame.surfaces, *frame.geometries):
            z_map, texture = drawn.z_map, maps.get(drawn.id)
            if z_map is None or texture is None or not _is_distances(z_map):
                continue
            if z_map.id in told:
                continue
            about = (z_map.id, z_map.media.index, z_map.range, z_map.source.far, *_levels(z_map))
            made_from = (*about, texture.version)
            if about not in self._said and self._seen.get(z_map.id) != made_from:
                self._seen[z_map.id] = made_from
                text = _camera_space(z_map, texture) or _beyond(z_map, texture, frame.frame)
                if text:
                    self._said[about] = text
            if about in self._said:
                found.append(self._said[about])
        return found


def _is_distances(z_map: EvaluatedZMap) -> bool:
    return (
        z_map.analysis is AnalysisType.MEDIA
        and z_map.range.is_distance
        and z_map.gamma == 1.0
        and not z_map.invert
    )


def _levels(z_map: EvaluatedZMap) -> tuple[float, float, float]:
    return z_map.black, z_map.white, z_map.depth_scale


def _distance(z_map: EvaluatedZMap, value: float) -> float:
    """What a value of a map stands for, in scene units."""
    span = z_map.white - z_map.black or 1e-9
    return (value - z_map.black) / span * z_map.depth_scale


def _camera_space(z_map: EvaluatedZMap, texture: MediaTexture) -> str:
    ends = [value for value in texture.limits if abs(value) < FAR_AWAY]
    if not ends or max(ends) > 0 or z_map.white <= z_map.black or FAR_AWAY in texture.limits:
        return ""
    found = (
        f"{z_map.id}: its map has no value above 0 ({min(ends):.4g} to {max(ends):.4g}), so Depth"
        f" Range {z_map.range.value.title()} finds no distance in it"
    )
    if min(ends) < 0:
        return f"{found}: it is camera space; set White to -1, which turns it round, or choose Auto"
    return f"{found} and the surface stays flat: choose another media or Depth Range"


def _beyond(z_map: EvaluatedZMap, texture: MediaTexture, frame: int) -> str:
    far, picture = z_map.source.far * (1 + _ROOM), texture.picture
    ends = [value for value in texture.limits if abs(value) < FAR_AWAY]
    if picture is None or all(_distance(z_map, value) <= far for value in ends):
        return ""
    plane = picture.planes[0]  # all that `map_values` reads
    stride = math.ceil(math.sqrt(plane.shape[0] * plane.shape[1] / _LOOKED_AT))
    thin = map_values(replace(picture, planes=(plane[::stride, ::stride],)))
    real = thin[look_for_nothing(thin).real(thin, distances=True)]
    distances = np.array([_distance(z_map, 0.0), _distance(z_map, 1.0)])
    reached = distances[0] + real * (distances[1] - distances[0])
    if not reached.size or float(np.mean(reached > far)) <= _SHARE:
        return ""
    return (
        f"{z_map.id}: at frame {frame} its map goes to {reached.max():.4g}, beyond its far of"
        f" {z_map.source.far:.4g}, where it is cut: give the map a larger Far"
    )
