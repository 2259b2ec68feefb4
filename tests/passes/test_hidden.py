"""What replaces its depth is not drawn where something hides all of it, and shows as soon as any
of it might."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from engine.gpu import Gpu
from engine.scene import Geometry, Scene
from passes import Renderer
from tests.support.shots import drawn, relief_shot, with_camera_at

SIZE = (96, 64)
TOP = 0.3  # of the hill, in scene units over the picture's plane


def hill() -> np.ndarray:
    x, y = np.meshgrid(np.linspace(-1, 1, SIZE[0]), np.linspace(-1, 1, SIZE[1]))
    return (TOP * np.clip(1 - 2 * (x**2 + y**2), 0, 1)).astype(np.float32)


def behind_a_wall(folder: Path, wall: float) -> Scene:
    """A white hill in default mode, and a dark wall before its plane."""
    scene = relief_shot(folder, hill(), displace=True, three_d=False)
    dark = Geometry(
        id="Wall", mesh="plane", colour=(0.1, 0.0, 0.0), lit=False,
        translate=(0.0, 0.0, wall), scale=(8, 8, 1),
    )  # fmt: skip
    return scene.with_node(dark)


def instances(renderer: Renderer) -> int:
    """How often the relief was drawn in the last frame."""
    arguments = renderer._frame.graph.buffer("beauty 0 hidden draws")
    return int(np.frombuffer(renderer.gpu.queue.read_buffer(arguments), np.uint32)[1])


@pytest.mark.parametrize(
    ("wall", "eye", "drawn_at_all"),
    [
        (0.5, (0.0, 0.0, 1.4), False),
        (0.2, (0.0, 0.0, 1.4), True),
        (-0.1, (0.0, 0.0, 1.4), True),
        (0.5, (0.7, 0.2, 1.2), False),
        (0.2, (0.7, 0.2, 1.2), True),
    ],
)
def test_it_is_drawn_where_it_may_be_seen(
    gpu: Gpu, tmp_path: Path, wall: float, eye: tuple[float, float, float], drawn_at_all: bool
) -> None:
    scene = with_camera_at(behind_a_wall(tmp_path, wall), eye)
    passes = ("beauty", "object_id")
    with Renderer(scene, size=SIZE, passes=passes, views=(), samples=2, gpu=gpu) as renderer:
        frame = renderer.render(1001)
        beauty, ids = frame.array("beauty"), frame.array("object_id")
        # The graph's buffer belongs to the frame: it is read before the next.
        assert instances(renderer) == int(drawn_at_all)
    # The data passes draw everything. Away from outlines both must show the same.
    relief = ids == 1
    assert relief.any() == drawn_at_all
    inside = _eroded(relief)
    assert np.all(beauty[inside, 1] > 0.9)
    assert np.all(beauty[_eroded(ids == 2), 1] < 0.05)
    if drawn_at_all:
        assert inside.any()


def test_several_reliefs_are_tested_each_for_itself(gpu: Gpu, tmp_path: Path) -> None:
    """One is hidden by the wall, a second stands before it."""
    scene = behind_a_wall(tmp_path, 0.5)
    surface, z_map = scene.node("Surface 1"), scene.node("Z-Depth 1")
    second = msgspec.structs.replace(surface, id="Surface 2", translate=(0.2, 0.0, 0.55))
    its_map = msgspec.structs.replace(z_map, id="Z-Depth 2", parent="Surface 2")
    scene = scene.with_node(second, its_map)
    ids = drawn(scene, gpu, "object_id", size=SIZE).array("object_id")
    with Renderer(scene, size=SIZE, passes=("beauty",), views=(), samples=1, gpu=gpu) as renderer:
        beauty = renderer.render(1001).array("beauty")
        arguments = renderer._frame.graph.buffer("beauty 0 hidden draws")
        found = np.frombuffer(gpu.queue.read_buffer(arguments), np.uint32).reshape(-1, 4)
        assert sorted(found[:2, 1]) == [0, 1]
    assert np.all(beauty[_eroded(ids == 3), 1] > 0.9)


def _eroded(mask: np.ndarray) -> np.ndarray:
    inner = mask.copy()
    for axis in (0, 1):
        for shift in (-1, 1):
            inner &= np.roll(mask, shift, axis)
    return inner
