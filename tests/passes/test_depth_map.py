"""Global Analysis drawn: a small depth map at picture size, with the picture's outlines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from engine.gpu import Gpu
from engine.media import DepthMap
from passes import Renderer
from passes.depth_map import as_texels
from passes.map_use import ignored
from tests.support.create_counter import CreateCounter
from tests.support.enlarging import assert_crisp, document, enlarged, shares
from tests.support.truth import DISTANCE
from tests.support.upsampling import (
    Answers,
    Floats,
    Truth,
    beside_outlines,
    checks,
    outline_length,
    scene_of,
    seen_small,
)

SIZE, SMALL = (320, 240), (64, 48)


# The textures of the objects are left as strong as their outlines are. At the sizes of pictures,
# and with the rest of the kinds of map: test_depth_map_full_size.py.
@pytest.mark.parametrize(
    ("name", "blur", "contrast", "grain"),
    [("still life", 0.0, 1.0, 2.0), ("portrait", 1.0, 1.0, 6.0), ("still life", 1.0, 0.3, 2.0)],
)
def test_outlines_are_crisp(
    gpu: Gpu, tmp_path: Path, name: str, blur: float, contrast: float, grain: float
) -> None:
    """At most half of bilinear's error beside outlines, and none of the picture elsewhere."""
    truth = scene_of(name, SIZE, contrast, grain)
    depth = seen_small(truth, SMALL, blur)
    assert_crisp(enlarged(gpu, tmp_path, truth.picture, depth)[0], truth, depth)


def test_without_an_edge_in_the_picture_outlines_are_as_smooth_as_the_map(
    gpu: Gpu, tmp_path: Path
) -> None:
    """Fur before fur: the best place to cut such a picture is chance."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    fine = np.where(np.hypot(x - 160, y - 120) < 80, 0.8, 0.2)
    fur = np.random.default_rng(5).normal(0, 60, (SIZE[1], SIZE[0], 1)) + np.full(3, 120.0)
    fur = cv2.GaussianBlur(fur, (0, 0), 1.5) * 3 - 240
    truth = Truth(np.clip(fur, 0, 255).astype(np.uint8), fine, fine)
    depth = seen_small(truth, SMALL, 1.0)
    found = enlarged(gpu, tmp_path, truth.picture, depth)[0]
    assert outline_length(found, 0.5) <= 1.06 * outline_length(fine, 0.5)
    assert_crisp(found, truth, depth)


def test_a_textured_plane_stays_a_plane(gpu: Gpu, tmp_path: Path) -> None:
    """Linear in inverse depth, whatever is painted on it."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    board = checks(x, y, 11, (255, 255, 255), (0, 0, 0)).astype(np.uint8)
    centres = np.stack(np.meshgrid(np.arange(64), np.arange(48)), axis=-1) + 0.5
    at = centres * (SIZE[0] / SMALL[0]) - 0.5
    exact: list[Floats] = []
    seen: list[DepthMap] = []
    for across, down in ((0.0, 0.0), (0.004, 0.0), (0.002, -0.003), (0.01, 0.006)):  # per pixel
        exact.append(0.5 + across * (x - 160) / 5 + down * (y - 120) / 5)
        values = 0.5 + across * (at[..., 0] - 160) / 5 + down * (at[..., 1] - 120) / 5
        seen.append(DepthMap(values.astype(np.float32)))
    inner = np.s_[4:-4, 4:-4]  # at the border bilinear is level too
    for found, plane in zip(enlarged(gpu, tmp_path, board, *seen), exact, strict=True):
        np.testing.assert_allclose(found[inner], plane[inner], atol=2e-5)


def test_planes_of_both_sides_are_carried_to_the_outline(gpu: Gpu, tmp_path: Path) -> None:
    """Two slanted planes, and a map that is blurred where they meet."""
    y, x = np.mgrid[0 : 3 * SIZE[1], 0 : 3 * SIZE[0]] / (3 * SIZE[1])
    left = x < 0.6 + 0.1 * y
    fine = np.where(left, 0.8 - 0.2 * y + 0.1 * x, 0.1 + 0.15 * x)
    picture = np.where(left[1::3, 1::3, None], 180, 90) + np.zeros(3)
    truth = Truth(picture.astype(np.uint8), fine[1::3, 1::3], fine)
    found = enlarged(gpu, tmp_path, truth.picture, seen_small(truth, SMALL, 1.0))[0]
    off = np.abs(found - truth.depth)[8:-8, 8:-8]
    assert (off > 0.1).mean() < 0.004  # pixels on the wrong side
    assert np.median(off[beside_outlines(truth.depth, 8)[8:-8, 8:-8]]) < 0.01
    assert np.quantile(off, 0.97) < 0.03


def test_a_thin_pole_keeps_its_outline(gpu: Gpu, tmp_path: Path) -> None:
    """Where the map has it, if only two of its pixels wide."""
    y, x = np.mgrid[0 : 3 * SIZE[1], 0 : 3 * SIZE[0]] / 3
    pole = np.abs(x - 150 - 0.2 * y) < 5.0
    fine = np.where(pole, 0.9, 0.1)
    picture = np.where(pole[1::3, 1::3, None], 60, 150) + np.zeros(3)
    truth = Truth(picture.astype(np.uint8), fine[1::3, 1::3], fine)
    found = enlarged(gpu, tmp_path, truth.picture, seen_small(truth, SMALL))[0]
    inner = np.s_[8:-8]
    assert ((found > 0.5) != pole[1::3, 1::3])[inner].mean() < 0.004
    assert found[pole[1::3, 1::3]].mean() > 0.8


def test_no_depth_is_no_depth(gpu: Gpu, tmp_path: Path) -> None:
    """NaN and confidence 0 leave the plane, and do not bleed in."""
    values = np.full((12, 16), 0.5, np.float32)
    values[3:6, 4:8] = np.nan
    confidence = np.ones_like(values)
    confidence[8:, 10:] = 0
    values[8:, 10:] = 7.0
    scene = document(tmp_path, np.full((96, 128, 3), 90, np.uint8))
    answers = Answers(DepthMap(values, confidence))
    with Renderer(
        scene, answers, passes=("z", "confidence"), views=(), gpu=gpu, samples=1
    ) as renderer:
        rendered = renderer.render(1001)
        z, sure = rendered.array("z").squeeze(), rendered.array("confidence").squeeze()
    missing = np.kron(as_texels(DepthMap(values, confidence))[..., 1] == 0, np.ones((8, 8))) > 0
    corners = np.zeros_like(missing)  # of a hole: half of what is around is there
    for y, x in ((24, 32), (24, 63), (47, 32), (47, 63), (64, 80)):
        corners[y - 4 : y + 5, x - 4 : x + 5] = True
    there, missing = ~missing & ~corners, missing & ~corners
    np.testing.assert_allclose(z[missing], DISTANCE, rtol=1e-5)
    np.testing.assert_allclose(shares(scene, z)[there], 0.5, atol=1e-5)
    assert (sure[there] == 1).all() and (sure[missing] == 0).all()


def test_values_beyond_the_range(gpu: Gpu, tmp_path: Path) -> None:
    """Farther than the shot's far is far; nearer than its near is nearer."""
    scene = document(tmp_path, np.full((32, 64, 3), 90, np.uint8))
    values = np.repeat(np.array([[-0.5, 0.0, 1.0, 1.5]], np.float32), 8, axis=1)
    values = np.repeat(values, 16, axis=0)
    with Renderer(
        scene, Answers(DepthMap(values)), passes=("z",), views=(), gpu=gpu, samples=1
    ) as renderer:
        z = renderer.render(1001).array("z").squeeze()[16, [4, 24, 40, 60]]
    near, far = 0.6 * DISTANCE, 1.6 * DISTANCE
    expected = [far, far, near, 1 / (1 / far + 1.5 * (1 / near - 1 / far))]
    np.testing.assert_allclose(z, expected, rtol=1e-5)


def test_a_map_without_depth_says_so(gpu: Gpu, tmp_path: Path) -> None:
    scene = document(tmp_path, np.full((32, 32, 3), 90, np.uint8))
    empty = DepthMap(np.full((4, 4), np.nan, np.float32), message="nothing to see")
    answers = Answers(empty, None)
    with Renderer(scene, answers, passes=("z",), views=(), gpu=gpu, samples=1) as renderer:
        for frame, told in ((1001, ["nothing to see"]), (1002, [])):
            rendered = renderer.render(frame)
            np.testing.assert_allclose(rendered.array("z"), DISTANCE, rtol=1e-5)
            assert [line.split(": ")[1] for line in rendered.warnings] == told


@pytest.mark.parametrize("three_d", [False, True])
def test_new_results_make_nothing(gpu: Gpu, tmp_path: Path, three_d: bool) -> None:
    """Results of one size go into what is there; one of another size is taken too."""
    truth = scene_of("portrait", (128, 96))
    scene = document(tmp_path, truth.picture, three_d=three_d, step=4, softness=(1.0, 1.0))
    first, other = seen_small(truth, (32, 24)), seen_small(truth, (16, 12))
    second = replace(first, values=1 - first.values)
    answers = Answers(first, second, first, second, other)
    with Renderer(scene, answers, passes=("z",), views=(), gpu=gpu, samples=1) as renderer:
        found = []
        for frame in range(1001, 1006):
            with CreateCounter(gpu.device, f"frame {frame}") as created:
                rendered = renderer.render(frame)
            found.append(rendered.array("z"))
            if frame in (1003, 1004):
                created.assert_nothing_made()
    np.testing.assert_array_equal(found[2], found[0])
    np.testing.assert_array_equal(found[3], found[1])
    assert np.abs(found[1] - found[0]).max() > 0.1
    assert np.abs(found[4] - found[0]).mean() < 0.05


@pytest.mark.parametrize(
    ("analysis", "values", "told"),
    [
        ("global", {"near": 0.5, "far": 3.0, "depth_range": "relief"}, None),
        ("global", {"invert": True, "depth_scale": 2.0}, "Invert and Depth Scale have no effect"),
        ("face_global", {"depth_range": "absolute"}, "Depth Range has no effect on a Face and"),
    ],
)
def test_what_cannot_matter_is_said(
    tmp_path: Path, analysis: str, values: dict[str, Any], told: str | None
) -> None:
    scene = document(tmp_path, np.full((8, 8, 3), 90, np.uint8), analysis=analysis, **values)
    found = ignored(scene)
    assert found == [] if told is None else told in found[0]
