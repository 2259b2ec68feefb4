"""The demo: what it shows is so, and what it promises to write is there."""

from __future__ import annotations

import math
import os
import subprocess
from pathlib import Path

import av
import cv2
import numpy as np
import OpenEXR
import pytest

from engine.gpu import Gpu
from engine.scene import Scene
from models import Analyses
from passes import PASS_NAMES, Renderer
from tests.support.commands import Shell, command, complaint
from ui.demo.shot import CUT, FIRST, LAST, ORBIT, SIZE, chain, demo_scene, prepare


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return demo_scene(*prepare(tmp_path_factory.mktemp("demo")))


def test_the_chain_is_closed_and_whole() -> None:
    mesh = chain()
    assert mesh.is_watertight
    assert mesh.body_count == 26
    low, high = mesh.bounds
    assert np.allclose(low, -high, atol=0.01)


def test_the_camera_orbits_to_each_side_and_the_light_moves(scene: Scene) -> None:
    frames = [scene.evaluate(frame) for frame in range(CUT, LAST + 1)]
    sides = [math.degrees(math.atan2(f.camera.world[0, 2], f.camera.world[2, 2])) for f in frames]
    assert max(sides) == pytest.approx(ORBIT, abs=0.2)
    assert min(sides) == pytest.approx(-ORBIT, abs=0.2)
    directions = np.array([f.lights[0].world[:3, 2] for f in frames])
    assert np.ptp(directions[:, 0]) > 1.0
    assert all(f.lights[0].shadows for f in frames)


def test_flat_first_and_a_relief_after_the_cut(scene: Scene) -> None:
    def modes(frame: int) -> list[bool]:
        surfaces = scene.evaluate(frame).surfaces
        return [s.z_map.three_d for s in surfaces if s.z_map is not None and s.z_map.displace]

    assert modes(FIRST) == [False]
    assert modes(CUT - 1) == [False]
    assert modes(CUT) == [True]
    assert modes(LAST) == [True]


@pytest.mark.parametrize("frame", [CUT - 4, CUT + 16])
def test_the_head_hides_the_back_of_the_chain(scene: Scene, gpu: Gpu, frame: int) -> None:
    """In both modes: the front of the chain shows, its back does not; without the picture all of
    it does. Seen on the object ids."""

    def shown(document: Scene) -> int:
        chain_id = next(g.object_id for g in document.evaluate(frame).geometries if g.id == "Chain")
        size = (SIZE[0] // 2, SIZE[1] // 2)
        analyses = Analyses(document)
        with Renderer(
            document, analyses, size=size, passes=("object_id",), views=(), samples=1, gpu=gpu
        ) as renderer:
            return int((renderer.render(frame).array("object_id") == chain_id).sum())

    alone = shown(scene.without("Flat portrait").without("Relief"))
    flat = shown(_without_depth(scene))
    threaded = shown(scene)
    assert threaded < flat, "the face's depth hides more than the flat picture does"
    assert 0.35 * alone < threaded < 0.9 * alone


def _without_depth(scene: Scene) -> Scene:
    for node in scene.nodes:
        if node.id.startswith("Z-Depth"):
            scene = scene.with_values(node.id, displace=False)
    return scene


@pytest.mark.slow
def test_the_demo_writes_all_it_promises(shell: Shell, tmp_path: Path, gpu: Gpu) -> None:
    done = shell("demo", "--out", "demo", "--every", "20")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "demo"
    with av.open(str(folder / "relief.mp4")) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) == math.ceil((LAST - FIRST + 1) / 20)
    assert all(frame.shape == (SIZE[1], SIZE[0], 3) and frame.std() > 20 for frame in frames)

    pictures = sorted((folder / "passes").glob("relief.*.exr"))
    assert pictures
    with OpenEXR.File(str(pictures[0])) as file:
        assert len(file.parts) == len(PASS_NAMES)

    sheet = cv2.imread(str(folder / "contact_sheet.png"))
    assert sheet is not None
    assert min(sheet.shape[:2]) > 800

    for name in ("relief.mp4", "contact_sheet.png", "shot.rilievo", pictures[0].name):
        assert name in done.stdout
    assert gpu.summary in done.stdout.splitlines()[-1]
    assert "frames per second" in done.stdout.splitlines()[-1]
    assert not list(folder.rglob("*.tmp*"))

    # The folder is complete in itself: moved elsewhere, its document renders.
    folder.rename(tmp_path / "moved")
    again = shell(
        "render", "moved/shot.rilievo", "-f", "1060", "-o", "again.png",
        "--size", "320x240", "--samples", "1",
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "again.png").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limits")
def test_a_full_disk_leaves_no_half_portrait(tmp_path: Path) -> None:
    """A limit on the size of files stands in for a disk that is full after some kilobytes."""
    import resource

    done = subprocess.run(
        command("demo", "--out", "demo"),
        cwd=tmp_path, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )  # fmt: skip
    assert done.returncode == 1
    assert "astronaut.png could not be written" in complaint(done.stderr)
    assert list((tmp_path / "demo").iterdir()) == []
