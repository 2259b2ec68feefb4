"""Between which ends a picture of depth is shown: found on the GPU, in the same frame."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.gpu import Ticket, UniformArena
from engine.graph import BufferSpec, PassContext, Read, TextureSpec, Use, Write
from engine.scene import AnalysisType, EvaluatedCamera, EvaluatedFrame, EvaluatedSurface
from passes.blocks import DEPTH_RANGE
from passes.kernels import Toolbox

TARGET = "z range"
"""A texture of two pixels: the nearest and the farthest distance, in scene units."""
_BINS = "z bins"
BINS = 256  # of wgsl/depth_range.wgsl
ACROSS = 4  # each thread looks at so many pixels along x and y
MOST = 4  # distances that maps call far


class DepthRangePass:
    """Finds between which distances the texture `z` lies, without what stands for nothing: empty
    pixels, what the maps call far, and a largest value that stands alone."""

    name = TARGET

    def __init__(self, tools: Toolbox, arena: UniformArena) -> None:
        self.tools = tools
        self.reads = (Read("z"),)
        self.writes = (
            Write(TARGET, TextureSpec("r32float", size=(2, 1)), use=Use.STORAGE),
            Write(_BINS, BufferSpec(8 * BINS), use=Use.STORAGE),
        )
        self._slot = arena.slot(DEPTH_RANGE)

    def update(self, frame: EvaluatedFrame) -> None:
        """Take what stands for nothing in this frame."""
        found = [
            far for surface in frame.surfaces if (far := far_of(surface, frame.camera)) is not None
        ]
        far = [*found[:MOST], *[0.0] * (MOST - len(found[:MOST]))]
        self._slot.update(near=frame.camera.near, empty=frame.camera.far, far=far)

    def encode(self, ctx: PassContext) -> None:
        bins, z, found = ctx.buffer(_BINS), ctx.view("z"), ctx.view(TARGET)
        width, height = ctx.size_of("z")
        with ctx.compute_pass() as encoder:
            self._run(encoder, "clear", (64, 8), {2: bins})
            self._run(
                encoder, "gather", (-(-width // ACROSS), -(-height // ACROSS)),
                {0: self._slot, 1: z, 2: bins},
            )  # fmt: skip
            self._run(encoder, "choose", (1, 1), {0: self._slot, 2: bins, 3: found})

    def _run(self, encoder: Any, entry: str, size: tuple[int, int], with_: Any) -> None:
        self.tools.kernel("depth_range", entry).dispatch(encoder, size, with_)


class MeasuredRange:
    """The ends as they come back from the GPU. ends: the newest that are known, nearest and
    farthest; pending: whether newer ones are on their way."""

    def __init__(self) -> None:
        self.ends = (0.0, 1.0)
        self._tickets: list[Ticket] = []

    @property
    def pending(self) -> bool:
        return bool(self._tickets)

    def ask(self, ticket: Ticket) -> None:
        """Take a readback of the texture `TARGET`. Only the newest two are waited for."""
        self.take(wait=False)
        self._tickets.append(ticket)
        for old in self._tickets[:-2]:
            old.discard()
        del self._tickets[:-2]

    def take(self, *, wait: bool) -> None:
        """Take what has come in. wait: until the newest has."""
        while self._tickets and (wait or self._tickets[0].done()):
            low, high = self._tickets.pop(0).array().reshape(-1)[:2]
            self.ends = float(low), float(high)


def far_of(surface: EvaluatedSurface, camera: EvaluatedCamera) -> float | None:
    """The distance from the camera at which a surface shows what its map calls far; None where that
    is not one distance: seen from elsewhere than where the picture was taken, or changed by
    Effect."""
    z_map = surface.z_map
    if z_map is None or z_map.analysis is AnalysisType.FACE or z_map.effect != 1.0:
        return None
    taken = surface.world @ z_map.source.world
    scale = float(np.linalg.norm(taken[:3, 2]))
    if scale <= 0.0:
        return None
    same_place = np.allclose(taken[:3, 3], camera.world[:3, 3], atol=1e-5 * scale)
    if not (same_place and np.allclose(taken[:3, 2] / scale, camera.world[:3, 2], atol=1e-5)):
        return None
    return (z_map.source.far + z_map.z_offset) * scale
