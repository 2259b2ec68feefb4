"""3D mode at screen accuracy: surface Z to a list of triangles that is fine only where it shows.

The mesh is made anew when the map or the camera has changed, on the GPU alone: the draw's arguments
never come back. Where a map needs almost every vertex, the full grid is drawn instead, without a
list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import wgpu

from engine.gpu import Gpu, UniformArena
from engine.graph import BufferSpec, PassContext, Read, Use, Write
from engine.scene import EvaluatedSurface, EvaluatedZMap, Projection
from passes.adaptive_view import (
    BLOCK,
    BORDER_SHARE,
    DEPTH_WEIGHT,
    LatticeShape,
    plane_terms,
    screen_terms,
)
from passes.blocks import ADAPTIVE
from passes.camera import Matrix
from passes.kernels import Toolbox, as_entry
from passes.tear import TORN_INDICES, torn_words
from passes.tessellate import TILE, GridShape

LEVELS = 7  # of a tile of 128 cells
LONGEST_LIST = 5_000_000  # triangles; 60 MB of indices, well under what any adapter binds
# A list of more than this share of the full grid's triangles costs more than it saves.
WORTH_IT = 0.45
TORN_WORTH_IT = 3.0
QUARTERS = 4  # threads to a block; wgsl/adaptive_measure.wgsl has the same
WORK_WIDTH = 64  # workgroups of an indirect dispatch along x; wgsl/adaptive_measure.wgsl
DRAWN, DRAWN_BYTES = 40, 8  # in the arguments' buffer: triangles drawn, whether the full grid


def longest_list(shape: LatticeShape, torn: bool = False) -> int:
    """Triangles of the longest list; maps that need more get the full grid. torn: depth steps are
    cut; a torn cell takes up to eight, and the full grid of such cells is dear."""
    share = TORN_WORTH_IT if torn else WORTH_IT
    return max(256, min(LONGEST_LIST, int(share * shape.triangles)))


class AdaptiveKernels:
    """The compute pipelines of the adaptive mesh, made once for a renderer."""

    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu
        self._kernels: dict[tuple[str, str], tuple[Any, Any]] = {}
        storage = {"binding": 3, "visibility": wgpu.ShaderStage.COMPUTE}
        uniform = {"binding": 0, "visibility": wgpu.ShaderStage.COMPUTE}
        self._close_layout = gpu.device.create_bind_group_layout(
            entries=[
                {**uniform, "buffer": {"type": "read-only-storage"}},
                {**storage, "buffer": {"type": "storage"}},
            ]
        )
        self._closing = [
            (level, entry == "close_edges", self._close(entry, level))
            for level in range(LEVELS)
            for entry in ("close_edges", "close_centres")
            if level > 0 or entry == "close_centres"
        ]

    def use(self, encoder: Any, shader: str, entry: str, bindings: Mapping[int, Any]) -> None:
        """Set a kernel and what it works on. Bindings must be just those that it uses."""
        key = (shader, entry)
        if key not in self._kernels:
            pipeline = self._gpu.device.create_compute_pipeline(
                label=f"{shader} {entry}",
                layout="auto",
                compute={"module": self._gpu.shaders.module(shader), "entry_point": entry},
            )
            self._kernels[key] = (pipeline, pipeline.get_bind_group_layout(0))
        pipeline, layout = self._kernels[key]
        entries = {number: as_entry(resource) for number, resource in bindings.items()}
        encoder.set_pipeline(pipeline)
        encoder.set_bind_group(0, self._gpu.bind_group(layout, entries))

    def close(self, encoder: Any, shape: LatticeShape, uniforms: Any, bits: Any) -> None:
        """Add the vertices without which the mesh would have cracks."""
        entries = {0: as_entry(uniforms), 3: bits}
        encoder.set_bind_group(0, self._gpu.bind_group(self._close_layout, entries))
        for level, edges, pipeline in self._closing:
            step = 1 << level
            lines = (shape.rows - 1) // step + 1 if edges else (shape.rows - 1) // (2 * step)
            encoder.set_pipeline(pipeline)
            encoder.dispatch_workgroups(-(-shape.words // 32), -(-lines // 2))

    def _close(self, entry: str, level: int) -> Any:
        device = self._gpu.device
        return device.create_compute_pipeline(
            label=f"adaptive {entry} {level}",
            layout=device.create_pipeline_layout(bind_group_layouts=[self._close_layout]),
            compute={
                "module": self._gpu.shaders.module("adaptive_close"),
                "entry_point": entry,
                "constants": {"LEVEL": float(level)},
            },
        )


class AdaptivePass:
    """Make one surface's triangle list for the frame's camera.

    indices, arguments: names of the buffers in the graph; the arguments of the list's draw are
    followed by those of the full grid's (one of the two draws nothing).
    """

    def __init__(
        self,
        tools: Toolbox,
        kernels: AdaptiveKernels,
        arena: UniformArena,
        name: str,
        z: str,
        lattice: tuple[int, int],
        torn: str | None = None,
    ) -> None:
        """z: the graph's name of surface Z, a texture of `lattice` (width, height) pixels. torn: of
        the torn sides (passes/tear.py) where depth steps are cut."""
        self.name = f"tessellate {name}"
        self.tools = tools
        self.shape = LatticeShape(lattice)
        self.full = GridShape(lattice, 1)
        self.stale = True
        self.indices = f"{name} triangles"
        self.arguments = f"{name} draw"
        self.blocks = f"{name} blocks"
        self.kept = [self.blocks, self.indices, self.arguments]
        self._made_from = b""
        self._kernels = kernels
        self._z = z
        self._torn = torn
        self.uniforms = arena.slot(ADAPTIVE)
        self._bits, self._chosen, self._gathered, self._work = (
            f"{name} {what}" for what in ("needed", "chosen blocks", "vertex list", "work")
        )
        columns, lines = self.shape.blocks
        count = columns * lines
        self.capacity = 3 * longest_list(self.shape, torn is not None)
        self.reads = (Read(self._z), *([Read(torn, Use.STORAGE)] if torn else []))
        self.writes = (
            Write(self.blocks, BufferSpec(16 * QUARTERS * count), use=Use.STORAGE),
            Write(self._bits, BufferSpec(4 * self.shape.words * self.shape.rows), use=Use.STORAGE),
            Write(self._chosen, BufferSpec(4 * (count + 1)), use=Use.STORAGE),
            Write(self._gathered, BufferSpec(4 * (self.capacity // 3)), use=Use.STORAGE),
            Write(
                self._work,
                BufferSpec(32, wgpu.BufferUsage.INDIRECT),
                use=Use.STORAGE,
            ),
            Write(
                self.indices,
                BufferSpec(4 * self.capacity, wgpu.BufferUsage.COPY_SRC),
                use=Use.STORAGE,
            ),
            Write(self.arguments, BufferSpec(64, wgpu.BufferUsage.COPY_SRC), use=Use.STORAGE),
        )

    def update(
        self,
        surface: EvaluatedSurface,
        z_map: EvaluatedZMap,
        view_proj: Matrix,
        size: tuple[int, int],
        tan_half: float,
        near: float,
    ) -> None:
        """Write the uniforms for a camera.

        view_proj: (4, 4) world to clip. size: (width, height) of the picture in pixels. tan_half:
        of the vertical field of view. near: points nearer than this are not measured.
        """
        lattice = np.array(self.shape.picture, np.float64)
        tolerance = z_map.tolerance
        assert tolerance is not None, f"{z_map.id}: a fixed step has no tolerance"
        self.uniforms.update(
            **screen_terms(view_proj @ surface.world, surface, z_map, lattice),
            plane=plane_terms(surface, z_map, lattice),
            picture=self.shape.picture,
            cells=self.shape.cells,
            tiles=self.shape.tiles,
            blocks=self.shape.blocks,
            half_view=(size[0] / 2, size[1] / 2),
            words=self.shape.words,
            rows=self.shape.rows,
            last_blocks=self.shape.last_blocks,
            capacity=self.capacity,
            tolerance=tolerance,
            border=BORDER_SHARE,
            depth_weight=DEPTH_WEIGHT * size[1] / (2 * tan_half),
            near=near,
            along_normal=int(z_map.projection is Projection.SURFACE_NORMAL),
            tile_indices=(6 if self._torn is None else TORN_INDICES) * TILE * TILE,
            full_tiles=self.full.tiles[0] * self.full.tiles[1],
        )

    def encode(self, ctx: PassContext) -> None:
        uniforms = self.uniforms.bytes()
        if not self.stale and uniforms == self._made_from:
            return
        self._made_from = uniforms
        with ctx.compute_pass() as encoder:
            self._measure(ctx, encoder)
            self._emit(ctx, encoder)

    def _measure(self, ctx: PassContext, encoder: Any) -> None:
        """Bits for the vertices that the map itself asks for."""
        u, z = self.uniforms, ctx.view(self._z)
        blocks, bits = ctx.buffer(self.blocks), ctx.buffer(self._bits)
        chosen, work = ctx.buffer(self._chosen), ctx.buffer(self._work)
        draws = ctx.buffer(self.arguments)
        use, shape = self._kernels.use, self.shape
        if self.stale:
            use(encoder, "adaptive_measure", "measure", {0: u, 1: z, 2: blocks})
            encoder.dispatch_workgroups(*_spread(QUARTERS * shape.blocks[0] * shape.blocks[1]))
        begun = {3: bits, 4: chosen, 5: work, 6: draws, 8: ctx.buffer(self._gathered)}
        use(encoder, "adaptive_measure", "begin", {0: u, **begun})
        encoder.dispatch_workgroups(*_spread(shape.words * shape.rows))
        use(encoder, "adaptive_measure", "choose", {0: u, 2: blocks, 4: chosen, 5: work})
        encoder.dispatch_workgroups(*_spread(shape.blocks[0] * shape.blocks[1]))
        use(encoder, "adaptive_measure", "activate", {0: u, 1: z, 3: bits, 7: chosen})
        encoder.dispatch_workgroups_indirect(work, 0)
        use(encoder, "adaptive_measure", "activate_border", {0: u, 1: z, 3: bits})
        encoder.dispatch_workgroups(-(-shape.border_blocks * BLOCK // 64))
        use(encoder, "adaptive_measure", "coarse", {0: u, 1: z, 3: bits})
        columns, lines = ((128 // BLOCK) * tiles + 1 for tiles in shape.tiles)
        encoder.dispatch_workgroups(-(-columns // 8), -(-lines // 8))
        if self._torn is not None:
            use(encoder, "tear_mesh", "force_torn", {0: u, 8: ctx.buffer(self._torn), 9: bits})
            encoder.dispatch_workgroups(*_spread(torn_words(shape.picture)))

    def _emit(self, ctx: PassContext, encoder: Any) -> None:
        """The vertices that hang on those, and the triangles."""
        u, bits = self.uniforms, ctx.buffer(self._bits)
        draws, shape = ctx.buffer(self.arguments), self.shape
        self._kernels.close(encoder, shape, u, bits)
        gathered, work = ctx.buffer(self._gathered), ctx.buffer(self._work)
        use = self._kernels.use
        use(encoder, "adaptive_emit", "gather", {0: u, 2: bits, 5: gathered, 7: work})
        encoder.dispatch_workgroups(-(-shape.rows // 64), shape.words)
        entries = {0: u, 2: bits, 3: ctx.buffer(self.indices), 4: draws}
        if self._torn is None:
            use(encoder, "adaptive_emit", "emit", {**entries, 6: gathered})
        else:
            torn = {8: ctx.buffer(self._torn)}
            use(encoder, "tear_mesh", "emit_torn", {**entries, 6: gathered, **torn})
        encoder.dispatch_workgroups_indirect(work, 16)
        if self._torn is None:
            use(encoder, "adaptive_emit", "emit_roots", entries)
        else:
            use(encoder, "tear_mesh", "emit_torn_roots", entries)
        encoder.dispatch_workgroups(-(-shape.tiles[0] * shape.tiles[1] // 64))
        use(encoder, "adaptive_emit", "finish", {0: u, 4: draws, 6: gathered})
        encoder.dispatch_workgroups(1)


def _spread(items: int) -> tuple[int, int]:
    """Workgroups of 64 threads for so many items, WORK_WIDTH to a row."""
    groups = -(-items // 64)
    return WORK_WIDTH, -(-groups // WORK_WIDTH)
