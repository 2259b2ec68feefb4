"""A long run keeps its memory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.gpu import Gpu
from engine.media import FaceResult
from engine.scene import AnalysisType, EvaluatedZMap, Geometry, new_light, new_media, new_scene
from passes import Renderer

PORTRAIT = Path(__file__).parents[2] / "ui" / "demo" / "astronaut.png"
WARM_UP, FRAMES = 5, 25
ALLOWED = 30.0  # megabytes; drivers and allocators breathe, a leak of one draw a frame does not


class NoFaces:
    """An analysis that finds nothing, so that what grows is the renderer."""

    def result(self, z_map: EvaluatedZMap, frame: int) -> FaceResult:
        return FaceResult((512, 512))


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_frames_of_a_lit_relief_do_not_pile_up(gpu: Gpu) -> None:
    """Mesa's lavapipe once compiled a shader anew for every draw, and kept it (see arena.py)."""
    scene = new_scene(new_media(str(PORTRAIT), (512, 512)), analysis=AnalysisType.FACE)
    scene = scene.with_values("Z-Depth 1", three_d=True, step=8)
    scene = scene.with_node(
        new_light(scene), Geometry(id="Ball", mesh="sphere", scale=(0.2, 0.2, 0.2))
    )
    with Renderer(scene, NoFaces(), size=(96, 96), samples=2, gpu=gpu) as renderer:
        for frame in range(WARM_UP):
            renderer.render(1001 + frame).wait()
        before = resident_megabytes()
        for frame in range(FRAMES):
            renderer.render(1001 + frame).wait()
        assert resident_megabytes() - before < ALLOWED
