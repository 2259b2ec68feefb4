"""How near and how far the depth of a media goes: in the first, the last and eight pictures
between, so that near and far suit the whole shot."""

from __future__ import annotations

import math
import warnings
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from engine.media import Picture, open_media
from engine.media.colour_maps import without_colours
from engine.scene import Camera, Media, Missing, Scene, ZDepthMap
from engine.scene.lenses import FAR_SHARE, NEAR_SHARE, framing_distance
from engine.scene.nothing import Nothing, NothingSeen
from passes.auto_range import map_values, sample_bits

Floats = npt.NDArray[np.floating[Any]]

BETWEEN = 8  # pictures that are looked at beside the first and the last
_KEPT = 1 << 20  # values of a picture that near and far are found by
_NEARER, _FARTHER = 0.5, 1.25  # room before the nearest and behind the farthest depth


class Reach(NamedTuple):
    """The nearest and the farthest depth, in scene units."""

    near: float
    far: float


@dataclass(frozen=True, slots=True)
class Look:
    """A picture as a depth map. channels: that are read, by the names in the file. colour_map: by
    which it shows its numbers."""

    picture: Picture
    channels: tuple[str, ...]
    colour_map: str | None = None

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """(h, w), integers as shares of their largest code; NaN where there is none. Made anew."""
        return map_values(self._numbers)

    @property
    def bits(self) -> int:
        """Of integer samples; 0: floats."""
        return sample_bits(self._numbers)

    @property
    def _numbers(self) -> Picture:
        name = self.colour_map
        return self.picture if name is None else without_colours(self.picture, name)


def sampled(media: Media) -> Generator[Look, None, None]:
    """The first, the last and eight pictures between of a media; of a still the one. Frames that
    have no file are left out. Raises MediaError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said when the picture itself is shown
        source = open_media(msgspec.structs.replace(media, missing=Missing.NEAREST))
        try:
            seen: set[int] = set()
            first, last = source.info.first, source.info.last
            for at in np.linspace(first, last, BETWEEN + 2):
                picture = source.frame(round(float(at)))
                if picture.frame not in seen:
                    seen.add(picture.frame)
                    yield Look(picture, source.info.channels)
        finally:
            source.close()


def surveyed(values: Iterable[Floats]) -> tuple[Nothing, list[Floats]]:
    """What means nothing in all of several pictures, and of each at most a million values."""
    seen, kept = NothingSeen(), []
    for found in values:
        seen.look(found)
        stride = math.ceil(math.sqrt(found.size / _KEPT))
        kept.append(found[::stride, ::stride].astype(np.float32))
    return seen.found(), kept


def reach_of(values: Iterable[Floats]) -> Reach | None:
    """The nearest and the farthest of distances above 0 in several pictures; None where there are
    none."""
    near, far = np.inf, -np.inf
    for found in values:
        real = found[np.isfinite(found) & (found > 0)]
        if real.size:
            near, far = min(near, float(real.min())), max(far, float(real.max()))
    return Reach(near, far) if near <= far else None


def own_ends() -> Reach:
    """Near and far of a surface's own camera, which a new map has where it says nothing else."""
    distance = framing_distance()
    return Reach(NEAR_SHARE * distance, FAR_SHARE * distance)


def ends_for(reach: Reach, own: Reach | None = None) -> dict[str, float]:
    """Near and far for distances that leave a camera's, since what lies beyond far is cut there:
    the fields of a map, with room to spare; none where the camera's own will do."""
    own = own or own_ends()
    if own.near <= reach.near and reach.far < own.far:
        return {}
    return {
        "near": min(own.near, _NEARER * reach.near),
        "far": max(own.far, _FARTHER * reach.far),
    }


def with_camera_reach(scene: Scene, name: str) -> Scene:
    """The document whose camera's near and far take in those of a map, where they are plain
    numbers: empty pixels hold the camera's far, which must not lie before what is seen."""
    node = scene.node(name)
    camera = None if scene.camera is None else scene.node(scene.camera)
    if not isinstance(node, ZDepthMap) or not isinstance(camera, Camera):
        return scene
    if node.near is None and node.far is None:  # it has a camera's
        return scene
    if not isinstance(camera.near, int | float) or not isinstance(camera.far, int | float):
        return scene
    seen = _seen(scene, name)
    if seen is None:
        return scene
    near = min(camera.near, seen.near) if seen.near > 0 else camera.near
    return scene.with_values(camera.id, near=near, far=max(camera.far, seen.far))


def _seen(scene: Scene, name: str) -> Reach | None:
    """How far from the document's camera the near and the far of a surface's map lie."""
    frame = scene.evaluate(scene.first)
    for surface in frame.surfaces:
        if surface.z_map is None or surface.z_map.id != name:
            continue
        source = surface.z_map.source
        x, y = source.tan_half
        corners = [
            (sx * x * depth, sy * y * depth, -depth, 1.0)
            for depth in (source.near, source.far)
            for sx in (-1, 1)
            for sy in (-1, 1)
        ]
        world = surface.world @ source.world @ np.array(corners).T
        depths = -(np.linalg.inv(frame.camera.world) @ world)[2]
        # The places of the corners end in noise, which a document need not keep.
        return Reach(*(float(f"{end:.9g}") for end in (depths.min(), depths.max())))
    return None
