"""The lit picture: replaced depths, extruded surfaces, geometry, lights, soft mattes."""

from __future__ import annotations

from collections.abc import Sequence

from engine.gpu import UniformSlot
from engine.graph import PassContext, Read, TextureSpec, Use, Write
from passes.draw import Drawing, Item, Kind, Stage, reads_of
from passes.shadow import SHADOWS

SAMPLE_FORMAT = "rgba16float"
LIT_OUTPUTS = ("beauty", "albedo", "shadow", "z_aa")
_SHADER_NUMBER = {"albedo": 0.0, "shadow": 1.0, "z_aa": 2.0}  # wgsl/beauty.wgsl


class BeautyPass:
    """One sample of the lit outputs: opaque items, then soft mattes from back to front.

    outputs: beauty first, then those of the other LIT_OUTPUTS that are wanted. The textures are
    named "<output> sample <index>".
    """

    def __init__(
        self,
        drawing: Drawing,
        index: int,
        view: UniformSlot,
        lights: UniformSlot,
        outputs: Sequence[str],
        shadows: bool,
    ) -> None:
        self.name = f"beauty {index}"
        self.drawing = drawing
        self.view = view
        self.lights = lights
        self.items: list[Item] = []
        self.soft: list[Item] = []  # those that blend, back to front; they change with the camera
        self.shadows = shadows
        self.targets = [f"{output} sample {index}" for output in outputs]
        self._depth = f"beauty depth {index}"
        numbers = [_SHADER_NUMBER[output] for output in outputs[1:]]
        formats = (SAMPLE_FORMAT,) * len(outputs)
        chosen = tuple((f"OUT_{i}", number) for i, number in enumerate(numbers, 1))
        self._opaque = Stage(
            "beauty", "beauty", "beauty_replacing_depth", formats, lit=True,
            constants=(("PHASE", 0.0), *chosen),
        )  # fmt: skip
        self._blended = Stage(
            "beauty", "beauty", "beauty_replacing_depth", formats, lit=True, blend=True,
            depth_write=False, constants=(("PHASE", 1.0), *chosen),
        )  # fmt: skip
        self._outline = Stage(
            "beauty", "beauty_depth", None, formats, lit=True, colour_write=False,
            constants=(("PHASE", 1.0),),
        )  # fmt: skip
        self.reads: tuple[Read, ...] = ()
        self.writes = (
            *(Write(name, TextureSpec(SAMPLE_FORMAT)) for name in self.targets),
            Write(self._depth, TextureSpec("depth32float"), use=Use.DEPTH, clear=0.0),
        )

    def take(self, items: Sequence[Item]) -> None:
        """The draw list, in the document's order."""
        self.items = list(items)
        self.reads = reads_of(sorted(items, key=lambda item: item.name))
        if self.shadows:
            self.reads += (Read(SHADOWS),)

    def encode(self, ctx: PassContext) -> None:
        shadows = ctx.view(SHADOWS) if self.shadows else None
        lights = self.drawing.light_group(self.lights, shadows)
        with ctx.render_pass(self.targets, self._depth) as encoder:
            self.drawing.draw(encoder, ctx, self._opaque, self.items, self.view, lights)
            for item in self.soft:
                if item.behind is not None:
                    self.drawing.draw(encoder, ctx, self._outline, [item.behind], self.view, lights)
                if item.kind is not Kind.PLANE:
                    self.drawing.draw(encoder, ctx, self._outline, [item], self.view, lights)
                self.drawing.draw(encoder, ctx, self._blended, [item], self.view, lights)
