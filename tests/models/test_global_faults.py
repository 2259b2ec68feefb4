"""Global Analysis of clips: what is missing, given up, fails, or has no file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from engine.errors import AnalysisError, MediaError
from engine.media import DepthMap, Picture, open_source
from engine.scene import (
    Media,
    new_media,
)
from models import raw_depth as raw_depth_module
from models.global_depth import GivenUpError
from models.looking import Box
from tests.support import depth_parts
from tests.support.depth_parts import Averaged, RedIsNear, sequence
from tests.support.global_clips import ask, document, made, map_of

F32 = npt.NDArray[np.float32]


def test_a_frame_that_is_missing_fails_alone(tmp_path: Path) -> None:
    scene = document(sequence(tmp_path / "clip", 6))
    (tmp_path / "clip" / "plate.0003.png").unlink()
    steady = Averaged()
    analyses = made(scene, tmp_path / "cache", steady=steady)
    for frame in range(1, 7):
        if frame == 3:
            with pytest.raises(MediaError, match="no frame 3"):
                ask(analyses, frame)
        else:
            assert np.isfinite(ask(analyses, frame).values).all()
    assert steady.started == 1


def test_a_picture_that_goes_after_it_was_analysed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = document(sequence(tmp_path / "clip", 6))
    analyses = made(scene)
    analyses.raw_depth(map_of(scene, 3))
    really = raw_depth_module.RawDepth.picture

    def gone(raw: raw_depth_module.RawDepth, media: Media, frame: int) -> Picture:
        if frame == 3:
            raise MediaError("plate.0003.png is gone")
        return really(raw, media, frame)

    monkeypatch.setattr(raw_depth_module.RawDepth, "picture", gone)
    with pytest.raises(MediaError, match="is gone"):
        ask(analyses, 3)
    assert np.isfinite(ask(analyses, 4).values).all()


def test_the_pictures_of_a_clip_are_looked_up_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each frame of a long clip anew that would be a million files."""
    scene = document(sequence(tmp_path / "clip", 4))
    analyses = made(scene)
    looked: list[object] = []
    really = raw_depth_module.media_identity

    def noted(media: Media) -> object:
        looked.append(media)
        return really(media)

    monkeypatch.setattr(raw_depth_module, "media_identity", noted)
    keys = {analyses.provenance(map_of(scene, frame)).key() for frame in range(1, 5)}
    assert len(keys) == 4 and len(looked) == 1


def test_what_is_given_up_goes_on_where_it_was(tmp_path: Path) -> None:
    scene = document(sequence(tmp_path / "clip", 20))
    whole = ask(made(scene), 18)
    net = RedIsNear()
    analyses = made(scene, None, net)
    asked = 0

    def enough() -> bool:
        nonlocal asked
        asked += 1
        return asked % 6 == 0

    tries = 0
    while True:
        tries += 1
        try:
            depth = analyses.result(map_of(scene, 18), 18, enough)
            break
        except GivenUpError:
            assert tries < 20
    assert tries > 2 and isinstance(depth, DepthMap)
    np.testing.assert_array_equal(depth.values, whole.values)
    assert len(net.parts) == 20
    analyses.stop()
    with pytest.raises(GivenUpError):
        ask(analyses, 19, stabilise=0.7)
    analyses.close()
    ask(analyses, 19, stabilise=0.7)


def test_a_network_that_fails_is_an_error_and_not_the_end(tmp_path: Path) -> None:
    scene = document(sequence(tmp_path / "clip", 4))

    class Failing(RedIsNear):
        broken = True

        def inverse_depth(
            self, rgb: depth_parts.Rgb, box: Box | None = None, *, pixel_aspect: float = 1.0
        ) -> F32:
            if self.broken:
                raise AnalysisError("network red failed on cpu")
            return super().inverse_depth(rgb, box)

    net = Failing()
    analyses = made(scene, tmp_path / "cache", net)
    with pytest.raises(AnalysisError, match="failed on cpu"):
        ask(analyses, 2)
    net.broken = False
    np.testing.assert_array_equal(ask(analyses, 2).values, ask(made(scene), 2).values)


def test_pictures_of_a_source_without_a_file_are_lent(tmp_path: Path) -> None:
    path = sequence(tmp_path / "clip", 3)
    scene = document(path)
    source = open_source(path)
    nowhere = scene.replace_media(
        1, new_media("/nowhere/clip.mov", (64, 48), kind="video", first=1, last=3)
    )
    analyses = made(nowhere, tmp_path / "cache", sources=lambda index: source)
    np.testing.assert_array_equal(ask(analyses, 2).values, ask(made(scene), 2).values)
    assert list((tmp_path / "cache").rglob("*.result")) == []
    source.close()
