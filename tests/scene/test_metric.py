"""A scene scaled to metres by something in its picture."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import SceneError
from engine.scene import (
    Axis,
    Scene,
    curve,
    in_metres,
    new_media,
    new_scene,
    unit_in_centimetres,
)


def scene() -> Scene:
    return new_scene(new_media("portrait.png", (600, 800)))


def test_a_new_surface_is_one_unit_high() -> None:
    assert unit_in_centimetres(scene(), "Surface 1", 83.0, 1001) == pytest.approx(83.0)


def test_a_scene_in_metres() -> None:
    """The picture shows 83 cm, so it becomes 0.83 units high, the map and the camera untouched."""
    before = scene()
    after = in_metres(before, "Surface 1", 83.0, 1001)
    (surface,) = after.evaluate(1001).surfaces
    np.testing.assert_allclose(surface.world[:3, :3], 0.83 * np.eye(3))
    assert unit_in_centimetres(after, "Surface 1", 83.0, 1001) == pytest.approx(100.0)
    assert [n for n in after.nodes if n.id != "Surface 1"] == [
        n for n in before.nodes if n.id != "Surface 1"
    ]
    assert in_metres(after, "Surface 1", 83.0, 1001).evaluate(1001).surfaces[
        0
    ].world == pytest.approx(surface.world)


def test_what_carries_the_surface_counts() -> None:
    carried = (
        scene()
        .with_node(Axis(id="Rig", scale=(2.0, 2.0, 2.0), rotate=(0.0, 30.0, 10.0)))
        .with_values("Surface 1", parent="Rig", scale=(3.0, 3.0, 1.5))
    )
    assert unit_in_centimetres(carried, "Surface 1", 90.0, 1001) == pytest.approx(15.0)
    after = in_metres(carried, "Surface 1", 90.0, 1001)
    assert after.node("Surface 1").scale == pytest.approx((0.45, 0.45, 0.225))  # type: ignore[attr-defined]
    (surface,) = after.evaluate(1001).surfaces
    assert np.linalg.norm(surface.world[:3, 1]) == pytest.approx(0.9)


def test_an_animated_scale_is_left_alone_with_a_reason() -> None:
    grows = curve([(1001, 1.0), (1010, 2.0)])
    moving = scene().with_values("Surface 1", scale=(grows, grows, 1.0))
    with pytest.raises(SceneError, match=r"Scale of Surface 1 is animated.*0\.83"):
        in_metres(moving, "Surface 1", 83.0, 1001)


def test_a_surface_without_height_has_no_scale() -> None:
    flat = scene().with_values("Surface 1", scale=(1.0, 0.0, 1.0))
    with pytest.raises(SceneError, match="Surface 1"):
        unit_in_centimetres(flat, "Surface 1", 83.0, 1001)
