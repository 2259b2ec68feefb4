"""The passes that make the depth of one surface or mapped geometry, in their order."""

from __future__ import annotations

from typing import Any

from engine.scene import EvaluatedSurface
from passes.analysed import AnalysedMap
from passes.background import BackgroundItem, BackgroundPass
from passes.bounds import Ratios, ratio_limits
from passes.items import SurfaceItem
from passes.map_use import MapUse
from passes.media_textures import MediaTexture
from passes.normals import NormalsPass
from passes.smooth_steps import SmoothStepsPass
from passes.subdivide import SubdividePass
from passes.tear import TearPass
from passes.tessellate import TessellatePass
from passes.tessellate_adaptive import AdaptivePass
from passes.tessellate_torn import TornGridPass
from passes.zdepth import ZDepthPass


class SurfaceChain:
    """The passes that make the depth of one surface, or of a geometry that has a map, and what they
    were last made from. plane: where a geometry's map is measured."""

    def __init__(self, use: MapUse, lattice: tuple[int, int]) -> None:
        self.use = use
        self.lattice = lattice
        self.depth_map: MediaTexture | None = None
        self.analysed: AnalysedMap | None = None
        self.smooth: SmoothStepsPass | None = None
        self.zdepth: ZDepthPass | None = None
        self.normals: NormalsPass | None = None
        self.tear: TearPass | None = None
        self.tessellate: TessellatePass | TornGridPass | AdaptivePass | SubdividePass | None = None
        self.item: SurfaceItem | None = None
        self.plane: EvaluatedSurface | None = None
        self.background: BackgroundPass | None = None
        self.behind: BackgroundItem | None = None
        self.made_from: Any = None

    @property
    def limits(self) -> tuple[float, ...]:
        """Smallest and largest value of the map."""
        if self.analysed is not None:
            return self.analysed.limits
        if self.smooth is not None:
            return self.smooth.limits
        assert self.depth_map is not None
        return self.depth_map.limits

    @property
    def passes(self) -> list[Any]:
        """In the order in which they run."""
        found = [
            *(self.analysed.passes if self.analysed is not None else ()),
            self.smooth, self.zdepth, self.normals, self.tear, self.background, self.tessellate,
        ]  # fmt: skip
        return [item for item in found if item is not None]

    def set_stale(self, stale: bool) -> None:
        for item in self.passes:
            item.stale = stale

    def wanted(self) -> list[str]:
        """What later frames may use again, and must be kept."""
        found = [self.zdepth.z] if self.zdepth is not None else []
        found += [self.smooth.map] if self.smooth is not None else []
        found += [self.normals.normals] if self.normals is not None else []
        for item in (self.tear, self.background, self.tessellate):
            if item is not None:
                found += item.kept
        return found

    def ratios(self, surface: EvaluatedSurface) -> Ratios | None:
        """Smallest and largest depth / plane depth that its map can give; None without one."""
        if self.zdepth is None or surface.z_map is None:
            return None
        return ratio_limits(surface.z_map, self.limits, surface.size)

    def release(self) -> None:
        """Free what its passes made for themselves."""
        for item in (self.analysed, self.zdepth):
            if item is not None:
                item.release()
