"""Soft mattes: blended in the right order from every side, and clean edges in the data."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.gpu import Gpu
from engine.scene import (
    Axis,
    Camera,
    DepthRange,
    Geometry,
    LightType,
    Scene,
    Surface,
    curve,
    new_scene,
    new_z_map,
)
from passes import Renderer
from tests.support.shots import DISTANCE, drawn, grid_of, lit_from, media_of, with_camera_at

Array = npt.NDArray[Any]
SIZE = (64, 64)
RED, GREEN, BLUE = np.array([0.9, 0.1, 0.0]), np.array([0.1, 0.8, 0.2]), np.array([0.0, 0.2, 1.0])


def card(folder: Path, name: str, colour: Array, alpha: Any) -> Any:
    """A media of one colour with a matte (a number, or (h, w)), premultiplied linear floats."""
    pixels = np.empty((SIZE[1], SIZE[0], 4), np.float32)
    pixels[..., 3] = alpha
    pixels[..., :3] = colour * pixels[..., 3:]
    return media_of(folder / f"{name}.exr", pixels)


def scene_of(*cards: tuple[Any, tuple[float, float, float]], **values: Any) -> Scene:
    """Cards at places, the document's camera before them."""
    scene = new_scene(cards[0][0])
    scene = scene.with_media(*(media for media, _ in cards[1:])).without("Surface 1")
    for number, (_, place) in enumerate(cards, 1):
        node = Surface(id=f"card {number}", media=number, translate=place, **values)
        scene = scene.with_node(node)
    return scene


def over(*layers: tuple[Array, float]) -> Array:
    """RGBA of layers (colour, alpha), the nearest first."""
    result, left = np.zeros(4), 1.0
    for colour, alpha in layers:
        result += left * alpha * np.array([*colour, 1.0])
        left *= 1.0 - alpha
    return result


def middle(scene: Scene, gpu: Gpu, **options: Any) -> Array:
    beauty = drawn(scene, gpu, size=(33, 33), **options).array("beauty")
    return beauty[16, 16]


SIDES = {
    "front": (0.0, 0.0, DISTANCE),
    "behind": (0.0, 0.0, -DISTANCE),
    "60 degrees right": (DISTANCE * math.sin(math.pi / 3), 0.0, DISTANCE * 0.5),
    "60 degrees above": (0.0, DISTANCE * math.sin(math.pi / 3), DISTANCE * 0.5),
    "120 degrees left": (-DISTANCE * math.sin(math.pi / 3), 0.0, -DISTANCE * 0.5),
    "close to edge-on": (DISTANCE * math.cos(0.25), 0.0, DISTANCE * math.sin(0.25)),
}


@pytest.mark.parametrize("side", SIDES)
def test_two_soft_cards_blend_in_order_from_every_side(gpu: Gpu, tmp_path: Path, side: str) -> None:
    near, far = card(tmp_path, "near", RED, 0.4), card(tmp_path, "far", GREEN, 0.7)
    layers = (RED, 0.4), (GREEN, 0.7)
    if SIDES[side][2] < 0:
        layers = layers[::-1]
    for gap in (0.1, 0.004):
        for cards in ((near, gap), (far, -gap)), ((far, -gap), (near, gap)):
            scene = scene_of(*((media, (0.0, 0.0, z)) for media, z in cards))
            got = middle(with_camera_at(scene, SIDES[side]), gpu)
            np.testing.assert_allclose(got, over(*layers), atol=2e-3)


def test_cards_side_by_side_and_turned(gpu: Gpu, tmp_path: Path) -> None:
    """A card whose middle is nearer may still lie behind: the planes decide, not the distance."""
    wall = card(tmp_path, "wall", GREEN, 0.6)
    small = card(tmp_path, "small", RED, 0.5)
    scene = new_scene(wall).with_media(small).without("Surface 1")
    # The wall runs away from the camera; the small card hangs before its far end.
    scene = scene.with_node(
        Surface(id="wall", media=1, rotate=(0.0, 60.0, 0.0), scale=(3.0, 3.0, 3.0)),
        Surface(id="small", media=2, translate=(0.6, 0.0, -0.6), scale=(0.3, 0.3, 0.3)),
    )
    scene = with_camera_at(scene, (0.6, 0.0, 2.5), (0.6, 0.0, 0.0))
    got = middle(scene, gpu)
    np.testing.assert_allclose(got, over((RED, 0.5), (GREEN, 0.6)), atol=2e-3)


def test_later_cards_lie_on_top_in_one_plane(gpu: Gpu, tmp_path: Path) -> None:
    one, two = card(tmp_path, "one", RED, 0.5), card(tmp_path, "two", GREEN, 0.5)
    for order in ((one, two), (two, one)):
        scene = scene_of((order[0], (0.0, 0.0, 0.0)), (order[1], (0.0, 0.0, 0.0)))
        top, below = (GREEN, RED) if order[1] is two else (RED, GREEN)
        np.testing.assert_allclose(middle(scene, gpu), over((top, 0.5), (below, 0.5)), atol=2e-3)


def test_five_cards(gpu: Gpu, tmp_path: Path) -> None:
    colours = [RED, GREEN, BLUE, np.array([1.0, 1.0, 1.0]), np.array([0.5, 0.5, 0.0])]
    cards = [card(tmp_path, str(i), colour, 0.3) for i, colour in enumerate(colours)]
    places = [(0.0, 0.0, 0.05 * z) for z in (2, -1, 4, 0, 1)]
    scene = scene_of(*zip(cards, places, strict=True))
    front = sorted(range(5), key=lambda i: -places[i][2])
    for side, order in (("front", front), ("behind", front[::-1])):
        got = middle(with_camera_at(scene, SIDES[side]), gpu)
        np.testing.assert_allclose(got, over(*((colours[i], 0.3) for i in order)), atol=3e-3)


def test_a_ball_between_two_soft_cards(gpu: Gpu, tmp_path: Path) -> None:
    """The card before it veils it, the one behind it is hidden; both are seen beside it."""
    near, far = card(tmp_path, "near", RED, 0.4), card(tmp_path, "far", GREEN, 0.7)
    scene = scene_of((far, (0.0, 0.0, -0.3)), (near, (0.0, 0.0, 0.3)))
    ball = Geometry(id="ball", mesh="sphere", scale=(0.3, 0.3, 0.3), colour=tuple(BLUE))
    scene = scene.with_node(ball)
    for side, front, back in (
        ("front", (RED, 0.4), (GREEN, 0.7)), ("behind", (GREEN, 0.7), (RED, 0.4)),
    ):  # fmt: skip
        seen = with_camera_at(scene, SIDES[side])
        frame = drawn(seen, gpu, "beauty", "object_id", "z", size=(65, 65))
        beauty = frame.array("beauty")
        np.testing.assert_allclose(beauty[32, 32], over(front, (BLUE, 1.0)), atol=2e-3)
        np.testing.assert_allclose(beauty[32, 50], over(front, back), atol=2e-3)
        # Data is of the nearest thing that is at least half there.
        numbers = frame.array("object_id")
        assert numbers[32, 32] == (3 if front[1] < 0.5 else 1)
        assert numbers[32, 50] == 1  # the card of 0.7, from either side
        distance = DISTANCE - 0.15 if front[1] < 0.5 else DISTANCE - 0.3
        assert frame.array("z")[32, 32] == pytest.approx(distance, abs=2e-3)


def hair(seed: int = 3) -> Array:
    """(h, w) alpha like strands: thin lines of all strengths on nothing."""
    rng = np.random.default_rng(seed)
    alpha = np.zeros(SIZE[::-1], np.float32)
    for _ in range(30):
        x0, slope, strength = rng.uniform(0, 64), rng.uniform(-0.5, 0.5), rng.uniform(0.1, 1.0)
        for y in range(64):
            x = int(x0 + slope * y)
            if 0 <= x < 64:
                alpha[y, x] = max(alpha[y, x], strength)
    return alpha


@pytest.mark.parametrize("mode", ["flat", "default", "relief"])
def test_hair_punches_no_holes_and_leaves_no_rectangle(gpu: Gpu, tmp_path: Path, mode: str) -> None:
    """Over a wall: the wall is seen through soft hair, and data changes from the one to the other
    where the hair is half there, and nowhere else."""
    alpha = hair()
    strands, wall = card(tmp_path, "hair", RED, alpha), card(tmp_path, "wall", GREEN, 1.0)
    depth = media_of(tmp_path / "depth.exr", np.full((64, 64), 1.2, np.float32))
    scene = new_scene(strands).with_media(wall, depth)
    if mode != "flat":
        z_map = new_z_map(scene, "Surface 1", media=3)
        scene = scene.with_node(z_map).with_values(
            z_map.id, depth_range=DepthRange.ABSOLUTE, three_d=mode == "relief", step=1,
            z_pass=True,
        )  # fmt: skip
    back = Surface(id="wall", media=2, translate=(0.0, 0.0, -0.5), scale=(2.0, 2.0, 2.0))
    for order in ("hair first", "wall first"):
        shown = scene.with_node(back)
        if order == "wall first":
            nodes = tuple(sorted(shown.nodes, key=lambda node: node.id != "wall"))
            shown = shown.with_settings(nodes=nodes)
        number = 1 if order == "hair first" else 2
        frame = drawn(shown, gpu, "beauty", "z", "object_id", "uv", "albedo", "shadow", samples=4)
        expected = alpha[..., None] * RED + (1 - alpha[..., None]) * GREEN
        beauty = frame.array("beauty")
        np.testing.assert_allclose(beauty[2:-2, 2:-2, :3], expected[2:-2, 2:-2], atol=4e-3)
        assert np.all(beauty[..., 3] > 0.998)
        there = alpha >= 0.5
        inner = np.zeros_like(there)
        inner[2:-2, 2:-2] = True
        numbers = frame.array("object_id")
        assert np.all(numbers[there & inner] == number)
        assert np.all(numbers[~there & inner] == 3 - number)
        z = frame.array("z")
        near = DISTANCE if mode == "flat" else 1.2
        np.testing.assert_allclose(z[there & inner], near, rtol=1e-4)
        np.testing.assert_allclose(z[~there & inner], DISTANCE + 0.5, rtol=1e-4)
        assert np.all(frame.array("shadow") > 0.998)


def test_alone_before_nothing_hair_leaves_nothing_in_the_data(gpu: Gpu, tmp_path: Path) -> None:
    alpha = hair(5)
    scene = new_scene(card(tmp_path, "hair", RED, alpha))
    frame = drawn(scene, gpu, "beauty", "z", "object_id", "normals", "position", "matte")
    gone = alpha < 0.5
    far = scene.evaluate(1001).camera.far
    assert np.all(frame.array("z")[gone] == np.float32(far))
    for name in ("object_id", "normals", "position"):
        assert not frame.array(name)[gone].any()
        assert np.all(frame.array("object_id")[~gone] == 1)
    np.testing.assert_allclose(frame.array("matte"), alpha, atol=2e-3)
    np.testing.assert_allclose(frame.array("beauty")[..., :3], RED * alpha[..., None], atol=2e-3)


def test_a_matte_from_another_media(gpu: Gpu, tmp_path: Path) -> None:
    """By its alpha where it has one, else by its luma; numbers, not light: grey 128 is half."""
    picture = media_of(
        tmp_path / "picture.exr", np.broadcast_to(BLUE, (64, 64, 3)).astype(np.float32)
    )
    grey = np.zeros((64, 64, 1), np.uint8)
    grey[:, 32:] = 128
    with_alpha = np.zeros((64, 64, 4), np.uint8)
    with_alpha[..., :3] = 255
    with_alpha[:, 32:, 3] = 128
    floats = np.zeros((32, 32, 4), np.float32)
    floats[:, 16:, 3] = 128 / 255
    mattes = [
        media_of(tmp_path / "grey.png", grey),
        media_of(tmp_path / "grey.tif", grey),
        media_of(tmp_path / "rgb.png", np.repeat(grey, 3, axis=2)),
        media_of(tmp_path / "alpha.png", with_alpha),
        media_of(tmp_path / "alpha.exr", floats),
    ]
    half = np.array([*(BLUE * 128 / 255), 128 / 255])
    for matte in mattes:
        scene = new_scene(picture).with_media(matte).with_values("Surface 1", matte=2)
        beauty = drawn(scene, gpu).array("beauty")
        assert np.all(beauty[:, :31] == 0)
        np.testing.assert_allclose(beauty[:, 33:], np.broadcast_to(half, (64, 31, 4)), atol=1e-3)


def test_the_matte_of_the_media_list(gpu: Gpu, tmp_path: Path) -> None:
    """A media may name its matte for all surfaces that show it; a surface's own goes before it."""
    picture = media_of(tmp_path / "picture.exr", np.ones((64, 64, 3), np.float32))
    quarter = media_of(tmp_path / "quarter.exr", np.full((64, 64, 1), 0.25, np.float32))
    most = media_of(tmp_path / "most.exr", np.full((64, 64, 1), 0.75, np.float32))
    scene = new_scene(picture).with_media(quarter, most)
    scene = scene.replace_media(1, _changed(scene.media[0], matte=2))
    assert middle(scene, gpu)[3] == pytest.approx(0.25, abs=1e-3)
    scene = scene.with_values("Surface 1", matte=3)
    assert middle(scene, gpu)[3] == pytest.approx(0.75, abs=1e-3)


def _changed(struct: Any, **values: Any) -> Any:
    fields = {name: getattr(struct, name) for name in struct.__struct_fields__}
    return type(struct)(**{**fields, **values})


def test_a_matte_replaces_the_pictures_own(gpu: Gpu, tmp_path: Path) -> None:
    """Premultiplied colour is divided by its own alpha first."""
    picture = card(tmp_path, "picture", RED, 0.5)
    matte = media_of(tmp_path / "matte.exr", np.full((64, 64, 1), 0.8, np.float32))
    scene = new_scene(picture).with_media(matte).with_values("Surface 1", matte=2)
    np.testing.assert_allclose(middle(scene, gpu), over((RED, 0.8)), atol=2e-3)


def test_broken_mattes_stay_between_nothing_and_all(gpu: Gpu, tmp_path: Path) -> None:
    picture = media_of(tmp_path / "picture.exr", np.ones((4, 4, 3), np.float32))
    values = np.array([[np.nan, np.inf, -np.inf, -2.0]] * 2 + [[7.0, 1.0, 0.5, 0.0]] * 2)
    matte = media_of(tmp_path / "matte.exr", values.astype(np.float32)[..., None])
    scene = new_scene(picture).with_media(matte).with_values("Surface 1", matte=2)
    alpha = drawn(scene, gpu).array("beauty")[..., 3]
    np.testing.assert_allclose(alpha[0], [0, 1, 0, 0], atol=1e-2)
    np.testing.assert_allclose(alpha[3], [1, 1, 0.5, 0], atol=1e-3)


@pytest.mark.parametrize("opacity", [0.0, 0.25, 0.5, 1.0])
def test_opacity(gpu: Gpu, tmp_path: Path, opacity: float) -> None:
    wall = card(tmp_path, "wall", GREEN, 1.0)
    front = card(tmp_path, "front", RED, 0.8)
    scene = scene_of((wall, (0.0, 0.0, -0.2)), (front, (0.0, 0.0, 0.1)))
    scene = scene.with_values("card 2", opacity=opacity)
    expected = over((RED, 0.8 * opacity), (GREEN, 1.0))
    np.testing.assert_allclose(middle(scene, gpu), expected, atol=2e-3)
    ball = Geometry(
        id="ball", mesh="sphere", scale=(0.2, 0.2, 0.2), translate=(0.0, 0.0, 0.4),
        colour=tuple(BLUE), opacity=opacity,
    )  # fmt: skip
    alone = scene_of((wall, (0.0, 0.0, -0.2))).with_node(ball)
    numbers = drawn(alone, gpu, "object_id", size=(33, 33)).array("object_id")
    assert numbers[16, 16] == (2 if opacity >= 0.5 else 1)


def test_a_veil_of_a_mesh_is_one_layer_thick(gpu: Gpu, tmp_path: Path) -> None:
    """A half transparent ball is seen with its near side only, however its triangles lie."""
    wall = card(tmp_path, "wall", GREEN, 1.0)
    ball = Geometry(
        id="ball", mesh="sphere", scale=(0.5, 0.5, 0.5), translate=(0.0, 0.0, 0.4),
        colour=tuple(BLUE), opacity=0.5,
    )  # fmt: skip
    scene = scene_of((wall, (0.0, 0.0, -0.2))).with_node(ball)
    frame = drawn(scene, gpu, "beauty", "object_id")
    inside = frame.array("object_id") == 2
    assert inside.sum() > 200
    expected = np.broadcast_to(over((BLUE, 0.5), (GREEN, 1.0)), (int(inside.sum()), 4))
    np.testing.assert_allclose(frame.array("beauty")[inside], expected, atol=3e-3)


def test_a_soft_relief_hides_its_own_far_side(gpu: Gpu, tmp_path: Path) -> None:
    """A half transparent relief seen from the side, where its hill covers part of itself."""
    x, y = grid_of(SIZE)
    hill = 0.3 * np.exp(-(x * x + y * y) / 0.01)
    soft = card(tmp_path, "soft", RED, 0.6)
    heights = media_of(tmp_path / "hill.exr", hill.astype(np.float32))
    scene = new_scene(soft, z_media=heights)
    scene = scene.with_values(
        "Z-Depth 1", depth_range=DepthRange.RELIEF, relief_depth=1.0, three_d=True, step=1
    )
    frame = drawn(with_camera_at(scene, (1.2, 0.0, 0.5)), gpu, "beauty", "object_id")
    inside = frame.array("object_id") == 1
    alpha = frame.array("beauty")[..., 3][inside]
    assert inside.sum() > 200
    assert np.percentile(alpha, 98) < 0.61


def test_mattes_under_lights_are_premultiplied(gpu: Gpu, tmp_path: Path) -> None:
    alpha = 0.4
    scene = lit_from(
        new_scene(card(tmp_path, "soft", RED, alpha)), (0.0, 0.0, 3.0), LightType.DIRECTIONAL,
        intensity=0.5,
    )  # fmt: skip
    frame = drawn(scene, gpu, "beauty", "albedo", "shadow")
    expected = [*(RED * alpha * 0.5), alpha]
    np.testing.assert_allclose(frame.array("beauty")[32, 32], expected, atol=2e-3)
    np.testing.assert_allclose(frame.array("albedo")[32, 32], RED * alpha, atol=2e-3)


def test_order_follows_a_moving_camera_in_one_renderer(gpu: Gpu, tmp_path: Path) -> None:
    """The camera swings round: the same renderer draws each frame in that frame's order."""
    near, far = card(tmp_path, "near", RED, 0.4), card(tmp_path, "far", GREEN, 0.7)
    scene = scene_of((near, (0.0, 0.0, 0.1)), (far, (0.0, 0.0, -0.1)))
    turn = curve([(1001, 0.0), (1003, 180.0)])
    scene = scene.with_node(Axis(id="arm", rotate=(0.0, turn, 0.0)))
    camera = next(node for node in scene.nodes if isinstance(node, Camera))
    scene = scene.with_values(camera.id, parent="arm")
    with Renderer(scene, size=(33, 33), samples=1, views=(), gpu=gpu) as renderer:
        for frame, layers in (
            (1001, ((RED, 0.4), (GREEN, 0.7))),
            (1003, ((GREEN, 0.7), (RED, 0.4))),
            (1001, ((RED, 0.4), (GREEN, 0.7))),
        ):
            got = renderer.render(frame).array("beauty")[16, 16]
            np.testing.assert_allclose(got, over(*layers), atol=2e-3)
