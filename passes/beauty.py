"""The lit picture: replaced depths, extruded surfaces, geometry, lights, soft mattes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.gpu import UniformSlot
from engine.graph import Attachment, DepthAttachment, PassContext, Read, TextureSpec, Use, Write
from passes.draw import Drawing, Item, Kind, Stage, reads_of
from passes.hidden import MOST, HiddenTest, can_be_tested
from passes.shadow import SHADOWS

SAMPLE_FORMAT = "rgba16float"
LIT_OUTPUTS = ("beauty", "albedo", "shadow", "z_aa")
_SHADER_NUMBER = {"albedo": 0.0, "shadow": 1.0, "z_aa": 2.0}  # wgsl/beauty.wgsl


class BeautyPass:
    """One sample of the lit outputs: opaque items, then soft mattes from back to front.

    outputs: beauty first, then those of the other LIT_OUTPUTS that are wanted. The textures are
    named "<output> sample <index>"; index None: the only sample, which is the output itself.
    """

    def __init__(
        self,
        drawing: Drawing,
        index: int | None,
        view: UniformSlot,
        lights: UniformSlot,
        outputs: Sequence[str],
        shadows: bool,
    ) -> None:
        self.name = f"beauty {index or 0}"
        self.drawing = drawing
        self.view = view
        self.lights = lights
        self.items: list[Item] = []
        self.soft: list[Item] = []  # those that blend, back to front; they change with the camera
        self.shadows = shadows
        self.targets = [
            output if index is None else f"{output} sample {index}" for output in outputs
        ]
        self._depth = f"beauty depth {index or 0}"
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
            "beauty", "beauty_depth", "beauty_depth_replacing", formats, lit=True,
            colour_write=False, constants=(("PHASE", 1.0),),
        )  # fmt: skip
        self._hidden = HiddenTest(drawing, self._opaque, self.name)
        self.reads: tuple[Read, ...] = ()
        self.writes = (
            *(Write(name, TextureSpec(SAMPLE_FORMAT)) for name in self.targets),
            Write(self._depth, TextureSpec("depth32float"), use=Use.DEPTH, clear=0.0),
            *self._hidden.writes,
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
        replacing = [item for item in self.items if can_be_tested(item)]
        others = [item for item in self.items if not can_be_tested(item)]
        quads = None
        if others and replacing:
            self._draw_before(ctx, others, replacing, lights)
            offsets = self._hidden.draws(len(replacing))
            others, quads = [], (ctx.buffer(self._hidden.arguments), offsets)
        with ctx.render_pass(self.targets, self._depth) as encoder:
            self.drawing.draw(encoder, ctx, self._opaque, others, self.view, lights)
            self.drawing.draw(encoder, ctx, self._opaque, replacing, self.view, lights, quads)
            for item in self.soft:
                if item.behind is not None:
                    self.drawing.draw(encoder, ctx, self._outline, [item.behind], self.view, lights)
                if item.kind is not Kind.PLANE:
                    self.drawing.draw(encoder, ctx, self._outline, [item], self.view, lights)
                self.drawing.draw(encoder, ctx, self._blended, [item], self.view, lights)

    def _draw_before(
        self, ctx: PassContext, others: list[Item], replacing: list[Item], lights: Any
    ) -> None:
        """Draw what may hide those that replace their depth, and see which of them it hides."""
        targets = [Attachment(name, store=True) for name in self.targets]
        depth = DepthAttachment(self._depth, store=True)
        queries = self.drawing.queries(MOST)
        with ctx.render_pass(targets, depth, queries=queries) as encoder:
            self.drawing.draw(encoder, ctx, self._opaque, others, self.view, lights)
            self._hidden.test(encoder, ctx, replacing, self.view, lights)
        self._hidden.decide(ctx, len(replacing))
