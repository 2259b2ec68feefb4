"""Leaving out what replaces its depth where all of it is hidden.

A fragment that writes its depth is computed before anyone knows whether it is hidden. So before
such an item is drawn, its outline is, at the nearest depth that each part of it may have and
without a fragment to compute; if no sample of that passes, the item's own draw becomes one of
nothing. That is decided on the GPU: the CPU never waits for the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import wgpu

from engine.graph import BufferSpec, PassContext, Use, Write
from passes.draw import Drawing, Item, Kind, Stage

MOST = 64  # items that are tested in one pass; those beyond are drawn
ARGUMENTS = 16  # bytes of one draw's
TILES = 8  # of an outline along a side; wgsl/draw.wgsl has the same


def can_be_tested(item: Item) -> bool:
    """Only a flat picture's outline is known beforehand."""
    return item.replaces_depth and item.kind is Kind.PLANE


class HiddenTest:
    """The test of one pass's items. writes: the buffers that it needs of the graph."""

    def __init__(self, drawing: Drawing, stage: Stage, name: str) -> None:
        """stage: that of the pass's own draws, of whose targets and depth the outlines must be."""
        self.drawing = drawing
        self.arguments = f"{name} hidden draws"
        self._passed = f"{name} hidden samples"
        self._stage = Stage(
            stage.shader, "nothing", None, stage.targets, depth_write=False, colour_write=False,
            vertex="outline", vertices=6 * TILES * TILES, lit=stage.lit,
        )  # fmt: skip
        resolved = wgpu.BufferUsage.QUERY_RESOLVE
        indirect = wgpu.BufferUsage.INDIRECT | wgpu.BufferUsage.COPY_SRC
        self.writes = (
            Write(self._passed, BufferSpec(8 * MOST, resolved), use=Use.STORAGE),
            Write(
                self.arguments,
                BufferSpec(ARGUMENTS * MOST, indirect),
                use=Use.STORAGE,
            ),
        )

    def test(
        self, encoder: Any, ctx: PassContext, items: Sequence[Item], view: Any, lights: Any
    ) -> None:
        """Draw the outlines of items, in a render pass with `Drawing.queries` that holds what may
        hide them."""
        for number, item in enumerate(items[:MOST]):
            encoder.begin_occlusion_query(number)
            self.drawing.draw(encoder, ctx, self._stage, [item], view, lights)
            encoder.end_occlusion_query()

    def decide(self, ctx: PassContext, count: int) -> None:
        """Write the draws' arguments, between the render passes."""
        passed, arguments = ctx.buffer(self._passed), ctx.buffer(self.arguments)
        count = min(count, MOST)
        ctx.encoder.resolve_query_set(self.drawing.queries(MOST), 0, count, passed, 0)
        with ctx.compute_pass() as encoder:
            kernel = self.drawing.tools.kernel("hidden", "decide")
            kernel.dispatch(encoder, (count, 1), {0: passed, 1: arguments})

    def draws(self, count: int) -> list[int | None]:
        """Where each item's arguments begin, in bytes; None: it was not tested."""
        return [ARGUMENTS * number if number < MOST else None for number in range(count)]
