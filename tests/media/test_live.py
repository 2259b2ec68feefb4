"""Live sources: real clips, real streams from other processes, a real screen."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from engine.errors import MediaError
from engine.media import (
    LiveCondition,
    LiveKind,
    LiveSource,
    Picture,
    live_input,
    open_source,
    to_display_rgb8,
)
from engine.media.planes import picture_of

ROOT = Path(__file__).parents[2]


@contextmanager
def live(text: str, *, quick_rgb: bool = False, **options: object) -> Iterator[LiveSource]:
    source = LiveSource(live_input(text, **options), quick_rgb=quick_rgb)  # type: ignore[arg-type]
    try:
        yield source
    finally:
        source.close()


def until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def test_a_clip_plays_as_a_camera_does(talking_head: Path) -> None:
    """Each picture is the file's own frame of that number, taken in real time, newest first."""
    file = open_source(talking_head)
    started = time.monotonic()
    with live(str(talking_head)) as source:
        before = source.wait(5.0)
        seen = [before]
        while len(seen) < 12:
            picture = source.newer_than(before, 2.0)
            assert picture is not None
            seen.append(picture)
            before = picture
        assert source.state.condition is LiveCondition.RUNNING
        assert source.info.size == (176, 144)
        assert source.info.last == file.info.last
        assert source.latest() is not None
    times = [picture.capture_time or 0.0 for picture in seen]
    assert times[0] > started
    assert np.all(np.diff(times) > 0.0)
    # A slow machine may show fewer; none ever shows more than the file's own rate.
    frames = [picture.frame for picture in seen]
    assert times[-1] - times[0] >= (frames[-1] - frames[0] - 1.5) / 29.97
    for picture in seen:
        for mine, theirs in zip(picture.planes, file.frame(picture.frame).planes, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    file.close()


def test_a_loop_begins_again_and_a_clip_ends(
    write_video: Callable[..., str], noise: Callable[..., object]
) -> None:
    planes = [noise(16, 16), noise(8, 8, seed=1), noise(8, 8, seed=2)]
    clip = write_video("short.mkv", "ffv1", "yuv420p", [planes] * 5, (16, 16), rate=50)
    with live(clip, loop=True) as source:
        seen: list[int] = []
        picture: Picture | None = None
        while len(seen) < 15:
            picture = source.newer_than(picture, 2.0)
            assert picture is not None
            seen.append(picture.frame)
        assert set(seen) <= set(range(5))
        assert any(b < a for a, b in pairwise(seen))
    with live(clip) as source:
        source.wait(5.0)
        assert until(lambda: source.state.condition is LiveCondition.ENDED)
        assert source.state.reason == "short.mkv has come to its end."
        assert source.frame(0).frame == 4  # the last picture stays


def test_memory_is_bounded_and_dropped_pictures_are_counted() -> None:
    with live("lavfi:testsrc2=size=320x240:rate=200") as source:
        source.wait(5.0)
        assert until(lambda: source.statistics.captured > 60)
        alive = sum(isinstance(o, Picture) and o.size == (320, 240) for o in gc.get_objects())
        assert alive <= 3  # the newest, the one being made, and what a caller held
        statistics = source.statistics
        assert statistics.captured - statistics.dropped <= 4
        assert 20 < statistics.fps < 260


def test_quick_rgb_shows_the_same_colours(talking_head: Path) -> None:
    with live(str(talking_head), quick_rgb=True) as quick:
        picture = quick.wait(5.0)
    assert picture.encoding.model == "rgb"
    file = open_source(talking_head)
    exact = to_display_rgb8(file.frame(picture.frame)).astype(int)
    file.close()
    apart = np.abs(picture.planes[0].astype(int) - exact)
    assert apart.mean() < 2.0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("99", "there is no camera 99: "),
        ("camera:No Such Thing", "there is no camera No Such Thing: "),
        ("/nonexistent/clip.mp4", "/nonexistent/clip.mp4 does not exist."),
        (__file__, f"{__file__} is no video that can be read: "),
        ("lavfi:nonsense", "lavfi:nonsense is no filter of FFmpeg's: "),
        ("nonsense://here", "nonsense://here: its kind of address is not known here."),
        ("http://127.0.0.1:9/", "http://127.0.0.1:9/ cannot be reached: "),
    ],
)
def test_bad_input_is_one_sentence(text: str, sentence: str) -> None:
    with live(text) as source:
        with pytest.raises(MediaError) as raised:
            source.wait(1.0)
        assert str(raised.value).startswith(sentence)
        assert str(raised.value).count(". ") == 0
        assert source.state.condition in (LiveCondition.LOST, LiveCondition.ENDED)
        with pytest.raises(MediaError):
            source.frame(0)
        with pytest.raises(MediaError):
            _ = source.info


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    import av

    path = str(tmp_path / "sound.wav")
    with av.open(path, "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        frame.sample_rate = 8000
        out.mux(stream.encode(frame))  # type: ignore[attr-defined]
    with live(path) as source, pytest.raises(MediaError, match="has only sound"):
        source.wait(5.0)


def test_what_the_texts_mean() -> None:
    assert live_input("2").kind is LiveKind.CAMERA
    assert live_input("camera:Logi").address == "Logi"
    assert live_input("screen").kind is LiveKind.SCREEN
    assert live_input("rtsp://host/x").kind is LiveKind.STREAM
    assert live_input("clip.mp4").kind is LiveKind.FILE
    for text in ("camera:0", "screen:1", "udp://h:1", "lavfi:testsrc", "/a/b.mp4"):
        wanted = live_input(text)
        assert live_input(wanted.text) == wanted
        assert wanted.text.startswith("/") or "://" in wanted.text
    with pytest.raises(MediaError, match="no source"):
        live_input(" ")
    with pytest.raises(MediaError, match="is no rate"):
        live_input("0", fps=0.0)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a thing of Unix")
def test_close_does_not_wait_for_a_read_that_hangs(tmp_path: Path) -> None:
    pipe = tmp_path / "hangs.mp4"
    os.mkfifo(pipe)
    writers: list[int] = []

    def is_read() -> bool:
        try:
            writers.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:  # nobody has it open for reading yet
            return False
        return True

    def reads() -> bool:
        return any(thread.name.endswith("hangs.mp4") for thread in threading.enumerate())

    source = LiveSource(live_input(str(pipe)))
    assert until(is_read, 30.0)
    try:  # from here on the source reads from a pipe that is open and stays empty
        assert source.latest() is None
        closing = threading.Thread(target=source.close, daemon=True)
        closing.start()
        closing.join(30.0)
        assert not closing.is_alive(), "close() waits for the read"
        assert reads()
    finally:
        os.close(writers[0])  # lets the thread end
    assert until(lambda: not reads(), 30.0)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def send(clip: Path, address: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.stream", str(clip), address, "20"], cwd=ROOT
    )


def test_a_stream_that_breaks_is_taken_up_again(talking_head: Path) -> None:
    """The sender is another process; it is killed, and started again."""
    address = f"udp://127.0.0.1:{free_port()}"
    sender = send(talking_head, address)
    try:
        with live(address) as source:
            first = source.wait(15.0)
            assert first.size == (176, 144)
            assert first.capture_time is not None
            assert source.state.condition is LiveCondition.RUNNING
            assert source.newer_than(first, 5.0) is not None
            sender.kill()
            sender.wait()
            assert until(lambda: source.state.condition is LiveCondition.LOST, 5.0)
            assert address in source.state.reason
            assert until(lambda: "does not answer" in source.state.reason, 8.0)
            last = source.latest()
            assert last is not None  # stays
            sender = send(talking_head, address)
            back = source.newer_than(last, 15.0)
            assert back is not None
            assert source.state.condition is LiveCondition.RUNNING
            assert source.statistics.reconnected == 1
    finally:
        sender.kill()
        sender.wait()


def test_a_stream_that_is_too_quick_is_shown_as_it_is_now(
    talking_head: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that takes a tenth of a second for each picture leaves pictures out; it does not
    show them later and later."""

    def slow(*arguments: object, **options: object) -> Picture:
        time.sleep(0.1)
        return picture_of(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("engine.media.live.picture_of", slow)
    address = f"udp://127.0.0.1:{free_port()}"
    sender = send(talking_head, address)
    try:
        with live(address) as source:
            source.wait(15.0)

            def left_out() -> int:
                source.latest()  # takes every picture that is shown, so none of those is dropped
                return source.statistics.dropped

            assert until(lambda: left_out() > 20, 20.0)
            assert source.state.condition is LiveCondition.RUNNING
    finally:
        sender.kill()
        sender.wait()


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb")
def test_the_screen_is_captured_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen that goes away and comes back, as a camera that is unplugged does."""

    def start(number: str) -> tuple[subprocess.Popen[bytes], str]:
        read, write = os.pipe()
        command = ["Xvfb", *([f":{number}"] if number else [])]
        command += ["-displayfd", str(write), "-screen", "0", "320x200x24", "-nolisten", "tcp"]
        process = subprocess.Popen(
            command, pass_fds=[write], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            return process, pipe.readline().strip()

    server, number = start("")
    assert number
    monkeypatch.setenv("DISPLAY", f":{number}")
    started = time.monotonic()
    try:
        with live("screen", fps=30.0) as source:
            picture = source.wait(10.0)
            assert picture.size == (320, 200)
            assert picture.capture_time is not None
            # The screen stamps by the time of day, which is not quite the monotonic clock.
            assert started - 0.1 <= picture.capture_time <= time.monotonic()
            server.kill()
            server.wait()

            def gone() -> bool:
                # What had been captured may still come while it is but silent.
                state = source.state
                return (
                    state.condition is LiveCondition.LOST and "no picture for" not in state.reason
                )

            assert until(gone, 30.0)
            last = source.latest()
            server, _ = start(number)
            assert source.newer_than(last, 10.0) is not None
            assert source.state.condition is LiveCondition.RUNNING
    finally:
        server.kill()
        server.wait()
