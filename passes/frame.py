"""One frame, in the order in which it is made. Read `FrameGraph._add_passes` from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.gpu import PassTimer, UniformArena, UniformSlot
from engine.graph import Plan, RenderGraph
from engine.media import FaceResult
from engine.scene import (
    EvaluatedCamera,
    EvaluatedFrame,
    EvaluatedGeometry,
    EvaluatedSurface,
    EvaluatedZMap,
)
from passes.accumulate import AccumulatePass
from passes.aov import DATA, AovPass, grouped
from passes.background import BackgroundItem, BackgroundPass
from passes.beauty import LIT_OUTPUTS, BeautyPass
from passes.blocks import VIEW
from passes.bounds import Ratios, ratio_limits
from passes.camera import NEAR_SHARE, fitted, jitter, pixels_per_texel, view_projection
from passes.display import SOURCES, DisplayPass, DisplayTransform
from passes.draw import Drawing, Flag, Item, back_to_front
from passes.face_depth import FaceDepthPass
from passes.items import (
    GeometryItem,
    MapUse,
    SurfaceItem,
    is_analysed,
    map_use,
    surface_corners,
    transformed,
)
from passes.kernels import Toolbox
from passes.mapped_geometry import heights, mapped, measured, raised
from passes.media_textures import MediaTexture
from passes.media_textures import Use as MediaUse
from passes.mesh_counts import MeshCounts
from passes.normals import NormalsPass
from passes.resident import AnalysisProvider, Resident, UploadPass
from passes.shadow import RESOLUTION, Lighting, ShadowPass, layers_needed
from passes.subdivide import SubdividePass
from passes.tear import TearPass, torn_tile_indices
from passes.tessellate import GridShape, TessellatePass, fitting_step, tile_indices
from passes.tessellate_adaptive import AdaptiveKernels, AdaptivePass
from passes.tessellate_torn import TornGridPass
from passes.zdepth import ZDepthPass, lattice_of

NO_RESULT = FaceResult((1, 1))


class SurfaceChain:
    """The passes that make the depth of one surface, or of a geometry that has a map, and what they
    were last made from. plane: where a geometry's map is measured."""

    def __init__(self, use: MapUse, lattice: tuple[int, int]) -> None:
        self.use = use
        self.lattice = lattice
        self.depth_map: MediaTexture | None = None
        self.face: FaceDepthPass | None = None
        self.zdepth: ZDepthPass | None = None
        self.normals: NormalsPass | None = None
        self.tear: TearPass | None = None
        self.tessellate: TessellatePass | TornGridPass | AdaptivePass | SubdividePass | None = None
        self.item: SurfaceItem | None = None
        self.plane: EvaluatedSurface | None = None
        self.background: BackgroundPass | None = None
        self.behind: BackgroundItem | None = None
        self.made_from: Any = None
        self.face_result: FaceResult | None = None

    @property
    def limits(self) -> tuple[float, ...]:
        """Smallest and largest value of the map."""
        if self.face is not None:
            return self.face.limits
        assert self.depth_map is not None
        return self.depth_map.limits

    @property
    def passes(self) -> list[Any]:
        """In the order in which they run."""
        found = (
            self.face, self.zdepth, self.normals, self.tear, self.background, self.tessellate,
        )  # fmt: skip
        return [item for item in found if item is not None]

    def set_stale(self, stale: bool) -> None:
        for item in self.passes:
            item.stale = stale


class FrameGraph:
    """The render graph of a document's frames. Made anew when the structure changes, not when
    values do."""

    def __init__(
        self,
        tools: Toolbox,
        resident: Resident,
        analyses: AnalysisProvider | None,
        outputs: Sequence[str],
        views: Sequence[str],
        samples: int,
    ) -> None:
        """outputs: pass names that are wanted. views: those wanted as display colours as well."""
        gpu = tools.gpu
        self.tools = tools
        self.resident = resident
        self.analyses = analyses
        self.timer = PassTimer(gpu, capacity=128)
        self.graph = RenderGraph(gpu, self.timer)
        self.arena = UniformArena(gpu, 64 * 1024, label="frame uniforms")
        self.shadow_resolution = RESOLUTION
        self.drawing = Drawing(tools)
        self._adaptive = AdaptiveKernels(gpu)
        self.transform: DisplayTransform | None = None
        self.warnings: list[str] = []
        self._structure_warnings: list[str] = []
        self._tile = self._make_tile(tile_indices())
        self._torn_tile: tuple[Any, int] | None = None
        self._structure: Any = None
        self._plan: Plan | None = None
        self._chains: dict[str, SurfaceChain] = {}
        self._geometries: dict[str, GeometryItem] = {}
        self._beauty: list[BeautyPass] = []
        self._aov: list[AovPass] = []
        self._displays: list[DisplayPass] = []
        self._sample_views: list[UniformSlot] = []
        self._items: list[Item] = []
        self._shown = np.zeros((0, 3))  # bounds of what the Z pass shows
        self._accumulate: AccumulatePass | None = None
        self.sample = 0
        self.choose(outputs, views, samples)

    # -- one frame --

    def choose(
        self,
        outputs: Sequence[str],
        views: Sequence[str],
        samples: int,
        *,
        progressive: bool = False,
    ) -> None:
        """Deliver other outputs and views from the next frame on (see `__init__`). progressive: one
        sample a frame; where `sample` is set above 0 before a frame, it joins those before it."""
        self.views = tuple(views)
        drawn = {SOURCES.get(name, name) for name in (*outputs, *views)}
        self.data = [name for name in DATA if name in drawn]
        self.lit = [name for name in LIT_OUTPUTS if name in drawn]
        if self.lit and self.lit[0] != "beauty":
            self.lit.insert(0, "beauty")  # the first attachment; lit outputs are drawn with it
        self.samples = samples
        self.progressive = progressive
        if views and self.transform is None:
            self.transform = DisplayTransform(self.tools)
        self.restructure()

    def restructure(self) -> None:
        """Make the passes anew at the next frame, even if the document looks the same to them."""
        self._structure = None

    @property
    def corners(self) -> npt.NDArray[np.float64]:
        """(n, 3) float64: world points that bound all that was drawn last."""
        found = [item.corners for item in self._items]
        return np.concatenate(found) if found else np.zeros((0, 3))

    def encode(
        self, frame: EvaluatedFrame, size: tuple[int, int], aspect: float, encoder: Any
    ) -> None:
        """Record a frame of `size` (width, height). aspect: that of the document's own picture,
        for which its cameras' fields of view are meant."""
        try:
            self._encode(frame, size, aspect, encoder)
        except BaseException:
            # What is noted of this frame may not be on the GPU: the next one makes all anew.
            self.restructure()
            raise

    def _encode(
        self, frame: EvaluatedFrame, size: tuple[int, int], aspect: float, encoder: Any
    ) -> None:
        self.warnings = []
        self.resident.load(frame)
        mapped_ones = (*frame.surfaces, *mapped(frame))
        maps = {s.id: self._map_picture(s) for s in mapped_ones if s.z_map is not None}
        self._rebuild_if_changed(frame, maps)
        self.warnings += self._structure_warnings
        self._update_depth(frame, maps)
        self._update_items(frame)
        self._update_views(frame, size, aspect)
        plan = self.graph.compile(size, self._wanted())
        if plan is not self._plan:
            # Other memory may stand behind the names now: everything is made afresh.
            self._plan = plan
            for chain in self._chains.values():
                chain.set_stale(True)
        self.arena.upload()
        self.resident.arena.upload()
        self.graph.execute(encoder, plan)

    def texture(self, name: str) -> Any:
        """The texture of an output after `encode`, or of the one it is made of (`SOURCES`)."""
        return self.graph.texture(SOURCES.get(name, name))

    def display(self, name: str) -> Any:
        """The texture of an output's view."""
        return self.graph.texture(f"{name} display")

    def count(self, encoder: Any, counts: MeshCounts) -> None:
        """Have the triangles of every relief counted that `encode` has just drawn."""
        counts.keep(self._chains)
        for name, chain in self._chains.items():
            if isinstance(chain.tessellate, AdaptivePass | TornGridPass | SubdividePass):
                counts.copy(encoder, name, self.graph.texture(chain.tessellate.arguments))
            elif chain.tessellate is not None:
                counts.fixed(name, chain.tessellate.shape.triangles)

    def release(self) -> None:
        """Free all that the frame holds on the GPU."""
        self._release_chains()
        self.graph.release()
        self.arena.release()

    # -- structure --

    def _rebuild_if_changed(
        self, frame: EvaluatedFrame, maps: dict[str, MediaTexture | None]
    ) -> None:
        structure = self._structure_of(frame, maps)
        if structure == self._structure:
            return
        self._release_chains()
        self._structure_warnings = []
        self.graph.clear()
        self.arena.reset_layout()
        self._add_passes(frame, maps)
        self._structure = structure
        self._plan = None

    def _structure_of(self, frame: EvaluatedFrame, maps: dict[str, MediaTexture | None]) -> Any:
        """What decides which passes there are; equal structures need no new graph."""
        media = tuple((t.name, t.size) for t in self.resident.textures.values())
        surfaces = tuple(
            (
                s.id, s.media.index, s.matte and s.matte.index,
                s.normal_map and s.normal_map.media.index, self._map_use(s, frame),
                s.z_map and (s.z_map.id, s.z_map.tolerance is None and s.z_map.step),
                s.z_map and (s.z_map.displace, s.z_map.analysis),
                maps.get(s.id) and maps[s.id].name,  # pyright: ignore[reportOptionalMemberAccess]
            )
            for s in frame.surfaces
        )  # fmt: skip
        geometries = tuple(
            (
                g.id, g.mesh, g.media and g.media.index,
                g.normal_map and g.normal_map.media.index, self._map_use(g, frame),
                g.z_map and (g.z_map.id, g.z_map.displace, g.z_map.analysis),
                maps.get(g.id) and maps[g.id].name,  # pyright: ignore[reportOptionalMemberAccess]
            )
            for g in frame.geometries
        )  # fmt: skip
        return media, surfaces, geometries, layers_needed(frame.lights)

    def _add_passes(self, frame: EvaluatedFrame, maps: dict[str, MediaTexture | None]) -> None:
        # Pictures: bytes to linear light, or to numbers.
        textures = list(self.resident.textures.values())
        for texture in textures:
            self.graph.import_texture(texture.name, texture.texture)
        self.graph.add(UploadPass(textures))

        # Each surface's depth: map, surface Z, and the extruded mesh.
        self._chains = {
            s.id: self._chain(s, self._map_use(s, frame), maps.get(s.id)) for s in frame.surfaces
        }
        self._chains |= {
            s.id: self._depth_chain(s, self._map_use(s, frame), maps.get(s.id))
            for s in mapped(frame)
        }
        self._geometries = {g.id: self._geometry(g) for g in frame.geometries}
        self.resident.keep_topologies(
            (g.mesh, self._chains[g.id].lattice) for g in frame.geometries if g.id in self._chains
        )
        orders = {drawn.id: drawn.object_id for drawn in (*frame.surfaces, *frame.geometries)}
        for chain in self._chains.values():
            for item in chain.passes:
                self.graph.add(item)

        # Light: what each light sees.
        self.lighting = Lighting(self.arena, self.shadow_resolution)
        items: list[Item] = []
        for chain in self._chains.values():
            items += [drawn.item for drawn in (chain.item, chain.behind) if drawn is not None]
        items += [geometry.item for geometry in self._geometries.values()]
        for item in items:
            item.order = orders[item.name]
        # In the document's order: of what lies in one place the later one shows. But what replaces
        # its depth comes last: it cannot be left out early where it is hidden, all others can.
        items.sort(key=lambda item: (item.replaces_depth, item.order))
        self._items = items
        layers = layers_needed(frame.lights) if items else 0
        if layers:
            self.graph.add(ShadowPass(self.drawing, self.lighting, items, layers))

        # The picture: jittered samples, each added to the mean.
        self._sample_views = [self.arena.slot(VIEW) for _ in range(self.samples)]
        self._beauty = []
        alone = self.samples == 1 and not self.progressive
        for index, view in enumerate(self._sample_views if self.lit else []):
            beauty = BeautyPass(
                self.drawing, None if alone else index, view, self.lighting.slot, self.lit,
                layers > 0,
            )  # fmt: skip
            beauty.take(items)
            self._beauty.append(beauty)
            self.graph.add(beauty)
            if alone:
                continue
            accumulate = AccumulatePass(
                self.tools, self.arena, index, self.samples, self.lit, progressive=self.progressive
            )
            accumulate.update()
            self._accumulate = accumulate
            self.graph.add(accumulate)

        # Data: the same draws again at the pixels' centres.
        self._centre_view = self.arena.slot(VIEW)
        self._aov = [
            AovPass(self.drawing, index, self._centre_view, names)
            for index, names in enumerate(grouped(self.data, self.tools.gpu))
        ]
        for aov in self._aov:
            aov.take(items)
            self.graph.add(aov)

        # What a person sees of them.
        self._displays = [self._display(name) for name in self.views]
        for display in self._displays:
            self.graph.add(display)

    def _display(self, name: str) -> DisplayPass:
        assert self.transform is not None
        return DisplayPass(self.tools, self.arena, self.transform, name)

    def _map_use(
        self, drawn: EvaluatedSurface | EvaluatedGeometry, frame: EvaluatedFrame
    ) -> MapUse:
        shaded = "normals" in self.data or (drawn.shading.lit and bool(frame.lights))
        return map_use(drawn.z_map, drawn.normal_map, shaded)

    def _depth_chain(
        self, surface: EvaluatedSurface, use: MapUse, depth_map: MediaTexture | None
    ) -> SurfaceChain:
        """The passes that decode a map."""
        picture = self._picture(surface, depth_map)
        size = self._picture_size(picture, depth_map)
        chain = SurfaceChain(use, lattice_of(size, depth_map.size if depth_map else (1, 1)))
        z_map = surface.z_map
        if use.surface_z and z_map is not None:
            chain.depth_map = depth_map
            source = depth_map.name if depth_map else ""
            if is_analysed(z_map):
                chain.face = FaceDepthPass(self.tools, self.arena, surface.id, chain.lattice)
                source = chain.face.map
            chain.zdepth = ZDepthPass(
                self.tools, self.arena, surface.id, source, chain.lattice, use.soft,
                analysed=chain.face is not None,
                guide=picture.name if picture and use.guided else None, tear=use.tear,
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
            self._normal_map(surface), self._grid(z_map, chain.lattice) if use.relief else None,
            tile,
        )  # fmt: skip
        if use.tear and chain.zdepth is not None:
            chain.tear = TearPass(self.tools, self.arena, surface.id, chain.zdepth.z, chain.lattice)
            chain.background = BackgroundPass(
                self.tools, self.arena, surface.id, chain.tear, colour.name,
                matte.name if matte else None, self.drawing.blank,
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
            self._structure_warnings.append(
                f"{z_map.id}: a mesh step of {z_map.step} px on {lattice[0]}x{lattice[1]} does not"
                f" fit this graphics adapter; {step} px is used"
            )
        return GridShape(lattice, step)

    def _picture(
        self, surface: EvaluatedSurface, depth_map: MediaTexture | None
    ) -> MediaTexture | None:
        """The picture that a surface's map belongs to. A geometry may show none of its own."""
        if surface.z_map is not None and depth_map and surface.media == surface.z_map.media:
            return None
        return self.resident.picture(surface.media, MediaUse.COLOUR)

    def _picture_size(
        self, picture: MediaTexture | None, depth_map: MediaTexture | None
    ) -> tuple[int, int]:
        """Of a picture; without one its map's counts."""
        known = picture or depth_map
        assert known is not None, "an analysis needs a picture"
        return known.size

    def _geometry(self, geometry: EvaluatedGeometry) -> GeometryItem:
        mesh = self.resident.mesh(geometry.mesh)
        chain = self._chains.get(geometry.id)
        use = chain.use if chain else map_use(None, None)
        if chain is not None and chain.zdepth is not None and use.relief:
            if not np.ptp(mesh.mesh.vertices[:, 6:], axis=0).any():
                self._structure_warnings.append(
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
        )  # fmt: skip

    def _normal_map(self, drawn: Any) -> str | None:
        if drawn.normal_map is None:
            return None
        return self.resident.picture(drawn.normal_map.media, MediaUse.VECTOR).name

    def _wanted(self) -> list[str]:
        """What the graph must deliver: outputs, views, and depth that later frames may reuse."""
        wanted = [*self.lit, *self.data, *(display.target for display in self._displays)]
        for chain in self._chains.values():
            if chain.zdepth is not None:
                wanted.append(chain.zdepth.z)
            if chain.normals is not None:
                wanted.append(chain.normals.normals)
            for item in (chain.tear, chain.background, chain.tessellate):
                if item is not None:
                    wanted += item.kept
        return wanted

    # -- values --

    def _map_picture(self, surface: EvaluatedSurface) -> MediaTexture | None:
        """The texture of a surface's depth map; None where a network makes it."""
        z_map = surface.z_map
        if z_map is None or is_analysed(z_map) or not map_use(z_map, None).surface_z:
            return None
        return self.resident.picture(z_map.media, MediaUse.DATA)

    def _update_depth(self, frame: EvaluatedFrame, maps: dict[str, MediaTexture | None]) -> None:
        geometries = {geometry.id: geometry for geometry in frame.geometries}
        for surface in (*frame.surfaces, *mapped(frame)):
            chain, z_map = self._chains[surface.id], surface.z_map
            if chain.zdepth is None or z_map is None:
                continue
            if chain.face is not None:
                result = self._analysis(z_map, frame.frame)
                if result is not chain.face_result or chain.made_from is None:
                    chain.face_result = result
                    chain.face.update(result)
            depth_map = maps.get(surface.id)
            chain.depth_map = depth_map
            size = depth_map.size if depth_map else chain.lattice
            plane = surface
            if surface.id in geometries:
                plane = chain.plane = measured(geometries[surface.id], chain.limits)
                z_map = plane.z_map or z_map
            picture = self._picture(surface, depth_map)
            pixels = self._picture_size(picture, depth_map)
            chain.zdepth.update(plane, z_map, size, pixels)
            if chain.normals is not None:
                chain.normals.update(pixels, z_map.tear if chain.use.tear else None)
            if isinstance(chain.tessellate, TessellatePass | TornGridPass):
                chain.tessellate.update()
            if chain.tear is not None:
                chain.tear.update(z_map.tear_threshold)
            version = depth_map.version if depth_map else chain.face_result
            guide = picture.version if picture and chain.use.guided else None
            made_from = (version, guide, chain.zdepth.fingerprint())
            chain.set_stale(made_from != chain.made_from)
            chain.made_from = made_from
            if chain.background is not None and picture is not None:
                matte = surface.matte and self.resident.picture(surface.matte, MediaUse.VECTOR)
                chain.background.update(surface, z_map, bool(matte and not matte.has_alpha))
                chain.background.check((picture.version, matte and matte.version))

    def _analysis(self, z_map: EvaluatedZMap, frame: int) -> FaceResult:
        if self.analyses is None:
            self.warnings.append(
                f"{z_map.id}: its {z_map.analysis.value} analysis was not run; it stays flat"
            )
            return NO_RESULT
        result = self.analyses.result(z_map, frame)
        if result is None:  # live: not yet
            return NO_RESULT
        assert isinstance(result, FaceResult), (
            f"{z_map.id}: no pass draws a {type(result).__name__}"
        )
        if not result.faces:
            self.warnings.append(f"{z_map.id}: {result.message}")
        return result

    def _update_items(self, frame: EvaluatedFrame) -> None:
        shown: list[npt.NDArray[np.float64]] = []
        lit = bool(frame.lights) or any(frame.ambient)
        for surface in frame.surfaces:
            chain = self._chains[surface.id]
            assert chain.item is not None
            colour = self.resident.picture(surface.media, MediaUse.COLOUR)
            luma = (
                surface.matte is not None
                and not self.resident.picture(surface.matte, MediaUse.VECTOR).has_alpha
            )
            ratios = self._ratios(surface, chain)
            chain.item.update(surface, lit, colour.has_alpha, luma, ratios)
            if chain.behind is not None:
                chain.behind.update(surface, chain.item, lit)
            shows_map = chain.use.relief or (surface.z_map is not None and surface.z_map.z_pass)
            shown.append(surface_corners(surface, ratios if shows_map else None))
        for geometry in frame.geometries:
            alpha = (
                geometry.media is not None
                and self.resident.picture(geometry.media, MediaUse.COLOUR).has_alpha
            )
            corners = self.resident.mesh(geometry.mesh).corners
            item, chain = self._geometries[geometry.id], self._chains.get(geometry.id)
            plane = chain.plane if chain is not None else None
            lattice, moved = (1, 1), corners
            if chain is not None and plane is not None:
                ratios = self._ratios(plane, chain)
                lattice = chain.lattice
                moved = raised(corners, heights(plane, ratios)) if ratios else corners
            item.update(geometry, lit, alpha, moved if item.use.relief else corners, plane, lattice)
            shows_map = geometry.z_map is not None and geometry.z_map.z_pass
            shown.append(transformed(geometry.world, moved) if shows_map else item.item.corners)
        if frame.camera.clip:
            for item in self._items:
                item.flags |= Flag.CLIPPED
        self._shown = np.concatenate(shown) if shown else np.zeros((0, 3))
        self.lighting.update(frame.lights, frame.ambient, self.corners)
        self.warnings += self.lighting.warnings

    def _ratios(self, surface: EvaluatedSurface, chain: SurfaceChain) -> Ratios | None:
        if chain.zdepth is None or surface.z_map is None:
            return None
        return ratio_limits(surface.z_map, chain.limits, surface.size)

    def _update_views(self, frame: EvaluatedFrame, size: tuple[int, int], aspect: float) -> None:
        camera = frame.camera
        tan_half = fitted(camera, aspect, size[0] / size[1])
        eye = camera.world[:3, 3]
        shared = {
            "eye": [*eye, 1.0],
            "clip": [camera.near, camera.far, 0.0, 0.0],
        }
        if self.progressive and self._accumulate is not None:
            self._accumulate.update(self.sample)
        for index, view in enumerate(self._sample_views):
            # The first sample of a picture that may move on at once is its pixels' centre.
            x, y = (
                jitter(self.sample, 2 if self.sample else 1)
                if self.progressive
                else jitter(index, self.samples)
            )
            ndc = (-2 * x / size[0], 2 * y / size[1])
            view.update(
                view_proj=view_projection(camera, tan_half, ndc), jitter=[x, y, *size], **shared
            )
        centre = view_projection(camera, tan_half)
        self._centre_view.update(view_proj=centre, jitter=[0.0, 0.0, *size], **shared)
        near = camera.near * NEAR_SHARE
        for surface in frame.surfaces:
            tessellate = self._chains[surface.id].tessellate
            if isinstance(tessellate, AdaptivePass) and surface.z_map is not None:
                tessellate.update(surface, surface.z_map, centre, size, tan_half[1], near)
            item = self._chains[surface.id].item
            if item is not None and item.item.replaces_depth:
                item.take_scale(
                    pixels_per_texel(centre @ surface.world, surface.size, item.lattice, size)
                )
        for geometry in frame.geometries:
            chain = self._chains.get(geometry.id)
            plane = chain.plane if chain is not None else None
            if chain is not None and isinstance(chain.tessellate, SubdividePass) and plane:
                assert plane.z_map is not None
                chain.tessellate.update(plane, plane.z_map, centre, size, tan_half[1], near)
        # Depth sorts what is solid; only what is soft needs the painter's order.
        soft = back_to_front([item for item in self._items if item.blended], eye)
        for beauty in self._beauty:
            beauty.soft = soft
        for aov in self._aov:
            aov.far = camera.far
        for display in self._displays:
            display.update(*self._shown_range(display.output, camera))

    def _shown_range(self, output: str, camera: EvaluatedCamera) -> tuple[float, float]:
        """The values of a pass that a person sees as black and white."""
        if output == "z_normalized":
            return camera.near, camera.far
        if output not in ("z", "z_aa"):
            return 0.0, 1.0
        # From the nearest to the farthest of all that is there: near and far alone would leave a
        # face a few greys.
        corners = self._shown
        depths = -(np.linalg.inv(camera.world) @ np.c_[corners, np.ones(len(corners))].T)
        low = max(float(depths[2].min(initial=camera.far)), 0.0)
        high = min(float(depths[2].max(initial=camera.near)), camera.far)
        if high <= low:
            low, high = camera.near, camera.far
        return (low / camera.far, high / camera.far) if output == "z_aa" else (low, high)

    # -- memory --

    def _make_tile(self, indices: npt.NDArray[np.uint32]) -> tuple[Any, int]:
        buffer = self.tools.gpu.buffer(indices.nbytes, "INDEX | COPY_DST", label="grid tile")
        self.tools.gpu.queue.write_buffer(buffer, 0, indices)
        return buffer, indices.size

    def _release_chains(self) -> None:
        for chain in self._chains.values():
            for item in (chain.face, chain.zdepth):
                if item is not None:
                    item.release()
        self._chains.clear()
