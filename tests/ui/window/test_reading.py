"""Files read beside the drawing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from engine.errors import MediaError
from ui.window.messages import Messages
from ui.window.reading import Reading


def wait(reading: Reading, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        reading.work()
        assert time.monotonic() < end
        time.sleep(0.005)


def test_what_is_read_is_taken_in_order_by_who_draws() -> None:
    woken = threading.Event()
    reading, found = Reading(Messages(), woken.set), []
    drawing = threading.get_ident()
    for number in (1, 2):
        reading.start(
            f"{number}.exr",
            lambda n=number: (n, threading.get_ident() != drawing),
            lambda result: found.append((*result, threading.get_ident() == drawing)),
        )
    assert reading.names == ("1.exr", "2.exr") and not found
    assert woken.wait(10)
    wait(reading, lambda: len(found) == 2)
    assert found == [(1, True, True), (2, True, True)]
    assert not reading.names and not reading.work()
    reading.close()


def test_what_goes_wrong_is_said() -> None:
    messages = Messages()
    reading, found = Reading(messages, lambda: None), []

    def fail() -> int:
        raise MediaError("a.exr is no picture.")

    reading.start("a.exr", fail, found.append)
    reading.start("b.exr", lambda: 2, found.append)
    wait(reading, lambda: found == [2])
    assert messages.newest is not None and messages.newest.text == "a.exr is no picture."
    reading.close()


def test_nothing_becomes_of_what_is_cancelled() -> None:
    messages, go = Messages(), threading.Event()
    reading, found = Reading(messages, lambda: None), []
    reading.start("a.exr", lambda: go.wait(10), found.append)
    reading.start("b.exr", lambda: 2, found.append)
    reading.cancel()
    assert not reading.names
    assert messages.newest is not None and "a.exr, b.exr" in messages.newest.text
    go.set()
    reading.start("c.exr", lambda: 3, found.append)
    wait(reading, lambda: bool(found))
    assert found == [3]
    reading.close()
