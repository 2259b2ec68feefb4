"""The map that an analysis makes of a surface's picture: which passes draw which result."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.gpu import UniformArena
from engine.media import AnalysisResult, DepthMap, FaceAndDepth, FaceResult
from engine.scene import AnalysisType, EvaluatedSurface, EvaluatedZMap, readable
from passes.depth_map import DepthMapPass
from passes.face_depth import FaceDepthPass
from passes.face_on_depth import FaceOnDepthPass, Placing
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
        return (
            None,
            f"{z_map.id}: its {readable(z_map.analysis.value)} Analysis was not run; it stays flat",
        )
    result = analyses.result(z_map, frame)
    if result is None:  # live: not yet
        return None, ""
    faces = result.face if isinstance(result, FaceAndDepth) else result
    depth = result.depth if isinstance(result, FaceAndDepth) else result
    told: list[str] = []
    if isinstance(depth, DepthMap) and not np.isfinite(depth.values).any():
        told.append(depth.message or "no depth found: the surface stays flat")
    elif isinstance(faces, FaceResult) and not faces.faces:
        told.append(faces.message if faces is result else "no face found: the depth map is alone")
    return result, f"{z_map.id}: {told[0]}" if told else ""


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
        self._bust = False
        self._face: FaceDepthPass | None = None
        self._depth: DepthMapPass | None = None
        self._joined: FaceOnDepthPass | None = None
        if kind is AnalysisType.FACE:
            self._face = FaceDepthPass(tools, arena, name, lattice)
        else:
            self._depth = DepthMapPass(tools, arena, name, lattice, guide)
        if kind is AnalysisType.FACE_GLOBAL and self._depth is not None:
            self._joined = FaceOnDepthPass(tools, arena, name, lattice, self._depth.map)
        made = (self._face, self._depth, self._joined)
        self.passes: list[Any] = [item for item in made if item is not None]
        self.map: str = self.passes[-1].map
        self.everywhere = kind is AnalysisType.FACE
        self.guided = self._depth is not None
        self._placed: Any = None
        self._fresh = True

    @property
    def version(self) -> tuple[AnalysisResult | None, bool]:
        """Another one where there is another map to make."""
        return self.result, self._bust

    @property
    def limits(self) -> tuple[float, ...]:
        """Smallest and largest value of the map."""
        return self.passes[-1].limits

    def update(
        self,
        result: AnalysisResult | None,
        picture: tuple[int, int],
        surface: EvaluatedSurface,
        z_map: EvaluatedZMap,
    ) -> None:
        """Take a result for a picture of that size (width, height); None: flat."""
        bust = z_map.head_and_shoulders
        fresh = result is not self.result or bust != self._bust or self._fresh
        self.result, self._bust, self._fresh = result, bust, False
        if self._joined is not None:
            both = FaceAndDepth(NO_FACES, NO_DEPTH) if result is None else result
            assert isinstance(both, FaceAndDepth), f"not both: a {type(result).__name__}"
            self._join(both, picture, surface, z_map, fresh)
        elif fresh and self._face is not None:
            faces = NO_FACES if result is None else result
            assert isinstance(faces, FaceResult), f"no faces: a {type(result).__name__}"
            self._face.update(faces, bust)
        elif fresh and self._depth is not None:
            depth = NO_DEPTH if result is None else result
            assert isinstance(depth, DepthMap), f"no depth map: a {type(result).__name__}"
            self._depth.update(depth, picture)

    def _join(
        self,
        both: FaceAndDepth,
        picture: tuple[int, int],
        surface: EvaluatedSurface,
        z_map: EvaluatedZMap,
        fresh: bool,
    ) -> None:
        assert self._depth is not None and self._joined is not None
        if fresh:
            self._depth.update(both.depth, picture)
        placing = Placing(surface, z_map, both.face.size)
        if fresh or placing.fingerprint() != self._placed:
            self._joined.update(both, placing, self._depth.limits)
            self._placed = placing.fingerprint()

    def release(self) -> None:
        """Free what the passes made for themselves."""
        for item in self.passes:
            item.release()
