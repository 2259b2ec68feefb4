"""What is made of each surface and geometry: the passes of its depth, and its item in the draw
list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.gpu import UniformArena
from engine.scene import NO_MAPS, EvaluatedFrame, EvaluatedGeometry, EvaluatedSurface, EvaluatedZMap
from passes.analysed import AnalysedMap, answer, is_analysed
from passes.background import BackgroundItem, BackgroundPass
from passes.data_group import NO_DATA, DataNames
from passes.data_maps import Picture, is_lit, pictures_of
from passes.draw import Drawing
from passes.holes import may_have_holes
from passes.items import GeometryItem, SurfaceItem
from passes.kernels import Toolbox
from passes.map_use import MapUse, map_use
from passes.mapped_geometry import mapped, measured
from passes.media_textures import MediaTexture
from passes.media_textures import Use as MediaUse
from passes.normals import NormalsPass
from passes.resident import AnalysisProvider, Resident
from passes.smooth_steps import SmoothStepsPass, has_steps
from passes.subdivide import SubdividePass
from passes.surface_chain import SurfaceChain
from passes.tear import TearPass, torn_tile_indices
from passes.tessellate import GridShape, TessellatePass, fitting_step, tile_indices
from passes.tessellate_adaptive import AdaptiveKernels, AdaptivePass
from passes.tessellate_torn import TornGridPass
from passes.zdepth import ZDepthPass, lattice_of

Maps = Mapping[str, MediaTexture | None]
"""Surface or geometry → the texture of its depth map; None where a network makes it."""


class Chains:
    """The chains of a document's surfaces and mapped geometries by name, and the draw list's
    geometries. warnings: of what is made; `update` answers with those of a frame."""

    def __init__(
        self, tools: Toolbox, resident: Resident, arena: UniformArena, drawing: Drawing
    ) -> None:
        self.tools = tools
        self.resident = resident
        self.arena = arena
        self.by_name: dict[str, SurfaceChain] = {}
        self.geometries: dict[str, GeometryItem] = {}
        self.warnings: list[str] = []
        self._bare: set[str] = set()
        self._lit = False
        self._blank = drawing.blank
        self._adaptive = AdaptiveKernels(tools.gpu)
        self._tile = self._make_tile(tile_indices())
        self._torn_tile: tuple[Any, int] | None = None

    def __iter__(self) -> Iterator[SurfaceChain]:
        return iter(self.by_name.values())

    # -- structure --

    def maps(self, frame: EvaluatedFrame) -> Maps:
        """The depth maps of a frame, loaded."""
        drawn = (*frame.surfaces, *mapped(frame))
        return {s.id: self._map_picture(s) for s in drawn if s.z_map is not None}

    def make(self, frame: EvaluatedFrame, uses: Mapping[str, MapUse], maps: Maps) -> None:
        """Make all anew. uses: how the map of each takes part."""
        self.clear()
        self._lit = is_lit(frame)
        self._bare = {g.id for g in frame.geometries if g.media is None}
        self.by_name = {s.id: self._chain(s, uses[s.id], maps.get(s.id)) for s in frame.surfaces}
        self.by_name |= {
            s.id: self._depth_chain(s, uses[s.id], maps.get(s.id)) for s in mapped(frame)
        }
        self.geometries = {g.id: self._geometry(g) for g in frame.geometries}
        self.resident.keep_topologies(
            (g.mesh, self.by_name[g.id].lattice) for g in frame.geometries if g.id in self.by_name
        )

    def clear(self) -> None:
        """Free all chains."""
        for chain in self.by_name.values():
            chain.release()
        self.by_name.clear()
        self.warnings = []

    def _map_picture(self, surface: EvaluatedSurface) -> MediaTexture | None:
        """The texture of a surface's depth map; None where a network makes it."""
        z_map = surface.z_map
        if z_map is None or is_analysed(z_map) or not map_use(z_map, None).surface_z:
            return None
        return self.resident.picture(z_map.media, MediaUse.DATA)

    def _depth_chain(
        self, surface: EvaluatedSurface, use: MapUse, depth_map: MediaTexture | None
    ) -> SurfaceChain:
        """The passes that decode a map."""
        picture = self._picture(surface)
        size = self._picture_size(picture, depth_map)
        chain = SurfaceChain(use, lattice_of(size, depth_map.size if depth_map else (1, 1)))
        z_map = surface.z_map
        if use.surface_z and z_map is not None:
            chain.depth_map = depth_map
            source = depth_map.name if depth_map else ""
            if has_steps(depth_map, use):
                chain.smooth = SmoothStepsPass(self.tools, self.arena, surface.id, depth_map)
                source = chain.smooth.map
            if is_analysed(z_map) and picture is not None:
                chain.analysed = AnalysedMap(
                    self.tools, self.arena, surface.id, z_map.analysis, chain.lattice, picture.name
                )
                source = chain.analysed.map
            chain.zdepth = ZDepthPass(
                self.tools, self.arena, surface.id, source, chain.lattice, use.soft,
                everywhere=chain.analysed is not None and chain.analysed.everywhere,
                guide=picture.name if picture and use.guided else None, tear=use.tear,
                filled=use.filled,
            )  # fmt: skip
            if use.normals is not None:
                chain.normals = NormalsPass(
                    self.tools, self.arena, surface.id, chain.zdepth.z, chain.zdepth.slot,
                    chain.lattice, use.normals,
                )  # fmt: skip
        return chain

    def _chain(
        self, surface: EvaluatedSurface, use: MapUse, depth_map: MediaTexture | None
    ) -> SurfaceChain:
        chain, z_map = self._depth_chain(surface, use, depth_map), surface.z_map
        colour = self.resident.picture(surface.media, MediaUse.COLOUR)
        matte = self.resident.picture(surface.matte, MediaUse.VECTOR) if surface.matte else None
        if use.tear and self._torn_tile is None:
            self._torn_tile = self._make_tile(torn_tile_indices())
        tile = self._torn_tile if use.tear and self._torn_tile else self._tile
        chain.item = SurfaceItem(
            self.arena, surface, use, chain.lattice, colour.name, matte.name if matte else None,
            self._normal_map(surface), *self._data_maps(surface),
            self._grid(z_map, chain.lattice) if use.relief else None,
            tile,
        )  # fmt: skip
        if use.tear and chain.zdepth is not None:
            chain.tear = TearPass(self.tools, self.arena, surface.id, chain.zdepth.z, chain.lattice)
            fill, cut = self._fill(surface)
            chain.background = BackgroundPass(
                self.tools, self.arena, surface.id, chain.tear, fill.name,
                cut.name if cut else None, self._blank,
            )  # fmt: skip
            chain.behind = BackgroundItem(self.arena, chain.item.item, chain.background)
        if chain.zdepth is not None and use.relief:
            chain.tessellate = self._tessellate(surface.id, chain, chain.zdepth)
        return chain

    def _tessellate(
        self, name: str, chain: SurfaceChain, zdepth: ZDepthPass
    ) -> TessellatePass | TornGridPass | AdaptivePass:
        grid = chain.item.grid if chain.item is not None else None
        if grid is None:
            torn = chain.tear.torn if chain.tear is not None else None
            return AdaptivePass(
                self.tools, self._adaptive, self.arena, name, zdepth.z, chain.lattice, torn
            )
        if chain.tear is not None:
            return TornGridPass(self.tools, self.arena, name, chain.tear, grid)
        return TessellatePass(self.tools, self.arena, name, zdepth, grid)

    def _grid(self, z_map: EvaluatedZMap | None, lattice: tuple[int, int]) -> GridShape | None:
        assert z_map is not None
        if z_map.tolerance is not None:
            return None
        limit = int(self.tools.gpu.limits["max-storage-buffer-binding-size"])
        step = fitting_step(lattice, z_map.step, limit)
        if step != z_map.step:
            self.warnings.append(
                f"{z_map.id}: a mesh step of {z_map.step} px on {lattice[0]}x{lattice[1]} does not"
                f" fit this graphics adapter; {step} px is used"
            )
        return GridShape(lattice, step)

    def _fill(self, surface: EvaluatedSurface) -> tuple[MediaTexture, MediaTexture | None]:
        """The colour that a surface's background is filled with, which light meets where there is
        any, and its matte."""
        colour = self.resident.picture(surface.media, MediaUse.COLOUR)
        matte = self.resident.picture(surface.matte, MediaUse.VECTOR) if surface.matte else None
        if surface.maps.diffuse is None or not (self._lit and surface.shading.lit):
            return colour, matte
        if matte is None and colour.has_alpha:
            matte = colour
        return self.resident.picture(surface.maps.diffuse, MediaUse.COLOUR), matte

    def _picture(self, surface: EvaluatedSurface) -> MediaTexture | None:
        """The picture that a surface's map belongs to; None: a geometry that shows none."""
        if surface.id in self._bare:
            return None
        return self.resident.picture(surface.media, MediaUse.COLOUR)

    def _picture_size(
        self, picture: MediaTexture | None, depth_map: MediaTexture | None
    ) -> tuple[int, int]:
        """Of a picture; without one its map's counts, and without that nothing is decoded."""
        known = picture or depth_map
        return known.size if known is not None else (1, 1)

    def _geometry(self, geometry: EvaluatedGeometry) -> GeometryItem:
        mesh = self.resident.mesh(geometry.mesh)
        chain = self.by_name.get(geometry.id)
        use = chain.use if chain else map_use(None, None)
        if chain is not None and chain.zdepth is not None and use.relief:
            if not np.ptp(mesh.mesh.vertices[:, 6:], axis=0).any():
                self.warnings.append(
                    f"{geometry.mesh}: without texture coordinates a Z-Depth map moves all of it"
                    " alike; unwrap the mesh"
                )
            topology, words = self.resident.topology(geometry.mesh, chain.lattice)
            chain.tessellate = SubdividePass(
                self.tools, self.arena, geometry.id, chain.zdepth.z, chain.lattice, topology, words
            )
        colour = self.resident.picture(geometry.media, MediaUse.COLOUR) if geometry.media else None
        return GeometryItem(
            self.arena, geometry, use, (mesh.vertices, mesh.indices, mesh.index_count),
            colour.name if colour else None, self._normal_map(geometry),
            *self._data_maps(geometry),
        )  # fmt: skip

    def _normal_map(self, drawn: Any) -> str | None:
        if drawn.normal_map is None:
            return None
        return self.resident.picture(drawn.normal_map.media, MediaUse.VECTOR).name

    def _data_maps(
        self, drawn: EvaluatedSurface | EvaluatedGeometry
    ) -> tuple[str | None, DataNames]:
        """The textures of its albedo and of its maps of data."""
        if drawn.maps is NO_MAPS:
            return None, NO_DATA

        def name(picture: Picture | None) -> str | None:
            return None if picture is None else self.resident.picture(*picture).name

        maps = pictures_of(drawn.maps)
        data = (name(maps.position), name(maps.uv), name(maps.forward), name(maps.backward))
        return name(maps.diffuse), data

    # -- values --

    def update(
        self, frame: EvaluatedFrame, maps: Maps, analyses: AnalysisProvider | None
    ) -> list[str]:
        """Write the uniforms of a frame's depth, and see which passes must run. Returns warnings.
        analyses: answers for maps that a network makes; None: they stay flat."""
        told: list[str] = []
        geometries = {geometry.id: geometry for geometry in frame.geometries}
        for surface in (*frame.surfaces, *mapped(frame)):
            chain, z_map = self.by_name[surface.id], surface.z_map
            if chain.zdepth is None or z_map is None:
                continue
            if chain.analysed is not None:
                result, warning = answer(analyses, z_map, frame.frame)
                told += [warning] if warning else []
                size = self._picture_size(self._picture(surface), None)
                chain.analysed.update(result, size, surface, z_map)
            plane = surface
            chain.depth_map = maps.get(surface.id)
            if chain.smooth is not None and chain.depth_map is not None:
                chain.smooth.update(z_map, chain.depth_map)
            if surface.id in geometries:
                plane = chain.plane = measured(geometries[surface.id], chain.limits)
                z_map = plane.z_map or z_map
            self._update_chain(chain, plane, z_map)
        return told

    def _update_chain(
        self, chain: SurfaceChain, surface: EvaluatedSurface, z_map: EvaluatedZMap
    ) -> None:
        assert chain.zdepth is not None
        depth_map = chain.depth_map
        size = depth_map.size if depth_map else chain.lattice
        picture = self._picture(surface)
        pixels = self._picture_size(picture, depth_map)
        holes = depth_map is not None and may_have_holes(z_map, depth_map.whole, chain.limits)
        chain.zdepth.update(surface, z_map, size, pixels, holes)
        if chain.normals is not None:
            chain.normals.update(pixels, z_map.tear if chain.use.tear else None)
        if isinstance(chain.tessellate, TessellatePass | TornGridPass):
            chain.tessellate.update()
        if chain.tear is not None:
            chain.tear.update(z_map.tear_threshold)
        analysed = chain.analysed
        version = depth_map.version if depth_map else analysed and analysed.version
        # What is guided follows the newest picture, also while its analysis is not there yet.
        guided = chain.use.guided or (analysed is not None and analysed.guided)
        guide = picture.version if picture and guided else None
        made_from = (version, guide, chain.zdepth.fingerprint())
        chain.set_stale(made_from != chain.made_from)
        if chain.smooth is not None:  # whatever else changes, once for a picture
            chain.smooth.stale = chain.smooth.fresh
        chain.made_from = made_from
        if chain.background is not None and picture is not None:
            fill, matte = self._fill(surface)
            luma = surface.matte is not None and matte is not None and not matte.has_alpha
            chain.background.update(surface, z_map, luma)
            chain.background.check((fill.version, matte and matte.version))

    def _make_tile(self, indices: npt.NDArray[np.uint32]) -> tuple[Any, int]:
        buffer = self.tools.gpu.buffer(indices.nbytes, "INDEX | COPY_DST", label="grid tile")
        self.tools.gpu.queue.write_buffer(buffer, 0, indices)
        return buffer, indices.size
