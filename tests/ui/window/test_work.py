"""Long work beside the window: comes to its end, is cancelled within a second, says what failed."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.media import open_source
from engine.scene import Axis, Curve, Key, Scene
from ui.autosave import Rest
from ui.progress_lines import Progress, parse
from ui.window.messages import Level, Messages
from ui.window.work import LongWork, time_text

PATIENCE = 60.0
SECOND = 1.0
MARGIN = 2.0  # seconds more, for a machine that is busy with other things


def until_done(work: LongWork) -> None:
    end = time.monotonic() + PATIENCE
    while work.now is not None:
        assert time.monotonic() < end, work.now.lines
        time.sleep(0.02)
        work.work()


def render(document: Path, folder: Path, *more: str) -> list[str]:
    return ["render", str(document), "-o", str(folder / "shot.####.exr"), *more]


def test_times_and_lines_are_read_by_people_and_programs() -> None:
    assert [time_text(s) for s in (0.4, 7, 125, 3600)] == ["0:00", "0:07", "2:05", "1:00:00"]
    line = b'{"done":3,"total":48,"doing":"reading"}\n'
    assert parse(line) == Progress(done=3, total=48, doing="reading")
    assert parse(b"wrote shot.1001.exr\n") is None
    assert parse(b'{"done":3') is None


def test_rendering_is_cancelled_within_a_second_and_leaves_whole_files(
    document: Path, tmp_path: Path
) -> None:
    scene = Scene.load(document).with_settings(last=3000)
    folder = tmp_path / "out"
    work = LongWork(Messages(), lambda: None)
    assert work.start("Rendering shot", lambda d: render(d, folder), scene, [folder])
    assert not work.start("Another", lambda d: render(d, folder), scene)
    now = work.now
    assert now is not None
    end = time.monotonic() + PATIENCE
    while now.progress is None or now.progress.done < 3:
        assert time.monotonic() < end and not now.done, now.lines
        time.sleep(0.02)
    assert now.progress.total == 2000 and (now.left() or 0) > 0 and 0 < now.share < 0.5
    work.cancel()
    begun = time.monotonic()
    until_done(work)
    assert time.monotonic() - begun < SECOND + MARGIN
    assert not list(folder.glob(".*")), "nothing half-written stays"
    written = sorted(folder.glob("shot.*.exr"))
    assert 3 <= len(written) < 2000
    for path in written[:1] + written[-1:]:
        source = open_source(str(path))
        assert source.info.size == (64, 48)
        source.close()
    texts = [entry.text for entry in work._messages.entries]
    assert texts[-1].startswith("Rendering shot was cancelled")


class Later:
    """Does what it is asked to when the test says so, in a thread of its own."""

    def __init__(self) -> None:
        self.go, self.rests = threading.Event(), 0
        self._thread: threading.Thread | None = None

    def run(self, act: Callable[[Rest], None]) -> None:
        def wait_and_act() -> None:
            assert self.go.wait(PATIENCE)
            act(self._rest)

        self._thread = threading.Thread(target=wait_and_act)
        self._thread.start()

    def _rest(self) -> None:
        self.rests += 1

    def join(self) -> None:
        assert self._thread is not None
        self._thread.join()


def test_work_begins_once_the_copy_of_the_document_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The thread that draws writes nothing; what is edited or chosen meanwhile does not count."""
    echo = "import sys; print('wrote', open(sys.argv[1]).read().count('Axis'), sys.argv[2])"
    monkeypatch.setattr("ui.window.work.PROGRAM", (sys.executable, "-c", echo))
    keys = tuple(Key(float(frame), 0.5) for frame in range(500))
    scene = Scene(nodes=(Axis(id="Axis 1", translate=(Curve(keys), 0.0, 0.0)),))
    messages, later, chosen = Messages(), Later(), ["first"]
    work = LongWork(messages, lambda: None, later.run)
    assert work.start("Rendering shot", lambda d: [str(d), *chosen], scene)
    chosen[:] = ["second"]
    assert not work.start("Another", lambda d: [str(d)], scene)
    now = work.now
    assert now is not None and not now.done and now.status is None and not work.work()
    later.go.set()
    until_done(work)
    assert later.rests > 500 and now.status == 0
    newest = messages.newest
    assert newest is not None and newest.text == "Rendering shot is done: 1 first"


def test_work_is_cancelled_or_cannot_begin_before_the_copy_is_written(tmp_path: Path) -> None:
    scene, messages = Scene(nodes=(Axis(id="Axis 1"),)), Messages()
    later, folders = Later(), list[Path]()

    def command(document: Path) -> list[str]:
        folders.append(document.parent)
        return ["render", str(document), "-o", str(tmp_path / "out" / "shot.####.exr")]

    work = LongWork(messages, lambda: None, later.run)
    work.start("Rendering shot", command, scene)
    work.cancel()
    later.go.set()
    until_done(work)
    later.join()
    assert messages.entries[-1].text.startswith("Rendering shot was cancelled")
    later.go.clear()
    work.start("Analysing shot", command, scene)
    shutil.rmtree(folders[-1])
    later.go.set()
    until_done(work)
    later.join()
    said = messages.entries[-1]
    assert said.level is Level.ERROR and said.text.startswith("Analysing shot could not begin: ")
    assert not any(folder.exists() for folder in folders) and not (tmp_path / "out").exists()


@pytest.mark.slow
def test_work_ends_and_says_what_it_wrote_or_why_it_failed(document: Path, tmp_path: Path) -> None:
    messages, scene, folder = Messages(), Scene.load(document), tmp_path / "out"
    work = LongWork(messages, lambda: None)
    work.start("Rendering shot", lambda d: render(d, folder), scene, [folder])
    until_done(work)
    assert len(list(folder.iterdir())) == 3
    newest = messages.newest
    assert newest is not None and newest.text.startswith("Rendering shot is done: ")
    # A document as it is in the window is rendered, not as it is on disk.
    Path(scene.media[0].path).unlink()
    work.start("Rendering shot", lambda d: render(d, folder), scene, [folder])
    until_done(work)
    newest = messages.newest
    assert newest is not None and newest.level is Level.ERROR
    assert scene.media[0].name in newest.text
    work.close()


@pytest.mark.slow
def test_closing_the_window_ends_what_is_at_work(document: Path, tmp_path: Path) -> None:
    scene = Scene.load(document).with_settings(last=3000)
    work = LongWork(Messages(), lambda: None)
    work.start("Rendering shot", lambda d: render(d, tmp_path / "out"), scene)
    now = work.now
    assert now is not None
    end = time.monotonic() + PATIENCE
    while now.progress is None:  # its process begins beside us
        assert time.monotonic() < end and not now.done, now.lines
        time.sleep(0.02)
    work.close()
    assert now.done and now.status is not None and work.now is None


@pytest.mark.slow
def test_what_an_option_is_wrong_about_is_told(document: Path) -> None:
    messages = Messages()
    work = LongWork(messages, lambda: None)
    work.start("Rendering shot", lambda d: ["render", str(d), "-o", ""], Scene.load(document))
    until_done(work)
    newest = messages.newest
    assert newest is not None and newest.text.startswith("Rendering shot failed: Invalid value")
    assert not set("│─╯") & set(newest.text)
    work.close()
