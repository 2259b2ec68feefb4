"""Live analysis: faces that hold still but do not lag, are held when lost, and never make wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from engine.media import (
    Encoding,
    FaceMesh,
    FaceResult,
    LiveSource,
    Picture,
    Source,
    live_input,
    open_source,
)
from engine.scene import (
    AnalysisType,
    EvaluatedRegion,
    EvaluatedZMap,
    MediaFrame,
    new_media,
    new_scene,
)
from models import LiveAnalyses
from models.face import FaceAnalysis
from models.live_faces import is_inside, looked_at
from models.smoothing import FADE, HOLD, FaceFilter, FaceTracks

Rgb = npt.NDArray[np.uint8]
RATE = 30.0


class Camera(LiveSource):
    """A live source whose pictures a test hands in."""

    def __init__(self) -> None:
        super().__init__(live_input("lavfi:color=size=16x16:rate=1"))
        super().close()
        self._shown: Picture | None = None
        self._next = threading.Condition()

    def show(self, rgb: Rgb, taken: float | None, number: int = 0) -> Picture:
        with self._next:
            self._shown = Picture((rgb,), Encoding(), number, taken)
            self._next.notify_all()
            return self._shown

    def latest(self) -> Picture | None:
        return self._shown

    def newer_than(self, picture: Picture | None, timeout: float) -> Picture | None:
        with self._next:
            self._next.wait_for(lambda: self._shown is not picture, timeout)
            return self._shown if self._shown is not picture else None


def z_map(*regions: EvaluatedRegion, size: tuple[int, int] = (512, 512)) -> EvaluatedZMap:
    scene = new_scene(new_media("/camera", size), analysis=AnalysisType.FACE)
    found = scene.evaluate(1001).surfaces[0].z_map
    assert found is not None
    return replace(found, regions=regions, media=MediaFrame(0, 0))


def rectangle(
    left: float, top: float, right: float, bottom: float, *, exclude: bool = False
) -> EvaluatedRegion:
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return EvaluatedRegion(exclude, corners)


def until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return condition()


@pytest.fixture(scope="module")
def quick() -> FaceAnalysis:
    return FaceAnalysis("cpu", thorough=False)


@pytest.fixture(scope="module")
def trembling(quick: FaceAnalysis, talking: list[Rgb]) -> npt.NDArray[np.float64]:
    """(75, 468, 3): landmarks of one frame of the talking head, each time with other noise."""
    noise = np.random.default_rng(1)
    points: list[npt.NDArray[np.float64]] = []
    for _ in range(75):
        noisy = talking[0] + noise.normal(0.0, 4.0, talking[0].shape)
        result = quick.analyse(np.clip(noisy, 0, 255).astype(np.uint8), 1.094)
        points.append(result.faces[0].points[:468].astype(np.float64))
    return np.array(points)


def smoothed(points: npt.NDArray[np.float64], strength: float = 0.5) -> npt.NDArray[np.float64]:
    filter = FaceFilter()
    return np.array([filter.apply(p, 100 + n / RATE, strength) for n, p in enumerate(points)])


def test_a_still_face_trembles_three_times_less(trembling: npt.NDArray[np.float64]) -> None:
    before, after = trembling[25:], smoothed(trembling)[25:]
    for axis in range(3):
        spread = np.sqrt((before.std(0) ** 2).mean(0)[axis] / (after.std(0) ** 2).mean(0)[axis])
        assert spread >= 3.0, (axis, spread)
    steps = [np.sqrt((np.diff(points, axis=0) ** 2).mean()) for points in (before, after)]
    assert steps[0] >= 5.0 * steps[1]


@pytest.mark.parametrize(("sway", "hertz"), [(0.3, 0.5), (0.2, 1.0), (0.1, 2.0), (0.15, 0.3)])
def test_a_moving_face_lags_less_than_a_picture(
    trembling: npt.NDArray[np.float64], sway: float, hertz: float
) -> None:
    """sway: amplitude in face widths. The lag is where the correlation is largest."""
    time_ = np.arange(240) / RATE
    path = sway * np.sin(2 * np.pi * hertz * time_)
    order = np.random.default_rng(2).integers(0, len(trembling), 240)
    points = trembling[order].copy()
    points[:, :, 0] += (path * np.ptp(trembling[0, :, 0]))[:, None]
    got = smoothed(points)[:, :, 0].mean(1)
    number = np.arange(240)
    lags = np.arange(-1.0, 4.0, 0.05)
    fit = [
        np.corrcoef(np.interp(number - lag, number, path)[40:-10], got[40:-10])[0, 1]
        for lag in lags
    ]
    assert lags[int(np.argmax(fit))] <= 1.0
    gain = got[40:].std() / (path[40:].std() * np.ptp(trembling[0, :, 0]))
    assert 0.97 < gain < 1.03


def test_a_mouth_may_move_by_itself(trembling: npt.NDArray[np.float64]) -> None:
    time_ = np.arange(240) / RATE
    path = 0.05 * np.sin(2 * np.pi * 2.0 * time_)
    points = np.repeat(trembling.mean(0)[None], 240, axis=0)
    width = np.ptp(points[0, :, 0])
    points[:, :20, 1] += (path * width)[:, None]
    got = smoothed(points)
    moved = got[40:, :20, 1].mean(1) - points[0, 0:20, 1].mean() + path[0]
    assert np.corrcoef(moved, path[40:])[0, 1] > 0.95
    np.testing.assert_allclose(got[:, 20:], points[:, 20:], atol=1e-6)


def test_smoothing_can_be_off_and_starts_anew_after_a_pause() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(10, 30, 3))
    np.testing.assert_array_equal(smoothed(points, 0.0), points)
    filter = FaceFilter()
    filter.apply(points[0], 1.0, 1.0)
    assert not np.allclose(filter.apply(points[1], 1.03, 1.0), points[1])
    np.testing.assert_array_equal(filter.apply(points[2], 3.0, 1.0), points[2])


def mesh(x: float, y: float, size: float = 50.0, score: float = 0.9) -> FaceMesh:
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0], [0, 0, 1]], np.float32)
    points = (corners * (size / 2) + np.array([x, y, 0], np.float32)).astype(np.float32)
    triangles = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]], np.int32)
    return FaceMesh(points, triangles, np.arange(4, dtype=np.int32), score)


def height(result: FaceResult, face: int = 0) -> float:
    return float(np.ptp(result.faces[face].points[:, 2]))


def test_a_lost_face_is_held_then_sinks() -> None:
    tracks = FaceTracks()
    there, nothing = FaceResult((640, 480), (mesh(100, 100),)), FaceResult((640, 480))
    shown = there
    for n in range(30):
        shown = tracks.update(there, n / RATE)
    assert height(shown) == 25.0 and tracks.lost == 0
    last = 29 / RATE
    heights: dict[float, float] = {}
    for n in range(30, 70):
        shown = tracks.update(nothing, n / RATE)
        heights[n / RATE - last] = height(shown) if shown.faces else 0.0
    held = [h for t, h in heights.items() if t <= HOLD]
    gone = [h for t, h in heights.items() if t > HOLD + FADE + 0.5 / RATE]
    sinking = [h for t, h in heights.items() if HOLD < t < HOLD + FADE]
    assert held and set(held) == {25.0}
    assert gone and set(gone) == {0.0}
    assert np.all(np.diff(sinking) < 0.0)
    assert max(np.abs(np.diff(list(heights.values())))) < 25.0 * 0.12  # no jolt
    assert shown.message == "no face found: the surface stays flat"


def test_a_face_that_comes_back_rises_from_where_it_is() -> None:
    tracks = FaceTracks()
    there, nothing = FaceResult((640, 480), (mesh(100, 100),)), FaceResult((640, 480))
    shown = tracks.update(there, 0.0)
    for n in range(1, 19):
        shown = tracks.update(nothing, n / RATE)
    sunk = height(shown)
    assert 0.0 < sunk < 25.0
    assert sunk < height(tracks.update(there, 19 / RATE)) < 25.0
    for n in range(20, 30):
        shown = tracks.update(there, n / RATE)
    assert height(shown) == 25.0


def test_several_faces_are_followed_each_by_itself() -> None:
    """They swap places in the list, one leaves, one comes: no face takes on another's past."""
    tracks = FaceTracks()
    for n in range(20):
        left, right = mesh(100 + n, 100), mesh(400 - n, 200)
        faces = (left, right) if n % 2 else (right, left)
        shown = tracks.update(FaceResult((640, 480), faces), n / RATE)
        assert len(shown.faces) == 2
        middles = sorted(float(f.points[4, 0]) for f in shown.faces)
        assert middles == pytest.approx([100 + n, 400 - n], abs=2.0)
    shown = tracks.update(FaceResult((640, 480), (mesh(120, 100), mesh(300, 400))), 20 / RATE)
    assert len(shown.faces) == 3 and tracks.lost == 1
    new = [f for f in shown.faces if f.points[4, 1] == 400]
    assert 0 < np.ptp(new[0].points[:, 2]) < 25.0  # rises


def test_where_faces_are_looked_for() -> None:
    size = (640, 480)
    assert looked_at((), size) == (0, 0, 640, 480)
    assert looked_at((rectangle(0, 0, 1, 1, exclude=True),), size) == (0, 0, 640, 480)
    assert looked_at((rectangle(0.5, 0.5, 0.7, 0.9),), size) == (300, 211, 468, 461)
    assert looked_at((rectangle(2.0, 2.0, 3.0, 3.0),), size) is None
    face = mesh(100, 100)
    assert is_inside(face, (), size)
    assert is_inside(face, (rectangle(0, 0, 0.5, 0.5),), size)
    assert not is_inside(face, (rectangle(0.5, 0.5, 1, 1),), size)
    both = (rectangle(0, 0, 0.5, 0.5), rectangle(0.1, 0.1, 0.2, 0.3, exclude=True))
    assert not is_inside(face, both, size)


@pytest.fixture
def live() -> Iterator[Callable[..., LiveAnalyses]]:
    made: list[LiveAnalyses] = []

    def make(source: Source | None, **options: float) -> LiveAnalyses:
        made.append(LiveAnalyses(lambda index: source, "cpu", **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for analyses in made:
        analyses.close()


def test_results_are_those_of_the_networks_and_nobody_waits(
    live: Callable[..., LiveAnalyses], portrait: Rgb, quick: FaceAnalysis
) -> None:
    camera = Camera()
    analyses = live(camera)
    asked = z_map()
    started = time.monotonic()
    assert analyses.result(asked, 1) is None  # nothing yet, and not waited for
    taken = started
    camera.show(portrait, taken, number=7)
    assert until(lambda: analyses.result(asked, 1) is not None)
    newest = analyses.newest(asked)
    assert newest is not None
    assert (newest.picture, newest.captured) == (7, taken)
    assert analyses.result(asked, 2) is analyses.result(asked, 3)
    assert isinstance(newest.result, FaceResult)
    (face,) = newest.result.faces
    (expected,) = quick.analyse(portrait).faces
    np.testing.assert_allclose(face.points, expected.points, atol=1e-3)
    status = analyses.status(0)
    assert status.working and status.faces == 1 and status.score == newest.score > 0.8
    assert status.age is not None and status.age >= 0.0 and status.milliseconds > 0.0


def test_pause_keeps_the_last_result(
    live: Callable[..., LiveAnalyses], portrait: Rgb, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = Camera()
    analyses = live(camera)
    camera.show(portrait, 1.0)
    assert until(lambda: analyses.result(z_map(), 1) is not None)
    rests = threading.Event()
    wait = analyses._faces.wake.wait

    def rest(timeout: float | None = None) -> bool:
        rests.set()
        return wait(timeout)

    def comes_to_rest() -> bool:
        rests.clear()
        # A map that nobody asks for is forgotten.
        return until(lambda: analyses.result(z_map(), 1) is not None and rests.is_set(), 30.0)

    monkeypatch.setattr(analyses._faces.wake, "wait", rest)
    analyses.running = False
    assert comes_to_rest()  # an analysis that ran has ended
    last = analyses.result(z_map(), 1)
    camera.show(np.ascontiguousarray(portrait[:, ::-1]), 1.1)
    assert comes_to_rest()  # it looked again for something to do
    assert analyses.result(z_map(), 1) is last
    assert analyses.status().message.startswith("paused")
    analyses.running = True
    assert until(lambda: analyses.result(z_map(), 1) is not last)


def test_the_region_limits_where_faces_are_found(
    live: Callable[..., LiveAnalyses], portrait: Rgb
) -> None:
    """Two persons side by side; a region around one finds that one alone, and at its place."""
    person = portrait[0:300, 80:380]
    both = np.ascontiguousarray(np.concatenate([person, person], axis=1))
    camera = Camera()
    camera.show(both, 1.0)
    analyses = live(camera)
    whole, right = z_map(), z_map(rectangle(0.5, 0.0, 1.0, 1.0))
    away = z_map(rectangle(0.5, 0.0, 1.0, 1.0, exclude=True))
    for asked, sides in ((whole, [0, 1]), (right, [1]), (away, [0])):

        def found(asked: EvaluatedZMap = asked) -> list[int]:
            result = analyses.result(asked, 1)
            assert isinstance(result, FaceResult | None)
            faces = result.faces if result is not None else ()
            assert result is None or result.size == (600, 300)
            return sorted(int(face.points[:, 0].mean() > 300) for face in faces)

        assert until(lambda sides=sides, found=found: found() == sides), found()


def test_a_large_picture_is_analysed_reduced_and_answered_at_its_own_size(
    live: Callable[..., LiveAnalyses], portrait: Rgb, quick: FaceAnalysis
) -> None:
    large = np.ascontiguousarray(portrait.repeat(5, axis=0).repeat(5, axis=1))
    camera = Camera()
    camera.show(large, 1.0)
    analyses = live(camera)
    assert until(lambda: analyses.result(z_map(), 1) is not None)
    result = analyses.result(z_map(), 1)
    assert isinstance(result, FaceResult) and result.size == (2560, 2560)
    expected = quick.analyse(portrait).faces[0].points * 5
    width = np.ptp(expected[:, 0])
    apart = np.abs(result.faces[0].points - expected)
    assert apart[:, :2].mean() < 0.02 * width


@pytest.mark.parametrize(
    ("rows", "captured", "triangles", "rings"),
    [(256, 1.0, 3592, 36), (512, 1.0, 14368, 72), (256, None, 14368, 72)],
)
def test_a_small_live_picture_gets_no_finer_mesh_than_its_pixels_show(
    live: Callable[..., LiveAnalyses],
    portrait: Rgb,
    rows: int,
    captured: float | None,
    triangles: int,
    rings: int,
) -> None:
    step = len(portrait) // rows
    camera = Camera()
    camera.show(np.ascontiguousarray(portrait[::step, ::step]), captured)
    analyses = live(camera)
    asked = replace(z_map(), head_and_shoulders=True)

    def face() -> FaceMesh | None:
        result = analyses.result(asked, 1)
        found = result.faces if isinstance(result, FaceResult) else ()
        return found[0] if found and found[0].bust is not None else None

    assert until(lambda: face() is not None)
    found = face()
    assert found is not None and found.bust is not None
    assert len(found.triangles) == triangles
    assert found.bust.shape == (rings, len(found.rim), 3)


def test_a_file_among_live_media_is_analysed_at_its_frame(
    live: Callable[..., LiveAnalyses], astronaut: Path
) -> None:
    source = open_source(astronaut)
    analyses = live(source)
    assert until(lambda: analyses.result(z_map(), 1) is not None)
    source.close()


def test_a_real_clip_in_real_time(live: Callable[..., LiveAnalyses], talking_head: Path) -> None:
    started = time.monotonic()
    source = LiveSource(live_input(str(talking_head), loop=True))
    analyses = live(source)
    asked = z_map(size=(176, 144))
    seen: list[int] = []
    end = started + 60
    while len(seen) < 10 and time.monotonic() < end:
        newest = analyses.newest(asked)
        if newest is not None and (not seen or newest.picture != seen[-1]):
            assert isinstance(newest.result, FaceResult) and len(newest.result.faces) == 1
            assert started <= newest.captured <= time.monotonic()
            seen.append(newest.picture)
        time.sleep(0.005)
    assert len(seen) == 10
    source.close()


def test_a_source_that_fails_is_said_and_not_fatal(live: Callable[..., LiveAnalyses]) -> None:
    source = LiveSource(live_input("/nonexistent.mp4"))
    analyses = live(source)
    assert analyses.result(z_map(), 1) is None
    assert analyses.status().message == "waiting for a picture"
    source.close()
