"""Analysis of documents in the window, without a window: nobody waits, the newest question wins."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from engine.media import DepthMap, FaceAndDepth
from engine.scene import (
    AnalysisType,
    EvaluatedRegion,
    EvaluatedZMap,
    Scene,
    new_media,
    new_scene,
)
from tests.support import depth_parts, small_networks
from ui.window.analysing import BackgroundAnalyses

COUNT = 24


class Window:
    """What a window has: a document, and its messages."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.said: list[str] = []
        self.analyses = BackgroundAnalyses(scene, lambda: None, self.said.append)

    def z_map(self, frame: int, **changes: object) -> EvaluatedZMap:
        found = self.scene.evaluate(frame).surfaces[0].z_map
        assert found is not None
        return replace(found, **changes)  # type: ignore[arg-type]

    def wait(self, frame: int, **changes: object) -> DepthMap | FaceAndDepth:
        """Ask as each drawn frame does, until the frame's own result is there."""
        revision, end = self.analyses.revision, time.monotonic() + 30
        while time.monotonic() < end:
            found = self.analyses.result(self.z_map(frame, **changes), frame)
            idle = self.analyses._work is None
            if idle and found is not None and self.analyses.revision >= revision:
                assert isinstance(found, DepthMap | FaceAndDepth)
                return found
            time.sleep(0.005)
        raise AssertionError("no result came")


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    path = depth_parts.sequence(tmp_path / "clip", COUNT)
    network = small_networks.write(tmp_path / "red.onnx", small_networks.depth_network())
    rules = {"short_side": 24, "multiple": 4, "mean": [0, 0, 0], "deviation": [1, 1, 1]}
    (tmp_path / "red.json").write_text(json.dumps({"title": "red", "input": rules}))
    media = new_media(path, depth_parts.SIZE, kind="sequence", first=1, last=COUNT)
    scene = new_scene(media, analysis=AnalysisType.GLOBAL)
    made = Window(scene.with_values("Z-Depth 1", network=str(network)))
    yield made
    made.analyses.close()


def test_the_picture_never_waits_and_each_frame_gets_its_own(window: Window) -> None:
    started = time.monotonic()
    assert window.analyses.result(window.z_map(1), 1) is None
    assert time.monotonic() - started < 0.5
    first, last = window.wait(1), window.wait(COUNT)
    assert isinstance(first, DepthMap) and isinstance(last, DepthMap)
    for depth in (first, last):  # red rises to the right
        assert (np.diff(depth.values.mean(axis=0)) > 0).mean() > 0.9
    assert not np.array_equal(first.values, last.values)
    assert window.wait(1) is first
    status = window.analyses.status()
    assert status.working and status.network.endswith("red") and status.score > 0.3
    assert window.said == []


def test_another_frame_is_wanted_before_the_first_is_there(window: Window) -> None:
    """As when the time line is dragged: what is asked last comes."""
    for frame in (COUNT, 20, 10, COUNT - 5):
        window.analyses.result(window.z_map(frame), frame)
        time.sleep(0.01)
    values = window.wait(COUNT - 5)
    assert isinstance(values, DepthMap)
    np.testing.assert_array_equal(window.wait(COUNT - 5).values, values.values)  # type: ignore[union-attr]


def test_a_network_that_is_not_there_is_said_once_and_may_come(
    window: Window, tmp_path: Path
) -> None:
    later = tmp_path / "later.onnx"
    for frame in (1, 2, 3):
        shown = window.wait(frame, network=str(later))
        assert isinstance(shown, DepthMap) and np.isnan(shown.values).all()
    assert len(window.said) == 1 and "later.onnx" in window.said[0]
    assert not window.analyses.status().working
    small_networks.write(later, small_networks.depth_network())
    window.analyses.running = False
    window.analyses.running = True  # Run tries again
    assert np.isfinite(window.wait(2, network=str(later)).values).all()  # type: ignore[union-attr]
    assert window.analyses.status().working


def test_faces_and_depth_together(window: Window) -> None:
    both = window.wait(1, analysis=AnalysisType.FACE_GLOBAL)
    assert isinstance(both, FaceAndDepth) and both.face.faces == ()
    assert np.isfinite(both.depth.values).all()


def test_closing_does_not_wait_for_the_rest_of_a_shot(window: Window) -> None:
    window.analyses.result(window.z_map(COUNT), COUNT)
    started = time.monotonic()
    window.analyses.close()
    assert time.monotonic() - started < 10.0


def test_an_edit_while_a_frame_is_analysed_does_not_change_what_is_analysed(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer would be kept for the media that the question was about."""
    other = tmp_path / "other" / "other.png"
    other.parent.mkdir()
    assert cv2.imwrite(str(other), np.zeros((48, 64, 3), np.uint8))
    edited = window.scene.replace_media(1, new_media(other, depth_parts.SIZE, kind="still"))
    began, go_on = threading.Event(), threading.Event()
    really = window.analyses._analyses.result

    def slow(*args: Any) -> Any:
        began.set()
        assert go_on.wait(10)
        return really(*args)

    monkeypatch.setattr(window.analyses._analyses, "result", slow)
    window.analyses.result(window.z_map(1), 1)
    assert began.wait(10)
    window.analyses.take(edited)
    go_on.set()
    while window.analyses.revision == 0:
        time.sleep(0.005)
    window.analyses.take(window.scene)  # undone
    values = window.wait(1)
    assert isinstance(values, DepthMap)
    assert (np.diff(values.values.mean(axis=0)) > 0).mean() > 0.9  # red rises to the right


def test_a_region_that_is_drawn_shows_what_was_there_and_keeps_one(window: Window) -> None:
    whole = window.wait(1)
    for right in (0.5, 0.6, 0.7):
        corners = ((0.0, 0.0), (right, 0.0), (right, 0.9), (0.0, 0.9))
        regions = (EvaluatedRegion(False, corners),)
        shown = window.analyses.result(window.z_map(1, regions=regions), 1)
        assert shown is whole
        whole = window.wait(1, regions=regions)
    assert len(window.analyses._last) == 1


def test_a_fault_of_its_own_is_told(
    window: Window, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(window.analyses._analyses, "result", broken)
    window.analyses.result(window.z_map(1), 1)
    end = time.monotonic() + 10
    while not window.said and time.monotonic() < end:
        time.sleep(0.005)
    assert "see the terminal" in window.said[0] and "a fault" in capsys.readouterr().err
    assert not window.analyses.status().working
