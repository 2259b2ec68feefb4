"""Opening files in a window that is there already: documents, pictures, clips."""

from __future__ import annotations

from pathlib import Path

from engine.errors import RilievoError
from engine.scene import AnalysisType, DepthRange, Scene
from ui.new import new_document
from ui.window.desk import Desk

DOCUMENT = ".rilievo"


def load(path: Path) -> tuple[Scene, Path | None]:
    """A document from a file: a saved one, or a new one around a picture or clip, with Face
    Analysis. Raises RilievoError."""
    if path.suffix.lower() == DOCUMENT:
        return Scene.load(path), path
    scene = new_document(str(path), None, AnalysisType.FACE, DepthRange.NORMALIZED, three_d=True)
    return scene, None


def open_dropped(window: Desk, paths: list[Path]) -> None:
    """Open the first of the files that were dropped on the window."""
    if not paths:
        return
    try:
        scene, path = load(paths[0])
    except RilievoError as error:
        window.messages.fail(str(error))
        return
    if not window.editor.history.is_saved:
        window.messages.warn(
            f"{window.editor.title.removesuffix(' * – Rilievo')} was not saved; "
            f"it was left for {paths[0].name}"
        )
    window.editor.replace(scene, path)
    window.preview.camera.reset()
    window.messages.note(f"Opened {paths[0]}")
