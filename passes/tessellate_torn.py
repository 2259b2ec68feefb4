"""3D mode on a grid of a fixed step, its depth steps cut: torn sides to a list of triangles."""

from __future__ import annotations

import wgpu

from engine.gpu import UniformArena
from engine.graph import BufferSpec, PassContext, Read, Use, Write
from passes.blocks import TEAR
from passes.kernels import Toolbox
from passes.tear import TORN_INDICES, TearPass
from passes.tessellate import TILE, GridShape

LONGEST_LIST = 5_000_000  # triangles; 60 MB of indices, well under what any adapter binds
PER_CELL = 6  # triangles on the average: maps that are torn more than that are drawn by tiles


class TornGridPass:
    """Make one surface's triangle list; it does not depend on the camera.

    indices, arguments: names of the buffers in the graph, as of `AdaptivePass`.
    """

    def __init__(
        self, tools: Toolbox, arena: UniformArena, name: str, tear: TearPass, shape: GridShape
    ) -> None:
        self.name = f"tessellate {name}"
        self.tools = tools
        self.shape = shape
        self.stale = True
        self.indices = f"{name} triangles"
        self.arguments = f"{name} draw"
        self.kept = [self.indices, self.arguments]
        self._tear = tear
        self._slot = arena.slot(TEAR)
        self.capacity = 3 * min(LONGEST_LIST, PER_CELL * shape.triangles // 2)
        copied = wgpu.BufferUsage.COPY_SRC
        self.reads = (Read(tear.torn, Use.STORAGE),)
        self.writes = (
            Write(self.indices, BufferSpec(4 * self.capacity, copied), use=Use.STORAGE),
            Write(self.arguments, BufferSpec(64, copied), use=Use.STORAGE),
        )

    def update(self) -> None:
        """Write the uniforms."""
        self._slot.update(
            lattice=self.shape.lattice,
            count=self.shape.count,
            step=self.shape.step,
            capacity=self.capacity,
            tile_indices=TORN_INDICES * TILE * TILE,
            full_tiles=self.shape.tiles[0] * self.shape.tiles[1],
        )

    def encode(self, ctx: PassContext) -> None:
        if not self.stale:
            return
        draws = ctx.buffer(self.arguments)
        entries = {
            0: self._slot, 1: ctx.buffer(self._tear.torn), 2: ctx.buffer(self.indices), 3: draws,
        }  # fmt: skip
        columns, rows = self.shape.count
        with ctx.compute_pass() as encoder:
            self.tools.kernel("tear_grid", "begin").dispatch(encoder, (1, 1), {3: draws})
            listed = self.tools.kernel("tear_grid", "list")
            listed.dispatch(encoder, (columns - 1, rows - 1), entries)
            last = self.tools.kernel("tear_grid", "finish")
            last.dispatch(encoder, (1, 1), {0: self._slot, 3: draws})
