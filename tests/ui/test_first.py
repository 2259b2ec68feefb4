"""The scene of a window without a document."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.scene import AnalysisType, Scene, ZDepthMap
from ui.demo import PORTRAIT
from ui.first import FIRST, LAST, first_scene


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RILIEVO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_it_moves_is_lit_and_can_be_saved(home: Path, tmp_path: Path) -> None:
    scene = first_scene()
    assert Path(scene.media[0].path).is_relative_to(home)
    assert Path(scene.media[0].path).read_bytes() == PORTRAIT.read_bytes()
    (z_map,) = (node for node in scene.nodes if isinstance(node, ZDepthMap))
    assert z_map.analysis is AnalysisType.FACE and z_map.three_d
    start, later = (scene.evaluate(at).camera.world for at in (FIRST, (FIRST + LAST) // 2 - 20))
    assert not np.allclose(start, later)
    assert len(scene.evaluate(FIRST).lights) == 1
    path = tmp_path / "kept.rilievo"
    scene.save(path)
    assert Scene.load(path).nodes == scene.nodes


def test_where_nothing_can_be_kept_the_programs_own_portrait_is_shown(home: Path) -> None:
    home.write_text("a file where the folder should be")
    assert Path(first_scene().media[0].path) == PORTRAIT
