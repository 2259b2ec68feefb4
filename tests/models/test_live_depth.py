"""Live Global Analysis: newest picture first, nobody waits, and what is shown holds still."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from engine.errors import AnalysisError
from engine.media import DepthMap, FaceAndDepth, FaceResult, Source, open_source
from engine.scene import AnalysisType, EvaluatedRegion, EvaluatedZMap
from models import LiveAnalyses, LiveResult
from models.live_result import Joined
from models.raw_depth import DepthNet
from tests.models.test_live import Camera, rectangle, until
from tests.models.test_live import z_map as face_map
from tests.support.depth_parts import Box, RedIsNear
from tests.support.depth_parts import frame as still_frame
from tests.support.moving_depth import MovingScene

F32 = npt.NDArray[np.float32]
Rgb = npt.NDArray[np.uint8]


def z_map(*regions: EvaluatedRegion, **changes: object) -> EvaluatedZMap:
    asked = replace(face_map(*regions), analysis=AnalysisType.GLOBAL)
    return replace(asked, **changes)  # type: ignore[arg-type]


Live = Callable[..., LiveAnalyses]


@pytest.fixture
def live() -> Iterator[Live]:
    made: list[LiveAnalyses] = []

    def make(source: Source | None, network: DepthNet | AnalysisError) -> LiveAnalyses:
        def networks(name: str) -> DepthNet:
            if isinstance(network, AnalysisError):
                raise network
            return network

        made.append(LiveAnalyses(lambda _: source, "cpu", networks=networks))
        return made[-1]

    yield make
    for analyses in made:
        analyses.close()


class Held(RedIsNear):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Semaphore(0)

    def inverse_depth(self, rgb: Rgb, box: Box | None = None, *, pixel_aspect: float = 1.0) -> F32:
        assert self.go.acquire(timeout=20)
        return super().inverse_depth(rgb, box, pixel_aspect=pixel_aspect)


def depth_of(result: object) -> DepthMap:
    assert isinstance(result, DepthMap)
    return result


def test_nobody_waits_and_the_newest_picture_is_analysed(live: Live) -> None:
    camera, network = Camera(), Held()
    analyses = live(camera, network)
    started = time.monotonic()
    assert analyses.newest(z_map()) is None
    camera.show(still_frame(0), 1.0, number=1)
    assert until(lambda: analyses.newest(z_map()) is None and not network.go.acquire(False), 1.0)
    assert time.monotonic() - started < 5.0  # asked while the network was busy
    for number in (2, 3, 4):
        camera.show(still_frame(4 * number), float(number), number)
        time.sleep(0.02)
    network.go.release()
    assert until(lambda: analyses.newest(z_map()) is not None)
    network.go.release()
    assert until(lambda: (n := analyses.newest(z_map())) is not None and n.picture == 4)
    newest = analyses.newest(z_map())
    assert newest is not None and newest.captured == 4.0
    assert len(network.parts) <= 3  # those in between were let go
    assert analyses.result(z_map(), 1) is analyses.result(z_map(), 2)
    depth = depth_of(newest.result)
    assert depth.values.shape == (12, 16) and depth.confidence is not None
    assert (np.diff(depth.values, axis=1) > 0).all()
    status = analyses.status(0)
    assert status.working and status.network == "red" and status.milliseconds > 0
    assert status.age is not None and status.age >= 0.0
    assert status.message == "depth of the whole picture by red"
    network.go.release(50)


class Flickering(RedIsNear):
    """Knows the depth of each picture, and gives it a scale and a shift of its own."""

    def __init__(self, truth: dict[bytes, F32]) -> None:
        super().__init__()
        self._truth = truth
        self._rng = np.random.default_rng(3)

    def inverse_depth(self, rgb: Rgb, box: Box | None = None, *, pixel_aspect: float = 1.0) -> F32:
        scale, shift = 1 + 0.1 * self._rng.standard_normal(), 0.05 * self._rng.standard_normal()
        noise = 0.01 * self._rng.standard_normal((120, 160))
        return (scale * (self._truth[rgb.tobytes()] + noise) + shift).astype(np.float32)


@pytest.fixture(scope="module")
def clip() -> list[tuple[Rgb, F32]]:
    return [(shown.rgb, shown.inverse) for shown in MovingScene(1).frames(16)]


def shown_in_order(
    analyses: LiveAnalyses, camera: Camera, pictures: list[Rgb], asked: EvaluatedZMap
) -> list[DepthMap]:
    found: list[DepthMap] = []
    for number, rgb in enumerate(pictures, 1):
        camera.show(rgb, number / 30, number)
        assert until(lambda n=number: (r := analyses.newest(asked)) is not None and r.picture == n)
        found.append(depth_of(analyses.result(asked, 1)))
    return found


def test_flicker_is_taken_out_and_told(live: Live, clip: list[tuple[Rgb, F32]]) -> None:
    camera = Camera()
    pictures = [rgb for rgb, _ in clip]
    network = Flickering({rgb.tobytes(): depth for rgb, depth in clip})
    asked = z_map(stabilise=0.8)
    analyses = live(camera, network)
    assert analyses.status().flicker is None  # nothing was asked for
    found = shown_in_order(analyses, camera, pictures, asked)
    flicker = analyses.status(0).flicker
    assert flicker is not None
    assert 0.0 < flicker[1] < flicker[0] / 4
    # The background that does not move: what is shown of it moves little.
    corner = np.array([depth.values[:20, :20].mean() for depth in found[4:]])
    assert corner.std() < 0.02
    source = Camera()
    raw = live(source, Flickering({rgb.tobytes(): depth for rgb, depth in clip}))
    plain = shown_in_order(raw, source, pictures, z_map(stabilise=0.0))
    corner_raw = np.array([depth.values[:20, :20].mean() for depth in plain[4:]])
    assert corner_raw.std() > 3 * corner.std()


def test_a_cut_begins_anew(live: Live, clip: list[tuple[Rgb, F32]]) -> None:
    """After it the depth is that of the new shot at once, in a range of its own."""
    other = [(s.rgb[:, ::-1, ::-1].copy(), 10 + 5 * s.inverse) for s in MovingScene(7).frames(3)]
    both = [*clip[:6], *other]
    network = Flickering({rgb.tobytes(): np.asarray(d, np.float32) for rgb, d in both})
    camera = Camera()
    analyses = live(camera, network)
    found = shown_in_order(analyses, camera, [rgb for rgb, _ in both], z_map())
    for depth in found:
        low, high = np.percentile(depth.values, (2, 98))
        assert -0.25 < low < 0.35 and 0.65 < high < 1.25, (low, high)


def test_without_a_network_it_is_said_how_to_get_one_and_faces_go_on(
    live: Live, portrait: Rgb
) -> None:
    camera = Camera()
    camera.show(portrait, 1.0)
    analyses = live(camera, AnalysisError("Global Analysis needs a network: run `rilievo models`"))
    assert until(lambda: analyses.newest(z_map()) is None and not analyses.status().working)
    assert analyses.status(0).message.startswith("Global Analysis needs a network")
    assert until(lambda: analyses.result(face_map(), 1) is not None)
    assert isinstance(analyses.result(face_map(), 1), FaceResult)
    assert until(lambda: analyses.status(0).faces == 1, 5.0)


def test_a_region_of_interest_is_a_mask_and_changes_no_depth(live: Live) -> None:
    camera, network = Camera(), RedIsNear()
    camera.show(still_frame(0), 1.0)
    analyses = live(camera, network)
    assert until(lambda: analyses.newest(z_map()) is not None)
    asked = z_map(rectangle(0.5, 0.25, 0.9, 0.75))
    assert analyses.newest(asked) is analyses.newest(z_map())
    assert set(network.parts) == {(64, 48)}
    assert np.isfinite(depth_of(analyses.result(asked, 1)).values).all()


def test_pause_keeps_the_last_result(live: Live) -> None:
    camera, network = Camera(), RedIsNear()
    camera.show(still_frame(0), 1.0)
    analyses = live(camera, network)
    assert until(lambda: analyses.newest(z_map()) is not None)
    analyses.running = False
    time.sleep(0.1)  # one that ran has ended
    last, runs = analyses.newest(z_map()), len(network.parts)
    camera.show(still_frame(9), 2.0)
    time.sleep(0.2)
    assert analyses.newest(z_map()) is last and len(network.parts) == runs
    assert analyses.status().message.startswith("paused; ")
    analyses.running = True
    assert until(lambda: analyses.newest(z_map()) is not last)


def test_a_file_among_live_media_is_not_averaged_with_what_was_before(
    live: Live, astronaut: Path
) -> None:
    source = open_source(astronaut)
    analyses = live(source, RedIsNear())
    assert until(lambda: analyses.newest(z_map()) is not None)
    depth = depth_of(analyses.result(z_map(), 1))
    assert depth.values.shape == (128, 128)
    source.close()


def result(found: FaceResult | DepthMap, captured: float) -> LiveResult:
    return LiveResult(found, int(captured), captured, 10.0, 0.5, 0)


def test_faces_and_depth_are_one_result() -> None:
    both = Joined()
    values = np.zeros((2, 2), np.float32)
    face, depth = result(FaceResult((4, 4)), 2.0), result(DepthMap(values), 1.0)
    assert both.of("z", face, None) is None
    first = both.of("z", None, depth)
    assert first is not None and isinstance(first.result, FaceAndDepth)
    joined = both.of("z", face, depth)
    assert joined is not None and isinstance(joined.result, FaceAndDepth)
    assert joined.result.face is face.result and joined.result.depth is depth.result
    assert (joined.captured, joined.picture, joined.milliseconds) == (1.0, 1, 20.0)
    assert both.of("z", face, depth) is joined
    assert both.of("y", face, depth) is not joined
    assert both.of("z", result(FaceResult((4, 4)), 3.0), depth) is not joined


def test_faces_and_depth_live(live: Live, portrait: Rgb) -> None:
    camera = Camera()
    camera.show(portrait, 1.0)
    analyses = live(camera, RedIsNear())
    asked = z_map(analysis=AnalysisType.FACE_GLOBAL)

    def found() -> bool:
        result = analyses.result(asked, 1)
        return isinstance(result, FaceAndDepth) and len(result.face.faces) == 1

    assert until(found)
    status = analyses.status(0)
    assert status.faces == 1 and status.network == "red"
    assert status.flicker is not None and math.isnan(status.flicker[0])
