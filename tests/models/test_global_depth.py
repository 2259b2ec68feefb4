"""Global Analysis of clips: one range a shot, the same whatever the order, analysed once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import AnalysisError, MediaError
from engine.media import DepthMap, FaceAndDepth, Picture, open_source
from engine.scene import (
    AnalysisType,
    EvaluatedRegion,
    EvaluatedZMap,
    Media,
    Missing,
    Scene,
    new_media,
    new_scene,
)
from models import Analyses, FrameFlicker, flicker
from models import raw_depth as raw_depth_module
from models.cache import ResultCache
from models.global_depth import GivenUpError
from models.looking import Box, looked_at, placed_back
from models.packing import packed
from models.raw_depth import DepthNet
from models.shots import Shot, shots
from tests.support import depth_parts
from tests.support.depth_parts import Averaged, NoNetwork, RedIsNear, sequence
from tests.support.moving_depth import MovingScene

F32 = npt.NDArray[np.float32]


def document(path: Path, pixel_aspect: float = 1.0) -> Scene:
    source = open_source(path)
    info = source.info
    source.close()
    media = new_media(
        path, info.size, kind=info.kind, first=info.first, last=info.last, fps=info.fps,
        pixel_aspect=pixel_aspect,
    )  # fmt: skip
    return new_scene(media, analysis=AnalysisType.GLOBAL)


def map_of(scene: Scene, frame: int, **changes: object) -> EvaluatedZMap:
    found = scene.evaluate(frame).surfaces[0].z_map
    assert found is not None
    return replace(found, **changes)  # type: ignore[arg-type]


def made(
    scene: Scene, folder: Path | None = None, net: DepthNet | None = None, **more: object
) -> Analyses:
    cache = ResultCache(folder)
    steady = more.pop("steady", None)
    assert isinstance(steady, Averaged | None)
    rules = depth_parts.rules(steady, str(more.pop("version", "1")))
    network = net or RedIsNear()
    return Analyses(
        scene,
        "cpu",
        cache=cache,
        networks=lambda _: network,
        rules=rules,
        **more,  # type: ignore[arg-type]
    )


def ask(analyses: Analyses, frame: int, **changes: object) -> DepthMap:
    result = analyses.result(map_of(analyses.scene, frame, **changes), frame)
    assert isinstance(result, DepthMap)
    return result


# -- packing and placing --


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    low=st.floats(-1e3, 1e3),
    span=st.floats(1e-3, 1e4),
    holes=st.floats(0, 1),
)
def test_a_packed_map_is_the_same_but_for_its_last_digits(
    seed: int, low: float, span: float, holes: float
) -> None:
    rng = np.random.default_rng(seed)
    values = (low + span * rng.random((9, 13))).astype(np.float32)
    values[rng.random(values.shape) < holes] = np.nan
    confidence = rng.random((9, 13)).astype(np.float32)
    pack = packed(values, confidence)
    np.testing.assert_array_equal(np.isnan(pack.values), np.isnan(values))
    error = np.nan_to_num(np.abs(pack.values - values))
    assert error.max() <= span / 131068 * 1.01 + 1e-6 * (abs(low) + span)
    assert pack.certainty is not None
    np.testing.assert_allclose(pack.certainty, confidence, atol=0.5 / 255 + 1e-6)
    again = packed(pack.values)
    np.testing.assert_array_equal(again.codes, pack.codes)  # packed twice is packed once


def test_what_is_not_finite_is_no_depth() -> None:
    values = np.array([[1.0, np.inf, -np.inf, np.nan, 3.0]], np.float32)
    np.testing.assert_array_equal(packed(values).values, [[1.0, np.nan, np.nan, np.nan, 3.0]])
    assert np.isnan(packed(np.full((3, 3), np.nan, np.float32)).values).all()
    flat = packed(np.full((3, 3), 7.5, np.float32)).values
    np.testing.assert_array_equal(flat, 7.5)


@pytest.mark.parametrize("part_size", [(30, 20), (60, 40), (240, 160)])
def test_a_part_is_put_where_it_was(part_size: tuple[int, int]) -> None:
    """A plane over the whole picture, seen in a box at three resolutions."""
    size, box = (200, 100), (60, 30, 120, 70)
    columns, rows = part_size
    x = box[0] + (np.arange(columns) + 0.5) * (box[2] - box[0]) / columns
    y = box[1] + (np.arange(rows) + 0.5) * (box[3] - box[1]) / rows
    part = (0.01 * x[None, :] + 0.02 * y[:, None]).astype(np.float32)
    whole = placed_back(part, box, size)
    height, width = whole.shape
    assert width <= 200 and abs(width / 200 - min(columns / 60, 1)) < 0.02
    at_x = (np.arange(width) + 0.5) * 200 / width
    at_y = (np.arange(height) + 0.5) * 100 / height
    expected = 0.01 * at_x[None, :] + 0.02 * at_y[:, None]
    inside = ((at_x >= 60) & (at_x <= 120))[None, :] & ((at_y >= 30) & (at_y <= 70))[:, None]
    np.testing.assert_array_equal(np.isnan(whole), ~inside)
    middle = (
        inside & ((at_x >= 63) & (at_x <= 117))[None, :] & ((at_y >= 33) & (at_y <= 67))[:, None]
    )
    np.testing.assert_allclose(whole[middle], expected[middle], atol=2e-3)
    full = (0, 0, 200, 100)
    assert placed_back(part, full, size) is part


def test_a_small_part_of_a_large_picture_stays_small() -> None:
    whole = placed_back(np.ones((518, 518), np.float32), (100, 100, 300, 300), (8192, 4096))
    assert whole.shape == (2048, 4096)


# -- shots --


def test_shots_lie_between_cuts() -> None:
    assert shots(1, 10, []) == [Shot(1, 10)]
    assert shots(1, 10, [7, 4]) == [Shot(1, 3), Shot(4, 6), Shot(7, 10)]
    assert shots(1, 10, [1, 11, 0]) == [Shot(1, 10)]
    assert Shot(5, 5).samples() == [5]
    assert Shot(1, 3).samples() == [1, 2, 3]
    many = Shot(1001, 2000).samples()
    assert len(many) == 12 and many[0] > 1001 and many[-1] < 2000
    assert max(np.diff(many)) - min(np.diff(many)) <= 1


def test_one_range_for_a_shot_and_another_behind_the_cut(tmp_path: Path) -> None:
    """Red rises by 4 levels a frame: within a shot that must show, as depth coming nearer."""
    scene = document(sequence(tmp_path / "clip", 8, cut=5))
    analyses = made(scene)
    maps = [ask(analyses, frame, stabilise=0.0) for frame in range(1, 9)]
    for first, last in ((0, 3), (4, 7)):
        assert min(m.values.min() for m in maps[first : last + 1]) == pytest.approx(0, abs=1e-4)
        assert max(m.values.max() for m in maps[first : last + 1]) == pytest.approx(1, abs=1e-4)
        steps = [maps[n + 1].values - maps[n].values for n in range(first, last)]
        for step in steps:
            np.testing.assert_allclose(step, steps[0], atol=3e-4)
            assert step.min() > 0.01
    assert maps[0].confidence is None
    assert maps[3].values.max() > maps[4].values.max()  # it begins anew
    assert maps[0].values.shape == (12, 16)
    # Nearer to the right, where red is larger; white is far only in what passes make of it.
    assert (np.diff(maps[0].values, axis=1) > 0).all()


ORDERS = ([1, 2, 3, 4, 5, 6, 7, 8, 9], [9, 8, 7, 6, 5, 4, 3, 2, 1], [5, 1, 9, 3, 7, 2, 8, 4, 6])


@pytest.mark.parametrize("kept", [True, False])
def test_the_order_of_questions_changes_nothing(tmp_path: Path, kept: bool) -> None:
    scene = document(sequence(tmp_path / "clip", 9, cut=7))
    answers: list[dict[int, DepthMap]] = []
    for number, order in enumerate(ORDERS):
        folder = tmp_path / f"cache {number}" if kept else None
        analyses = made(scene, folder)
        if not kept:
            analyses._depth._results._most = 1  # one result in memory, none on disk
        answers.append({frame: ask(analyses, frame) for frame in order})
    for other in answers[1:]:
        for frame, depth in other.items():
            np.testing.assert_array_equal(depth.values, answers[0][frame].values)
            assert depth.confidence is not None and answers[0][frame].confidence is not None
            np.testing.assert_array_equal(depth.confidence, answers[0][frame].confidence)


def test_a_clip_in_order_is_analysed_once_and_held_in_part(tmp_path: Path) -> None:
    scene = document(sequence(tmp_path / "clip", 30))
    net, steady = RedIsNear(), Averaged()
    analyses = made(scene, tmp_path / "cache", net, steady=steady)
    for frame in range(1, 31):
        ask(analyses, frame)
    assert len(net.parts) == 30
    assert steady.started == 1 and steady.held == 3
    assert analyses.activity == ""


def test_a_frame_that_is_kept_needs_no_network_and_no_picture(tmp_path: Path) -> None:
    path = sequence(tmp_path / "clip", 6)
    scene = document(path)
    first = made(scene, tmp_path / "cache")
    depths = {frame: ask(first, frame) for frame in range(1, 7)}
    again = made(scene, tmp_path / "cache", NoNetwork())
    again._depth.raw.picture = None  # type: ignore[assignment]  # nor may a picture be read
    for frame in (4, 1, 6, 2):
        np.testing.assert_array_equal(ask(again, frame).values, depths[frame].values)
        assert ask(again, frame) is ask(again, frame)
    # Other settings are worked out from what the network said, without running it.
    other = made(scene, tmp_path / "cache", NoNetwork(), version="2")
    np.testing.assert_array_equal(ask(other, 3).values, depths[3].values)
    softer = made(scene, tmp_path / "cache", NoNetwork())
    assert not np.array_equal(ask(softer, 1, stabilise=0.1).values, depths[1].values)


def test_another_network_and_a_changed_picture_are_analysed_anew(tmp_path: Path) -> None:
    scene = document(sequence(tmp_path / "clip", 3))
    ask(made(scene, tmp_path / "cache"), 1)
    net = RedIsNear("red 2")
    ask(made(scene, tmp_path / "cache", net), 1)
    assert len(net.parts) == 3
    picture = tmp_path / "clip" / "plate.0002.png"
    assert cv2.imwrite(str(picture), depth_parts.frame(9)[..., ::-1])
    net = RedIsNear()
    ask(made(scene, tmp_path / "cache", net), 1)
    assert len(net.parts) == 1  # that picture alone


@pytest.mark.parametrize("damage", ["cut", "other version", "garbage"])
def test_a_damaged_cache_is_made_again(tmp_path: Path, damage: str) -> None:
    scene = document(sequence(tmp_path / "clip", 4))
    folder = tmp_path / "cache"
    depths = {frame: ask(made(scene, folder), frame).values for frame in range(1, 5)}
    for path in folder.rglob("*.result"):
        content = bytearray(path.read_bytes())
        if damage == "cut":
            content = content[: len(content) // 2]
        elif damage == "other version":
            content[8] ^= 255
        else:
            content[-9:] = os.urandom(9)
        path.write_bytes(content)
    net = RedIsNear()
    analyses = made(scene, folder, net)
    for frame in (2, 4, 1, 3):
        np.testing.assert_array_equal(ask(analyses, frame).values, depths[frame])
    assert len(net.parts) == 4


def test_a_still(tmp_path: Path) -> None:
    picture = tmp_path / "still.png"
    assert cv2.imwrite(str(picture), depth_parts.frame(0)[..., ::-1])
    net = RedIsNear()
    depth = ask(made(document(picture), tmp_path / "cache", net), 1001)
    assert depth.values.min() == 0.0 and depth.values.max() == 1.0
    assert depth.message == "depth of the whole picture by red"
    assert len(net.parts) == 1
    ask(made(document(picture), tmp_path / "cache", NoNetwork()), 1050)


def test_a_squeezed_picture_is_seen_at_its_true_width(tmp_path: Path) -> None:
    picture = tmp_path / "still.png"
    assert cv2.imwrite(str(picture), depth_parts.frame(0)[..., ::-1])
    net = RedIsNear()
    ask(made(document(picture, pixel_aspect=2.0), None, net), 1001)
    assert net.aspects == {2.0}


def rectangle(left: float, top: float, right: float, bottom: float) -> EvaluatedRegion:
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return EvaluatedRegion(False, corners)


def test_the_region_of_interest_alone_is_looked_at(tmp_path: Path) -> None:
    scene = document(sequence(tmp_path / "clip", 3))
    net = RedIsNear()
    analyses = made(scene, tmp_path / "cache", net)
    regions = (rectangle(0.5, 0.25, 0.9, 0.75),)
    depth = ask(analyses, 2, regions=regions)
    box = looked_at(regions, (64, 48))
    assert box == (28, 8, 62, 40)
    assert set(net.parts) == {(34, 32)}
    there = np.isfinite(depth.values)
    rows, columns = np.nonzero(there)
    height, width = depth.values.shape
    found = columns.min() * 64 / width, (columns.max() + 1) * 64 / width
    assert found == pytest.approx((28, 62), abs=64 / width)
    found = rows.min() * 48 / height, (rows.max() + 1) * 48 / height
    assert found == pytest.approx((8, 40), abs=48 / height)
    assert depth.confidence is not None
    assert (depth.confidence[~there] == 0).all() and (depth.confidence[there] > 0).all()
    with pytest.raises(AnalysisError, match="region of interest lies outside"):
        ask(analyses, 2, regions=(rectangle(2.0, 2.0, 3.0, 3.0),))


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


def test_faces_within_the_depth_of_the_whole_picture(
    portrait: npt.NDArray[np.uint8], tmp_path: Path
) -> None:
    path = tmp_path / "portrait.png"
    assert cv2.imwrite(str(path), portrait[:256, 96:352, ::-1])
    analyses = made(document(path), tmp_path / "cache")
    asked = map_of(analyses.scene, 1001, analysis=AnalysisType.FACE_GLOBAL)
    both = analyses.result(asked, 1001)
    assert isinstance(both, FaceAndDepth)
    assert len(both.face.faces) == 1 and both.depth.values.shape == (64, 64)
    assert analyses.result(asked, 1001) is both
    assert both.depth is ask(analyses, 1001)
    (message,) = analyses.messages
    assert "depth of the whole picture by red" in message


class Flickers(RedIsNear):
    """Knows the depth of each picture of a clip, and gives it a scale and a shift of its own."""

    def __init__(self, truth: dict[bytes, F32]) -> None:
        super().__init__("known 1")
        self._truth, self._rng = truth, np.random.default_rng(0)

    def inverse_depth(
        self, rgb: depth_parts.Rgb, box: Box | None = None, *, pixel_aspect: float = 1.0
    ) -> F32:
        scale, shift = 1 + 0.1 * self._rng.standard_normal(), 0.05 * self._rng.standard_normal()
        return (scale * self._truth[rgb.tobytes()] + shift).astype(np.float32)


def test_a_clip_with_two_shots_holds_still_by_the_usual_rules(tmp_path: Path) -> None:
    """All parts as they are shipped: cuts, range, stabiliser, and the figure that is told."""
    frames = [s for seed in (1, 7) for s in MovingScene(seed).frames(8)]
    for number, shown in enumerate(frames, 1):
        mirrored = shown.rgb if number < 9 else np.ascontiguousarray(shown.rgb[:, :, ::-1])
        assert cv2.imwrite(str(tmp_path / f"plate.{number:04}.png"), mirrored[..., ::-1])
    truth: dict[bytes, F32] = {}
    for number, shown in enumerate(frames, 1):
        read = np.asarray(cv2.imread(str(tmp_path / f"plate.{number:04}.png")))[..., ::-1]
        truth[np.ascontiguousarray(read).tobytes()] = shown.inverse
    scene = document(tmp_path / "plate.####.png")
    analyses = Analyses(
        scene, "cpu", cache=ResultCache(tmp_path / "cache"), networks=lambda _: Flickers(truth)
    )
    assert analyses.shot_of(map_of(scene, 3)) == Shot(1, 8)
    assert analyses.shot_of(map_of(scene, 9)) == Shot(9, 16)
    found: list[FrameFlicker] = []
    for frame in range(1, 9):
        values = ask(analyses, frame, stabilise=0.8).values
        low, high = np.percentile(values, (2, 98))
        assert -0.3 < low < 0.3 and 0.7 < high < 1.3
        told = analyses.flicker(map_of(scene, frame, stabilise=0.8))
        assert told is not None
        found.append(told)
    raw, shown_flicker = flicker(found)
    assert raw > 0.03 and shown_flicker < raw / 5
    again = Analyses(
        scene, "cpu", cache=ResultCache(tmp_path / "cache"), networks=lambda _: KnownButGone()
    )
    ask(again, 5, stabilise=0.8)
    kept = again.flicker(map_of(scene, 5, stabilise=0.8))
    assert kept == found[4]  # known without running anything


class KnownButGone(NoNetwork):
    fingerprint = "known 1"


class InBatches(RedIsNear):
    """One that a graphics processor runs."""

    gains_by_batches = True

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []

    def inverse_depths(
        self,
        pictures: Sequence[npt.NDArray[np.uint8]],
        box: Box | None = None,
        *,
        pixel_aspect: float = 1.0,
    ) -> list[F32]:
        self.batches.append(len(pictures))
        return [self.inverse_depth(rgb, box, pixel_aspect=pixel_aspect) for rgb in pictures]


def test_frames_are_analysed_several_at_a_time(tmp_path: Path) -> None:
    """With the same results, each frame once, and none beyond the clip."""
    scene = document(sequence(tmp_path / "clip", 10))
    alone = made(scene, tmp_path / "alone")
    net = InBatches()
    together = made(scene, tmp_path / "together", net, batch=4)
    for frame in range(1, 11):
        one, other = ask(alone, frame), ask(together, frame)
        np.testing.assert_array_equal(one.values, other.values)
    assert sum(net.batches) == len(net.parts) == 10
    assert max(net.batches) == 4
    assert len(net.batches) <= 5


def test_a_black_stand_in_is_no_part_of_its_shot(tmp_path: Path) -> None:
    """Depth is as if the frame before it were held."""
    path = sequence(tmp_path / "clip", 8)
    scene = document(path)
    for missing in sorted((tmp_path / "clip").iterdir())[3:5]:
        missing.unlink()
    by_policy = []
    for policy in (Missing.BLACK, Missing.HOLD):
        media = msgspec.structs.replace(scene.media[0], missing=policy)
        analyses = made(scene.replace_media(1, media))
        by_policy.append([ask(analyses, frame).values for frame in (1, 4, 5, 8)])
    for black, held in zip(*by_policy, strict=True):
        np.testing.assert_array_equal(black, held)
