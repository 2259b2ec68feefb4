"""The frames that are trained on: what the engine made is a fixed share of what is seen."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

TRAINING = Path(__file__).parents[3] / "models" / "train"


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module, which its neighbours import as scripts do."""
    monkeypatch.syspath_prepend(TRAINING)
    return importlib.import_module("frames")


def _folder(path: Path, count: int) -> Path:
    (path / "train").mkdir(parents=True)
    for number in range(count):
        cv2.imwrite(f"{path}/train/{number}.jpg", np.full((192, 256, 3), number * 9, np.uint8))
        cv2.imwrite(f"{path}/train/{number}.png", np.full((192, 256), number + 1, np.uint16))
    _index(path, range(count))
    return path


def _index(path: Path, names: range) -> None:
    rows = [{"split": "train", "name": str(name), "family": "room"} for name in names]
    (path / "index.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_many_frames_of_the_engine_do_not_crowd_out_the_others(frames: Any, tmp_path: Path) -> None:
    read = frames.Frames()
    read.add(_folder(tmp_path / "traced", 3), "train")
    assert read.chances() == pytest.approx(1 / 3)
    read.add(_folder(tmp_path / "engine", 12), "train", engine=True)
    assert read.chances()[:3].sum() == pytest.approx(1 - frames.ENGINE_SHARE)
    assert read.chances().sum() == pytest.approx(1)


def test_a_folder_that_grew_is_read_on_in_its_order(frames: Any, tmp_path: Path) -> None:
    folder = _folder(tmp_path / "growing", 8)
    _index(folder, range(5))
    read = frames.Frames()
    read.add(folder, "train")
    _index(folder, range(8))
    read.add(folder, "train")
    assert [int(depth[0, 0]) for depth in read.depths] == list(range(1, 9))


def test_a_frame_that_is_missing_is_named(frames: Any, tmp_path: Path) -> None:
    folder = _folder(tmp_path / "broken", 2)
    (folder / "train" / "1.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"1\.jpg or \.png"):
        frames.Frames().add(folder, "train")
