"""Which fields of a map have no effect, and why: what its menu dims."""

from __future__ import annotations

from typing import Any

import pytest

from engine.scene import (
    AnalysisType,
    DepthRange,
    Geometry,
    NormalMap,
    Region,
    Scene,
    ZDepthMap,
    curve,
    new_media,
    new_scene,
    new_z_map,
    without_effect,
)

MAP = "Z-Depth 1"
PICTURE, DEPTH = new_media("/shots/a.png", (64, 48)), new_media("/shots/z.exr", (64, 48))
FACE, GLOBAL = AnalysisType.FACE, AnalysisType.GLOBAL


def scene(**fields: Any) -> Scene:
    return new_scene(PICTURE, z_media=DEPTH).with_values(MAP, **fields)


@pytest.mark.parametrize(
    ("fields", "dimmed", "in_effect"),
    [
        ({}, "relief_depth depth_scale edge_aware tear step region_softness", "near far bump"),
        ({"depth_range": DepthRange.RELIEF}, "near far depth_scale", "relief_depth invert"),
        ({"depth_range": DepthRange.ABSOLUTE}, "relief_depth", "depth_scale far"),
        ({"depth_range": DepthRange.RAY}, "relief_depth", "depth_scale far"),
        ({"depth_range": DepthRange.AUTO}, "", "relief_depth depth_scale near far"),
        ({"three_d": True}, "z_pass tear_threshold", "step tolerance tear bump"),
        ({"three_d": True, "step": 4, "tear": True}, "tolerance", "tear_threshold"),
        ({"displace": False, "z_pass": True}, "three_d bump", "effect softness near"),
        ({"displace": False}, "effect softness near three_d", "displace z_pass analysis regions"),
        ({"analysis": FACE}, "media invert depth_range near network nothing", "effect softness"),
        ({"analysis": GLOBAL}, "media invert depth_scale", "near far network stabilise"),
        ({"softness": (2.0, 0.0)}, "", "edge_aware"),
        ({"softness": (0.0, curve([(1, 0.0), (9, 4.0)]))}, "", "edge_aware"),
        ({"regions": (Region(points=((0.1, 0.1), (0.5, 0.5))),)}, "", "region_softness"),
    ],
)
def test_what_has_no_effect_says_why(fields: dict[str, Any], dimmed: str, in_effect: str) -> None:
    found = without_effect(scene(**fields), MAP)
    assert set(found) <= set(ZDepthMap.__struct_fields__)
    assert all(why and not why.endswith(".") for why in found.values())
    assert set(dimmed.split()) <= set(found)
    assert not set(in_effect.split()) & set(found)


def test_a_normal_map_beside_it_gives_the_normals() -> None:
    with_normals = scene().with_node(NormalMap(id="Bumps", parent="Surface 1", media=2))
    assert "Bumps" in without_effect(with_normals, MAP)["bump"]


def test_on_a_geometry_there_is_one_choice() -> None:
    ball = new_scene(PICTURE).with_media(DEPTH).with_node(Geometry(id="Ball", mesh="sphere"))
    ball = ball.with_node(new_z_map(ball, "Ball", media=2))
    found = without_effect(ball, MAP)
    assert {"depth_range", "project_along", "source_camera", "tear", "near"} <= set(found)
    assert "relief_depth" not in found and "effect" not in found
