"""A damaged or missing model file is said to be so, by name, before anything is loaded."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.errors import AnalysisError
from models import shipped
from models.depth.network import DepthNetwork
from models.depth.registry import OWN, spec_of
from models.face import FaceAnalysis

EVERY = sorted(shipped.SHA256)
FACES = [name for name in EVERY if name != shipped.DEPTH_SMALL]
DAMAGE = ["missing", "cut", "flipped", "empty", "folder"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in EVERY:
        shutil.copy(shipped.FOLDER / name, tmp_path / name)
    sidecar = Path(shipped.DEPTH_SMALL).with_suffix(".json")
    shutil.copy(shipped.FOLDER / sidecar, tmp_path / sidecar)
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


def _damage(path: Path, kind: str) -> None:
    content = bytearray(path.read_bytes())
    path.unlink()
    if kind == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "flipped":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif kind == "empty":
        path.touch()
    elif kind == "folder":
        path.mkdir()


def _said_to_be_damaged(error: AnalysisError, name: str) -> bool:
    sentence = str(error)
    return name in sentence and "install Rilievo again" in sentence and "\n" not in sentence


@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_named(folder: Path, name: str, damage: str) -> None:
    _damage(folder / name, damage)
    analysis = FaceAnalysis("cpu", folder=folder)
    with pytest.raises(AnalysisError) as caught:
        analysis.analyse(np.zeros((8, 8, 3), np.uint8))
    assert _said_to_be_damaged(caught.value, name)


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_of_the_depth_network_is_named(
    folder: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "FOLDER", folder)
    spec = spec_of(OWN)
    _damage(folder / shipped.DEPTH_SMALL, damage)
    with pytest.raises(AnalysisError) as caught:
        DepthNetwork(spec, "cpu").warm_up()
    assert _said_to_be_damaged(caught.value, shipped.DEPTH_SMALL)


def test_repaired_files_are_taken_without_a_restart(folder: Path) -> None:
    analysis = FaceAnalysis("cpu", folder=folder)
    (folder / shipped.FACE_DETECTOR).rename(folder / "away")
    with pytest.raises(AnalysisError):
        analysis.analyse(np.zeros((8, 8, 3), np.uint8))
    (folder / "away").rename(folder / shipped.FACE_DETECTOR)
    assert analysis.analyse(np.zeros((8, 8, 3), np.uint8)).faces == ()
