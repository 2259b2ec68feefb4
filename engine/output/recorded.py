"""Sequences of files as outputs of a recording."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from engine.errors import OutputError
from engine.output.names import frame_path, has_frame_token

FrameIn = TypeVar("FrameIn", contravariant=True)

WRITERS = 2
"""Files of a sequence that are written at a time."""


class FilesSink(Generic[FrameIn]):
    """Writes each frame as a file of its own, named by its number; several at a time."""

    workers = WRITERS

    def __init__(self, pattern: str, save: Callable[[FrameIn, Path, int], None]) -> None:
        """pattern: name with a frame token such as `####`. save: writes a frame to a path, whole or
        not at all, or raises OutputError; it is called from several threads. A file that is there
        already ends the recording."""
        if not has_frame_token(pattern):
            raise OutputError(f"{pattern} is one file: put #### where the frame number goes.")
        self._pattern = pattern
        self._save = save
        self._bytes = 0
        self._lock = threading.Lock()

    def __str__(self) -> str:
        return self._pattern

    def path(self, number: int) -> Path:
        """The file of a frame."""
        return Path(frame_path(self._pattern, number))

    def write(self, number: int, frame: FrameIn) -> None:
        path = self.path(number)
        if path.exists():
            raise OutputError(f"{path} is there already: choose another name.")
        self._save(frame, path, number)
        size = path.stat().st_size
        with self._lock:
            self._bytes += size

    def close(self) -> None:
        """Each file is whole already."""

    @property
    def bytes(self) -> int:
        return self._bytes
