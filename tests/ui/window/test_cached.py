"""Which frames are marked as cached."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.media import KeepsPictures, open_media
from engine.scene import (
    AnalysisType,
    EvaluatedZMap,
    Media,
    MediaKind,
    Scene,
    Surface,
    ZDepthMap,
)
from models import Analyses
from models.cache import ResultCache
from tests.support.depth_parts import RedIsNear, rules
from ui.window.analysing import BackgroundAnalyses
from ui.window.cached import CachedAnalyses, CachedPictures


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A sequence of five small pictures, shown from frame 3 on, with the faces in them."""
    for frame in range(1, 6):
        picture = np.full((48, 64, 3), 40 * frame, np.uint8)
        picture[..., 2] = np.arange(64)  # in red, what the network takes for nearness
        cv2.imwrite(str(tmp_path / f"shot.{frame:04d}.png"), picture)
    media = Media(
        name="shot", path=str(tmp_path / "shot.####.png"), size=(64, 48),
        kind=MediaKind.SEQUENCE, first=1, last=5, offset=2.0,
    )  # fmt: skip
    nodes = (
        Surface(id="Surface 1", media=1),
        ZDepthMap(id="Z 1", parent="Surface 1", analysis=AnalysisType.FACE, displace=True),
    )
    return Scene(media=(media,), nodes=nodes, first=1, last=9)


def test_pictures_that_are_in_memory(scene: Scene) -> None:
    source = open_media(scene.media[0])
    assert isinstance(source, KeepsPictures)
    pictures = CachedPictures(lambda index: source.held if index == 0 else frozenset())
    assert pictures.frames(scene) == frozenset()
    source.frame(2)
    source.frame(4)
    assert source.held == {2, 4}
    assert pictures.frames(scene) == {4, 6}
    source.frame(1)  # held before the media begins, too
    assert pictures.frames(scene) == {1, 2, 3, 4, 6}
    assert pictures.frames(scene.with_settings(last=4)) == {1, 2, 3, 4}
    source.close()
    assert pictures.frames(scene) == frozenset()


def wait_for(cached: CachedAnalyses, scene: Scene, revision: int, frames: set[int]) -> None:
    end = time.monotonic() + 30
    drawn = scene.evaluate(3)
    while cached.frames(scene, drawn, revision) != frames:
        assert time.monotonic() < end, cached.frames(scene, drawn, revision)
        time.sleep(0.02)


def test_analyses_that_are_kept_also_from_before(scene: Scene, tmp_path: Path) -> None:
    before = Analyses(scene, cache=ResultCache(tmp_path / "kept"))
    z_map = scene.evaluate(4).surfaces[0].z_map
    assert z_map is not None
    assert not before.has(z_map, 2)
    before.result(z_map, 4)
    assert before.has(z_map, 2) and not before.has(z_map, 3)
    before.close()

    again = Analyses(scene, cache=ResultCache(tmp_path / "kept"))
    assert again.has(z_map, 2) and not again.has(z_map, 3)
    again.close()
    woken = threading.Event()
    background = BackgroundAnalyses(scene, lambda: None, lambda text: None)
    background._analyses = again
    cached = CachedAnalyses(background, woken.set)
    try:
        assert cached.frames(scene, None, 0) == frozenset()
        wait_for(cached, scene, 0, {4})
        assert woken.wait(5)
        later = scene.evaluate(7).surfaces[0].z_map
        assert later is not None
        again.result(later, 7)  # the last picture, which stands from there on
        wait_for(cached, scene, 1, {4, 7, 8, 9})
        # A map that is not analysed has nothing to be marked.
        plain = scene.with_values("Z 1", analysis=AnalysisType.MEDIA, media=1)
        assert cached.frames(plain, plain.evaluate(3), 1) == frozenset()
    finally:
        cached.close()
        background.close()


def test_depth_of_the_whole_picture_that_is_kept(scene: Scene, tmp_path: Path) -> None:
    network = RedIsNear()

    def open_anew() -> Analyses:
        return Analyses(
            scene.with_values("Z 1", analysis=AnalysisType.GLOBAL, stabilise=0.0), "cpu",
            cache=ResultCache(tmp_path / "kept"), networks=lambda _: network, rules=rules(),
        )  # fmt: skip

    def z_map(analyses: Analyses, frame: int) -> EvaluatedZMap:
        found = analyses.scene.evaluate(frame).surfaces[0].z_map
        assert found is not None
        return found

    first = open_anew()
    assert not first.has(z_map(first, 4), 2)
    first.result(z_map(first, 4), 4)
    assert [frame for frame in range(1, 6) if first.has(z_map(first, 4), frame)] == [2]
    first.close()
    again = open_anew()
    assert not again.has(z_map(again, 4), 2)  # which network it would be is not known yet
    again.result(z_map(again, 3), 3)
    assert [frame for frame in range(1, 6) if again.has(z_map(again, 3), frame)] == [1, 2]
    again.close()
