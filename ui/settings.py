"""What the user has chosen once for all documents, in a small JSON file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import msgspec

from engine.errors import OutputError
from engine.folders import config_folder
from engine.output.atomic import atomic

RECENT = 12
SMALLEST_TEXT, LARGEST_TEXT = 0.6, 2.5


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """recent: documents, pictures and clips that were open, the newest first, as absolute paths.
    text_scale: size of the window's text, 1 as designed. first_steps: whether what one can do is
    said in a window without a document. folders: that files were read from, the newest first."""

    recent: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    text_scale: Annotated[float, msgspec.Meta(ge=SMALLEST_TEXT, le=LARGEST_TEXT)] = 1.0
    first_steps: bool = True


class SettingsFile:
    """The settings and their file. problem: why they could not be read or written, or empty; the
    program goes on with what it has."""

    def __init__(self, path: Path | None = None) -> None:
        """path: by default in the user's config folder."""
        self.path = path or config_folder() / "settings.json"
        self.problem = ""
        self.values = self._read()

    def opened(self, path: Path) -> None:
        """A file was opened or saved: it leads the list of recent ones."""
        name = os.path.abspath(path)
        # Another window may have opened others meanwhile.
        rest = [other for other in self._read().recent if other != name]
        self.change(recent=(name, *rest)[:RECENT])

    def read_from(self, folder: Path) -> None:
        """A file of this folder was read: it leads the list of such folders."""
        name = os.path.abspath(folder)
        rest = [other for other in self._read().folders if other != name]
        self.change(folders=(name, *rest)[:RECENT])

    def change(self, **values: object) -> None:
        """Change values, and write the file."""
        self.values = msgspec.structs.replace(self.values, **values)
        text = msgspec.json.format(msgspec.json.encode(self.values), indent=2)
        try:
            with atomic(self.path) as temporary:
                temporary.write_bytes(text + b"\n")
        except OutputError as error:
            self.problem = str(error)

    def _read(self) -> Settings:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Settings)
        except FileNotFoundError:
            return Settings()
        except (OSError, msgspec.DecodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self.problem = (
                f"settings {self.path} cannot be read ({reason}); what comes with Rilievo is used"
            )
            return Settings()
