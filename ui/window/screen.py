"""The last pass of a frame: the rendered picture and the interface, into the window's texture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.gpu import Gpu, UniformArena, UniformBlock
from ui.window.theme import SURROUND

SCREEN = UniformBlock(
    "Screen",
    {"surround": "vec3f", "scale": "f32", "origin": "vec2f", "unused": "vec2f"},
)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the picture stands in the window, in the window's own pixels.

    area: (x, y, width, height) that it may cover. origin: its top left corner, which may lie
    outside. scale: window pixels per picture pixel.
    """

    area: tuple[int, int, int, int]
    origin: tuple[float, float]
    scale: float


class ScreenPass:
    """Draws a display picture (rgba8unorm) into a texture of `format`."""

    def __init__(self, gpu: Gpu, format: str) -> None:
        self._gpu = gpu
        gpu.shaders.register(SCREEN)
        self._arena = UniformArena(gpu, 256, label="screen uniforms")
        self._slot = self._arena.slot(SCREEN)
        self._slot.update(surround=SURROUND, scale=1.0)
        module = gpu.shaders.module("screen")
        self._layout = gpu.device.create_bind_group_layout(
            entries=[
                {"binding": 0, "visibility": 2, "buffer": {"type": "read-only-storage"}},
                {"binding": 1, "visibility": 2, "texture": {"sample_type": "float"}},
                {"binding": 2, "visibility": 2, "sampler": {"type": "filtering"}},
            ]
        )
        self._pipeline = gpu.device.create_render_pipeline(
            label="screen",
            layout=gpu.device.create_pipeline_layout(bind_group_layouts=[self._layout]),
            vertex={"module": module, "entry_point": "fullscreen"},
            primitive={"topology": "triangle-list"},
            fragment={"module": module, "entry_point": "screen", "targets": [{"format": format}]},
        )

    def draw(self, encoder: Any, picture: Any, placement: Placement) -> None:
        """Draw a picture's texture in a render pass encoder. The scissor stays on its area."""
        x, y, width, height = placement.area
        if picture is None or width <= 0 or height <= 0:
            return
        self._slot.update(origin=placement.origin, scale=placement.scale)
        self._arena.upload()
        encoder.set_scissor_rect(x, y, width, height)
        encoder.set_pipeline(self._pipeline)
        encoder.set_bind_group(
            0,
            self._gpu.bind_group(
                self._layout,
                {
                    0: self._slot.binding(),
                    1: self._gpu.view(picture),
                    2: self._gpu.samplers.linear,
                },
            ),
        )
        encoder.draw(3)

    def release(self) -> None:
        """Free the uniforms."""
        self._arena.release()
