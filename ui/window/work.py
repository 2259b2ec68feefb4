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
from contextlib import suppress
from pathlib import Path

from engine.errors import RilievoError
from engine.scene import Scene
from ui.progress_lines import Progress, parse
from ui.window.messages import Messages

PROGRAM = (sys.executable, "-c", "from ui.commands import main; main()")
GRACE = 0.6  # seconds that a stopped process has to take away what it was writing
TOLD = 20  # lines of what a process writes that are kept, for the message when it fails
REASON = "rilievo: "


class Work:
    """One command at work. title: what it does, as a beginning of a sentence ("Rendering shot").
    folders: where it writes."""

    def __init__(
        self,
        title: str,
        arguments: Sequence[str],
        folders: Sequence[Path],
        wake: Callable[[], None],
    ) -> None:
        """wake: called from another thread when there is something new. Raises OSError."""
        self.title = title
        self.progress: Progress | None = None
        self.cancelled = False
        self.lines: deque[str] = deque(maxlen=TOLD)
        self._folders, self._wake = folders, wake
        self._begun = self._first = time.monotonic()
        # Without a terminal, nothing is asked and nobody waits for an answer.
        self._process = subprocess.Popen(
            [*PROGRAM, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._read, name="work", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether the process has ended, and all that it wrote was read."""
        return not self._thread.is_alive()

    @property
    def status(self) -> int | None:
        """The exit status, once it is done."""
        return self._process.returncode

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
        self.cancelled = True
        self._process.terminate()
        threading.Thread(target=self._make_sure, name="cancel", daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Wait for the end."""
        self._thread.join(seconds)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as told:
            for line in told:
                self._take(line)
        self._process.wait()
        if self.cancelled:
            self._clean()
        self._wake()

    def _take(self, line: bytes) -> None:
        progress = parse(line)
        if progress is None:
            self.lines.append(line.decode(errors="replace").rstrip())
            return
        if self.progress is None or (self.progress.done == 0 and progress.done):
            self._first = time.monotonic()
        self.progress = progress
        self._wake()

    def _make_sure(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        if self._process.poll() is None:
            self._process.kill()

    def _clean(self) -> None:
        """Take away what a killed process was writing; see `engine.output.atomic`."""
        for folder in self._folders:
            for path in folder.glob(f".*.{self._process.pid}.tmp*"):
                with suppress(OSError):
                    path.unlink()


class LongWork:
    """The work of a window, one at a time. now: what is at work."""

    def __init__(self, messages: Messages, wake: Callable[[], None]) -> None:
        self.now: Work | None = None
        self._messages, self._wake = messages, wake
        self._copies: tempfile.TemporaryDirectory[str] | None = None

    def start(
        self,
        title: str,
        command: Callable[[Path], Sequence[str]],
        scene: Scene,
        folders: Sequence[Path] = (),
    ) -> bool:
        """Have a command work on a copy of the document as it is now; whether it began.

        command: the arguments, for the copy's path. folders: where it writes.
        """
        if self.now is not None:
            self._messages.warn(f"{self.now.title} goes on: cancel it before something else begins")
            return False
        self._copies = tempfile.TemporaryDirectory(prefix="rilievo-")
        copy = Path(self._copies.name) / f"{Path(scene.name or 'untitled').name}.rilievo"
        try:
            scene.save(copy)
            arguments = (*command(copy), "--progress", "lines")
            self.now = Work(title, arguments, folders, self._wake)
        except (OSError, RilievoError) as error:
            self._messages.fail(f"{title} could not begin: {error}")
            self._forget()
            return False
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
