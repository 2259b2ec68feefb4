"""The grid of a fixed step: any lattice, any step, whole and without overlap."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.gpu import Gpu
from passes.tessellate import BLOCK, TILE, GridShape, fitting_step, tile_indices
from passes.zdepth import lattice_of
from tests.support.truth import (
    mapped,
    noise,
    of_function,
    orbited,
    pixel_grid,
    relative_error,
    render,
)

sides = st.one_of(st.integers(1, 9), st.sampled_from([63, 64, 65, 66, 127, 128, 997, 8192]))
steps = st.one_of(st.integers(1, 9), st.sampled_from([16, 63, 64, 65, 4096]))


def columns(length: int, step: int, count: int) -> npt.NDArray[np.float64]:
    """Where the vertices of a row lie, in pixels from the border: as wgsl/draw.wgsl has them."""
    inner = np.minimum(np.maximum(np.arange(count) - 1, 0) * step, length - 1) + 0.5
    inner[0], inner[-1] = 0.0, length
    return inner


@settings(max_examples=150, deadline=None)
@given(width=sides, height=sides, step=steps)
def test_a_grid_spans_its_surface(width: int, height: int, step: int) -> None:
    shape = GridShape((width, height), step)
    for length, count in zip((width, height), shape.count, strict=True):
        x = columns(length, step, count)
        assert x[0] == 0 and x[-1] == length
        assert (np.diff(x) > 0).all(), "in order, and none upon another"
        assert np.diff(x).max() <= step + 0.5
        inside = x[1:-1] - 0.5
        assert (inside == np.round(inside)).all(), "vertices lie on pixel centres"
        if step == 1:
            assert len(inside) == length, "one for every pixel"
    cells = shape.count[0] - 1, shape.count[1] - 1
    assert all(
        (tiles - 1) * TILE < n <= tiles * TILE for tiles, n in zip(shape.tiles, cells, strict=True)
    )
    assert shape.triangles == 2 * cells[0] * cells[1]


@settings(max_examples=60, deadline=None)
@given(width=st.integers(1, 20_000), height=st.integers(1, 20_000), step=st.integers(1, 40))
def test_a_step_is_found_that_fits_the_adapter(width: int, height: int, step: int) -> None:
    limit = 1 << 20
    fitting = fitting_step((width, height), step, limit)
    assert fitting >= step
    assert 4 * GridShape((width, height), fitting).vertices <= limit
    if fitting > step:
        assert 4 * GridShape((width, height), fitting - 1).vertices > limit


@settings(max_examples=60, deadline=None)
@given(picture=st.tuples(sides, sides), depth_map=st.tuples(sides, sides))
def test_a_lattice_loses_neither_the_picture_nor_the_map(
    picture: tuple[int, int], depth_map: tuple[int, int]
) -> None:
    width, height = lattice_of(picture, depth_map)
    assert width >= max(1, *(min(p[0], 8192) for p in (picture, depth_map)))
    assert height >= max(1, *(min(p[1], 8192) for p in (picture, depth_map)))
    assert lattice_of((16384, 16384), (1, 1)) == (8192, 8192)


def test_a_tile_covers_its_cells_once_facing_the_viewer() -> None:
    triangles = tile_indices().reshape(-1, 3)
    assert len(triangles) == 2 * TILE * TILE
    x, y = triangles % (TILE + 1), triangles // (TILE + 1)
    # Rows run down, so counter-clockwise seen from +Z is clockwise in rows.
    area = (x[:, 1] - x[:, 0].astype(int)) * (y[:, 2] - y[:, 0].astype(int)) - (
        x[:, 2] - x[:, 0].astype(int)
    ) * (y[:, 1] - y[:, 0].astype(int))
    assert (area == -1).all()
    cells = np.stack([x.min(axis=1), y.min(axis=1)], axis=1)
    found, times = np.unique(cells, axis=0, return_counts=True)
    assert len(found) == TILE * TILE and (times == 2).all()
    first = cells[: 2 * BLOCK * BLOCK]
    assert first.max() < BLOCK, "neighbours come together"


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (11, 1), (2, 2), (13, 29), (64, 65), (67, 131)])
@pytest.mark.parametrize("step", [1, 2, 7, 64])
def test_a_relief_of_any_shape_is_whole(
    gpu: Gpu, tmp_path: Path, size: tuple[int, int], step: int
) -> None:
    """Drawn larger than it is: no pixel of the surface is missing, and a plane stays one."""

    def slope(u: npt.NDArray[np.float64], v: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        # Along camera rays a plane has 1/Z linear in the picture, and meshes of it are exact.
        return 1 / (0.75 + 0.1 * (u - 0.5) + 0.05 * (v - 0.5))

    scene = mapped(tmp_path, of_function(slope, *size), noise(*size), three_d=True, step=step)
    screen = (151, max(1, round(151 * size[1] / size[0])))
    screen = (max(1, min(151, 151 * size[0] // size[1])), 151) if screen[1] > 151 else screen
    scene = scene.with_settings(size=screen)
    found = render(gpu, scene, ("z", "object_id"))
    frame = scene.evaluate(1001)
    width = frame.surfaces[0].size[0]
    # The surface fills the height of the picture; its width may be rounded.
    shown = np.abs(pixel_grid(*screen)[0] - 0.5) * screen[0] / screen[1] < 0.499 * width
    assert (found["object_id"][shown] == 1).all()
    u = (pixel_grid(*screen)[0] - 0.5) * screen[0] / screen[1] / width + 0.5
    v = pixel_grid(*screen)[1]
    margin = 0.5 / np.array(size)
    inside = (np.abs(u - 0.5) < 0.5 - margin[0]) & (np.abs(v - 0.5) < 0.5 - margin[1])
    if inside.any():
        expected = np.where(inside & shown, slope(u, v), np.nan)
        # Where the step does not divide the picture, the border takes the last pixel's depth: half
        # a pixel of slope is lost on the way there.
        lost = 0.0 if step == 1 else 0.5 * (0.15 / size[0] + 0.075 / size[1])
        assert relative_error(found["z"], expected).max() < 1e-3 + lost


def test_a_step_that_does_not_divide_the_picture_keeps_its_edge(gpu: Gpu, tmp_path: Path) -> None:
    """The last column of pixels is part of the mesh whatever the step: seen from the side, the
    outline is where it is at step 1."""
    depth = of_function(lambda u, v: 1.0 + 0.3 * u + 0.0 * v, 60, 45)
    outlines = []
    for step in (1, 7, 16, 59, 400):
        scene = orbited(mapped(tmp_path, depth, three_d=True, step=step), 40.0)
        outlines.append(render(gpu, scene, ("object_id",))["object_id"] == 1)
    for outline in outlines[1:]:
        assert (outline != outlines[0]).mean() < 0.004
