"""What lies under a pixel: the object there, and where it is. Against the passes of the whole
picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.gpu import Gpu
from engine.scene import Scene
from passes import Renderer
from passes.under import REACH, Seen
from tests.support.truth import FRAME, SURFACE, mapped, of_function, orbited, render, with_ball

SIZE = (96, 72)
PIXELS = ((20, 30), (47, 36), (60, 50), (2, 2), (93, 69), (70, 12))


def shot(folder: Path, **values: Any) -> Scene:
    """A slope with a step and a hole, and a ball before it, from the side; 3D off unless said."""
    depth = of_function(lambda u, v: np.where(u < 0.5, 1.1, 1.5) + 0.2 * v, *SIZE)
    depth[30:40, 60:70] = np.nan
    scene = mapped(folder, depth, displace=True, **values).with_settings(size=SIZE)
    return with_ball(orbited(scene, 12.0, 5.0), (-0.2, 0.1, 0.3), 0.15)


def look(renderer: Renderer, pixel: tuple[int, int], **how: Any) -> Seen:
    return renderer.look(renderer.scene.evaluate(FRAME), *pixel, **how).seen()


@pytest.mark.parametrize("three_d", [False, True])
def test_the_pixels_are_those_of_the_picture(gpu: Gpu, tmp_path: Path, three_d: bool) -> None:
    scene = shot(tmp_path, three_d=three_d)
    whole = render(gpu, scene, ("z", "object_id", "confidence"))
    padded = {name: np.pad(whole[name], REACH) for name in whole}
    with Renderer(scene, gpu=gpu, passes=("z",), views=(), samples=1) as renderer:
        for x, y in PIXELS:
            seen = look(renderer, (x, y))
            part = (slice(y, y + 2 * REACH + 1), slice(x, x + 2 * REACH + 1))
            # What lies beyond the picture's edge is seen too; only what is in it is compared.
            inside = np.pad(np.ones(SIZE[::-1], bool), REACH)[part]
            objects, z = padded["object_id"][part], padded["z"][part]
            sure = inside & (seen.objects == objects)
            # An outline runs through a pixel's centre here and there.
            assert (inside & ~sure).sum() <= 1
            there = sure & (objects > 0)
            assert np.allclose(seen.depths[there], z[there], rtol=2e-3)
            # NaN and what lies on its rim is not known.
            assert (seen.known[there] <= (padded["confidence"][part][there] >= 0.5)).all()


def test_a_map_counts_even_where_the_passes_do_not_show_it(gpu: Gpu, tmp_path: Path) -> None:
    depth = np.full(SIZE[::-1], 1.05)
    scene = mapped(tmp_path, depth, displace=False, z_pass=False).with_settings(size=SIZE)
    assert render(gpu, scene)["z"][36, 48] == pytest.approx(1.374, abs=1e-3)
    with Renderer(scene, gpu=gpu, passes=("z",), views=(), samples=1) as renderer:
        seen = look(renderer, (48, 36))
    assert np.allclose(seen.depths, 1.05, rtol=1e-5)
    assert seen.known.all()


def test_things_are_looked_through(gpu: Gpu, tmp_path: Path) -> None:
    scene = shot(tmp_path)
    with Renderer(scene, gpu=gpu, passes=("z",), views=(), samples=1) as renderer:
        objects = render(gpu, scene, ("object_id",))["object_id"]
        y, x = (int(part) for part in np.argwhere(objects == 2).mean(axis=0))
        assert look(renderer, (x, y)).object == 2
        behind = look(renderer, (x, y), without=("Ball",))
        assert behind.object == 1
        assert (behind.depths > 1.0).all()
        nothing = look(renderer, (x, y), without=("Ball", SURFACE))
        assert nothing.object == 0
        assert not nothing.known.any()


def test_the_sky_of_a_map_is_no_known_depth(gpu: Gpu, tmp_path: Path) -> None:
    depth = of_function(lambda u, v: np.where(v < 0.5, np.inf, 1.2) + 0 * u, *SIZE)
    scene = mapped(tmp_path, depth, displace=True).with_settings(size=SIZE)
    with Renderer(scene, gpu=gpu, passes=("z",), views=(), samples=1) as renderer:
        assert not look(renderer, (40, 10)).known.any()
        assert look(renderer, (40, 60)).known.all()
