"""Which networks for Global Analysis are here, for whoever must not wait for the answer."""

from __future__ import annotations

import threading
import time

from models.depth.registry import installed, networks

FRESH = 10.0
"""Seconds for which an answer is good; looking takes about a second the first time."""


class _Look:
    """Looks in a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, str] = {}
        self._since = -FRESH
        self._thread: threading.Thread | None = None

    def found(self) -> dict[str, str]:
        with self._lock:
            old = time.monotonic() - self._since > FRESH
            if old and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._look, name="networks", daemon=True)
                self._thread.start()
            return self._found

    def _look(self) -> None:
        here = {spec.name: spec.title for spec in networks() if installed(spec)}
        with self._lock:
            self._found, self._since = here, time.monotonic()


_look = _Look()


def installed_networks() -> dict[str, str]:
    """Name → title of the networks that are here, as of a moment ago; nothing at first."""
    return _look.found()
