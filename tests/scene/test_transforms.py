"""Matrices against numpy and pylinalg."""

from __future__ import annotations

import numpy as np
import pylinalg as la
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.scene import Axis, RotationOrder, ZDepthMap, aim
from engine.scene.transforms import compose, euler, local_matrix, plane_matrix, rigid, rotation

coordinate = st.floats(-50, 50)
triples = st.tuples(coordinate, coordinate, coordinate)
angles = st.tuples(*[st.floats(-400, 400)] * 3)
orders = st.sampled_from(RotationOrder)


def about(axis: str, degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return {
        "x": np.array([[1, 0, 0, 0], [0, c, -s, 0], [0, s, c, 0], [0, 0, 0, 1]]),
        "y": np.array([[c, 0, s, 0], [0, 1, 0, 0], [-s, 0, c, 0], [0, 0, 0, 1]]),
        "z": np.array([[c, -s, 0, 0], [s, c, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    }[axis]


@settings(deadline=None)
@given(angles, orders)
def test_the_first_letter_is_applied_first(
    degrees: tuple[float, ...], order: RotationOrder
) -> None:
    expected = np.eye(4)
    for letter in order.value:
        expected = about(letter, degrees["xyz".index(letter)]) @ expected
    x, y, z = degrees
    np.testing.assert_allclose(rotation((x, y, z), order), expected, atol=1e-12)
    np.testing.assert_allclose(rotation(euler(expected, order), order), expected, atol=1e-7)


@pytest.mark.parametrize("order", list(RotationOrder))
@pytest.mark.parametrize("tilt", [90.0, -90.0])
def test_gimbal_lock_keeps_the_rotation(order: RotationOrder, tilt: float) -> None:
    degrees = [30.0, 40.0, 50.0]
    degrees["xyz".index(order.value[1])] = tilt
    matrix = rotation((degrees[0], degrees[1], degrees[2]), order)
    np.testing.assert_allclose(rotation(euler(matrix, order), order), matrix, atol=1e-7)


@settings(deadline=None)
@given(triples, angles, st.tuples(*[st.floats(0.1, 5)] * 3), triples, triples, orders)
def test_an_axis_is_the_product_of_its_parts(
    translate: tuple, rotate: tuple, scale: tuple, shear: tuple, pivot: tuple, order: RotationOrder
) -> None:
    sheared = np.eye(4)
    sheared[0, 1], sheared[0, 2], sheared[1, 2] = shear
    expected = la.mat_combine(
        [
            la.mat_from_translation(translate),
            la.mat_from_translation(pivot),
            rotation(rotate, order),
            sheared,
            la.mat_from_scale(scale),
            la.mat_from_translation(np.negative(pivot)),
        ]
    )
    axis = Axis(
        id="a", translate=translate, rotate=rotate, rotation_order=order, scale=scale,
        shear=shear, pivot=pivot,
    )  # fmt: skip
    np.testing.assert_allclose(local_matrix(axis, 0), expected, atol=1e-9)
    assert la.mat_has_shear(local_matrix(axis, 0)) == la.mat_has_shear(expected)


@settings(deadline=None)
@given(triples, st.tuples(*[st.sampled_from([0.0, -0.0, 1e-300, -1.0, 2.0])] * 3), angles)
def test_an_axis_can_always_be_inverted(translate: tuple, scale: tuple, rotate: tuple) -> None:
    matrix = compose(translate, rotate, scale)
    assert np.isfinite(np.linalg.inv(matrix)).all()
    np.testing.assert_allclose(matrix[:3, 3], translate)


def test_the_plane_of_a_map_takes_only_what_lies_in_it() -> None:
    placed = ZDepthMap(
        id="z", translate=(1, 2, 9), rotate=(50, 60, 90), scale=(2, 3, 7), shear=(0, 8, 8)
    )
    np.testing.assert_allclose(
        plane_matrix(placed, 0), [[0, -3, 1], [2, 0, 2], [0, 0, 1]], atol=1e-12
    )
    turned = ZDepthMap(id="z", rotate=(0, 0, 180), pivot=(1, 1, 5))
    np.testing.assert_allclose(plane_matrix(turned, 0) @ [1, 1, 1], [1, 1, 1], atol=1e-12)
    np.testing.assert_allclose(plane_matrix(turned, 0) @ [0, 0, 1], [2, 2, 1], atol=1e-12)


@settings(deadline=None)
@given(triples, angles, st.tuples(*[st.floats(0.01, 9)] * 3))
def test_a_rigid_matrix_keeps_place_and_direction(t: tuple, r: tuple, s: tuple) -> None:
    matrix = compose(t, r, s)
    np.testing.assert_allclose(rigid(matrix), compose(t, r, (1, 1, 1)), atol=1e-9)
    mirrored = rigid(compose(t, r, (-s[0], s[1], s[2])))
    assert np.linalg.det(mirrored[:3, :3]) == pytest.approx(1.0)
    np.testing.assert_allclose(mirrored, rigid(matrix), atol=1e-9)


@pytest.mark.parametrize(
    "broken", [np.zeros((4, 4)), np.full((4, 4), np.nan), np.full((4, 4), np.inf)]
)
def test_a_rigid_matrix_is_one_whatever_it_is_made_of(broken: np.ndarray) -> None:
    matrix = rigid(broken)
    assert np.isfinite(matrix).all()
    np.testing.assert_allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3), atol=1e-12)


@settings(deadline=None)
@given(triples, triples)
def test_what_is_aimed_looks_at_its_target(position: tuple, target: tuple) -> None:
    away = np.subtract(target, position)
    distance = float(np.linalg.norm(away))
    if distance < 1e-3:
        return
    looking = rotation(aim(position, target)) @ [0, 0, -1, 0]
    np.testing.assert_allclose(looking[:3], away / distance, atol=1e-6)
    if abs(away[1]) < 0.99 * distance:
        assert (rotation(aim(position, target)) @ [0, 1, 0, 0])[1] > 0
