"""Between a map's pixels: slopes are interpolated however steep, outlines stay where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.gpu import Gpu
from tests.support.truth import (
    default_mode_depth,
    mapped,
    noise,
    of_function,
    pixel_grid,
    relative_error,
    render,
)

FINE = (192, 144)


@pytest.mark.parametrize("coarse", [(24, 18), (64, 48)])
def test_a_steep_slope_of_a_coarse_map_has_no_stairs(
    gpu: Gpu, tmp_path: Path, coarse: tuple[int, int]
) -> None:
    """Up to a tenth of the depth from one map pixel to the next, and still no step."""

    def slope(u, v):
        return 0.7 + 1.7 * u + 0.2 * v

    scene = mapped(tmp_path, of_function(slope, *coarse), noise(*FINE))
    found = render(gpu, scene)["z"]
    u, v = pixel_grid(*FINE)
    margin = 0.51 / np.array(coarse)
    inside = (np.abs(u - 0.5) < 0.5 - margin[0]) & (np.abs(v - 0.5) < 0.5 - margin[1])
    assert relative_error(found, np.where(inside, slope(u, v), np.nan)).max() < 1e-4


def test_a_steep_slope_between_the_pixels_of_the_picture(gpu: Gpu, tmp_path: Path) -> None:
    def slope(u, v):
        return 0.7 + 1.8 * u + 0.0 * v

    scene = mapped(tmp_path, of_function(slope, 48, 36)).with_settings(size=FINE)
    expected = default_mode_depth(scene, FINE, slope)
    u, _ = pixel_grid(*FINE)
    inside = np.abs(u - 0.5) < 0.5 - 0.51 / 48
    found = render(gpu, scene)["z"]
    assert relative_error(found, np.where(inside, expected, np.nan)).max() < 1e-4


@pytest.mark.parametrize("where", ["map", "picture"])
def test_nothing_stands_between_near_and_far(gpu: Gpu, tmp_path: Path, where: str) -> None:
    """Steps, thin lines and single points, enlarged: each pixel shows one of the depths there are,
    and a step along one axis leaves the slope along the other smooth."""
    values = np.full((36, 48), 1.6)
    values[:, :20] = 0.9
    values[:, 30] = 1.0  # a line one pixel wide
    values[10, 40] = 1.1  # a point
    values[25:, 33:36] = 1.2
    if where == "map":
        scene = mapped(tmp_path, values, noise(*FINE))
    else:
        scene = mapped(tmp_path, values).with_settings(size=FINE)
    found = render(gpu, scene)["z"]
    known = np.unique(values).astype(np.float32)
    assert np.abs(found[..., None] / known - 1).min(axis=-1).max() < 1e-5
    # Each where it was, four pixels wide.
    np.testing.assert_allclose(found, np.repeat(np.repeat(values, 4, 0), 4, 1), rtol=1e-5)


def test_a_step_across_a_slope(gpu: Gpu, tmp_path: Path) -> None:
    def depth(u, v):
        return np.where(u < 0.5, 0.8, 1.5) + 0.8 * v

    scene = mapped(tmp_path, of_function(depth, 24, 18), noise(*FINE))
    found = render(gpu, scene)["z"]
    u, v = pixel_grid(*FINE)
    inside = (np.abs(v - 0.5) < 0.5 - 0.51 / 18) & (np.abs(u - 0.5) < 0.5 - 0.51 / 24)
    assert relative_error(found, np.where(inside, depth(u, v), np.nan)).max() < 1e-4
