"""How far a command has come, in lines that another program reads: one JSON object each.

`rilievo render … --progress lines` writes them to stdout; the window shows them.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import msgspec

PAUSE = 0.5  # seconds between looks at what is being done within a frame
BEHIND = 10  # the nice value of what works for a window, which is drawn meanwhile
START = b'{"done":'


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """done, total: frames. doing: what goes on within a frame that takes its time, or empty."""

    done: int
    total: int
    doing: str = ""


def parse(line: bytes) -> Progress | None:
    """What a line of a command says; None for any other line, such as the names of files."""
    if not line.startswith(START):
        return None
    try:
        return msgspec.json.decode(line, type=Progress)
    except msgspec.DecodeError:
        return None


@contextmanager
def written(total: int, doing: Callable[[], str] = str) -> Iterator[Callable[[], None]]:
    """Write lines while this is open; call what it yields after each frame. doing: says what goes
    on; called from another thread. From now on, this process runs where others leave room."""
    if sys.platform != "win32":
        with suppress(OSError):
            os.nice(BEHIND)
    state = _State(total)
    state.say(0, doing())
    closing = threading.Event()

    def watch() -> None:
        while not closing.wait(PAUSE):
            state.say(0, doing())

    thread = threading.Thread(target=watch, name="progress", daemon=True)
    thread.start()
    try:
        yield lambda: state.say(1, doing())
    finally:
        closing.set()
        thread.join()


class _State:
    def __init__(self, total: int) -> None:
        self._now = Progress(done=0, total=total)
        self._said: Progress | None = None
        self._lock = threading.Lock()

    def say(self, more: int, doing: str) -> None:
        """So many more frames are done."""
        with self._lock:
            done = self._now.done + more
            self._now = Progress(done=done, total=self._now.total, doing=doing)
            if self._now == self._said:
                return
            self._said = self._now
            sys.stdout.write(msgspec.json.encode(self._now).decode() + "\n")
            sys.stdout.flush()
