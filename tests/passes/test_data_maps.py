"""Maps that take the place of albedo, position and texture coordinates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenEXR
import pytest

from engine.gpu import Gpu
from engine.scene import (
    DiffuseMap,
    Geometry,
    LightType,
    PositionMap,
    Scene,
    UVMap,
    new_media,
    new_scene,
)
from passes import Renderer
from tests.passes.test_tear import away_from_edges, box_picture, boxed, seen, shot
from tests.support.shots import drawn, grid_of, lit_from, media_of, white
from tests.support.truth import orbited

Floats = npt.NDArray[np.floating[Any]]
SIZE = (64, 64)
SURFACE = "Surface 1"


def values(seed: int, scale: float) -> Floats:
    rng = np.random.default_rng(seed)
    return (scale * rng.standard_normal((SIZE[1], SIZE[0], 3))).astype(np.float32)


def mapped(folder: Path, kind: Any, pixels: Floats, **fields: Any) -> Scene:
    """A white surface, seen one to one, with a map of this kind."""
    scene = new_scene(white(folder, SIZE)).with_media(media_of(folder / "map.exr", pixels))
    return scene.with_node(kind(id="map", parent=SURFACE, media=2, **fields))


def test_positions_are_shown_to_the_last_bit(gpu: Gpu, tmp_path: Path) -> None:
    pixels = values(1, 1e5)
    frame = drawn(mapped(tmp_path, PositionMap, pixels), gpu, "position", "z")
    np.testing.assert_array_equal(frame.array("position"), pixels)
    np.testing.assert_allclose(frame.array("z"), 1.3737, atol=1e-3)  # which stays the surface's


def test_where_a_map_has_no_value_the_surface_s_own_is_shown(gpu: Gpu, tmp_path: Path) -> None:
    pixels = np.concatenate([values(2, 3.0), np.ones((64, 64, 1), np.float32)], axis=-1)
    pixels[:20, :, 3] = 0.0
    pixels[20:30, :, 1] = np.nan
    found = drawn(mapped(tmp_path, PositionMap, pixels), gpu, "position").array("position")
    own = np.stack([*grid_of(SIZE), np.zeros((64, 64))], axis=-1)
    np.testing.assert_allclose(found[:30], own[:30], atol=1e-5)
    np.testing.assert_array_equal(found[30:], pixels[30:, :, :3])


@pytest.mark.parametrize("flip", [False, True])
def test_texture_coordinates_have_the_origin_of_the_file(
    gpu: Gpu, tmp_path: Path, flip: bool
) -> None:
    pixels = np.abs(values(3, 0.3))
    pixels[5, 7] = (0.0, 0.0 if flip else 1.0, 0.0)  # the corner that is (0, 0) within
    scene = mapped(tmp_path, UVMap, pixels, flip_v=flip)
    path = drawn(scene, gpu, "uv").save(tmp_path / "out.exr")
    channels = OpenEXR.File(str(path), separate_channels=True).parts[0].channels
    found = np.stack([channels["uv.U"].pixels, channels["uv.V"].pixels], axis=-1)
    truth = np.stack([pixels[..., 0], 1 - pixels[..., 1] if flip else pixels[..., 1]], axis=-1)
    np.testing.assert_allclose(found, truth, atol=1e-6)


@pytest.mark.slow
def test_a_rendered_pass_comes_back_as_a_map(gpu: Gpu, tmp_path: Path) -> None:
    scene = new_scene(white(tmp_path, SIZE)).with_values(SURFACE, rotate=(0.0, 40.0, 10.0))
    path = drawn(scene, gpu, "uv", "position").save(tmp_path / "out.exr")
    read = [new_media(path, SIZE, name=name) for name in ("uv", "P")]
    flat = new_scene(white(tmp_path, SIZE))
    for media, layer in zip(read, ("uv", "P"), strict=True):
        flat = flat.with_media(media).replace_media(
            len(flat.media) + 1, type(media)(**{**_fields(media), "layer": layer})
        )
    flat = flat.with_node(
        UVMap(id="uv", parent=SURFACE, media=2), PositionMap(id="P", parent=SURFACE, media=3)
    )
    first, again = (drawn(s, gpu, "uv", "position", "object_id") for s in (scene, flat))
    there = first.array("object_id") == 1
    for name in ("uv", "position"):
        np.testing.assert_allclose(
            again.array(name)[there], first.array(name)[there], atol=1e-6, err_msg=name
        )


def _fields(media: Any) -> dict[str, Any]:
    return {name: getattr(media, name) for name in media.__struct_fields__}


def test_albedo_takes_light_in_the_place_of_the_picture(gpu: Gpu, tmp_path: Path) -> None:
    pixels = np.abs(values(4, 0.4)).clip(0, 1)
    scene = mapped(tmp_path, DiffuseMap, pixels)
    dark = drawn(scene, gpu, "beauty", "albedo")
    np.testing.assert_allclose(dark.array("beauty")[..., :3], 1.0, atol=1e-3)  # as it is
    np.testing.assert_allclose(dark.array("albedo"), pixels, atol=2e-3)
    lit = lit_from(scene, (0.0, 0.0, 3.0), LightType.DIRECTIONAL, intensity=0.5)
    for one, truth in ((lit, 0.5 * pixels), (lit.with_values(SURFACE, lit=False), 0 * pixels + 1)):
        found = drawn(one, gpu, "beauty").array("beauty")
        np.testing.assert_allclose(found[..., :3], truth, atol=2e-3)
        np.testing.assert_array_equal(found[..., 3], 1)


def test_the_picture_s_matte_stays_over_another_albedo(gpu: Gpu, tmp_path: Path) -> None:
    picture = np.ones((64, 64, 4), np.float32)
    picture *= np.linspace(0, 1, 64, dtype=np.float32)[None, :, None]
    colour = np.broadcast_to(np.array([0.2, 0.5, 0.7], np.float32), (64, 64, 3))
    scene = new_scene(media_of(tmp_path / "soft.exr", picture))
    scene = scene.with_media(media_of(tmp_path / "albedo.exr", colour))
    scene = scene.with_node(DiffuseMap(id="map", parent=SURFACE, media=2))
    scene = lit_from(scene, (0.0, 0.0, 3.0), LightType.DIRECTIONAL)
    found = drawn(scene, gpu, "beauty").array("beauty")
    np.testing.assert_allclose(found[..., 3], picture[..., 3], atol=2e-3)
    np.testing.assert_allclose(found[..., :3], colour * picture[..., 3:], atol=2e-3)


def test_maps_on_a_mesh(gpu: Gpu, tmp_path: Path) -> None:
    pixels = np.abs(values(5, 0.5)).clip(0, 1)
    scene = new_scene(white(tmp_path, SIZE)).without(SURFACE)
    scene = scene.with_media(media_of(tmp_path / "map.exr", pixels))
    scene = scene.with_node(
        Geometry(id="Plane", mesh="plane", colour=(1.0, 0.5, 1.0)),
        DiffuseMap(id="d", parent="Plane", media=2),
        PositionMap(id="p", parent="Plane", media=2),
    )
    scene = lit_from(scene, (0.0, 0.0, 3.0), LightType.DIRECTIONAL)
    frame = drawn(scene, gpu, "beauty", "position")
    np.testing.assert_array_equal(frame.array("position"), pixels)
    np.testing.assert_allclose(
        frame.array("beauty")[..., :3], pixels * np.array([1, 0.5, 1]), atol=2e-3
    )


def test_what_no_pass_shows_is_not_loaded(gpu: Gpu, tmp_path: Path) -> None:
    scene = mapped(tmp_path, PositionMap, values(6, 1.0))
    with Renderer(scene, passes=("beauty",), views=(), samples=1, gpu=gpu) as renderer:
        renderer.render(1001).wait()
        assert "media 2" not in renderer.graph
        renderer.choose(("position",), ())
        renderer.render(1001).wait()
        assert "media 2 values" in renderer.graph


def test_what_fills_a_hole_has_the_albedo_s_colour(gpu: Gpu, tmp_path: Path) -> None:
    """Under light the albedo goes on behind a cut, without light the picture does."""
    albedo = np.broadcast_to(np.array([0.1, 0.6, 0.3], np.float32), (36, 48, 3))
    scene = orbited(shot(tmp_path, boxed(), box_picture()), 20, 6)
    scene = scene.with_media(media_of(tmp_path / "albedo.exr", albedo))
    mapped = scene.with_node(DiffuseMap(id="d", parent=SURFACE, media=3))
    _, hole, _ = seen(scene)
    sure = away_from_edges(hole)
    lit = mapped.with_settings(ambient=(0.5, 0.5, 0.5))
    with Renderer(lit, views=(), size=(96, 72), gpu=gpu, samples=1) as renderer:
        for light, truth in ((True, 0.5 * albedo[0, 0]), (False, None), (True, 0.5 * albedo[0, 0])):
            renderer.show(lit if light else mapped)
            found = renderer.render(1001).array("beauty")[sure][:, :3]
            if truth is None:
                truth = drawn(scene, gpu, size=(96, 72)).array("beauty")[sure][:, :3]
            np.testing.assert_allclose(found, np.broadcast_to(truth, found.shape), atol=3e-3)
