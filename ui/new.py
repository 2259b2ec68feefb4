"""The documents that `rilievo new` makes: right at once, and meant to be edited."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

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
from ui.depth_media import look_at
from ui.depth_reach import with_camera_reach


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
    depth_range: DepthRange | None,
    *,
    three_d: bool,
    tell: Callable[[str], object] = lambda _: None,
) -> Scene:
    """A picture on a surface, a camera that frames it, and its depth.

    three_d: the surface is extruded, with a key light and some light from everywhere; otherwise the
    depth only decides what hides what. depth_range: what the numbers of `z_media` are; None and
    Auto: what they are found to be, which is written into the map. tell: is called with each thing
    that was found, a sentence. Raises MediaError, SceneError.
    """
    picture = recorded(media)
    look = None
    if z_media is not None:
        look = look_at(recorded(z_media, depth=True), picture=picture, asked=depth_range)
    scene = new_scene(picture, z_media=look and look.media, analysis=analysis)
    for node in scene.nodes:
        if not isinstance(node, ZDepthMap):
            continue
        if node.analysis is AnalysisType.MEDIA and look is not None:
            scene = with_camera_reach(scene.with_values(node.id, **look.values), node.id)
            for sentence in look.sentences:
                tell(sentence)
        scene = scene.with_values(node.id, three_d=three_d)
    return with_first_light(scene) if three_d else scene
