"""Copies of documents that are not saved yet, and settings: kept, found, and never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.scene import Scene, new_media, new_scene
from ui.autosave import EVERY, Autosave, Rest
from ui.settings import LARGEST_TEXT, RECENT, SettingsFile
from ui.window.palette import fitting


@pytest.fixture
def scene() -> Scene:
    return new_scene(new_media("/pictures/a.png", (64, 48)))


def left_by_another(document: Path, folder: Path, scene: Scene) -> Path:
    """A copy as a program leaves it that is gone."""
    scene.save(folder.parent / "copied.rilievo")
    code = (
        "import sys; from pathlib import Path; from engine.scene import Scene;"
        "from ui.autosave import Autosave;"
        "a = Autosave(Path(sys.argv[1]), Path(sys.argv[2]));"
        "a.copy(Scene.load(sys.argv[3])); print(a.path)"
    )
    words = [sys.executable, "-c", code, document, folder, folder.parent / "copied.rilievo"]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=Path.cwd())
    return Path(done.stdout.strip())


def test_a_copy_is_there_while_something_is_unsaved(tmp_path: Path, scene: Scene) -> None:
    autosave = Autosave(tmp_path / "shot.rilievo", tmp_path / "copies")
    autosave.work(scene, True, 0.0)
    assert not autosave.path.exists()
    autosave.work(scene, False, 1.0)
    assert Scene.load(autosave.path) == scene
    later = scene.with_settings(first=5)
    autosave.work(later, False, 1.0 + EVERY / 2)  # not at every stroke
    assert Scene.load(autosave.path) == scene
    autosave.work(later, False, 1.0 + EVERY)
    assert Scene.load(autosave.path) == later
    assert autosave.left() is None  # the program that has it open is this one
    autosave.work(later, True, 2.0 + EVERY)
    assert not autosave.path.exists()


def test_what_a_program_left_that_is_gone_is_found(tmp_path: Path, scene: Scene) -> None:
    document, folder = tmp_path / "shot.rilievo", tmp_path / "copies"
    left = left_by_another(document, folder, scene)
    assert left.parent == folder
    assert Autosave(document, folder).left() == left
    assert Autosave(tmp_path / "elsewhere" / "shot.rilievo", folder).left() is None
    assert Autosave(Path(os.path.relpath(document)), folder).left() == left  # the same file
    Autosave(document, folder).forget()
    assert not left.exists()


def test_media_below_the_document_are_found_from_the_copy(tmp_path: Path) -> None:
    scene = new_scene(new_media(str(tmp_path / "plate.png"), (64, 48)))
    autosave = Autosave(tmp_path / "shot.rilievo", tmp_path / "copies")
    autosave.copy(scene)
    assert Scene.load(autosave.path).media[0].path == str(tmp_path / "plate.png")


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path: Path, scene: Scene) -> None:
    (tmp_path / "copies").write_text("a file", encoding="utf-8")
    autosave = Autosave(tmp_path / "shot.rilievo", tmp_path / "copies")
    autosave.work(scene, False, 0.0)
    assert autosave.problem.startswith("no copy of unsaved changes could be kept: ")
    autosave.clear()


def test_settings_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "config" / "settings.json"
    settings = SettingsFile(path)
    assert settings.values.recent == () and not settings.problem
    for number in range(RECENT + 3):
        settings.opened(tmp_path / f"{number}.rilievo")
    settings.opened(tmp_path / "5.rilievo")
    settings.change(text_scale=1.5)
    again = SettingsFile(path).values
    assert again.text_scale == 1.5
    assert again.recent[:2] == (str(tmp_path / "5.rilievo"), str(tmp_path / "14.rilievo"))
    assert len(again.recent) == len(set(again.recent)) == RECENT


@pytest.mark.parametrize("text", ["", "{", '{"text_scale": 9}', "[]", '{"recent": [1]}', "\x00"])
def test_damaged_settings_are_said_and_not_fatal(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="utf-8")
    settings = SettingsFile(path)
    assert settings.values.text_scale == 1.0
    assert settings.problem.startswith(f"settings {path} cannot be read (")
    settings.change(text_scale=LARGEST_TEXT)
    assert SettingsFile(path).values.text_scale == LARGEST_TEXT


def test_settings_of_a_newer_version_are_read_as_far_as_known(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"text_scale": 1.2, "colour_of_tomorrow": "blue"}', encoding="utf-8")
    assert SettingsFile(path).values.text_scale == 1.2


def test_commands_fit_what_is_typed() -> None:
    assert fitting("full", "Fullscreen View") == 0
    assert fitting("fra", "Frame All View") == 0
    assert fitting("ga", "Fit Gauge") == 0
    assert fitting("xyz", "Fullscreen View") is None
    near, far = fitting("draw", "Draw a Rectangle"), fitting("draw", "Find Dr a saw")
    assert near is not None and far is not None and near < far


@given(st.text(max_size=8), st.text(max_size=20))
def test_fitting_is_in_order(text: str, name: str) -> None:
    letters = iter(name.lower())
    typed = text.lower().replace(" ", "")
    assert (fitting(text, name) is not None) == all(letter in letters for letter in typed)


def test_what_follows_a_copy_waits_until_it_is_whole(tmp_path: Path, scene: Scene) -> None:
    """What another program left goes only once our own copy is there."""
    later: list[Callable[[Rest], None]] = []
    autosave = Autosave(tmp_path / "shot.rilievo", tmp_path / "copies", later.append)
    there: list[bool] = []
    autosave.copy(scene, lambda: there.append(autosave.path.exists()))
    assert not there
    later.pop()(lambda: None)
    assert there == [True]
    (tmp_path / "file").write_text("no folder")
    failing = Autosave(tmp_path / "shot.rilievo", tmp_path / "file")
    failing.copy(scene, lambda: there.append(False))
    assert there == [True] and "no copy of unsaved changes" in failing.problem
