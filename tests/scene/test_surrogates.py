"""Half of a character, which JSON can name and no file can hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import SceneError
from engine.scene import Scene


@pytest.mark.parametrize(
    "text",
    ['{"version": 1, "name": "\\ud800"}', '{"version": 1, "\\uDC00": 1}',
     '{"version": 1, "nodes": [{"type": "axis", "id": "a\\ud83d"}]}'],
)  # fmt: skip
def test_it_is_told_when_it_is_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "half.rilievo"
    path.write_text(text)
    with pytest.raises(SceneError, match=r"half\.rilievo: .*is no text") as told:
        Scene.load(path)
    str(told.value).encode()


def test_whole_pairs_are_characters(tmp_path: Path) -> None:
    path = tmp_path / "whole.rilievo"
    path.write_text('{"version": 1, "name": "\\ud83d\\ude00"}')
    scene = Scene.load(path)
    assert scene.name == "😀"
    scene.save(path)
    assert Scene.load(path) == scene


def test_it_is_told_when_it_is_written(tmp_path: Path) -> None:
    scene = Scene(name="a\udc00b")
    with pytest.raises(SceneError, match=r"is no text: give it another name"):
        scene.save(tmp_path / "x.rilievo")
    assert list(tmp_path.iterdir()) == []
