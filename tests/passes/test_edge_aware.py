"""Edge-aware softness: a Gaussian inside objects, outlines where the picture has them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.gpu import Gpu
from engine.media import Encoding, Picture, Source, SourceInfo
from engine.scene import Scene
from passes import Renderer
from passes.edge_aware import hops
from tests.support.create_counter import CreateCounter
from tests.support.truth import DISTANCE, FRAME, MAP, Floats, Pixels, mapped, render

SIZE = (128, 96)
DEPTHS = np.array([1.7, 1.1, 1.3, 1.0])
COLOURS = np.array([[90, 110, 150], [200, 150, 120], [40, 60, 40], [210, 210, 90]])
OVERSAMPLED = 4


def labels(scale: int) -> Pixels:
    """Which object is seen: a wall, a ball, a leaning pole before it and a box before both."""
    height, width = SIZE[1] * scale, SIZE[0] * scale
    y, x = np.mgrid[0:height, 0:width]
    u, v = (x + 0.5) / height, (y + 0.5) / height
    found = np.zeros((height, width), int)
    found[np.hypot(u - 0.4, v - 0.5) < 0.25] = 1
    found[np.abs(u - 1.0 - 0.3 * (v - 0.5)) < 0.04] = 2
    found[(np.abs(u - 0.95) < 0.2) & (np.abs(v - 0.8) < 0.12)] = 3
    return found


def anti_aliased() -> Pixels:
    """The objects' picture (h, w, 3) uint8 as a camera sees it: soft by a pixel, with grain."""
    fine = COLOURS[labels(OVERSAMPLED)].astype(np.float64)
    mean = fine.reshape(SIZE[1], OVERSAMPLED, SIZE[0], OVERSAMPLED, 3).mean(axis=(1, 3))
    grain = np.random.default_rng(5).normal(0, 2, mean.shape)
    return np.clip(mean + grain, 0, 255).astype(np.uint8)


PICTURE = anti_aliased()
TRUTH: Floats = DEPTHS[labels(OVERSAMPLED)[2::OVERSAMPLED, 2::OVERSAMPLED]]
NOISE = np.random.default_rng(7).normal(0, 0.02, TRUTH.shape)


def reach_of_outlines(pixels: int) -> Pixels:
    """Whether an outline of the truth lies within so many pixels."""
    steps = cv2.morphologyEx(TRUTH, cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0.01
    side = 2 * pixels - 1
    return cv2.dilate(steps.astype(np.uint8), np.ones((side, side))) > 0


BESIDE = reach_of_outlines(4)
INSIDE = ~reach_of_outlines(10)


def softened(
    gpu: Gpu,
    folder: Path,
    values: Pixels,
    sigma: tuple[float, float],
    picture: Pixels = PICTURE,
) -> tuple[Floats, Floats]:
    """(plain, edge-aware) Z of a map softened both ways, guided by the picture."""
    scene = mapped(folder, values, picture, softness=sigma)
    plain = render(gpu, scene)["z"].squeeze().astype(np.float64)
    aware = render(gpu, scene.with_values(MAP, edge_aware=True))["z"].squeeze().astype(np.float64)
    return plain, aware


def error(found: Pixels, where: Pixels) -> float:
    return float(np.abs(found - TRUTH)[where].mean())


@pytest.mark.parametrize("sigma", [(3.0, 3.0), (8.0, 4.0), (120.0, 120.0)])
def test_noise_goes_and_outlines_stay(gpu: Gpu, tmp_path: Path, sigma: tuple[float, float]) -> None:
    plain, aware = softened(gpu, tmp_path, TRUTH + NOISE, sigma)
    # Inside, where the plain Gaussian sees no other object: as smooth as it makes it.
    if max(sigma) < 5:
        left = (plain - TRUTH)[INSIDE].std()
        assert (aware - TRUTH)[INSIDE].std() < 1.25 * left
    assert (aware - TRUTH)[INSIDE].std() < 0.2 * NOISE[INSIDE].std()
    assert error(aware, BESIDE) < 0.25 * error(plain, BESIDE)
    # Beside outlines what is left is that a mixed pixel may go either way, and few do.
    assert (np.abs(aware - TRUTH)[BESIDE] > 0.1).mean() < 0.04


@pytest.mark.parametrize("fault", ["shifted", "blurred", "coarse"])
def test_a_map_that_misses_the_outlines_is_brought_to_them(
    gpu: Gpu, tmp_path: Path, fault: str
) -> None:
    if fault == "shifted":
        values = np.roll(TRUTH, 2, axis=1) + NOISE
        given = values
    elif fault == "blurred":
        values = given = cv2.GaussianBlur(TRUTH, (0, 0), 3.0)
    else:
        values = cv2.resize(TRUTH, (SIZE[0] // 4, SIZE[1] // 4), interpolation=cv2.INTER_AREA)
        given = cv2.resize(values, SIZE, interpolation=cv2.INTER_LINEAR)
    sigma = (6.0, 6.0)
    scene = mapped(tmp_path, values, PICTURE, softness=sigma, edge_aware=True)
    aware = render(gpu, scene, size=SIZE)["z"].squeeze()
    plain = render(gpu, scene.with_values(MAP, edge_aware=False), size=SIZE)["z"].squeeze()
    beside = BESIDE.copy()
    beside[:, :4] = False  # where the shifted map came round from the other side
    assert error(aware, beside) < 0.5 * error(given, beside)
    assert error(aware, beside) < 0.25 * error(plain, beside)


def checks(period: int) -> Pixels:
    """A black and white board (h, w, 3) of squares `period` pixels wide."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    board = (x // period + y // period) % 2
    return np.repeat((board * 255).astype(np.uint8)[..., None], 3, axis=2)


def slope() -> Floats:
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    return 0.9 + 0.006 * x + 0.004 * np.abs(y - 40)


@pytest.mark.parametrize("noise", [0.0, 0.01])
@pytest.mark.parametrize("shape", ["flat", "slope"])
def test_what_is_painted_on_an_object_does_not_get_into_its_depth(
    gpu: Gpu, tmp_path: Path, shape: str, noise: float
) -> None:
    clean = np.full((SIZE[1], SIZE[0]), 1.2) if shape == "flat" else slope()
    values = clean * (1 + noise / 0.02 * NOISE)
    board = checks(6)
    plain, aware = softened(gpu, tmp_path, values, (5.0, 5.0), picture=board)
    inner = np.s_[20:-20, 20:-20]  # at the border the two spread otherwise
    assert np.abs(aware / plain - 1)[inner].max() < 2e-3
    black = board[..., 0] == 0
    difference = (aware - clean)[inner][black[inner]].mean() - (aware - clean)[inner][
        ~black[inner]
    ].mean()
    assert abs(difference) < 5e-4


def test_the_steps_of_an_8_bit_map_are_smoothed_whatever_is_painted_there(
    gpu: Gpu, tmp_path: Path
) -> None:
    """Banding: a slope in 8 bits, under the strongest texture that there is."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    values = np.round(255 * (0.2 + 0.0004 * x + 0.0003 * y)) / 255
    scene = mapped(tmp_path, values, checks(4), softness=(8.0, 8.0), depth_range="normalized")
    plain = render(gpu, scene)["z"].squeeze()
    aware = render(gpu, scene.with_values(MAP, edge_aware=True))["z"].squeeze()
    inner = np.s_[26:-26, 26:-26]
    np.testing.assert_allclose(aware[inner], plain[inner], rtol=1e-3)


def test_beside_an_outline_texture_is_not_copied_either(gpu: Gpu, tmp_path: Path) -> None:
    """A board half before a wall: its squares cross the band in which outlines are looked for."""
    left = np.arange(SIZE[0]) < 64
    values = np.where(left, 1.0, 1.5) + np.zeros((SIZE[1], 1))
    board = checks(8)
    picture = np.where(left[:, None], 20 + board // 4, 170 + board // 4).astype(np.uint8)
    plain, aware = softened(gpu, tmp_path, values, (6.0, 6.0), picture=picture)
    np.testing.assert_allclose(aware, values, atol=0.01)
    assert np.abs(plain - values).max() > 0.2


def test_without_features_it_is_the_gaussian(gpu: Gpu, tmp_path: Path) -> None:
    grey = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
    plain, aware = softened(gpu, tmp_path, TRUTH + NOISE, (5.0, 3.0), picture=grey)
    inner = np.s_[10:-10, 16:-16]
    assert np.abs(aware - plain)[inner].max() < 0.03 * np.ptp(DEPTHS)
    assert np.abs(aware - plain)[inner].mean() < 0.005 * np.ptp(DEPTHS)


@pytest.mark.parametrize("hole", ["nan", "alpha"])
def test_what_is_missing_does_not_bleed_in(gpu: Gpu, tmp_path: Path, hole: str) -> None:
    weights = np.ones(TRUTH.shape)
    weights[30:50, 20:45] = 0
    weights[70:80, 70:110] = 0  # across an outline
    given, alpha = TRUTH.copy(), None
    if hole == "nan":
        given[weights == 0] = np.nan
    else:
        given[weights == 0] = 0.01
        alpha = weights
    scene = mapped(tmp_path, given, PICTURE, alpha, softness=(6.0, 6.0), edge_aware=True)
    found = render(gpu, scene, ("z", "confidence"))
    there = weights > 0
    z = found["z"].squeeze()
    assert z[there].min() > 0.99
    assert np.abs(z - TRUTH)[there].mean() < 0.01
    np.testing.assert_allclose(z[~there], DISTANCE, rtol=1e-5)
    np.testing.assert_array_equal(found["confidence"].squeeze(), weights)


def test_no_softness_along_one_axis_leaves_it_alone(gpu: Gpu, tmp_path: Path) -> None:
    for axis, sigma in ((0, (9.0, 0.0)), (1, (0.0, 9.0))):
        stripes = 1.0 + 0.004 * (np.indices(TRUTH.shape)[axis] % 2)
        _, aware = softened(gpu, tmp_path, stripes, sigma)
        np.testing.assert_allclose(aware, stripes, rtol=1e-5)


def test_off_and_without_softness_nothing_changes(gpu: Gpu, tmp_path: Path) -> None:
    scene = mapped(tmp_path, TRUTH + NOISE, PICTURE, softness=(4.0, 4.0))
    off = render(gpu, scene.with_values(MAP, edge_aware=False))["z"]
    other = render(gpu, mapped(tmp_path, TRUTH + NOISE, PICTURE[::-1], softness=(4.0, 4.0)))["z"]
    np.testing.assert_array_equal(off, other)  # the picture takes no part
    sharp = scene.with_values(MAP, softness=(0.0, 0.0))
    np.testing.assert_array_equal(
        render(gpu, sharp)["z"], render(gpu, sharp.with_values(MAP, edge_aware=True))["z"]
    )


@pytest.mark.parametrize("size", [(1, 1), (5, 1), (4, 9)])
def test_far_wider_than_the_picture(gpu: Gpu, tmp_path: Path, size: tuple[int, int]) -> None:
    values = 1.2 + 1e-3 * np.random.default_rng(1).uniform(-1, 1, size[::-1])
    grey = np.full((*size[::-1], 3), 128, np.uint8)
    _, aware = softened(gpu, tmp_path, values, (900.0, 90.0), picture=grey)
    assert aware.max() <= values.max() + 1e-6 and aware.min() >= values.min() - 1e-6


def test_the_same_twice_whatever_was_drawn_before(gpu: Gpu, tmp_path: Path) -> None:
    scene = mapped(tmp_path, TRUTH + NOISE, PICTURE, softness=(5.0, 5.0), edge_aware=True)
    first = render(gpu, scene)["z"]
    render(gpu, scene.with_values(MAP, softness=(40.0, 2.0)))
    np.testing.assert_array_equal(render(gpu, scene)["z"], first)


class Shown(Source):
    """A picture that a test changes."""

    def __init__(self, pixels: Pixels) -> None:
        self.show(pixels)

    def show(self, pixels: Pixels) -> None:
        self.picture = Picture((pixels,), Encoding())

    @property
    def info(self) -> SourceInfo:
        return SourceInfo("shown", "shown", self.picture.size, 0, 0, None, "video")

    def frame(self, t: int) -> Picture:
        return self.picture

    def close(self) -> None:
        pass


def test_it_follows_a_picture_that_moves(gpu: Gpu, tmp_path: Path) -> None:
    """The map stands still, the picture does not: made anew, with nothing created."""
    scene: Scene = mapped(tmp_path, TRUTH, PICTURE, softness=(5.0, 5.0), edge_aware=True)
    grey = np.full_like(PICTURE, 128)
    expected = [render(gpu, scene)["z"], softened(gpu, tmp_path, TRUTH, (5, 5), picture=grey)[1]]
    shown = Shown(PICTURE)
    sources = lambda index: shown if index == 0 else None  # noqa: E731
    with Renderer(scene, gpu=gpu, passes=("z",), views=(), sources=sources) as renderer:
        for frame in range(4):
            shown.show((PICTURE, grey)[frame % 2].copy())
            with CreateCounter(gpu.device, f"frame {frame}") as created:
                rendered = renderer.render(FRAME)
            found = rendered.array("z").squeeze()
            np.testing.assert_allclose(found, expected[frame % 2].squeeze(), rtol=1e-6)
            if frame > 1:
                created.assert_nothing_made()


@pytest.mark.parametrize("sigma", [0.0, 0.3, 1.0, 2.5, 17.0, 100.0, 1000.0])
def test_the_hops_make_up_the_variance(sigma: float) -> None:
    variances = hops(sigma)
    assert sum(v * 4**level for level, v in enumerate(variances)) == pytest.approx(sigma**2)
    assert all(0 < v <= 1 for v in variances) and len(variances) <= 12


@pytest.mark.parametrize("sigma", [(0.001, 0.0), (1e-6, 1e-6), (0.0, 0.01)])
def test_next_to_no_softness(gpu: Gpu, tmp_path: Path, sigma: tuple[float, float]) -> None:
    """What is keyed up from nothing begins with nearly nothing."""
    scene = mapped(tmp_path, TRUTH, PICTURE, softness=sigma, edge_aware=True)
    found = render(gpu, scene)["z"].squeeze()
    np.testing.assert_allclose(found[INSIDE], TRUTH[INSIDE], rtol=1e-4)
