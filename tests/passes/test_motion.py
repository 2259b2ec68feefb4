"""Motion Vectors against projections worked out by numpy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.errors import RilievoError
from engine.gpu import Gpu
from engine.scene import (
    Aov,
    AovType,
    DepthRange,
    EvaluatedCamera,
    Geometry,
    MotionVectorsMap,
    Scene,
    curve,
    new_scene,
)
from passes import Renderer
from tests.support.shots import drawn, grid_of, media_of, relief_shot, surface_of, white

Floats = npt.NDArray[np.floating[Any]]
Mask = npt.NDArray[np.bool_]
SIZE = (64, 64)
SURFACE, MAP = "Surface 1", "Motion"


def projected(camera: EvaluatedCamera, points: Floats) -> Floats:
    """(..., 2): pixels right and up from the picture's middle, of world points (..., 3)."""
    there = np.concatenate([points, np.ones_like(points[..., :1])], axis=-1)
    seen = there @ np.linalg.inv(camera.world).T
    return seen[..., :2] / -seen[..., 2:3] / np.array(camera.tan_half) * np.array(SIZE) / 2


def on_plane(x: Floats, y: Floats, world: Floats) -> Floats:
    """World points (..., 3) of a surface's plane."""
    return np.stack([x, y, 0 * x, 0 * x + 1], axis=-1) @ world.T[:, :3]


def moving(folder: Path) -> Scene:
    """A surface that turns and comes nearer, seen by a camera that travels."""
    scene = new_scene(white(folder, SIZE))
    scene = scene.with_settings(first=1001, last=1010)
    scene = scene.with_values(
        SURFACE,
        translate=(curve([(1000, 0.0), (1002, 0.06)]), 0.0, curve([(1000, -0.4), (1002, -0.2)])),
        rotate=(0.0, curve([(1000, 10.0), (1002, 24.0)]), 0.0),
        scale=(1.5, 1.5, 1.0),
    )
    assert scene.camera is not None
    return scene.with_values(scene.camera, rotate=(0.0, 0.0, curve([(1000, 0.0), (1002, 6.0)])))


def seen_points(scene: Scene, gpu: Gpu, *passes: str) -> tuple[dict[str, Floats], Mask, Floats]:
    """The passes, where the surface is seen, and its own x and y there."""
    frame = drawn(scene, gpu, "object_id", "uv", *passes)
    there = frame.array("object_id") == 1
    uv = frame.array("uv").astype(np.float64)
    x, y = uv[..., 0] - 0.5, 0.5 - uv[..., 1]
    return {name: frame.array(name) for name in passes}, there, np.stack([x, y], axis=-1)


def vectors(folder: Path, name: str, scale: float = 4.0) -> Floats:
    """Smooth vectors within the picture, (h, w, 3) float32: u right, v up, in pixels."""
    x, y = grid_of(SIZE)
    return np.stack(
        [scale * np.sin(3 * x + y), scale * np.cos(2 * y - x), 0 * x], axis=-1
    ).astype(np.float32)  # fmt: skip


def with_motion(scene: Scene, folder: Path, carrier: str = SURFACE, **values: Any) -> Scene:
    scene = scene.with_media(
        media_of(folder / "forward.exr", vectors(folder, "forward")),
        media_of(folder / "backward.exr", vectors(folder, "backward", -3.0)),
    )
    number = len(scene.media) - 1
    if "backward" in values:
        values["backward"] = number + 1
    return scene.with_node(MotionVectorsMap(id=MAP, parent=carrier, media=number, **values))


def test_a_surface_and_a_camera_that_move(gpu: Gpu, tmp_path: Path) -> None:
    scene = moving(tmp_path)
    found, there, at = seen_points(scene, gpu, "forward", "backward")
    here = scene.evaluate(1001)
    start = projected(here.camera, on_plane(at[..., 0], at[..., 1], here.surfaces[0].world))
    assert there.mean() > 0.6
    for name, step in (("forward", 1), ("backward", -1)):
        other = scene.evaluate(1001 + step)
        end = projected(other.camera, on_plane(at[..., 0], at[..., 1], other.surfaces[0].world))
        np.testing.assert_allclose(found[name][there], (end - start)[there], atol=2e-3)
        assert not found[name][~there].any()
        assert np.abs(found[name][there]).max() > 3


def test_the_picture_s_own_motion_is_added_to_that_of_its_surface(gpu: Gpu, tmp_path: Path) -> None:
    scene = with_motion(moving(tmp_path), tmp_path, backward=True)
    found, there, at = seen_points(scene, gpu, "forward", "backward")
    here = scene.evaluate(1001)
    start = projected(here.camera, on_plane(at[..., 0], at[..., 1], here.surfaces[0].world))
    texel = np.clip(np.floor((at * [1, -1] + 0.5) * 64).astype(int), 0, 63)
    for name, step, scale in (("forward", 1, 4.0), ("backward", -1, -3.0)):
        own = vectors(tmp_path, name, scale)[texel[..., 1], texel[..., 0], :2] / 64
        other = scene.evaluate(1001 + step)
        moved = at + own
        end = projected(
            other.camera, on_plane(moved[..., 0], moved[..., 1], other.surfaces[0].world)
        )
        off = np.abs(found[name] - (end - start)).max(axis=-1)[there]
        assert np.median(off) < 2e-3
        assert np.percentile(off, 99) < 0.2  # beside the edge of a sample, its neighbour's is read


@pytest.mark.slow
def test_a_map_without_vectors_back_claims_nothing_of_the_frame_before(
    gpu: Gpu, tmp_path: Path
) -> None:
    plain = moving(tmp_path)
    without, _, _ = seen_points(plain, gpu, "backward")
    found, _, _ = seen_points(with_motion(plain, tmp_path), gpu, "backward")
    np.testing.assert_array_equal(found["backward"], without["backward"])


@pytest.mark.parametrize(
    ("values", "factor"), [({}, (1, 1)), ({"flip_v": True, "scale": 2.5}, (2.5, -2.5))]
)
def test_seen_one_to_one_the_pass_shows_the_vectors_themselves(
    gpu: Gpu, tmp_path: Path, values: dict[str, Any], factor: tuple[float, float]
) -> None:
    scene = with_motion(new_scene(white(tmp_path, SIZE)), tmp_path, **values)
    found, there, _ = seen_points(scene, gpu, "forward")
    assert there.all()
    truth = vectors(tmp_path, "forward")[..., :2] * np.array(factor)
    np.testing.assert_allclose(found["forward"], truth, atol=1e-3)


@pytest.mark.parametrize("three_d", [False, True])
def test_what_moves_in_a_picture_takes_its_depth_along(
    gpu: Gpu, tmp_path: Path, three_d: bool
) -> None:
    x, _ = grid_of(SIZE)
    heights = (0.15 * np.cos(4 * x)).astype(np.float32)
    scene = relief_shot(
        tmp_path, heights, project_along="camera_rays", three_d=three_d, step=1,
        depth_range=DepthRange.RELIEF,
    )  # fmt: skip
    scene = with_motion(scene, tmp_path)
    found, there, _ = seen_points(scene, gpu, "forward")
    # From the source camera every point of a relief lies where the picture has it.
    truth = vectors(tmp_path, "forward")[..., :2]
    off = np.abs(found["forward"] - truth).max(axis=-1)[there]
    assert there.mean() > 0.95
    assert np.percentile(off, 98) < 5e-3


@pytest.mark.slow
def test_on_a_mesh_vectors_follow_its_texture_coordinates(gpu: Gpu, tmp_path: Path) -> None:
    scene = moving(tmp_path)
    flat = with_motion(scene, tmp_path)
    surface = surface_of(scene)
    plane = Geometry(
        id="Plane", mesh="plane", media=1, translate=surface.translate,
        rotate=surface.rotate, scale=surface.scale,
    )  # fmt: skip
    on_mesh = with_motion(scene.with_node(plane).without(SURFACE), tmp_path, "Plane")
    truth, there, _ = seen_points(flat, gpu, "forward")
    found, covered, _ = seen_points(on_mesh, gpu, "forward")
    both = there & covered
    assert both.sum() > 0.98 * there.sum()
    off = np.abs(found["forward"] - truth["forward"]).max(axis=-1)[both]
    assert np.percentile(off, 98) < 5e-3


def test_a_view_that_was_turned_by_hand_stands_still(gpu: Gpu, tmp_path: Path) -> None:
    scene = new_scene(white(tmp_path, SIZE))
    assert scene.camera is not None
    scene = scene.with_values(scene.camera, rotate=(0.0, 0.0, curve([(1000, 0.0), (1002, 6.0)])))
    frame = scene.evaluate(1001)
    world = frame.camera.world.copy()
    world[:3, 3] += (0.1, 0.0, 0.1)
    turned = replace(frame, camera=replace(frame.camera, world=world))
    with Renderer(scene, passes=("forward",), views=(), samples=1, gpu=gpu) as renderer:
        for given, moves in ((frame, True), (turned, False)):
            encoder = gpu.device.create_command_encoder()
            rendered = renderer.read_back(renderer.encode(given, encoder), encoder)
            renderer.submit(encoder)
            assert bool(np.abs(rendered.array("forward")).max() > 0.5) is moves


def test_an_aov_that_changes_its_type_is_followed(gpu: Gpu, tmp_path: Path) -> None:
    scene = moving(tmp_path).with_node(Aov(id="Mine"))
    with Renderer(scene, passes=("Mine",), views=("Mine",), samples=1, gpu=gpu) as renderer:
        assert renderer.render(1001).array("Mine").shape == (64, 64)
        renderer.show(scene.with_values("Mine", kind=AovType.MOTION_VECTORS))
        frame = renderer.render(1001)
        assert frame.array("Mine").shape == (64, 64, 2)
        assert frame.display("Mine").shape == (64, 64, 3)
        renderer.choose({"Mine": "uv"}, ())  # of a take, whose document knows more than its start
        assert renderer.passes == ("Mine",)
        renderer.choose(("Mine",), ("Mine",))
        renderer.show(scene.without("Mine"))  # gone, but still asked for
        assert renderer.render(1001).array("Mine").shape == (64, 64, 2)
        with pytest.raises(RilievoError, match="there is no pass 'Mine'"):
            renderer.choose(("Mine",), ())
