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

from engine.media import DepthMap, FaceAndDepth, FaceResult
from engine.scene import (
    AnalysisType,
    EvaluatedRegion,
    Missing,
)
from models import Analyses, FrameFlicker, flicker
from models.cache import ResultCache
from models.looking import Box
from models.shots import Shot, shots
from tests.support import depth_parts
from tests.support.depth_parts import Averaged, NoNetwork, RedIsNear, sequence
from tests.support.global_clips import ask, document, made, map_of
from tests.support.moving_depth import MovingScene

F32 = npt.NDArray[np.float32]


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


def test_a_region_of_interest_is_a_mask_and_changes_no_depth(tmp_path: Path) -> None:
    """The depth's range is that of the whole picture, whatever part of it is shown; and what is
    known of a picture is known for all regions of it."""
    scene = document(sequence(tmp_path / "clip", 3))
    net = RedIsNear()
    analyses = made(scene, tmp_path / "cache", net)
    whole = ask(analyses, 2)
    runs = len(net.parts)
    within = ask(analyses, 2, regions=(rectangle(0.5, 0.25, 0.9, 0.75),))
    assert within is whole and len(net.parts) == runs
    assert set(net.parts) == {(64, 48)}
    beside = ask(analyses, 2, regions=(rectangle(2.0, 2.0, 3.0, 3.0),))
    assert beside is whole
    # Also for who comes later: on disk it has one name.
    later = RedIsNear()
    again = made(scene, tmp_path / "cache", later)
    kept = ask(again, 2, regions=(rectangle(0.1, 0.1, 0.3, 0.3),))
    np.testing.assert_array_equal(kept.values, whole.values)
    assert not later.parts


def test_a_region_says_which_faces_count(portrait: npt.NDArray[np.uint8], tmp_path: Path) -> None:
    path = tmp_path / "two.png"
    head = portrait[:256, 96:352, ::-1]
    assert cv2.imwrite(str(path), np.concatenate([head, head], axis=1))
    analyses = made(document(path), tmp_path / "cache")

    def faces(kind: AnalysisType, *regions: EvaluatedRegion) -> list[float]:
        z_map = map_of(analyses.scene, 1001, analysis=kind, regions=regions)
        found = analyses.result(z_map, 1001)
        assert analyses.result(z_map, 1001) is found  # the same, so that nothing is drawn anew
        found = found.face if isinstance(found, FaceAndDepth) else found
        assert isinstance(found, FaceResult)
        return sorted(float(face.points[:, 0].mean()) / 512 for face in found.faces)

    left, right = rectangle(0.0, 0.0, 0.5, 1.0), rectangle(0.5, 0.0, 1.0, 1.0)
    for kind in (AnalysisType.FACE, AnalysisType.FACE_GLOBAL):
        assert len(faces(kind)) == 2
        assert [place < 0.5 for place in faces(kind, left)] == [True]
        assert [place < 0.5 for place in faces(kind, right)] == [False]
        assert len(faces(kind, left, right)) == 2
        assert faces(kind, replace(left, exclude=True)) == faces(kind, right)
        assert faces(kind, rectangle(0.45, 0.9, 0.55, 1.0)) == []


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
