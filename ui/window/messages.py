"""What the user should know: shown in the window and written to the terminal, each once."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from enum import IntEnum

from engine.scene import spoken
from ui.failures import complain

SHOWN_FOR = 8.0  # seconds that a message stands in the picture
FADING = 1.0  # the last of them
KEPT = 200


class Level(IntEnum):
    NOTE = 0
    WARNING = 1
    ERROR = 2


@dataclass(slots=True)
class Message:
    """text: one sentence. when: `time.monotonic` of the last time it came up. count: how often."""

    text: str
    level: Level
    when: float
    count: int = 1


class Messages:
    """The newest last."""

    def __init__(self) -> None:
        self.entries: deque[Message] = deque(maxlen=KEPT)

    def note(self, text: str) -> None:
        """Something was done."""
        self._add(text, Level.NOTE)

    def warn(self, text: str) -> None:
        """Something is not as it may seem."""
        self._add(text, Level.WARNING)

    def fail(self, text: str) -> None:
        """Something could not be done."""
        self._add(text, Level.ERROR)

    @property
    def newest(self) -> Message | None:
        return self.entries[-1] if self.entries else None

    def shown(self) -> list[Message]:
        """Those that stand in the picture now."""
        now = time.monotonic()
        return [entry for entry in self.entries if now - entry.when < SHOWN_FOR]

    def rest(self) -> float | None:
        """Seconds until a message begins to fade, 0 while one does; None where none is shown."""
        shown = self.shown()
        if not shown:
            return None
        now = time.monotonic()
        return max(0.0, min(SHOWN_FOR - FADING - (now - entry.when) for entry in shown))

    def _add(self, text: str, level: Level) -> None:
        now = time.monotonic()
        text = capitalized(spoken(text))
        for entry in self.entries:
            if entry.text == text and entry.level == level:
                # The same again: it moves to the end, and the terminal has it already.
                self.entries.remove(entry)
                entry.when, entry.count = now, entry.count + 1
                self.entries.append(entry)
                return
        self.entries.append(Message(text, level, now))
        if level is not Level.NOTE:
            inner = text[1:2].islower() and not _is_name(text)
            complain(text[:1].lower() + text[1:] if inner else text)


def capitalized(text: str) -> str:
    """The text with a capital letter, unless it begins with a file or an address, whose names are
    what they are."""
    return text if _is_name(text) else text[:1].upper() + text[1:]


def _is_name(text: str) -> bool:
    first = text.split(" ", 1)[0].rstrip(".,:")
    return any(sign in first for sign in "./\\:")
