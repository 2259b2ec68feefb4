"""What is chosen where frames are rendered from the window."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from engine.scene import Aov, Scene
from ui.window.render_dialog import RenderDialog


def desk(*aovs: str) -> Any:
    """As much of a window as the dialog asks: a document with these 3D AOVs."""
    scene = Scene(name="shot").with_node(*(Aov(id=name) for name in aovs))
    return SimpleNamespace(editor=SimpleNamespace(scene=scene, path=None))


def test_a_new_aov_is_written_with_the_picture_unless_it_was_unticked() -> None:
    dialog = RenderDialog()
    dialog.open(desk("Depth", "Cover"))
    assert dialog.passes == {"beauty", "Depth", "Cover"}
    dialog.passes -= {"beauty", "Cover"}
    dialog.open(desk("Depth", "Cover"))
    assert dialog.passes == {"Depth"}
    dialog.open(desk("Cover", "Depth for comp"))  # of another name, or another one
    assert dialog.passes == {"Depth for comp"}
    dialog.open(desk())
    assert dialog.passes == set()
