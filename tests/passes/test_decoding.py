"""From the numbers in a map to depth: ranges, levels, invert, scale, effect, and what is missing.

Each case says in numpy what z-depth.md says in words, and Z must be that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.gpu import Gpu
from tests.support.truth import DISTANCE, FAR, NEAR, Pixels, mapped, render

PLANE = DISTANCE
SMALLEST = 1e-3 * PLANE
"""The nearest to its source camera that a surface is ever moved."""


def row(*numbers: float) -> Pixels:
    """A map of one row of numbers, each two pixels wide."""
    return np.repeat(np.array([numbers, numbers], np.float32), 2, axis=1)


def shown(gpu: Gpu, folder: Path, values: Pixels, **fields: Any) -> Pixels:
    """Z for each number of a `row`, by default mode and by 3D mode alike."""
    found = render(gpu, mapped(folder, values, **fields))["z"][0, ::2]
    relief = render(gpu, mapped(folder, values, **fields, three_d=True, step=1))["z"][0, ::2]
    np.testing.assert_allclose(relief, found, rtol=1e-3)
    return found


def check(gpu: Gpu, folder: Path, numbers: Any, expected: Any, **fields: Any) -> None:
    found = shown(gpu, folder, row(*numbers), **fields)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


# -- ranges --


def test_normalized_is_linear_from_near_to_far(gpu: Gpu, tmp_path: Path) -> None:
    v = np.array([0.0, 0.1, 0.5, 1.0])
    check(gpu, tmp_path, v, NEAR + v * (FAR - NEAR), depth_range="normalized")


def test_absolute_is_the_distance_itself(gpu: Gpu, tmp_path: Path) -> None:
    check(gpu, tmp_path, (0.2, 1.0, 2.0), (0.2, 1.0, 2.0), depth_range="absolute")


def test_inverse_is_one_over_the_distance(gpu: Gpu, tmp_path: Path) -> None:
    v = np.array([0.5, 1.0, 2.0, 4.0])
    check(gpu, tmp_path, v, 1 / v, depth_range="inverse")


def test_relief_is_a_height_over_the_plane(gpu: Gpu, tmp_path: Path) -> None:
    v = np.array([-0.2, 0.0, 0.5, 1.0, 1.5])
    check(gpu, tmp_path, v, PLANE - 0.25 * v, depth_range="relief")
    check(gpu, tmp_path, v, PLANE - 0.6 * v, depth_range="relief", relief_depth=0.6)
    check(gpu, tmp_path, v, PLANE + 0.3 * v, depth_range="relief", relief_depth=-0.3)


def test_near_and_far_of_the_map(gpu: Gpu, tmp_path: Path) -> None:
    v = np.array([0.0, 0.25, 1.0])
    fields = {"near": 0.5, "far": 4.5}
    check(gpu, tmp_path, v, 0.5 + 4.0 * v, depth_range="normalized", **fields)
    scene = mapped(tmp_path, row(0.1, 4.0, 5.0), near=0.5, far=4.5)
    found = render(gpu, scene, told="goes to 5, beyond its far of 4.5")["z"]
    np.testing.assert_allclose(found[0, ::2], (0.1, 4.0, 4.5), rtol=1e-4)


# -- the chain: levels, range, invert, depth scale, effect --


@pytest.mark.parametrize("gamma", [1.0, 2.2, 0.5])
def test_levels(gpu: Gpu, tmp_path: Path, gamma: float) -> None:
    v = np.array([0.2, 0.3, 0.5, 0.7])
    level = ((v - 0.2) / 0.5) ** (1 / gamma)
    fields = {"black": 0.2, "white": 0.7, "gamma": gamma}
    check(gpu, tmp_path, v, NEAR + level * (FAR - NEAR), depth_range="normalized", **fields)
    check(gpu, tmp_path, v, PLANE - 0.25 * level, depth_range="relief", **fields)


def test_levels_may_run_backwards(gpu: Gpu, tmp_path: Path) -> None:
    v = np.array([0.0, 0.25, 1.0])
    fields = {"black": 1.0, "white": 0.0}
    check(gpu, tmp_path, v, NEAR + (1 - v) * (FAR - NEAR), depth_range="normalized", **fields)


def test_invert(gpu: Gpu, tmp_path: Path) -> None:
    v = np.array([0.0, 0.1, 0.5, 1.0])
    span = FAR - NEAR
    check(gpu, tmp_path, v, NEAR + (1 - v) * span, depth_range="normalized", invert=True)
    check(gpu, tmp_path, v, PLANE - 0.25 * (1 - v), depth_range="relief", invert=True)
    z = np.array([NEAR, 1.0, 2.0, FAR])
    check(gpu, tmp_path, z, NEAR + FAR - z, depth_range="absolute", invert=True)
    i = np.array([1 / NEAR, 1.0, 0.5, 1 / FAR])
    check(gpu, tmp_path, i, 1 / (1 / NEAR + 1 / FAR - i), depth_range="inverse", invert=True)


def test_depth_scale(gpu: Gpu, tmp_path: Path) -> None:
    centimetres = np.array([80.0, 120.0, 200.0])
    check(gpu, tmp_path, centimetres, centimetres / 100, depth_scale=0.01)
    check(gpu, tmp_path, 100 / centimetres, centimetres / 100 * 3,
          depth_range="inverse", depth_scale=3.0, far=10.0)  # fmt: skip
    # With Invert, near and far are those of the camera still, in scene units.
    check(gpu, tmp_path, centimetres, NEAR + FAR - centimetres / 100,
          depth_scale=0.01, invert=True)  # fmt: skip
    # The other ranges know no map unit.
    check(gpu, tmp_path, (0.5,), ((NEAR + FAR) / 2,), depth_range="normalized", depth_scale=7.0)


@pytest.mark.parametrize("effect", [0.0, 0.5, -1.0, 2.0])
def test_effect(gpu: Gpu, tmp_path: Path, effect: float) -> None:
    z = np.array([0.9, 1.2, 1.7])
    check(gpu, tmp_path, z, PLANE + effect * (z - PLANE), effect=effect)


def test_effect_never_reaches_behind_the_camera(gpu: Gpu, tmp_path: Path) -> None:
    for effect in (50.0, -50.0):
        moved = PLANE + effect * (np.array([0.9, 1.7]) - PLANE)
        found = render(gpu, mapped(tmp_path, row(0.9, 1.7), effect=effect))["z"][0, ::2]
        np.testing.assert_allclose(found, np.maximum(moved, SMALLEST), rtol=1e-4)


def test_z_translation_adds_to_the_depth_before_effect(gpu: Gpu, tmp_path: Path) -> None:
    z = np.array([0.9, 1.2, 1.7])
    check(gpu, tmp_path, z, z + 0.3, translate=(0.0, 0.0, 0.3))
    moved = PLANE + 0.5 * (z - 0.2 - PLANE)
    check(gpu, tmp_path, z, moved, translate=(0.0, 0.0, -0.2), effect=0.5)


# -- what is missing, and what is far --

NAN, INF = np.nan, np.inf


@pytest.mark.parametrize(
    ("fields", "number", "expected"),
    [
        ({"depth_range": "normalized"}, NAN, PLANE),
        ({"depth_range": "absolute"}, NAN, PLANE),
        ({"depth_range": "inverse"}, NAN, PLANE),
        ({"depth_range": "relief"}, NAN, PLANE),
        ({"depth_range": "absolute"}, 0.0, PLANE),
        ({"depth_range": "absolute"}, -3.0, PLANE),
        ({"depth_range": "absolute"}, -INF, PLANE),
        ({"depth_range": "absolute", "invert": True}, 0.0, PLANE),
        ({"depth_range": "normalized"}, -INF, PLANE),
        ({"depth_range": "normalized"}, INF, FAR),
        ({"depth_range": "normalized"}, 1.5, FAR),
        ({"depth_range": "normalized"}, 1e30, FAR),
        ({"depth_range": "normalized", "invert": True}, INF, FAR),
        ({"depth_range": "normalized", "invert": True}, -0.5, FAR),
        ({"depth_range": "absolute"}, INF, FAR),
        ({"depth_range": "absolute"}, 1e30, FAR),
        ({"depth_range": "absolute"}, FAR + 1, FAR),
        ({"depth_range": "absolute", "depth_scale": 1e-9}, INF, FAR),
        ({"depth_range": "inverse"}, 0.0, FAR),
        ({"depth_range": "inverse"}, -1e-9, FAR),
        ({"depth_range": "inverse"}, -2.0, FAR),
        ({"depth_range": "inverse"}, 1e-30, FAR),
        ({"depth_range": "inverse"}, INF, FAR),
        ({"depth_range": "inverse", "invert": True}, 1 / NEAR + 1 / FAR, FAR),
    ],
)
def test_odd_numbers(
    gpu: Gpu, tmp_path: Path, fields: dict[str, Any], number: float, expected: float
) -> None:
    found = shown(gpu, tmp_path, row(0.8, number, 0.8), **fields)
    assert found[1] == pytest.approx(expected, rel=1e-4)
    # A card's last bit may depend on where it draws.
    apart = 0.0 if gpu.is_software else 2e-7
    assert abs(found[0] - found[2]) <= apart * found[2], "its neighbours are as they were"


@pytest.mark.parametrize("range_", ["normalized", "absolute", "inverse", "relief"])
@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("softness", [(0.0, 0.0), (2.0, 2.0)])
def test_never_a_number_that_is_none(
    gpu: Gpu, tmp_path: Path, range_: str, invert: bool, softness: tuple[float, float]
) -> None:
    """All floats there are, in all passes: `render` fails on NaN and infinity."""
    rng = np.random.default_rng(5)
    bits = rng.integers(0, 2**32, (24, 32), dtype=np.uint64).astype(np.uint32)
    values = bits.view(np.float32).copy()
    values[::3, ::2] = rng.choice(np.array([NAN, INF, -INF, 0, -0.0, 1e-45, 3.4e38]), (8, 16))
    fields = {"depth_range": range_, "invert": invert, "softness": softness}
    names = ("beauty", "z", "z_aa", "normals", "position", "uv", "confidence", "object_id")
    modes: list[dict[str, Any]] = [
        {}, {"three_d": True, "step": 1}, {"three_d": True}, {"bump": True, "effect": -3.0}
    ]  # fmt: skip
    for mode in modes:
        found = render(gpu, mapped(tmp_path, values, **fields, **mode), names)
        if not mode:
            assert found["z"].max() <= (1e9 if range_ == "relief" else FAR * 1.0001)
            assert found["z"].min() >= SMALLEST * 0.999


@pytest.mark.parametrize("range_", ["normalized", "absolute", "inverse", "relief"])
def test_alpha_0_is_missing(gpu: Gpu, tmp_path: Path, range_: str) -> None:
    values, alpha = row(0.8, 0.8, 0.8), row(1.0, 0.0, 0.5)
    scene = mapped(tmp_path, values, alpha=alpha, depth_range=range_)
    found = render(gpu, scene, ("z", "confidence"))
    z, confidence = found["z"][0, ::2], found["confidence"][0, ::2]
    assert z[1] == pytest.approx(PLANE)
    assert z[0] == z[2] != z[1]
    np.testing.assert_allclose(confidence, [1.0, 0.0, 0.5])


def test_confidence_tells_missing_from_far(gpu: Gpu, tmp_path: Path) -> None:
    values = row(1.0, NAN, INF, -1.0, 0.0, 100.0)
    for mode in ({}, {"three_d": True, "step": 1}):
        found = render(gpu, mapped(tmp_path, values, **mode), ("confidence",))
        np.testing.assert_array_equal(found["confidence"][0, ::2], [1, 0, 1, 0, 0, 1])
