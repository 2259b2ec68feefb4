"""Documents that a command is given by name."""

from __future__ import annotations

import shlex
from pathlib import Path

from engine.errors import SceneError
from engine.scene import Scene

ENDING = ".rilievo"


def load_document(path: Path) -> Scene:
    """The document in a file. Raises SceneError; of what has another ending, as a picture or a
    clip has, it says how a document is made of it."""
    try:
        return Scene.load(path)
    except SceneError as error:
        if path.suffix.lower() == ENDING:
            raise
        given, made = shlex.quote(str(path)), shlex.quote(f"{path.name.split('.')[0]}{ENDING}")
        raise SceneError(
            f"{error}; if it is a picture or a clip, make a document of it first: rilievo new"
            f" {given} -o {made}"
        ) from None
