"""What else a media's file holds: layers, views and video tracks, and the media of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from engine.errors import MediaError
from engine.media.layers import Layer, layers_of, views_of
from engine.media.open import is_video
from engine.media.tracks import Track, tracks_of
from engine.scene import Media
from ui.layer_maps import layer_media
from ui.recorded import in_view, recorded


@dataclass(frozen=True, slots=True)
class Choice:
    """One of what a file holds. title: for a menu. about: a few words on it, or ''. is_now: whether
    the media is of it. make: the media of it; it may read, and raises MediaError."""

    title: str
    about: str
    is_now: bool
    make: Callable[[], Media]


@dataclass(frozen=True, slots=True)
class Parts:
    """What can be chosen in a media's file, each empty where there is no choice."""

    layers: tuple[Choice, ...] = ()
    views: tuple[Choice, ...] = ()
    tracks: tuple[Choice, ...] = ()

    @property
    def menus(self) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
        """The kinds of choices that there are, by the names of the document's fields."""
        every = ("Layer", self.layers), ("View", self.views), ("Track", self.tracks)
        return tuple((title, choices) for title, choices in every if choices)


def parts_of_media(media: Media) -> Parts:
    """What its file holds, by its header; nothing where that cannot be read."""
    try:
        if is_video(media.path):
            tracks = tracks_of(media.path)
            return Parts(tracks=_several(tuple(_track(media, track) for track in tracks)))
        layers = layers_of(media.path, media.view)
        views = views_of(media.path)
    except MediaError:
        return Parts()
    return Parts(
        _several(tuple(_layer(media, layer) for layer in layers)),
        _several(tuple(_view(media, view, views[0]) for view in views)),
    )


def _several(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    return choices if len(choices) > 1 else ()


def _layer(media: Media, layer: Layer) -> Choice:
    asked = (layer.layer, layer.part) == (media.layer, media.part)
    now = asked or (media.layer is not None and media.layer in layer.channels)

    def make() -> Media:
        return layer_media(media.path, layer, orientation=media.orientation)

    return Choice(layer.name, layer.role.value, now, make)


def _view(media: Media, view: str, first: str) -> Choice:
    about = "taken unasked" if view == first else ""
    return Choice(view, about, media.view == view, lambda: in_view(media, view))


def _track(media: Media, track: Track) -> Choice:
    now = (media.track or 1) == track.number
    size = f"{track.size[0]} x {track.size[1]}"
    title = f"{track.number}  {track.title}".strip()
    return Choice(title, size, now, lambda: _of_track(media, track))


def _of_track(media: Media, track: Track) -> Media:
    """A media of one track of a film, which its name names as well."""
    found = recorded(media.path, track=track.number, orientation=media.orientation, whole=False)
    if track.number == 1:
        return found
    return msgspec.structs.replace(found, name=f"{Path(media.path).name} track {track.number}")
