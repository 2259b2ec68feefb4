"""What a drag of each handle of a gizmo means, from any camera. No screen is needed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.scene import EvaluatedCamera
from ui.window.gizmo import (
    AXES,
    PLANES,
    VIEW,
    Drag,
    Gizmo,
    Mode,
    arm_length,
    distance_to,
    rotation_about,
    unit_axes,
)
from ui.window.orbit import ViewCamera

ORIGIN = np.array([0.2, -0.1, 0.3])
angles = st.floats(-1.3, 1.3)
shares = st.floats(-0.8, 0.8)


def camera(yaw: float, pitch: float) -> EvaluatedCamera:
    view = ViewCamera()
    view.yaw, view.pitch, view.distance = yaw, pitch, 3.0
    return EvaluatedCamera(
        id="Camera 1", world=view.world, tan_half=(0.6, 0.4), shift=(0.1, -0.05), near=0.5,
        far=4.0, clip=False,
    )  # fmt: skip


def gizmo(mode: Mode, yaw: float = 0.4, pitch: float = -0.3, spin: float = 0.0) -> Gizmo:
    """A gizmo whose axes are turned by `spin` about an odd line."""
    seen = camera(yaw, pitch)
    arm = arm_length(seen, ORIGIN, 0.2)
    assert arm is not None
    line = np.array([1.0, 2.0, -2.0]) / 3.0
    return Gizmo(seen, mode, ORIGIN, rotation_about(line, spin), arm)


def place(of: Gizmo, point: np.ndarray) -> tuple[float, float]:
    places, front = of.projector.places([point])
    assert front[0]
    return float(places[0][0]), float(places[0][1])


@given(angles, angles, angles, st.sampled_from(AXES), shares)
@settings(deadline=None, max_examples=60)
def test_an_arm_follows_the_pointer_along_its_axis(
    yaw: float, pitch: float, spin: float, name: str, far: float
) -> None:
    seen = gizmo(Mode.MOVE, yaw, pitch, spin)
    axis = seen.axes[:, AXES.index(name)]
    assume(name in seen.handles() and abs(float(axis @ seen.to_eye)) < 0.95)
    drag = Drag(seen, name, place(seen, ORIGIN + 0.5 * seen.arm * axis))
    assert np.allclose(drag.offset(place(seen, ORIGIN + (0.5 * seen.arm + far) * axis)), far * axis)


@given(angles, angles, angles, st.sampled_from([*PLANES, VIEW]), shares, shares)
@settings(deadline=None, max_examples=60)
def test_a_square_follows_the_pointer_in_its_plane(
    yaw: float, pitch: float, spin: float, name: str, right: float, up: float
) -> None:
    seen = gizmo(Mode.MOVE, yaw, pitch, spin)
    normal = seen.back if name == VIEW else seen.axes[:, PLANES[name]]
    assume(abs(float(normal @ seen.to_eye)) > 0.2)
    u = np.cross(normal, [0.3, 0.5, 0.81])
    u /= np.linalg.norm(u)
    by = right * u + up * np.cross(normal, u)
    target = ORIGIN + by
    assume(float((seen.projector.camera.world[:3, 3] - target) @ seen.back) > 0.5)
    drag = Drag(seen, name, place(seen, ORIGIN))
    assert np.allclose(drag.offset(place(seen, target)), by, atol=1e-6)


@given(angles, angles, st.sampled_from(AXES), st.floats(-3, 3), st.floats(-1.5, 1.5))
@settings(deadline=None, max_examples=60)
def test_a_ring_turns_with_the_pointer(
    yaw: float, pitch: float, name: str, start: float, by: float
) -> None:
    seen = gizmo(Mode.ROTATE, yaw, pitch)
    axis = seen.axes[:, AXES.index(name)]
    assume(abs(float(axis @ seen.to_eye)) > 0.3)
    arm = rotation_about(axis, start) @ np.roll(axis, 1) * seen.arm
    drag = Drag(seen, name, place(seen, ORIGIN + arm))
    turn, angle = drag.turn(place(seen, ORIGIN + rotation_about(axis, by) @ arm))
    assert angle == pytest.approx(by, abs=1e-6)
    assert np.allclose(turn, rotation_about(axis, by), atol=1e-6)


def test_a_ring_goes_round_more_than_once() -> None:
    seen = gizmo(Mode.ROTATE, 0.0, 0.0)
    arm = np.array([seen.arm, 0.0, 0.0])
    drag = Drag(seen, "z", place(seen, ORIGIN + arm))
    turned = arm
    for degrees in range(0, 725, 40):
        turned = rotation_about(np.array([0.0, 0.0, 1.0]), math.radians(degrees)) @ arm
        _, angle = drag.turn(place(seen, ORIGIN + turned))
        assert math.degrees(angle) == pytest.approx(degrees, abs=0.01)
    assert math.degrees(drag.turn(place(seen, ORIGIN + turned), math.radians(15))[1]) == (
        pytest.approx(720, abs=1e-6)
    )


def test_a_ring_seen_edge_on_turns_along_its_line() -> None:
    seen = gizmo(Mode.ROTATE, 0.0, 0.0)
    towards = seen.to_eye * seen.arm
    drag = Drag(seen, "y", place(seen, ORIGIN + towards))
    _, angle = drag.turn(place(seen, ORIGIN + towards + [0.3 * seen.arm, 0.0, 0.0]))
    assert angle == pytest.approx(0.3, abs=0.03)


def test_scale_is_how_far_the_pointer_went() -> None:
    seen = gizmo(Mode.SCALE, spin=0.7)
    axis = seen.axes[:, 1]
    drag = Drag(seen, "y", place(seen, ORIGIN + 0.5 * seen.arm * axis))
    assert np.allclose(drag.factors(place(seen, ORIGIN + 0.8 * seen.arm * axis), 1.5), (1, 1.6, 1))
    # Beyond the origin it stays just above nothing.
    assert drag.factors(place(seen, ORIGIN - 0.5 * seen.arm * axis), 1.5)[1] == 1e-3
    middle = place(seen, ORIGIN)
    whole = Drag(seen, VIEW, middle)
    assert np.allclose(whole.factors((middle[0] + 0.2 / 1.5, middle[1]), 1.5), (2, 2, 2))
    assert np.allclose(whole.factors((middle[0] + 0.08, middle[1]), 1.5, 0.1), (1.5, 1.5, 1.5))


def test_an_arm_that_points_at_the_camera_cannot_be_taken() -> None:
    view = ViewCamera()
    view.distance, view.target = 3.0, ORIGIN
    seen = Gizmo(
        EvaluatedCamera("C", view.world, (0.6, 0.4), (0.0, 0.0), 0.5, 4.0, False),
        Mode.MOVE, ORIGIN, np.eye(3), 0.3,
    )  # fmt: skip
    assert set(seen.handles()) == {"x", "y", "xy", VIEW}


def test_axes_of_a_scaled_space_are_unit() -> None:
    world = np.diag([2.0, -3.0, 0.5, 1.0])
    assert np.allclose(unit_axes(world), np.diag([1, -1, 1]))


def test_how_far_a_line_is() -> None:
    line = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]])
    assert distance_to(line, (5.0, 3.0)) == pytest.approx(3.0)
    assert distance_to(line, (13.0, 14.0)) == pytest.approx(5.0)
    assert distance_to(line[:1], (3.0, 4.0)) == pytest.approx(5.0)
