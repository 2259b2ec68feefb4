"""Looking at the scene: the camera that is moved by hand, places in the picture, lights on a ball.

None of this needs a screen.
"""

from __future__ import annotations

import math

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.scene import EvaluatedCamera
from ui.window.light_tool import from_ball, on_ball
from ui.window.orbit import NEAREST, ViewCamera
from ui.window.projection import Projector

angles = st.floats(-1.4, 1.4)
places = st.floats(0.02, 0.98)


def camera(yaw: float = 0.3, pitch: float = -0.2, distance: float = 1.7) -> EvaluatedCamera:
    view = ViewCamera()
    view.yaw, view.pitch, view.distance = yaw, pitch, distance
    view.target = np.array([0.1, -0.2, 0.3])
    return EvaluatedCamera(
        id="Camera 1", world=view.world, tan_half=(0.6, 0.4), shift=(0.0, 0.0), near=0.5, far=4.0,
        clip=False,
    )  # fmt: skip


@given(angles, angles, st.floats(0.1, 50.0))
@settings(deadline=None, max_examples=50)
def test_taking_a_camera_over_moves_nothing(yaw: float, pitch: float, distance: float) -> None:
    document = camera(yaw, pitch, distance)
    view = ViewCamera()
    view.take(document, centre=(0.1, -0.2, 0.3))
    assert view.free
    assert np.allclose(view.world, document.world, atol=1e-9)


@given(angles, angles, st.floats(-2, 2), st.floats(-2, 2))
@settings(deadline=None, max_examples=50)
def test_orbiting_keeps_the_target_and_the_distance(
    yaw: float, pitch: float, dx: float, dy: float
) -> None:
    view = ViewCamera()
    view.take(camera(yaw, pitch), centre=(0, 0, 0))
    target, distance = view.target.copy(), view.distance
    view.orbit(dx, dy)
    world = view.world
    assert np.allclose(world[:3, 3] - distance * world[:3, 2], target)
    assert np.allclose(world[:3, :3].T @ world[:3, :3], np.eye(3))
    assert np.linalg.det(world[:3, :3]) > 0
    assert world[1, 1] > 0  # never upside down


@given(st.lists(st.tuples(*[st.floats(-3, 3)] * 3), min_size=2, max_size=8), angles, angles)
@example([(0.0, 1.0, 0.0), (0.0, 1.0, 1.0)], 0.0, 0.0)  # one behind the other
@settings(deadline=None, max_examples=50)
def test_framing_shows_all_and_fills_the_picture(
    corners: list[tuple[float, float, float]], yaw: float, pitch: float
) -> None:
    points = np.array(corners)
    if np.ptp(points, axis=0).max() < 0.1:
        return
    view = ViewCamera()
    view.take(camera(yaw, pitch), centre=(0, 0, 0))
    view.frame(points, (0.6, 0.4), share=0.9)
    seen = EvaluatedCamera("c", view.world, (0.6, 0.4), (0.0, 0.0), 0.5, 4.0, False)
    at, front = Projector(seen).places(points)
    assert front.all()
    spread = np.abs(at - 0.5).max()
    assert spread <= 0.45 + 1e-6  # 0.9 of half the picture
    before = view.distance - ((points - view.target) @ view.world[:3, 2]).max()
    assert before >= NEAREST - 1e-9
    # And one of them reaches it, unless the nearest one would touch the camera.
    assert spread >= 0.45 - 1e-6 or before <= NEAREST + 1e-9


def test_panning_follows_the_pointer() -> None:
    view = ViewCamera()
    view.take(camera(), centre=(0.1, -0.2, 0.3))
    point = view.target.copy()
    view.pan(0.25, -0.1, 0.4)
    seen = EvaluatedCamera("c", view.world, (0.6, 0.4), (0.0, 0.0), 0.5, 4.0, False)
    (place,), _ = Projector(seen).places([point])
    # Shares of the picture's height; the picture is 1.5 times as wide.
    assert np.allclose(place, (0.5 + 0.25 / 1.5, 0.5 - 0.1))


@given(places, places, angles, angles)
@settings(deadline=None, max_examples=50)
def test_a_ray_meets_a_plane_where_the_point_is_seen(
    x: float, y: float, yaw: float, pitch: float
) -> None:
    projector = Projector(camera(yaw, pitch))
    plane = np.eye(4)
    plane[:3, 3] = (0.0, 0.0, 0.1)
    met = projector.on_plane(x, y, plane)
    if met is None:
        return
    (place,), (front,) = projector.places([[met[0], met[1], 0.1]])
    assert front
    assert np.allclose(place, (x, y), atol=1e-6)


@given(st.floats(-math.pi, math.pi), st.floats(-0.999, 0.999))
@settings(deadline=None, max_examples=100)
def test_a_light_comes_back_from_the_ball(turn: float, z: float) -> None:
    across = math.sqrt(1 - z * z)
    direction = np.array([across * math.cos(turn), across * math.sin(turn), z])
    right, down = on_ball(direction)
    assert math.hypot(right, down) <= 2.0
    if abs(z) > 1e-6:  # not at the very rim
        assert (math.hypot(right, down) < 1.0) == (z > 0)
    assert np.allclose(from_ball(right, down), direction, atol=1e-6)


@given(st.floats(-3, 3), st.floats(-3, 3))
@settings(deadline=None, max_examples=50)
def test_every_place_on_the_ball_is_a_direction(right: float, down: float) -> None:
    assert math.isclose(float(np.linalg.norm(from_ball(right, down))), 1.0, rel_tol=1e-9)
