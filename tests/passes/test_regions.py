"""The region of interest: outside it the surface keeps its own plane."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.gpu import Gpu
from engine.scene import EvaluatedRegion, Region, Scene, Shape, new_scene
from passes import Renderer
from passes.regions import region_mask
from tests.support.shots import DISTANCE, media_of, white

SIZE = (64, 64)
DEPTH = 1.0
LEFT = Region(points=((-0.5, -0.5), (0.5, 1.5)))
HOLE = Region(shape=Shape.POLYGON, exclude=True, points=((0.1, 0.2), (0.4, 0.2), (0.25, 0.8)))


def scene_of(folder: Path) -> Scene:
    depth = media_of(folder / "z.exr", np.full((*SIZE[::-1], 1), DEPTH, np.float32))
    scene = new_scene(white(folder, SIZE), z_media=depth)
    return scene.with_values("Z-Depth 1", depth_range="absolute", z_pass=True)


def z_of(gpu: Gpu, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    with Renderer(scene, passes=("z", "confidence"), views=(), gpu=gpu) as renderer:
        frame = renderer.render(1001)
        return frame.array("z"), frame.array("confidence")


@pytest.mark.parametrize("softness", [(0.0, 0.0), (3.0, 3.0)])
def test_only_what_is_included_and_not_excluded_has_depth(
    gpu: Gpu, tmp_path: Path, softness: tuple[float, float]
) -> None:
    scene = scene_of(tmp_path).with_values("Z-Depth 1", regions=(LEFT, HOLE), softness=softness)
    z, confidence = z_of(gpu, scene)
    x, y = np.meshgrid((np.arange(64) + 0.5) / 64, (np.arange(64) + 0.5) / 64)
    half = 0.15 * (0.8 - y) / 0.6  # of the triangle's width at y
    inside = (y > 0.2) & (y < 0.8) & (np.abs(x - 0.25) < half)
    expected = (x < 0.5) & ~inside
    # Edges are as soft as a texel: what lies within a pixel of one may be either.
    edge = (np.abs(x - 0.5) < 1 / 64) | (
        (y > 0.2 - 1 / 64) & (y < 0.8 + 1 / 64) & (np.abs(np.abs(x - 0.25) - half) < 1.5 / 64)
    ) | ((np.abs(y - 0.2) < 1 / 64) & (np.abs(x - 0.25) < 0.17))  # fmt: skip
    sure = ~edge
    np.testing.assert_allclose(z[sure & expected], DEPTH, rtol=1e-5)
    np.testing.assert_allclose(z[sure & ~expected], DISTANCE, rtol=1e-5)
    assert (confidence[sure & expected] == 1).all()
    assert (confidence[sure & ~expected] == 0).all()


def test_a_change_of_the_regions_shows_at_once(gpu: Gpu, tmp_path: Path) -> None:
    scene = scene_of(tmp_path)
    with Renderer(scene, passes=("z",), views=(), gpu=gpu) as renderer:
        whole = renderer.render(1001).array("z")
        renderer.show(scene.with_values("Z-Depth 1", regions=(LEFT,)))
        left = renderer.render(1001).array("z")
        renderer.show(scene)
        again = renderer.render(1001).array("z")
    assert (whole == DEPTH).all()
    assert (left[:, :31] == DEPTH).all()
    np.testing.assert_allclose(left[:, 33:], DISTANCE, rtol=1e-5)
    np.testing.assert_array_equal(again, whole)


def test_the_mask_covers_what_its_polygons_do() -> None:
    square = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
    assert region_mask(()).min() == 255
    mask = region_mask((EvaluatedRegion(False, square),)) / 255
    assert mask.mean() == pytest.approx(0.25, abs=0.002)
    mask = region_mask((EvaluatedRegion(True, square),)) / 255
    assert mask.mean() == pytest.approx(0.75, abs=0.002)
    # An exclusion holds wherever it stands in the list.
    first, second = EvaluatedRegion(True, square), EvaluatedRegion(False, square)
    assert region_mask((first, second)).max() <= 128


def test_a_soft_edge_fades_inside_the_region(gpu: Gpu, tmp_path: Path) -> None:
    """Over as many pixels as it says, from the plane to the depth, and not at the picture's own
    border."""
    scene = scene_of(tmp_path).with_values("Z-Depth 1", regions=(LEFT,), region_softness=16.0)
    z, confidence = z_of(gpu, scene)
    counts = (DISTANCE - z[32].squeeze()) / (DISTANCE - DEPTH)
    np.testing.assert_allclose(counts, confidence[32].squeeze(), atol=1e-5)
    inside = (32 - np.arange(64) - 0.5) / 16  # of the way in from the edge
    ramp = np.clip(inside, 0, 1)
    np.testing.assert_allclose(counts, ramp * ramp * (3 - 2 * ramp), atol=0.02)
    assert (confidence[:, 0] == 1).all() and (confidence[:, 33:] == 0).all()
