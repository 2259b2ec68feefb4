"""A frame makes no objects once it is warm, and what a renderer made goes when it is closed."""

from __future__ import annotations

import gc
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.gpu import Gpu
from engine.media import FaceMesh, FaceResult
from engine.scene import (
    AnalysisType,
    Camera,
    Curve,
    EvaluatedZMap,
    Geometry,
    Light,
    LightType,
    Scene,
    curve,
    new_media,
    new_scene,
)
from passes import PASS_NAMES, Renderer
from tests.support.create_counter import CreateCounter
from tests.support.truth import (
    CAMERA,
    FRAME,
    MAP,
    SURFACE,
    mapped,
    noise,
    write_depth,
    write_png,
)

SIZE = (48, 36)
FRAMES = 9


def run(start: float, end: float) -> Curve:
    """From one value to another over the frames of a test."""
    return curve([(FRAME, start), (FRAME + FRAMES, end)])


class Faces:
    """Faces that move: another mesh each frame, two of them in some, none in others."""

    COUNTS = (1, 1, 2, 1, 2, 0, 1, 2, 1, 2)

    def result(self, z_map: EvaluatedZMap, frame: int) -> FaceResult:
        count = self.COUNTS[(frame - FRAME) % len(self.COUNTS)]
        return FaceResult(SIZE, tuple(self.face(frame, i) for i in range(count)))

    def face(self, frame: int, index: int) -> FaceMesh:
        angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        middle = np.array([[14 + 18 * index + frame % 5, 18.0, 8.0]])
        rim = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1) * 6 + [
            *middle[0, :2],
            1,
        ]
        ring = np.arange(24, dtype=np.int32)
        triangles = np.stack([ring, np.roll(ring, 1), np.full(24, 24)], axis=1)
        points = np.concatenate([rim, middle])
        return FaceMesh(points.astype(np.float32), triangles.astype(np.int32), ring, 0.9)


def animated(scene: Scene, shadows: bool = True, **z_map: Any) -> Scene:
    """Everything moves: camera, lights, object, the map's own values."""
    camera = scene.node(CAMERA)
    assert isinstance(camera, Camera)
    scene = scene.with_values(
        CAMERA,
        translate=(run(0, 0.4), run(0, -0.2), camera.translate[2]),
        rotate=(0.0, run(0, 15), 0.0),
        fov=run(40, 35),
        near=run(0.6, 0.7),
    )
    scene = scene.with_values(
        MAP, effect=run(1, 0.3), softness=(run(1, 4), run(2, 20)), step=2, bump=True, **z_map
    )
    scene = scene.with_values(SURFACE, rotate=(0.0, run(0, 10), 0.0), opacity=run(1, 0.8))
    ball = Geometry(
        id="Ball", mesh="sphere", translate=(run(-0.4, 0.4), 0.0, 0.2), scale=(0.2, 0.2, 0.2)
    )
    lamp = Light(
        id="Lamp",
        kind=LightType.POINT,
        translate=(run(-1, 1), 1.0, 1.5),
        intensity=run(1, 3),
        shadows=False,
    )
    sun = Light(id="Sun", rotate=(-40.0, run(0, 60), 0.0), shadows=shadows)
    return scene.with_node(lamp, sun, ball)


def face_shot(folder: Path) -> Scene:
    media = new_media(write_png(folder / "face.png", noise(*SIZE)), SIZE)
    return new_scene(media, analysis=AnalysisType.FACE)


def sequence_shot(folder: Path) -> Scene:
    """Picture and map are numbered files: other ones each frame."""
    for number in range(FRAME, FRAME + FRAMES + 1):
        write_png(folder / f"picture.{number}.png", noise(*SIZE, seed=number))
        values = np.random.default_rng(number).uniform(0.8, 1.7, SIZE[::-1])
        write_depth(folder / f"depth.{number}.exr", values)
    last = FRAME + FRAMES
    media = [
        new_media(folder / f"{name}.####.{kind}", SIZE, kind="sequence", first=FRAME, last=last)
        for name, kind in (("picture", "png"), ("depth", "exr"))
    ]
    return new_scene(media[0], z_media=media[1]).with_values(MAP, depth_range="absolute")


SHOTS: dict[str, Any] = {
    "face": (face_shot, {}),
    "face in 3D": (face_shot, {"three_d": True}),
    "still": (lambda folder: mapped(folder, np.full(SIZE[::-1], 1.2)), {"three_d": True}),
    "sequence": (sequence_shot, {}),
}


@pytest.mark.parametrize("shot", SHOTS)
def test_a_warm_frame_creates_nothing(gpu: Gpu, tmp_path: Path, shot: str) -> None:
    """Nothing but the encoder after the first three frames, all passes and views drawn."""
    make, fields = SHOTS[shot]
    scene = animated(make(tmp_path), **fields)
    with Renderer(
        scene, Faces(), passes=PASS_NAMES, views=("beauty", "z", "normals"), samples=2, gpu=gpu
    ) as renderer:
        pictures = []
        for frame in range(FRAME, FRAME + 3):
            pictures.append(renderer.render(frame).array("beauty"))
        with CreateCounter(gpu.device, f"frames 4 to {FRAMES} of a {shot}") as created:
            for frame in range(FRAME + 3, FRAME + FRAMES):
                rendered = renderer.render(frame)
                pictures.append(rendered.array("beauty"))
                rendered.wait()
        created.assert_nothing_made()
        assert created.counts["create_command_encoder"] == FRAMES - 3
        assert not renderer.warnings or "face" in shot, renderer.warnings
    for before, after in pairwise(pictures):
        assert np.abs(before - after).max() > 0.01, "it does move"


def test_frames_in_flight_need_buffers_only_at_first(gpu: Gpu, tmp_path: Path) -> None:
    """As a recorder does it: the next frame is drawn before the last one is read."""
    scene = animated(mapped(tmp_path, np.full(SIZE[::-1], 1.2)))
    with Renderer(scene, passes=("beauty", "z"), samples=1, gpu=gpu) as renderer:
        waiting = [renderer.render(FRAME + i) for i in range(3)]
        with CreateCounter(gpu.device, "frames in flight") as created:
            for frame in range(FRAME + 3, FRAME + FRAMES):
                waiting.pop(0).wait()
                waiting.append(renderer.render(frame))
        created.assert_nothing_made()


def counts(gpu: Gpu) -> dict[str, int]:
    gpu.wait()
    gc.collect()
    return gpu.object_counts()


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: n - before.get(name, 0) for name, n in after.items() if n > before.get(name, 0)}


def test_50_resizes_leave_as_much_as_there_was(gpu: Gpu, tmp_path: Path) -> None:
    scene = animated(mapped(tmp_path, np.full(SIZE[::-1], 1.2)), shadows=False, three_d=True)
    with Renderer(scene, passes=("beauty", "z", "normals"), samples=2, gpu=gpu) as renderer:

        def draw(size: tuple[int, int]) -> None:
            renderer.resize(size)
            renderer.render(FRAME).wait()

        for size in (SIZE, (64, 48), SIZE):
            draw(size)
        before = counts(gpu)
        for i in range(50):
            draw((20 + (i * 7) % 31, 16 + (i * 5) % 23))
        draw(SIZE)
        assert not grown(before, counts(gpu))


def test_a_closed_renderer_leaves_nothing(gpu: Gpu, tmp_path: Path) -> None:
    """Ten documents opened and closed on one device, as a window does it."""
    scene = animated(mapped(tmp_path, np.full(SIZE[::-1], 1.2)), shadows=False, three_d=True)

    def open_and_close(size: tuple[int, int]) -> None:
        with Renderer(scene, size=size, passes=("beauty", "z"), samples=2, gpu=gpu) as renderer:
            renderer.render(FRAME).wait()
        with Renderer(face_shot(tmp_path), Faces(), size=size, samples=1, gpu=gpu) as renderer:
            renderer.render(FRAME).wait()

    open_and_close(SIZE)
    before = counts(gpu)
    for i in range(5):
        open_and_close((20 + i, 30 - i))
    assert not grown(before, counts(gpu))


def test_edits_leave_nothing(gpu: Gpu, tmp_path: Path) -> None:
    """A document that is edited back and forth while it is shown: nodes come and go."""
    flat = mapped(tmp_path, np.full(SIZE[::-1], 1.2))
    relief = animated(flat, three_d=True)
    with Renderer(flat, passes=("beauty", "z"), samples=1, gpu=gpu) as renderer:

        def draw(scene: Scene) -> None:
            renderer.show(scene)
            renderer.render(FRAME).wait()

        for scene in (relief, flat, relief, flat):
            draw(scene)
        before = counts(gpu)
        for step in range(8):
            draw(relief.with_values(MAP, step=1 + step))
            draw(flat)
        assert not grown(before, counts(gpu))


def test_an_unchanged_map_is_not_decoded_again(gpu: Gpu, tmp_path: Path) -> None:
    """And one that changed is: kept depth never lags behind what it is made from."""
    scene = mapped(
        tmp_path, np.full(SIZE[::-1], 1.2), effect=curve([(FRAME, 1.0), (FRAME + 2, 0.0)])
    )
    flat = 1.3737387097273113
    with Renderer(scene, passes=("z",), views=(), gpu=gpu) as renderer:
        for frame, effect in ((0, 1.0), (1, 0.5), (2, 0.0), (3, 0.0), (0, 1.0), (1, 0.5)):
            z = renderer.render(FRAME + frame).array("z")
            np.testing.assert_allclose(z, flat + effect * (1.2 - flat), rtol=1e-5)
        renderer.resize((24, 18))
        z = renderer.render(FRAME).array("z")
        np.testing.assert_allclose(z, 1.2, rtol=1e-5)
