"""What a new Z-Depth map of each analysis is, and what becomes of one whose analysis changes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from engine.errors import SceneError
from engine.scene import (
    AnalysisType,
    Curve,
    Geometry,
    Light,
    Region,
    Scene,
    ZDepthMap,
    as_relief,
    curve,
    map_defaults,
    new_media,
    new_node,
    new_scene,
    new_z_map,
    with_analysis,
    with_region,
)

MEDIA, FACE, GLOBAL = AnalysisType.MEDIA, AnalysisType.FACE, AnalysisType.GLOBAL
ALL = tuple(AnalysisType)
PICTURE = new_media("/shots/picture.png", (1920, 1080))
DEPTH = new_media("/shots/depth.exr", (1920, 1080))


def scene_with(analysis: AnalysisType) -> tuple[Scene, ZDepthMap]:
    if analysis is MEDIA:
        scene = new_scene(PICTURE, z_media=DEPTH)
    else:
        scene = new_scene(PICTURE, analysis=analysis).with_media(DEPTH)
    return scene, map_of(scene)


def map_of(scene: Scene) -> ZDepthMap:
    return next(node for node in scene.nodes if isinstance(node, ZDepthMap))


def fields_of(node: ZDepthMap, *without: str) -> dict[str, Any]:
    return {k: v for k, v in msgspec.structs.asdict(node).items() if k not in without}


@pytest.mark.parametrize("old", ALL)
@pytest.mark.parametrize("new", ALL)
def test_a_map_that_is_switched_is_as_a_new_one_of_its_type(
    old: AnalysisType, new: AnalysisType
) -> None:
    scene, node = scene_with(old)
    switched = map_of(with_analysis(scene, node.id, new, media=2))
    wanted = scene_with(new)[1]
    # The media stays for the way back; an analysis does not look at it.
    assert fields_of(switched, "media") == fields_of(wanted, "media")


@pytest.mark.parametrize("analysis", ALL)
def test_however_a_map_is_made_it_is_the_same(analysis: AnalysisType) -> None:
    scene = new_scene(PICTURE, z_media=DEPTH)
    scene = scene.without(map_of(scene).id)
    surface = next(node.id for node in scene.nodes if node.id.startswith("Surface"))
    made = new_z_map(scene, surface, media=2, analysis=analysis)
    from_bin = scene.with_node(new_node(scene, ZDepthMap, parent=surface, media=2))
    switched = map_of(with_analysis(from_bin, map_of(from_bin).id, analysis))
    assert fields_of(made, "media") == fields_of(switched, "media")
    assert fields_of(made, "media") == fields_of(scene_with(analysis)[1], "media")
    for name, value in map_defaults(scene, surface, analysis).items():
        assert getattr(made, name) == value


@pytest.mark.parametrize(
    "by_hand",
    [
        {"softness": (4.0, 0.0)},
        {"near": 0.3, "far": 9.0},
        {"far": 2.5},
        {"head_and_shoulders": False, "effect": 0.5},
        {"displace": False},
        {"near": curve([(1001, 0.5), (1010, 0.6)])},
        {"softness": (curve([(1001, 0.0), (1010, 3.0)]), 0.0)},
    ],
)
@pytest.mark.parametrize("old", ALL)
@pytest.mark.parametrize("new", ALL)
def test_what_was_set_by_hand_stays(
    old: AnalysisType, new: AnalysisType, by_hand: dict[str, Any]
) -> None:
    scene, node = scene_with(old)
    scene = scene.with_values(node.id, **by_hand)
    set_by_hand = {k for k, v in by_hand.items() if v != getattr(node, k)}
    switched = map_of(with_analysis(scene, node.id, new, media=2))
    for name in set_by_hand:
        assert getattr(switched, name) == by_hand[name]
    wanted = scene_with(new)[1]
    for name in set(fields_of(node)) - {"media", "near", "far", *set_by_hand}:
        assert getattr(switched, name) == getattr(wanted, name), name


def test_near_and_far_go_together() -> None:
    """One of them alone could come to lie on the wrong side of what was set."""
    scene, node = scene_with(FACE)
    scene = scene.with_values(node.id, far=0.4)
    switched = map_of(with_analysis(scene, node.id, GLOBAL))
    assert (switched.near, switched.far) == (None, 0.4)


def test_the_way_there_and_back_changes_nothing() -> None:
    scene, node = scene_with(MEDIA)
    scene = scene.with_values(node.id, near=0.7, far=900.0)
    there = with_analysis(scene, node.id, GLOBAL)
    assert map_of(with_analysis(there, node.id, MEDIA)) == map_of(scene)


def test_a_map_without_a_depth_picture_says_what_to_do() -> None:
    scene, node = scene_with(FACE)
    with pytest.raises(SceneError, match="no depth picture: choose it in the Media panel"):
        with_analysis(scene, node.id, MEDIA)


def test_on_a_geometry_a_map_stays_a_height() -> None:
    scene = new_scene(PICTURE).with_media(DEPTH)
    scene = scene.with_node(Geometry(id="Ball", mesh="sphere", media=1))
    scene = scene.with_node(new_z_map(scene, "Ball", media=2))
    for analysis in (FACE, GLOBAL, MEDIA):
        scene = with_analysis(scene, map_of(scene).id, analysis)
        assert fields_of(map_of(scene), "id", "media") == fields_of(
            new_z_map(scene, "Ball", analysis=analysis), "id", "media"
        )


def test_a_relief_brings_a_light_only_where_there_is_none() -> None:
    scene, node = scene_with(FACE)
    lit = as_relief(scene, node.id)
    assert map_of(lit).three_d and lit.ambient != (0.0, 0.0, 0.0)
    assert sum(isinstance(n, Light) for n in lit.nodes) == 1
    assert as_relief(lit, node.id) == lit
    dim = scene.with_settings(ambient=(0.1, 0.1, 0.1))
    assert not any(isinstance(n, Light) for n in as_relief(dim, node.id).nodes)
    assert not isinstance(map_of(lit).near, Curve)


def test_a_new_region_fades_at_its_edge_by_a_share_of_the_picture() -> None:
    scene, node = scene_with(GLOBAL)
    first = Region(points=((0.2, 0.2), (0.6, 0.7)))
    assert node.region_softness == 0.0
    once = with_region(scene, node.id, first)
    assert map_of(once).regions == (first,)
    assert map_of(once).region_softness == pytest.approx(0.02 * 1080)
    # The artist's own value stays, also that of a region with a hard edge.
    own = with_region(scene.with_values(node.id, region_softness=7.0), node.id, first)
    assert map_of(own).region_softness == 7.0
    hard = once.with_values(node.id, region_softness=0.0)
    twice = map_of(with_region(hard, node.id, first))
    assert (len(twice.regions), twice.region_softness) == (2, 0.0)
