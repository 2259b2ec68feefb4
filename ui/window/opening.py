"""Opening files in a window that is there already: documents, pictures, clips."""

from __future__ import annotations

from pathlib import Path

from engine.scene import AnalysisType, DepthRange, Scene
from ui.new import new_document

DOCUMENT = ".rilievo"


def load(path: Path) -> tuple[Scene, Path | None]:
    """A document from a file: a saved one, or a new one around a picture or clip, with Face
    Analysis. Raises RilievoError."""
    if path.suffix.lower() == DOCUMENT:
        return Scene.load(path), path
    scene = new_document(str(path), None, AnalysisType.FACE, DepthRange.NORMALIZED, three_d=True)
    return scene, None
