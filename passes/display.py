"""What a person sees of a pass: the view transform for colour, false colours for data."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.gpu import UniformArena
from engine.graph import PassContext, Read, TextureSpec, Write
from engine.media import display_lut
from passes.blocks import DISPLAY
from passes.depth_range import TARGET
from passes.kernels import Toolbox

FORMAT = "rgba8unorm"
# Modes of wgsl/display.wgsl.
MODES = {
    "beauty": 0, "albedo": 0, "matte": 6, "z": 9, "confidence": 1, "stretch": 1, "shadow": 4,
    "normals": 2, "position": 3, "uv": 8, "forward": 3, "backward": 3, "object_id": 5,
    "z_aa": 7, "z_normalized": 1,
}  # fmt: skip

MEASURED = frozenset({"z", "z_aa"})
"""Views that are fitted to the distances that are there (passes/depth_range.py)."""

# Outputs that are made of another one's texture.
SOURCES = {"matte": "beauty", "z_normalized": "z"}


class DisplayTransform:
    """The view transform as a 3D texture (engine/media/colour.py bakes it)."""

    def __init__(self, tools: Toolbox) -> None:
        lut = np.ascontiguousarray(display_lut().table, dtype=np.float16)
        size = lut.shape[0]
        self.texture = tools.gpu.device.create_texture(
            label="view transform", size=(size, size, size), dimension="3d", format="rgba16float",
            usage="TEXTURE_BINDING | COPY_DST",
        )  # fmt: skip
        tools.gpu.queue.write_texture(
            {"texture": self.texture},
            lut,
            {"bytes_per_row": size * 8, "rows_per_image": size},
            (size, size, size),
        )
        self.view = self.texture.create_view()


class DisplayPass:
    """One output to 8-bit display colours, in the texture "<output> display"."""

    def __init__(
        self, tools: Toolbox, arena: UniformArena, transform: DisplayTransform, output: str
    ) -> None:
        self.name = f"display {output}"
        self.tools = tools
        self.transform = transform
        self.output = output
        self.source = SOURCES.get(output, output)
        self.target = f"{output} display"
        self.measured = output in MEASURED
        self.reads = (Read(self.source), *([Read(TARGET)] if self.measured else []))
        self.writes = (Write(self.target, TextureSpec(FORMAT)),)
        self._slot = arena.slot(DISPLAY)
        self._pipeline: Any = None
        self._layout: Any = None

    def update(
        self, low: float, high: float, far: float, exposure: float = 0.0, *, colours: bool = False
    ) -> None:
        """low, high: the values shown black and white, for scalars that are not `MEASURED`.
        far: of the camera. exposure: in stops. colours:
        numbers in false colours (passes/false_colours.py) instead of greys."""
        self._slot.update(
            mode=MODES[self.output],
            exposure=2.0**exposure,
            low=low,
            high=high,
            far=far,
            colours=int(colours),
        )

    def encode(self, ctx: PassContext) -> None:
        if self._pipeline is None:
            self._make_pipeline()
        with ctx.render_pass([self.target]) as encoder:
            encoder.set_pipeline(self._pipeline)
            encoder.set_bind_group(
                0,
                self.tools.gpu.bind_group(
                    self._layout,
                    {
                        0: self._slot.binding(),
                        1: ctx.view(self.source),
                        4: ctx.view(TARGET if self.measured else self.source),
                        2: self.transform.view,
                        3: self.tools.gpu.samplers.linear,
                    },
                ),
            )
            encoder.draw(3)

    def _make_pipeline(self) -> None:
        device = self.tools.gpu.device
        stage = 2  # fragment
        self._layout = device.create_bind_group_layout(
            entries=[
                {
                    "binding": 0,
                    "visibility": stage,
                    "buffer": {"type": "read-only-storage"},
                },
                {
                    "binding": 1,
                    "visibility": stage,
                    "texture": {"sample_type": "unfilterable-float", "view_dimension": "2d"},
                },
                {
                    "binding": 2,
                    "visibility": stage,
                    "texture": {"sample_type": "float", "view_dimension": "3d"},
                },
                {"binding": 3, "visibility": stage, "sampler": {"type": "filtering"}},
                {
                    "binding": 4,
                    "visibility": stage,
                    "texture": {"sample_type": "unfilterable-float", "view_dimension": "2d"},
                },
            ]
        )
        module = self.tools.gpu.shaders.module("display")
        self._pipeline = device.create_render_pipeline(
            label="display",
            layout=device.create_pipeline_layout(bind_group_layouts=[self._layout]),
            vertex={"module": module, "entry_point": "fullscreen"},
            primitive={"topology": "triangle-list"},
            fragment={
                "module": module,
                "entry_point": "display",
                "targets": [{"format": FORMAT}],
            },
        )
