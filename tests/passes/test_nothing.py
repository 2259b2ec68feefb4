"""Values of a depth map that mean nothing: far ones stay at far and touch nothing, missing ones are
filled from behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from engine.gpu import Gpu
from engine.scene import Light, Scene, new_media
from passes import Renderer
from tests.support.truth import CAMERA, DISTANCE, FRAME, MAP, Pixels, mapped

SIZE = (320, 180)
DISC = np.hypot(*np.mgrid[-89.5:90, -159.5:160]) < 50
INSIDE, OUTSIDE = 1.1, 1.9
AUTO = {"nothing": "auto", "holes": "farther"}
FAR_END = 5.0


def slow(*cases: Any) -> list[Any]:
    """Cases that are left to the campaigns."""
    return [pytest.param(case, marks=pytest.mark.slow) for case in cases]


def disc(inside: float = INSIDE, outside: float = OUTSIDE) -> Pixels:
    return np.where(DISC, inside, outside).astype(np.float32)


def shot(folder: Path, values: Pixels, alpha: Pixels | None = None, **fields: Any) -> Scene:
    """Near and far of the map, and of the camera, have room for all of it."""
    fields = {"near": 0.2, "far": FAR_END, **AUTO, **fields}
    scene = mapped(folder, values, alpha=alpha, **fields)
    return scene.with_values(CAMERA, far=2 * FAR_END)


def drawn(
    gpu: Gpu, scene: Scene, passes: tuple[str, ...] = ("z", "confidence"), frame: int = FRAME
) -> tuple[dict[str, Pixels], list[str]]:
    """The passes of a frame, and what was said of it."""
    with Renderer(scene, passes=passes, samples=1, gpu=gpu) as renderer:
        rendered = renderer.render(frame)
        return {name: rendered.array(name) for name in passes}, list(rendered.warnings)


# -- far --


@pytest.mark.parametrize("value", [1e10, *slow(65504.0, np.inf, 3.4e38, 12.0)])
def test_a_background_of_nothing_is_far_and_softens_nothing(
    gpu: Gpu, tmp_path: Path, value: float
) -> None:
    scene = shot(tmp_path, disc(outside=value), softness=(4.0, 4.0))
    found, said = drawn(gpu, scene)
    np.testing.assert_allclose(found["z"][DISC], INSIDE, rtol=1e-4)
    np.testing.assert_allclose(found["z"][~DISC], FAR_END, rtol=1e-4)
    assert (found["confidence"] == 1).all()
    (told,) = said
    assert MAP in told and "nothing there, so far" in told and "86 %" in told
    assert ("infinite" if np.isinf(value) else f"{value:.6g}") in told


@pytest.mark.slow
def test_as_documents_were_it_is_not(gpu: Gpu, tmp_path: Path) -> None:
    scene = shot(tmp_path, disc(outside=np.inf), softness=(4.0, 4.0), nothing="none", holes="plane")
    found, said = drawn(gpu, scene)
    assert np.abs(found["z"][DISC] - INSIDE).max() > 0.5
    assert not said


@pytest.mark.slow
def test_edge_aware_softness_leaves_it_out_too(gpu: Gpu, tmp_path: Path) -> None:
    scene = shot(tmp_path, disc(outside=65504.0), softness=(4.0, 4.0), edge_aware=True)
    found, _ = drawn(gpu, scene)
    np.testing.assert_allclose(found["z"][DISC], INSIDE, rtol=1e-3)
    np.testing.assert_allclose(found["z"][~DISC], FAR_END, rtol=1e-4)


@pytest.mark.slow
def test_between_pixels_of_the_map_there_is_no_depth_between(gpu: Gpu, tmp_path: Path) -> None:
    """The picture is twice as fine as its map."""
    picture = np.zeros((2 * SIZE[1], 2 * SIZE[0], 3), np.uint8)
    scene = mapped(tmp_path, disc(outside=1e10), picture, near=0.2, far=FAR_END)
    scene = scene.with_values(MAP, **AUTO)
    z = drawn(gpu, scene.with_values(CAMERA, far=2 * FAR_END))[0]["z"]
    assert np.all(np.isclose(z, INSIDE, rtol=1e-4) | np.isclose(z, FAR_END, rtol=1e-4))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fields", "values", "far"),
    [
        ({"depth_range": "ray", "far": FAR_END}, disc(1.5, 65504.0), True),
        ({"depth_range": "normalized"}, disc(0.3, 1e10), True),
        ({"depth_range": "normalized", "invert": True}, disc(0.3, 1e10), True),
        ({"depth_range": "normalized", "invert": True}, disc(0.1, 1.0), False),
        ({"depth_range": "inverse"}, disc(0.5, 10.0), False),
        ({"depth_range": "inverse"}, disc(0.5, 1e10), True),
        ({"depth_range": "absolute", "white": -1.0}, disc(-1.1, -1e10), True),
    ],
    ids=str,
)
def test_in_every_range(
    gpu: Gpu, tmp_path: Path, fields: dict[str, Any], values: Pixels, far: bool
) -> None:
    found, said = drawn(gpu, shot(tmp_path, values, **fields), ("z",))
    assert np.allclose(found["z"][~DISC], FAR_END, rtol=1e-4) == far
    assert not np.allclose(found["z"][DISC], FAR_END, rtol=1e-4)
    assert bool(said) == far


@pytest.mark.slow
def test_heights_may_be_negative(gpu: Gpu, tmp_path: Path) -> None:
    for value, confidence in ((-0.2, 1.0), (-9999.0, 0.0)):
        values = disc(0.3, 0.1)
        values[:20] = value
        found, _ = drawn(gpu, shot(tmp_path, values, depth_range="relief", holes="plane"))
        assert (found["confidence"][:20] == confidence).all()


@pytest.mark.slow
def test_the_artist_says_what_is_nothing(gpu: Gpu, tmp_path: Path) -> None:
    """It overrides: one value that is far, another that is missing; and none at all."""
    values = disc(1.1, 3.0)
    values[:20] = 2.0
    far = drawn(gpu, shot(tmp_path, values, nothing=3.0), ("z",))[0]["z"]
    assert np.allclose(far[90, 20], FAR_END) and np.allclose(far[5, 5], 2.0)
    values[:20] = -5.0
    values[170:] = -6.0  # two of them are found to be values
    found = drawn(gpu, shot(tmp_path, values, nothing=-5.0, holes="plane"))[0]
    assert (found["confidence"][:20] == 0).all()
    none = drawn(gpu, shot(tmp_path, disc(1.1, 30.0), nothing="none", softness=(3.0, 3.0)))[0]["z"]
    assert np.abs(none[DISC] - INSIDE).max() > 0.1  # far is a number like any other


@pytest.mark.slow
def test_codes_of_a_16_bit_file_are_as_other_programs_show_them(gpu: Gpu, tmp_path: Path) -> None:
    import cv2

    codes = np.where(DISC, 1100, 5000).astype(np.uint16)  # millimetres
    assert cv2.imwrite(str(tmp_path / "mm.png"), codes)
    scene = shot(tmp_path, disc(), nothing=5000.0, depth_scale=65.535)
    scene = scene.replace_media(2, new_media(tmp_path / "mm.png", SIZE))
    z = drawn(gpu, scene.with_values(MAP, far=8.0), ("z",))[0]["z"]
    np.testing.assert_allclose(z[DISC], 1.1, atol=1e-3)
    np.testing.assert_allclose(z[~DISC], 8.0, atol=1e-3)


@pytest.mark.slow
def test_a_shot_is_judged_as_a_whole(gpu: Gpu, tmp_path: Path) -> None:
    """In one frame the object is so far away that its background does not stand alone; what it
    means does not change from frame to frame."""
    for frame, inside in ((1001, 1.1), (1002, 1.5), (1003, 4.0)):
        channels = {"Y": np.ascontiguousarray(disc(inside, 20.0))}
        OpenEXR.File({"type": OpenEXR.scanlineimage}, channels).write(
            str(tmp_path / f"z.{frame}.exr")
        )
    media = new_media(tmp_path / "z.####.exr", SIZE, kind="sequence", first=1001, last=1003)
    scene = shot(tmp_path, disc(), near=0.2, far=30.0).replace_media(2, media)
    scene = scene.with_settings(first=1001, last=1003).with_values(CAMERA, far=40.0)
    backgrounds = []
    for frame in (1001, 1002, 1003):
        backgrounds.append(drawn(gpu, scene, ("z",), frame)[0]["z"][5, 5])
    assert np.ptp(backgrounds) == 0


# -- missing --


@pytest.mark.parametrize("value", [0.0, *slow(np.nan, -np.inf, -1.0, "alpha")])
def test_holes_are_filled_from_behind(gpu: Gpu, tmp_path: Path, value: Any) -> None:
    values, alpha = disc(), None
    holes = np.zeros(values.shape, bool)
    holes[80:100, 150:170] = True  # within the disc
    holes[85:95, 200:220] = True  # across its rim
    holes[20:40, 30:60] = True  # in the background
    if value == "alpha":
        alpha = np.where(holes, 0.0, 1.0)
    else:
        values[holes] = value
    found, said = drawn(gpu, shot(tmp_path, values, alpha))
    wanted = disc()
    wanted[85:95, 200:220] = OUTSIDE
    np.testing.assert_allclose(found["z"], wanted, rtol=1e-4)
    assert (found["confidence"] == ~holes).all()
    assert any("missing" in text and "farther neighbour" in text for text in said)


@pytest.mark.slow
def test_in_documents_of_before_the_plane_stands(gpu: Gpu, tmp_path: Path) -> None:
    values = disc()
    values[80:100, 150:170] = np.nan
    found, _ = drawn(gpu, shot(tmp_path, values, nothing="none", holes="plane"))
    np.testing.assert_allclose(found["z"][80:100, 150:170], DISTANCE, rtol=1e-4)


@pytest.mark.slow
def test_holes_may_be_at_far(gpu: Gpu, tmp_path: Path) -> None:
    values = disc()
    values[80:100, 150:170] = np.nan
    for softness in (0.0, 2.0):
        scene = shot(tmp_path, values, holes="far", softness=(softness, softness))
        found, _ = drawn(gpu, scene)
        np.testing.assert_allclose(found["z"][80:100, 150:170], FAR_END, rtol=1e-4)
        assert (found["confidence"][80:100, 150:170] == 0).all()


def test_on_a_slope_a_hole_goes_on_as_it_does(gpu: Gpu, tmp_path: Path) -> None:
    u, v = np.meshgrid(np.linspace(0, 1, SIZE[0]), np.linspace(0, 1, SIZE[1]))
    slope = (1.2 + 0.8 * u + 0.4 * v).astype(np.float32)
    values = slope.copy()
    values[60:110, 100:190] = 0.0
    values[:30, :20] = np.nan  # a corner
    values[rows := slice(140, 142), :] = np.nan  # lines, as sensors drop them
    z = drawn(gpu, shot(tmp_path, values), ("z",))[0]["z"]
    np.testing.assert_allclose(z[60:110, 100:190], slope[60:110, 100:190], atol=2e-3)
    np.testing.assert_allclose(z[rows], slope[rows], atol=2e-3)
    assert np.abs(z - slope).max() < 0.1


@pytest.mark.slow
def test_scattered_holes_and_none_at_all(gpu: Gpu, tmp_path: Path) -> None:
    dead = np.random.default_rng(1).random(DISC.shape) < 0.3
    values = disc()
    values[dead] = np.nan
    z = drawn(gpu, shot(tmp_path, values), ("z",))[0]["z"]
    assert np.all(np.isclose(z, INSIDE, rtol=1e-3) | np.isclose(z, OUTSIDE, rtol=1e-3))
    assert (np.isclose(z, disc(), rtol=1e-3)).mean() > 0.98
    empty = drawn(gpu, shot(tmp_path, np.full(DISC.shape, np.nan, np.float32)))[0]
    np.testing.assert_allclose(empty["z"], DISTANCE, rtol=1e-4)
    assert (empty["confidence"] == 0).all()


@pytest.mark.slow
def test_what_lies_around_a_data_window_goes_on_to_the_corners(gpu: Gpu, tmp_path: Path) -> None:
    values = np.full(DISC.shape, np.nan, np.float32)
    values[40:140, 60:260] = OUTSIDE
    z = drawn(gpu, shot(tmp_path, values), ("z",))[0]["z"]
    np.testing.assert_allclose(z, OUTSIDE, rtol=1e-4)


@pytest.mark.slow
def test_beside_the_map_the_plane_stands(gpu: Gpu, tmp_path: Path) -> None:
    """Where there is no map, nothing is missing."""
    values = disc()
    values[80:100, 150:170] = np.nan
    z = drawn(gpu, shot(tmp_path, values, scale=(0.5, 0.5, 1.0)), ("z",))[0]["z"]
    np.testing.assert_allclose(z[:40], DISTANCE, rtol=1e-4)
    np.testing.assert_allclose(z[90, 160], INSIDE, rtol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [{"softness": (3.0, 3.0)}, {"softness": (3.0, 3.0), "edge_aware": True}, {"tear": True},
     {"tear": True, "softness": (2.0, 2.0)}],
    ids=str,
)  # fmt: skip
def test_a_hole_is_no_spike_and_throws_no_shadow(
    gpu: Gpu, tmp_path: Path, fields: dict[str, Any]
) -> None:
    """A wall with holes is lit, from the side, as one without."""
    wall = np.full(DISC.shape, OUTSIDE, np.float32)
    holes = wall.copy()
    holes[40:60, 100:140] = 0.0
    holes[120, 200] = np.nan
    pictures = []
    for values in (wall, holes):
        scene = shot(tmp_path, values, three_d=True, displace=True, **fields)
        scene = scene.with_node(Light(id="Light 1", rotate=(-20.0, 60.0, 0.0), shadows=True))
        pictures.append(drawn(gpu, scene, ("beauty", "z"))[0])
    np.testing.assert_allclose(pictures[1]["z"], pictures[0]["z"], rtol=1e-3)
    np.testing.assert_allclose(pictures[1]["beauty"], pictures[0]["beauty"], atol=0.01)


# -- what is said --


@pytest.mark.parametrize("kind", ["absolute", "ray"])
def test_a_map_with_nothing_above_0_is_said_to_be_flat(gpu: Gpu, tmp_path: Path, kind: str) -> None:
    for values, hint in ((disc(-1.0, -2.0), "White to -1"), (disc(0.0, 0.0), "stays flat")):
        _, said = drawn(gpu, shot(tmp_path, values, depth_range=kind), ("z",))
        (told,) = [text for text in said if "above 0" in text]
        assert MAP in told and kind.title() in told and hint in told


def test_camera_space_that_is_turned_round_is_depth(gpu: Gpu, tmp_path: Path) -> None:
    found, said = drawn(gpu, shot(tmp_path, disc(-1.0, -2.0), white=-1.0), ("z",))
    np.testing.assert_allclose(found["z"], disc(1.0, 2.0), rtol=1e-4)
    assert not said
