"""Anti-aliasing: the mean of a frame's jittered samples."""

from __future__ import annotations

from collections.abc import Sequence

import wgpu

from engine.gpu import UniformArena
from engine.graph import PassContext, Read, TextureSpec, Use, Write, history
from passes.blocks import ACCUMULATE
from passes.kernels import Toolbox

SUM_FORMAT = "rgba32float"


class AccumulatePass:
    """Add one sample to the mean of its frame, for each of the lit outputs.

    progressive: of a single sample, which is added to the mean of the frames before, see `update`.
    """

    def __init__(
        self,
        tools: Toolbox,
        arena: UniformArena,
        index: int,
        samples: int,
        outputs: Sequence[str],
        *,
        progressive: bool = False,
    ) -> None:
        assert samples == 1 or not progressive
        self.name = f"accumulate {index}"
        self.tools = tools
        last = index == samples - 1
        self._sources = [f"{output} sample {index}" for output in outputs]
        self._before = [f"{output} sum {index - 1}" for output in outputs] if index else []
        self.targets = [output if last else f"{output} sum {index}" for output in outputs]
        self._progressive = progressive
        self.reads = tuple(Read(name) for name in (*self._sources, *self._before))
        if progressive:
            self.reads += tuple(history(name) for name in self.targets)
        spec = TextureSpec(SUM_FORMAT, usage=wgpu.TextureUsage.TEXTURE_BINDING)
        self.writes = tuple(Write(name, spec, use=Use.STORAGE) for name in self.targets)
        self._slot = arena.slot(ACCUMULATE)
        self._weight = 1.0 / samples
        self._keep = 0.0 if index == 0 else 1.0

    def update(self, before: int = 0) -> None:
        """Write the uniforms. before: where progressive, how many samples of the same picture the
        last frame holds; this one becomes their mean with it."""
        if self._progressive:
            share = 1.0 / (before + 1)
            self._slot.update(weight=share, keep=1.0 - share)
        else:
            self._slot.update(weight=self._weight, keep=self._keep)

    def encode(self, ctx: PassContext) -> None:
        kernel = self.tools.kernel("accumulate", "accumulate")
        if self._progressive:
            before = [ctx.view(name, history=True) for name in self.targets]
        else:
            before = [ctx.view(name) for name in self._before or self._sources]
        with ctx.compute_pass() as encoder:
            for source, summed, target in zip(self._sources, before, self.targets, strict=True):
                kernel.dispatch(
                    encoder,
                    ctx.size,
                    {0: self._slot, 1: ctx.view(source), 2: summed, 3: ctx.view(target)},
                )
