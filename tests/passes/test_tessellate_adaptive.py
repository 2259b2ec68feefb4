"""The adaptive mesh: whole on any map, and true to the map within its tolerance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.gpu import Gpu
from engine.scene import Projection, Scene
from passes import Renderer
from passes.adaptive_view import LatticeShape
from passes.tessellate_adaptive import AdaptivePass, longest_list
from tests.support.adaptive import MeshCheck, assert_whole
from tests.support.shots import relief_shot, with_camera_at

Floats = npt.NDArray[np.float32]
SCREEN = (320, 180)
FOOTPRINT = 2 * np.tan(np.radians(20)) / SCREEN[1]  # of a pixel, as a share of its depth


@pytest.fixture(scope="module")
def mesh(gpu: Gpu, tmp_path_factory: pytest.TempPathFactory) -> MeshCheck:
    return MeshCheck(gpu, tmp_path_factory.mktemp("adaptive"), SCREEN)


def noise(width: int, height: int) -> Floats:
    return (1 + 0.3 * np.random.default_rng(5).random((height, width))).astype(np.float32)


def spike(width: int, height: int) -> Floats:
    ratios = np.ones((height, width), np.float32)
    ratios[height // 2, width // 3] = 0.5
    return ratios


def checkerboard(width: int, height: int) -> Floats:
    y, x = np.mgrid[0:height, 0:width]
    return (1 + 0.2 * ((x + y) % 2)).astype(np.float32)


def step(width: int, height: int) -> Floats:
    y, x = np.mgrid[0:height, 0:width]
    return np.where(3 * x + y > 1.7 * width, 0.8, 1.2).astype(np.float32)


def waves(width: int, height: int) -> Floats:
    y, x = np.mgrid[0:height, 0:width]
    return (1 + 0.1 * np.sin(x / 37) * np.cos(y / 23)).astype(np.float32)


MAPS: tuple[Callable[[int, int], Floats], ...] = (noise, spike, checkerboard, step, waves)
SIZES = ((1, 1), (2, 1), (1, 300), (7, 5), (127, 127), (128, 64), (131, 257), (143, 95), (401, 229))


@pytest.mark.parametrize("made", MAPS, ids=lambda made: made.__name__)
def test_mesh_is_whole(mesh: MeshCheck, made: Callable[[int, int], Floats]) -> None:
    for size in SIZES:
        for tolerance in (0.05, 1.0, 20.0):
            assert_whole(mesh.check(made(*size), tolerance), size)


@settings(deadline=None, max_examples=25)
@given(
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    spikes=st.lists(st.tuples(st.integers(0, 10**6), st.floats(0.2, 5)), max_size=12),
    tolerance=st.floats(0.02, 50),
    projection=st.sampled_from(Projection),
    eye=st.tuples(st.floats(-2, 2), st.floats(-2, 2), st.floats(-0.2, 3)),
)
def test_mesh_is_whole_whatever_sticks_out(
    mesh: MeshCheck,
    size: tuple[int, int],
    spikes: list[tuple[int, float]],
    tolerance: float,
    projection: Projection,
    eye: tuple[float, float, float],
) -> None:
    """Also with the camera inside the relief and behind it."""
    ratios = np.ones(size[::-1], np.float32)
    for place, ratio in spikes:
        ratios.flat[place % ratios.size] = ratio
    assert_whole(mesh.check(ratios, tolerance, eye, projection), size)


def test_check_sees_a_hole(mesh: MeshCheck) -> None:
    """A mesh that covers another size of picture is not taken for whole."""
    found = mesh.check(spike(150, 90))
    assert not found.full
    with pytest.raises(AssertionError):
        assert_whole(found, (149, 90))


def test_a_plane_needs_the_fewest_triangles(mesh: MeshCheck) -> None:
    """A plane in space, seen along rays, is linear in 1 / depth: nothing is refined."""
    y, x = np.mgrid[0:200, 0:300].astype(np.float32)
    tilted = (1 / (1 + (x - 150) / 900 + (y - 100) / 700)).astype(np.float32)
    flat = mesh.check(np.ones((200, 300), np.float32), 0.5)
    assert_whole(flat, (300, 200))
    assert flat.triangles == 2 * 3 * 2
    found = mesh.check(tilted, 0.5)
    assert_whole(found, (300, 200))
    # Border pixels take their depth half a pixel outward, which tilts the outermost half cells.
    assert found.triangles < 0.05 * 2 * 301 * 201


@pytest.mark.parametrize("width", [159, 160, 161])
def test_bumps_on_the_border_are_seen(mesh: MeshCheck, width: int) -> None:
    """Wherever the lattice ends within its blocks, on every side."""
    for row, column in ((50, 0), (50, -1), (0, 70), (-1, 70)):
        ratios = np.ones((width, width), np.float32)
        ratios[row, column] = 0.7
        found = mesh.check(ratios)
        assert_whole(found, (width, width))
        assert found.triangles > 20, (row, column)


def test_noise_is_drawn_as_the_full_grid(mesh: MeshCheck) -> None:
    """A list as long as the full grid would cost more and show the same."""
    assert mesh.check(noise(300, 200), 0.05).full


def test_list_fits_any_adapter() -> None:
    """Even where every pixel counts: WebGPU's least storage binding is 128 MiB."""
    for size in ((1, 1), (1920, 1080), (3840, 2160), (8192, 8192)):
        assert 12 * longest_list(LatticeShape(size)) <= 128 * 2**20


def drawn(scene: Scene, gpu: Gpu, **values: Any) -> tuple[Floats, Floats]:
    """Z and the picture's coordinates in pixels, one sample a pixel."""
    scene = scene.with_values("Z-Depth 1", **values)
    with Renderer(scene, passes=("z", "uv"), views=(), size=SCREEN, gpu=gpu) as renderer:
        frame = renderer.render(1)
        return np.squeeze(frame.array("z")), frame.array("uv")[..., :2] * np.array(SCREEN)


def relief(folder: Path, heights: npt.NDArray[Any], projection: Projection) -> Scene:
    return relief_shot(
        folder, heights.astype(np.float32), displace=True, three_d=True, project_along=projection
    )


def test_auto_shows_what_every_pixel_would(gpu: Gpu, tmp_path: Path) -> None:
    """Against one vertex per pixel: hardly a pixel is off by more than the tolerance."""
    y, x = np.mgrid[0 : SCREEN[1], 0 : SCREEN[0]]
    heights = 0.1 * np.sin(x / 41) * np.cos(y / 31) + np.where((x > 90) & (y > 60), 0.15, 0.0)
    scene = with_camera_at(relief(tmp_path, heights, Projection.CAMERA_RAYS), (0.4, 0.1, 1.3))
    z, uv = drawn(scene, gpu, step=1)
    z_auto, uv_auto = drawn(scene, gpu, step=None, tolerance=0.5)
    off = np.linalg.norm(uv_auto - uv, axis=-1)
    assert np.mean(off > 1.0) < 2e-3
    assert np.mean(np.abs(z_auto / z - 1) > 2 * FOOTPRINT) < 5e-3


@pytest.mark.parametrize("projection", list(Projection))
def test_auto_keeps_the_depth_of_the_map(gpu: Gpu, tmp_path: Path, projection: Projection) -> None:
    """From the source camera nothing moves along rays on screen, and yet depth is refined."""
    y, x = np.mgrid[0 : SCREEN[1], 0 : SCREEN[0]]
    heights = 0.2 * np.sin(x / 17) ** 2 * np.cos(y / 19) ** 2
    scene = relief(tmp_path, heights, projection)
    z, _ = drawn(scene, gpu, step=1)
    z_auto, _ = drawn(scene, gpu, step=None, tolerance=1.0)
    assert np.quantile(np.abs(z_auto / z - 1), 0.99) < 4 * FOOTPRINT


def test_from_its_own_camera_the_picture_stays(gpu: Gpu, tmp_path: Path) -> None:
    """Projected along rays, every pixel shows itself at any tolerance."""
    y, x = np.mgrid[0 : SCREEN[1], 0 : SCREEN[0]]
    heights = np.where((x // 20 + y // 20) % 2 == 0, 0.2, 0.0)
    scene = relief(tmp_path, heights, Projection.CAMERA_RAYS)
    _, uv = drawn(scene, gpu, step=None, tolerance=5.0)
    truth = np.stack([x + 0.5, y + 0.5], axis=-1)
    assert np.abs(uv - truth).max() < 2e-2


def test_a_mesh_is_made_again_just_when_it_would_be_another(
    gpu: Gpu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn in turns from two places, twice from each, and with the map changed: as if alone."""
    y, x = np.mgrid[0:45, 0:80]
    scene = relief(tmp_path, 0.2 * np.sin(x / 7) * np.cos(y / 9), Projection.CAMERA_RAYS)
    near = with_camera_at(scene, (0.4, 0.1, 1.0))
    far = with_camera_at(scene, (-0.5, 0.2, 2.0))
    turns = (near, near, far, far, near, near.with_values("Z-Depth 1", effect=0.5), near)
    alone: dict[int, Floats] = {}
    for turn in turns:
        if id(turn) not in alone:
            alone[id(turn)] = drawn(turn, gpu, tolerance=3.0)[0]
    made: list[int] = []
    shown: list[Scene] = []
    measure = AdaptivePass._measure

    def counted(self: AdaptivePass, ctx: Any, encoder: Any) -> None:
        made.append(len(shown) - 1)
        measure(self, ctx, encoder)

    monkeypatch.setattr(AdaptivePass, "_measure", counted)
    with Renderer(near, passes=("z",), views=(), size=SCREEN, gpu=gpu) as renderer:
        for turn in turns:
            shown.append(turn)
            renderer.show(turn.with_values("Z-Depth 1", tolerance=3.0))
            z = np.squeeze(renderer.render(1).array("z"))
            np.testing.assert_array_equal(z, alone[id(turn)])
    assert made == [0, 2, 4, 5, 6]


def test_meshes_are_counted_without_waiting(gpu: Gpu, tmp_path: Path) -> None:
    flat = relief(tmp_path, np.zeros((60, 80)), Projection.CAMERA_RAYS)
    rough = noise(80, 60) - 1
    with Renderer(flat, passes=("z",), views=(), size=(80, 60), gpu=gpu) as renderer:

        def counted(scene: Scene) -> tuple[int, str]:
            renderer.show(scene)
            for _ in range(3):
                renderer.render(1).array("z")
            found = renderer.meshes()["Surface 1"]
            return found.triangles, found.path

        assert renderer.meshes() == {}
        assert counted(flat) == (2, "adaptive")
        assert counted(flat.with_values("Z-Depth 1", step=10)) == (2 * 9 * 7, "fixed grid")
        folder = tmp_path / "rough"
        folder.mkdir()
        scene = relief(folder, rough, Projection.CAMERA_RAYS)
        scene = with_camera_at(scene, (0.5, 0.1, 1.2)).with_values("Z-Depth 1", tolerance=0.02)
        assert counted(scene) == (2 * 81 * 61, "full grid")
