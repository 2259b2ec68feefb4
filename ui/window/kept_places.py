"""Where an artist has put the nodes of a document in the Schematic, from one day to the next.

One small file for each document, in the user's state folder: it is nobody's wish and no part of the
document, so a damaged or lost one costs no more than the arrangement.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec

from engine.errors import OutputError
from engine.folders import state_folder
from engine.output.atomic import atomic
from ui.window.schematic_layout import Place


class KeptPlaces:
    """document: the file that is edited; None until it has one, and then nothing is kept.
    problem: why they could not be written, or empty."""

    def __init__(self, document: Path | None, folder: Path | None = None) -> None:
        self.problem = ""
        self._path = None
        if document is not None:
            key = hashlib.sha256(os.path.abspath(document).encode()).hexdigest()[:32]
            self._path = (folder or state_folder() / "schematic") / f"{key}.json"

    def read(self) -> dict[str, Place]:
        """The places, by the nodes' names; empty where nothing is known."""
        if self._path is None:
            return {}
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Place])
        except (OSError, msgspec.DecodeError):
            return {}

    def write(self, places: dict[str, Place]) -> None:
        """Keep these."""
        if self._path is None:
            return
        try:
            with atomic(self._path) as temporary:
                temporary.write_bytes(msgspec.json.encode(places))
            self.problem = ""
        except OutputError as error:
            self.problem = f"the arrangement of the Schematic could not be kept: {error}"
