"""The file browser of the Media panel, without a window."""

from __future__ import annotations

from pathlib import Path

import pytest

from ui.settings import SettingsFile
from ui.window.overlay import Press
from ui.window.panels.read_file import ReadFile

Read = list[tuple[Path, bool]]


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    folder = tmp_path / "shots"
    (folder / "older").mkdir(parents=True)
    for name in ("a.1.png", "a.2.png", "b.exr", "c.mov", "d.txt"):
        (folder / name).touch()
    return folder


def browser(tmp_path: Path) -> tuple[ReadFile, Read, SettingsFile]:
    found: Read = []
    settings = SettingsFile(tmp_path / "settings.json")
    return ReadFile(settings, lambda path, apply: found.append((path, apply))), found, settings


def press(files: ReadFile, *keys: str) -> list[Press]:
    return files.keys([Press(key, frozenset()) for key in keys])


def names(files: ReadFile) -> list[str]:
    return [entry.name for entry in files.entries]


def test_keys(tmp_path: Path, shots: Path) -> None:
    files, read, settings = browser(tmp_path)
    files.open(shots)
    assert names(files) == ["older", "a.#.png", "b.exr", "c.mov"]
    assert not press(files, "arrowdown", "arrowdown", "enter")
    assert read == [(shots / "a.#.png", False)]
    assert settings.values.folders == (str(shots),)
    assert not press(files, "end", "arrowdown", "enter", "home", "enter")
    assert read[1:] == [(shots / "c.mov", False)]
    assert files.folder == shots / "older" and names(files) == []
    assert not press(files, "enter", "arrowup")  # there is nothing
    assert not press(files, "backspace")
    assert files.folder == shots and files.entry is not None and files.entry.name == "older"
    # What means nothing here is for others.
    assert [p.key for p in press(files, "s", "escape", "arrowleft")] == ["s", "escape", "arrowleft"]
    held = [Press("enter", frozenset({"Control"}))]
    assert files.keys(held) == held


def test_escape_ends_looking_for_another_file(tmp_path: Path, shots: Path) -> None:
    files, _, _ = browser(tmp_path)
    ended: list[bool] = []
    files.cancel = lambda: ended.append(True)
    files.relinking = "[2] depth.png"
    assert not press(files, "escape") and ended == [True]


def test_a_new_file_is_seen_and_what_was_selected_stays(tmp_path: Path, shots: Path) -> None:
    files, _, _ = browser(tmp_path)
    files.open(shots, "b.exr")
    (shots / "aa.png").touch()
    assert not press(files, "f5")
    assert "aa.png" in names(files)
    assert files.entry is not None and files.entry.name == "b.exr"


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    files, _, _ = browser(tmp_path)
    files.open(tmp_path / "nowhere")
    assert "there is no folder" in files.problem and not files.entries
    assert not press(files, "backspace")
    assert files.folder == tmp_path and not files.problem


def test_it_begins_where_files_were_read_last(tmp_path: Path, shots: Path) -> None:
    files, _, settings = browser(tmp_path)
    settings.read_from(tmp_path / "gone")
    files.start(None, shots)
    assert files.folder == shots
    files.start(tmp_path)  # once it has begun, it stays
    assert files.folder == shots
    settings.read_from(shots / "older")
    other, _, _ = browser(tmp_path)
    other.start(tmp_path)
    assert other.folder == shots / "older"
    assert settings.values.folders == (str(shots / "older"), str(tmp_path / "gone"))
