"""Face Analysis on real pictures: where the points are, how deep, and what changes them not.

Lengths are in pixels of the picture, or shares of the face's width where they say so.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from skimage import data

from engine.media import FaceMesh, FaceResult
from models.face import FaceAnalysis, canonical
from models.face.relief import similarity

Rgb = npt.NDArray[np.uint8]

SHAPE = canonical.load()
NOSE = [1, 4, 5, 45, 275]
CHEEKS = [50, 280, 205, 425, 117, 346]
SIDES = [234, 454, 93, 323, 132, 361]  # of the rim, beside the cheeks


def only(result: FaceResult) -> FaceMesh:
    assert len(result.faces) == 1, result.message
    return result.faces[0]


def width_of(face: FaceMesh) -> float:
    return float(np.ptp(face.points[:, 0]))


@pytest.fixture(scope="module")
def face(faces: FaceAnalysis, portrait: Rgb) -> FaceMesh:
    return only(faces.analyse(portrait))


# Read off the enlarged picture by eye, to about a pixel.
BY_EYE = {
    "left eye, outer corner": (33, (192.0, 100.5)),
    "left eye, inner corner": (133, (213.0, 102.5)),
    "right eye, inner corner": (362, (236.0, 103.0)),
    "right eye, outer corner": (263, (258.5, 103.5)),
    "tip of the nose": (4, (223.5, 127.0)),
    "left corner of the mouth": (61, (203.0, 140.0)),
    "right corner of the mouth": (291, (246.0, 140.0)),
    "chin": (152, (224.0, 177.5)),
}


@pytest.mark.parametrize("name", BY_EYE)
def test_points_are_where_the_eye_sees_them(face: FaceMesh, name: str) -> None:
    index, place = BY_EYE[name]
    assert np.linalg.norm(face.points[index, :2] - place) < 4.0


def test_result_is_as_the_passes_expect_it(face: FaceMesh) -> None:
    assert face.score > 0.85
    assert face.points.dtype == np.float32
    assert face.triangles.dtype == face.rim.dtype == np.int32
    assert face.triangles.max() == len(face.points) - 1
    assert np.isfinite(face.points).all()
    assert face.points[face.rim, 2].min() == 0.0
    a, b, c = (face.points[face.triangles[:, i]].astype(float) for i in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    # y points down, so what is counter-clockwise on screen has a negative area
    assert area[area < 0].sum() / np.abs(area).sum() < -0.97


def nose_leads(face: FaceMesh) -> bool:
    """The nearest point belongs to the tip of the nose, and the cheeks are well behind it."""
    tip = face.points[NOSE, 2]
    nearest = face.points[face.points[:, 2].argmax()]
    beside = np.linalg.norm(nearest[:2] - face.points[NOSE, :2].mean(0))
    return bool(
        beside < 0.1 * width_of(face)
        and face.points[CHEEKS, 2].max() < tip.max() - 0.1 * width_of(face)
        and face.points[SIDES, 2].max() < face.points[CHEEKS, 2].min() - 0.1 * width_of(face)
    )


def test_nose_is_nearest_and_cheeks_behind_it(face: FaceMesh) -> None:
    assert nose_leads(face)
    assert face.points[SHAPE.mirror[50], 2] == pytest.approx(face.points[50, 2], abs=3.0)


def test_relief_is_true_to_scale(face: FaceMesh) -> None:
    """Against the canonical face in centimetres, the slope of z is that of x and y."""
    points = face.points[: canonical.POINTS].astype(np.float64) * (1, -1, 1)
    scale, rotation, shift = similarity(SHAPE.points, points)
    fitted = (points - shift) @ rotation / scale
    x, y, z = (np.polyfit(SHAPE.points[:, i], fitted[:, i], 1)[0] for i in range(3))
    assert z / np.sqrt(x * y) == pytest.approx(1.0, abs=0.08)
    assert np.sqrt(((fitted - SHAPE.points) ** 2).sum(1).mean()) < 0.9  # of 15 cm: she smiles
    assert 5.5 < scale < 7.5  # pixels per centimetre: a face of about 15 cm


def test_the_same_picture_gives_the_same_mesh(
    faces: FaceAnalysis, portrait: Rgb, face: FaceMesh
) -> None:
    again = only(FaceAnalysis("cpu").analyse(portrait))
    assert np.array_equal(again.points, only(faces.analyse(portrait)).points)
    assert np.array_equal(again.points, face.points)


def scatter(found: npt.NDArray[np.float64], face: FaceMesh) -> tuple[float, float]:
    """How far points are from those of `face`, in shares of its width: (rms, largest)."""
    apart = np.linalg.norm(found - face.points, axis=1) / width_of(face)
    return float(np.sqrt((apart**2).mean())), float(apart.max())


@pytest.mark.parametrize("degrees", [-180, -90, -60, -40, -20, 20, 40, 60, 90])
def test_a_turned_picture_gives_the_turned_face(
    faces: FaceAnalysis, portrait: Rgb, face: FaceMesh, degrees: float
) -> None:
    matrix = cv2.getRotationMatrix2D((255.5, 255.5), degrees, 1.0)
    turned = cv2.warpAffine(
        portrait, matrix, (512, 512), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    found = only(faces.analyse(np.asarray(turned, np.uint8)))
    assert found.score > 0.75
    back = cv2.invertAffineTransform(matrix)
    points = found.points.astype(np.float64)
    points[:, :2] = (points[:, :2] - 0.5) @ back[:, :2].T + back[:, 2] + 0.5
    points[:, 2] += np.mean(face.points[:, 2] - points[:, 2])  # zero hangs on one point of the rim
    rms, largest = scatter(points, face)
    assert rms < 0.012
    assert largest < 0.04


@pytest.mark.parametrize("factor", [0.25, 0.5, 2.0, 4.0])
def test_a_scaled_picture_gives_the_scaled_face(
    faces: FaceAnalysis, portrait: Rgb, face: FaceMesh, factor: float
) -> None:
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(portrait, None, fx=factor, fy=factor, interpolation=method)
    found = only(faces.analyse(np.asarray(scaled, np.uint8)))
    assert found.score > 0.85
    rms, largest = scatter(found.points.astype(float) / factor, face)
    # a quarter of the size leaves 23 pixels of face
    assert rms < (0.03 if factor == 0.25 else 0.01)
    assert largest < (0.07 if factor == 0.25 else 0.03)


def test_a_mirrored_picture_gives_the_mirrored_face(
    faces: FaceAnalysis, portrait: Rgb, face: FaceMesh
) -> None:
    found = only(faces.analyse(np.ascontiguousarray(portrait[:, ::-1])))
    points = found.points[: canonical.POINTS][SHAPE.mirror].astype(np.float64)
    points[:, 0] = 512 - points[:, 0]
    apart = np.linalg.norm(points - face.points[: canonical.POINTS], axis=1) / width_of(face)
    assert np.sqrt((apart**2).mean()) < 0.012
    assert apart.max() < 0.04
    assert abs(points[:, 0].mean() - face.points[: canonical.POINTS, 0].mean()) < 0.4


def test_a_squeezed_picture_gives_the_squeezed_face(
    faces: FaceAnalysis, portrait: Rgb, face: FaceMesh
) -> None:
    """Anamorphic 2:1: x in the squeezed pixels, y and z as before."""
    squeezed = cv2.resize(portrait, (256, 512), interpolation=cv2.INTER_AREA)
    found = faces.analyse(np.asarray(squeezed, np.uint8), 2.0)
    assert found.size == (256, 512)
    points = only(found).points * (2, 1, 1)
    rms, largest = scatter(points.astype(np.float64), face)
    assert rms < 0.012
    assert largest < 0.04


def test_two_faces_side_by_side(faces: FaceAnalysis, portrait: Rgb, face: FaceMesh) -> None:
    half = portrait[:256, 96:352]
    pair = np.concatenate([half, half[:, ::-1]], axis=1)
    pair[:, 256:] = cv2.resize(pair[:, 256:], (256, 256))
    result = faces.analyse(np.ascontiguousarray(pair))
    assert len(result.faces) == 2
    left, right = sorted(result.faces, key=lambda f: f.points[:, 0].mean())
    nose = face.points[4, :2]
    assert np.linalg.norm(left.points[4, :2] - (nose - (96, 0))) < 2.0
    assert np.linalg.norm(right.points[4, :2] - (512 - (nose[0] - 96), nose[1])) < 2.0
    assert all(nose_leads(f) for f in (left, right))
    assert "2 faces" in result.message


def test_faces_come_largest_first(faces: FaceAnalysis, portrait: Rgb) -> None:
    head = portrait[:256, 96:352]
    picture = np.full((400, 640, 3), 128, np.uint8)
    picture[100:228, 20:148] = cv2.resize(head, (128, 128), interpolation=cv2.INTER_AREA)
    picture[:400, 200:600] = cv2.resize(head, (400, 400), interpolation=cv2.INTER_CUBIC)
    large, small = faces.analyse(picture).faces
    assert width_of(large) == pytest.approx(width_of(small) * 400 / 128, rel=0.03)


@pytest.mark.parametrize("share", [0.16, 0.08, 0.045])
def test_a_small_face_in_a_large_picture(faces: FaceAnalysis, portrait: Rgb, share: float) -> None:
    """share: height of the face over the longer side of the picture, 1600 pixels."""
    scale = share * 1600 / 107
    head = cv2.resize(portrait[:260, 90:350], None, fx=scale, fy=scale)
    picture = np.full((900, 1600, 3), (90, 110, 100), np.uint8)
    picture[233 : 233 + head.shape[0], 800 : 800 + head.shape[1]] = head
    found = only(faces.analyse(picture))
    nose = (np.array([224.3, 126.9]) - (90, 0)) * scale + (800, 233)
    assert np.linalg.norm(found.points[4, :2] - nose) < 0.04 * width_of(found)


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("left", (slice(20, 276), slice(200, 456))),
        ("right", (slice(20, 276), slice(0, 256))),
        ("top", (slice(90, 346), slice(100, 356))),
        ("bottom", (slice(0, 150), slice(100, 350))),
    ],
)
def test_a_face_cut_by_the_border(
    faces: FaceAnalysis, portrait: Rgb, face: FaceMesh, name: str, cut: tuple[slice, slice]
) -> None:
    found = only(faces.analyse(np.ascontiguousarray(portrait[cut])))
    place = found.points[4, :2] + (cut[1].start, cut[0].start)
    assert np.linalg.norm(place - face.points[4, :2]) < 0.06 * width_of(face), name
    assert width_of(found) == pytest.approx(width_of(face), rel=0.12)


def grey(rgb: Rgb) -> Rgb:
    return np.repeat(rgb.mean(2, keepdims=True).round().astype(np.uint8), 3, axis=2)


def test_a_grey_picture(faces: FaceAnalysis, portrait: Rgb, face: FaceMesh) -> None:
    rms, largest = scatter(only(faces.analyse(grey(portrait))).points.astype(float), face)
    assert rms < 0.02
    assert largest < 0.06


@pytest.mark.parametrize("gain", [0.25, 1.6])
def test_dark_and_bright_pictures(
    faces: FaceAnalysis, portrait: Rgb, face: FaceMesh, gain: float
) -> None:
    exposed = np.clip(portrait * gain, 0, 255).astype(np.uint8)
    rms, _ = scatter(only(faces.analyse(exposed)).points.astype(float), face)
    assert rms < 0.03


def without_face() -> dict[str, Rgb]:
    random = np.random.default_rng(7)
    return {
        "coffee": data.coffee(),
        "cat": data.chelsea(),
        "rocket": data.rocket(),
        "stars": data.hubble_deep_field(),
        "coins": grey(data.coins()[..., None]),
        "text": grey(data.text()[..., None]),
        "noise": random.integers(0, 256, (300, 400, 3), dtype=np.uint8),
        "black": np.zeros((480, 640, 3), np.uint8),
        "white": np.full((480, 640, 3), 255, np.uint8),
        "one pixel": np.full((1, 1, 3), 128, np.uint8),
        "3 by 5": random.integers(0, 256, (5, 3, 3), dtype=np.uint8),
        "a row": random.integers(0, 256, (1, 700, 3), dtype=np.uint8),
        "a column": random.integers(0, 256, (700, 1, 3), dtype=np.uint8),
    }


@pytest.mark.parametrize("name", without_face())
def test_no_face_is_said_and_nothing_is_made_up(faces: FaceAnalysis, name: str) -> None:
    picture = without_face()[name]
    result = faces.analyse(picture)
    assert result.faces == ()
    assert result.size == (picture.shape[1], picture.shape[0])
    assert result.message == "no face found: the surface stays flat"


def test_less_thorough_still_finds_a_portrait(portrait: Rgb, face: FaceMesh) -> None:
    found = only(FaceAnalysis("cpu", thorough=False).analyse(portrait))
    assert scatter(found.points.astype(float), face)[0] < 0.01


def test_without_subdivision_the_mesh_is_the_landmarks(portrait: Rgb, face: FaceMesh) -> None:
    plain = only(FaceAnalysis("cpu").analyse(portrait, detail=0))
    assert plain.points.shape == (468, 3)
    assert np.array_equal(plain.rim, SHAPE.rim)
    moved = np.linalg.norm(plain.points[:, :2] - face.points[:468, :2], axis=1) / width_of(face)
    assert np.median(moved) < 0.005


def test_talking_head_has_a_steady_face_in_every_frame(
    faces: FaceAnalysis, talking: list[Rgb]
) -> None:
    meshes = [only(faces.analyse(frame)) for frame in talking]
    assert len(meshes) == 30
    assert min(mesh.score for mesh in meshes) > 0.85
    assert all(nose_leads(mesh) for mesh in meshes)
    points = np.stack([mesh.points[: canonical.POINTS] for mesh in meshes]).astype(np.float64)
    width = np.array([width_of(mesh) for mesh in meshes])
    assert width.std() / width.mean() < 0.03
    # From frame to frame he moves slowly; against the mean of its neighbours a frame shows only
    # what the network adds of its own.
    middle = (points[:-2] + points[2:]) / 2
    jitter = (points[1:-1] - middle)[..., :2].std((0, 2)) / width.mean()
    assert np.median(jitter) < 0.012
    height = points[..., 2] - points[..., 2].mean(1, keepdims=True)
    deep = (height[1:-1] - (height[:-2] + height[2:]) / 2).std(0) / width.mean()
    assert np.median(deep) < 0.01
