"""How large a picture is on screen, which decides whether its own pixels' depth is all there is."""

from __future__ import annotations

import numpy as np
import pytest

from engine.scene import EvaluatedCamera
from passes.camera import pixels_per_texel, view_projection
from passes.shadow import looking

PLANE, TEXELS, SCREEN = (1.5, 1.0), (96, 64), (192, 128)


def seen_from(eye: tuple[float, float, float]) -> np.ndarray:
    """World to clip of a camera that looks at the origin, 40 degrees high."""
    place = np.array(eye)
    world = np.asarray(np.linalg.inv(looking(place, -place, np.array([0.0, 1.0, 0.0]))), np.float64)
    high = float(np.tan(np.radians(20)))
    tan_half = (high * SCREEN[0] / SCREEN[1], high)
    camera = EvaluatedCamera("camera", world, tan_half, (0.0, 0.0), 0.5, 4.0, False)
    return view_projection(camera, tan_half)


def by_steps(view: np.ndarray) -> float:
    """The same by small steps across the picture at its corners."""
    step = 1e-5
    found = 0.0
    for x in (-PLANE[0] / 2, PLANE[0] / 2):
        for y in (-PLANE[1] / 2, PLANE[1] / 2):

            def place(q: np.ndarray) -> np.ndarray:
                clip = view @ np.array([*q, 0.0, 1.0])
                return clip[:2] / clip[3] * np.array(SCREEN) / 2

            here = place(np.array([x, y]))
            columns = [
                (place(np.array([x, y]) + step * axis) - here) / step * PLANE[k] / TEXELS[k]
                for k, axis in enumerate(np.eye(2))
            ]
            found = max(found, float(np.linalg.norm(np.stack(columns, axis=1), 2)))
    return found


@pytest.mark.parametrize("eye", [(0.0, 0.0, 1.374), (0.9, 0.4, 1.1), (-0.3, 1.5, 2.0)])
def test_it_is_the_longest_side_of_a_texel_at_the_nearest_corner(
    eye: tuple[float, float, float],
) -> None:
    view = seen_from(eye)
    found = pixels_per_texel(view, PLANE, TEXELS, SCREEN)
    assert found == pytest.approx(by_steps(view), rel=1e-3)


def test_a_picture_that_is_framed_exactly_covers_its_share_of_the_screen() -> None:
    distance = 0.5 / float(np.tan(np.radians(20)))
    found = pixels_per_texel(seen_from((0.0, 0.0, distance)), PLANE, TEXELS, SCREEN)
    assert found == pytest.approx(SCREEN[1] / TEXELS[1], rel=1e-6)


def test_beside_the_camera_there_is_no_limit() -> None:
    view = seen_from((0.0, 0.0, 1.0))
    turned = np.eye(4)
    turned[:3, :3] = [[0, 0, 1], [0, 1, 0], [-1, 0, 0]]  # the plane runs through the camera
    turned[2, 3] = 1.0
    assert pixels_per_texel(view @ turned, PLANE, TEXELS, SCREEN) == np.inf
