"""Media list entries of files: which layer, view and track is meant.

A picture is what its renderer calls so, and depth is what it calls so; never the picture as its own
depth in silence.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from engine.errors import MediaError
from engine.media import open_media, open_source
from engine.media.layers import (
    FILTERED,
    Layer,
    Role,
    convention_of,
    depth_of,
    layers_of,
    picture_of_file,
    views_of,
)
from engine.media.open import is_video
from engine.media.tracks import Track, tracks_of
from engine.scene import Media, new_media

_LAYERED = (".exr", ".sxr")
MOST_NAMED = 12  # layers that a sentence lists


@dataclass(frozen=True, slots=True)
class Which:
    """What of the files of a new document is meant, where a person says it: the layer and the video
    track of the picture and of its depth, and the view of both. None: found."""

    layer: str | None = None
    z_layer: str | None = None
    view: str | None = None
    track: int | None = None
    z_track: int | None = None
    deinterlace: bool = False


UNASKED = Which()


def recorded(
    path: str, *, depth: bool = False, layer: str | None = None, part: str | int | None = None,
    view: str | None = None, track: int | None = None, orientation: int | None = None,
    deinterlace: bool = False, whole: bool = True,
) -> Media:  # fmt: skip
    """A media list entry for a file or sequence: of its picture, of a layer, part, view, track and
    orientation, deinterlaced (see `engine.media.open_source`), or with `depth` of its depth where
    it has such a layer. view: of a file of several, none is that which is taken unasked. whole: the
    first picture is read as well, since a truncated file has a perfect header. Raises MediaError if
    it cannot be read."""
    video = is_video(path)
    if not video:
        view = view or next(iter(views_of(path)), None)
        if layer is None and part is None:
            found = depth_of(path, view) if depth else picture_of_file(path, view)
            if found is not None:
                layer, part = found.layer, found.part
    source = open_source(
        path, layer=layer, part=part, view=view, track=track, orientation=orientation,
        deinterlace=deinterlace,
    )  # fmt: skip
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
    return msgspec.structs.replace(
        media, layer=layer, part=part, view=view, track=track, orientation=orientation,
        deinterlace=deinterlace,
    )  # fmt: skip


def clock_of(media: Media) -> tuple[float | None, str | None]:
    """The rate and the time code of a clip's first frame, as its files have them."""
    if media.last == media.first:
        return None, None
    source = open_media(media)
    try:
        return source.info.header_fps, source.info.timecode
    finally:
        source.close()


def recorded_depth(
    path: str, picture: Media, which: Which = UNASKED,
    tell: Callable[[str], object] = lambda _: None,
) -> Media:  # fmt: skip
    """A media list entry for the depth of a picture. which: what was asked for; without, the depth
    is found by the name of its layer, of the picture's view where the file has that. tell: is
    called with what is to be known of what was taken, a sentence.

    Raises MediaError where the file is the picture's own and nothing in it is known to be depth,
    and where it has layers of which none is; it lists them.
    """
    same = _same_file(path, picture.path)
    layer, view, track = which.z_layer, which.view, which.z_track
    if is_video(path):
        if same and track is None:
            raise MediaError(_which_track(path, picture.track or 1))
        media = recorded(path, layer=layer, view=view, track=track)
    else:
        views = views_of(path)
        if not views and not same and picture.view is not None:
            view = None  # which was asked for of the picture
        elif view is None:
            view = picture.view if picture.view in views else next(iter(views), None)
            if view is not None and picture.view is None and not same:
                name = os.path.basename(path)
                tell(f"{name} has the views {', '.join(views)}: {view} is taken (--view)")
        if layer is None and track is None:
            _check_depth(path, layers_of(path, view), same)
        media = recorded(path, depth=True, layer=layer, view=view, track=track)
        if layer is None:
            _tell_found(media, tell)
    if same and _shown(media) == _shown(picture):
        tell(f"{media.name}: its depth is the picture itself, as it was asked for")
    return media


def choices_left(media: Media) -> str:
    """A sentence on the views or video tracks of a file of which one was taken unasked; empty where
    there is no other. Raises MediaError."""
    if is_video(media.path):
        count = len(tracks_of(media.path))
        if count < 2:
            return ""
        return (
            f"{media.name} has {count} video tracks, and the first is shown: --track chooses"
            " another one, and --z-track that of its depth"
        )
    views = views_of(media.path)
    if not views:
        return ""
    return f"{media.name} has the views {', '.join(views)}: {views[0]} is taken (--view)"


def depth_beside(media: Media, picture: Media | None) -> tuple[Media, str]:
    """What a map takes that was given this media, and a sentence where that is to be known: the
    depth in the same file in place of its picture. picture: what the map is for, if anything.
    Raises MediaError."""
    own = (
        picture is not None
        and _same_file(media.path, picture.path)
        and _shown(media) == _shown(picture)
    )
    warned = f"{media.name} is the picture itself: choose another media for its depth"
    if is_video(media.path):
        return media, warned if own else ""
    if convention_of(media.path, media.layer, media.part, media.view) is not None:
        return media, ""
    shown, found = picture_of_file(media.path, media.view), depth_of(media.path, media.view)
    is_shown = shown is not None and (shown.layer, shown.part) == (media.layer, media.part)
    if found is None or not is_shown:
        return media, warned if own else ""
    name = f"{os.path.basename(media.path)} {found.name}"
    beside = msgspec.structs.replace(
        media, layer=found.layer, part=found.part, view=found.view, name=name
    )
    only = f", which is {FILTERED}" if found.role is Role.AVERAGED_DEPTH else ""
    return beside, f"{media.name}: its depth is {found.name}{only}"


def in_view(media: Media, view: str) -> Media:
    """The same layer of a multi-view file in another view, turned alike. Raises MediaError where it
    has none."""
    path = media.path
    shown = open_source(path, layer=media.layer, part=media.part, view=media.view)
    shown.close()
    now = {layer.name: layer for layer in layers_of(path, media.view)}
    name = next(
        (n for n, layer in now.items() if set(shown.info.channels) <= set(layer.channels)), ""
    )
    layers = layers_of(path, view)
    found = next((layer for layer in layers if layer.name == name), None)
    if found is None:
        listed = ", ".join(layer.name for layer in layers)
        raise MediaError(
            f"{path} has no {name or 'such layer'} in its view {view}: it has {listed}."
        )
    return recorded(
        path, layer=found.layer, part=found.part, view=view, orientation=media.orientation,
        whole=False,
    )  # fmt: skip


def _check_depth(path: str, layers: tuple[Layer, ...], same: bool) -> None:
    """Raise MediaError where the depth of a file is looked for in vain."""
    if any(layer.depth is not None for layer in layers):
        return
    layered = os.path.splitext(path)[1].lower() in _LAYERED
    names = [layer.name for layer in layers]
    one = next((name for layer in layers for name in layer.channels), "R")
    listed = ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")
    if layered and len(layers) > 1:
        raise MediaError(
            f"{path} has no layer that is called as depth is: it has {listed}; name the one that"
            " is meant with --z-layer."
        )
    if same:
        raise MediaError(
            f"{path} is the picture itself and has no depth beside it: it has {listed}; give --z"
            f" another file, or --z-layer {one} if its own numbers are meant."
        )


def _tell_found(media: Media, tell: Callable[[str], object]) -> None:
    """Say which layer was taken for depth, and that it is a filtered one."""
    found = depth_of(media.path, media.view)
    if found is None:
        return
    if found.role is Role.AVERAGED_DEPTH:
        tell(f"{media.name}: there is no depth but {found.name}, which is {FILTERED}")
    elif len(layers_of(media.path, media.view)) > 1:
        of_view = f" of the view {media.view}" if media.view is not None else ""
        tell(f"{media.name}: its depth is {found.name}{of_view}")


def _which_track(path: str, shown: int) -> str:
    """The question which track of a film is its depth. shown: the one that is the picture."""
    tracks = tracks_of(path)
    if len(tracks) < 2:
        return (
            f"{path} is the picture itself and has only one video track: give --z another file, or"
            " --z-track 1 if its own numbers are meant."
        )
    listed = ", ".join(_said(track) for track in tracks)
    others = [track for track in tracks if track.number != shown]
    other = next((track for track in others if track.is_depth), others[0])
    return (
        f"{path} is the picture itself: its video tracks are {listed}; say which one is its depth,"
        f" such as --z-track {other.number}."
    )


def _said(track: Track) -> str:
    about = f"{track.size[0]} x {track.size[1]}" + (f", {track.title}" if track.title else "")
    return f"{track.number} ({about})"


def _shown(media: Media) -> tuple[object, ...]:
    return media.layer, media.part, media.view, media.track or 1


def _same_file(one: str, other: str) -> bool:
    """Whether two media are of the same file or sequence."""
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):  # a sequence's pattern is no file
        return os.path.abspath(one) == os.path.abspath(other)
