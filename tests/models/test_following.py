"""Faces followed from picture to picture: half the work, no worse, and none overlooked."""

from __future__ import annotations

import threading
import time

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from engine.media import FaceMesh, FaceResult
from models import LiveAnalyses, runtime
from models.face import FaceAnalysis
from tests.models.test_live import Camera, until, z_map

Rgb = npt.NDArray[np.uint8]


def moved(
    picture: Rgb, x: float, y: float = 0.0, turn: float = 0.0, size: float = 1.0
) -> tuple[Rgb, npt.NDArray[np.float64]]:
    """The picture moved by pixels, turned by degrees and enlarged about its face; and the (2, 3)
    that did it."""
    matrix = cv2.getRotationMatrix2D((224.0, 120.0), turn, size)
    matrix[:, 2] += (x, y)
    height, width = picture.shape[:2]
    picture = np.asarray(cv2.warpAffine(picture, matrix, (width, height)), np.uint8)
    return picture, np.asarray(matrix, np.float64)


def off(face: FaceMesh, expected: npt.NDArray[np.float64]) -> float:
    """Mean distance of the landmarks to where they should be, as a share of the face's width."""
    apart = face.points[:468, :2] - expected
    return float(np.linalg.norm(apart, axis=1).mean() / np.ptp(expected[:, 0]))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the networks that ran, in order."""
    ran: list[str] = []
    run = runtime.Network.run

    def counted(
        self: runtime.Network, tensor: npt.NDArray[np.float32]
    ) -> list[npt.NDArray[np.float32]]:
        ran.append(self.name)
        return run(self, tensor)

    monkeypatch.setattr(runtime.Network, "run", counted)
    return ran


@pytest.mark.parametrize(
    ("x", "y", "turn", "size"),
    [
        (1, 0, 0, 1),
        (3, -2, 2, 1),
        (12, 5, 0, 1),
        (30, -10, 12, 1),
        (0, 0, 0, 1.25),
        (-8, 0, 0, 0.9),
    ],
)
def test_a_face_that_moved_is_found_as_exactly_as_anew(
    faces: FaceAnalysis, portrait: Rgb, x: float, y: float, turn: float, size: float
) -> None:
    """The bound is the scatter of a face that is looked for anew."""
    (before,) = faces.analyse(portrait).faces
    picture, matrix = moved(portrait, x, y, turn, size)
    (face,) = faces.analyse(picture, seen=[before], search=False).faces
    expected = before.points[:468, :2] @ matrix[:, :2].T + matrix[:, 2]
    assert off(face, expected) < 0.01
    assert face.score > 0.8


def test_a_face_at_rest_takes_two_runs_and_no_search(
    faces: FaceAnalysis, portrait: Rgb, runs: list[str]
) -> None:
    result = faces.analyse(portrait)
    assert len(runs) > 4
    runs.clear()
    faces.analyse(portrait, seen=result.faces, search=False)
    assert runs == ["face landmarks"] * 2


def test_following_does_not_drift(faces: FaceAnalysis, portrait: Rgb) -> None:
    """Forty noisy pictures later it is where a new look finds it, without more trembling."""
    noise = np.random.default_rng(3)
    (start,) = faces.analyse(portrait).faces
    seen, points = [start], []
    for _ in range(40):
        noisy = np.clip(portrait + noise.normal(0, 4, portrait.shape), 0, 255).astype(np.uint8)
        seen = list(faces.analyse(noisy, seen=seen, search=False).faces)
        points.append(seen[0].points[:468, :2].astype(np.float64))
    assert off(seen[0], start.points[:468, :2].astype(np.float64)) < 0.01
    width = np.ptp(start.points[:, 0])
    assert np.sqrt(np.var(points, axis=0).sum(1).mean()) < 0.005 * width


def test_a_face_that_is_gone_is_not_followed(faces: FaceAnalysis, portrait: Rgb) -> None:
    seen = faces.analyse(portrait).faces
    empty = np.full_like(portrait, 90)
    assert faces.analyse(empty, seen=seen, search=False) == FaceResult((512, 512))
    # Elsewhere in the picture it is found again at once, by looking for it.
    picture, matrix = moved(portrait, 150, 200)
    (face,) = faces.analyse(picture, seen=seen, search=False).faces
    expected = seen[0].points[:468, :2] @ matrix[:, :2].T + matrix[:, 2]
    assert off(face, expected) < 0.01


def test_a_search_finds_who_came_and_keeps_who_was_there(
    faces: FaceAnalysis, portrait: Rgb, runs: list[str]
) -> None:
    person = portrait[0:300, 80:380]
    alone = np.ascontiguousarray(np.concatenate([person, np.zeros_like(person)], axis=1))
    both = np.ascontiguousarray(np.concatenate([person, person], axis=1))
    seen = faces.analyse(alone).faces
    assert len(seen) == 1
    assert len(faces.analyse(both, seen=seen, search=False).faces) == 1
    runs.clear()
    result = faces.analyse(both, seen=seen)
    assert len(result.faces) == 2
    assert runs.count("face landmarks") == 2 + 4  # one followed, one found
    again = faces.analyse(both, seen=result.faces)
    assert len(again.faces) == 2  # neither is taken for a third


def test_a_squeezed_picture_is_followed_too(faces: FaceAnalysis, portrait: Rgb) -> None:
    squeezed = np.asarray(cv2.resize(portrait, (256, 512), interpolation=cv2.INTER_AREA), np.uint8)
    (before,) = faces.analyse(squeezed, 2.0).faces
    (face,) = faces.analyse(squeezed, 2.0, seen=[before], search=False).faces
    assert off(face, before.points[:468, :2].astype(np.float64)) < 0.01


def uses_of(analyses: LiveAnalyses) -> int:
    """How often the newest result was asked for."""
    (job,) = analyses._faces.jobs.values()
    return job.uses


def test_nothing_is_analysed_that_nobody_has_seen(portrait: Rgb) -> None:
    """Pictures come faster than they are drawn: results come as often as they are asked for."""
    camera = Camera()
    analyses = LiveAnalyses(lambda _: camera, "cpu", uses=3)
    stop = threading.Event()

    def keep_coming() -> None:
        number = 0
        while not stop.wait(0.005):
            number += 1
            camera.show(portrait, time.monotonic(), number)

    thread = threading.Thread(target=keep_coming)
    thread.start()
    asked = z_map()
    try:
        assert until(lambda: analyses.newest(asked) is not None)
        for _ in range(3):
            uses, revision = uses_of(analyses), analyses.revision
            assert uses < 3
            time.sleep(0.15)  # time for several
            assert analyses.revision == revision
            for _ in range(3 - uses):
                analyses.newest(asked)
            assert until(lambda revision=revision: analyses.revision > revision)
    finally:
        stop.set()
        thread.join()
        analyses.close()
