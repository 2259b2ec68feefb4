"""Head and shoulders around a face, and the scale: against the canonical face put where we know.

Lengths are in centimetres unless they say pixels.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from engine.media import FaceMesh, FaceResult
from models.face import FINEST, FaceAnalysis, canonical
from models.face.body import with_body
from models.face.bust import DEPTH, body_of, outline
from models.face.matte import outline_in
from models.face.pose import FLIP, HeadPose, head_pose
from models.face.subdivide import Subdivision
from models.smoothing import FADE, HOLD, FaceTracks

Floats = npt.NDArray[np.float64]
Rgb = npt.NDArray[np.uint8]
SHAPE = canonical.load()
FINE = Subdivision(SHAPE.triangles, SHAPE.rim, FINEST)
UPRIGHT = (0.0, 0.0, 0.0)
MIDDLE = np.array([300.0, 170.0, 25.0])


def turned(yaw: float, pitch: float, roll: float) -> Floats:
    """Degrees, to the picture's axes (y up): yaw to the picture's right, pitch up, roll to the
    left."""
    a, b, c = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def posed(angles: tuple[float, float, float] = UPRIGHT, scale: float = 7.0) -> HeadPose:
    return HeadPose(scale, turned(*angles), MIDDLE)


def face_at(pose: HeadPose) -> FaceMesh:
    """The canonical face there."""
    points = pose.place(FINE.apply(SHAPE.points))
    return FaceMesh(points.astype(np.float32), FINE.triangles, FINE.rim, 1.0)


class Relief:
    """A bust in centimetres, to be asked for its height anywhere around the face."""

    def __init__(self, face: FaceMesh, pose: HeadPose) -> None:
        assert face.bust is not None
        self.points = ((face.bust - pose.origin) * FLIP / pose.scale).reshape(-1, 3)
        self.plane = float(self.points[-len(face.rim) :, 2].mean())

    def __call__(self, x: float, y: float) -> float:
        """Over the plane: on a plane through the points around there."""
        apart = self.points[:, :2] - (x, y)
        nearest = np.argsort((apart**2).sum(1))[:8]
        assert np.hypot(*apart[nearest[0]]) < 2.0, "no point of the bust is there"
        matrix = np.column_stack([np.ones(8), apart[nearest]])
        return (
            float(np.linalg.lstsq(matrix, self.points[nearest, 2], rcond=0.05)[0][0]) - self.plane
        )


def relief_of(angles: tuple[float, float, float] = UPRIGHT) -> Relief:
    pose = posed(angles)
    return Relief(with_body(face_at(pose), SHAPE), pose)


# -- scale and pose --


@pytest.mark.parametrize(
    "angles", [UPRIGHT, (30.0, 0.0, 0.0), (-20.0, 15.0, 35.0), (10.0, -25.0, -170.0)]
)
@pytest.mark.parametrize("scale", [0.8, 7.0, 95.0])
def test_scale_and_pose_of_a_known_face(angles: tuple[float, float, float], scale: float) -> None:
    pose = posed(angles, scale)
    noise = np.random.default_rng(1).normal(0.0, 0.05, SHAPE.points.shape)
    found = head_pose(pose.place(SHAPE.points + noise), SHAPE.points)
    assert found.scale == pytest.approx(scale, rel=0.01)
    np.testing.assert_allclose(found.rotation, pose.rotation, atol=0.005)
    np.testing.assert_allclose(found.origin, pose.origin, atol=0.1 * scale)


def test_an_open_mouth_changes_the_scale_by_less_than_a_hundredth() -> None:
    pose = posed((12.0, 5.0, -8.0))
    below = np.clip(-3.0 - SHAPE.points[:, 1], 0.0, 4.0) / 4.0  # the lower lip and the jaw
    drop = below[:, None] * np.array([0.0, -2.2, -0.8])
    found = head_pose(pose.place(SHAPE.points + drop), SHAPE.points)
    assert found.scale == pytest.approx(pose.scale, rel=0.01)
    np.testing.assert_allclose(found.rotation, pose.rotation, atol=0.03)


def test_the_portraits_eyes_are_as_far_apart_as_peoples_are(
    faces: FaceAnalysis, portrait: Rgb
) -> None:
    """54 to 74 mm in adults, 63 in the mean (Dodgson, "Variation and extrema of human
    interpupillary distance", 2004)."""
    (face,) = faces.analyse(portrait).faces
    assert face.scale is not None
    left, right = face.points[[33, 133]].mean(0), face.points[[263, 362]].mean(0)
    assert 5.7 < np.linalg.norm(right - left) / face.scale < 6.9


# -- the body --


def test_an_upright_bust_is_a_body() -> None:
    height = relief_of()
    assert height.plane == pytest.approx(-DEPTH, abs=0.02)
    crown, chin, throat, breast = height(0, 11), 4.3 + DEPTH, height(0, -15), height(0, -38)
    assert 4.0 < crown < 4.5 + DEPTH, "the skull goes on from the forehead and rounds off"
    assert throat < chin - 3.0, "the neck is behind the chin"
    assert breast > throat + 2.0, "the breast before it"
    for side in (-1, 1):
        assert 2.0 < height(16 * side, -24) < breast, "shoulders, behind the breast"
        assert height(16 * side, -8) < 0.5, "nothing beside the neck"
        assert height(30 * side, -30) < 0.5, "nothing beside the arms"
    assert height(0, 22) < 0.5, "nothing over the head"


def test_a_bust_is_whole_and_ends_on_the_plane() -> None:
    face = with_body(face_at(posed()), SHAPE)
    assert face.bust is not None and face.scale == pytest.approx(7.0, rel=1e-3)
    assert face.bust.shape == (72, 144, 3) and face.bust.dtype == np.float32
    assert np.isfinite(face.bust).all()
    plane = face.bust[-1, 0, 2]
    np.testing.assert_allclose(face.bust[-1, :, 2], plane, atol=1e-3)
    assert face.bust[..., 2].min() >= plane - 1e-3
    assert face.bust[..., 2].max() < face.points[:, 2].max(), "the nose is nearest"
    # It meets the plane level: the last rings hardly rise from it.
    assert np.ptp(face.bust[-3:, :, 2]) < 0.3 * 7.0
    # The rings lead straight away from the rim.
    rim = face.points[face.rim, :2]
    out = rim - rim.mean(0)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    steps = np.diff(np.concatenate([rim[None], face.bust[..., :2]]), axis=0)
    along = np.einsum("rkc,kc->rk", steps, out)
    assert along.min() > 0.0
    np.testing.assert_allclose(along, np.linalg.norm(steps, axis=2), rtol=1e-3)


def test_the_bust_of_an_even_face_is_even() -> None:
    height = relief_of()
    for x, y in ((9, 4), (10, -19), (18, -30), (5, 12)):
        assert height(x, y) == pytest.approx(height(-x, y), abs=0.25)


@pytest.mark.parametrize("degrees", [-25.0, 25.0])
def test_the_skull_takes_part_in_a_roll_and_the_shoulders_hardly(degrees: float) -> None:
    body = body_of(posed((0.0, 0.0, degrees)))
    roll = np.radians(degrees)
    crown = np.array([[-np.sin(roll), np.cos(roll)]]) * 13.0
    assert outline(body, crown)[0] > 0.0
    assert outline(body, crown * (-1, 1))[0] < -1.0
    lean = float(np.arctan2(body.across[1], body.across[0]))
    assert lean == pytest.approx(0.3 * roll, abs=1e-6)
    # The shoulder to which the head leans goes down.
    line = outline(body, np.array([[-21.0, -24.0], [21.0, -24.0]]))
    assert np.sign(line[0] - line[1]) == -np.sign(degrees)


@pytest.mark.parametrize("yaw", [-30.0, 30.0])
def test_the_trunk_turns_with_the_head(yaw: float) -> None:
    """Looking to the picture's right brings the shoulder on its left to the front."""
    height = relief_of((yaw, 0.0, 0.0))
    near, far = height(-12 * np.sign(yaw), -32), height(12 * np.sign(yaw), -32)
    assert near > far + 1.0


def test_a_turned_faces_rim_stays_over_the_plane() -> None:
    for angles in ((45.0, 0.0, 0.0), (-50.0, 20.0, 10.0), (0.0, 35.0, 0.0)):
        pose = posed(angles)
        face = with_body(face_at(pose), SHAPE)
        assert face.bust is not None and np.isfinite(face.bust).all()
        lowest = face.points[face.rim, 2].min() - face.bust[-1, :, 2].max()
        assert lowest > 0.9 * pose.scale


def test_a_squeezed_pictures_bust_is_squeezed() -> None:
    face = face_at(posed((15.0, 5.0, -10.0)))
    half = replace(face, points=face.points * np.array([0.5, 1, 1], np.float32))
    whole, squeezed = with_body(face, SHAPE), with_body(half, SHAPE, 2.0)
    assert whole.bust is not None and squeezed.bust is not None
    np.testing.assert_allclose(squeezed.bust * (2, 1, 1), whole.bust, atol=0.05)
    assert squeezed.scale == pytest.approx(whole.scale, rel=1e-4)


# -- outlines in the picture --


def painted(
    pose: HeadPose, size: tuple[int, int] = (600, 560)
) -> tuple[Rgb, npt.NDArray[np.bool_]]:
    """A person with broad hair and narrow, sloping shoulders, before a wall, and where it is."""
    width, height = size
    mask = np.zeros((height, width), np.uint8)

    def at(x: float, y: float) -> tuple[int, int]:
        px, py, _ = pose.place(np.array([[x, y, 0.0]]))[0]
        return round(px), round(py)

    s = pose.scale
    cv2.ellipse(mask, at(0, 2), (round(11.5 * s), round(13.5 * s)), 0, 0, 360, 1, -1)
    corners = [at(-5, -8), at(5, -8), at(6, -15), at(17, -22), at(18, -80), at(-18, -80)]
    corners += [at(-17, -22), at(-6, -15)]
    cv2.fillPoly(mask, [np.array(corners, np.int32)], 1)
    noise = np.random.default_rng(2).normal(0, 9, (height, width, 3))
    picture = np.where(mask[..., None] > 0, (95, 60, 40), (165, 175, 190)) + noise
    cv2.ellipse(picture, at(0, -1), (round(7.5 * s), round(10 * s)), 0, 0, 360, (205, 160, 140), -1)
    return np.clip(picture, 0, 255).astype(np.uint8), mask > 0


def test_an_outline_that_can_be_seen_is_found() -> None:
    pose = posed()
    picture, person = painted(pose)
    face = face_at(pose)
    inside = outline_in(picture, face.points, face.rim, pose)
    assert inside is not None
    x, y = np.meshgrid(np.arange(-30.0, 30.5), np.arange(-50.0, 18.5))
    places = np.stack([x.ravel(), y.ravel()], axis=1)
    pixels = pose.place(np.column_stack([places, np.zeros(len(places))]))[:, :2]
    seen = ((pixels > 0) & (pixels < (600, 560))).all(axis=1)
    found = inside(places[seen]) > 0
    column, row = pixels[seen].astype(int).T
    truth = person[row, column]
    assert (found & truth).sum() > 0.94 * (found | truth).sum()
    usual = outline(body_of(pose), places[seen]) > 0
    assert (usual & truth).sum() < 0.9 * (usual | truth).sum(), "the ordinary body is not it"
    again = outline_in(picture, face.points, face.rim, pose)
    assert again is not None
    assert np.array_equal(again(places), inside(places))


def test_the_bust_of_an_outline_ends_there() -> None:
    pose = posed()
    picture, _ = painted(pose)
    height = Relief(with_body(face_at(pose), SHAPE, rgb=picture), pose)
    soft = Relief(with_body(face_at(pose), SHAPE), pose)
    assert height(10, 3) > soft(10, 3) + 1.0, "broad hair"
    assert height(21, -30) < 0.5 < soft(20, -30), "narrow shoulders"


def test_a_body_that_cannot_be_told_from_the_wall_stays_near_the_ordinary_one() -> None:
    """One colour all over: whatever is found leaves the ordinary outline no more than allowed."""
    pose = posed()
    noise = np.random.default_rng(3).normal(128, 6, (560, 600, 3))
    face = face_at(pose)
    rgb = np.clip(noise, 0, 255).astype(np.uint8)
    height = Relief(with_body(face, SHAPE, rgb=rgb), pose)
    assert height(0, -35) > 3.0 and height(0, 9) > 1.0
    for x, y in ((30, -30), (-30, -30), (20, 0), (-20, 0), (0, 24)):
        assert height(x, y) < 0.5


def test_a_face_too_small_for_an_outline_has_the_ordinary_one() -> None:
    pose = HeadPose(0.25, turned(*UPRIGHT), MIDDLE)
    picture, _ = painted(posed())
    face = face_at(pose)
    assert outline_in(picture, face.points, face.rim, pose) is None


# -- over time --


def noisy(face: FaceMesh, seed: int) -> FaceMesh:
    noise = np.random.default_rng(seed).normal(0.0, 0.2, face.points.shape)
    return replace(face, points=(face.points + noise).astype(np.float32))


def test_a_smoothed_faces_bust_holds_still() -> None:
    """Of landmarks that tremble by 0.03 cm the body, 40 cm away, trembles by no more than that."""
    pose, tracks = posed(), FaceTracks()
    heights: list[list[float]] = []
    for n in range(30):
        result = FaceResult((640, 480), (noisy(face_at(pose), n),))
        (shown,) = tracks.update(result, n / 30, lambda f: with_body(f, SHAPE)).faces
        if n >= 12:
            relief = Relief(shown, pose)
            heights.append([relief(0, -45), relief(14, -25), relief(-14, -25), relief(0, 11)])
    assert np.std(heights, axis=0).max() < 0.03


def test_a_lost_faces_bust_sinks_with_it() -> None:
    face, tracks = face_at(posed()), FaceTracks()
    size = (640, 480)
    (first,) = tracks.update(FaceResult(size, (face,)), 0.0, lambda f: with_body(f, SHAPE)).faces
    assert first.bust is not None
    tall = float(np.ptp(first.bust[..., 2]))
    heights: list[float] = []
    for n in range(1, 60):
        shown = tracks.update(FaceResult(size), n / 50).faces
        bust = shown[0].bust if shown else None
        heights.append(0.0 if bust is None else float(np.ptp(bust[..., 2])))
    held = round(HOLD * 50) - 1
    assert min(heights[:held]) == pytest.approx(tall)
    assert all(b <= a + 1e-4 for a, b in pairwise(heights))
    assert max(a - b for a, b in pairwise(heights)) < 0.1 * tall
    assert heights[round((HOLD + FADE) * 50) + 1] == 0.0
