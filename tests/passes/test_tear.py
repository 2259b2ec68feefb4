"""Tear: where the mesh is cut, that the cut loses nothing, and what is seen through it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from engine.gpu import Gpu
from engine.scene import Geometry, LightType, Scene, new_scene, new_z_map
from passes import Renderer
from tests.support.create_counter import CreateCounter
from tests.support.shots import lit_from, media_of, white
from tests.support.torn import areas, assert_whole, torn_mesh
from tests.support.truth import (
    DISTANCE,
    FRAME,
    MAP,
    SURFACE,
    Floats,
    Pixels,
    camera_rays,
    encoded,
    in_space,
    mapped,
    noise,
    orbited,
    psnr,
    render,
    source_of,
)

SIZE = (96, 72)
NEAR, FAR = 1.0, 1.6
BOX = (34, 22, 62, 50)  # pixels: left, top, right, bottom
FRONT, BACK = (220, 40, 30), (40, 90, 200)


# -- the cut --


def step(width: int, height: int) -> Floats:
    y, x = np.mgrid[0:height, 0:width]
    return np.where(3 * x + y > 1.7 * width, 0.8, 1.2)


def poles(width: int, height: int) -> Floats:
    """One pixel wide, standing, lying and slanting."""
    y, x = np.mgrid[0:height, 0:width]
    return np.where((x == width // 3) | (y == height // 2) | (x - y == width // 4), 0.7, 1.2)


def grains(width: int, height: int) -> Floats:
    return 0.9 + 0.2 * np.random.default_rng(3).random((height, width))


def points(width: int, height: int) -> Floats:
    z = np.ones((height, width))
    z[::5, ::4] = 0.5
    return z


def smooth(width: int, height: int) -> Floats:
    y, x = np.mgrid[0:height, 0:width]
    return np.asarray(1 + 0.1 * np.sin(x / 17) * np.cos(y / 13), np.float64)


CUT: tuple[Callable[[int, int], Floats], ...] = (step, poles, grains, points, smooth)


@pytest.mark.parametrize("made", CUT, ids=lambda made: made.__name__)
@pytest.mark.parametrize("spacing", [None, 1, 4, 5])
def test_torn_mesh_is_whole(
    gpu: Gpu, tmp_path: Path, made: Callable[[int, int], Floats], spacing: int | None
) -> None:
    """Nothing of the picture is lost or covered twice, and there are no cracks but the cuts."""
    for size in ((23, 14), (1, 9), (16, 17)):
        mesh = torn_mesh(gpu, tmp_path, made(*size).astype(np.float32), 0.08, spacing)
        assert_whole(mesh)


@pytest.mark.parametrize("made", [step, poles, points], ids=lambda made: made.__name__)
def test_steps_are_torn(gpu: Gpu, tmp_path: Path, made: Callable[[int, int], Floats]) -> None:
    """All of them, and nothing else."""
    z = made(53, 31)
    torn = torn_mesh(gpu, tmp_path, z.astype(np.float32), 0.3, None).torn
    wide = np.maximum(z[:, 1:], z[:, :-1]) > 1.3 * np.minimum(z[:, 1:], z[:, :-1])
    tall = np.maximum(z[1:], z[:-1]) > 1.3 * np.minimum(z[1:], z[:-1])
    np.testing.assert_array_equal(torn[:, :-1, 0], wide)
    np.testing.assert_array_equal(torn[:-1, :, 1], tall)
    assert not torn[:, -1, 0].any()
    assert not torn[-1, :, 1].any()


def test_thin_poles_keep_their_area(gpu: Gpu, tmp_path: Path) -> None:
    """A pole of one pixel is one pixel wide in the mesh."""
    z = np.full((20, 30), 1.2, np.float32)
    z[:, 11] = 0.7
    mesh = torn_mesh(gpu, tmp_path, z, 0.1, None)
    on_pole = (np.abs(mesh.nearness - 1 / 0.7) < 1e-6).all(axis=1)
    x = mesh.places[on_pole][..., 0]
    assert (x.min(), x.max()) == (4 * 11, 4 * 12)
    assert areas(mesh.places[on_pole]).sum() == 2 * 4 * (4 * 20)


def grazing(width: int, height: int) -> Floats:
    """A floor that runs to its horizon: from one row to the next, depth grows by up to a half."""
    rows = np.arange(height)[::-1] + 2.0
    return np.repeat((60.0 / rows[::-1])[:, None], width, axis=1).astype(np.float64)


def test_a_grazing_floor_is_not_torn(gpu: Gpu, tmp_path: Path) -> None:
    z = grazing(24, 64)
    assert (z[:-1] / z[1:]).max() > 1.3
    assert not torn_mesh(gpu, tmp_path, z.astype(np.float32), 0.05, None).torn.any()
    z[:, 12:] *= 0.7  # and something that stands before it is
    torn = torn_mesh(gpu, tmp_path, z.astype(np.float32), 0.05, None).torn
    assert torn[:, 11, 0].all()
    assert torn.sum() == 64


# -- the picture --


def boxed(size: tuple[int, int] = SIZE, box: tuple[int, int, int, int] = BOX) -> Floats:
    """A box of depth NEAR before a wall of depth FAR."""
    z = np.full(size[::-1], FAR)
    z[box[1] : box[3], box[0] : box[2]] = NEAR
    return z


def box_picture(back: Any = BACK) -> Pixels:
    picture = np.empty((*SIZE[::-1], 3), np.uint8)
    picture[:] = back
    picture[BOX[1] : BOX[3], BOX[0] : BOX[2]] = FRONT
    return picture


def shot(folder: Path, z: Pixels, picture: Pixels | None = None, **values: Any) -> Scene:
    return mapped(folder, z, picture, **{"three_d": True, "z_pass": False, "tear": True, **values})


@pytest.mark.parametrize("spacing", [None, 1, 4])
@pytest.mark.parametrize("name", ["stairs", "grains", "poles"])
def test_the_picture_stays(gpu: Gpu, tmp_path: Path, name: str, spacing: int | None) -> None:
    """Seen from its own camera, a torn picture is the picture, and nothing of it is stretched."""
    width, height = 90, 61
    y, x = np.mgrid[0:height, 0:width]
    z = {
        "stairs": np.where((x // 13 + y // 11) % 2 == 0, 0.8, 1.6),
        "grains": np.random.default_rng(3).uniform(0.2, 3.0, (height, width)),
        "poles": poles(width, height),
    }[name]
    picture = noise(width, height)
    found = render(gpu, shot(tmp_path, z, picture, step=spacing), ("beauty", "stretch"), samples=4)
    assert (found["beauty"][..., 3] == 1).all()
    assert psnr(encoded(found["beauty"][..., :3]), picture / 255.0) >= 60
    assert (found["stretch"] == 0).all()


def test_a_soft_surface_does_not_show_its_background(gpu: Gpu, tmp_path: Path) -> None:
    """Half transparent, a torn picture is as transparent as a flat one."""
    scene = shot(tmp_path, boxed(), box_picture()).with_values(SURFACE, opacity=0.5)
    torn = render(gpu, scene, ("beauty",))["beauty"]
    flat = render(gpu, scene.with_values(MAP, displace=False), ("beauty",))["beauty"]
    np.testing.assert_allclose(torn, flat, atol=2e-3)
    away = orbited(scene, 20, 6)
    found = render(gpu, away, ("beauty",), size=SIZE)["beauty"]
    _, hole, wall = seen(away)
    shown = np.round(255 * encoded(2 * found[..., :3]))
    assert np.abs(shown[away_from_edges(hole)] - BACK).max() <= 2
    assert np.abs(found[away_from_edges(np.isfinite(wall)), 3] - 0.5).max() < 2e-3


def test_where_all_is_torn_no_list_is_made(gpu: Gpu, tmp_path: Path) -> None:
    z = np.random.default_rng(3).uniform(0.2, 3.0, (40, 50))
    with Renderer(shot(tmp_path, z), passes=("z",), views=(), gpu=gpu) as renderer:
        renderer.meshes()
        for _ in range(3):
            renderer.render(FRAME).array("z")
        assert renderer.meshes()["Surface 1"].path == "full grid"


def seen(scene: Scene) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], Floats]:
    """By rays alone: the pixels that show the box, those that show the wall where the picture does
    not, and the wall's depth from the rendering camera (NaN beside it)."""
    frame = scene.evaluate(FRAME)
    to_surface = np.linalg.inv(frame.surfaces[0].world)
    eye = in_space(to_surface, frame.camera.world[:3, 3])
    rays = camera_rays(frame.camera, SIZE) @ to_surface[:3, :3].T
    source = source_of(frame).world[:3, 3]

    def at(depth: float) -> tuple[Floats, Floats, Floats]:
        """Reach along the rays to the plane at a depth, and the picture's pixels there."""
        reach = (source[2] - depth - eye[2]) / rays[..., 2]
        p = eye + reach[..., None] * rays
        q = source[:2] + (p[..., :2] - source[:2]) * (DISTANCE / depth)
        width, height = frame.surfaces[0].size
        return reach, (q[..., 0] / width + 0.5) * SIZE[0], (0.5 - q[..., 1] / height) * SIZE[1]

    def inside(x: Floats, y: Floats, box: tuple[float, float, float, float]) -> Any:
        return (x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])

    _, x, y = at(NEAR)
    on_box = inside(x, y, BOX)
    reach, x, y = at(FAR)
    hole = inside(x, y, BOX) & ~on_box
    return on_box, hole, np.where(inside(x, y, (0, 0, *SIZE)), reach, np.nan)


def away_from_edges(mask: npt.NDArray[np.bool_], pixels: int = 1) -> npt.NDArray[np.bool_]:
    return cv2.erode(mask.astype(np.uint8), np.ones((2 * pixels + 1,) * 2, np.uint8)) > 0


@pytest.mark.parametrize("spacing", [None, 1])
@pytest.mark.parametrize("degrees", [-14.0, 20.0])
def test_through_the_hole_the_wall_is_seen(
    gpu: Gpu, tmp_path: Path, degrees: float, spacing: int | None
) -> None:
    scene = orbited(shot(tmp_path, boxed(), box_picture(), step=spacing), degrees, 6)
    passes = ("beauty", "z", "stretch", "confidence", "object_id")
    found = render(gpu, scene, passes, size=SIZE)
    on_box, hole, wall = seen(scene)
    there = np.isfinite(wall)
    assert hole.sum() > 120
    sure = away_from_edges(hole)
    assert (found["stretch"][sure] == 1).all()
    assert (found["stretch"][away_from_edges(~hole)] == 0).all()
    assert (found["beauty"][away_from_edges(there), 3] == 1).all()
    np.testing.assert_allclose(found["z"][sure], wall[sure], rtol=0.015)
    shown = np.round(255 * encoded(found["beauty"][..., :3]))
    assert np.abs(shown[sure] - BACK).max() <= 1
    assert np.abs(shown[away_from_edges(on_box)] - FRONT).max() <= 1
    assert (found["confidence"][sure] == 0).all()
    assert (found["confidence"][away_from_edges(there & ~hole)] == 1).all()
    assert (found["object_id"][away_from_edges(there)] == 1).all()


def test_a_wall_of_many_colours_goes_on(gpu: Gpu, tmp_path: Path) -> None:
    """What is filled in is near to what would be there."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    ramp = np.stack([40 + 2 * x, 60 + 2 * y, 200 - x], axis=-1).astype(np.uint8)
    picture = ramp.copy()
    picture[BOX[1] : BOX[3], BOX[0] : BOX[2]] = FRONT
    scenes = [orbited(shot(tmp_path, boxed(), picture), 20, 6)]
    found = render(gpu, scenes[0], ("beauty",), size=SIZE)["beauty"]
    _, hole, _ = seen(scenes[0])
    folder = tmp_path / "wall"
    folder.mkdir()
    bare = orbited(shot(folder, np.full(SIZE[::-1], FAR), ramp), 20, 6)
    truth = render(gpu, bare, ("beauty",), size=SIZE)["beauty"]
    off = np.abs(encoded(found[..., :3]) - encoded(truth[..., :3]))[away_from_edges(hole)]
    assert off.max() < 0.15
    assert off.mean() < 0.04


@pytest.mark.parametrize("spread", [2.0, 3.7])
def test_a_step_that_is_spread_tears_as_well(gpu: Gpu, tmp_path: Path, spread: float) -> None:
    """As networks give it: small, and brought to size. Nothing hangs between the two planes."""
    small = cv2.resize(boxed(), None, fx=1 / spread, fy=1 / spread, interpolation=cv2.INTER_AREA)
    z = cv2.resize(np.where(small < 1.3, NEAR, FAR), SIZE, interpolation=cv2.INTER_LINEAR)
    assert ((z > 1.1) & (z < 1.5)).mean() > 0.02
    scene = orbited(shot(tmp_path, z, box_picture()), 20, 6)
    found = render(gpu, scene, ("z", "stretch", "beauty"), size=SIZE)
    on_box, hole, wall = seen(scene)
    assert (found["stretch"][away_from_edges(hole, 3)] == 1).all()
    sure = away_from_edges(np.isfinite(wall) & ~on_box, 3)
    assert (np.abs(found["z"] / wall - 1)[sure] > 0.015).mean() < 1e-3
    assert (found["beauty"][away_from_edges(np.isfinite(wall)), 3] == 1).all()


def test_the_matte_of_what_is_stretched(gpu: Gpu, tmp_path: Path) -> None:
    """With Tear off, the rubber sheet: in the hole, and at its ends before the wall."""
    scene = shot(tmp_path, boxed(), box_picture(), tear=False)
    assert (render(gpu, scene, ("stretch",), samples=1)["stretch"] == 0).all()
    away = orbited(scene, 20, 6)
    on_box, hole, wall = seen(away)
    around = np.argwhere(on_box | hole)[:, ::-1].astype(np.int32)
    drawn = cv2.fillConvexPoly(np.zeros(hole.shape, np.uint8), cv2.convexHull(around), 1) > 0
    elsewhere = (np.isfinite(wall) & ~drawn) | away_from_edges(on_box, 2)
    for spacing in (None, 1, 4):
        found = render(gpu, away.with_values(MAP, step=spacing), ("stretch",), size=SIZE)["stretch"]
        wide = 1 if spacing != 4 else 4
        assert (found[away_from_edges(hole, wide)] == 1).mean() > 0.99
        assert (found[away_from_edges(elsewhere, 2 * wide)] == 0).all()
    higher = away.with_values(MAP, tear_threshold=70.0)
    assert (render(gpu, higher, ("stretch",), size=SIZE)["stretch"] == 0).all()
    flat = away.with_values(MAP, three_d=False)
    assert (render(gpu, flat, ("stretch",), size=SIZE)["stretch"] == 0).all()


def test_nothing_sticks_out_behind_what_is_cut_out(gpu: Gpu, tmp_path: Path) -> None:
    """A far side that is transparent stays so."""
    picture = np.dstack([box_picture(), np.zeros(SIZE[::-1], np.uint8)])
    picture[BOX[1] : BOX[3], BOX[0] : BOX[2], 3] = 255
    scene = orbited(shot(tmp_path, boxed(), picture), 20, 6)
    on_box, _, _ = seen(scene)
    matte = render(gpu, scene, ("beauty",), size=SIZE)["beauty"][..., 3]
    assert (matte[away_from_edges(on_box)] == 1).all()
    # What remains is the filter's: seen at a slant, the picture is read from a coarser level too.
    assert matte[away_from_edges(~on_box)].max() < 0.05


def test_the_background_is_lit_and_casts_no_shadow(gpu: Gpu, tmp_path: Path) -> None:
    """A sun behind the wall's left: what is filled in takes light as the wall does."""
    scene = orbited(shot(tmp_path, boxed(), box_picture()), 20, 6)
    lit = lit_from(scene, (0.0, 0.0, 3.0), LightType.DIRECTIONAL, intensity=1.0)
    _, hole, wall = seen(scene)
    found = render(gpu, lit, ("beauty", "normals", "shadow"), size=SIZE)
    sure = away_from_edges(hole)
    np.testing.assert_allclose(found["normals"][sure][:, 2], 1.0, atol=1e-2)
    beside = away_from_edges(np.isfinite(wall) & ~hole, 3) & (found["beauty"][..., 2] > 0.1)
    open_ground = beside & (found["shadow"][..., 0] == 1)
    light = np.median(found["beauty"][open_ground], axis=0)
    shown = found["beauty"][sure & (found["shadow"][..., 0] == 1)]
    assert len(shown) > 0 or (found["shadow"][sure] < 1).all()
    np.testing.assert_allclose(shown, np.broadcast_to(light, shown.shape), atol=0.02)


def test_a_map_that_is_its_own_picture_has_a_background_too(gpu: Gpu, tmp_path: Path) -> None:
    scene = orbited(shot(tmp_path, boxed()), 20, 6)
    media = scene.node(MAP).media  # pyright: ignore[reportAttributeAccessIssue]
    scene = scene.with_values(SURFACE, media=media)
    found = render(gpu, scene, ("beauty", "stretch"), size=SIZE)
    _, hole, wall = seen(scene)
    assert (found["stretch"][away_from_edges(hole)] == 1).all()
    assert (found["beauty"][away_from_edges(np.isfinite(wall)), 3] == 1).all()


def test_a_mesh_is_not_torn_and_says_so(gpu: Gpu, tmp_path: Path) -> None:
    depth = media_of(tmp_path / "steps.exr", step(32, 24).astype(np.float32))
    scene = new_scene(white(tmp_path)).with_media(depth)
    scene = scene.with_node(Geometry(id="Ball", mesh="sphere", translate=(0.0, 0.0, 0.2)))
    z_map = new_z_map(scene, "Ball", media=len(scene.media))
    drawn_with: list[npt.NDArray[np.float32]] = []
    for tear in (False, True):
        torn = msgspec.structs.replace(z_map, displace=True, three_d=True, tear=tear)
        with Renderer(
            scene.with_node(torn), size=SIZE, passes=("z",), views=(), samples=1, gpu=gpu
        ) as renderer:
            drawn_with.append(renderer.render(FRAME).array("z"))
            assert any("Tear has no effect" in text for text in renderer.warnings) == tear
    np.testing.assert_array_equal(drawn_with[0], drawn_with[1])


def test_no_dark_rim_beside_the_cut(gpu: Gpu, tmp_path: Path) -> None:
    """Both sides are flat up to the cut: normals are not smoothed across it."""
    scene = orbited(shot(tmp_path, boxed(), box_picture()), 20, 6)
    on_box, hole, wall = seen(scene)
    normals = render(gpu, scene, ("normals",), size=SIZE)["normals"]
    there = away_from_edges(on_box) | away_from_edges(np.isfinite(wall) & ~hole & ~on_box)
    upright = in_space(scene.evaluate(FRAME).surfaces[0].world, np.array([0.0, 0.0, 1.0]))
    upright = upright - in_space(scene.evaluate(FRAME).surfaces[0].world, np.zeros(3))
    assert (normals[there] @ upright > np.cos(np.radians(1))).all()


def test_the_rim_of_the_hole_throws_no_shadow_on_what_fills_it(gpu: Gpu, tmp_path: Path) -> None:
    """A sun from the upper left: the box's shadow falls on the wall to the right of the hole."""
    scene = orbited(shot(tmp_path, boxed(), box_picture()), -14, 6)
    lit = lit_from(scene, (-3.0, 2.4, 1.0), LightType.DIRECTIONAL)
    _, hole, _ = seen(scene)
    shadow = render(gpu, lit, ("shadow",), size=SIZE)["shadow"][..., 0]
    assert shadow[away_from_edges(hole)].min() > 0.98
    assert shadow[~hole].min() < 0.1  # it does fall


# -- frames --


def test_colours_of_every_frame_are_followed(gpu: Gpu, tmp_path: Path) -> None:
    scene = orbited(shot(tmp_path, boxed(), box_picture()), 20, 6)
    other = tmp_path / "other"
    other.mkdir()
    green = (30, 200, 60)
    changed = orbited(shot(other, boxed(), box_picture(green)), 20, 6)
    _, hole, _ = seen(scene)
    with Renderer(scene, passes=("beauty",), views=(), size=SIZE, gpu=gpu, samples=1) as renderer:
        for shown, colour in ((scene, BACK), (changed, green), (scene, BACK)):
            # The depth's media stays: only the picture is another.
            media = (shown.media[0], scene.media[1])
            renderer.show(scene.with_settings(media=media))
            found = 255 * encoded(renderer.render(FRAME).array("beauty")[..., :3])
            assert np.abs(np.round(found[away_from_edges(hole)]) - colour).max() <= 1


@pytest.mark.parametrize("spacing", [None, 4])
def test_frames_make_nothing_new(gpu: Gpu, tmp_path: Path, spacing: int | None) -> None:
    scene = shot(tmp_path, boxed(), box_picture(), step=spacing)
    views = [orbited(scene, 10.0 + k, 3).with_values(MAP, effect=1 + 0.1 * k) for k in range(5)]
    passes = ("beauty", "stretch")
    with Renderer(scene, passes=passes, views=(), size=SIZE, gpu=gpu, samples=1) as renderer:
        for view in views[:3]:
            renderer.show(view)
            renderer.render(FRAME).wait()
        with CreateCounter(gpu.device, "a frame of a torn relief") as created:
            for view in views[3:]:
                renderer.show(view)
                renderer.render(FRAME).wait()
        created.assert_nothing_made()


def test_without_tear_there_is_nothing_of_it(gpu: Gpu, tmp_path: Path) -> None:
    scene = shot(tmp_path, boxed(), box_picture())
    with Renderer(scene, passes=("beauty",), views=(), gpu=gpu, samples=1) as renderer:
        renderer.render(FRAME).wait()
        assert "background Surface 1" in renderer.graph
        renderer.show(scene.with_values(MAP, tear=False))
        renderer.render(FRAME).wait()
        plan = renderer.graph
    assert "background" not in plan
    assert "torn" not in plan
