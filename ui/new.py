"""The documents that `rilievo new` makes: right at once, and meant to be edited."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from engine.media import find_depth_layer, open_source
from engine.scene import (
    AnalysisType,
    DepthRange,
    Media,
    Scene,
    ZDepthMap,
    new_media,
    new_scene,
    with_first_light,
)
from passes.auto_range import map_values


def recorded(
    path: str, *, depth: bool = False, layer: str | None = None, part: str | int | None = None,
    whole: bool = True,
) -> Media:  # fmt: skip
    """A media list entry for a file or sequence: of its picture, of a layer and part (see
    `engine.media.open_source`), or with `depth` of its depth where it has such a layer beside
    others. whole: the first picture is read as well, since a truncated file has a perfect header.
    Raises MediaError if it cannot be read."""
    layer = find_depth_layer(path) if depth else layer
    source = open_source(path, layer=layer, part=part)
    try:
        info = source.info
        if whole:
            source.frame(info.first)
    finally:
        source.close()
    media = new_media(
        info.path,
        info.size,
        kind=info.kind,
        first=info.first,
        last=info.last,
        fps=info.fps,
        pixel_aspect=info.pixel_aspect,
        name=info.name,
    )
    return msgspec.structs.replace(media, layer=layer, part=part)


def new_document(
    media: str,
    z_media: str | None,
    analysis: AnalysisType | None,
    depth_range: DepthRange,
    *,
    three_d: bool,
) -> Scene:
    """A picture on a surface, a camera that frames it, and its depth.

    three_d: the surface is extruded, with a key light and some light from everywhere; otherwise the
    depth only decides what hides what. Raises MediaError, SceneError.
    """
    scene = new_scene(
        recorded(media),
        z_media=recorded(z_media, depth=True) if z_media is not None else None,
        analysis=analysis,
    )
    for node in scene.nodes:
        if not isinstance(node, ZDepthMap):
            continue
        if node.analysis is AnalysisType.MEDIA:
            scene = scene.with_values(node.id, depth_range=depth_range)
            if depth_range is DepthRange.ABSOLUTE:
                scene = scene.with_values(node.id, **_reach(scene))
        scene = scene.with_values(node.id, three_d=three_d)
    return with_first_light(scene) if three_d else scene


def reach(
    values: npt.NDArray[np.floating[Any]], near: float, far: float, scale: float = 1.0
) -> dict[str, float]:
    """Near and far for distances that leave a camera's, since what lies beyond far is cut there:
    the fields of a map, or none where the camera's own will do. values: of its first picture,
    times scale in scene units; with room to spare."""
    found = values[np.isfinite(values) & (values > 0)] * scale
    if not found.size or float(found.max()) < far:
        return {}
    return {"near": min(near, 0.5 * float(found.min())), "far": 1.25 * float(found.max())}


def _reach(scene: Scene) -> dict[str, float]:
    """The same for the first map of a document."""
    found = scene.evaluate(scene.first).surfaces[0].z_map
    assert found is not None
    media = scene.media[found.media.index]
    source = open_source(media.path, layer=media.layer)
    try:
        values = map_values(source.frame(source.info.first))
    finally:
        source.close()
    return reach(values, found.source.near, found.source.far, found.depth_scale)
