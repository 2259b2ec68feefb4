"""Long work beside the window: our own commands as processes, their progress, and their end.

The window draws on at its own pace; a process can be stopped at any moment, and files that it has
not finished have other names and are taken away.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from pathlib import Path

from engine.errors import RilievoError
from engine.scene import Scene
from ui.autosave import Rest, Run, at_once
from ui.progress_lines import Progress, parse
from ui.window.messages import Messages

PROGRAM = (sys.executable, "-c", "from ui.commands import main; main()")
GRACE = 0.6  # seconds that a stopped process has to take away what it was writing
TOLD = 20  # lines of what a process writes that are kept, for the message when it fails
REASON = "rilievo: "


class Work:
    """One command at work. title: what it does, as a beginning of a sentence ("Rendering shot").
    folders: where it writes. problem: why it could not begin, or empty."""

    def __init__(
        self,
        title: str,
        arguments: Future[Sequence[str]],
        folders: Sequence[Path],
        wake: Callable[[], None],
    ) -> None:
        """arguments: it begins once they are there. wake: called from another thread when there is
        something new."""
        self.title, self.problem = title, ""
        self.progress: Progress | None = None
        self.cancelled = False
        self.lines: deque[str] = deque(maxlen=TOLD)
        self._folders, self._wake = folders, wake
        self._first = time.monotonic()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()  # while it begins or is cancelled
        self._thread = threading.Thread(
            target=self._run, args=(arguments,), name="work", daemon=True
        )
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether the process has ended, and all that it wrote was read."""
        return not self._thread.is_alive()

    @property
    def status(self) -> int | None:
        """The exit status, once it is done; None where it never began."""
        return None if self._process is None else self._process.returncode

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        progress = self.progress
        return progress.done / progress.total if progress and progress.total else 0.0

    def left(self, now: float | None = None) -> float | None:
        """Seconds that it still takes, by how long the frames so far took; None before the first
        two. now: seconds of the monotonic clock."""
        progress = self.progress
        if progress is None or progress.done < 2:
            return None
        now = time.monotonic() if now is None else now
        return (progress.total - progress.done) * (now - self._first) / (progress.done - 1)

    def cancel(self) -> None:
        """Stop, within a second, and leave nothing half-written. Waits for nothing."""
        if self.cancelled or self.done:
            return
        with self._lock:
            self.cancelled = True
            process = self._process
        if process is None:
            return
        process.terminate()
        threading.Thread(target=_make_sure, args=(process,), name="cancel", daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Wait for the end."""
        self._thread.join(seconds)

    def _run(self, arguments: Future[Sequence[str]]) -> None:
        """In its own thread: begin, and read what the process says until it ends."""
        try:
            told = arguments.result()
            with self._lock:
                if not self.cancelled:
                    # Without a terminal, nothing is asked and nobody waits for an answer.
                    self._process = subprocess.Popen(
                        [*PROGRAM, *told], stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    )  # fmt: skip
        except (OSError, RilievoError) as error:
            self.problem = str(error)
        except CancelledError:
            self.cancelled = True
        if self._process is not None:
            self._read(self._process)
        self._wake()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout as told:
            for line in told:
                self._take(line)
        process.wait()
        if self.cancelled:
            self._clean(process.pid)

    def _take(self, line: bytes) -> None:
        progress = parse(line)
        if progress is None:
            self.lines.append(line.decode(errors="replace").rstrip())
            return
        if self.progress is None or (self.progress.done == 0 and progress.done):
            self._first = time.monotonic()
        self.progress = progress
        self._wake()

    def _clean(self, process: int) -> None:
        """Take away what a killed process was writing; see `engine.output.atomic`."""
        for folder in self._folders:
            for path in folder.glob(f".*.{process}.tmp*"):
                with suppress(OSError):
                    path.unlink()


class LongWork:
    """The work of a window, one at a time. now: what is at work.

    run: does what takes its time, such as writing the copy of a long document; see `Saving.run`.
    """

    def __init__(
        self,
        messages: Messages,
        wake: Callable[[], None],
        run: Run = at_once,
    ) -> None:
        self.now: Work | None = None
        self._messages, self._wake, self._run = messages, wake, run
        self._copies: tempfile.TemporaryDirectory[str] | None = None

    def start(
        self,
        title: str,
        command: Callable[[Path], Sequence[str]],
        scene: Scene,
        folders: Sequence[Path] = (),
    ) -> bool:
        """Have a command work on a copy of the document as it is now, once that is written; whether
        nothing else is at work.

        command: the arguments, for the copy's path. folders: where it writes.
        """
        if self.now is not None:
            self._messages.warn(f"{self.now.title} goes on: cancel it before something else begins")
            return False
        try:
            self._copies = tempfile.TemporaryDirectory(prefix="rilievo-")
        except OSError as error:
            self._messages.fail(f"{title} could not begin: {error}")
            return False
        copy = Path(self._copies.name) / f"{Path(scene.name or 'untitled').name}.rilievo"
        told = (*command(copy), "--progress", "lines")  # as it is chosen now
        arguments: Future[Sequence[str]] = Future()
        work = self.now = Work(title, arguments, folders, self._wake)

        def write(rest: Rest) -> None:
            def rest_or_stop() -> None:
                if work.cancelled:
                    raise CancelledError
                rest()

            try:
                scene.save(copy, rest_or_stop)
            except Exception as error:  # noqa: BLE001 - given to the thread that waits for it
                arguments.set_exception(error)
            else:
                arguments.set_result(told)

        self._run(write)
        return True

    def cancel(self) -> None:
        """Stop what is at work."""
        if self.now is not None:
            self.now.cancel()

    def work(self) -> bool:
        """Say what has ended; call it with each frame. Whether something has."""
        work = self.now
        if work is None or not work.done:
            return False
        if work.cancelled:
            self._messages.note(f"{work.title} was cancelled; what was written before is whole")
        elif work.problem:
            self._messages.fail(f"{work.title} could not begin: {work.problem}")
        elif work.status == 0:
            self._messages.note(f"{work.title} is done{_wrote(work.lines)}")
        else:
            self._messages.fail(f"{work.title} failed: {_reason(work.lines)}")
        self._forget()
        return True

    def close(self) -> None:
        """Stop, and wait for that."""
        if self.now is not None:
            self.now.cancel()
            self.now.wait(GRACE + 1.0)
        self._forget()

    def _forget(self) -> None:
        self.now = None
        if self._copies is not None:
            self._copies.cleanup()
            self._copies = None


def _make_sure(process: subprocess.Popen[bytes]) -> None:
    """End a process that was asked to end."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    if process.poll() is None:
        process.kill()


def time_text(seconds: float) -> str:
    """A time as people read it: "0:07", "2:05", "1:00:00"."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _wrote(lines: Sequence[str]) -> str:
    written = [line.removeprefix("wrote ") for line in lines if line.startswith("wrote ")]
    return f": {', '.join(written)}" if written else ""


def _reason(lines: Sequence[str]) -> str:
    told = [line.removeprefix(REASON) for line in lines if line.startswith(REASON)]
    boxed = " ".join(line.strip("│ ") for line in lines if line.startswith("│"))  # a wrong option
    return (told or ([boxed] if boxed else [*lines]) or ["it ended without a word"])[-1]
