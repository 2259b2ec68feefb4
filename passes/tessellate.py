"""3D mode on a grid of a fixed step: surface Z to the vertices of an extruded surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.gpu import UniformArena
from engine.graph import BufferSpec, PassContext, Read, Use, Write
from passes.blocks import GRID
from passes.kernels import Toolbox
from passes.zdepth import ZDepthPass

TILE = 64  # cells along a side of one instance; wgsl/draw.wgsl has the same
BLOCK = 16  # cells are indexed block by block: neighbours are still in the vertex cache


@dataclass(frozen=True, slots=True)
class GridShape:
    """The vertices of a grid over a lattice of `lattice` (width, height) pixels.

    Vertices lie on pixel centres `step` apart, with one more column and row on each border.
    """

    lattice: tuple[int, int]
    step: int

    @property
    def count(self) -> tuple[int, int]:
        """Columns and rows of vertices."""
        width, height = self.lattice
        return (width - 1) // self.step + 3, (height - 1) // self.step + 3

    @property
    def vertices(self) -> int:
        return self.count[0] * self.count[1]

    @property
    def tiles(self) -> tuple[int, int]:
        """Instances across and down."""
        columns, rows = self.count
        return -(-(columns - 1) // TILE), -(-(rows - 1) // TILE)

    @property
    def triangles(self) -> int:
        """Triangles of the grid, without the empty ones that fill the last tiles."""
        columns, rows = self.count
        return 2 * (columns - 1) * (rows - 1)


def fitting_step(lattice: tuple[int, int], step: int, limit: int) -> int:
    """The smallest step, at least `step`, whose vertices fit a storage binding of `limit` bytes."""
    while 4 * GridShape(lattice, step).vertices > limit:
        step += 1
    return step


def tile_indices() -> npt.NDArray[np.uint32]:
    """Index list of one tile of TILE x TILE cells, two triangles each, counter-clockwise seen
    from +Z, ordered in blocks of BLOCK x BLOCK cells."""
    y, x = np.mgrid[0:TILE, 0:TILE].astype(np.uint32)
    block = (y // BLOCK) * (TILE // BLOCK) + x // BLOCK
    order = np.argsort(block.ravel(), kind="stable")
    corner = (y * (TILE + 1) + x).ravel()[order]
    right, down = np.uint32(1), np.uint32(TILE + 1)
    quads = np.stack(
        [
            corner,
            corner + down,
            corner + right,
            corner + right,
            corner + down,
            corner + down + right,
        ],
        axis=-1,
    )
    return np.ascontiguousarray(quads.reshape(-1))


class TessellatePass:
    """Fill the vertex buffer of one extruded surface."""

    def __init__(
        self, tools: Toolbox, arena: UniformArena, name: str, zdepth: ZDepthPass, shape: GridShape
    ) -> None:
        self.name = f"tessellate {name}"
        self.tools = tools
        self.vertices = f"{name} vertices"
        self.kept = [self.vertices]
        self.shape = shape
        self.stale = True
        self._z = zdepth.z
        self._zmap = zdepth.slot
        self._grid = arena.slot(GRID)
        self.reads = (Read(self._z),)
        self.writes = (Write(self.vertices, BufferSpec(4 * shape.vertices), use=Use.STORAGE),)

    def update(self) -> None:
        """Write the grid's uniforms."""
        self._grid.update(count=self.shape.count, step=self.shape.step)

    def encode(self, ctx: PassContext) -> None:
        if not self.stale:
            return
        with ctx.compute_pass() as encoder:
            self.tools.kernel("tessellate_grid", "grid_vertices").dispatch(
                encoder,
                self.shape.count,
                {
                    0: self._zmap,
                    1: self._grid,
                    2: ctx.view(self._z),
                    3: ctx.buffer(self.vertices),
                },
            )
