"""What is seen through a tear: colour and depth of its far side, carried on under the near one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.gpu import UniformArena
from engine.graph import BufferSpec, PassContext, Read, TextureSpec, Use, Write
from engine.scene import EvaluatedSurface, EvaluatedZMap, Projection
from passes.blocks import FILL, ITEM
from passes.camera import source_row
from passes.draw import Flag, Item, Kind
from passes.items import SurfaceItem, shading_flags, write_item
from passes.kernels import Toolbox
from passes.tear import TearPass
from passes.tessellate import GridShape

LARGEST = 960  # texels along a side of the finest level
STEP = 2  # its texels between vertices
REACH = 1 / 8  # of the picture's longer side: how far from a tear there is a background, or farther
LAYERS = 2  # what is behind a step, and what is behind that
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class FillShape:
    """The levels of a background over a lattice (width, height)."""

    lattice: Size

    @property
    def share(self) -> int:
        """Pixels along a side of a texel of the finest level."""
        return -(-max(self.lattice) // LARGEST)

    @property
    def levels(self) -> list[Size]:
        """Sizes (width, height) in texels, from the finest to a single texel."""
        width, height = (-(-side // self.share) for side in self.lattice)
        found = [(width, height)]
        while max(found[-1]) > 1:
            width, height = found[-1]
            found.append((-(-width // 2), -(-height // 2)))
        return found

    @property
    def offsets(self) -> list[int]:
        """Where each level's texels begin, and the end of all."""
        return [0, *np.cumsum([width * height for width, height in self.levels]).tolist()]

    @property
    def reach_level(self) -> int:
        """The level whose texels are about as wide as a background reaches."""
        wide = REACH * max(self.lattice) / self.share
        return min(max(1, math.ceil(math.log2(max(wide, 1.0)))), len(self.levels) - 1)

    @property
    def grid(self) -> GridShape:
        return GridShape(self.lattice, STEP * self.share)


class BackgroundPass:
    """Fill one surface's background: a picture `colour`, its layers one below the other, and
    the vertices of a grid for each."""

    def __init__(
        self,
        tools: Toolbox,
        arena: UniformArena,
        name: str,
        tear: TearPass,
        picture: str,
        matte: str | None,
        blank: Any,
    ) -> None:
        """picture, matte: the graph's textures that the surface shows. blank: a view that stands
        for a matte where there is none."""
        self.name = f"background {name}"
        self.tools = tools
        self.shape = FillShape(tear.lattice)
        self.colour = f"{name} background"
        self.vertices = f"{name} background vertices"
        self.triangles = f"{name} background triangles"
        self.arguments = f"{name} background draw"
        self.kept = [self.colour, self.vertices, self.triangles, self.arguments]
        self.stale = True
        self.made_from: Any = None
        self._texels = f"{name} background texels"
        self._tear, self._picture, self._matte, self._blank = tear, picture, matte, blank
        self._slots = [arena.slot(FILL) for _ in self.shape.levels]
        reads = [Read(tear.z), Read(tear.torn, Use.STORAGE), Read(picture)]
        self.reads = (*reads, *([Read(matte)] if matte is not None and matte != picture else []))
        width, height = self.shape.levels[0]
        spec = TextureSpec("rgba16float", size=(width, LAYERS * height))
        vertices = LAYERS * self.shape.grid.vertices
        self.writes = (
            Write(self._texels, BufferSpec(32 * self.shape.offsets[-1]), use=Use.STORAGE),
            Write(self.colour, spec, use=Use.STORAGE),
            Write(self.vertices, BufferSpec(16 * vertices), use=Use.STORAGE),
            Write(self.triangles, BufferSpec(24 * vertices), use=Use.STORAGE),
            Write(self.arguments, BufferSpec(20), use=Use.STORAGE),
        )

    def update(self, surface: EvaluatedSurface, z_map: EvaluatedZMap, luma: bool) -> None:
        """Write the uniforms. luma: the matte has no alpha, its luminance counts."""
        levels, offsets, reach = self.shape.levels, self.shape.offsets, self.shape.reach_level
        for level, slot in enumerate(self._slots):
            coarser = min(level + 1, len(levels) - 1)
            slot.update(
                source_origin=[*z_map.source.world[:3, 3], 1.0],
                source_z=source_row(z_map.source),
                lattice=self.shape.lattice,
                surface_size=surface.size,
                size=levels[level],
                coarser=levels[coarser],
                count=self.shape.grid.count,
                offset=offsets[level],
                coarser_offset=offsets[coarser],
                share=self.shape.share,
                step=self.shape.grid.step,
                reach=self.shape.share << reach,
                reach_offset=offsets[reach],
                matte=0 if self._matte is None else 2 if luma else 1,
                along_normal=int(z_map.projection is Projection.SURFACE_NORMAL),
            )

    def check(self, made_from: Any) -> None:
        """made_from: all that the result depends on besides the uniforms of the depth."""
        key = (made_from, self._slots[0].bytes())
        self.stale = self.stale or key != self.made_from
        self.made_from = key

    def encode(self, ctx: PassContext) -> None:
        if not self.stale:
            return
        texels, z = ctx.buffer(self._texels), ctx.view(self._tear.z)
        levels, slots = self.shape.levels, self._slots
        seeds = {
            0: slots[0], 1: z, 2: ctx.buffer(self._tear.torn), 3: ctx.view(self._picture),
            4: self._blank if self._matte is None else ctx.view(self._matte),
            5: self.tools.smooth, 6: texels,
        }  # fmt: skip
        with ctx.compute_pass() as encoder:
            self._run(encoder, "seed", levels[0], seeds)
            for level, size in enumerate(levels[1:]):
                self._run(encoder, "pull", size, {0: slots[level], 6: texels})
            for level in reversed(range(len(levels) - 1)):
                self._run(encoder, "push", levels[level], {0: slots[level], 6: texels})
            choose = {0: slots[0], 1: z, 6: texels, 7: ctx.view(self.colour)}
            self._run(encoder, "choose", levels[0], choose)
            columns, rows = self.shape.grid.count
            vertices, arguments = ctx.buffer(self.vertices), ctx.buffer(self.arguments)
            place = {0: slots[0], 6: texels, 8: vertices, 10: arguments}
            self._run(encoder, "place", (columns, LAYERS * rows), place)
            cells = {0: slots[0], 8: vertices, 9: ctx.buffer(self.triangles), 10: arguments}
            self._run(encoder, "list", (columns, LAYERS * rows), cells)

    def _run(self, encoder: Any, entry: str, size: Size, bindings: dict[int, Any]) -> None:
        self.tools.kernel("background", entry).dispatch(encoder, size, bindings)


class BackgroundItem:
    """A surface's background in the draw list: after the surface, which hides most of it."""

    def __init__(self, arena: UniformArena, front: Item, background: BackgroundPass) -> None:
        """front: the surface's own item."""
        self.grid = background.shape.grid
        self.item = Item(
            front.name, Kind.BACKGROUND, arena.slot(ITEM), colour=background.colour, z=front.z,
            vertices=background.vertices, triangles=background.triangles,
            arguments=background.arguments, behind=front,
        )  # fmt: skip

    def update(self, surface: EvaluatedSurface, front: SurfaceItem, lit: bool) -> None:
        """Write the uniforms. front: updated for this frame. lit: the scene has lights."""
        item, z_map = self.item, surface.z_map
        assert z_map is not None
        flags = shading_flags(surface.shading, surface.world, lit)
        flags |= Flag.HAS_COLOUR | Flag.HAS_Z | Flag.PIERCED | (front.item.flags & Flag.SOFT)
        if z_map.projection is Projection.SURFACE_NORMAL:
            flags |= Flag.ALONG_NORMAL
        step = front.grid.step if front.grid is not None else 1
        write_item(item, surface, flags, (1.0, 1.0, 1.0), float(step))
        item.slot.update(
            size=surface.size,
            lattice=front.lattice,
            source_origin=[*z_map.source.world[:3, 3], 1.0],
            source_z=source_row(z_map.source),
            grid=[*self.grid.count, self.grid.step, 0],
        )
        item.shading = replace(surface.shading, casts_shadow=False)
        item.plane = front.item.plane
        # Where they blend, the farther one of the two is drawn first.
        away = surface.world[:3, :3] @ z_map.source.world[:3, 2]
        item.corners = front.item.corners - 1e-3 * away
