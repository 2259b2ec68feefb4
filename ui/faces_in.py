"""Whether a picture or clip has a face at all, for those who are about to have it analysed."""

from __future__ import annotations

import warnings

from engine.errors import AnalysisError, MediaError
from engine.media import open_media, to_display_rgb8
from engine.scene import AnalysisType, Media

LOOKED_AT = 5
"""Frames of a clip, from its first to its last."""


def told(media: Media, analysis: AnalysisType) -> str:
    """A sentence where a Face analysis of this media will find nothing, with what to do; empty
    where it finds a face, or is not asked for."""
    if not analysis.finds_faces:
        return ""
    try:
        found, count = _found(media)
    except (AnalysisError, MediaError) as error:
        return f"whether {media.name} shows a face is not known: {error}"
    if found:
        return ""
    where = media.name if count == 1 else f"{count} frames of {media.name}"
    if analysis is AnalysisType.FACE_GLOBAL:
        return f"no face was found in {where}: the depth of the whole picture stands alone"
    return (
        f"no face was found in {where}, so the surface stays flat: --analysis global makes depth"
        " of the whole picture"
    )


def _found(media: Media) -> tuple[bool, int]:
    """Whether there is a face, and how many frames were looked at for it."""
    from models.face import FaceAnalysis  # the networks take a second to load

    faces = FaceAnalysis()
    last = media.last - media.first
    frames = {media.first + last * step // (LOOKED_AT - 1) for step in range(LOOKED_AT)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whoever draws the media is told the same
        source = open_media(media)
        try:
            for frame in sorted(frames):
                rgb = to_display_rgb8(source.frame(frame))
                if faces.analyse(rgb, media.pixel_aspect, detail=0).faces:
                    return True, len(frames)
        finally:
            source.close()
    return False, len(frames)
