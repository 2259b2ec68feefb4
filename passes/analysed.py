"""The map that an analysis makes of a surface's picture: which passes draw which result."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.gpu import UniformArena
from engine.media import AnalysisResult, DepthMap, FaceResult
from engine.scene import AnalysisType, EvaluatedZMap
from passes.depth_map import DepthMapPass
from passes.face_depth import FaceDepthPass
from passes.kernels import Toolbox
from passes.resident import AnalysisProvider

NO_FACES = FaceResult((1, 1))
NO_DEPTH = DepthMap(np.full((1, 1), np.nan, np.float32))


def is_analysed(z_map: EvaluatedZMap) -> bool:
    """Whether the map comes from a network."""
    return z_map.analysis is not AnalysisType.MEDIA


def answer(
    analyses: AnalysisProvider | None, z_map: EvaluatedZMap, frame: int
) -> tuple[AnalysisResult | None, str]:
    """The result for a map (None: there is none), and a warning ("": none)."""
    if analyses is None:
        return None, f"{z_map.id}: its {z_map.analysis.value} analysis was not run; it stays flat"
    result = analyses.result(z_map, frame)
    if isinstance(result, FaceResult):
        return result, "" if result.faces else f"{z_map.id}: {result.message}"
    if isinstance(result, DepthMap) and not np.isfinite(result.values).any():
        return result, f"{z_map.id}: {result.message or 'no depth found: the surface stays flat'}"
    return result, ""  # None: live, not yet


class AnalysedMap:
    """The passes that make a map of `lattice` (width, height) from an analysis, in the order in
    which they run.

    map: name of the texture that they make. guide: name of the picture's texture. everywhere:
    beside what was found lies the plane, which is depth too and not a hole.
    """

    def __init__(
        self,
        tools: Toolbox,
        arena: UniformArena,
        name: str,
        kind: AnalysisType,
        lattice: tuple[int, int],
        guide: str,
    ) -> None:
        self.kind = kind
        self.result: AnalysisResult | None = None
        self._face = self._depth = None
        if kind is AnalysisType.FACE:
            self._face = FaceDepthPass(tools, arena, name, lattice)
        else:
            self._depth = DepthMapPass(tools, arena, name, lattice, guide)
        self.passes: list[Any] = [p for p in (self._depth, self._face) if p is not None]
        self.map: str = self.passes[-1].map
        self.everywhere = kind is AnalysisType.FACE
        self.guided = self._depth is not None
        self._fresh = True

    @property
    def limits(self) -> tuple[float, ...]:
        """Smallest and largest value of the map."""
        return self.passes[-1].limits

    def update(self, result: AnalysisResult | None, picture: tuple[int, int]) -> None:
        """Take a result for a picture of that size (width, height); None: flat."""
        if result is self.result and not self._fresh:
            return
        self.result, self._fresh = result, False
        if self._face is not None:
            faces = NO_FACES if result is None else result
            assert isinstance(faces, FaceResult), f"no faces: a {type(result).__name__}"
            self._face.update(faces)
        if self._depth is not None:
            depth = NO_DEPTH if result is None else result
            assert isinstance(depth, DepthMap), f"no depth map: a {type(result).__name__}"
            self._depth.update(depth, picture)

    def release(self) -> None:
        """Free what the passes made for themselves."""
        for item in self.passes:
            item.release()
