"""Softness: a Gaussian on planar Z as a normalised convolution, in pixels of the picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.gpu import Gpu
from tests.support.truth import DISTANCE, Floats, Pixels, mapped, noise, of_function, render

SIZE = (72, 54)


def convolved(values: Pixels, weights: Pixels, sigma: tuple[float, float]) -> Floats:
    """Normalised convolution with a Gaussian of sigma (x, y); what lies outside has no weight."""

    def along(pixels: Floats, axis: int, s: float) -> Floats:
        if s == 0:
            return pixels
        places = np.arange(pixels.shape[axis])
        kernel = np.exp(-0.5 * ((places[:, None] - places[None, :]) / s) ** 2)
        return np.moveaxis(np.tensordot(kernel, pixels, (1, axis)), 0, axis)

    total = np.where(weights > 0, values, 0.0).astype(np.float64) * weights
    known = weights.astype(np.float64)
    for axis, s in ((1, sigma[0]), (0, sigma[1])):
        total, known = along(total, axis, s), along(known, axis, s)
    return total / np.maximum(known, 1e-30)


def edges(u: Floats, v: Floats) -> Floats:
    return np.where((u < 0.4) ^ (v > 0.7), 0.8, 1.6) + 0.1 * u


@pytest.mark.parametrize("sigma", [(1.5, 1.5), (4.0, 0.0), (0.0, 2.5), (0.4, 6.0), (70.0, 40.0)])
def test_it_is_a_gaussian(gpu: Gpu, tmp_path: Path, sigma: tuple[float, float]) -> None:
    values = of_function(edges, *SIZE)
    found = render(gpu, mapped(tmp_path, values, softness=sigma))["z"]
    expected = convolved(values, np.ones_like(values), sigma)
    assert np.abs(found / expected - 1).max() < 5e-3  # the tail beyond 3 sigma is left out
    assert np.abs(found / expected - 1).mean() < 1e-3


def test_the_sigma_is_measured_in_pixels_of_the_picture(gpu: Gpu, tmp_path: Path) -> None:
    """The map is finer than the picture: 2 picture pixels are 6 of its own."""
    values = of_function(edges, *SIZE)
    scene = mapped(tmp_path, values, noise(24, 18), softness=(2.0, 1.0)).with_settings(size=SIZE)
    found = render(gpu, scene)["z"]
    expected = convolved(values, np.ones_like(values), (6.0, 3.0))
    assert np.abs(found / expected - 1).max() < 5e-3


@pytest.mark.parametrize("hole", ["nan", "alpha", "negative"])
def test_what_is_missing_does_not_bleed_in(gpu: Gpu, tmp_path: Path, hole: str) -> None:
    values = of_function(edges, *SIZE)
    weights = np.ones(values.shape)
    weights[20:34, 10:40] = 0
    weights[5:8, ::3] = 0
    given, alpha = values.copy(), None
    if hole == "nan":
        given[weights == 0] = np.nan
    elif hole == "negative":
        given[weights == 0] = -1e6
    else:
        given[weights == 0] = 1e-3
        alpha = weights
    sigma = (3.0, 3.0)
    scene = mapped(tmp_path, given, alpha=alpha, softness=sigma)
    found = render(gpu, scene, ("z", "confidence"))
    expected = convolved(values, weights, sigma)
    there = weights > 0
    assert np.abs(found["z"] / expected - 1)[there].max() < 5e-3
    # A hole stays a hole: the plane stands there.
    np.testing.assert_allclose(found["z"][~there], DISTANCE, rtol=1e-5)
    np.testing.assert_array_equal(found["confidence"], weights)


def test_half_a_confidence_weighs_half(gpu: Gpu, tmp_path: Path) -> None:
    values = of_function(edges, *SIZE)
    alpha = np.random.default_rng(2).uniform(0.05, 1.0, values.shape)
    found = render(gpu, mapped(tmp_path, values, alpha=alpha, softness=(2.0, 2.0)))["z"]
    assert np.abs(found / convolved(values, alpha, (2.0, 2.0)) - 1).max() < 5e-3


def test_it_works_on_depth_not_on_the_numbers_of_the_map(gpu: Gpu, tmp_path: Path) -> None:
    """1/Z blurred would be another depth than Z blurred."""
    z = of_function(edges, *SIZE)
    fields = {"depth_range": "inverse", "softness": (3.0, 3.0)}
    found = render(gpu, mapped(tmp_path, 1 / z, **fields))["z"]
    assert np.abs(found / convolved(z, np.ones_like(z), (3.0, 3.0)) - 1).max() < 5e-3


def test_a_flat_map_stays_flat_to_its_border(gpu: Gpu, tmp_path: Path) -> None:
    found = render(gpu, mapped(tmp_path, np.full((54, 72), 1.1), softness=(40.0, 40.0)))["z"]
    np.testing.assert_allclose(found, 1.1, rtol=1e-5)


def test_no_softness_along_one_axis_leaves_it_alone(gpu: Gpu, tmp_path: Path) -> None:
    """Stripes along X, blurred along X only, stay as sharp as they were."""
    values = np.where(np.arange(54) % 2 == 0, 0.8, 1.6)[:, None] + np.zeros((54, 72))
    found = render(gpu, mapped(tmp_path, values, softness=(8.0, 0.0)))["z"]
    np.testing.assert_allclose(found, values, rtol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (5, 1), (4, 9), (6, 3)])
def test_far_wider_than_the_picture(gpu: Gpu, tmp_path: Path, size: tuple[int, int]) -> None:
    values = np.random.default_rng(1).uniform(0.8, 1.6, size[::-1])
    found = render(gpu, mapped(tmp_path, values, softness=(500.0, 90.0)))["z"]
    assert np.abs(found / values.mean() - 1).max() < 3e-3
