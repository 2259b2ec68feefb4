"""Depth Range Auto draws what the right setting draws, says why, and does not change its mind."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from engine.gpu import Gpu
from engine.scene import Scene, new_media
from passes import Renderer
from tests.support.commands import command
from tests.support.depth_scenes import room
from tests.support.truth import FAR, MAP, NEAR, Pixels, mapped, write_depth

Z = room() * 0.98 * FAR / room().max()  # scaled alone, planes stay planes
SIZE = Z.shape[1], Z.shape[0]
FULL = (Z - Z.min()) / np.ptp(Z)


def drawn(gpu: Gpu, scene: Scene, frame: int = 1001) -> tuple[Pixels, list[str]]:
    with Renderer(scene, gpu=gpu, passes=("z",), views=(), samples=1) as renderer:
        return renderer.render(frame).array("z"), renderer.warnings


def both(gpu: Gpu, scene: Scene, **explicit: Any) -> tuple[Pixels, Pixels, list[str]]:
    """Z with Auto and with the explicit setting, and what was said."""
    automatic = scene.with_values(MAP, depth_range="auto")
    with Renderer(automatic, gpu=gpu, passes=("z",), views=(), samples=1) as renderer:
        found, said = renderer.render(1001).array("z"), renderer.warnings
        renderer.show(scene.with_values(MAP, **explicit))
        wanted = renderer.render(1001).array("z")
        assert renderer.warnings == said
    assert np.ptp(wanted) > 0.1
    return found, wanted, said


FLOATS: dict[str, tuple[Pixels, dict[str, Any], str]] = {
    "distances": (Z, {"depth_range": "absolute"}, "distances"),
    "inverse": (1 / (2 * Z), {"depth_range": "inverse", "depth_scale": 0.5}, "1/Z"),
    "white far": (FULL, {"depth_range": "normalized"}, "white is far"),
    "white near": (1 - FULL, {"depth_range": "normalized", "invert": True}, "white is near"),
}


@pytest.mark.parametrize("kind", FLOATS)
def test_it_draws_what_the_explicit_setting_draws(gpu: Gpu, tmp_path: Path, kind: str) -> None:
    values, explicit, word = FLOATS[kind]
    scale = explicit.get("depth_scale", 1.0)
    scene = mapped(tmp_path, values, depth_range="auto", depth_scale=scale)
    found, wanted, said = both(gpu, scene, **explicit)
    np.testing.assert_array_equal(found, wanted)
    assert len(said) == 1
    assert said[0].startswith("Z-Depth 1: Depth Range Auto found ")
    assert word in said[0]


def test_a_relative_inverse_depth_comes_to_lie_between_near_and_far(
    gpu: Gpu, tmp_path: Path
) -> None:
    raw = 2000 * (1 / Z - 0.9 / Z.max())
    scene = mapped(tmp_path, raw, depth_range="auto")
    high = float(np.percentile(raw.astype(np.float32)[::2, ::2], 99))
    found, _, said = both(gpu, scene, depth_range="inverse", depth_scale=NEAR * high)
    assert "no unit" in said[0]
    assert found.min() == pytest.approx(NEAR, rel=0.05)
    assert np.corrcoef(1 / found.ravel(), 1 / Z.ravel())[0, 1] > 0.97  # its far end meets far


def test_millimetres_of_a_16_bit_file_become_metres(gpu: Gpu, tmp_path: Path) -> None:
    codes = np.round(1000 * Z).astype(np.uint16)
    assert cv2.imwrite(str(tmp_path / "sensor.png"), codes)
    scene = mapped(tmp_path, Z).replace_media(2, new_media(tmp_path / "sensor.png", SIZE))
    found, wanted, said = both(gpu, scene, depth_range="absolute", depth_scale=65.535)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    np.testing.assert_allclose(found, Z, atol=1e-3)
    assert "millimetres" in said[0]


def test_invert_turns_round_what_was_found(gpu: Gpu, tmp_path: Path) -> None:
    scene = mapped(tmp_path, 1 - FULL, depth_range="auto", invert=True)
    found, wanted, _ = both(gpu, scene, depth_range="normalized", invert=False)
    np.testing.assert_array_equal(found, wanted)


def test_it_holds_for_the_shot_whichever_frame_is_drawn(gpu: Gpu, tmp_path: Path) -> None:
    """The first picture decides; a later one that looks like something else does not."""
    scene = mapped(tmp_path, Z)
    for number, values in ((1001, 1 - FULL), (1002, FULL)):
        write_depth(tmp_path / f"map.{number}.exr", values)
    scene = scene.replace_media(
        2, new_media(tmp_path / "map.####.exr", SIZE, kind="sequence", first=1001, last=1002)
    )
    scene = scene.with_values(MAP, depth_range="auto")
    explicit = scene.with_values(MAP, depth_range="normalized", invert=True)
    with Renderer(scene, gpu=gpu, passes=("z",), views=(), samples=1) as renderer:
        late, early = renderer.render(1002).array("z"), renderer.render(1001).array("z")
        assert len(renderer.warnings) == 1
        assert renderer.auto_ranges == {MAP: renderer.warnings[0].partition(" found ")[2]}
    np.testing.assert_array_equal(late, drawn(gpu, explicit, 1002)[0])
    np.testing.assert_array_equal(early, drawn(gpu, explicit, 1001)[0])


def test_another_media_is_looked_at_anew(gpu: Gpu, tmp_path: Path) -> None:
    scene = mapped(tmp_path, 1 - FULL, depth_range="auto")
    other = new_media(write_depth(tmp_path / "other.exr", Z), SIZE)
    with Renderer(scene, gpu=gpu, passes=("z",), views=(), samples=1) as renderer:
        renderer.render(1001).wait()
        renderer.show(scene.replace_media(2, other))
        np.testing.assert_allclose(renderer.render(1001).array("z"), Z, rtol=1e-5)
        assert "distances" in renderer.auto_ranges[MAP]
        renderer.show(scene.with_values(MAP, depth_range="normalized"))
        renderer.render(1001).wait()
        assert renderer.auto_ranges == {}


def test_the_command_says_what_was_found(tmp_path: Path) -> None:
    scene = mapped(tmp_path, Z, depth_range="auto")
    scene.save(tmp_path / "shot.rilievo")
    line = command("render", "shot.rilievo", "-o", "out.####.exr", "-f", "1001")
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Z-Depth 1: Depth Range Auto found values" in " ".join(done.stderr.split())


def test_it_says_how_much_lies_beyond_far(gpu: Gpu, tmp_path: Path) -> None:
    scene = mapped(tmp_path, 1.3 * Z, depth_range="auto")
    z, said = drawn(gpu, scene)
    beyond = float((1.3 * Z > FAR).mean())
    assert 0.05 < beyond < 0.95 and abs(z.max() - FAR) < 1e-3
    assert f"{FAR:.4g}" in said[0] and "lies beyond far" in said[0]
    share = int(said[0].partition("; ")[2].partition("%")[0])
    assert abs(share - 100 * beyond) <= 2
    _, said = drawn(gpu, scene.with_values(MAP, far=10.0 * FAR))
    assert "beyond" not in said[0]


@pytest.mark.parametrize("levels", [(0.0, 1.0), (0.1, 0.8)])
def test_camera_space_is_turned_round(
    gpu: Gpu, tmp_path: Path, levels: tuple[float, float]
) -> None:
    """Fusion's Z is below 0; the levels that were set go with the numbers."""
    black, white = levels
    scene = mapped(tmp_path, -Z, depth_range="auto", black=black, white=white)
    explicit = {"depth_range": "absolute", "black": -black, "white": -white}
    found, wanted, said = both(gpu, scene, **explicit)
    np.testing.assert_array_equal(found, wanted)
    assert "camera space" in said[0]
    if levels == (0.0, 1.0):
        np.testing.assert_allclose(found, Z, rtol=1e-5)
