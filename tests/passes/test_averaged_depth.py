"""`depthAA.Z`: the mean of Z over a pixel, for tools that want it so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.gpu import Gpu
from tests.support.truth import CAMERA, DISTANCE, FAR, NEAR, SURFACE, mapped, noise, orbited, render


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e5])
def test_it_is_z_where_all_of_a_pixel_is_one_surface(
    gpu: Gpu, tmp_path: Path, scale: float
) -> None:
    """In any unit: a scene in millimetres has depths that half floats do not reach."""
    scene = mapped(tmp_path, np.full((24, 32), 1.234))
    scene = scene.with_values(SURFACE, scale=(scale, scale, scale)).with_values(
        CAMERA, translate=(0.0, 0.0, DISTANCE * scale), near=NEAR * scale, far=FAR * scale
    )
    found = render(gpu, scene, ("z", "z_aa"), samples=4)
    np.testing.assert_allclose(found["z"], 1.234 * scale, rtol=1e-4)
    np.testing.assert_allclose(found["z_aa"], found["z"], rtol=1e-3)


def test_it_is_the_mean_where_two_depths_meet(gpu: Gpu, tmp_path: Path) -> None:
    """The border of the surface, seen from the side: between Z and far, by what is covered."""
    scene = orbited(mapped(tmp_path, np.full((60, 80), 1.3), noise(80, 60)), 20.0)
    found = render(gpu, scene, ("z_aa", "beauty", "z"), samples=8)
    cover = found["beauty"][..., 3]
    rim = (cover > 0.2) & (cover < 0.8)
    assert rim.sum() > 20
    assert (found["z_aa"][rim] < FAR * 0.95).all() and (found["z_aa"][rim] > 1.1).all()
    empty = cover == 0
    np.testing.assert_allclose(found["z_aa"][empty], FAR, rtol=1e-6)
