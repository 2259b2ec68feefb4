"""One frame, in the order in which it is made. Read `FrameGraph._add_passes` from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.gpu import PassTimer, UniformArena, UniformSlot
from engine.graph import Plan, RenderGraph
from engine.scene import (
    EvaluatedFrame,
    EvaluatedGeometry,
    EvaluatedSurface,
)
from passes.accumulate import AccumulatePass
from passes.aov import DATA, AovPass, grouped
from passes.auto_range import AutoRanges
from passes.beauty import LIT_OUTPUTS, BeautyPass
from passes.blocks import VIEW
from passes.camera import NEAR_SHARE, fitted, jitter, pixels_per_texel, view_projection
from passes.chains import Chains, Maps
from passes.data_maps import is_lit, needed, structure_of
from passes.depth_extent import DepthExtents
from passes.depth_range import TARGET as Z_RANGE
from passes.depth_range import DepthRangePass
from passes.display import MEASURED, SOURCES, DisplayPass, DisplayTransform
from passes.draw import Drawing, Flag, Item, back_to_front
from passes.holes import may_have_holes
from passes.kernels import Toolbox
from passes.map_use import MapUse, map_use
from passes.mapped_geometry import heights, raised
from passes.media_textures import MediaTexture
from passes.media_textures import Use as MediaUse
from passes.mesh_counts import MeshCounts
from passes.motion import MOTION_OUTPUTS, Motion, Neighbours
from passes.nothing import NothingFound
from passes.resident import AnalysisProvider, Resident, UploadPass
from passes.shadow import RESOLUTION, Lighting, ShadowPass, layers_needed
from passes.smooth_steps import has_steps
from passes.subdivide import SubdividePass
from passes.tessellate_adaptive import AdaptivePass
from passes.tessellate_torn import TornGridPass


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
        *,
        drawing: Drawing | None = None,
    ) -> None:
        """outputs: pass names that are wanted. views: those wanted as display colours as well.
        drawing: of another graph of the same document, whose pipelines this one uses too."""
        gpu = tools.gpu
        self.tools = tools
        self.resident = resident
        self.ranges = AutoRanges(resident)
        self._extents = DepthExtents()
        self._with_holes: set[str] = set()
        self.nothing = NothingFound(resident)
        self.analyses = analyses
        self.timer = PassTimer(gpu, capacity=128)
        self.graph = RenderGraph(gpu, self.timer)
        self.arena = UniformArena(gpu, 64 * 1024, label="frame uniforms")
        self.shadow_resolution = RESOLUTION
        self.false_colours = False
        self.drawing = drawing or Drawing(tools)
        self.chains = Chains(tools, resident, self.arena, self.drawing)
        self.transform: DisplayTransform | None = None
        self.warnings: list[str] = []
        self._structure: Any = None
        self._plan: Plan | None = None
        self._beauty: list[BeautyPass] = []
        self._aov: list[AovPass] = []
        self._displays: list[DisplayPass] = []
        self._depth_range: DepthRangePass | None = None
        self._sample_views: list[UniformSlot] = []
        self._items: list[Item] = []
        self._accumulate: AccumulatePass | None = None
        self._motion: Motion | None = None
        self.beside: Neighbours | None = None  # of the frame that is encoded, where it is `moving`
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
        if not MEASURED.isdisjoint(views):
            drawn.add("z")  # between whose ends they are shown
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
    def moving(self) -> bool:
        """Whether motion is drawn, so that the frames beside one count."""
        return not {*MOTION_OUTPUTS}.isdisjoint(self.data)

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
        frame = needed(frame, (*self.lit, *self.data))
        self.resident.load(frame)
        frame = self.ranges.resolved(frame)
        self.warnings += self.ranges.messages
        frame = self.nothing.resolved(frame)
        self.warnings += self.nothing.messages
        maps = self.chains.maps(frame)
        self.warnings += self._extents.messages(frame, maps, self.ranges.cut)
        self._rebuild_if_changed(frame, maps)
        self.warnings += self.chains.warnings
        self.warnings += self.chains.update(frame, maps, self.analyses)
        self._update_items(frame)
        self._update_views(frame, size, aspect)
        plan = self.graph.compile(size, self._wanted())
        if plan is not self._plan:
            # Other memory may stand behind the names now: everything is made afresh.
            self._plan = plan
            for chain in self.chains:
                chain.set_stale(True)
        self.arena.upload()
        self.resident.arena.upload()
        self.graph.execute(encoder, plan)

    def texture(self, name: str) -> Any:
        """The texture of an output after `encode`, or of the one it is made of (`SOURCES`)."""
        return self.graph.texture(SOURCES.get(name, name))

    @property
    def z_range(self) -> Any:
        """The texture with the nearest and the farthest distance, where a view is fitted to them;
        else None."""
        return None if self._depth_range is None else self.graph.texture(Z_RANGE)

    def display(self, name: str) -> Any:
        """The texture of an output's view."""
        return self.graph.texture(f"{name} display")

    def count(self, encoder: Any, counts: MeshCounts) -> None:
        """Have the triangles of every relief counted that `encode` has just drawn."""
        counts.keep(self.chains.by_name)
        for name, chain in self.chains.by_name.items():
            if isinstance(chain.tessellate, AdaptivePass | TornGridPass | SubdividePass):
                counts.copy(encoder, name, self.graph.texture(chain.tessellate.arguments))
            elif chain.tessellate is not None:
                counts.fixed(name, chain.tessellate.shape.triangles)

    def release(self) -> None:
        """Free all that the frame holds on the GPU."""
        self.chains.clear()
        self.graph.release()
        self.arena.release()

    # -- structure --

    def _rebuild_if_changed(self, frame: EvaluatedFrame, maps: Maps) -> None:
        drawn = (*frame.surfaces, *frame.geometries)
        uses = {d.id: self._map_use(d, frame, maps.get(d.id)) for d in drawn}
        structure = self._structure_of(frame, uses, maps)
        if structure == self._structure:
            return
        self.graph.clear()
        self.arena.reset_layout()
        self.chains.make(frame, uses, maps)
        self._add_passes(frame)
        self._structure = structure
        self._plan = None

    def _map_use(
        self,
        drawn: EvaluatedSurface | EvaluatedGeometry,
        frame: EvaluatedFrame,
        depth_map: MediaTexture | None,
    ) -> MapUse:
        shaded = "normals" in self.data or (drawn.shading.lit and bool(frame.lights))
        use = map_use(drawn.z_map, drawn.normal_map, shaded)
        if use.filled and drawn.z_map is not None and depth_map is not None:
            # Memory to fill holes in, from the first picture on that has any.
            if may_have_holes(drawn.z_map, depth_map.whole, depth_map.limits):
                self._with_holes.add(drawn.z_map.id)
            use = replace(use, filled=drawn.z_map.id in self._with_holes)
        # Only a picture's own surface stretches over its steps.
        return replace(use, tear=False) if isinstance(drawn, EvaluatedGeometry) else use

    def _structure_of(self, frame: EvaluatedFrame, uses: Mapping[str, MapUse], maps: Maps) -> Any:
        """What decides which passes there are; equal structures need no new graph."""
        media = tuple((t.name, t.size) for t in self.resident.textures.values())
        surfaces = tuple(
            (
                s.id, s.media.index, s.matte and s.matte.index,
                s.normal_map and s.normal_map.media.index, structure_of(s, frame), uses[s.id],
                s.z_map and (s.z_map.id, s.z_map.tolerance is None and s.z_map.step),
                s.z_map and (s.z_map.displace, s.z_map.analysis),
                _map_of(uses[s.id], maps.get(s.id)),
            )
            for s in frame.surfaces
        )  # fmt: skip
        geometries = tuple(
            (
                g.id, g.mesh, g.media and g.media.index,
                g.normal_map and g.normal_map.media.index, structure_of(g, frame), uses[g.id],
                g.z_map and (g.z_map.id, g.z_map.displace, g.z_map.analysis),
                _map_of(uses[g.id], maps.get(g.id)),
            )
            for g in frame.geometries
        )  # fmt: skip
        return media, surfaces, geometries, layers_needed(frame.lights)

    def _add_passes(self, frame: EvaluatedFrame) -> None:
        # Pictures: bytes to linear light, or to numbers.
        textures = list(self.resident.textures.values())
        for texture in textures:
            self.graph.import_texture(texture.name, texture.texture)
        self.graph.add(UploadPass(textures))

        # Each surface's depth: map, surface Z, and the extruded mesh.
        for chain in self.chains:
            for item in chain.passes:
                self.graph.add(item)

        # Light: what each light sees.
        self.lighting = Lighting(self.arena, self.shadow_resolution)
        orders = {drawn.id: drawn.object_id for drawn in (*frame.surfaces, *frame.geometries)}
        items: list[Item] = []
        for chain in self.chains:
            items += [drawn.item for drawn in (chain.item, chain.behind) if drawn is not None]
        items += [geometry.item for geometry in self.chains.geometries.values()]
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
        self._motion = Motion(self.arena, self.resident, items) if self.moving else None
        self._aov = [
            AovPass(self.drawing, index, self._centre_view, names)
            for index, names in enumerate(grouped(self.data, self.tools.gpu))
        ]
        for aov in self._aov:
            aov.take(items)
            self.graph.add(aov)

        # What a person sees of them.
        self._depth_range = None
        if not MEASURED.isdisjoint(self.views):
            self._depth_range = DepthRangePass(self.tools, self.arena)
            self.graph.add(self._depth_range)
        self._displays = [self._display(name) for name in self.views]
        for display in self._displays:
            self.graph.add(display)

    def _display(self, name: str) -> DisplayPass:
        assert self.transform is not None
        return DisplayPass(self.tools, self.arena, self.transform, name)

    def _wanted(self) -> list[str]:
        """What the graph must deliver: outputs, views, and depth that later frames may reuse."""
        wanted = [*self.lit, *self.data, *(display.target for display in self._displays)]
        if self._depth_range is not None:
            wanted.append(Z_RANGE)
        for chain in self.chains:
            wanted += chain.wanted()
        return wanted

    # -- values --

    def _update_items(self, frame: EvaluatedFrame) -> None:
        lit = is_lit(frame)
        for surface in frame.surfaces:
            chain = self.chains.by_name[surface.id]
            assert chain.item is not None
            colour = self.resident.picture(surface.media, MediaUse.COLOUR)
            luma = (
                surface.matte is not None
                and not self.resident.picture(surface.matte, MediaUse.VECTOR).has_alpha
            )
            ratios = chain.ratios(surface)
            chain.item.update(surface, lit, colour.has_alpha, luma, ratios)
            if chain.behind is not None:
                chain.behind.update(surface, chain.item, lit)
        for geometry in frame.geometries:
            alpha = (
                geometry.media is not None
                and self.resident.picture(geometry.media, MediaUse.COLOUR).has_alpha
            )
            corners = self.resident.mesh(geometry.mesh).corners
            item, chain = self.chains.geometries[geometry.id], self.chains.by_name.get(geometry.id)
            plane = chain.plane if chain is not None else None
            lattice, moved = (1, 1), corners
            if chain is not None and plane is not None:
                ratios = chain.ratios(plane)
                lattice = chain.lattice
                moved = raised(corners, heights(plane, ratios)) if ratios else corners
            item.update(geometry, lit, alpha, moved if item.use.relief else corners, plane, lattice)
        if frame.camera.clip:
            for item in self._items:
                item.flags |= Flag.CLIPPED
        self.lighting.update(frame.lights, frame.ambient, self.corners)
        self.warnings += self.lighting.warnings

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
        if self._motion is not None and self.beside is not None:
            self._motion.update(frame, self.beside, size, aspect)
        near = camera.near * NEAR_SHARE
        for surface in frame.surfaces:
            tessellate = self.chains.by_name[surface.id].tessellate
            if isinstance(tessellate, AdaptivePass) and surface.z_map is not None:
                tessellate.update(surface, surface.z_map, centre, size, tan_half[1], near)
            item = self.chains.by_name[surface.id].item
            if item is not None and item.item.replaces_depth:
                item.take_scale(
                    pixels_per_texel(centre @ surface.world, surface.size, item.lattice, size)
                )
        for geometry in frame.geometries:
            chain = self.chains.by_name.get(geometry.id)
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
        if self._depth_range is not None:
            self._depth_range.update(frame)
        for display in self._displays:
            near, far = camera.near, camera.far
            low, high = (near, far) if display.output == "z_normalized" else (0.0, 1.0)
            display.update(low, high, far, colours=self.false_colours)


def _map_of(use: MapUse, depth_map: MediaTexture | None) -> tuple[str | None, bool]:
    """The texture of a surface's depth map, and whether its steps are smoothed."""
    return depth_map and depth_map.name, has_steps(depth_map, use)
