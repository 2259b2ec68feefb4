"""Errors that libraries log instead of raising.

rendercanvas catches what a draw raises and logs it, and wgpu logs what the device reports later: a
test would pass over both. Each test fails on them unless it takes the `logged_errors` fixture,
looks at what came, and clears the list.
"""

from __future__ import annotations

import logging

LOGGERS = ("wgpu", "rendercanvas")


class ErrorCollector(logging.Handler):
    """Keeps the text of every record at ERROR or above."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(f"{record.name}: {record.getMessage()}")

    def __enter__(self) -> list[str]:
        for name in LOGGERS:
            logging.getLogger(name).addHandler(self)
        return self.messages

    def __exit__(self, *_: object) -> None:
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(self)
