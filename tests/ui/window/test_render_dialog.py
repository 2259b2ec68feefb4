"""What is chosen where frames are rendered from the window."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.scene import Aov, Scene
from ui.window.render_dialog import RenderDialog


def desk(*aovs: str, path: Path | None = None) -> Any:
    """As much of a window as the dialog asks: a document with these 3D AOVs, and its file."""
    scene = Scene(name="shot").with_node(*(Aov(id=name) for name in aovs))
    return SimpleNamespace(editor=SimpleNamespace(scene=scene, path=path))


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


def test_files_are_named_before_rendering_begins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    dialog = RenderDialog()
    dialog.open(desk())
    assert dialog.problem(Scene()) == ""
    dialog.film, dialog.movie = True, " "
    assert "film" in dialog.problem(Scene())
    dialog.movie, dialog.pattern = "~/shot.mp4", ""
    assert "pictures" in dialog.problem(Scene())
    dialog.pattern = "~/shot.####.exr "
    assert dialog.problem(Scene()) == ""
    arguments = dialog.arguments(Path("shot.rilievo"))
    assert arguments[-5:-3] == [str(tmp_path / "shot.####.exr"), "--passes"]
    assert arguments[-1] == str(tmp_path / "shot.mp4")


def test_another_document_is_rendered_to_files_of_its_own() -> None:
    dialog = RenderDialog()
    dialog.open(desk(path=Path("shots/a.rilievo")))
    assert Path(dialog.pattern) == Path("shots/render/a.####.exr")
    dialog.pattern = "elsewhere.####.exr"
    dialog.open(desk(path=Path("shots/a.rilievo")))
    assert dialog.pattern == "elsewhere.####.exr"
    dialog.open(desk(path=Path("shots/b.rilievo")))
    assert Path(dialog.pattern) == Path("shots/render/b.####.exr")
    assert Path(dialog.movie) == Path("shots/render/b.mp4")


def test_two_parts_of_one_name_are_told_before_rendering_begins() -> None:
    dialog, window = RenderDialog(), desk("N")
    dialog.open(window)
    assert dialog.problem(window.editor.scene) == ""
    dialog.passes.add("normals")
    assert "the 3D AOV 'N' has the name of a part" in dialog.problem(window.editor.scene)
    dialog.pictures, dialog.film = False, True
    assert dialog.problem(window.editor.scene) == ""
