"""The same depth, written as any range, is the same picture and the same Z."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from engine.gpu import Gpu
from engine.scene import Light, new_media
from tests.support.truth import (
    CAMERA,
    DISTANCE,
    FAR,
    NEAR,
    SURFACE,
    Floats,
    Pixels,
    encoded,
    mapped,
    of_function,
    orbited,
    render,
    with_ball,
)

SIZE = (128, 96)
RELIEF = 0.7


def depth(u: Floats, v: Floats) -> Floats:
    hill = np.exp(-20.0 * ((u - 0.4) ** 2 + (v - 0.5) ** 2))
    return np.where(u > 0.75, 1.7 - 0.3 * v, 1.45 - 0.45 * hill)


Z = of_function(depth, *SIZE).astype(np.float64)
_U, _V = (np.indices(SIZE[::-1])[::-1] + 0.5) / np.array(SIZE)[:, None, None]
# Of the ray through a pixel: its length per unit along the axis.
ALONG = np.sqrt(1 + (((_U - 0.5) * SIZE[0] / SIZE[1]) ** 2 + (_V - 0.5) ** 2) / DISTANCE**2)
WRITTEN: dict[str, Pixels] = {
    "absolute": Z,
    "normalized": (Z - NEAR) / (FAR - NEAR),
    "inverse": 1 / Z,
    "relief": (DISTANCE - Z) / RELIEF,
    "ray": Z * ALONG,
}
MIRRORED: dict[str, Pixels] = {
    "absolute": NEAR + FAR - Z,
    "normalized": 1 - (Z - NEAR) / (FAR - NEAR),
    "inverse": 1 / NEAR + 1 / FAR - 1 / Z,
    "relief": 1 - (DISTANCE - Z) / RELIEF,
    "ray": (NEAR + FAR - Z) * ALONG,
}


def drawn(
    gpu: Gpu, folder: Path, values: Pixels, shadows: bool = False, **fields: Any
) -> dict[str, Pixels]:
    """From the side, under a light, with a ball that the relief cuts."""
    scene = mapped(folder, values, **{"relief_depth": RELIEF, **fields})
    light = Light(id="Light 1", rotate=(-30.0, 25.0, 0.0), shadows=shadows)
    scene = orbited(with_ball(scene, (0.1, 0.05, 0.0), 0.25).with_node(light), 15.0)
    found = render(gpu, scene, ("z", "beauty", "object_id"), samples=2)
    return {**found, "beauty": encoded(found["beauty"][..., :3])}


def same(found: dict[str, Pixels], wanted: dict[str, Pixels]) -> None:
    # A ten-thousandth of depth may move an outline over a pixel's centre, and a shadow's edge.
    alike = found["object_id"] == wanted["object_id"]
    assert alike.mean() > 0.999
    error = np.abs(found["z"] / wanted["z"] - 1)[alike]
    assert (error <= 1e-3).mean() > 0.999
    difference = np.abs(found["beauty"] - wanted["beauty"]).max(axis=-1)
    assert (difference > 2 / 255).mean() < 0.005


MODES: dict[str, dict[str, Any]] = {
    "default": {},
    "bump": {"bump": True},
    "3d": {"three_d": True, "step": 1},
    "coarse": {"three_d": True, "step": 8, "softness": (2.0, 2.0), "effect": 0.7},
}


@pytest.mark.parametrize("mode", MODES)
def test_every_range_gives_the_same_picture_and_z(gpu: Gpu, tmp_path: Path, mode: str) -> None:
    fields = MODES[mode]
    wanted = drawn(gpu, tmp_path, WRITTEN["absolute"], depth_range="absolute", **fields)
    for kind in ("normalized", "inverse", "relief", "ray"):
        same(drawn(gpu, tmp_path, WRITTEN[kind], depth_range=kind, **fields), wanted)
    for kind, values in MIRRORED.items():
        same(drawn(gpu, tmp_path, values, depth_range=kind, invert=True, **fields), wanted)


def test_the_pictures_are_not_the_same_because_nothing_is_drawn(gpu: Gpu, tmp_path: Path) -> None:
    """Read as another range than it was written for, a map looks different."""
    wanted = drawn(gpu, tmp_path, WRITTEN["absolute"], depth_range="absolute")
    wrong = drawn(gpu, tmp_path, WRITTEN["inverse"], depth_range="absolute")
    assert (np.abs(wrong["z"] / wanted["z"] - 1) > 0.05).mean() > 0.3
    assert (np.abs(wrong["beauty"] - wanted["beauty"]) > 0.05).mean() > 0.02


def test_under_shadows(gpu: Gpu, tmp_path: Path) -> None:
    """What bounds the shadow map knows the ranges too."""
    mode = {"three_d": True, "step": 1, "shadows": True}
    wanted = drawn(gpu, tmp_path, WRITTEN["absolute"], depth_range="absolute", **mode)
    same(drawn(gpu, tmp_path, WRITTEN["inverse"], depth_range="inverse", **mode), wanted)
    mode["invert"] = True
    same(drawn(gpu, tmp_path, MIRRORED["absolute"], depth_range="absolute", **mode), wanted)


def test_with_a_tilted_source_camera(gpu: Gpu, tmp_path: Path) -> None:
    """The ranges agree also where the plane itself is not at one depth."""
    found = []
    for kind in ("absolute", "normalized", "inverse"):
        scene = mapped(tmp_path, WRITTEN[kind], depth_range=kind, source_camera=CAMERA)
        scene = scene.with_values(SURFACE, rotate=(15.0, 30.0, 0.0))
        found.append(render(gpu, scene.with_values(CAMERA, near=NEAR, far=FAR))["z"])
    for other in found[1:]:
        assert (np.abs(other / found[0] - 1) <= 1e-3).mean() > 0.999


@pytest.mark.parametrize("bits", [8, 16])
def test_integer_maps(gpu: Gpu, tmp_path: Path, bits: int) -> None:
    """A PNG is as exact as its steps are, and is never taken for sRGB light."""
    top = 2**bits - 1
    codes = np.round((Z - NEAR) / (FAR - NEAR) * top).astype(np.uint8 if bits == 8 else np.uint16)
    assert cv2.imwrite(str(tmp_path / "map.png"), codes)
    # As stored: a new map would have its steps smoothed, which moves values by half a step more.
    scene = mapped(tmp_path, Z, depth_range="normalized", smooth_steps=False)
    scene = scene.replace_media(2, new_media(tmp_path / "map.png", SIZE))
    found = render(gpu, scene)["z"]
    assert np.abs(found - Z).max() <= 0.51 / top * (FAR - NEAR)


def test_the_normalized_output_is_the_normalized_input(gpu: Gpu, tmp_path: Path) -> None:
    """White is far, 0 near: what goes in as Normalized comes out as Normalized."""
    scene = mapped(tmp_path, WRITTEN["normalized"], depth_range="normalized")
    found = render(gpu, scene, ("z_normalized",))["z_normalized"]
    np.testing.assert_allclose(found, WRITTEN["normalized"], atol=2e-5)
