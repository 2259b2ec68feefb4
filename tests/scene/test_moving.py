"""Nodes moved, turned and scaled in the world, under parents of any kind, with keys kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.scene import (
    Axis,
    Curve,
    RotationOrder,
    Scene,
    baked,
    below,
    curve,
    moved,
    pivot_of,
    put_at,
    roots,
    scaled,
    turned,
    world_of,
)
from engine.scene.moving import nearest_angles
from engine.scene.transforms import rotation

FRAME = 1003
triples = st.tuples(*[st.floats(-3, 3)] * 3)
angles = st.tuples(*[st.floats(-170, 170)] * 3)
orders = st.sampled_from(list(RotationOrder))


def family(**child: object) -> Scene:
    """Axis 1 carries Axis 2, which carries Axis 3; Axis 4 stands alone."""
    return Scene(
        first=1001,
        last=1010,
        nodes=(
            Axis(
                id="Axis 1", translate=(1.0, -2.0, 0.5), rotate=(20.0, 40.0, -30.0),
                scale=(2.0, 2.0, 2.0), pivot=(0.3, 0.0, -0.2),
            ),
            Axis(id="Axis 2", parent="Axis 1", **child),  # type: ignore[arg-type]
            Axis(id="Axis 3", parent="Axis 2", translate=(0.0, 1.0, 0.0)),
            Axis(id="Axis 4"),
        ),
    )  # fmt: skip


@given(triples, triples, triples)
@settings(deadline=None, max_examples=40)
def test_a_pivot_lands_where_it_is_put(
    point: tuple[float, ...], pivot: tuple[float, ...], rotate: tuple[float, ...]
) -> None:
    scene = put_at(family(pivot=pivot, rotate=rotate), "Axis 2", FRAME, point)
    assert np.allclose(pivot_of(scene, "Axis 2", FRAME), point, atol=1e-9)
    # The pivot of its own space is that point of the world.
    world = world_of(scene, "Axis 2", FRAME)
    assert np.allclose(world[:3, :3] @ pivot + world[:3, 3], point, atol=1e-9)


@given(angles, angles, orders)
@settings(deadline=None, max_examples=60)
def test_turning_turns_the_world_matrix(
    own: tuple[float, ...], by: tuple[float, ...], order: RotationOrder
) -> None:
    scene = family(rotate=own, rotation_order=order, translate=(0.2, 0.4, 0.6))
    before = world_of(scene, "Axis 2", FRAME)
    turn, centre = rotation((by[0], by[1], by[2]))[:3, :3], np.array([0.5, 0.1, -0.7])
    after = world_of(turned(scene, ["Axis 2"], FRAME, turn, centre), "Axis 2", FRAME)
    assert np.allclose(after[:3, :3], turn @ before[:3, :3], atol=1e-6)
    assert np.allclose(after[:3, 3], turn @ (before[:3, 3] - centre) + centre, atol=1e-6)


@given(angles, orders, st.tuples(*[st.integers(-2, 2)] * 3))
@settings(deadline=None, max_examples=60)
def test_angles_stay_near_what_they_were(
    wanted: tuple[float, float, float], order: RotationOrder, turns: tuple[int, int, int]
) -> None:
    old = np.add(wanted, np.multiply(turns, 360)) + 0.5
    found = nearest_angles(
        rotation(wanted, order)[:3, :3], order, (float(old[0]), float(old[1]), float(old[2]))
    )
    assert np.allclose(rotation(found, order), rotation(wanted, order), atol=1e-6)
    middle = abs(wanted["xyz".index(order.value[1])])
    if abs(middle - 90) > 5:  # near gimbal lock one angle does the work of another
        assert np.abs(np.subtract(found, old)).max() < 1.0


def test_what_carries_another_moves_it_once() -> None:
    scene = family()
    assert below(scene, "Axis 1") == {"Axis 2", "Axis 3"}
    assert roots(scene, ["Axis 3", "Axis 1", "Axis 4"]) == ("Axis 1", "Axis 4")
    after = moved(scene, ["Axis 3", "Axis 1", "Axis 4"], FRAME, (0.0, 0.0, 2.0))
    for id in ("Axis 1", "Axis 3", "Axis 4"):
        shift = pivot_of(after, id, FRAME) - pivot_of(scene, id, FRAME)
        assert np.allclose(shift, (0, 0, 2))


def test_what_is_animated_gets_keys_and_keeps_the_others() -> None:
    scene = family(translate=(curve([(1001, 0.0), (1010, 9.0)]), 0.0, 0.0))
    point = np.add(pivot_of(scene, "Axis 2", FRAME), (0.1, 0.2, 0.3))
    node = put_at(scene, "Axis 2", FRAME, point).node("Axis 2")
    assert isinstance(node, Axis)
    x = node.translate[0]
    assert isinstance(x, Curve)
    assert [key.frame for key in x.keys] == [1001, FRAME, 1010]
    assert (x.at(1001), x.at(1010)) == (0.0, 9.0)
    assert not isinstance(node.translate[1], Curve)


def test_scale_multiplies_and_never_passes_zero() -> None:
    scene = scaled(family(scale=(2.0, 1.0, -1.0)), ["Axis 2"], FRAME, (1.5, -4.0, 2.0))
    node = scene.node("Axis 2")
    assert isinstance(node, Axis)
    assert node.scale == pytest.approx((3.0, 0.001, -2.0))


def test_baking_replaces_what_lies_between() -> None:
    pairs = [(1002.0, 5.0), (1003.0, 6.0), (1004.0, 5.5)]
    assert baked(1.0, [(f, 2.0) for f, _ in pairs]) == 2.0
    fresh = baked(1.0, pairs)
    assert isinstance(fresh, Curve)
    assert [fresh.at(frame) for frame, _ in pairs] == [5.0, 6.0, 5.5]
    kept = baked(curve([(1000, 1.0), (1003, 3.0), (1010, 2.0)]), pairs)
    assert isinstance(kept, Curve)
    assert [(key.frame, key.value) for key in kept.keys] == [(1000, 1.0), *pairs, (1010, 2.0)]
    still = baked(curve([(1000, 1.0)]), [(f, 4.0) for f, _ in pairs])
    assert isinstance(still, Curve)
    assert [still.at(f) for f in (1000, 1002, 1004)] == [1.0, 4.0, 4.0]
