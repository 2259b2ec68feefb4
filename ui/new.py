"""The documents that `rilievo new` makes: right at once, and meant to be edited."""

from __future__ import annotations

from collections.abc import Callable

from engine.errors import MediaError
from engine.media.film_damage import damage_of
from engine.media.layers import views_of
from engine.media.open import is_video
from engine.scene import (
    AnalysisType,
    DepthRange,
    Media,
    MediaKind,
    Scene,
    ZDepthMap,
    new_scene,
    with_first_light,
)
from ui.depth_media import look_at
from ui.depth_reach import with_camera_reach
from ui.recorded import UNASKED, Which, choices_left, clock_of, recorded, recorded_depth


def new_document(
    media: str,
    z_media: str | None,
    analysis: AnalysisType | None,
    depth_range: DepthRange | None,
    *,
    three_d: bool,
    which: Which = UNASKED,
    tell: Callable[[str], object] = lambda _: None,
) -> Scene:
    """A picture on a surface, a camera that frames it, and its depth.

    three_d: the surface is extruded, with a key light and some light from everywhere; otherwise the
    depth only decides what hides what. depth_range: what the numbers of `z_media` are; None and
    Auto: what they are found to be, which is written into the map. which: the layers, view and
    tracks that are meant. tell: is called with each thing that was found, a sentence. Raises
    MediaError, SceneError.
    """
    # Of a mono picture a view is that of its depth.
    of_depth = z_media is not None and not is_video(media) and not views_of(media)
    picture = recorded(
        media,
        layer=which.layer,
        view=None if of_depth else which.view,
        track=which.track,
        deinterlace=which.deinterlace,
    )
    if which.deinterlace and picture.kind is not MediaKind.VIDEO:
        raise MediaError(f"{picture.name} is no film and has no fields: leave out --deinterlace")
    if which.view is None and which.track is None and (left := choices_left(picture)):
        tell(left)
    _tell_damage(picture, tell)
    look = None
    if z_media is not None:
        depth = recorded_depth(z_media, picture, which, tell)
        _tell_damage(depth, tell)
        look = look_at(depth, picture=picture, asked=depth_range)
    fps, timecode = clock_of(picture)
    scene = new_scene(
        picture, z_media=look and look.media, analysis=analysis, fps=fps, timecode=timecode
    )
    for node in scene.nodes:
        if not isinstance(node, ZDepthMap):
            continue
        if node.analysis is AnalysisType.MEDIA and look is not None:
            scene = with_camera_reach(scene.with_values(node.id, **look.values), node.id)
            for sentence in look.sentences:
                tell(sentence)
        scene = scene.with_values(node.id, three_d=three_d)
    return with_first_light(scene) if three_d else scene


def _tell_damage(media: Media, tell: Callable[[str], object]) -> None:
    """Look through a film's packets for a short time; what damage decoding finds is said then."""
    if media.kind is MediaKind.VIDEO:
        for sentence in damage_of(media.path, media.track or 1):
            tell(sentence)
