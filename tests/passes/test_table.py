"""The table of z-depth.md: what a map does to occlusion, and what the Z output shows.

Two balls are held before and behind the surface, where its map lies on the other side of them: on
the left the map is nearer than a ball before the plane, on the right it is farther than a ball
behind the plane. So each way to draw the surface hides other balls.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.gpu import Gpu
from engine.scene import Geometry, Scene
from tests.support.truth import (
    DISTANCE,
    FRAME,
    MAP,
    Floats,
    camera_rays,
    default_mode_depth,
    mapped,
    of_function,
    orbited,
    relief_depth,
    render,
)

SIZE = (160, 120)
RADIUS = 0.1
CENTRES = {2: (-0.3, 0.0, DISTANCE - 1.2), 3: (0.3, 0.0, DISTANCE - 1.55)}


def depth(u: Floats, v: Floats) -> Floats:
    """A smooth passage from 0.95 on the left to 1.85 on the right; the plane is at 1.374."""
    return 1.4 + 0.45 * np.tanh(9.0 * (u - 0.5)) + 0.0 * v


def plane(u: Floats, v: Floats) -> Floats:
    return np.full(np.broadcast(u, v).shape, DISTANCE)


def with_balls(scene: Scene) -> Scene:
    size = (2 * RADIUS, 2 * RADIUS, 2 * RADIUS)
    return scene.with_node(
        *(
            Geometry(id=f"Ball {number}", mesh="sphere", translate=centre, scale=size)
            for number, centre in CENTRES.items()
        )
    )


def ball_depth(scene: Scene, number: int) -> Floats:
    """(h, w) Z of a ball, infinite beside it."""
    camera = scene.evaluate(FRAME).camera
    rays = camera_rays(camera, SIZE)
    between = camera.world[:3, 3] - np.array(CENTRES[number])
    a = (rays * rays).sum(axis=-1)
    b = rays @ between
    root = b * b - a * (between @ between - RADIUS**2)
    return np.where(root > 0, (-b - np.sqrt(np.maximum(root, 0))) / a, np.inf)


def expected(
    scene: Scene, drawn: Floats, shown: Floats
) -> tuple[npt.NDArray[np.int_], Floats, npt.NDArray[np.bool_]]:
    """Object numbers and Z, (h, w), of a surface drawn at one depth that shows another; and which
    pixels are clear cases, away from where two depths meet and from outlines."""
    layers = {
        0: np.full(drawn.shape, 2 * DISTANCE),
        1: np.where(np.isnan(drawn), np.inf, drawn),
        **{number: ball_depth(scene, number) for number in CENTRES},
    }
    order = np.stack([layers[n] for n in sorted(layers)])
    order[0] = np.where(np.isinf(order[1:]).all(axis=0), order[0], 1e9)
    objects = order.argmin(axis=0)
    nearest = np.sort(order, axis=0)
    clear = nearest[1] - nearest[0] > 0.02
    # Outlines: all neighbours must be of the same object.
    for axis in (0, 1):
        for shift in (-1, 1):
            clear &= np.roll(objects, shift, axis) == objects
    z = np.where(objects == 1, shown, order.min(axis=0))
    return objects, z, clear


@pytest.mark.parametrize("turn", [0.0, 30.0, -30.0])
@pytest.mark.parametrize("z_pass", [False, True])
@pytest.mark.parametrize(
    ("displace", "three_d"), [(False, False), (False, True), (True, False), (True, True)]
)
def test_the_table(
    gpu: Gpu, tmp_path: Path, displace: bool, three_d: bool, z_pass: bool, turn: float
) -> None:
    values: dict[str, Any] = {
        "displace": displace, "three_d": three_d, "z_pass": z_pass, "step": 1,
    }  # fmt: skip
    bare = orbited(mapped(tmp_path, of_function(depth, *SIZE), **values), turn)
    flat = default_mode_depth(bare, SIZE, plane)
    if displace and three_d:
        drawn = shown = relief_depth(bare, SIZE, depth)
    else:
        drawn = default_mode_depth(bare, SIZE, depth) if displace else flat
        shown = default_mode_depth(bare, SIZE, depth) if z_pass else flat
    scene = with_balls(bare)
    objects, z, clear = expected(scene, drawn, shown)
    assert clear.mean() > 0.85
    found = render(gpu, scene, ("z", "object_id"))
    assert (found["object_id"] == objects)[clear].mean() > 0.999
    surface = clear & (objects == 1) & (found["object_id"] == 1)
    assert (np.abs(found["z"] / z - 1)[surface] <= 1e-3).mean() > 0.995
    balls = clear & (objects > 1) & (found["object_id"] == objects)
    # The balls are made of triangles.
    assert (np.abs(found["z"] / z - 1)[balls] < 5e-3).all()
    assert {1, *objects[clear]} >= {1, 2 if not displace else 3}


def test_which_ball_is_seen(gpu: Gpu, tmp_path: Path) -> None:
    """The same in words: flat, the front ball alone; displaced, the back ball alone."""
    scene = with_balls(mapped(tmp_path, of_function(depth, *SIZE)))
    for displace, three_d, seen in ((False, False, 2), (True, False, 3), (True, True, 3)):
        drawn = scene.with_values(MAP, displace=displace, three_d=three_d, step=1)
        objects = render(gpu, drawn, ("object_id",))["object_id"]
        assert set(np.unique(objects)) == {1, seen}


def test_the_beauty_hides_the_same(gpu: Gpu, tmp_path: Path) -> None:
    """The picture has its own pass over the draws: it must agree with the data."""
    picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    for three_d in (False, True):
        scene = with_balls(mapped(tmp_path, of_function(depth, *SIZE), picture, step=1))
        scene = scene.with_values(MAP, three_d=three_d)
        found = render(gpu, scene, ("beauty", "object_id"))
        bright = found["beauty"][..., 1] > 0.4
        assert (bright == (found["object_id"] == 3)).mean() > 0.9995
        assert bright.sum() > 100
