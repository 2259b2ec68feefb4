"""A Z-Depth map to surface Z: range, placement, invert, softness and effect, in scene units."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt
import wgpu

from engine.errors import RilievoError
from engine.gpu import UniformArena, UniformSlot
from engine.graph import PassContext, Read, TextureSpec, Use, Write
from engine.scene.evaluated import (
    AnalysisType,
    DepthRange,
    EvaluatedSurface,
    EvaluatedZMap,
    Fit,
    Holes,
    NothingRule,
    Projection,
    Repeat,
)
from passes.blocks import ZMAP
from passes.blur import Blur
from passes.camera import source_axes, source_row
from passes.crisp import Crisp
from passes.edge_aware import EdgeAwareBlur, map_pixel
from passes.holes import HoleFill
from passes.kernels import Toolbox
from passes.regions import RegionMask

FORMAT = "rg32float"  # planar Z in scene units, confidence
LARGEST_LATTICE = 8192  # pixels a side


class Reading(IntEnum):
    """What the numbers of a map are taken for, as wgsl/zdepth.wgsl knows it."""

    NORMALIZED = 0
    ABSOLUTE = 1
    INVERSE = 2
    RELIEF = 3
    SHARE = 4  # of the inverse depths from far to near: 0 is far
    RAY = 5  # distance along the ray of the source camera


RANGES = {
    DepthRange.NORMALIZED: Reading.NORMALIZED,
    DepthRange.ABSOLUTE: Reading.ABSOLUTE,
    DepthRange.INVERSE: Reading.INVERSE,
    DepthRange.RELIEF: Reading.RELIEF,
    DepthRange.RAY: Reading.RAY,
}
APART, FAR_VALUE, MISSING_VALUE = 1, 2, 4  # bits of NOTHING
REPEATS = {Repeat.NONE: 0, Repeat.REPEAT: 1, Repeat.MIRROR: 2}


def lattice_of(picture: tuple[int, int], depth_map: tuple[int, int]) -> tuple[int, int]:
    """Size of surface Z: the finer of the picture and its map, so that neither loses detail."""
    width, height = max(picture[0], depth_map[0]), max(picture[1], depth_map[1])
    shrink = min(1.0, LARGEST_LATTICE / max(width, height))
    return max(1, round(width * shrink)), max(1, round(height * shrink))


def map_size(fit: Fit, surface: tuple[float, float], aspect: float) -> tuple[float, float]:
    """Width and height, in scene units, of an unplaced map of that aspect on the surface."""
    width, height = surface
    if fit is Fit.STRETCH:
        return width, height
    wide = aspect > width / height
    if wide == (fit is Fit.FIT):
        return width, width / aspect
    return height * aspect, height


def surface_to_map(
    z_map: EvaluatedZMap, surface: tuple[float, float], depth_map: tuple[int, int]
) -> npt.NDArray[np.float64]:
    """(3, 3): homogeneous surface units (x, y, 1) to the map's picture coordinates (u, v, 1)."""
    width, height = map_size(z_map.fit, surface, depth_map[0] / depth_map[1])
    picture = np.array([[1 / width, 0, 0.5], [0, -1 / height, 0.5], [0, 0, 1]], np.float64)
    return picture @ np.linalg.inv(z_map.to_surface)


def reading_of(z_map: EvaluatedZMap) -> Reading:
    """What the numbers in the map stand for. A face is a relief whatever the node says; a depth map
    of the whole picture is one where the node says so, as it must on a geometry.

    Raises RilievoError for Auto, which is decided before (`AutoRanges`).
    """
    if z_map.analysis is AnalysisType.FACE:
        return Reading.RELIEF
    if z_map.analysis is not AnalysisType.MEDIA:
        relief = z_map.range is DepthRange.RELIEF and z_map.analysis is AnalysisType.GLOBAL
        return Reading.RELIEF if relief else Reading.SHARE
    if z_map.range is DepthRange.AUTO:
        raise RilievoError(
            f"{z_map.id}: Depth Range Auto was not decided before drawing; choose normalized,"
            " absolute, inverse, relief or ray"
        )
    return RANGES[z_map.range]


def inverted(z_map: EvaluatedZMap) -> bool:
    """Invert is for maps of the other polarity; an analysis has none."""
    return z_map.invert and z_map.analysis is AnalysisType.MEDIA


def relief_depth(z_map: EvaluatedZMap, surface: tuple[float, float]) -> float:
    """Scene units of one map unit of relief. Face maps are in units of the picture's height."""
    return surface[1] if z_map.analysis is AnalysisType.FACE else z_map.relief_depth


def _nothing_bits(z_map: EvaluatedZMap) -> int:
    """What of a map's values means nothing, as wgsl/zdepth.wgsl knows it."""
    if z_map.nothing is NothingRule.NONE:
        return 0
    return (
        APART
        | (z_map.far_value is not None and FAR_VALUE)
        | (z_map.missing_value is not None and MISSING_VALUE)
    )


class ZDepthPass:
    """Decode one map into the texture `z`: planar Z in scene units, and the confidence in it.

    guide: the picture whose outlines softness keeps; None: it keeps none. filled: holes may be
    filled from their neighbours.
    """

    def __init__(
        self,
        tools: Toolbox,
        arena: UniformArena,
        name: str,
        source: str,
        lattice: tuple[int, int],
        soft: bool,
        everywhere: bool = False,
        guide: str | None = None,
        tear: bool = False,
        filled: bool = False,
    ) -> None:
        self.name = f"zdepth {name}"
        self.tools = tools
        self.source = source
        self.lattice = lattice
        self.soft = soft
        self.z = f"{name} z"
        self.slot: UniformSlot = arena.slot(ZMAP)
        # Beside an analysed face lies the plane, which is depth too and not a hole: the skirt must
        # fade into it.
        self._guide = guide
        self._softness: Blur | EdgeAwareBlur | None = None
        if soft:
            kind = Blur if guide is None else EdgeAwareBlur
            self._softness = kind(tools, arena, lattice, everywhere=everywhere)
        self._fill = HoleFill(tools, lattice) if filled else None
        self._filling = False
        self._crisp = Crisp(tools, arena, lattice) if tear else None
        self._regions = RegionMask(tools)
        self._constants: dict[str, float] = {}
        self.stale = True
        self.reads = (Read(source), *([Read(guide)] if guide else []))
        spec = TextureSpec(FORMAT, size=lattice, usage=wgpu.TextureUsage.TEXTURE_BINDING)
        # Softness needs the confidence of before, so it blurs from one scratch texture to another.
        count = (4 if guide else 3) if soft else 2 if tear else 0
        if filled:  # which needs three besides the decoded and the soft depth
            count = 5 if soft else 4
        self._scratch = [f"{name} z scratch {index}" for index in range(count)]
        writes = [Write(n, spec, use=Use.STORAGE) for n in (self.z, *self._scratch)]
        self._hard = f"{name} outlines"
        if guide is not None:
            colours = TextureSpec("rgba16float", size=lattice, usage=spec.usage)
            writes.append(Write(self._hard, colours, use=Use.STORAGE))
        self.writes = tuple(writes)

    def update(
        self,
        surface: EvaluatedSurface,
        z_map: EvaluatedZMap,
        depth_map: tuple[int, int],
        picture: tuple[int, int],
        holes: bool = True,
    ) -> None:
        """Write the uniforms. depth_map, picture: sizes (width, height) in pixels. holes: depth may
        be missing in the map."""
        self._filling = holes and self._fill is not None
        source = z_map.source
        to_map = surface_to_map(z_map, surface.size, depth_map)
        own = np.array([[1 / surface.size[0], 0, 0.5], [0, -1 / surface.size[1], 0.5], [0, 0, 1]])
        span = z_map.white - z_map.black
        self.slot.update(
            lattice=self.lattice,
            surface_size=surface.size,
            to_map=to_map,
            source_origin=[*source.world[:3, 3], 1.0],
            source_z=source_row(source),
            source_axes=source_axes(source),
            nothing=[z_map.far_value or 0.0, z_map.missing_value or 0.0],
            levels=[z_map.black, 1 / (span or 1e-9), 1 / z_map.gamma, 0.0],
            along_normal=int(z_map.projection is Projection.SURFACE_NORMAL),
            near=source.near,
            far=source.far,
            depth_scale=z_map.depth_scale,
            relief_depth=relief_depth(z_map, surface.size),
            effect=z_map.effect,
            z_offset=z_map.z_offset,
        )
        exact = self.lattice == depth_map and np.allclose(to_map, own, atol=1e-9)
        self._constants = {
            "RANGE": reading_of(z_map),
            "INVERT": float(inverted(z_map)),
            "GAMMA": float(z_map.gamma != 1.0),
            "REPEAT": REPEATS[z_map.repeat],
            "EXACT": float(exact),
            "REGIONS": float(bool(z_map.regions)),
            "NOTHING": float(_nothing_bits(z_map)),
            "HOLES": 1.0 if self._filling else 2.0 if z_map.holes is Holes.FAR else 0.0,
        }
        fade = z_map.region_softness
        self._regions.update(z_map.regions, (fade / picture[0], fade / picture[1]))
        if self._crisp is not None:
            self._crisp.update(z_map.tear_threshold)
        scale = (self.lattice[0] / picture[0], self.lattice[1] / picture[1])
        softness = (z_map.softness[0] * scale[0], z_map.softness[1] * scale[1])
        if isinstance(self._softness, EdgeAwareBlur):
            pixel = np.diag([surface.size[0] / self.lattice[0], surface.size[1] / self.lattice[1]])
            self._softness.update(softness, map_pixel(to_map[:2, :2] @ pixel, depth_map))
        elif self._softness is not None:
            self._softness.update(softness)

    def fingerprint(self) -> bytes:
        """All that the result depends on besides the map itself."""
        parts = [self.slot.bytes(), repr(self._constants).encode(), self._regions.fingerprint()]
        parts += [p.fingerprint() for p in (self._softness, self._crisp) if p is not None]
        return b"".join(parts)

    def release(self) -> None:
        """Free what the pass made for itself."""
        self._regions.release()

    def encode(self, ctx: PassContext) -> None:
        if not self.stale:
            return
        source, z = ctx.view(self.source), ctx.view(self.z)
        scratch = [ctx.view(name) for name in self._scratch]
        counts = {4: self._regions.view, 5: self.tools.gpu.samplers.linear}
        with ctx.compute_pass() as encoder:
            if self._softness is None and not self._filling:
                applied = z if self._crisp is None else scratch[0]
                self._run(encoder, "decode", {1: source, 2: applied, **counts})
            else:
                marks = scratch[0]
                self._run(encoder, "decode_sharp", {1: source, 2: marks})
                soft = self._soften(ctx, encoder, scratch)
                if self._fill is not None and self._filling:
                    free = [view for view in scratch if view is not marks and view is not soft]
                    marks = soft = self._fill.dispatch(encoder, marks, soft, free[:3])
                free = [view for view in scratch if view is not marks and view is not soft]
                applied = z if self._crisp is None else free[0]
                self._run(encoder, "apply_soft", {1: marks, 2: applied, 3: soft, **counts})
            if self._crisp is not None:
                other = next(view for view in scratch if view is not applied)
                self._crisp.dispatch(encoder, applied, other, z)

    def _soften(self, ctx: PassContext, encoder: object, scratch: list[object]) -> object:
        """Soften what was decoded into the first of the scratch views; returns that which holds the
        result."""
        decoded, *rest = scratch
        if self._softness is None:
            return decoded
        if isinstance(self._softness, EdgeAwareBlur):
            assert self._guide is not None
            guide, hard = ctx.view(self._guide), ctx.view(self._hard)
            return self._softness.dispatch(encoder, decoded, guide, hard, rest[:3])
        return self._softness.dispatch(encoder, decoded, *rest[:2])

    def _run(self, encoder: object, entry: str, bindings: dict[int, object]) -> None:
        kernel = self.tools.kernel("zdepth", entry, **self._constants)
        kernel.dispatch(encoder, self.lattice, {0: self.slot, **bindings})
