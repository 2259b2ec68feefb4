"""Face and Global together: the face's own shape, joined to the depth of the whole picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from engine.errors import SceneError
from engine.gpu import Gpu
from engine.media import DepthMap, FaceAndDepth, FaceMesh, FaceResult
from engine.scene import AnalysisType, Geometry, Scene, new_media, new_scene, new_z_map
from passes import Renderer
from tests.support.create_counter import CreateCounter
from tests.support.truth import DISTANCE, MAP, write_png
from tests.support.upsampling import Answers, Floats

SIZE = (160, 120)
CENTRE, RADIUS, BULGE = (80.0, 60.0), 22.0, 14.0  # pixels
NEAR, FAR = 0.6 * DISTANCE, 1.6 * DISTANCE
Y, X = np.mgrid[0 : SIZE[1], 0 : SIZE[0]] + 0.5
OUT = np.hypot(X - CENTRE[0], Y - CENTRE[1]) / RADIUS


def dome(rings: int = 24, spokes: int = 72) -> FaceMesh:
    """A round face (a paraboloid) of the radius and height above, with its rim."""
    turn = 2 * np.pi * np.arange(spokes) / spokes
    share = np.linspace(0, 1, rings + 1)[1:, None]
    x = CENTRE[0] + RADIUS * share * np.cos(turn)
    y = CENTRE[1] + RADIUS * share * np.sin(turn)
    z = np.broadcast_to(BULGE * (1 - share**2), x.shape)
    points = np.concatenate([[[*CENTRE, BULGE]], np.stack([x, y, z], axis=-1).reshape(-1, 3)])
    at = np.arange(spokes)
    following = (at + 1) % spokes
    triangles = [np.stack([np.zeros(spokes, int), 1 + at, 1 + following], axis=1)]
    for ring in range(rings - 1):
        a, b = 1 + ring * spokes + at, 1 + ring * spokes + following
        c, d = a + spokes, b + spokes
        triangles += [np.stack([a, c, b], axis=1), np.stack([b, c, d], axis=1)]
    rim = 1 + (rings - 1) * spokes + at
    return FaceMesh(
        points.astype(np.float32), np.concatenate(triangles).astype(np.int32),
        rim.astype(np.int32), 0.9,
    )  # fmt: skip


FACE = FaceResult(SIZE, (dome(),))


def document(folder: Path) -> Scene:
    picture = np.full((SIZE[1], SIZE[0], 3), 120, np.uint8)
    media = new_media(write_png(folder / "picture.png", picture), SIZE)
    return new_scene(media, analysis=AnalysisType.FACE_GLOBAL).with_values(MAP, z_pass=True)


def z_of(gpu: Gpu, folder: Path, *results: FaceAndDepth | None) -> list[Floats]:
    """Planar Z (h, w) of each of these results."""
    with Renderer(
        document(folder), Answers(*results), passes=("z",), views=(), gpu=gpu, samples=1
    ) as renderer:
        frames = range(1001, 1001 + len(results))
        return [renderer.render(f).array("z").squeeze().astype(np.float64) for f in frames]


def shares(z: Floats) -> npt.NDArray[np.float32]:
    return ((1 / z - 1 / FAR) / (1 / NEAR - 1 / FAR)).astype(np.float32)


def slanted(base: float, across: float = 0.15, down: float = -0.1) -> DepthMap:
    """A map of a plane in space: linear in inverse depth."""
    y, x = np.mgrid[0:30, 0:40] / 30.0
    return DepthMap((base + across * (x - 0.65) + down * (y - 0.5)).astype(np.float32))


def own_shape() -> Floats:
    """Planar Z of the face, of the plane's distance, where it lies on the plane; H is 1."""
    return DISTANCE * (1 - BULGE * (1 - OUT**2) / SIZE[1] / DISTANCE)


def test_the_face_keeps_its_shape_and_the_rest_is_the_map(gpu: Gpu, tmp_path: Path) -> None:
    depths = [slanted(base) for base in (0.3, 0.5, 0.7)]
    with_face = [FaceAndDepth(FACE, depth) for depth in depths]
    without = [FaceAndDepth(FaceResult(SIZE), depth) for depth in depths]
    found = z_of(gpu, tmp_path, *with_face, *without)
    for z, alone in zip(found[:3], found[3:], strict=True):
        # True to scale at the distance at which it is: everything about it times one factor.
        ratio = (z / own_shape())[OUT < 0.93]
        assert np.ptp(ratio) < 2e-3 * ratio.mean()
        rim = alone[(OUT > 0.85) & (OUT < 1.15)]
        assert ratio.mean() == pytest.approx(np.median(rim) / DISTANCE, rel=0.02)
        far_off = OUT > 2.1  # half a face's width beyond the rim
        np.testing.assert_allclose(z[far_off], alone[far_off], rtol=1e-5)


def test_there_is_no_seam(gpu: Gpu, tmp_path: Path) -> None:
    """Neither a step nor a ridge at the rim or at the end of the skirt, from a map that has the
    face flat, slanted and not where its rim is."""
    z = z_of(gpu, tmp_path, FaceAndDepth(FACE, slanted(0.5, 0.1, 0.05)))[0]
    steepest = np.abs(np.diff(own_shape()[60, (OUT < 0.95)[60]])).max()
    for along in (z[59:61].mean(axis=0), z[:, 79:81].mean(axis=1)):
        slopes = np.diff(along)
        assert np.abs(slopes).max() < 1.25 * steepest
        assert np.abs(np.diff(slopes)).max() < 0.35 * steepest
    # A map that has the same shape is met without any change beside the face.
    exact = z_of(gpu, tmp_path, FaceAndDepth(FACE, DepthMap(shares(z))))[0]
    np.testing.assert_allclose(exact[OUT > 1.1], z[OUT > 1.1], rtol=0.01)


def test_what_is_far_behind_the_rim_stays_behind_it(gpu: Gpu, tmp_path: Path) -> None:
    """Beside a face that stands before something far there is an outline, and no skirt."""
    behind = np.where(OUT < 1.12, 0.8, 0.05).astype(np.float32)
    depth = DepthMap(behind)
    both, no_face = FaceAndDepth(FACE, depth), FaceAndDepth(FaceResult(SIZE), depth)
    z, alone = z_of(gpu, tmp_path, both, no_face)
    np.testing.assert_allclose(z[OUT > 1.3], alone[OUT > 1.3], rtol=0.08)
    assert z[OUT > 1.3].min() > 1.2 * z[OUT < 0.9].max()


def test_results_that_lack_something(gpu: Gpu, tmp_path: Path) -> None:
    nothing = DepthMap(np.full((3, 4), np.nan, np.float32))
    no_face = FaceAndDepth(FaceResult(SIZE), slanted(0.5))
    answers = Answers(None, no_face, FaceAndDepth(FACE, nothing))
    with Renderer(
        document(tmp_path), answers, passes=("z",), views=(), gpu=gpu, samples=1
    ) as renderer:
        told = []
        found = []
        for frame in (1001, 1002, 1003):
            rendered = renderer.render(frame)
            found.append(rendered.array("z").squeeze())
            told.append(list(rendered.warnings))
    assert told[0] == [] and "is alone" in told[1][0] and "no depth" in told[2][0]
    np.testing.assert_allclose(found[0], DISTANCE, rtol=1e-5)
    # Without depth the face stands on the picture's own plane.
    np.testing.assert_allclose(found[2][OUT < 0.93], own_shape()[OUT < 0.93], rtol=2e-3)
    np.testing.assert_allclose(found[2][OUT > 1.1], DISTANCE, rtol=1e-5)


def test_new_results_make_nothing(gpu: Gpu, tmp_path: Path) -> None:
    first = FaceAndDepth(FACE, slanted(0.5))
    moved = replace(FACE.faces[0], points=FACE.faces[0].points + np.float32(3))
    second = FaceAndDepth(FaceResult(SIZE, (moved,)), slanted(0.4))
    with Renderer(
        document(tmp_path), Answers(first, second), passes=("z",), views=(), gpu=gpu, samples=1
    ) as renderer:
        found = []
        for frame in range(1001, 1005):
            with CreateCounter(gpu.device, f"frame {frame}") as created:
                rendered = renderer.render(frame)
            found.append(rendered.array("z"))
            if frame > 1002:
                created.assert_nothing_made()
    np.testing.assert_array_equal(found[2], found[0])
    assert np.abs(found[1] - found[0]).max() > 0.05


def test_a_new_near_moves_the_face_with_the_map(gpu: Gpu, tmp_path: Path) -> None:
    both = FaceAndDepth(FACE, slanted(0.5))
    scene = document(tmp_path)
    with Renderer(scene, Answers(both), passes=("z",), views=(), gpu=gpu, samples=1) as renderer:
        first = renderer.render(1001).array("z").squeeze()
        renderer.show(scene.with_values(MAP, near=0.3, far=0.9))
        second = renderer.render(1001).array("z").squeeze()
    inside = OUT < 0.93
    assert np.ptp((second / own_shape())[inside]) < 2e-3
    assert second[inside].mean() < 0.6 * first[inside].mean()


def test_it_is_for_surfaces(tmp_path: Path) -> None:
    scene = document(tmp_path)
    scene = scene.with_node(Geometry(id="Ball", mesh="sphere", media=1))
    with pytest.raises(SceneError, match="choices on a geometry"):
        scene.with_node(new_z_map(scene, "Ball", analysis=AnalysisType.FACE_GLOBAL))
    scene.with_node(new_z_map(scene, "Ball", analysis=AnalysisType.GLOBAL))
