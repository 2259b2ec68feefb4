"""Seen from the camera that took it, a picture with depth is the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from engine.gpu import Gpu
from engine.scene import Scene
from passes import Renderer
from tests.support.truth import (
    CAMERA,
    FRAME,
    MAP,
    SURFACE,
    Pixels,
    encoded,
    mapped,
    noise,
    of_function,
    pixel_grid,
    psnr,
    render,
)

STEPS = (1, 4, 16, None)
"""Mesh steps in pixels; None refines the mesh by the error on screen."""


def photo(path: Path, part: str) -> Pixels:
    """The portrait, or a part of it that is not square, (h, w, 3) uint8 RGB."""
    read = cv2.imread(str(path))
    assert read is not None
    crops = {
        "whole": np.s_[:, :],
        "wide": np.s_[90:250, 130:386],
        "tall": np.s_[40:296, 150:313],
    }
    return np.ascontiguousarray(read[crops[part]][..., ::-1])


def smooth(width: int, height: int) -> Pixels:
    return of_function(
        lambda u, v: 1.0 + 0.25 * np.sin(5 * u) * np.cos(4 * v) + 0.3 * u, width, height
    )


def stairs(width: int, height: int) -> Pixels:
    return of_function(
        lambda u, v: np.where((np.floor(u * 7) + np.floor(v * 5)) % 2 == 0, 0.8, 1.6), width, height
    )


def grains(width: int, height: int) -> Pixels:
    return np.random.default_rng(3).uniform(0.2, 3.0, (height, width)).astype(np.float32)


def holes(width: int, height: int) -> Pixels:
    values = grains(width, height)
    kind = np.random.default_rng(4).integers(0, 6, values.shape)
    for index, value in enumerate((np.nan, np.inf, -1.0, 0.0)):
        values[kind == index] = value
    return values


MAPS = {f.__name__: f for f in (smooth, stairs, grains, holes)}


def compared(gpu: Gpu, scene: Scene, picture: Pixels, samples: int) -> float:
    """PSNR of the rendered picture against the file's own pixels, and a solid matte."""
    beauty = render(gpu, scene, ("beauty",), samples=samples)["beauty"]
    assert beauty.shape[:2] == picture.shape[:2]
    assert (beauty[..., 3] == 1.0).all()
    return psnr(encoded(beauty[..., :3]), picture / 255.0)


@pytest.mark.parametrize("samples", [1, 8])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("part", ["wide", "tall"])
def test_the_relief_of_a_photo(
    gpu: Gpu, tmp_path: Path, astronaut: Path, part: str, step: int | None, samples: int
) -> None:
    picture = photo(astronaut, part)
    height, width = picture.shape[:2]
    scene = mapped(tmp_path, smooth(width, height), picture, three_d=True, step=step)
    assert compared(gpu, scene, picture, samples) >= 45


@pytest.mark.parametrize("step", STEPS)
def test_the_relief_of_noise(gpu: Gpu, tmp_path: Path, step: int | None) -> None:
    picture = noise(150, 101)
    scene = mapped(tmp_path, smooth(150, 101), picture, three_d=True, step=step)
    assert compared(gpu, scene, picture, 8) >= 45


@pytest.mark.parametrize("name", ["stairs", "grains"])
def test_the_relief_of_a_torn_map(gpu: Gpu, tmp_path: Path, astronaut: Path, name: str) -> None:
    """Triangles seen almost from their edge show the picture as well."""
    picture = photo(astronaut, "tall")
    height, width = picture.shape[:2]
    scene = mapped(tmp_path, MAPS[name](width, height), picture, three_d=True, step=1)
    assert compared(gpu, scene, picture, 1) >= 50


@pytest.mark.parametrize("samples", [1, 8])
@pytest.mark.parametrize("name", MAPS)
def test_default_mode(gpu: Gpu, tmp_path: Path, astronaut: Path, name: str, samples: int) -> None:
    for picture in (photo(astronaut, "wide"), noise(90, 131)):
        height, width = picture.shape[:2]
        scene = mapped(tmp_path, MAPS[name](width, height), picture)
        assert compared(gpu, scene, picture, samples) >= 50


@pytest.mark.parametrize("step", STEPS)
def test_every_pixel_of_the_whole_portrait(
    gpu: Gpu, tmp_path: Path, astronaut: Path, step: int
) -> None:
    """On screen, no pixel is off by more than one level in 255."""
    picture = photo(astronaut, "whole")
    scene = mapped(tmp_path, smooth(512, 512), picture, three_d=True, step=step)
    with Renderer(scene, gpu=gpu, samples=1) as renderer:
        shown = renderer.render(FRAME).display()
    difference = np.abs(shown.astype(int) - picture.astype(int))
    assert difference.max() <= 1
    assert psnr(shown / 255.0, picture / 255.0) >= 50


@pytest.mark.parametrize("range_", ["normalized", "inverse", "relief"])
@pytest.mark.parametrize("step", STEPS)
def test_every_range(gpu: Gpu, tmp_path: Path, range_: str, step: int | None) -> None:
    picture = noise(96, 64)
    values = 0.5 + 0.4 * np.sin(6 * pixel_grid(96, 64)[0])
    scene = mapped(
        tmp_path, values, picture, depth_range=range_, three_d=True, step=step, effect=1.3
    )
    assert compared(gpu, scene, picture, 8) >= 45


@pytest.mark.parametrize("mode", [{}, {"three_d": True, "step": 4}], ids=["default", "3d"])
def test_any_camera_may_be_the_source(gpu: Gpu, tmp_path: Path, mode: dict[str, Any]) -> None:
    """The surface lies at a slant before its source camera: with and without depth it looks the
    same from there, and from elsewhere it does not."""
    picture = np.repeat(np.repeat(noise(16, 12), 8, 0), 8, 1)
    scene = mapped(tmp_path, smooth(128, 96), picture, source_camera=CAMERA, **mode)
    scene = scene.with_values(SURFACE, rotate=(20.0, 35.0, 5.0), translate=(0.1, 0.0, -0.2))
    flat = scene.with_values(MAP, displace=False)

    def beauty(scene: Scene) -> npt.NDArray[np.float64]:
        return encoded(render(gpu, scene, ("beauty",), samples=8)["beauty"])

    assert psnr(beauty(scene), beauty(flat)) >= 45
    away = [s.with_values(CAMERA, translate=(0.5, 0.0, 1.3)) for s in (scene, flat)]
    if mode:
        # The source camera moves along: it must be another one for parallax.
        stays = msgspec.structs.replace(scene.node(CAMERA), id="Taken by")
        away = [s.with_node(stays).with_values(MAP, source_camera="Taken by") for s in away]
        assert psnr(beauty(away[0]), beauty(away[1])) < 30


def test_a_pixel_aspect(gpu: Gpu, tmp_path: Path) -> None:
    """Pixels that are not square: the surface is wider, the picture the same."""
    picture = noise(60, 48)
    scene = mapped(tmp_path, smooth(60, 48), picture, three_d=True, step=1)
    media = msgspec.structs.replace(scene.media[0], pixel_aspect=2.0)
    scene = scene.replace_media(1, media).with_settings(pixel_aspect=2.0)
    assert compared(gpu, scene, picture, 8) >= 45


def test_a_picture_of_one_pixel(gpu: Gpu, tmp_path: Path) -> None:
    picture = noise(1, 1)
    for values in ({}, {"three_d": True, "step": 1}, {"three_d": True, "step": 16}):
        scene = mapped(tmp_path, np.full((1, 1), 1.2), picture, **values)
        assert compared(gpu, scene, picture, 8) >= 50


@pytest.mark.parametrize("size", [(1, 7), (13, 1), (2, 3), (67, 131)])
@pytest.mark.parametrize("step", [1, 3, 64])
def test_odd_sizes(gpu: Gpu, tmp_path: Path, size: tuple[int, int], step: int | None) -> None:
    picture = noise(*size)
    scene = mapped(tmp_path, smooth(*size), picture, three_d=True, step=step)
    assert compared(gpu, scene, picture, 8) >= 45
