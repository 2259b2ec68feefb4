"""A damaged or missing model file is said to be so, by name, before anything is loaded."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.errors import AnalysisError
from models import shipped
from models.face import FaceAnalysis

EVERY = sorted(shipped.SHA256)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in EVERY:
        shutil.copy(shipped.FOLDER / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("name", EVERY)
def test_files_are_the_ones_that_were_shipped(name: str) -> None:
    assert len(shipped.read(name)) == (shipped.FOLDER / name).stat().st_size


def test_every_network_in_the_folder_is_checked() -> None:
    kinds = {".onnx", ".npz"}
    assert {p.name for p in shipped.FOLDER.iterdir() if p.suffix in kinds} == set(EVERY)


def test_readme_and_notice_name_every_file() -> None:
    readme = (shipped.FOLDER / "README.md").read_text("utf-8")
    notice = (shipped.FOLDER / "NOTICE").read_text("utf-8")
    for name, digest in shipped.SHA256.items():
        assert name in readme
        assert digest in readme
        assert name in notice


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("damage", ["missing", "cut", "flipped", "empty", "folder"])
def test_damage_is_named(folder: Path, name: str, damage: str) -> None:
    path = folder / name
    content = bytearray(path.read_bytes())
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif damage == "empty":
        path.touch()
    elif damage == "folder":
        path.mkdir()
    analysis = FaceAnalysis("cpu", folder=folder)
    with pytest.raises(AnalysisError) as caught:
        analysis.analyse(np.zeros((8, 8, 3), np.uint8))
    sentence = str(caught.value)
    assert name in sentence
    assert "install Rilievo again" in sentence
    assert "\n" not in sentence


def test_repaired_files_are_taken_without_a_restart(folder: Path) -> None:
    analysis = FaceAnalysis("cpu", folder=folder)
    (folder / shipped.FACE_DETECTOR).rename(folder / "away")
    with pytest.raises(AnalysisError):
        analysis.analyse(np.zeros((8, 8, 3), np.uint8))
    (folder / "away").rename(folder / shipped.FACE_DETECTOR)
    assert analysis.analyse(np.zeros((8, 8, 3), np.uint8)).faces == ()
