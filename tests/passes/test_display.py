"""What a person sees of depth: a view that uses its greys on what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.gpu import Gpu
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
