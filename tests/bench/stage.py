"""What is timed: one relief drawn by one renderer, with the camera and the map moving or still."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.gpu import Gpu
from engine.media import Encoding, Picture, Source, Transfer, open_source
from engine.scene import EvaluatedFrame, Scene
from passes import Renderer
from passes.tessellate import TessellatePass
from passes.tessellate_adaptive import AdaptivePass
from tests.support.shots import media_of, relief_shot

Floats = npt.NDArray[np.float32]
RELIEF = 0.5  # scene units; the picture is 1 high
DISTANCE = 1.6
TARGET = (0.0, 0.0, 0.15)


def eye(angle: float) -> tuple[float, float, float]:
    """Where the camera stands: on a circle about the picture, angle in radians."""
    return float(DISTANCE * np.sin(angle)), 0.175, float(DISTANCE * np.cos(angle))


def checked_picture(width: int, height: int) -> npt.NDArray[np.uint8]:
    """(h, w, 3): something to texture with, of flat patches."""
    rng = np.random.default_rng(0)
    patch = max(4, height // 36)
    small = rng.integers(40, 255, (height // patch + 1, width // patch + 1, 3), dtype=np.uint8)
    return np.ascontiguousarray(
        np.kron(small, np.ones((patch, patch, 1), np.uint8))[:height, :width]
    )


class TwoPictures:
    """A live source that flips between two pictures when told to."""

    def __init__(self, first: Source, second: Source) -> None:
        self.info = first.info
        self._pictures: list[Picture] = [first.frame(1), second.frame(1)]

    def flip(self) -> None:
        self._pictures.reverse()

    def round_to_8_bits(self) -> None:
        """Show what files of 8 bits would hold of both."""
        encoding = Encoding(transfer=Transfer.RAW)
        for index, picture in enumerate(self._pictures):
            values: npt.NDArray[Any] = picture.planes[0]
            codes = np.round(255 * values.clip(0, 1)).astype(np.uint8)
            self._pictures[index] = Picture((codes,), encoding, picture.frame)

    def frame(self, t: int) -> Picture:
        return self._pictures[0]

    def close(self) -> None:
        pass


class Stage:
    """One way to draw one map. values: of its Z-Depth node; flat: without any map."""

    def __init__(
        self,
        gpu: Gpu,
        folder: Path,
        heights: Floats,
        size: tuple[int, int],
        passes: tuple[str, ...] = ("beauty",),
        flat: bool = False,
        **values: Any,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        height, width = heights.shape
        picture = media_of(folder / "picture.png", checked_picture(width, height))
        chosen = {"displace": True, "three_d": True, "relief_depth": RELIEF, **values}
        scene = relief_shot(folder, heights, picture, **chosen)
        if flat:
            scene = scene.with_values("Z-Depth 1", displace=False, z_pass=False)
        other = media_of(folder / "other.exr", np.ascontiguousarray(heights[:, ::-1]))
        self.heights = TwoPictures(
            open_source(folder / "heights.exr"), open_source(Path(other.path))
        )
        map_index = next(k for k, m in enumerate(scene.media) if m.name == "heights.exr")
        self.renderer = Renderer(
            scene, size=size, passes=passes, views=(), samples=1, gpu=gpu,
            sources=lambda index: self.heights if index == map_index else None,
        )  # fmt: skip
        self.gpu = gpu
        self.still: EvaluatedFrame = scene.evaluate(scene.first)
        self.python: list[float] = []

    def at(self, angle: float) -> EvaluatedFrame:
        place = np.array(eye(angle))
        back = place - TARGET
        back /= np.linalg.norm(back)
        right = np.cross((0.0, 1.0, 0.0), back)
        right /= np.linalg.norm(right)
        world = np.eye(4)
        world[:3, :3] = np.stack([right, np.cross(back, right), back], axis=1)
        world[:3, 3] = place
        return replace(self.still, camera=replace(self.still.camera, world=world))

    def show(self, scene: Scene) -> None:
        """Draw an edited document from now on."""
        self.renderer.show(scene)
        self.still = scene.evaluate(scene.first)

    def draw(self, angle: float = 0.25, new_map: bool = False) -> float:
        """Milliseconds of a frame, from the first call until the GPU is done.

        new_map: another map is uploaded and decoded.
        """
        frame = self.at(angle)
        if new_map:
            self.heights.flip()
        begun, busy = time.perf_counter(), time.thread_time()
        encoder = self.gpu.device.create_command_encoder()
        self.renderer.encode(frame, encoder)
        self.renderer.submit(encoder)
        self.python.append((time.thread_time() - busy) * 1e3)
        self.gpu.wait()
        return (time.perf_counter() - begun) * 1e3

    def picture(self, name: str, angle: float = 0.25) -> npt.NDArray[np.float32]:
        """A pass that was asked for, as an array."""
        encoder = self.gpu.device.create_command_encoder()
        evaluated = self.renderer.encode(self.at(angle), encoder)
        rendered = self.renderer.read_back(evaluated, encoder)
        self.renderer.submit(encoder)
        return rendered.array(name)

    def triangles(self) -> int:
        """Of the mesh that was drawn last; waits for the GPU."""
        frame = self.renderer._frame
        (chain,) = frame.chains
        mesh = chain.tessellate
        if isinstance(mesh, AdaptivePass):
            drawn = frame.graph.texture(mesh.arguments)
            return int(np.frombuffer(self.gpu.queue.read_buffer(drawn), np.uint32)[10])
        return mesh.shape.triangles if isinstance(mesh, TessellatePass) else 2

    def close(self) -> None:
        self.renderer.close()


def angle(number: int) -> float:
    """Where the camera stands in a round of that number."""
    return 0.25 + 0.02 * (number % 5)


def interleaved(cases: dict[str, Any], rounds: int) -> dict[str, float]:
    """Median milliseconds of each case; every round runs all of them, one after the other.

    cases: name → function of the round's number that returns milliseconds.
    """
    for case in cases.values():
        case(0)
    times: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(rounds):
        for name, case in cases.items():
            times[name].append(case(number))
    return {name: median(values) for name, values in times.items()}
