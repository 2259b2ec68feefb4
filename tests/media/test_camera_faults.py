"""A camera that may not be used, is in use, cannot do what is asked or is none: each is said."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import av
import pytest
from av.error import FFmpegError

from engine.errors import MediaError
from engine.media import LiveCondition, LiveSource, live_input
from engine.media.devices import Device
from engine.media.inputs import open_input


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file behind camera 0, called Eye: a plain file, which no driver answers for."""
    file = tmp_path / "video0"
    file.write_bytes(b"no camera")
    found = [Device("camera", 0, "Eye", str(file))]
    monkeypatch.setattr("engine.media.inputs.cameras", lambda: found)
    monkeypatch.setattr("engine.media.inputs.sys.platform", "linux")
    return file


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.EACCES, "camera 0 may not be opened: give Rilievo the right to use it."),
        (errno.EPERM, "camera 0 may not be opened: give Rilievo the right to use it."),
        (errno.EBUSY, "camera 0 is in use by another program."),
        (errno.ENODEV, "camera 0 cannot be opened: No such device."),
    ],
)
def test_why_a_camera_cannot_be_opened(
    camera: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise FFmpegError(number, os.strerror(number), str(camera))

    monkeypatch.setattr("engine.media.inputs.av.open", refuse)
    with pytest.raises(MediaError) as raised:
        open_input(live_input("0"))
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("size", "fps", "asked"),
    [
        ((12345, 17), None, "12345 x 17"),
        (None, 7.0, "at 7 frames per second"),
        ((640, 480), 30.0, "640 x 480 at 30 frames per second"),
    ],
)
def test_what_a_camera_cannot_do_is_named(
    camera: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int] | None,
    fps: float | None,
    asked: str,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise FFmpegError(errno.EINVAL, os.strerror(errno.EINVAL), str(camera))

    monkeypatch.setattr("engine.media.inputs.av.open", refuse)
    with pytest.raises(MediaError) as raised:
        open_input(live_input("0", size=size, fps=fps))
    reason = "Invalid argument; leave that out to see what it does."
    assert str(raised.value) == f"camera 0 does not do {asked}: {reason}"


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system's own driver")
def test_what_is_no_camera_is_said_by_the_driver_itself(camera: Path) -> None:
    with pytest.raises(MediaError) as raised:
        open_input(live_input("0"))
    assert str(raised.value).startswith("camera 0 cannot be opened: ")
    assert str(raised.value).count(".") == 1 and str(raised.value).endswith(".")


def test_a_camera_that_gives_another_size_is_not_shown(
    camera: Path, monkeypatch: pytest.MonkeyPatch, talking_head: Path
) -> None:
    """Some drivers take what is asked and send what they like: here pictures of a real clip."""
    monkeypatch.setattr("engine.media.live.open_input", lambda _: av.open(str(talking_head)))
    source = LiveSource(live_input("0", size=(640, 480)))
    try:
        with pytest.raises(MediaError) as raised:
            source.wait(10.0)
        assert str(raised.value) == "camera 0 gives 176 x 144, not 640 x 480: ask for that size."
        assert source.state.condition is LiveCondition.ENDED
        assert source.latest() is None
    finally:
        source.close()
