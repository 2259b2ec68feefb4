"""The bench works: every row comes out, whatever the figures and whoever is installed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.gpu import Gpu
from tests.bench.maps import MAPS
from tests.bench.peers import grid_points
from tests.bench.rows import Results, Row
from tests.bench.run import run
from tests.bench.stage import Stage

SIZE = (96, 54)


@pytest.mark.slow
def test_every_row_comes_out(gpu: Gpu, tmp_path: Path) -> None:
    results = Results(gpu, SIZE, rounds=1)
    maps = ["steps", "smooth", "face"]
    run(results, tmp_path, maps, peers=True, out=tmp_path / "bench.json")
    written = json.loads((tmp_path / "bench.json").read_text())
    assert written["adapter"] == gpu.summary
    for name in maps:
        assert len({row["name"] for row in written["rows"] if row["map"] == name}) == 12
    assert len({row["name"] for row in written["rows"] if row["map"] == "-"}) == 2
    for row in written["rows"]:
        assert row["note"] if row["ratio"] is None else row["ratio"] > 0
        assert row["met"] in (True, False)
    assert results.table().row_count == len(written["rows"])


@pytest.mark.parametrize("name", ["steps", "network", "smooth"])
def test_maps_are_heights(name: str) -> None:
    heights = MAPS[name](64, 36)
    assert heights.shape == (36, 64)
    assert heights.dtype == np.float32
    assert 0 <= heights.min() < heights.max() <= 1


def test_a_row_knows_whether_it_met_its_goal() -> None:
    assert Row("a", "m", 5.0, 5.0).met
    assert not Row("a", "m", 5.1, 5.0, at_most=True).met
    assert not Row("a", "m", None, 5.0, note="not installed").met


def test_peers_get_the_mesh_that_a_fixed_step_draws(gpu: Gpu, tmp_path: Path) -> None:
    heights = MAPS["smooth"](41, 23)
    stage = Stage(gpu, tmp_path, heights, SIZE, step=4)
    stage.draw()
    points, uvs, triangles = grid_points(heights, 0.5, 1.4, 4)
    assert len(triangles) == stage.triangles()
    stage.close()
    assert len(points) == len(uvs) == triangles.max() + 1
    # Every triangle faces +Z before it is moved.
    flat = np.stack([uvs[triangles][..., 0], uvs[triangles][..., 1]], axis=-1)
    ab, ac = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    assert np.all(ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0] > 0)
