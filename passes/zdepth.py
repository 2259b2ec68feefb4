"""A Z-Depth map to surface Z: range, placement, invert, softness and effect, in scene units."""

from __future__ import annotations

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
    Projection,
    Repeat,
)
from passes.blocks import ZMAP
from passes.blur import Blur
from passes.camera import source_row
from passes.crisp import Crisp
from passes.kernels import Toolbox
from passes.regions import RegionMask

FORMAT = "rg32float"  # planar Z in scene units, confidence
SHAPE_SOFTNESS = 4.0  # pixels: the low pass of the extruded shape's own normals (z-depth.md)
LARGEST_LATTICE = 8192  # pixels a side

RANGES = {
    DepthRange.NORMALIZED: 0,
    DepthRange.ABSOLUTE: 1,
    DepthRange.INVERSE: 2,
    DepthRange.RELIEF: 3,
}
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


def range_of(z_map: EvaluatedZMap) -> DepthRange:
    """What the numbers in the map stand for; a face is a relief whatever the node says.

    Raises RilievoError for Auto, which nothing decides yet.
    """
    if z_map.analysis is AnalysisType.FACE:
        return DepthRange.RELIEF
    if z_map.range is DepthRange.AUTO:
        raise RilievoError(
            f"{z_map.id}: Depth Range Auto is not available yet; choose normalized, absolute,"
            " inverse or relief"
        )
    return z_map.range


def inverted(z_map: EvaluatedZMap) -> bool:
    """Invert is for maps of the other polarity; an analysis has none."""
    return z_map.invert and z_map.analysis is AnalysisType.MEDIA


def relief_depth(z_map: EvaluatedZMap, surface: tuple[float, float]) -> float:
    """Scene units of one map unit of relief. Face maps are in units of the picture's height."""
    return surface[1] if z_map.analysis is AnalysisType.FACE else z_map.relief_depth


class ZDepthPass:
    """Decode one map into the texture `z`, with normals where they are asked for.

    normals: None, "shape" (of depth low-passed at 4 px) or "bump" (at full resolution).
    """

    def __init__(
        self,
        tools: Toolbox,
        arena: UniformArena,
        name: str,
        source: str,
        lattice: tuple[int, int],
        soft: bool,
        normals: str | None,
        analysed: bool = False,
        tear: bool = False,
    ) -> None:
        self.name = f"zdepth {name}"
        self.tools = tools
        self.source = source
        self.lattice = lattice
        self.soft = soft
        self.normals_kind = normals
        self.z = f"{name} z"
        self.normals = f"{name} normals"
        self.slot: UniformSlot = arena.slot(ZMAP)
        # Beside an analysed face lies the plane, which is depth too and not a hole: the skirt must
        # fade into it.
        self._softness = Blur(tools, arena, lattice, everywhere=analysed) if soft else None
        self._shape = Blur(tools, arena, lattice, everywhere=True) if normals == "shape" else None
        self._crisp = Crisp(tools, arena, lattice) if tear else None
        self._regions = RegionMask(tools)
        self.stale = True
        self.reads = (Read(source),)
        spec = TextureSpec(FORMAT, size=lattice, usage=wgpu.TextureUsage.TEXTURE_BINDING)
        # Softness needs the confidence of before, so it blurs from one scratch texture to another.
        count = 3 if soft else 2 if self._shape is not None or tear else 1
        self._scratch = [f"{name} z scratch {index}" for index in range(count)]
        writes = [Write(self.z, spec, use=Use.STORAGE)]
        writes += [Write(scratch, spec, use=Use.STORAGE) for scratch in self._scratch]
        if normals is not None:
            writes.append(
                Write(self.normals, TextureSpec("rgba16float", size=lattice), use=Use.STORAGE)
            )
        self.writes = tuple(writes)

    def update(
        self,
        surface: EvaluatedSurface,
        z_map: EvaluatedZMap,
        depth_map: tuple[int, int],
        picture: tuple[int, int],
    ) -> None:
        """Write the uniforms. depth_map, picture: sizes (width, height) in pixels."""
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
            levels=[z_map.black, 1 / (span or 1e-9), 1 / z_map.gamma, 0.0],
            range=RANGES[range_of(z_map)],
            invert=int(inverted(z_map)),
            repeat=REPEATS[z_map.repeat],
            exact=int(self.lattice == depth_map and np.allclose(to_map, own, atol=1e-9)),
            along_normal=int(z_map.projection is Projection.SURFACE_NORMAL),
            near=source.near,
            far=source.far,
            depth_scale=z_map.depth_scale,
            relief_depth=relief_depth(z_map, surface.size),
            effect=z_map.effect,
            z_offset=z_map.z_offset,
        )
        self._regions.update(z_map.regions)
        if self._crisp is not None:
            self._crisp.update(z_map.tear_threshold)
        scale = (self.lattice[0] / picture[0], self.lattice[1] / picture[1])
        for blur, sigma in (
            (self._softness, z_map.softness),
            (self._shape, (SHAPE_SOFTNESS, SHAPE_SOFTNESS)),
        ):
            if blur is not None:
                blur.update((sigma[0] * scale[0], sigma[1] * scale[1]))

    def fingerprint(self) -> bytes:
        """All that the result depends on besides the map itself."""
        parts = (self._softness, self._shape, self._crisp)
        found = [part.fingerprint() for part in parts if part is not None]
        return b"".join([self.slot.bytes(), self._regions.fingerprint(), *found])

    def release(self) -> None:
        """Free what the pass made for itself."""
        self._regions.release()

    def encode(self, ctx: PassContext) -> None:
        if not self.stale:
            return
        scratch = [ctx.view(name) for name in self._scratch]
        decoded, z = scratch[0], ctx.view(self.z)
        counts = {4: self._regions.view, 5: self.tools.gpu.samplers.linear}
        with ctx.compute_pass() as encoder:
            self._run(encoder, "zdepth", "decode", {1: ctx.view(self.source), 2: decoded})
            if self._softness is None:
                applied = z if self._crisp is None else scratch[1]
                self._run(encoder, "zdepth", "apply", {1: decoded, 2: applied, **counts})
            else:
                soft = self._softness.dispatch(encoder, decoded, *scratch[1:])
                free = scratch[1] if soft is scratch[2] else scratch[2]
                applied = z if self._crisp is None else free
                entries = {1: decoded, 2: applied, 3: soft, **counts}
                self._run(encoder, "zdepth", "apply_soft", entries)
            if self._crisp is not None:
                self._crisp.dispatch(encoder, applied, decoded, z)
            if self.normals_kind is not None:
                shape = z
                if self._shape is not None:  # the scratch textures are free again
                    shape = self._shape.dispatch(encoder, z, *scratch[:2])
                self._run(encoder, "normals", "normals", {1: shape, 2: ctx.view(self.normals)})

    def _run(self, encoder: object, shader: str, entry: str, bindings: dict[int, object]) -> None:
        kernel = self.tools.kernel(shader, entry)
        kernel.dispatch(encoder, self.lattice, {0: self.slot, **bindings})
