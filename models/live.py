"""Analysis of live pictures: in threads of its own, newest picture first, nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.media import AnalysisResult, Source
from engine.scene import AnalysisType, EvaluatedZMap
from models.live_depth import LiveGlobal
from models.live_faces import LiveFaces
from models.live_result import Joined, LiveAnalysisStatus, LiveResult
from models.raw_depth import DepthNet
from models.steadiness import network_for


class LiveAnalyses:
    """Answers at once with the newest result for a map; pictures are analysed in threads.

    What is analysed is what was asked for: each `result` names a map and the media it is about.
    """

    def __init__(
        self,
        sources: Callable[[int], Source | None],
        provider: str = "auto",
        *,
        smoothing: float = 0.5,
        uses: int = 1,
        pixel_aspect: Callable[[int], float] = lambda _: 1.0,
        networks: Callable[[str], DepthNet] | None = None,
    ) -> None:
        """sources: the open media for an index into `Scene.media` (from 0), or None where it is not
        there now; of a `LiveSource` the newest picture is analysed, of another the frame that the
        map shows. smoothing: see `FaceTracks.strength`. uses: how often faces are asked for
        before there are newer ones, so that nothing is analysed that nobody sees; more of them
        leave more of the processor to whoever draws. pixel_aspect: of that media. networks:
        makes the network for Global Analysis that has a name."""
        self._faces = LiveFaces(sources, pixel_aspect, provider, smoothing, uses)
        self._depth = LiveGlobal(sources, networks or network_for(provider), pixel_aspect)
        self._both = Joined()

    def result(self, z_map: EvaluatedZMap, frame: int) -> AnalysisResult | None:
        """The newest result for a map, the same object until there is a newer one; None before the
        first, and for a map that comes from its media."""
        found = self.newest(z_map)
        return None if found is None else found.result

    def newest(self, z_map: EvaluatedZMap) -> LiveResult | None:
        """The same with what is known of it."""
        if z_map.analysis is AnalysisType.FACE:
            return self._faces.newest(z_map)
        if z_map.analysis is AnalysisType.GLOBAL:
            return self._depth.newest(z_map)
        if z_map.analysis is AnalysisType.FACE_GLOBAL:
            return self._both.of(z_map.id, self._faces.newest(z_map), self._depth.newest(z_map))
        return None

    @property
    def revision(self) -> int:
        """Grows with every new result."""
        return self._faces.revision + self._depth.revision

    @property
    def running(self) -> bool:
        """Whether new pictures are analysed. While paused the last results stay."""
        return self._faces.running

    @running.setter
    def running(self, wanted: bool) -> None:
        self._faces.running = self._depth.running = wanted

    @property
    def uses(self) -> int:
        """How often faces are asked for before there are newer ones."""
        return self._faces.uses

    @uses.setter
    def uses(self, wanted: int) -> None:
        self._faces.uses = wanted

    @property
    def smoothing(self) -> float:
        """0 not at all, 0.5 by default, 1 most."""
        return self._faces.smoothing

    @smoothing.setter
    def smoothing(self, strength: float) -> None:
        self._faces.smoothing = strength

    def status(self, index: int | None = None) -> LiveAnalysisStatus:
        """How the analysis of a media (an index from 0; of any, if left out) stands."""
        depth = self._depth.status(index)
        faces = self._faces.status(index)
        if depth is None:
            return faces
        if self._faces.asked_last(index) is None or not depth.working:
            return depth
        return replace(faces, network=depth.network, flicker=depth.flicker)

    @property
    def messages(self) -> tuple[str, ...]:
        """What the user should know about how the networks run."""
        return (*self._faces.messages, *self._depth.messages)

    def close(self) -> None:
        """Stop; waits for the analyses that run."""
        self._faces.close()
        self._depth.close()
