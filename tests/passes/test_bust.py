"""Heads and shoulders in maps: joined to the face, level with the plane, drawn where asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from skimage import data

from engine.gpu import Gpu
from engine.media import FaceMesh, FaceResult
from engine.scene import AnalysisType, Scene, new_media, new_scene
from models import Analyses
from models.face import FaceAnalysis
from passes import Renderer
from passes.face_depth import STEEPEST, bust_vertices, outward_slopes, outwards, rim_triangles
from tests.support.faces import at, face_map
from tests.support.shots import DISTANCE, drawn, media_of

Array = npt.NDArray[Any]
CHIN = 152


@pytest.fixture(scope="module")
def portrait() -> FaceResult:
    """The face of the astronaut with the soft bust of an ordinary body."""
    return FaceAnalysis("cpu").analyse(data.astronaut(), bust=True)


@pytest.fixture(scope="module")
def face(portrait: FaceResult) -> FaceMesh:
    (face,) = portrait.faces
    assert face.bust is not None
    return face


@pytest.fixture(scope="module")
def bust_map(gpu: Gpu, portrait: FaceResult) -> Array:
    return face_map(gpu, portrait, 2, bust=True)


def test_the_bust_begins_as_the_face_ends(face: FaceMesh) -> None:
    """In height, and in slope as far as a bust may be steep."""
    assert face.bust is not None
    vertices, _ = bust_vertices(face, rim_triangles(face))
    lift = -face.bust[-1, :, 2].min()
    np.testing.assert_allclose(vertices[: len(face.points), 2], face.points[:, 2] + lift, atol=1e-3)
    rim = vertices[face.rim].astype(float)
    rings = vertices[len(face.points) :].astype(float).reshape(face.bust.shape)
    steps = np.linalg.norm(rings[0, :, :2] - rim[:, :2], axis=1)
    slope = (rings[0, :, 2] - rim[:, 2]) / steps
    expected = np.clip(
        outward_slopes(face, outwards(rim), rim_triangles(face)), -STEEPEST, STEEPEST
    )
    # The first step is 0.35 cm long, and the slope changes on it.
    np.testing.assert_allclose(slope, expected, atol=0.35)
    assert np.abs(slope - expected).mean() < 0.15
    # And it goes on without a bend in between.
    whole = np.concatenate([rim[None], rings])
    lengths = np.linalg.norm(np.diff(whole[:, :, :2], axis=0), axis=2)
    slopes = np.diff(whole[:, :, 2], axis=0) / lengths
    assert np.abs(np.diff(slopes, axis=0))[:12].max() < 0.8


def test_the_face_in_the_map_is_the_one_of_before(
    gpu: Gpu, portrait: FaceResult, face: FaceMesh, bust_map: Array
) -> None:
    """Only higher, all by the same."""
    assert face.bust is not None
    skirted = face_map(gpu, portrait, 2)
    inner = [1, 4, 5, 9, 151, 50, 280]
    places = face.points[inner, :2] * 2.0
    raised = at(bust_map[..., 0] - skirted[..., 0], places) * 512
    np.testing.assert_allclose(raised, -face.bust[-1, :, 2].min(), atol=0.05)


def test_the_map_is_a_bust(face: FaceMesh, bust_map: Array) -> None:
    height = bust_map[..., 0] * 512
    assert face.scale is not None
    unit = face.scale
    chin = face.points[CHIN, :2]

    def over(x: float, y: float) -> float:
        """Height in centimetres at a place in centimetres from the chin, y down."""
        place = (chin + np.array([x, y]) * unit) * 2.0
        return float(at(height, place[None])[0]) / unit

    assert over(0, -1) > over(0, 7) + 3.0, "the neck is behind the chin"
    assert over(0, 25) > over(0, 7) + 1.0, "the chest before it"
    for side in (-1, 1):
        assert over(13 * side, 16) > 2.0, "shoulders"
        assert over(11 * side, -9) < 6.0, "and nothing much beside the face"
        assert over(28 * side, -5) == 0.0
    assert over(0, -20) > 4.0, "the skull over the forehead"


def test_no_cliff_outside_the_face(face: FaceMesh, bust_map: Array) -> None:
    """Outside the rim nothing is steeper than a skull that rounds off. (The cheeks fall by 20.)"""
    height = bust_map[..., 0] * 1024
    down, right = np.gradient(height)
    steep = np.hypot(down, right)
    inside = np.zeros(height.shape, np.uint8)
    cv2.fillPoly(inside, [np.rint(face.points[:, :2] * 2.0)[face.rim].astype(np.int32)], 1)
    apart = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    assert steep[apart > 6.0].max() < 4.5
    assert np.isfinite(height).all() and height.min() >= 0.0
    # The far corners are the plane.
    assert height[:200, :150].max() == height[:200, -150:].max() == 0.0


def test_where_two_overlap_the_nearer_one_shows(gpu: Gpu, face: FaceMesh) -> None:
    """Each has its own bust; together they are the larger of both, whichever comes first."""
    assert face.bust is not None
    shift = np.array([160.0, 60.0, 0.0], np.float32)
    size = np.float32(0.8)
    other = replace(face, points=face.points * size + shift, bust=face.bust * size + shift)
    first, second = (face_map(gpu, FaceResult((512, 512), (f,)), 1, True) for f in (face, other))
    both = first[..., 0] > 0.01
    assert (both & (second[..., 0] > 0.01)).sum() > 5000
    for order in ((face, other), (other, face)):
        together = face_map(gpu, FaceResult((512, 512), order), 1, True)
        np.testing.assert_allclose(together, np.maximum(first, second), atol=1e-6)


def test_a_face_without_a_bust_has_its_skirt(gpu: Gpu, portrait: FaceResult) -> None:
    bare = FaceResult(portrait.size, tuple(replace(f, bust=None) for f in portrait.faces))
    without = face_map(gpu, portrait, 1)
    assert np.array_equal(face_map(gpu, bare, 1, bust=True), without)
    assert not np.array_equal(face_map(gpu, portrait, 1, bust=True), without)


def shot(path: Path, values: dict[str, Any]) -> Scene:
    scene = new_scene(new_media(path, (512, 512)), analysis=AnalysisType.FACE)
    return scene.with_values("Z-Depth 1", z_pass=True, **values)


def test_the_switch(gpu: Gpu, astronaut: Path) -> None:
    """New maps have it on; switched off while drawing, the plane is back beside the face."""
    scene = shot(astronaut, {})
    analyses = Analyses(scene, "cpu")
    size = (128, 128)
    chest, corner = (96, 54), (3, 3)
    with Renderer(scene, analyses, size=size, passes=("z",), views=(), gpu=gpu) as renderer:
        on = renderer.render(1001).array("z")
        renderer.show(scene.with_values("Z-Depth 1", head_and_shoulders=False))
        off = renderer.render(1001).array("z")
        renderer.show(scene)
        again = renderer.render(1001).array("z")
    assert DISTANCE - on[chest] > 0.06
    assert off[chest] == pytest.approx(DISTANCE, abs=1e-4)
    assert on[corner] == pytest.approx(DISTANCE, abs=1e-4)
    assert np.array_equal(on, again)


def test_documents_of_before_have_none(astronaut: Path, tmp_path: Path) -> None:
    scene = shot(astronaut, {})
    scene.save(tmp_path / "new.rilievo")
    text = (tmp_path / "new.rilievo").read_text()
    assert '"head_and_shoulders": true' in text
    old = text.replace('"head_and_shoulders": true,', "")
    (tmp_path / "old.rilievo").write_text(old)
    z_map = Scene.load(tmp_path / "old.rilievo").evaluate(1001).surfaces[0].z_map
    assert z_map is not None and not z_map.head_and_shoulders


def test_a_still_has_the_persons_own_outline(gpu: Gpu, astronaut: Path) -> None:
    """Her hair is broader than a skull, and the wall beside it is flat."""
    scene = shot(astronaut, {"softness": (0.0, 0.0)})
    z = drawn(scene, gpu, "z", analyses=Analyses(scene, "cpu")).array("z")
    height = (DISTANCE - z) * 512
    hair, wall = height[75, 170], height[75, 140]
    assert hair > 10.0
    assert wall < 1.0


def test_a_bust_at_the_border_of_the_picture(gpu: Gpu, tmp_path: Path) -> None:
    """Only the head is in the picture: the neck and what follows are cut, not squeezed in."""
    picture = np.ascontiguousarray(data.astronaut()[40:220, 130:320])
    media = media_of(tmp_path / "close.png", picture)
    scene = new_scene(media, analysis=AnalysisType.FACE).with_values("Z-Depth 1", z_pass=True)
    z = drawn(scene, gpu, "z", analyses=Analyses(scene, "cpu")).array("z")
    height = (DISTANCE - z) * 180
    assert np.isfinite(z).all()
    assert height[-1, 94] > 15.0, "the neck goes on below the picture"
    assert height[60:80, :3].max() < 10.0
