"""What a live source is opened from, and how: with little delay, and never for ever."""

from __future__ import annotations

import errno
import os
import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.error import ExitError, FFmpegError, InvalidDataError, ProtocolNotFoundError

from engine.errors import MediaError
from engine.media.containers import check_codec, moving_pictures, open_film
from engine.media.devices import (
    CAMERA_FORMATS,
    SCREEN_FORMATS,
    Device,
    cameras,
    find_device,
    screens,
)
from engine.media.tags import check_whole
from engine.regular import what_it_is

OPEN_SECONDS = 3.0
"""How long a stream may take to answer before it is tried again."""
READ_SECONDS = 2.0
"""How long a stream may send nothing before it is opened again."""


class LiveKind(StrEnum):
    CAMERA = "camera"
    SCREEN = "screen"
    STREAM = "stream"
    FILE = "file"  # played in real time, as if it were a camera
    PATTERN = "pattern"  # made by FFmpeg's own filters (lavfi), for tests


class HopelessError(MediaError):
    """Trying again would not help."""


@dataclass(frozen=True, slots=True)
class LiveInput:
    """kind and address: see `live_input`. size (width, height) and fps: what is asked of a camera
    or screen; None leaves the choice to it. loop: whether a file begins again at its end."""

    kind: LiveKind
    address: str
    size: tuple[int, int] | None = None
    fps: float | None = None
    loop: bool = False

    @property
    def name(self) -> str:
        """What messages call it."""
        if self.kind is LiveKind.FILE:
            return os.path.basename(self.address)
        if self.kind in (LiveKind.CAMERA, LiveKind.SCREEN):
            return f"{self.kind.value} {self.address}"
        return self.address

    @property
    def text(self) -> str:
        """What `live_input` makes it from: a path or an address, as a document's media has it."""
        named = {LiveKind.CAMERA: "camera", LiveKind.SCREEN: "screen", LiveKind.PATTERN: "lavfi"}
        word = named.get(self.kind)
        return self.address if word is None else f"{word}://{self.address}"


def live_input(
    text: str,
    *,
    size: tuple[int, int] | None = None,
    fps: float | None = None,
    loop: bool = False,
) -> LiveInput:
    """What `--source` means: `0` or `camera:0` or `camera:NAME`; `screen` or `screen:1`; an address
    with `://`; `lavfi:testsrc2` (pictures that FFmpeg makes); otherwise a video file. `camera://0`
    is `camera:0`, and so on: so documents name them.

    Raises MediaError for an empty text or a rate that is none.
    """
    text = text.strip()
    if fps is not None and not 0 < fps <= 1000:
        raise MediaError(f"{fps:g} frames per second is no rate: give one above 0, up to 1000.")
    word, colon, rest = text.partition(":")
    word, rest = word.lower(), rest.removeprefix("//")
    if not text:
        raise MediaError("no source is given: write a camera's number, a file or an address.")
    if text.isdigit():
        return LiveInput(LiveKind.CAMERA, text, size, fps)
    if word == "camera":
        return LiveInput(LiveKind.CAMERA, rest or "0", size, fps)
    if word == "screen":
        return LiveInput(LiveKind.SCREEN, rest or "0", size, fps)
    if word == "lavfi" and colon:
        return LiveInput(LiveKind.PATTERN, rest, size, fps)
    if "://" in text and word != "file":
        return LiveInput(LiveKind.STREAM, text, size, fps)
    path = text.removeprefix("file://")
    return LiveInput(LiveKind.FILE, os.path.abspath(path), size, fps, loop)


def pinned(wanted: LiveInput) -> LiveInput:
    """The same by name where a camera was named by its number: when it is unplugged, the numbers
    of others change, and it must not be mistaken for one of them. Raises MediaError without it."""
    if wanted.kind is not LiveKind.CAMERA or not wanted.address.isdigit():
        return wanted
    return replace(wanted, address=_device(wanted).name)


def open_input(wanted: LiveInput) -> InputContainer:
    """Open it. Raises MediaError with one sentence; HopelessError where another try is in vain."""
    address, format_name, options = _how(wanted)
    network = wanted.kind is LiveKind.STREAM
    if wanted.kind is LiveKind.FILE and not _is_stream(address):
        try:
            container = open_film(address)
            check_codec(address, moving_pictures(address, container)[0])
        except MediaError as error:
            raise HopelessError(str(error)) from None
        return container
    try:
        container = av.open(
            address,
            format=format_name,
            options=options,
            timeout=(OPEN_SECONDS, READ_SECONDS) if network else None,
        )
    except (FFmpegError, ValueError, OSError) as error:
        raise _explained(wanted, error) from error
    if not container.streams.video:
        sound = bool(container.streams.audio)
        container.close()
        what = "only sound" if sound else "no picture"
        fault = HopelessError if wanted.kind is LiveKind.FILE else MediaError
        raise fault(f"{wanted.name} has {what}: choose a source with a picture.")
    return container


def video_stream(wanted: LiveInput, container: InputContainer) -> av.VideoStream:
    """Its first moving picture, set up to be decoded: with little delay, but for a file, whose
    pictures may be decoded ahead."""
    stream = moving_pictures(wanted.name, container)[0]
    check_codec(wanted.name, stream)
    if wanted.kind is LiveKind.FILE:
        stream.thread_type = "AUTO"
    else:
        stream.thread_type = "SLICE"  # threads by frame hold as many pictures back
        stream.codec_context.flags |= Flags.low_delay
    return stream


def _how(wanted: LiveInput) -> tuple[str, str | None, dict[str, str]]:
    """Address, FFmpeg's format and options."""
    if wanted.kind is LiveKind.FILE:
        try:
            if not _is_stream(wanted.address):  # of which a look would take the beginning
                check_whole(wanted.address)
        except MediaError as error:
            raise HopelessError(str(error)) from None
        return wanted.address, None, {}
    if wanted.kind is LiveKind.PATTERN:
        return wanted.address, "lavfi", {}
    if wanted.kind is LiveKind.STREAM:
        # Little is looked at before the first picture. What is looked at is kept (no `nobuffer`):
        # it holds the key frame without which nothing can be shown.
        options = {"analyzeduration": "500000", "max_delay": "200000"}
        scheme = wanted.address.partition(":")[0].lower()
        if scheme in ("udp", "rtp"):
            options |= {"fifo_size": "20000", "overrun_nonfatal": "1", "buffer_size": "1048576"}
        return wanted.address, None, options
    options = {}
    if wanted.size is not None:
        options["video_size"] = f"{wanted.size[0]}x{wanted.size[1]}"
    if wanted.fps is not None:
        rate = Fraction(wanted.fps).limit_denominator(1001)
        options["framerate"] = f"{rate.numerator}/{rate.denominator}"
    device = _device(wanted)
    formats = CAMERA_FORMATS if wanted.kind is LiveKind.CAMERA else SCREEN_FORMATS
    name = formats.get(sys.platform, "")
    if wanted.kind is LiveKind.SCREEN:
        options.setdefault("framerate", "30")
    elif sys.platform == "darwin":
        options.setdefault("framerate", "30")  # its default, 29.97, is one that no camera has
    return device.address, name, options


def _is_stream(path: str) -> bool:
    """Whether a file's name is that of a pipe, a socket or a device."""
    try:
        return what_it_is(path) not in ("", "is a folder")
    except OSError:
        return False


def _device(wanted: LiveInput) -> Device:
    if wanted.kind is LiveKind.CAMERA:
        if sys.platform not in CAMERA_FORMATS:
            raise HopelessError(f"cameras cannot be opened on {sys.platform}.")
        return find_device("camera", wanted.address, cameras())
    if sys.platform not in SCREEN_FORMATS:
        raise HopelessError(f"the screen cannot be captured on {sys.platform}.")
    return find_device("screen", wanted.address, screens())


def _explained(wanted: LiveInput, error: Exception) -> MediaError:
    """One sentence on why it could not be opened."""
    number: Any = getattr(error, "errno", None)
    name = wanted.name
    if wanted.kind is LiveKind.FILE:
        return HopelessError(f"{wanted.address} is no video that can be read: {_reason(error)}.")
    if wanted.kind is LiveKind.PATTERN:
        return HopelessError(f"lavfi:{wanted.address} is no filter of FFmpeg's: {_reason(error)}.")
    if wanted.kind is LiveKind.STREAM:
        if isinstance(error, ExitError) or number == errno.ETIMEDOUT:
            return MediaError(f"{name} does not answer: nothing came in {OPEN_SECONDS:g} seconds.")
        if isinstance(error, ProtocolNotFoundError):
            return HopelessError(f"{name}: its kind of address is not known here.")
        if isinstance(error, InvalidDataError):
            return MediaError(f"{name} sends something that is no video.")
        return MediaError(f"{name} cannot be reached: {_reason(error)}.")
    if number in (errno.EACCES, errno.EPERM):
        return MediaError(f"{name} may not be opened: give Rilievo the right to use it.")
    if number == errno.EBUSY:
        return MediaError(f"{name} is in use by another program.")
    if wanted.size is not None or wanted.fps is not None:
        asked = " ".join(
            ([f"{wanted.size[0]} x {wanted.size[1]}"] if wanted.size else [])
            + ([f"at {wanted.fps:g} frames per second"] if wanted.fps else [])
        )
        return MediaError(f"{name} does not do {asked}: {_reason(error)}; leave that out to see"
                          " what it does.")  # fmt: skip
    hint = ""
    if sys.platform == "darwin":
        hint = "; allow it in System Settings, Privacy & Security"
    return MediaError(f"{name} cannot be opened: {_reason(error)}{hint}.")


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(str(text).split()).rstrip(".")
