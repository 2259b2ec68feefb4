"""The maps that a multi-channel EXR suggests, and what becomes of a document that takes them."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
import OpenEXR
import pytest

from engine.errors import MediaError
from engine.gpu import Gpu
from engine.media import open_source
from engine.scene import (
    AnalysisType,
    DepthRange,
    Geometry,
    MotionVectorsMap,
    NormalMap,
    PositionMap,
    Scene,
    ZDepthMap,
    new_scene,
    new_z_map,
)
from tests.support.commands import Run
from tests.support.layered import write_layered
from ui.layer_maps import suggested, with_layers, with_maps
from ui.recorded import recorded

Kind = TypeVar("Kind", NormalMap, PositionMap, MotionVectorsMap, ZDepthMap)


@pytest.fixture
def layered(tmp_path: Path) -> Path:
    return write_layered(tmp_path / "render.exr")


def of_kind(scene: Scene, kind: type[Kind]) -> Kind:
    return next(node for node in scene.nodes if isinstance(node, kind))


def number(value: object) -> float:
    assert isinstance(value, float)
    return value


def test_all_maps_at_once_and_what_was_not_used(layered: Path, picture: Path) -> None:
    found = suggested(layered)
    assert found is not None and found.picture is not None
    assert found.question == (
        "render.exr holds more than its picture. Make maps of it: Z-Depth from depth.Z, Normal from"
        " N, Position from P, UV from uv, Motion Vectors from forward and Diffuse from albedo?"
    )
    assert found.unused == (
        "crypto00 (Cryptomatte, 2 layers)",
        "objectId.ID (object numbers)",
        "shadow",
    )
    scene = new_scene(recorded(str(picture)))
    after, done = with_maps(scene, "Surface 1", found)
    assert [phrase.partition(" (")[0] for phrase in done] == [
        "depth.Z is Z-Depth 1",
        "N is Normal Map 1",
        "P is Position Map 1",
        "uv is UV Map 1",
        "forward is Motion Vectors Map 1",
        "albedo is Diffuse Map 1",
    ]
    # Each names its own layer of the file, which can be opened as such.
    normals, positions = of_kind(after, NormalMap), of_kind(after, PositionMap)
    assert after.media[normals.media - 1].layer == "N" and normals.signed
    assert after.media[positions.media - 1].name == "render.exr P"
    motion = of_kind(after, MotionVectorsMap)
    assert after.media[motion.media - 1].layer == "forward"
    assert after.media[(motion.backward or 0) - 1].layer == "backward"
    z_map = of_kind(after, ZDepthMap)
    assert after.media[(z_map.media or 0) - 1].layer == "depth"
    assert z_map.depth_range is DepthRange.ABSOLUTE  # what Auto found is written
    # Beyond the camera's own.
    assert number(z_map.far) == pytest.approx(1.25 * 6.0) and number(z_map.near) < 2.0
    assert "distances in scene units" in done[0]
    # As a saved document has them, they come back.
    path = layered.with_name("shot.rilievo")
    after.save(path)
    assert Scene.load(path) == after


def test_maps_that_are_there_take_the_layers(layered: Path, picture: Path) -> None:
    scene = new_scene(recorded(str(picture)), analysis=AnalysisType.FACE)
    found = suggested(layered)
    assert found is not None
    once, done = with_maps(scene, "Surface 1", found)
    z_map = once.node("Z-Depth 1")
    assert isinstance(z_map, ZDepthMap) and z_map.analysis is AnalysisType.MEDIA
    twice, _ = with_maps(once, "Surface 1", found)
    assert twice == once and len(done) == 6
    # The media list does not grow by what it has.
    assert with_layers(once, found, picture=False) == once
    assert len(with_layers(once, found).media) == len(once.media) + 1


def test_a_geometry_takes_what_is_no_depth(layered: Path, picture: Path) -> None:
    scene = new_scene(recorded(str(picture))).with_node(Geometry(id="Ball", mesh="sphere"))
    found = suggested(layered)
    assert found is not None
    after, done = with_maps(scene, "Ball", found)
    assert done[0] == "depth.Z is for no geometry, which takes heights only"
    kinds = {type(node) for node in after.children("Ball")}
    assert NormalMap in kinds and ZDepthMap not in kinds


def test_files_that_suggest_nothing(picture: Path, tmp_path: Path) -> None:
    assert suggested(picture) is None
    header = {"type": OpenEXR.scanlineimage}
    plane = np.zeros((4, 4), np.float32)
    path = tmp_path / "plain.exr"
    OpenEXR.File(header, dict.fromkeys(("R", "G", "B", "A", "shadow.R"), plane)).write(str(path))
    assert suggested(path) is None
    with pytest.raises(MediaError, match=r"none\.exr"):
        suggested(tmp_path / "none.exr")


def test_depth_alone_is_no_picture(tmp_path: Path, picture: Path) -> None:
    depth = np.linspace(0, 1, 64 * 48, dtype=np.float32).reshape(48, 64)
    OpenEXR.File({"type": OpenEXR.scanlineimage}, {"Z": depth}).write(str(tmp_path / "z.exr"))
    found = suggested(tmp_path / "z.exr")
    assert found is not None and found.picture is None
    assert found.question.startswith("z.exr holds no picture, but layers.")
    scene = new_scene(recorded(str(picture)))
    scene = scene.with_node(msgspec.structs.replace(new_z_map(scene, "Surface 1", media=1)))
    after, _ = with_maps(scene, "Surface 1", found)
    z_map = after.node("Z-Depth 1")
    assert isinstance(z_map, ZDepthMap)
    assert (z_map.media, z_map.near, z_map.far) == (2, None, None)


def test_a_sequence_is_read_whole(tmp_path: Path) -> None:
    for frame in (1001, 1002, 1004):
        write_layered(tmp_path / f"shot.{frame}.exr")
    found = suggested(tmp_path / "shot.####.exr")
    assert found is not None
    for entry in found.maps:
        assert (entry.media.first, entry.media.last) == (1001, 1004)
        assert entry.media.name == f"shot.####.exr {entry.layer.name}"


@pytest.mark.slow
def test_what_rilievo_renders_comes_back_as_it_was(run: Run, document: Path, gpu: Gpu) -> None:
    """The passes of a relief, put on a flat surface by the suggested maps alone, are shown by the
    passes of that surface."""
    names = "beauty,z,normals,position,uv"
    passes = ("--passes", names, "--samples", "1", "-f", "1001", "--size", "64x48")
    assert run("render", document, "-o", "one.####.exr", *passes).exit_code == 0
    found = suggested("one.1001.exr")
    assert found is not None and found.picture is not None
    scene, done = with_maps(new_scene(found.picture), "Surface 1", found)
    assert done[0] == "depth.Z is Z-Depth 1 (distances in scene units)"
    scene = scene.with_values("Z-Depth 1", z_pass=True)
    again = Path("again.rilievo")
    scene.save(again)
    assert run("render", again, "-o", "two.####.exr", *passes).exit_code == 0
    for layer, error in (("depth", 1e-5), ("N", 2e-3), ("P", 1e-5), ("uv", 1e-5)):
        first, second = (
            open_source(name, layer=layer).frame(0).planes[0][..., :3].astype(np.float64)
            for name in ("one.1001.exr", "two.1001.exr")
        )
        inner = np.abs(first - second)[2:-2, 2:-2]
        assert float(np.percentile(inner, 95)) < error, layer
        assert float(np.ptp(first)) > 0.1  # there is something to be read
