"""A map's own axis, fit and repeat: where on the surface it lies, and what lies beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.gpu import Gpu
from tests.support.truth import (
    DISTANCE,
    Floats,
    mapped,
    noise,
    of_function,
    pixel_grid,
    relative_error,
    render,
)

PICTURE = (128, 96)
MAP = (64, 32)
WIDTH = PICTURE[0] / PICTURE[1]

Placed = Callable[[Floats, Floats], tuple[Floats, Floats]]


def depth(u: Floats, v: Floats) -> Floats:
    return 1.0 + 0.15 * u + 0.08 * v


def surface_points() -> tuple[Floats, Floats]:
    """x and y, in scene units on the surface, of the pixel centres of the picture."""
    u, v = pixel_grid(*PICTURE)
    return (u - 0.5) * WIDTH, 0.5 - v


def expected(
    width: float, height: float, unplaced: Placed, folded: Callable[[Floats], Floats] | None = None
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Z, and which pixels are away from the map's border and seams. width, height: of the map on
    the surface. unplaced: surface points back to where the map lies without its axis."""
    x, y = unplaced(*surface_points())
    u, v = x / width + 0.5, 0.5 - y / height
    seams = np.ones(u.shape, bool)
    for coordinate, pixels in ((u, MAP[0]), (v, MAP[1])):
        seams &= np.abs(coordinate - np.round(coordinate)) > 1.01 / pixels
    inside = (u > 0) & (u < 1) & (v > 0) & (v < 1)
    if folded is not None:
        u, v, inside = folded(u), folded(v), np.ones_like(inside)
    return np.where(inside, depth(u, v), DISTANCE), seams


def check(
    gpu: Gpu, folder: Path, fields: dict[str, Any], z: Floats, clear: npt.NDArray[np.bool_]
) -> None:
    scene = mapped(folder, of_function(depth, *MAP), noise(*PICTURE), **fields)
    assert clear.mean() > 0.6
    for mode in ({}, {"three_d": True, "step": 1}):
        drawn = scene.with_values("Z-Depth 1", **mode)
        found = render(gpu, drawn, ("z", "confidence"))
        error = relative_error(found["z"], np.where(clear, z, np.nan))
        # At the map's outline the mesh runs from one depth to the other.
        assert (error <= 1e-4).mean() >= (1.0 if not mode else 0.99)
        beside = clear & (z == DISTANCE)
        assert (found["confidence"][beside] == 0).all()
        assert (found["confidence"][clear & ~beside] == 1).all()


def same(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    return x, y


def test_stretched_over_the_surface_by_default(gpu: Gpu, tmp_path: Path) -> None:
    check(gpu, tmp_path, {}, *expected(WIDTH, 1.0, same))


def test_fit_keeps_the_shape_and_shows_all_of_the_map(gpu: Gpu, tmp_path: Path) -> None:
    """The map is 2:1 on a surface of 4:3."""
    check(gpu, tmp_path, {"fit": "fit"}, *expected(WIDTH, WIDTH / 2, same))


def test_fill_keeps_the_shape_and_leaves_nothing_bare(gpu: Gpu, tmp_path: Path) -> None:
    check(gpu, tmp_path, {"fit": "fill"}, *expected(2.0, 1.0, same))


def test_moved(gpu: Gpu, tmp_path: Path) -> None:
    fields = {"translate": (0.3, -0.2, 0.0)}
    check(gpu, tmp_path, fields, *expected(WIDTH, 1.0, lambda x, y: (x - 0.3, y + 0.2)))


def test_turned_and_scaled(gpu: Gpu, tmp_path: Path) -> None:
    """Turned counter-clockwise as seen, after it was scaled; X and Y rotation have no effect."""
    angle = np.radians(25)
    c, s = np.cos(angle), np.sin(angle)

    def back(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        return (c * x + s * y) / 0.8, (-s * x + c * y) / 0.6

    fields = {"rotate": (40.0, -30.0, 25.0), "scale": (0.8, 0.6, 3.0)}
    check(gpu, tmp_path, fields, *expected(WIDTH, 1.0, back))


def test_turned_around_a_pivot(gpu: Gpu, tmp_path: Path) -> None:
    def back(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        return (y - 0.1) + 0.2, -(x - 0.2) + 0.1

    fields = {"rotate": (0.0, 0.0, 90.0), "pivot": (0.2, 0.1, 0.0)}
    check(gpu, tmp_path, fields, *expected(WIDTH, 1.0, back))


def test_sheared(gpu: Gpu, tmp_path: Path) -> None:
    fields = {"shear": (0.5, 0.0, 0.0)}
    check(gpu, tmp_path, fields, *expected(WIDTH, 1.0, lambda x, y: (x - 0.5 * y, y)))


def test_mirrored(gpu: Gpu, tmp_path: Path) -> None:
    fields = {"scale": (-1.0, 1.0, 1.0)}
    check(gpu, tmp_path, fields, *expected(WIDTH, 1.0, lambda x, y: (-x, y)))


@pytest.mark.parametrize("repeat", ["repeat", "mirror"])
def test_repeated(gpu: Gpu, tmp_path: Path, repeat: str) -> None:
    def folded(t: Floats) -> Floats:
        if repeat == "repeat":
            return t - np.floor(t)
        return 1.0 - np.abs((t % 2.0) - 1.0)

    fields = {"scale": (0.45, 0.4, 1.0), "translate": (0.1, 0.05, 0.0), "repeat": repeat}
    moved = expected(WIDTH, 1.0, lambda x, y: ((x - 0.1) / 0.45, (y - 0.05) / 0.4), folded)
    check(gpu, tmp_path, fields, *moved)


def test_mirrored_tiles_meet_without_a_step(gpu: Gpu, tmp_path: Path) -> None:
    fields = {"scale": (0.45, 0.4, 1.0), "repeat": "mirror"}
    scene = mapped(tmp_path, of_function(depth, *MAP), noise(*PICTURE), **fields)
    z = render(gpu, scene)["z"]
    slope = max(np.abs(np.diff(depth(*pixel_grid(*MAP)), axis=a)).max() for a in (0, 1)) * 2.5
    assert np.abs(np.diff(z, axis=0)).max() < slope
    assert np.abs(np.diff(z, axis=1)).max() < slope


def test_scaled_to_nothing_leaves_the_plane(gpu: Gpu, tmp_path: Path) -> None:
    scene = mapped(tmp_path, of_function(depth, *MAP), scale=(0.0, 0.0, 1.0))
    found = render(gpu, scene)["z"]
    assert np.abs(found / DISTANCE - 1).max() < 1e-5 or np.mean(found != DISTANCE) < 0.01


def test_placement_goes_with_the_surface_and_softness_with_the_picture(
    gpu: Gpu, tmp_path: Path
) -> None:
    """A map that covers the left half alone, blurred: its outline stays sharp, for a hole stays
    one, and nothing of the plane bleeds in."""
    values = np.full((32, 64), 0.9)
    fields: dict[str, Any] = {"scale": (0.5, 1.0, 1.0), "translate": (-0.25 * WIDTH, 0.0, 0.0)}
    scene = mapped(tmp_path, values, noise(*PICTURE), softness=(6.0, 6.0), **fields)
    z = render(gpu, scene)["z"]
    np.testing.assert_allclose(z[:, :64], 0.9, rtol=1e-5)
    np.testing.assert_allclose(z[:, 64:], DISTANCE, rtol=1e-5)
