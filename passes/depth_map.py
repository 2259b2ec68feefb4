"""A network's depth map, at network size, to a map of picture size with the picture's outlines."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import wgpu

from engine.gpu import UniformArena
from engine.graph import PassContext, Read, TextureSpec, Use, Write
from engine.media import DepthMap
from passes.blocks import DEPTH_MAP
from passes.kernels import Toolbox

WORK = "TEXTURE_BINDING | STORAGE_BINDING"
MAP_FORMAT = "rg32float"  # share of the range of inverse depth, confidence
FINE = 6.0  # samples to a pixel of the map along which an outline is looked for, at most
CUTS = 6.0  # cuts to a pixel of the map, about, where the picture is much larger


def as_texels(depth: DepthMap) -> npt.NDArray[np.float32]:
    """(h, w, 2) float32: value and confidence; both 0 where there is no depth."""
    there = np.isfinite(depth.values)
    confidence = there.astype(np.float32)
    if depth.confidence is not None:
        confidence *= np.clip(np.nan_to_num(depth.confidence), 0.0, 1.0)
    return np.stack([np.where(there, depth.values, 0.0), confidence], axis=2).astype(np.float32)


class DepthMapPass:
    """Bring a depth map to `lattice` (width, height), guided by the picture named `guide`.

    limits: smallest and largest value of the map.
    """

    def __init__(
        self, tools: Toolbox, arena: UniformArena, name: str, lattice: tuple[int, int], guide: str
    ) -> None:
        self.name = f"depth_map {name}"
        self.tools = tools
        self.lattice = lattice
        self.guide = guide
        self.map = f"{name} depth map"
        self.reads = (Read(guide),)
        usage = wgpu.TextureUsage.TEXTURE_BINDING
        self.writes = (
            Write(self.map, TextureSpec(MAP_FORMAT, size=lattice, usage=usage), use=Use.STORAGE),
        )
        self.limits = (0.0, 0.0)
        self.stale = True
        self.slot = arena.slot(DEPTH_MAP)
        self._size = (0, 0)
        self._coarse = 1
        self._textures: list[Any] = []

    def update(self, depth: DepthMap, picture: tuple[int, int]) -> None:
        """Take a result for a picture of that size (width, height); a map without any value makes
        a flat surface."""
        texels = as_texels(depth)
        size = texels.shape[1], texels.shape[0]
        if size != self._size:
            self._resize(size)
        there = texels[..., 0][texels[..., 1] > 0]
        self.limits = (float(there.min()), float(there.max())) if there.size else (0.0, 0.0)
        self.tools.gpu.write_texture(self._textures[0], texels)
        scale = max(self.lattice[0] / size[0], self.lattice[1] / size[1])
        spacing = 1 / min(max(scale, 1.0), FINE)
        pixels = spacing * max(picture[0] / size[0], picture[1] / size[1])
        self.slot.update(
            lattice=self.lattice,
            coarse=self._coarse,
            low=self.limits[0],
            high=self.limits[1],
            spacing=spacing,
            # A whole level: sampling between two costs more, and shows no more.
            level=float(max(0, round(math.log2(pixels)))),
        )

    def encode(self, ctx: PassContext) -> None:
        if not self.stale:
            return
        depth, slopes, layers, steps, cuts = (self.tools.gpu.view(item) for item in self._textures)
        found = {0: self.slot, 6: layers, 7: steps, 9: self.tools.smooth}
        kernels = (
            ("depth_layers", "find_slopes", self._size, {1: depth, 2: slopes}),
            ("depth_layers", "find_layers", self._size,
             {0: self.slot, 1: depth, 3: slopes, 4: layers, 5: steps}),
            ("depth_map", "find_cuts", self._cut_size(),
             {**found, 8: ctx.view(self.guide), 11: cuts}),
            ("depth_map", "enlarge", self.lattice,
             {0: self.slot, 6: layers, 10: ctx.view(self.map), 12: cuts}),
        )  # fmt: skip
        with ctx.compute_pass() as encoder:
            for shader, entry, size, bindings in kernels:
                self.tools.kernel(shader, entry).dispatch(encoder, size, bindings)

    def release(self) -> None:
        """Free the textures that are not of picture size."""
        for texture in self._textures:
            self.tools.gpu.drop(texture)
        self._textures.clear()
        self._size = (0, 0)

    def _cut_size(self) -> tuple[int, int]:
        return -(-self.lattice[0] // self._coarse), -(-self.lattice[1] // self._coarse)

    def _resize(self, size: tuple[int, int]) -> None:
        self.release()
        self._coarse = max(
            1, round(max(self.lattice[0] / size[0], self.lattice[1] / size[1]) / CUTS)
        )
        made = (
            ("rg32float", size, "TEXTURE_BINDING | COPY_DST"),
            ("rgba32float", size, WORK),  # slopes
            ("rgba32float", size, WORK),  # layers
            ("rgba16float", size, WORK),  # steps
            ("rgba16float", self._cut_size(), WORK),
        )
        self._textures = [
            self.tools.gpu.texture(format, pixels, usage, label=self.name)
            for format, pixels, usage in made
        ]
        self._size = size
