"""Faces as depth: found in pictures, drawn into maps, joined to the picture's plane."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from skimage import data

from engine.gpu import Gpu
from engine.media import FaceMesh, FaceResult, open_source
from engine.scene import AnalysisType, Projection, Scene, new_media, new_scene
from models import Analyses
from passes import Renderer
from passes.face_depth import (
    APRON,
    SKIRT_RINGS,
    SKIRT_WIDTH,
    face_vertices,
    rim_triangles,
    skirt_profile,
)
from tests.support.faces import at, face_map
from tests.support.shots import DISTANCE, drawn, media_of

Array = npt.NDArray[Any]
# Of the mesh's first 468 points.
NOSE_TIP = 1
CHEEKS = (50, 280, 117, 346)
CHEEK_SIDES = (234, 454, 93, 323)


def skirted(scene: Scene) -> Scene:
    """The face alone with its skirt; tests/passes/test_bust.py has heads and shoulders."""
    return scene.with_values("Z-Depth 1", head_and_shoulders=False)


def result_of(scene: Scene, analyses: Analyses, frame: int) -> FaceResult:
    z_map = scene.evaluate(frame).surfaces[0].z_map
    assert z_map is not None
    result = analyses.result(z_map, frame)
    assert isinstance(result, FaceResult)
    return result


class Portrait:
    """A document with Face Analysis, and what the networks say of its frames."""

    def __init__(self, path: Path) -> None:
        source = open_source(str(path))
        info = source.info
        media = new_media(
            info.path, info.size, kind=info.kind, first=info.first, last=info.last, fps=info.fps,
            pixel_aspect=info.pixel_aspect,
        )  # fmt: skip
        source.close()
        self.scene = skirted(new_scene(media, analysis=AnalysisType.FACE))
        self.analyses = Analyses(self.scene, "cpu")

    def result(self, frame: int) -> FaceResult:
        return result_of(self.scene, self.analyses, frame)


@pytest.fixture(scope="module")
def portrait(astronaut: Path) -> Portrait:
    return Portrait(astronaut)


@pytest.fixture(scope="module")
def clip(talking_head: Path) -> Portrait:
    return Portrait(talking_head)


def assert_is_a_face(height: Array, face: FaceMesh, times: int) -> None:
    """The nose's tip is nearest, the cheeks lie behind it, their sides behind them."""
    points = face.points[:, :2] * times
    width = float(np.ptp(face.points[face.rim, 0])) * times
    row, column = np.unravel_index(height.argmax(), height.shape)
    tip = points[NOSE_TIP]
    assert np.hypot(column + 0.5 - tip[0], row + 0.5 - tip[1]) < 0.12 * width
    nose = at(height, points[[NOSE_TIP]])[0]
    cheeks = at(height, points[list(CHEEKS)])
    sides = at(height, points[list(CHEEK_SIDES)])
    assert nose > 0.97 * height.max()
    assert cheeks.max() < nose - 0.05 * width / height.shape[0]
    assert sides.max() < cheeks.min()


def assert_joined_at_the_rim(pixels: Array, face: FaceMesh, times: int, every: int = 1) -> None:
    """Across the rim, heights differ from pixel to pixel by no more than the mesh itself does
    there (beside the cheeks it is seen edge-on), or the skirt."""
    height, confidence = pixels[..., 0] * pixels.shape[0], pixels[..., 1]
    points = face.points.astype(float) * times
    rim = points[face.rim[::every]]
    out = rim[:, :2] - points[face.rim, :2].mean(axis=0)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    across = np.arange(-12, 13)
    places = rim[:, None, :2] + out[:, None] * across[None, :, None]
    inside = np.all((places > 1) & (places < np.array(height.shape[::-1]) - 1), axis=(1, 2))
    assert inside.sum() > 0.7 * len(rim)
    rim, places = rim[inside], places[inside]
    profiles = at(height, places.reshape(-1, 2)).reshape(len(rim), -1)
    steps = np.abs(np.diff(profiles, axis=1))
    gaps = np.hypot(*(points[:, None, :2] - rim[None, :, :2]).transpose(2, 0, 1)).min(axis=1)
    cloud = _samples(points, face.triangles[(gaps < 15.0)[face.triangles].any(axis=1)])
    for index, (x, y, _) in enumerate(rim):
        beside = np.hypot(cloud[:, 0] - x, cloud[:, 1] - y) < 3.0
        explained = max(np.ptp(cloud[beside, 2]), steps[index, 14:].max())
        assert steps[index, 10:14].max() <= 1.2 * explained + 0.5
    # The skirt begins where the rim is: what lies outside leads up to the rim's own height. Not
    # where the cheek bulges over the rim and hides it.
    begin = 2.0 * profiles[:, 14] - profiles[:, 16]
    bulge = np.array(
        [
            ((cloud[:, :2] - place) @ way)[np.hypot(*(cloud[:, :2] - place).T) < 4.0].max()
            for place, way in zip(rim[:, :2], out[inside], strict=True)
        ]
    )
    clear = bulge < 1.5
    assert clear.mean() > 0.4
    assert np.abs(begin - rim[:, 2])[clear].max() < 1.0 + 0.02 * np.ptp(points[:, 2])
    # No crack: nothing along the rim, nor just within and without it, is missing.
    assert at(confidence, places.reshape(-1, 2)).min() == 1.0


def _samples(points: Array, triangles: Array) -> Array:
    """Points (n, 3) all over the triangles."""
    a, b = (grid.ravel() / 6 for grid in np.mgrid[0:7, 0:7])
    weights = np.stack([1 - a - b, a, b], axis=-1)[a + b <= 1.0]
    return np.einsum("sk,tkc->tsc", weights, points[triangles]).reshape(-1, 3)


@pytest.fixture(scope="module")
def portrait_map(gpu: Gpu, portrait: Portrait) -> Array:
    return face_map(gpu, portrait.result(1001), 4)


def test_the_portraits_face_drawn_four_times_as_large(
    portrait: Portrait, portrait_map: Array
) -> None:
    (face,) = portrait.result(1001).faces
    assert_is_a_face(portrait_map[..., 0], face, 4)
    assert_joined_at_the_rim(portrait_map, face, 4)


def test_the_map_is_the_mesh(portrait: Portrait, portrait_map: Array) -> None:
    """True to scale: heights in pixels over the picture's height, at the mesh's own points."""
    (face,) = portrait.result(1001).faces
    heights = at(portrait_map[..., 0], face.points[:, :2] * 4.0) * 512
    off = np.abs(heights - face.points[:, 2])
    # Points on folds (nostrils, between the lips, the rim) are hidden by nearer ones.
    assert np.median(off) < 0.05
    assert np.percentile(off, 90) < 1.0
    assert np.percentile(heights - face.points[:, 2], 2) > -1.0


def test_the_skirts_width_and_profile(portrait: Portrait, portrait_map: Array) -> None:
    """It ends half a face width outside the rim, falls all the way, and meets the plane level."""
    (face,) = portrait.result(1001).faces
    height, confidence = portrait_map[..., 0] * 512, portrait_map[..., 1]
    rim = face.points[face.rim].astype(float)
    out = rim[:, :2] - rim[:, :2].mean(axis=0)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    width = 0.5 * np.ptp(rim[:, 0])
    # Its own end, and that of the apron of plane depth around it.
    for share, expected in ((1.0 + 0.8 * APRON, 1.0), (1.0 + 1.2 * APRON, 0.0)):
        places = (rim[:, :2] + out * width * share) * 4
        inside = np.all((places > 1) & (places < 2047), axis=1)
        assert np.all(at(confidence, places[inside]) == expected)
        assert np.abs(at(height, places[inside])).max() < 1e-3
    share = np.linspace(0.05, 1.0, 40)
    places = (rim[:, None, :2] + out[:, None] * (share * width)[None, :, None]) * 4
    fall = np.diff(at(height, places.reshape(-1, 2)).reshape(len(rim), -1), axis=1)
    assert fall.max() < 0.02
    inside = np.all(places > 1, axis=(1, 2))
    last = -fall[inside, -1] / (width * (share[1] - share[0]))
    assert last.max() < 0.15, "the skirt meets the plane at a slope"
    assert np.all(height[confidence == 0] == 0)


def test_the_skirts_curve() -> None:
    """From the rim's height with the face's slope, as far as it can fall steadily, to nothing."""
    share = np.linspace(0.0, 1.0, 201)
    heights = np.array([10.0, 10.0, 10.0, 0.0, 2.0])
    slopes = np.full(5, -8.0)
    curve = skirt_profile(share, heights, slopes)
    np.testing.assert_allclose(curve[0], heights)
    np.testing.assert_allclose(curve[-1], 0.0, atol=1e-12)
    assert np.diff(curve, axis=0).max() <= 1e-9
    even = skirt_profile(share, np.full(8, 10.0), np.full(8, -8.0))
    begin = (even[1] - even[0]) / share[1]
    np.testing.assert_allclose(begin, -8.0, rtol=0.02)
    np.testing.assert_allclose((even[-1] - even[-2]) / share[1], 0.0, atol=0.2)
    rising = skirt_profile(share, np.full(8, 10.0), np.full(8, 5.0))
    assert np.diff(rising, axis=0).max() <= 0


def test_the_skirt_goes_on_as_the_chin_falls(portrait: Portrait, portrait_map: Array) -> None:
    """No groove around the face: a skirt that began level would leave one under the chin."""
    (face,) = portrait.result(1001).faces
    x, y = (face.points[152, :2] * 4.0).astype(int)
    column = portrait_map[y - 20 : y + 60, x, 0] * 2048
    slope = np.diff(column)
    assert slope[:15].mean() < -1.0
    assert slope[21:40].mean() < -0.6
    assert slope[21:40].max() < -0.3


def test_every_frame_of_the_talking_head(gpu: Gpu, clip: Portrait) -> None:
    for frame in range(clip.scene.first, clip.scene.first + 30):
        result = clip.result(frame)
        assert len(result.faces) == 1, f"frame {frame}: {result.message}"
        pixels = face_map(gpu, result, 4)
        assert np.isfinite(pixels).all()
        assert_is_a_face(pixels[..., 0], result.faces[0], 4)
        assert_joined_at_the_rim(pixels, result.faces[0], 4, every=4)


def test_the_relief_of_the_talking_head_stands_out_of_the_picture(gpu: Gpu, clip: Portrait) -> None:
    """Through the whole of the renderer: Z of the relief is the plane's less the face's height."""
    scene = clip.scene.with_values(
        "Z-Depth 1", three_d=True, step=1, project_along=Projection.SURFACE_NORMAL
    )
    with Renderer(scene, clip.analyses, passes=("beauty", "z"), samples=1, gpu=gpu) as renderer:
        for frame in (0, 10, 20):
            z = renderer.render(frame).array("z")
            (face,) = clip.result(frame).faces
            height = DISTANCE - z
            assert height.min() > -0.01 and height.max() < 0.5
            row, column = np.unravel_index(height.argmax(), height.shape)
            # Seen in perspective, what is nearer lies farther out.
            middle = np.array([88.0, 72.0])
            seen = middle + (face.points[NOSE_TIP, :2] - middle) / (1 - height.max() / DISTANCE)
            width = np.ptp(face.points[face.rim, 0])
            assert np.hypot(column + 0.5 - seen[0], row + 0.5 - seen[1]) < 0.12 * width
            expected = face.points[:, 2].max() / 144
            assert height.max() == pytest.approx(expected, rel=0.03)


def test_default_mode_shows_the_same_depth(gpu: Gpu, portrait: Portrait) -> None:
    scene = portrait.scene.with_values("Z-Depth 1", z_pass=True)
    z = drawn(scene, gpu, "z", analyses=portrait.analyses).array("z")
    (face,) = portrait.result(1001).faces
    # Points at the height h over the plane on the rays through the picture's pixels.
    inner = [1, 4, 5, 9, 151, 50, 280]
    rows = face.points[inner, 1].astype(int)
    columns = face.points[inner, 0].astype(int)
    expected = DISTANCE - face.points[inner, 2] / 512
    np.testing.assert_allclose(z[rows, columns], expected, atol=1.5 / 512)


def test_a_picture_without_a_face(gpu: Gpu, tmp_path: Path) -> None:
    """A clear answer, a flat map, no exception."""
    picture = data.coffee()[:200, :240]
    media = media_of(tmp_path / "coffee.png", np.ascontiguousarray(picture))
    scene = new_scene(media, analysis=AnalysisType.FACE)
    for three_d in (False, True):
        scene = scene.with_values("Z-Depth 1", three_d=three_d, z_pass=True)
        analyses = Analyses(scene, "cpu")
        with Renderer(
            scene, analyses, passes=("beauty", "z", "confidence"), samples=1, gpu=gpu
        ) as renderer:
            frame = renderer.render(1001)
            assert renderer.warnings == ["Z-Depth 1: no face found: the surface stays flat"]
            assert frame.warnings == ("Z-Depth 1: no face found: the surface stays flat",)
            np.testing.assert_allclose(frame.array("z"), DISTANCE, rtol=1e-6)
            assert np.all(frame.array("confidence") == 0)
            renderer.render(1001)
            assert len(renderer.warnings) == 1, "said once"


def test_without_analyses_a_face_map_stays_flat_and_says_so(gpu: Gpu, portrait: Portrait) -> None:
    frame = drawn(portrait.scene.with_values("Z-Depth 1", z_pass=True), gpu, "z")
    np.testing.assert_allclose(frame.array("z"), DISTANCE, rtol=1e-6)
    assert any("Face Analysis was not run" in text for text in frame.warnings)


def moved(face: FaceMesh, x: float, y: float, z: float = 0.0, scale: float = 1.0) -> FaceMesh:
    points = face.points * np.float32(scale) + np.array([x, y, z], np.float32)
    return FaceMesh(points, face.triangles, face.rim, face.score)


def test_what_a_face_map_cannot_heed_is_told_once(gpu: Gpu, tmp_path: Path) -> None:
    class NoFace:
        def result(self, z_map: Any, frame: int) -> FaceResult:
            return FaceResult((8, 8))

    media = media_of(tmp_path / "grey.png", np.full((8, 8, 3), 90, np.uint8))
    scene = new_scene(media, analysis=AnalysisType.FACE)
    with Renderer(scene, NoFace(), passes=("z",), views=(), gpu=gpu) as renderer:
        renderer.render(1001).wait()
        assert not [text for text in renderer.warnings if "no effect" in text]
        renderer.show(scene.with_values("Z-Depth 1", invert=True))
        for frame in (1001, 1002):
            renderer.render(frame).wait()
        renderer.show(
            scene.with_values("Z-Depth 1", depth_scale=2.0, near=0.5, depth_range="absolute")
        )
        told = renderer.render(1001).warnings
        found = [text for text in renderer.warnings if "no effect" in text]
    assert len(found) == 2
    assert found[0].startswith("Z-Depth 1: Invert has no effect on a Face analysis")
    assert "Depth Range, Depth Scale and Near have no effect" in found[1] and found[1] in told


def test_several_faces(gpu: Gpu, portrait: Portrait) -> None:
    """Each keeps its own relief; where they overlap, the nearer one hides the other."""
    (face,) = portrait.result(1001).faces
    alone = face_map(gpu, FaceResult((512, 512), (face,)), 1)
    apart = moved(face, 200.0, 260.0, scale=0.8)
    both = face_map(gpu, FaceResult((512, 512), (face, apart)), 1)
    second = face_map(gpu, FaceResult((512, 512), (apart,)), 1)
    np.testing.assert_allclose(both, np.maximum(alone, second), atol=1e-6)
    near = moved(face, 30.0, 5.0, 20.0)
    for order in ((face, near), (near, face)):
        overlapping = face_map(gpu, FaceResult((512, 512), order), 1)
        second = face_map(gpu, FaceResult((512, 512), (near,)), 1)
        np.testing.assert_allclose(overlapping, np.maximum(alone, second), atol=1e-6)


def test_two_faces_found_in_one_picture(gpu: Gpu, tmp_path: Path) -> None:
    person = data.astronaut()[:256, 96:352]
    picture = np.concatenate([person, person[:, ::-1]], axis=1)
    scene = new_scene(media_of(tmp_path / "two.png", picture), analysis=AnalysisType.FACE)
    scene = skirted(scene)
    analyses = Analyses(scene, "cpu")
    result = result_of(scene, analyses, 1001)
    assert len(result.faces) == 2, result.message
    scene = scene.with_values("Z-Depth 1", z_pass=True)
    height = DISTANCE - drawn(scene, gpu, "z", analyses=analyses).array("z")
    left, right = height[:, :256].max(), height[:, 256:].max()
    assert left > 0.15 and right == pytest.approx(left, rel=0.15)


def test_the_mesh_with_its_skirt_is_closed(portrait: Portrait) -> None:
    """Every edge but the skirt's outer one and the eyes' and mouth's has two triangles."""
    (face,) = portrait.result(1001).faces
    vertices, triangles = face_vertices(face, rim_triangles(face))
    count = len(face.rim)
    assert len(vertices) == len(face.points) + SKIRT_RINGS * count
    assert triangles.max() == len(vertices) - 1
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2).astype(np.int64), axis=1)
    keys, uses = np.unique(edges @ np.array([len(vertices), 1]), return_counts=True)
    assert uses.max() == 2
    border = keys[uses == 1] // len(vertices)
    outermost = len(vertices) - count
    assert np.all(border >= outermost)
    assert len(border) == count
    width = np.ptp(face.points[face.rim, 0])
    reach = np.linalg.norm(vertices[outermost:, :2] - face.points[face.rim, :2], axis=1)
    np.testing.assert_allclose(reach, (1 + APRON) * SKIRT_WIDTH * width, rtol=1e-4)
    assert np.isfinite(vertices).all()


def test_a_lost_face_makes_the_surface_flat_again(gpu: Gpu, portrait: Portrait) -> None:
    """The map follows what the analysis says, frame by frame."""

    class Comes:
        def result(self, z_map: Any, frame: int) -> FaceResult:
            found = portrait.result(1001)
            return found if frame % 2 else FaceResult(found.size)

    scene = portrait.scene.with_values("Z-Depth 1", z_pass=True)
    with Renderer(scene, Comes(), size=(96, 96), passes=("z",), views=(), gpu=gpu) as renderer:
        depths = [renderer.render(frame).array("z").min() for frame in (1001, 1002, 1003, 1004)]
    assert depths[0] == depths[2] < 1.3
    assert depths[1] == depths[3] == pytest.approx(DISTANCE)


def test_a_face_at_the_border_of_the_picture(gpu: Gpu, portrait: Portrait) -> None:
    (face,) = portrait.result(1001).faces
    width = float(np.ptp(face.points[:, 0]))
    cut = moved(face, -float(face.points[:, 0].min()) - width / 2, -80.0)
    pixels = face_map(gpu, FaceResult((512, 512), (cut,)), 1)
    assert np.isfinite(pixels).all()
    assert pixels[..., 0].max() > 0.05
    assert pixels[..., 1].sum() > 3000
