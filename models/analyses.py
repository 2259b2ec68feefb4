"""What the renderer asks for analysis results."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.errors import AnalysisError
from engine.media.picture import AnalysisResult, FaceResult, Picture, Source
from engine.scene.evaluated import AnalysisType, EvaluatedZMap
from models.face import FaceAnalysis

if TYPE_CHECKING:
    from engine.scene import Scene

# A face result is about 20 kB a face, so this is some tens of MB at most.
CACHED = 2048


class Analyses:
    """Analysis results for the maps of a scene, by frame. Safe to use from several threads.

    Networks are loaded at the first result that needs them. Results are kept in memory by media and
    frame, the least recently used given up first, so the order in which frames are asked for never
    changes what is answered.
    """

    def __init__(
        self,
        scene: Scene,
        provider: str = "auto",
        sources: Callable[[int], Source] | None = None,
        cached: int = CACHED,
    ) -> None:
        """scene: whose media are analysed. provider: what runs the networks, `auto` or a name of
        `models.providers()`. sources: answers the open media for an index into `scene.media`, for
        callers that have them open already; by default they are opened here. cached: results kept.
        """
        self._scene = scene
        self._sources = sources
        self._opened: dict[int, Source] = {}
        self._face = FaceAnalysis(provider)
        self._cache: OrderedDict[tuple[AnalysisType, int, int], AnalysisResult] = OrderedDict()
        self._cached = cached
        self._messages: OrderedDict[tuple[AnalysisType, int], str] = OrderedDict()
        self._lock = threading.RLock()

    def result(self, z_map: EvaluatedZMap, frame: int) -> AnalysisResult | None:
        """The result for a map; None for a map that comes from its media.

        frame: the scene's frame, for messages; which picture is analysed is in `z_map.media`.
        Raises AnalysisError, or MediaError where the picture cannot be read.
        """
        if z_map.analysis is AnalysisType.MEDIA:
            return None
        if z_map.analysis is not AnalysisType.FACE:
            raise AnalysisError(
                f"Z-Depth map '{z_map.id}' asks for {z_map.analysis.value} analysis, which this"
                " version does not have: choose face or media"
            )
        media = z_map.media
        key = (z_map.analysis, media.index, media.frame)
        # One at a time: decoders hold a position, and onnxruntime already uses all the cores.
        with self._lock:
            found = self._cache.get(key)
            if found is None:
                found = self._face.analyse(_display(self._source(media.index).frame(media.frame)))
                self._cache[key] = found
                while len(self._cache) > self._cached:
                    self._cache.popitem(last=False)
            else:
                self._cache.move_to_end(key)
            if isinstance(found, FaceResult):
                self._messages[key[:2]] = f"frame {frame}: {found.message}"
            return found

    @property
    def messages(self) -> tuple[str, ...]:
        """The state in plain words: what runs the networks where that needs saying, and what the
        last result of each analysed media was ("frame 12: no face found: …")."""
        with self._lock:
            return (*self._face.messages, *self._messages.values())

    def close(self) -> None:
        """Close the media that were opened here; results stay."""
        with self._lock:
            for source in self._opened.values():
                source.close()
            self._opened.clear()

    def _source(self, index: int) -> Source:
        if self._sources is not None:
            return self._sources(index)
        if index not in self._opened:
            from engine.media import open_source

            media = self._scene.media[index]
            self._opened[index] = open_source(media.path)
        return self._opened[index]


def _display(picture: Picture) -> npt.NDArray[np.uint8]:
    from engine.media import to_display_rgb8

    return to_display_rgb8(picture)
