"""Files read beside the drawing: what is to be done with them comes when they are there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from engine.errors import RilievoError
from models import step_back
from ui.window.messages import Messages

Read = TypeVar("Read")


class Starts(Protocol):
    """Starts to read something. what: its name. read: called in another thread; may raise
    RilievoError. done: called in the drawing thread with what was read."""

    def __call__(
        self, what: str, read: Callable[[], Read], done: Callable[[Read], object], /
    ) -> None: ...


@dataclass(eq=False, slots=True)
class _Work:
    what: str
    future: Future[Any]
    done: Callable[[Any], object]


class Reading:
    """One file after the other. wake: called from another thread when one is there."""

    def __init__(self, messages: Messages, wake: Callable[[], None]) -> None:
        self._messages, self._wake = messages, wake
        self._pool = ThreadPoolExecutor(1, "reading", initializer=step_back)
        self._works: deque[_Work] = deque()

    @property
    def names(self) -> tuple[str, ...]:
        """What is being read or waits for it."""
        return tuple(work.what for work in self._works)

    def start(self, what: str, read: Callable[[], Read], done: Callable[[Read], object]) -> None:
        """See `Starts`. What goes wrong is said."""
        future = self._pool.submit(read)
        self._works.append(_Work(what, future, done))
        future.add_done_callback(lambda _: self._wake())

    def work(self) -> bool:
        """Do what is to be done with what is there; whether anything was. To be called before each
        frame."""
        did = False
        while self._works and self._works[0].future.done():
            work = self._works.popleft()
            did = True
            try:
                found = work.future.result()
            except RilievoError as error:
                self._messages.fail(str(error))
                continue
            work.done(found)
        return did

    def cancel(self) -> None:
        """Nothing becomes of what is being read."""
        for work in self._works:
            work.future.cancel()
        if self._works:
            self._messages.note(f"{', '.join(self.names)} is not read")
        self._works.clear()

    def close(self) -> None:
        """Wait for what is being read, and let go of it."""
        self._works.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)
