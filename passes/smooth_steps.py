"""The terraces of a depth map's whole numbers to slopes, before it is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeGuard

import wgpu

from engine.gpu import UniformArena
from engine.graph import BufferSpec, PassContext, Read, TextureSpec, Use, Write
from engine.scene import DepthRange, EvaluatedZMap
from passes.blocks import STEPS
from passes.kernels import Toolbox
from passes.map_use import MapUse
from passes.media_textures import FAR_AWAY, MediaTexture

FORMAT = "rg32float"  # value, whether it is there: as a map is uploaded
PLANE_BYTES = 16
ALIKE = 1e-6  # share by which two values may differ and be the same
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Levels:
    """The cells over a map of `size` (width, height) pixels. cell: pixels along a side of the
    finest."""

    size: Size
    cell: int

    @property
    def sizes(self) -> list[Size]:
        """(columns, rows) of each level, from the finest to one of four cells at most."""
        found = [(-(-self.size[0] // self.cell), -(-self.size[1] // self.cell))]
        while max(found[-1]) > 2:
            found.append((-(-found[-1][0] // 2), -(-found[-1][1] // 2)))
        return found

    @property
    def offsets(self) -> list[int]:
        """Where each level's cells begin, and the end of all."""
        ends = [0]
        for columns, rows in self.sizes:
            ends.append(ends[-1] + columns * rows)
        return ends

    @property
    def bytes(self) -> int:
        """Of one plane for each cell."""
        return PLANE_BYTES * self.offsets[-1]


def levels_of(size: Size, limit: int) -> Levels:
    """The cells over a map of that size (width, height), so that a binding of `limit` bytes holds
    a plane for each."""
    small = Levels(size, 4)
    return small if small.bytes <= limit else Levels(size, 8)


def has_steps(depth_map: MediaTexture | None, use: MapUse) -> TypeGuard[MediaTexture]:
    """Whether there is anything to be smoothed in a map."""
    return use.smooth and depth_map is not None and depth_map.step > 0


class SmoothStepsPass:
    """Make the texture `map` of a depth map: the same, but that values are moved by up to half a
    step of its numbers, to where they lie on a smooth surface. What is missing, and values that
    stand for no depth, stay as they are.

    fresh: whether the picture is another one than the last time. limits: the smallest and largest
    value that it may hold.
    """

    def __init__(
        self, tools: Toolbox, arena: UniformArena, name: str, depth_map: MediaTexture
    ) -> None:
        self.name = f"smooth_steps {name}"
        self.tools = tools
        self.source = depth_map.name
        self.map = f"{name} smooth map"
        self.stale = self.fresh = True
        limit = int(tools.gpu.limits["max-storage-buffer-binding-size"])
        self.levels = levels_of(depth_map.size, limit)
        self._slots = [arena.slot(STEPS) for _ in self.levels.sizes]
        self._planes = [f"{name} {kind} planes" for kind in ("found", "said", "made")]
        spec = TextureSpec(FORMAT, size=depth_map.size, usage=wgpu.TextureUsage.TEXTURE_BINDING)
        self.reads = (Read(self.source),)
        self.writes = (
            Write(self.map, spec, use=Use.STORAGE),
            *(Write(n, BufferSpec(self.levels.bytes), use=Use.STORAGE) for n in self._planes),
        )
        self._made_from: Any = None
        self.limits: tuple[float, ...] = (0.0,)

    def update(self, z_map: EvaluatedZMap, depth_map: MediaTexture) -> None:
        """Take a picture of the map, and see whether it must be smoothed anew."""
        step = depth_map.step
        # Full of it, numbers cannot say more, and below nothing is meant; video has room beyond.
        low, high = depth_map.bounds
        # Of distances 0 is none, and stays 0.
        shares = z_map.range in (DepthRange.NORMALIZED, DepthRange.RELIEF)
        lowest = -FAR_AWAY if shares else z_map.black
        far, missing = z_map.far_value, z_map.missing_value
        highest = FAR_AWAY if far is None or far <= 0 else far * (1 - ALIKE)
        nothing = FAR_AWAY if missing is None else missing
        made_from = (depth_map.version, step, lowest, highest, nothing)
        self.fresh = made_from != self._made_from
        self._made_from = made_from
        self.limits = tuple(
            value if abs(value) >= FAR_AWAY else min(max(value + side * step, low), high)
            for value in depth_map.limits
            for side in (-0.5, 0.0, 0.5)
        )
        offsets, sizes = self.levels.offsets, self.levels.sizes
        for index, slot in enumerate(self._slots):
            last = index + 1 == len(sizes)
            slot.update(
                size=depth_map.size,
                cells=sizes[index],
                at=offsets[index],
                finer=sizes[index - 1] if index else (0, 0),
                finer_at=offsets[index - 1] if index else 0,
                coarser=(0, 0) if last else sizes[index + 1],
                coarser_at=offsets[index + 1],
                width=float(self.levels.cell * 2**index),
                step=step,
                low=low,
                high=high,
                lowest=lowest,
                highest=highest,
                nothing=nothing,
            )

    def encode(self, ctx: PassContext) -> None:
        if not self.stale:
            return
        source = ctx.view(self.source)
        found, said, made = (ctx.buffer(name) for name in self._planes)
        sizes = self.levels.sizes
        gather = "gather" if self.levels.cell == 4 else "gather_large"
        with ctx.compute_pass() as encoder:
            self._run(encoder, gather, 0, sizes[0], {1: source, 2: found})
            for index in range(1, len(sizes)):
                self._run(encoder, "join", index, sizes[index], {2: found})
            for index in reversed(range(len(sizes))):
                buffers = {2: found, 3: said, 4: made}
                fours = -(-sizes[index][0] // 2), -(-sizes[index][1] // 2)
                self._run(encoder, "listen", index, fours, buffers)
                self._run(encoder, "level", index, sizes[index], buffers)
            bindings = {1: source, 4: made, 5: ctx.view(self.map)}
            self._run(encoder, "smooth_map", 0, sizes[0], bindings, CELL=self.levels.cell)

    def _run(
        self,
        encoder: Any,
        entry: str,
        level: int,
        size: Size,
        bindings: dict[int, Any],
        **constants: float,
    ) -> None:
        kernel = self.tools.kernel("smooth_steps", entry, **constants)
        kernel.dispatch(encoder, size, {0: self._slots[level], **bindings})
