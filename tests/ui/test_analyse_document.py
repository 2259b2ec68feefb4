"""`rilievo analyse DOCUMENT`: what its maps need is made once and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.scene import Scene
from models import Analyses
from tests.support.commands import Run
from ui.analyse_document import analysed
from ui.progress_lines import parse


@pytest.fixture
def faces(run: Run, picture: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A document whose map comes from Face Analysis, two frames long."""
    monkeypatch.setenv("RILIEVO_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "faces.rilievo"
    assert run("new", picture, "--analysis", "face", "-o", path).exit_code == 0
    Scene.load(path).with_settings(last=1002).save(path)
    return path


def test_a_documents_analyses_are_kept(run: Run, faces: Path) -> None:
    scene = Scene.load(faces)
    (z_map,) = analysed(scene, 1001)
    before = Analyses(scene)
    assert not before.has(z_map, z_map.media.frame)
    result = run("analyse", faces, "--progress", "lines")
    assert result.exit_code == 0, result.stderr
    said = [parse(line.encode()) for line in result.stdout.splitlines()]
    assert [(p.done, p.total) for p in said if p is not None and not p.doing][-1] == (2, 2)
    assert "2 frames of faces.rilievo analysed and kept" in result.stdout
    assert before.has(z_map, z_map.media.frame)
    before.close()


def test_what_cannot_be_analysed_is_said(run: Run, document: Path, faces: Path) -> None:
    result = run("analyse", document)
    assert result.exit_code == 1 and "no Z-Depth map with" in result.stderr
    assert run("analyse", faces, "-o", "z.exr").exit_code == 2
    assert run("analyse", "plate.png").exit_code == 2
