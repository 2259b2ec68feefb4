"""Tear: where surface Z steps, the mesh is cut (wgsl/tear_rule.wgsl says what a step is)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.gpu import UniformArena
from engine.graph import BufferSpec, PassContext, Read, Use, Write
from passes.blocks import TEAR
from passes.kernels import Toolbox
from passes.tessellate import TILE

WORD_PIXELS = 16  # whose torn sides a 32-bit word holds; wgsl/torn.wgsl has the same
TORN_POINTS = 16  # of a cell; wgsl/torn.wgsl names them
TORN_INDICES = 24  # of a cell: two triangles for each side, some without area
CORNER, BEFORE, AFTER, CENTRE = range(4)


def torn_words(lattice: tuple[int, int]) -> int:
    """32-bit words for the torn sides of a lattice (width, height)."""
    return -(-lattice[0] // WORD_PIXELS) * lattice[1]


def torn_tile_indices() -> npt.NDArray[np.uint32]:
    """Index list of one tile of TILE x TILE cells with every point that a torn cell may have: cell
    number * TORN_POINTS + point, two triangles for each side, counter-clockwise seen from +Z."""
    cells = np.arange(TILE * TILE, dtype=np.uint32)
    x, y = cells % TILE, cells // TILE
    order = np.argsort((y // 16) * (TILE // 16) + x // 16, kind="stable")
    points = [
        4 * kind + corner
        for k in range(4)
        for kind, corner in (
            (CENTRE, k), (CORNER, k), (BEFORE, k),
            (CENTRE, (k + 1) % 4), (AFTER, k), (CORNER, (k + 1) % 4),
        )
    ]  # fmt: skip
    indices = cells[order][:, None] * np.uint32(TORN_POINTS) + np.array(points, np.uint32)
    return np.ascontiguousarray(indices.reshape(-1))


class TearPass:
    """Find the torn sides of one surface's depth, for the mesh and for what lies behind it."""

    def __init__(
        self, tools: Toolbox, arena: UniformArena, name: str, z: str, lattice: tuple[int, int]
    ) -> None:
        self.name = f"tear {name}"
        self.tools = tools
        self.torn = f"{name} torn"
        self.kept = [self.torn]
        self.stale = True
        self.z = z
        self.lattice = lattice
        self._slot = arena.slot(TEAR)
        self.reads = (Read(z),)
        self.writes = (Write(self.torn, BufferSpec(4 * torn_words(lattice)), use=Use.STORAGE),)

    def update(self, threshold: float) -> None:
        """Write the uniforms. threshold: the step that is cut, as a share of the nearer depth."""
        words = torn_words((self.lattice[0], 1))
        self._slot.update(lattice=self.lattice, words=words, threshold=threshold)

    def encode(self, ctx: PassContext) -> None:
        if not self.stale:
            return
        size = (torn_words((self.lattice[0], 1)), self.lattice[1])
        entries = {0: self._slot, 1: ctx.view(self.z), 3: ctx.buffer(self.torn)}
        with ctx.compute_pass() as encoder:
            self.tools.kernel("tear", "find").dispatch(encoder, size, entries)
