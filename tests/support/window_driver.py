"""Driving the window with a real pointer and real keys, under an X server of our own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.x_client import XClient

PATIENCE = 60.0  # seconds that anything may take on a machine that is busy with other things
Report = dict[str, Any]


class XServer:
    """An Xvfb with a display number that nobody has."""

    def __init__(self, size: tuple[int, int] = (1500, 940)) -> None:
        read, write = os.pipe()
        self._process = subprocess.Popen(
            [
                "Xvfb", "-displayfd", str(write), "-screen", "0", f"{size[0]}x{size[1]}x24",
                "-nolisten", "tcp", "-noreset",
            ],
            pass_fds=(write,), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write)
        with os.fdopen(read) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb did not start"
        self.display = f":{number}"

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


class Driver:
    """One window. `report` is what it showed last; `wait` waits for a condition on it."""

    def __init__(self, display: str, folder: Path, *arguments: str, cwd: Path) -> None:
        self.display = display
        self.path = folder / "report.json"
        self.path.unlink(missing_ok=True)  # of a window before this one
        self.log = folder / "window.log"
        self.cwd = cwd
        self._hidden = 0
        self._pointer: tuple[int, int] | None = None
        self.environment = {**os.environ, "DISPLAY": display, "PYTHONUNBUFFERED": "1"}
        # Where no test points at: a move to where the pointer is already would be no event.
        self.xdotool("mousemove", 1, 1)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.window_process", str(self.path), *arguments],
                cwd=cwd, env=self._with_root(), stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def _with_root(self) -> dict[str, str]:
        root = str(Path(__file__).parents[2])
        return {**self.environment, "PYTHONPATH": root}

    # -- what it shows --

    @property
    def report(self) -> Report:
        return json.loads(self.path.read_text(encoding="utf-8"))

    def node(self, name: str) -> dict[str, Any]:
        """A node of the document as it is now."""
        return next(node for node in self.report["scene"]["nodes"] if node["id"] == name)

    def wait(self, holds: Callable[[Report], Any], what: str) -> Report:
        """Wait until a report holds. what: for the failure."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.path.exists():
                report = self.report
                if holds(report):
                    return report
            assert self.process.poll() is None, f"the window closed while waiting: {self.text()}"
            time.sleep(0.02)
        shown = self.report if self.path.exists() else {}
        told = ("draws", "pictures", "pointer", "view", "free", "size", "messages")
        seen = {key: shown.get(key) for key in told}
        raise AssertionError(f"never happened: {what}\n{seen}\n{self.text()}")

    def settled(self) -> Report:
        """The report after everything that was asked for has been drawn."""
        seen = [-1, 0.0]

        def still(report: Report) -> bool:
            if report["draws"] != seen[0]:
                seen[:] = [report["draws"], time.monotonic()]
            return time.monotonic() - seen[1] > 0.3

        return self.wait(still, "the window comes to rest")

    def drawn(self, more: int = 2) -> Report:
        """The report after the window, which draws by itself, was drawn `more` times."""
        before = self.report["draws"]
        return self.wait(lambda r: r["draws"] >= before + more, f"{more} more frames")

    def act(self, *words: object, frames: int = 2) -> None:
        """A step of the pointer or of a key, and then as many frames of the window that show it."""
        before = self.report["draws"]
        self.xdotool(*words)
        self.wait(lambda r: r["draws"] >= before + frames, f"{frames} frames after {words}")

    def text(self) -> str:
        """What the window wrote to the terminal."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    # -- pointer and keys --

    def xdotool(self, *words: object) -> str:
        done = subprocess.run(
            ["xdotool", *map(str, words)],
            env=self.environment, check=True, capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
        return done.stdout.strip()

    def place(self, item: str, across: float = 0.5) -> tuple[int, int]:
        """Where a control is, once it is there and stands still: new windows take a few frames."""
        last: list[Any] = [None, 0, 0.0]  # where, in which frame of the window, since when

        def steady(report: Report) -> bool:
            now, frame = report["items"].get(item), report["draws"]
            if now is None or now != last[0]:
                last[:] = [now, frame, time.monotonic()]
                return False
            return frame >= last[1] + 3 or time.monotonic() > last[2] + 0.4

        self.wait(steady, f"{item!r} is in the window: {sorted(self.report['items'])}")
        left, top, right, bottom = last[0]
        return round(left + across * (right - left)), round((top + bottom) / 2)

    def move(self, x: float, y: float) -> None:
        """The pointer to a place on the screen, if it is not there yet."""
        place = round(x), round(y)
        if place != self._pointer:
            self._pointer = place
            ratio = self.report["ratio"]  # X knows pixels, the window says points
            self.act("mousemove", *(round(part * ratio) for part in place))

    def click(self, item: str, across: float = 0.5) -> None:
        """Click a control, as slowly as a hand: over it, down, up, each seen by a frame."""
        self.move(*self.place(item, across))
        self.act("mousedown", 1)
        self.act("mouseup", 1)

    def choose(self, item: str, entry: str) -> None:
        """Open a list and choose from it."""
        self.click(item)
        self.click(entry, 0.3)

    def drag(
        self, start: tuple[float, float], end: tuple[float, float], button: int = 1, steps: int = 4
    ) -> None:
        """Press, move in steps, let go."""
        self.move(*start)
        self.act("mousedown", button)
        for step in range(1, steps + 1):
            share = step / steps
            self.move(*(a + share * (b - a) for a, b in zip(start, end, strict=True)))
        self.act("mouseup", button)

    def key(self, chord: str) -> None:
        """Press and release a key, as xdotool names it: "ctrl+z"."""
        self.act("key", "--delay", 60, chord)

    def picture(self, x: float, y: float) -> tuple[float, float]:
        """A place in the picture, as fractions of it, on the screen."""
        report = self.report
        width, height = report["scene"]["size"]
        left, top = report["origin"]
        return left + x * width * report["scale"], top + y * height * report["scale"]

    def screenshot(self, path: Path, *, still: bool = True) -> Path:
        """What is on the screen; `still`: once that does not change, since frames are shown some
        time after they were drawn."""
        path.parent.mkdir(parents=True, exist_ok=True)
        before = self._screen()
        for _ in range(40 if still else 0):
            time.sleep(0.25)
            after = self._screen()
            if after == before:
                break
            before = after
        path.write_bytes(before)
        return path

    def _screen(self) -> bytes:
        # Without what would make two pictures of the same differ: when they were taken.
        command = ["import", "-window", "root", "+set", "date:create", "+set", "date:modify",
                   "-define", "png:exclude-chunks=date,time", "png:-"]  # fmt: skip
        return subprocess.run(
            command, env=self.environment, check=True, capture_output=True, timeout=PATIENCE
        ).stdout

    def resize(self, width: int, height: int) -> None:
        """Give the window another size, as its user would."""
        self.xdotool("windowsize", self._window(), width, height)
        self.wait(lambda r: r["size"] == [width, height], "the window has its new size")
        self.settled()

    def drop(self, *paths: Path, at: tuple[float, float]) -> None:
        """Drop files on the window, as a file manager does. at: in the window, in points."""
        self.move(*at)
        ratio = self.report["ratio"]
        with XClient(self.display) as client:
            client.drop(int(self._window()), (round(at[0] * ratio), round(at[1] * ratio)), [*paths])

    def minimise(self) -> None:
        """Make the window an icon, as a window manager does."""
        self._hidden = int(self._window())
        with XClient(self.display) as client:
            client.minimise(self._hidden)

    def restore(self) -> None:
        """And a window again."""
        with XClient(self.display) as client:
            client.restore(self._hidden)

    def _window(self) -> str:
        return self.xdotool("search", "--onlyvisible", "--name", "Rilievo").splitlines()[-1]

    # -- the end --

    def press_cross(self) -> None:
        """Ask the window to close, as its cross in the title bar does."""
        window = int(self._window())
        with XClient(self.display) as client:
            client.close(window)

    def answer(self, words: str) -> None:
        """Press a button that may close the window."""
        self.move(*self.place(words))
        self.act("mousedown", 1)
        self.xdotool("mouseup", 1)

    def quit(self, chord: str = "ctrl+q") -> str:
        """Leave by a key, without what is not saved; what was written to the terminal. The exit
        status must be 0."""
        unsaved = " *" in self.report["title"]
        self.xdotool("key", "--delay", 60, chord)
        if unsaved:
            self.answer("Discard Them")
        return self.ended()

    def ended(self) -> str:
        """Once the window is closed: what was written to the terminal."""
        assert self.process.wait(PATIENCE) == 0, self.text()
        return self.text()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@contextmanager
def window(
    display: str, folder: Path, *arguments: str, cwd: Path | None = None
) -> Iterator[Driver]:
    """A window that is drawn and at rest; its log must be free of errors at the end."""
    driver = Driver(display, folder, *arguments, cwd=cwd or folder)
    try:
        driver.wait(lambda report: report["draws"] > 1, "the window is drawn")
        driver.wait(lambda report: report["pictures"] > 0, "the picture is drawn")
        yield driver
    finally:
        driver.close()
    text = driver.text()
    for word in ("Traceback", "ERROR", "error:", "Draw error", "Validation"):
        assert word not in text, text
