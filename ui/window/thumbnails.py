"""Small pictures of the media, made beside the drawing and kept as textures for imgui."""

from __future__ import annotations

import os
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui

from engine.errors import MediaError
from engine.gpu import Gpu
from engine.media import open_media
from engine.media.thumbnail import thumbnail
from engine.scene import Media, MediaKind, Missing
from models import step_back
from ui.window.overlay import Backend

LONGEST = 128  # pixels
AGAIN = 2.0  # seconds after which a media that is seen is looked at again
INTO_CLIP = 12  # frames: clips begin black

Pixels = npt.NDArray[np.uint8]


@dataclass(slots=True)
class Thumbnail:
    """texture: None where there is none yet, or none can be had. size: (width, height) of it.
    problem: why the media cannot be read, one sentence, or empty. known: whether it was looked
    at."""

    texture: imgui.ImTextureRef | None = None
    size: tuple[int, int] = (1, 1)
    problem: str = ""
    known: bool = False
    _held: Any = field(default=None, repr=False)
    _stamp: Any = field(default=None, repr=False)
    _looked: float = field(default=0.0, repr=False)
    _busy: bool = field(default=False, repr=False)


class Thumbnails:
    """wake: called from another thread when there is a new one."""

    def __init__(self, gpu: Gpu, backend: Backend, wake: Callable[[], None]) -> None:
        self._gpu, self._backend, self._wake = gpu, backend, wake
        self._pool = ThreadPoolExecutor(1, "thumbnails", initializer=step_back)
        self._known: dict[Media, Thumbnail] = {}
        self._came: deque[tuple[Media, Any, Pixels | None, str]] = deque()
        self._wanted: dict[str, set[Media]] = {}
        self._closing = False

    def of(self, media: Media) -> Thumbnail:
        """That of a media, which may still be empty; asks for it, and again once in a while, since
        files come and go. An address has none."""
        if "://" in media.path:
            return Thumbnail(known=True)
        found = self._known.setdefault(media, Thumbnail())
        if not found._busy and time.monotonic() - found._looked > AGAIN:
            found._busy = True
            self._pool.submit(self._look, media, found._stamp if found.known else None)
        return found

    def collect(self, media: Iterable[Media], owner: str = "list") -> None:
        """Take what has come, and let go of all but these media and those that others show. To be
        called in each frame that shows them. owner: tells those apart who show media."""
        while self._came:
            entry, stamp, pixels, problem = self._came.popleft()
            found = self._known.get(entry)
            if found is None:
                continue
            found._busy, found._looked = False, time.monotonic()
            if found.known and stamp == found._stamp:
                continue
            found.known, found._stamp, found.problem = True, stamp, problem
            self._release(found)
            if pixels is not None:
                self._upload(found, pixels)
        self._wanted[owner] = set(media)
        wanted = set[Media]().union(*self._wanted.values())
        for entry in [entry for entry in self._known if entry not in wanted]:
            self._release(self._known.pop(entry))

    def close(self) -> None:
        """Stop looking, and free all."""
        self._closing = True
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._came.clear()
        for found in self._known.values():
            self._release(found)
        self._known.clear()

    # -- in the other thread --

    def _look(self, media: Media, before: Any) -> None:
        if self._closing or media not in self._known:
            return
        stamp = _stamp(media.path)
        pixels, problem = None, ""
        if before is None or stamp != before:
            try:
                pixels = _made(media)
            except MediaError as error:
                problem = str(error)
        self._came.append((media, stamp, pixels, problem))
        if stamp != before:
            self._wake()

    # -- in the drawing thread --

    def _upload(self, found: Thumbnail, pixels: Pixels) -> None:
        height, width = pixels.shape[:2]
        rgba = np.dstack([pixels, np.full((height, width), 255, np.uint8)])
        texture = self._gpu.device.create_texture(
            label="thumbnail", size=(width, height, 1), format="rgba8unorm",
            usage="COPY_DST | TEXTURE_BINDING",
        )  # fmt: skip
        self._gpu.queue.write_texture(
            {"texture": texture}, np.ascontiguousarray(rgba),
            {"bytes_per_row": 4 * width, "rows_per_image": height}, (width, height, 1),
        )  # fmt: skip
        found._held, found.size = texture, (width, height)
        found.texture = self._backend.register_texture(texture.create_view())

    def _release(self, found: Thumbnail) -> None:
        if found.texture is not None:
            self._backend.unregister_texture(found.texture)
            self._gpu.drop(found._held)
        found.texture = found._held = None


def _made(media: Media) -> Pixels:
    """A media's small picture. Raises MediaError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said when the picture itself is shown
        source = open_media(msgspec.structs.replace(media, missing=Missing.NEAREST))
        try:
            first, last = source.info.first, source.info.last
            into = INTO_CLIP if media.kind is MediaKind.VIDEO else 0
            return thumbnail(source.frame(min(first + into, last)), LONGEST)
        finally:
            source.close()


def _stamp(path: str) -> tuple[int, int, bool]:
    """Changes when the files of a media do: of a sequence those of its folder count."""
    is_file = os.path.exists(path)
    try:
        found = os.stat(path if is_file else os.path.dirname(path) or ".")
    except (OSError, ValueError):
        return 0, 0, False
    return found.st_mtime_ns, found.st_size, is_file
