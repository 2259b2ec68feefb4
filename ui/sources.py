"""The media of a document, each opened once for all who read it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import msgspec

from engine.media import Picture, Source, SourceInfo, open_media
from engine.scene import Media, Missing, Scene
from ui.job import frame_list


class OpenMedia:
    """Opens the media of a scene when first asked for: the `sources` of both `passes.Renderer` and
    `models.Analyses`, so that a video is decoded once. Closed by whoever made it, after them."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._open: dict[Media, _Watched] = {}
        self.warnings: list[str] = []
        """What was said about the files that were read, each said once."""

    def __enter__(self) -> OpenMedia:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __call__(self, index: int) -> Source:
        """The open media of an index into the scene's list (from 0). Raises MediaError."""
        media = self._scene.media[index]
        if media not in self._open:
            with _noted(self.warnings):
                source = open_media(media)
            self._open[media] = _Watched(source, self.warnings)
        return self._open[media]

    def missing(self) -> list[str]:
        """For each media that was asked for frames it does not have, one line that lists them and
        says what stood in: "plate.####.png has no frames 1002-1003 (1001 stood in)"."""
        return [
            f"{media.path} has no frame{'' if len(source.missing) == 1 else 's'} "
            + ", ".join(_stood_in(media.missing, source))
            for media, source in self._open.items()
            if source.missing
        ]

    def with_sound(self) -> list[str]:
        """Names of the opened media that have sound."""
        return [media.name for media, source in self._open.items() if source.info.sound]

    def close(self) -> None:
        """Close them all."""
        for source in self._open.values():
            source.close()
        self._open.clear()


class _Watched(Source):
    """A source, what it warns of, and which frame it answers in place of another."""

    def __init__(self, source: Source, warned: list[str]) -> None:
        self._source = source
        self._warned = warned
        self.answered: dict[int, int] = {}

    @property
    def info(self) -> SourceInfo:
        return self._source.info

    @property
    def missing(self) -> list[int]:
        """Frames that were asked for and are not there, sorted; a still has every frame."""
        return getattr(self._source, "missing_frames", [])

    def frame(self, t: int) -> Picture:
        with _noted(self._warned):
            picture = self._source.frame(t)
        if picture.frame != t:
            self.answered[t] = picture.frame
        return picture

    def close(self) -> None:
        self._source.close()


def _stood_in(policy: Missing, source: _Watched) -> Iterator[str]:
    groups: dict[str, list[int]] = {}
    for frame in source.missing:
        if policy is Missing.ERROR:
            what = "nothing"
        elif policy is Missing.BLACK:
            what = "black"
        else:
            what = str(source.answered.get(frame, "nothing"))
        groups.setdefault(what, []).append(frame)
    for what, frames in groups.items():
        yield f"{frame_list(frames)} ({what} stood in)"


def with_missing(scene: Scene, policy: Missing) -> Scene:
    """The document with one policy for the missing frames of all its media."""
    for number, media in enumerate(scene.media, 1):
        scene = scene.replace_media(number, msgspec.structs.replace(media, missing=policy))
    return scene


@contextmanager
def _noted(texts: list[str]) -> Iterator[None]:
    """Add what is warned of to a list, each text once, rather than print it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for entry in caught:
        text = str(entry.message)
        if text not in texts:
            texts.append(text)
