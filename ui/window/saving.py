"""Documents written beside the drawing, one after the other, in the order they were asked for.

A document never changes, so another thread can write it while it is edited on. Python runs one
thread at a time: the other one works for a moment and rests for a longer one, so that the window
never waits for it noticeably, however long the document is.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from engine.errors import RilievoError
from engine.scene import History, Scene
from ui.autosave import Rest
from ui.window.editor import Editor
from ui.window.messages import Messages

TURN, NAP = 0.001, 0.003  # seconds that it works and rests
TOLD = 0.5  # seconds after which it is said that it goes on
Then = Callable[[], object]


@dataclass(eq=False, slots=True)
class _Write:
    future: Future[None]
    scene: Scene
    path: Path
    history: History
    then: Then
    since: float


class Saving:
    """saved: called with the file of a document that was written. wake: called from another thread
    when one is."""

    def __init__(
        self, editor: Editor, messages: Messages, saved: Callable[[Path], object],
        wake: Callable[[], None],
    ) -> None:  # fmt: skip
        self._editor, self._messages, self._saved, self._wake = editor, messages, saved, wake
        # Not stepped back: whoever waits for the processor while Python's lock is his keeps the
        # drawing waiting too.
        self._pool = ThreadPoolExecutor(1, "saving")
        self._writes: deque[_Write] = deque()
        self._waiting: list[Then] = []
        self._hurry = threading.Event()
        self._rested = 0.0

    @property
    def busy(self) -> bool:
        """Whether a document is being written that the artist wants to be."""
        return bool(self._writes)

    @property
    def text(self) -> str:
        """What goes on, once it takes long; or empty."""
        if not self._writes or time.monotonic() - self._writes[0].since < TOLD:
            return ""
        return f"Saving {self._writes[0].path.name} …"

    def start(self, scene: Scene, path: Path, then: Then = lambda: None) -> None:
        """Write a document to a file. then: is called once it is there; never if it cannot be
        written, which is said."""
        self._editor.history.end_merge()
        future = self._pool.submit(scene.save, path, self._rest)
        now = time.monotonic()
        self._writes.append(_Write(future, scene, path, self._editor.history, then, now))
        future.add_done_callback(lambda _: self._wake())

    def run(self, act: Callable[[Rest], None]) -> None:
        """Do something else in turn, such as a copy of what is not saved yet."""
        self._pool.submit(act, self._rest)

    def once_done(self, then: Then) -> None:
        """Go on once all is written, or could not be."""
        if self._writes:
            self._waiting.append(then)
        else:
            then()

    def work(self) -> bool:
        """Say what was written; whether anything was. To be called with each frame."""
        did = False
        while self._writes and self._writes[0].future.done():
            write = self._writes.popleft()
            did = True
            try:
                write.future.result()
            except RilievoError as error:
                self._messages.fail(str(error))
                continue
            if self._editor.history is write.history:
                self._editor.saved(write.scene, write.path)
                self._saved(write.path)
            self._messages.note(f"Saved {write.path}")
            write.then()
        if not self._writes:
            waiting, self._waiting = self._waiting, []
            for then in waiting:
                then()
        return did

    def wait(self) -> None:
        """Wait until everything is written that was asked for."""
        self._hurry.set()
        self._pool.submit(lambda: None).result()
        self._hurry.clear()
        self.work()

    def close(self) -> None:
        """Write what is left, and stop."""
        self._hurry.set()
        self._pool.shutdown(wait=True)

    def _rest(self) -> None:
        """In the other thread: leave the processor to the window at short intervals."""
        if time.perf_counter() - self._rested > TURN and not self._hurry.is_set():
            time.sleep(NAP)
            self._rested = time.perf_counter()
