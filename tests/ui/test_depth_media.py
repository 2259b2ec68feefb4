"""A new map says what its media was found to be: it is written into the document, and said."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import OpenEXR
import pytest

from engine.scene import Camera, DepthRange, Holes, NothingRule, Scene, ZDepthMap
from tests.support.commands import Run
from tests.support.depth_scenes import Floats, room

Z = room()
NEARNESS = (1 / Z - 1 / Z.max()) / (1 / Z.min() - 1 / Z.max())  # as Depth Anything draws it


def _map(scene: Scene) -> ZDepthMap:
    (found,) = [node for node in scene.nodes if isinstance(node, ZDepthMap)]
    return found


def _camera(scene: Scene) -> Camera:
    (found,) = [node for node in scene.nodes if isinstance(node, Camera)]
    return found


def _codes(path: Path, share: Floats, bits: int = 8) -> Path:
    kind = np.uint8 if bits == 8 else np.uint16
    assert cv2.imwrite(str(path), np.round(share * (2**bits - 1)).astype(kind))
    return path


def _floats(path: Path, values: Floats) -> Path:
    header = {"type": OpenEXR.scanlineimage}
    OpenEXR.File(header, {"Z": values.astype(np.float32)}).write(str(path))
    return path


def _new(run: Run, picture: Path, z: Path | str, *more: str) -> tuple[Scene, str]:
    result = run("new", picture, "--z", z, *more, "--force", "-o", "shot.rilievo")
    assert result.exit_code == 0, result.output
    return Scene.load("shot.rilievo"), result.stdout


@pytest.mark.parametrize("more", [(), ("--range", "auto")])
def test_a_white_near_map_is_turned_round_and_said(
    run: Run, picture: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    scene, said = _new(run, picture, _codes(tmp_path / "anything.png", NEARNESS), *more)
    z_map = _map(scene)
    assert (z_map.depth_range, z_map.invert) == (DepthRange.NORMALIZED, True)
    assert "anything.png: Auto found" in said and "white is near" in said and "Invert" in said


def test_a_white_far_map_is_not(run: Run, picture: Path, tmp_path: Path) -> None:
    share = (Z - Z.min()) / np.ptp(Z)
    scene, said = _new(run, picture, _codes(tmp_path / "z.png", share, 16))
    assert (_map(scene).depth_range, _map(scene).invert) == (DepthRange.NORMALIZED, False)
    assert "white is far" in said


def test_distances_bring_near_and_far_for_map_and_camera(
    run: Run, picture: Path, tmp_path: Path
) -> None:
    scene, said = _new(run, picture, _floats(tmp_path / "z.exr", Z))
    z_map, camera = _map(scene), _camera(scene)
    assert z_map.depth_range is DepthRange.ABSOLUTE
    assert isinstance(z_map.far, float) and isinstance(camera.far, float)
    assert Z.max() < z_map.far < 1.3 * Z.max() and camera.far == pytest.approx(z_map.far)
    assert "Far" in said and "distances in scene units" in said


def test_distances_that_look_otherwise_bring_them_too(
    run: Run, picture: Path, tmp_path: Path
) -> None:
    """A ramp over the picture's width is taken for something else; who knows better is believed."""
    ramp = np.tile(np.linspace(6.0, 9.0, 160), (90, 1))
    scene, _ = _new(run, picture, _floats(tmp_path / "z.exr", ramp), "--range", "absolute")
    z_map = _map(scene)
    assert z_map.depth_range is DepthRange.ABSOLUTE
    assert isinstance(z_map.far, float) and 9.0 < z_map.far < 12.0


def test_millimetres_are_written_as_a_scale(run: Run, picture: Path, tmp_path: Path) -> None:
    scene, said = _new(run, picture, _codes(tmp_path / "sensor.png", Z / 65.535, 16))
    assert _map(scene).depth_range is DepthRange.ABSOLUTE
    assert _map(scene).depth_scale == pytest.approx(65.535)
    assert "millimetres" in said and "Depth Scale 65.5" in said


@pytest.mark.parametrize("shape", ["still", "film"])
def test_near_and_far_are_those_of_the_shot(
    run: Run, picture: Path, tmp_path: Path, shape: str
) -> None:
    """What comes nearest and goes farthest in other frames than the first counts as well."""
    scales = np.ones(10)
    scales[3], scales[-1] = 0.25, 4.0
    for number, scale in enumerate(scales, 1001):
        _floats(tmp_path / f"z.{number}.exr", Z * scale)
    z = tmp_path / ("z.####.exr" if shape == "film" else "z.1001.exr")
    scene, _ = _new(run, picture, z)
    far, near = _map(scene).far, _map(scene).near
    assert isinstance(far, float) and isinstance(near, float)
    assert (far > 4 * Z.max()) == (shape == "film")
    assert (near < 0.25 * Z.min()) == (shape == "film")


def test_camera_space_is_turned_round_and_said(run: Run, picture: Path, tmp_path: Path) -> None:
    """Fusion's Z runs below 0: with Auto as with Absolute, which says it."""
    z = _floats(tmp_path / "fusion.exr", -Z)
    for more in ((), ("--range", "absolute")):
        scene, said = _new(run, picture, z, *more)
        z_map = _map(scene)
        assert (z_map.depth_range, z_map.white) == (DepthRange.ABSOLUTE, -1.0)
        assert isinstance(z_map.far, float) and z_map.far > Z.max()
        assert "camera space" in said


def test_what_rilievo_wrote_is_known_and_not_guessed(
    run: Run, picture: Path, tmp_path: Path
) -> None:
    """A wall that slopes as no planar depth does would be taken for something else."""
    from engine.output import ExrHeader, Part, write_exr

    values = (1 - 0.5 * NEARNESS).astype(np.float32)
    path = tmp_path / "own.exr"
    extra: dict[str, str | int | float] = {"depthNear": 0.25, "depthFar": 7.0}
    write_exr(path, [Part("depth", ("Z",), values)], ExrHeader(extra=extra))
    scene, said = _new(run, picture, path)
    z_map = _map(scene)
    assert (z_map.depth_range, z_map.near, z_map.far) == (DepthRange.ABSOLUTE, 0.25, 7.0)
    assert "Rilievo wrote it" in said
    write_exr(path, [Part("depth", ("depthNormalized.Z",), values)], ExrHeader())
    assert _map(_new(run, picture, path)[0]).depth_range is DepthRange.NORMALIZED


def test_a_range_that_does_not_fit_is_said(run: Run, picture: Path, tmp_path: Path) -> None:
    scene, said = _new(run, picture, _floats(tmp_path / "z.exr", Z), "--range", "normalized")
    assert _map(scene).depth_range is DepthRange.NORMALIZED
    assert "Normalized ends at 1" in said and "z.exr" in said


DISC = np.hypot(*np.meshgrid(np.arange(320) - 159.5, np.arange(180) - 89.5)) < 50


@pytest.mark.parametrize("nothing", [1e10, 65504.0, np.inf, 1e38, 1000.0])
@pytest.mark.parametrize("more", [(), ("--range", "absolute")])
def test_a_background_that_is_nowhere_is_no_depth(
    run: Run, picture: Path, tmp_path: Path, nothing: float, more: tuple[str, ...]
) -> None:
    values = np.where(DISC, np.linspace(1.2, 8.0, 180)[:, None], nothing)
    scene, said = _new(run, picture, _floats(tmp_path / "z.exr", values), *more)
    z_map, camera = _map(scene), _camera(scene)
    assert z_map.depth_range is DepthRange.ABSOLUTE
    assert isinstance(z_map.far, float) and 6.3 < z_map.far < 10.1
    assert isinstance(z_map.near, float) and 0.5 < z_map.near < 1.3
    assert camera.far == pytest.approx(z_map.far)
    assert "z.exr: 86 % of it is" in said


@pytest.mark.parametrize("hole", [0.0, np.nan, -1.0, -np.inf])
def test_holes_are_no_depth(run: Run, picture: Path, tmp_path: Path, hole: float) -> None:
    values = Z.copy()
    values[20:40, 20:40] = hole
    scene, said = _new(run, picture, _floats(tmp_path / "z.exr", values))
    z_map = _map(scene)
    assert (z_map.depth_range, z_map.white) == (DepthRange.ABSOLUTE, 1.0)
    assert isinstance(z_map.near, float) and 0.5 < z_map.near <= Z.min()
    assert "missing" in said


def test_ray_is_written_and_says_whose_rays(run: Run, picture: Path, tmp_path: Path) -> None:
    scene, said = _new(run, picture, _floats(tmp_path / "z.exr", 3 * Z), "--range", "ray")
    z_map = _map(scene)
    assert z_map.depth_range is DepthRange.RAY
    assert isinstance(z_map.far, float) and z_map.far >= 3 * Z.max()
    assert "Source Camera" in said and "40°" in said


def test_what_is_nowhere_and_holes_are_written(run: Run, picture: Path, tmp_path: Path) -> None:
    """What is nothing is found as the picture is drawn; a relief has no far neighbours."""
    near = _map(_new(run, picture, _floats(tmp_path / "z.exr", Z))[0])
    assert (near.nothing, near.holes) == (NothingRule.AUTO, Holes.FARTHER)
    disc = np.where(DISC, 1.0, 0.1)
    share = _map(_new(run, picture, _floats(tmp_path / "z.exr", disc), "--range", "normalized")[0])
    assert (share.nothing, share.holes) == (NothingRule.AUTO, Holes.FARTHER)
    relief = _map(_new(run, picture, _floats(tmp_path / "z.exr", disc), "--range", "relief")[0])
    assert (relief.nothing, relief.holes) == (NothingRule.AUTO, Holes.PLANE)
