"""What the renderer asks for analysis results."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from engine.errors import AnalysisError
from engine.media import AnalysisResult, FaceResult, Source, open_media, to_display_rgb8
from engine.scene import AnalysisType, EvaluatedZMap, Media, Scene
from models.face import FaceAnalysis

# A face takes about 90 kB, with its bust 220, so this is at most some 100 MB.
CACHED = 512
Key = tuple[AnalysisType, Media, int, bool]
"""What, of which media and frame, and whether with the bust."""


class Analyses:
    """Analysis results for the maps of a scene, by frame. Safe to use from several threads.

    Networks are loaded at the first result that needs them. Results are kept in memory by media and
    frame, the least recently used given up first. A result depends on its picture alone, so the
    order in which frames are asked for never changes it.
    """

    def __init__(
        self,
        scene: Scene,
        provider: str = "auto",
        sources: Callable[[int], Source] | None = None,
        *,
        thorough: bool = True,
        cached: int = CACHED,
    ) -> None:
        """scene: whose media are analysed. provider: what runs the networks, `auto` or a name of
        `models.providers()`. sources: answers the open media for an index into `scene.media` (from
        0), for callers that have them open already; by default they are opened here, and `close`
        closes them. thorough: see `FaceAnalysis`; off is for live use. cached: results kept.
        """
        self.scene = scene
        """May be replaced by an edited document; results of media that are the same stay."""
        self._sources = sources
        self._opened: dict[Media, Source] = {}
        self._face = FaceAnalysis(provider, thorough=thorough)
        self._cache: OrderedDict[Key, AnalysisResult] = OrderedDict()
        self._cached = cached
        self._busy = threading.Lock()
        self._states: dict[Media, str] = {}

    def result(self, z_map: EvaluatedZMap, frame: int) -> AnalysisResult | None:
        """The result for a map; None for a map that comes from its media.

        frame: of the scene, for messages; the picture that is analysed is `z_map.media`. Raises
        AnalysisError, and MediaError where the picture cannot be read.
        """
        if z_map.analysis is AnalysisType.MEDIA:
            return None
        if z_map.analysis is not AnalysisType.FACE:
            raise AnalysisError(
                f"Z-Depth map '{z_map.id}' asks for {z_map.analysis.value} analysis, which this"
                " version does not have: choose face or media"
            )
        media = self.scene.media[z_map.media.index]
        key = (z_map.analysis, media, z_map.media.frame, z_map.head_and_shoulders)
        # One at a time: decoders hold a position, and a network already uses all the cores.
        with self._busy:
            found = self._cache.get(key)
            if found is None:
                picture = self._source(z_map.media.index).frame(z_map.media.frame)
                found = self._face.analyse(
                    to_display_rgb8(picture),
                    media.pixel_aspect,
                    bust=z_map.head_and_shoulders,
                    # The outlines of a clip's frames would not hold still.
                    outlined=media.last == media.first,
                )
                self._cache[key] = found
                while len(self._cache) > self._cached:
                    self._cache.popitem(last=False)
            self._cache.move_to_end(key)
            if isinstance(found, FaceResult):
                self._states[media] = f"{media.name}, frame {frame}: {found.message}"
        return found

    @property
    def messages(self) -> tuple[str, ...]:
        """The state in plain words: what runs the networks, where that is not the first choice, and
        the last result of each media ("portrait.png, frame 1: no face found: …")."""
        states = self._states.copy()
        in_use = (states[media] for media in dict.fromkeys(self.scene.media) if media in states)
        return (*self._face.messages, *in_use)

    def close(self) -> None:
        """Close the media that were opened here. Results stay, and media open again if needed."""
        with self._busy:
            for source in self._opened.values():
                source.close()
            self._opened.clear()

    def _source(self, index: int) -> Source:
        if self._sources is not None:
            return self._sources(index)
        media = self.scene.media[index]
        if media not in self._opened:
            self._opened[media] = open_media(media)
        return self._opened[media]
