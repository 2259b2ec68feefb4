"""Normals of a surface's depth, for whoever shades by them."""

from __future__ import annotations

import math

import wgpu

from engine.gpu import UniformArena, UniformSlot
from engine.graph import PassContext, Read, TextureSpec, Use, Write
from passes.blur import Blur
from passes.kernels import Toolbox

SHAPE_SOFTNESS = 4.0  # pixels: the low pass of the extruded shape's own normals (z-depth.md)
# What is low-passed at so many pixels is computed on every second one, and the sampler
# interpolates: an eighth of the work. On slopes that changes normals by less than 0.2 degrees;
# beside depth steps, where low-passed depth is no slope of the object, by a few.
REDUCED = 2


class NormalsPass:
    """Normals from surface Z, in surface space: of depth at full resolution ("bump"), or low-passed
    at 4 picture pixels ("shape").

    Nobody reads them where there is no light and no normals pass: then there is no such pass.
    normals: name of the texture in the graph, over the whole surface.
    """

    def __init__(
        self,
        tools: Toolbox,
        arena: UniformArena,
        name: str,
        z: str,
        zmap: UniformSlot,
        lattice: tuple[int, int],
        kind: str,
    ) -> None:
        """z: the graph's name of surface Z, a texture of `lattice` (width, height) pixels, made
        with the uniforms `zmap`. kind: "bump" or "shape"."""
        self.name = f"normals {name}"
        self.tools = tools
        self.normals = self.name
        self.stale = True
        self._stepped = False
        self._z = z
        self._zmap = zmap
        self._lattice = lattice
        shape = kind == "shape"
        step = REDUCED if shape else 1
        self._size = -(-lattice[0] // step), -(-lattice[1] // step)
        self._blur = Blur(tools, arena, self._size, everywhere=True) if shape else None
        self.reads = (Read(z),)
        spec = TextureSpec("rg32float", size=self._size, usage=wgpu.TextureUsage.TEXTURE_BINDING)
        self._scratch = [f"{self.name} scratch {index}" for index in range(2)] if shape else []
        self.writes = (
            *(Write(scratch, spec, use=Use.STORAGE) for scratch in self._scratch),
            Write(self.normals, TextureSpec("rgba16float", size=self._size), use=Use.STORAGE),
        )

    def update(self, picture: tuple[int, int], tear: float | None = None) -> None:
        """picture: (width, height) of the surface's picture, in whose pixels the low pass is.
        tear: where depth steps by more than this share it is cut, and not smoothed across."""
        if self._blur is None:
            return
        sigma: list[float] = []
        for side, lattice, pixels in zip(self._size, self._lattice, picture, strict=True):
            # To be reduced blurs a little by itself: two texels that are `apart` have a variance.
            apart = lattice / side
            wanted = (SHAPE_SOFTNESS * lattice / pixels) ** 2 - 0.25 * (apart - 1)
            sigma.append(math.sqrt(max(wanted, 0.0)) / apart)
        # Neighbours on the coarser grid are as many pixels apart.
        self._stepped = tear is not None
        self._blur.update((sigma[0], sigma[1]), None if tear is None else REDUCED * tear)

    def encode(self, ctx: PassContext) -> None:
        if not self.stale:
            return
        source = ctx.view(self._z)
        with ctx.compute_pass() as encoder:
            if self._blur is not None:
                one, other = (ctx.view(name) for name in self._scratch)
                reduce = self.tools.kernel("normals", "reduce", STEPPED=float(self._stepped))
                reduce.dispatch(encoder, self._size, {1: source, 3: one})
                source = self._blur.dispatch(encoder, one, other, one)
            kernel = self.tools.kernel("normals", "normals")
            kernel.dispatch(
                encoder, self._size, {0: self._zmap, 1: source, 2: ctx.view(self.normals)}
            )
