"""Anti-aliasing: the mean of a frame's jittered samples."""

from __future__ import annotations

from collections.abc import Sequence

import wgpu

from engine.gpu import UniformArena
from engine.graph import PassContext, Read, TextureSpec, Use, Write
from passes.blocks import ACCUMULATE
from passes.kernels import Toolbox

SUM_FORMAT = "rgba32float"


class AccumulatePass:
    """Add one sample to the mean of its frame, for each of the lit outputs."""

    def __init__(
        self, tools: Toolbox, arena: UniformArena, index: int, samples: int, outputs: Sequence[str]
    ) -> None:
        self.name = f"accumulate {index}"
        self.tools = tools
        last = index == samples - 1
        self._sources = [f"{output} sample {index}" for output in outputs]
        self._before = [f"{output} sum {index - 1}" for output in outputs] if index else []
        self.targets = [output if last else f"{output} sum {index}" for output in outputs]
        self.reads = tuple(Read(name) for name in (*self._sources, *self._before))
        spec = TextureSpec(SUM_FORMAT, usage=wgpu.TextureUsage.TEXTURE_BINDING)
        self.writes = tuple(Write(name, spec, use=Use.STORAGE) for name in self.targets)
        self._slot = arena.slot(ACCUMULATE)
        self._weight = 1.0 / samples
        self._first = int(index == 0)

    def update(self) -> None:
        """Write the uniforms."""
        self._slot.update(weight=self._weight, first=self._first)

    def encode(self, ctx: PassContext) -> None:
        kernel = self.tools.kernel("accumulate", "accumulate")
        before = self._before or self._sources
        with ctx.compute_pass() as encoder:
            for source, summed, target in zip(self._sources, before, self.targets, strict=True):
                kernel.dispatch(
                    encoder,
                    ctx.size,
                    {0: self._slot, 1: ctx.view(source), 2: ctx.view(summed), 3: ctx.view(target)},
                )
