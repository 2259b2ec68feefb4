"""What a person sees of depth: a view that uses its greys on what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from PIL import Image

from engine.gpu import Gpu
from engine.scene import DepthRange, Scene, new_media, new_scene
from passes import Renderer
from tests.support.truth import FRAME, MAP, mapped, of_function, orbited, with_ball

SIZE = (64, 48)


@pytest.mark.parametrize("turn", [0.0, 25.0])
@pytest.mark.parametrize("fields", [{}, {"three_d": True, "step": 1}, {"displace": False}])
@pytest.mark.parametrize("ball", [False, True])
def test_the_view_of_z_is_monotonic_and_clips_nothing(
    gpu: Gpu, tmp_path: Path, fields: dict[str, Any], ball: bool, turn: float
) -> None:
    """Also of depth that is replaced, before and behind all other objects."""
    values = of_function(lambda u, v: 0.85 + 1.1 * u + 0.0 * v, *SIZE)
    scene = orbited(mapped(tmp_path, values, **fields), turn)
    if ball:
        scene = with_ball(scene, (0.0, 0.2, 0.1), 0.1)
    with Renderer(scene, gpu=gpu, passes=("z", "object_id"), views=("z",), samples=1) as renderer:
        frame = renderer.render(FRAME)
        z, shown, objects = frame.array("z"), frame.display("z"), frame.array("object_id")
    there = objects > 0
    assert (shown[..., 0] == shown[..., 1]).all() and (shown[..., 0] == shown[..., 2]).all()
    greys, depths = shown[there][:, 0].astype(float), z[there].astype(float)
    slope, offset = np.polyfit(depths, greys, 1)
    assert slope > 40, "greys for each unit of depth"
    assert np.abs(greys - (slope * depths + offset)).max() < 1.0, "linear: nothing is clipped"


def test_a_flat_surface_is_no_division_by_nothing(gpu: Gpu, tmp_path: Path) -> None:
    scene = mapped(tmp_path, np.full((6, 8), 1.0)).with_values(MAP, displace=False, z_pass=False)
    with Renderer(scene, gpu=gpu, passes=("z",), views=("z", "z_aa"), samples=1) as renderer:
        frame = renderer.render(FRAME)
        for name in ("z", "z_aa"):
            grey = frame.display(name)
            assert 0 < grey.min() <= grey.max() < 255


# -- fitted to what is there --

FAR = 5.0e4


def shown_between(gpu: Gpu, scene: Scene, view: str = "z") -> tuple[np.ndarray, float, float]:
    """The greys (h, w) of a view, and the ends that it says it has."""
    with Renderer(scene, gpu=gpu, passes=("beauty",), views=(view,), samples=1) as renderer:
        grey = renderer.render(FRAME).display(view)[..., 0]
        return grey.astype(float), *renderer.shown_range(view)


def depth_file(folder: Path, values: np.ndarray) -> Path:
    """A depth in metres, written by another library."""
    path = folder / "metres.exr"
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, {"Z": values.astype(np.float32)}).write(str(path))
    return path


def metres(folder: Path, values: np.ndarray, **fields: Any) -> Scene:
    """A document with that depth, whose camera's own far is 2.75 scene units."""
    picture = folder / "picture.png"
    Image.new("RGB", (values.shape[1], values.shape[0]), (120, 130, 140)).save(picture)
    height, width = values.shape
    scene = new_scene(
        new_media(picture, (width, height)),
        z_media=new_media(depth_file(folder, values), (width, height)),
    )
    usual = {"depth_range": DepthRange.ABSOLUTE, "near": 0.1, "far": FAR, "z_pass": True}
    return scene.with_values(MAP, **(usual | fields))


@pytest.mark.parametrize(
    ("view", "three_d"),
    [
        ("z", False),
        pytest.param("z", True, marks=pytest.mark.slow),
        ("z_aa", True),
        pytest.param("z_aa", False, marks=pytest.mark.slow),
    ],
)
def test_metres_beyond_the_cameras_far_are_seen(
    gpu: Gpu, tmp_path: Path, three_d: bool, view: str
) -> None:
    """A person at 8 m before a wall at 12 m: three greys, not one white."""
    values = np.full((90, 160), 12.0)
    values[20:80, 60:100] = 8.0
    values[40:60, 70:90] = 10.0
    scene = metres(tmp_path, values, three_d=three_d, step=1)
    grey, low, high = shown_between(gpu, scene, view)
    assert (low, high) == pytest.approx((8.0, 12.0), rel=1e-3)
    assert grey[30, 80] < 3 and grey[50, 80] == pytest.approx(127, abs=3) and grey[5, 5] > 252


@pytest.mark.parametrize(
    "nothing",
    [65504.0, np.inf, *(pytest.param(v, marks=pytest.mark.slow) for v in (1e10, FAR))],
)
def test_what_stands_for_nothing_takes_no_greys(gpu: Gpu, tmp_path: Path, nothing: float) -> None:
    """Sky as renderers write it, behind a slope from 3 to 7 m."""
    values = np.tile(np.linspace(3.0, 7.0, 160), (90, 1))
    values[:30] = nothing
    grey, low, high = shown_between(gpu, metres(tmp_path, values))
    assert (low, high) == pytest.approx((3.0, 7.0), rel=1e-3)
    assert (grey[:30] == 255).all()
    assert np.ptp(grey[40:]) > 250


def test_one_distance_alone_in_a_far_document(gpu: Gpu, tmp_path: Path) -> None:
    """A largest value that stands alone is left out also where no map calls it far; two are a
    scene."""
    values = np.tile(np.linspace(3.0, 7.0, 160), (90, 1))
    values[:30] = 900.0
    scene = metres(tmp_path, values, far=1e6)
    _, low, high = shown_between(gpu, scene)
    assert (low, high) == pytest.approx((3.0, 7.0), rel=1e-3)
    values[:30, :80] = 901.0
    _, low, high = shown_between(gpu, metres(tmp_path, values, far=1e6))
    assert (low, high) == pytest.approx((3.0, 901.0), rel=1e-3)


def test_empty_pixels_are_no_distance(gpu: Gpu, tmp_path: Path) -> None:
    """A small surface before nothing: the camera's far, which is written there, does not count."""
    values = np.tile(np.linspace(1.2, 1.5, 160), (90, 1))
    scene = metres(tmp_path, values).with_values("Surface 1", scale=(0.5, 0.5, 1.0))
    _, low, high = shown_between(gpu, scene)
    assert 1.1 < low < 1.25 and 1.45 < high < 1.6
