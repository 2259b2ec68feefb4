"""The bounds of a displaced surface hold all of it: shadow maps are made to just hold them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.gpu import Gpu
from engine.scene import DepthRange, EvaluatedSurface, Scene
from passes.bounds import ratio_limits
from passes.items import surface_corners
from tests.support.truth import CAMERA, DISTANCE, FRAME, SURFACE, mapped, orbited, render

RANGES = [DepthRange.NORMALIZED, DepthRange.ABSOLUTE, DepthRange.INVERSE, DepthRange.RELIEF]


@pytest.fixture(scope="module")
def surface(tmp_path_factory: pytest.TempPathFactory) -> EvaluatedSurface:
    scene = mapped(tmp_path_factory.mktemp("bounds"), np.ones((6, 8)))
    return scene.evaluate(FRAME).surfaces[0]


def decoded(surface: EvaluatedSurface, value: float, plane: float) -> float | None:
    """Planar Z of a map value, as z-depth.md has it; None: no depth."""
    z_map = surface.z_map
    assert z_map is not None
    near, far, flip = z_map.source.near, z_map.source.far, z_map.invert
    v = (value - z_map.black) / (z_map.white - z_map.black)
    if z_map.gamma != 1.0:
        v = max(v, 0.0) ** (1 / z_map.gamma)
    if z_map.range is DepthRange.NORMALIZED:
        v = 1 - v if flip else v
        return min(near + v * (far - near), far)
    if z_map.range is DepthRange.ABSOLUTE:
        z = min(v * z_map.depth_scale, far)
        return None if v <= 0 else min(near + far - z, far) if flip else z
    if z_map.range is DepthRange.INVERSE:
        inverse = v / z_map.depth_scale
        inverse = 1 / near + 1 / far - inverse if flip else inverse
        return far if inverse <= 0 else min(1 / inverse, far)
    height = (1 - v if flip else v) * z_map.relief_depth
    return plane * (1 - height / float(z_map.source.world[2, 3]))


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_no_value_leads_out_of_the_bounds(surface: EvaluatedSurface, data: st.DataObject) -> None:
    draw = data.draw
    number = st.floats(-3, 3, allow_subnormal=False)
    assert surface.z_map is not None
    source = surface.z_map.source
    if draw(st.booleans()):  # a source camera that looks at a tilted plane
        turn = np.eye(4)
        angle = draw(st.floats(-0.6, 0.6))
        turn[:3, :3] = [
            [np.cos(angle), 0, np.sin(angle)],
            [0, 1, 0],
            [-np.sin(angle), 0, np.cos(angle)],
        ]
        source = replace(source, world=turn @ source.world)
    black = draw(number)
    z_map = replace(
        surface.z_map,
        range=draw(st.sampled_from(RANGES)),
        invert=draw(st.booleans()),
        black=black,
        white=black + draw(st.sampled_from([-2.0, -0.3, 0.5, 1.0, 4.0])),
        gamma=draw(st.sampled_from([0.5, 1.0, 2.2])),
        effect=draw(number),
        z_offset=draw(st.floats(-1, 1)),
        depth_scale=draw(st.sampled_from([0.1, 1.0, 7.0])),
        source=source,
    )
    low, high = sorted((draw(number), draw(number)))
    value = low + draw(st.floats(0, 1)) * (high - low)
    ratios = ratio_limits(z_map, (low, high), surface.size)
    x, y = draw(st.floats(-0.5, 0.5)), draw(st.floats(-0.5, 0.5))
    row = -np.linalg.inv(source.world)[2]
    plane = float(row @ [x * surface.size[0], y * surface.size[1], 0, 1])
    z = decoded(replace(surface, z_map=z_map), value, plane)
    if z is None:
        z = plane - z_map.z_offset
    assert ratios.low <= 1 <= ratios.high
    ratio = max(1 + z_map.effect * (max((z + z_map.z_offset) / plane, 1e-3) - 1), 1e-3)
    assert ratios.low * (1 - 1e-6) <= ratio <= ratios.high * (1 + 1e-6)


def test_infinity_is_within_the_bounds(surface: EvaluatedSurface) -> None:
    assert surface.z_map is not None
    for range_ in RANGES[:3]:
        z_map = replace(surface.z_map, range=range_)
        ratios = ratio_limits(z_map, (0.9, 1.0, 3e38), surface.size)
        assert ratios.high == pytest.approx(2.0)
        assert ratios.low > 0.4, "and the near side is as it was"


CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "effect": {"effect": -0.8},
    "infinite": {"white": 0.5},
    "offset": {"translate": (0.2, 0.1, 0.4), "rotate": (0.0, 0.0, 30.0)},
    "normal": {"project_along": "surface_normal"},
    "soft": {"softness": (3.0, 5.0)},
    "tilted": {"source_camera": CAMERA},
}


def cased(folder: Path, case: str) -> Scene:
    values = np.random.default_rng(9).uniform(0.6, 1.7, (48, 64))
    values[::7, ::5] = np.nan
    if case == "infinite":
        values[3, ::3] = np.inf
    scene = mapped(folder, values, three_d=True, step=1, **CASES[case])
    if case == "tilted":
        scene = scene.with_values(SURFACE, rotate=(20.0, 35.0, 0.0))
    return scene


@pytest.mark.parametrize("case", CASES)
def test_all_that_is_drawn_is_within_the_bounds(gpu: Gpu, tmp_path: Path, case: str) -> None:
    scene = cased(tmp_path, case)
    surface = scene.evaluate(FRAME).surfaces[0]
    assert surface.z_map is not None
    limits = (0.6, 1.7, 3e38) if case == "infinite" else (0.6, 1.7)
    corners = surface_corners(surface, ratio_limits(surface.z_map, limits, surface.size))
    points = []
    turns = (0.0,) if case == "tilted" else (0.0, 40.0, -40.0)
    for turn in turns:
        seen = orbited(scene, turn) if turn else scene
        cut = "beyond its far" if case == "infinite" else ""
        found = render(gpu, seen, ("position", "object_id"), told=cut)
        points.append(found["position"][found["object_id"] == 1])
    drawn = np.concatenate(points)
    assert len(drawn) > 1000
    assert np.ptp(drawn[:, 2]) > 0.2, "the surface is displaced"
    directions = np.random.default_rng(1).normal(size=(200, 3))
    assert ((drawn @ directions.T).max(0) <= (corners @ directions.T).max(0) + 1e-3).all()
    # They are no idle bounds either.
    assert (np.ptp(corners, axis=0) < 3 * np.ptp(drawn, axis=0) + DISTANCE).all()
