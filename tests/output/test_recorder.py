"""Recording: honest numbers, whole files, and what a killed program leaves behind."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DeviceError, OutputError
from engine.output import FilesSink, LiveMovie, MovieSink, Recorder, RecorderStatus
from engine.output.rewriting import rewrite, timescale
from engine.timecode import rational
from tests.support.recording import FPS, SIZE, Shown, number_in, picture, save

ROOT = Path(__file__).parents[2]


class Kept:
    """A sink that keeps numbers; it can be held up, and can fail."""

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers
        self.numbers: list[int] = []
        self.go = threading.Event()
        self.go.set()
        self.fails_at: int | None = None
        self.error: Exception = OutputError("x could not be written: the disk is full.")
        self.close_error: Exception | None = None
        self.failed = threading.Event()
        self.closed = 0

    def __str__(self) -> str:
        return "x"

    def write(self, number: int, frame: object) -> None:
        self.go.wait()
        if number == self.fails_at:
            self.failed.set()
            raise self.error
        self.numbers.append(number)

    def close(self) -> None:
        self.closed += 1
        if self.close_error is not None:
            raise self.close_error

    @property
    def bytes(self) -> int:
        return 1000 * len(self.numbers)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30.0
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def movie_frames(path: Path) -> dict[int, int]:
    """Frame of the movie, by its time, to the number its picture tells. `number_in` of all."""
    found: dict[int, int] = {}
    with av.open(str(path)) as movie:
        for frame in movie.decode(video=0):
            assert frame.pts is not None and frame.time_base is not None
            at = round(float(frame.pts * frame.time_base) * FPS)
            found[at] = number_in(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
    return found


def test_frames_are_numbered_by_their_time_and_gaps_are_listed() -> None:
    sink = Kept()
    recorder: Recorder[str] = Recorder([sink], 25.0)
    times = [0.0, 0.04, 0.081, 0.119, 0.28, 0.32]  # four in time, three missed, two more
    assert [recorder.offer(50 + t, "") for t in times] == [1001, 1002, 1003, 1004, 1008, 1009]
    status = recorder.stop()
    assert sink.numbers == [1001, 1002, 1003, 1004, 1008, 1009]
    assert (status.written, status.missed, status.dropped) == (6, (1005, 1006, 1007), ())
    assert status.seconds == pytest.approx(0.32)
    assert status.message == "6 frames, 0.3 s, 0.0 MB; 0 dropped, 3 missed"
    assert recorder.offer(60.0, "") is None and not recorder.has_room


def test_nothing_is_missed_while_the_source_is_gone() -> None:
    """Neither while it is gone nor until its first frame after that; then as before."""
    recorder: Recorder[str] = Recorder([Kept()], 25.0)
    recorder.offer(50.0, "")
    recorder.source(False)
    assert recorder.offer(50.4, "") == 1011  # drawn anew, from the last picture
    recorder.source(True)
    assert recorder.offer(50.8, "") == 1021
    status = recorder.status
    assert (status.missed, status.away) == ((), 18)
    assert recorder.offer(50.92, "") == 1024
    status = recorder.stop()
    assert (status.missed, status.away) == ((1022, 1023), 18)
    assert "the source was gone for 18 frames" in status.message


@given(st.lists(st.floats(0.0, 0.2), min_size=1, max_size=40), st.floats(5.0, 120.0))
@settings(deadline=None, max_examples=25)
def test_every_number_is_written_dropped_or_missed_once(steps: list[float], fps: float) -> None:
    sink = Kept()
    recorder: Recorder[str] = Recorder([sink], fps, depth=3)
    sink.go.clear()
    for step in np.cumsum(steps):
        recorder.offer(float(step), "")
    sink.go.set()
    status = recorder.stop()
    everything = sorted([*sink.numbers, *status.dropped, *status.missed])
    assert everything == list(range(1001, 1001 + len(everything)))
    assert status.written == len(sink.numbers) == len(set(sink.numbers))
    assert len(sink.numbers) + len(status.dropped) + status.surplus == len(steps)
    # Numbers never leave the time by more than a frame and a half.
    assert everything[-1] - 1001 <= status.seconds * fps + 1.5


def test_a_display_quicker_than_the_recording_does_not_stretch_time() -> None:
    """Drawn at 60, recorded at 30: half of the frames have no number, and a second is a second."""
    sink = Kept()
    recorder: Recorder[str] = Recorder([sink], 30.0, depth=1000)
    for n in range(601):
        recorder.offer(n / 60, "")
    status = recorder.stop()
    assert status.seconds == pytest.approx(10.0)
    assert 299 <= max(sink.numbers) - 1001 <= 302
    assert status.surplus == 601 - status.written and not status.missed
    assert "beyond the rate" in status.message


def test_a_source_a_little_too_quick_keeps_all_it_can() -> None:
    sink = Kept()
    recorder: Recorder[str] = Recorder([sink], 30.0, depth=2000)
    for n in range(606):  # 30.3 a second, over twenty seconds
        recorder.offer(n / 30.3, "")
    assert recorder.stop().surplus <= 6


def test_an_output_that_is_slow_drops_frames_and_the_caller_never_waits() -> None:
    slow, quick = Kept(), Kept()
    recorder: Recorder[str] = Recorder([slow, quick], 10.0, depth=4)
    slow.go.clear()
    # The output is held up until all were offered: a caller that waited for it would hang here.
    taken = [recorder.offer(n / 10, "") for n in range(20)]
    assert 4 <= sum(number is not None for number in taken) <= 5
    assert recorder.status.dropped == tuple(1001 + n for n, t in enumerate(taken) if t is None)
    slow.go.set()
    status = recorder.stop()
    assert slow.numbers == quick.numbers == [number for number in taken if number is not None]
    assert slow.closed == quick.closed == 1
    assert status.written + len(status.dropped) == 20


def test_a_failing_output_stops_the_recording_and_keeps_what_was_written() -> None:
    broken, other = Kept(), Kept()
    broken.fails_at = 1004
    recorder: Recorder[str] = Recorder([broken, other], 10.0)
    for n in range(4):
        recorder.offer(n / 10, "")
    assert broken.failed.wait(30.0)
    status = recorder.stop()
    assert not status.recording and status.written == 3
    assert status.problem == "Recording stopped: x could not be written: the disk is full."
    assert status.message.startswith(f"{status.problem} 3 frames, ")
    assert other.closed == 1
    assert recorder.offer(1.0, "") is None


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DeviceError("the graphics adapter is gone."), "the graphics adapter is gone."),
        (RuntimeError("no such\nbuffer"), "x failed with RuntimeError: no such buffer."),
        (OSError(errno.EIO, "Input/output error"), "x failed with OSError: [Errno 5] Input/output"
         " error."),
        (KeyError(), "x failed with KeyError."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("at", ["write", "close"])
def test_whatever_an_output_raises_is_said_and_stopping_ends(
    error: Exception, sentence: str, at: str
) -> None:
    broken, other = Kept(), Kept()
    if at == "write":
        broken.fails_at, broken.error = 1002, error
    else:
        broken.close_error = error
    broken.go.clear()
    recorder: Recorder[str] = Recorder([broken, other], 10.0, depth=4)
    for n in range(6):  # more than may wait: a dead thread would never empty the queue
        recorder.offer(n / 10, "")
    broken.go.set()
    stopped: list[RecorderStatus] = []
    thread = threading.Thread(target=lambda: stopped.append(recorder.stop()), daemon=True)
    thread.start()
    thread.join(30.0)
    assert stopped, "stop() hangs"
    assert stopped[0].problem == f"Recording stopped: {sentence}"
    assert not stopped[0].recording and broken.closed == other.closed == 1


def test_a_size_that_cannot_be_told_ends_the_recording() -> None:
    class Gone(Kept):
        @property
        def bytes(self) -> int:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    recorder: Recorder[str] = Recorder([Gone()], 10.0)
    recorder.offer(0.0, "")
    status = recorder.stop()
    assert status.problem.startswith("Recording stopped: x failed with FileNotFoundError: ")
    assert (status.written, status.bytes) == (1, 0)


@pytest.mark.parametrize(
    ("name", "codec", "format"),
    [
        ("a.mov", "h264", "yuv420p"),
        ("a.mp4", "h264", "yuv420p"),
        ("a.mkv", "h264", "yuv420p"),
        ("a.mov", "prores", "yuv422p10le"),
        ("a.mkv", "prores", "yuv422p10le"),
    ],
)
@pytest.mark.parametrize("fps", [30.0, 23.976])
def test_movies_have_a_constant_rate_and_hold_where_nothing_came(
    tmp_path: Path, name: str, codec: str, format: str, fps: float
) -> None:
    """Each place in time has a frame, of the same duration, and the file is an ordinary one: its
    index comes first, and it is marked as what editing programs take."""
    path = tmp_path / name
    recorder: Recorder[Shown] = Recorder([MovieSink(LiveMovie(path, SIZE, fps, codec))], fps)
    for n in [0, 1, 2, 5, 6, 20]:
        assert recorder.offer(n / fps, Shown(100 + n)) == 1001 + n
    status = recorder.stop()
    assert (status.written, status.held, status.remarks) == (6, 15, ())
    assert status.message.endswith("; 0 dropped, 15 missed; 15 held in the film")
    assert status.bytes == path.stat().st_size
    assert list(tmp_path.iterdir()) == [path]
    rate = rational(fps)
    newest = [max(n for n in [0, 1, 2, 5, 6, 20] if n <= place) for place in range(21)]
    with av.open(str(path)) as opened:
        (stream,) = opened.streams.video
        assert stream.base_rate == stream.average_rate == rate
        context = stream.codec_context
        assert (context.name, context.pix_fmt) == (codec, format)
        assert (int(context.colorspace), int(context.color_primaries)) == (1, 1)
        assert (int(context.color_trc), int(context.color_range)) == (1, 1)
        frames = list(opened.decode(video=0))
        assert stream.time_base is not None
        if not name.endswith(".mkv"):  # which counts milliseconds
            assert stream.time_base == Fraction(1, timescale(rate))
            ticks = int(1 / rate / stream.time_base)
            assert [frame.pts for frame in frames] == [n * ticks for n in range(21)]
            assert stream.duration == 21 * ticks
    shown = [number_in(np.asarray(f.to_ndarray(format="rgb24"), np.uint8)) for f in frames]
    assert shown == [100 + n for n in newest]
    data = path.read_bytes()
    if name.endswith(".mkv"):
        cues, cluster = b"\x1c\x53\xbb\x6b", b"\x1f\x43\xb6\x75"
        assert 0 < data.rfind(cues) < data.find(cluster)
    else:
        assert 0 < data.find(b"moov") < data.find(b"mdat") and b"moof" not in data
        assert {"h264": b"avc1", "prores": b"apch"}[codec] in data


def test_a_film_goes_on_with_what_it_has_while_nothing_comes(tmp_path: Path) -> None:
    """A source that is lost for a while: the film holds meanwhile, up to the end of recording, and
    a frame that comes much too late is left out and told."""
    path = tmp_path / "a.mov"
    movie = LiveMovie(path, SIZE, FPS)
    recorder: Recorder[Shown] = Recorder([MovieSink(movie)], FPS)
    recorder.idle(5.0)  # before the first
    recorder.offer(10.0, Shown(1))
    until(lambda: movie.frames == 1)
    recorder.idle(11.5)  # a frame may still come
    recorder.idle(14.0)
    until(lambda: movie.held == 60)
    recorder.offer(11.0, Shown(2))
    recorder.offer(14.5, Shown(3))
    status = recorder.stop(18.0)
    assert status.remarks == ("1 frames came too late for a.mov.",)
    frames = movie_frames(path)
    assert sorted(frames) == list(range(241))
    assert [frames[n] for n in (0, 134, 135, 240)] == [1, 1, 3, 3]
    assert len(frames) == 2 + status.held


def test_a_film_that_cannot_be_rewritten_stays_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("engine.output.rewriting._copied", full)
    path = tmp_path / "a.mov"
    recorder: Recorder[Shown] = Recorder([MovieSink(LiveMovie(path, SIZE, FPS))], FPS)
    for n in range(4):
        recorder.offer(n / FPS, Shown(n))
    status = recorder.stop()
    assert not status.problem
    (remark,) = status.remarks
    assert remark.startswith("a.mov plays, but stays in fragments") and "disk is full" in remark
    assert b"moof" in path.read_bytes() and list(tmp_path.iterdir()) == [path]
    assert movie_frames(path) == {n: n for n in range(4)}


def test_a_film_with_less_in_it_than_was_written_is_not_put_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    movie = LiveMovie(path, SIZE, FPS)
    for n in range(30):
        movie.write(1001 + n, picture(n))
    movie.close()
    before = path.read_bytes()
    with pytest.raises(OutputError, match=r"a\.mp4 has 30 of 31 frames that can be read"):
        rewrite(path, rational(FPS), 31)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_colours_of_a_movie(tmp_path: Path) -> None:
    movie = LiveMovie(tmp_path / "odd.mkv", (63, 47), 25.0)
    rgb = np.full((47, 63, 3), (200, 60, 30), np.uint8)
    for number in range(1001, 1006):
        movie.write(number, rgb)
    movie.close()
    movie.close()
    with av.open(str(tmp_path / "odd.mkv")) as opened:
        (frame, *_) = opened.decode(video=0)
        assert (frame.width, frame.height) == (64, 48)
        back = frame.to_ndarray(format="rgb24")[10:40, 10:50].reshape(-1, 3).mean(0)
    np.testing.assert_allclose(back, [200, 60, 30], atol=4)


@pytest.mark.parametrize(
    ("name", "codec", "size", "sentence"),
    [
        ("a.avi", "h264", (8, 8), "its name should end in"),
        ("a.mkv", "vp9", (8, 8), "codec 'vp9' is not known"),
        ("a.mp4", "prores", (8, 8), "MP4 holds no ProRes: end its name in .mov or .mkv"),
        ("a.mkv", "h264", (0, 8), "0 x 8 pixels cannot be recorded"),
        ("there.mkv", "h264", (8, 8), "is there already"),
        ("file/a.mkv", "h264", (8, 8), "could not be written"),
    ],
)
def test_what_cannot_be_recorded_is_one_sentence(
    tmp_path: Path, name: str, codec: str, size: tuple[int, int], sentence: str
) -> None:
    (tmp_path / "there.mkv").write_bytes(b"kept")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match=sentence):
        LiveMovie(tmp_path / name, size, 25.0, codec)
    assert (tmp_path / "there.mkv").read_bytes() == b"kept"
    with pytest.raises(OutputError, match="put #### where"):
        FilesSink(str(tmp_path / "z.exr"), save)


def test_nothing_is_left_of_an_empty_movie(tmp_path: Path) -> None:
    LiveMovie(tmp_path / "a.mkv", SIZE, 25.0).close()
    assert list(tmp_path.iterdir()) == []


def test_files_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "z.1002.exr").write_bytes(b"kept")
    recorder: Recorder[Shown] = Recorder([FilesSink(str(tmp_path / "z.####.exr"), save)], 10.0)
    recorder.offer(0.0, Shown(1))
    recorder.offer(0.1, Shown(2))
    status = recorder.stop()
    assert "z.1002.exr is there already" in status.problem
    assert (tmp_path / "z.1002.exr").read_bytes() == b"kept"
    assert status.dropped == (1002,)


@pytest.mark.parametrize(
    ("movie", "codec"), [("a.mov", "h264"), ("a.mkv", "h264"), ("a.mov", "prores")]
)
def test_a_killed_recording_plays_and_its_files_are_whole(
    tmp_path: Path, movie: str, codec: str
) -> None:
    """SIGKILL, which no program can catch: what it offered up to a second before is there."""
    command = [sys.executable, "-m", "tests.support.recording", str(tmp_path), movie, codec]
    recorder = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert recorder.stdout is not None
    written = 0
    for line in recorder.stdout:
        written = int(line.split()[1])
        if written >= 2.5 * FPS:
            break
    recorder.kill()
    recorder.wait()
    recorder.stdout.close()
    frames = movie_frames(tmp_path / movie)
    assert max(frames) >= written - FPS
    assert sorted(frames) == list(range(min(frames), max(frames) + 1))
    # The first frame that was offered told 1; where the machine was late, the one before is held.
    assert all(0 <= number - 1 <= n for n, number in frames.items())
    assert sum(number == n + 1 for n, number in frames.items()) > len(frames) / 2
    files = sorted(tmp_path.glob("z.[0-9]*.exr"))
    files = [file for file in files if ".tmp" not in file.name]
    assert len(files) >= written
    for file in files:
        (part,) = OpenEXR.File(str(file)).parts
        number = int(part.header["sourceFrame"])
        assert np.all(part.channels["depth.Z"].pixels == number)
        assert number == int(file.name.split(".")[1]) + 1


def test_a_full_disk_while_recording(tmp_path: Path) -> None:
    """A process that may write no more than 200 kB: the kernel stops it as a full disk would."""
    program = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "import numpy as np, sys, time\n"
        "from engine.output import LiveMovie, MovieSink, Recorder\n"
        "class Noise:\n"
        "    def display(self, name='beauty'):\n"
        "        return np.random.default_rng().integers(0, 255, (120, 160, 3), np.uint8)\n"
        "recorder = Recorder([MovieSink(LiveMovie(sys.argv[1], (160, 120), 30.0))], 30.0)\n"
        "for n in range(200):\n"
        "    recorder.offer(n / 30, Noise())\n"
        "    time.sleep(0.005)\n"
        "print(recorder.stop().message)\n"
    )
    path = tmp_path / "a.mkv"
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Recording stopped: {path} could not be written on: ")
    assert done.stdout.count("\n") == 1
    with av.open(str(path)) as opened:
        assert sum(1 for _ in opened.decode(video=0)) > 3


def test_the_sentence_of_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    movie = LiveMovie(tmp_path / "a.mkv", SIZE, 25.0)
    movie.write(1001, picture(0))

    class Full:
        def encode(self, frame: object) -> object:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(movie, "_stream", Full())
    with pytest.raises(OutputError, match=r"a\.mkv could not be written on: the disk is full\."):
        movie.write(1002, picture(0))
