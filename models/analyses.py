"""What the renderer asks for analysis results."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.media import (
    AnalysisResult,
    FaceAndDepth,
    FaceMesh,
    FaceResult,
    Source,
    open_media,
    to_display_rgb8,
)
from engine.scene import AnalysisType, EvaluatedZMap, Media, Scene
from models import runtime, shipped
from models.cache import ResultCache, digest
from models.face import FaceAnalysis
from models.global_depth import GlobalAnalysis, Rules
from models.identity import code_version, picture_identity
from models.looking import is_inside
from models.provenance import Provenance
from models.raw_depth import Asked, DepthNet, RawDepth
from models.recent import Recent
from models.shots import FrameFlicker, Range, Shot
from models.steadiness import network_for, usual_rules

# A face takes about 90 kB, with its bust 220, so this is at most some 100 MB.
CACHED = 512
CHOSEN = 64  # pictures whose faces a region chose among; they are those of above

BATCH = 4
"""Pictures in one run of a network, for who goes through a clip frame by frame."""


class Analyses:
    """Analysis results for the maps of a scene, by frame. Safe to use from several threads.

    Networks are loaded at the first result that needs them. Results are kept on disk (see
    `models.cache`) and in memory, the least recently used given up first. The order in which frames
    are asked for never changes a result.
    """

    def __init__(
        self,
        scene: Scene,
        provider: str = "auto",
        sources: Callable[[int], Source] | None = None,
        *,
        thorough: bool = True,
        cached: int = CACHED,
        cache: ResultCache | None = None,
        networks: Callable[[str], DepthNet] | None = None,
        rules: Rules | None = None,
        batch: int = 1,
    ) -> None:
        """scene: whose media are analysed. provider: what runs the networks, `auto` or a name of
        `models.providers()`. sources: answers the open media for an index into `scene.media` (from
        0), for callers that have them open already; by default they are opened here, and `close`
        closes them. thorough: see `FaceAnalysis`; off is for live use. cached: faces kept in
        memory. cache: on disk; the user's by default. networks: makes the network for Global
        Analysis that has a name; rules: how its depth is made to hold still. batch: pictures of a
        clip that a network looks at in one run, where it gains by that.
        """
        self.scene = scene
        """May be replaced by an edited document; results of media that are the same stay."""
        self._provider, self._thorough = provider, thorough
        self._sources = sources
        self._opened: dict[Media, Source] = {}
        self._face = FaceAnalysis(provider, thorough=thorough)
        self._faces: OrderedDict[tuple[Media, int, bool], FaceResult] = OrderedDict()
        self._both: Recent[tuple[Media, int], FaceAndDepth] = Recent(cached)
        self._chosen: Recent[tuple[Any, ...], tuple[FaceResult, FaceResult]] = Recent(CHOSEN)
        self._cached = cached
        self._disk = ResultCache() if cache is None else cache
        raw = RawDepth(networks or network_for(provider), self._disk, self._lent, batch)
        self._depth = GlobalAnalysis(raw, usual_rules() if rules is None else rules)
        self._shape: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]] | None = None
        self._busy = threading.Lock()
        self._states: dict[Media, str] = {}

    def result(
        self, z_map: EvaluatedZMap, frame: int, give_up: Callable[[], bool] | None = None
    ) -> AnalysisResult | None:
        """The result for a map; None for a map that comes from its media.

        frame: of the scene, for messages; the picture that is analysed is `z_map.media`. give_up:
        asked now and then where other frames are analysed on the way; true raises GivenUpError.
        Raises AnalysisError, and MediaError where the picture cannot be read.
        """
        if z_map.analysis is AnalysisType.MEDIA:
            return None
        media = self.scene.media[z_map.media.index]
        # One at a time: decoders hold a position, and a network already uses all the cores.
        with self._busy:
            self._depth.give_up = give_up or (lambda: False)
            found = self._found(z_map, media)
            self._states[media] = f"{media.name}, frame {frame}: {found.message}"
        return found

    def has(self, z_map: EvaluatedZMap, frame: int) -> bool:
        """Whether a map's result at a frame of its media is kept, so that no network runs for it.

        For marking frames: cheap, from any thread, and never waits for an analysis.
        """
        media = self.scene.media[z_map.media.index]
        if z_map.analysis.sees_all and not self._depth.has(self._asked(z_map), frame):
            return False
        if not z_map.analysis.finds_faces:
            return z_map.analysis.sees_all
        bust = z_map.head_and_shoulders
        if (media, frame, bust) in self._faces:
            return True
        name = self._name_of_faces(media, frame, bust=bust)
        return name is not None and self._disk.has(name)

    def raw_depth(self, z_map: EvaluatedZMap) -> npt.NDArray[np.float32]:
        """What the network of a Global map says of its picture by itself, (h, w): inverse depth of
        a scale and shift of its own, larger is nearer. Raises AnalysisError, MediaError."""
        with self._busy:
            return self._depth.raw.values(self._asked(z_map), z_map.media.frame)

    def range_of(self, z_map: EvaluatedZMap) -> Range:
        """The range of raw depth that the shot of a Global map has at its frame."""
        with self._busy:
            return self._depth.range_of(self._asked(z_map), z_map.media.frame)

    def flicker(self, z_map: EvaluatedZMap) -> FrameFlicker | None:
        """How much the depth of a Global map flickers at a frame that was answered for just now;
        None where that is not known."""
        with self._busy:
            return self._depth.flicker(self._asked(z_map), z_map.media.frame)

    def shot_of(self, z_map: EvaluatedZMap) -> Shot:
        """The shot that the picture of a Global map is in, in the media's own frames."""
        with self._busy:
            return self._depth.shot_of(self._asked(z_map).media, z_map.media.frame)

    def provenance(self, z_map: EvaluatedZMap) -> Provenance:
        """What the result for a map is made from. Raises AnalysisError without its network."""
        media = self.scene.media[z_map.media.index]
        whole = self._depth.raw.identity(media)  # which asks the disk once
        models: list[str] = []
        made_from: list[Any] = []
        if z_map.analysis.finds_faces:
            code = digest(code_version("models/face"), sorted(shipped.SHA256.items()))
            picture = picture_identity(media, z_map.media.frame) or whole
            models.append(f"face {code[:32]}")
            alone = media.last == media.first
            regions = [(region.exclude, region.points) for region in z_map.regions]
            made_from.append((picture, self._thorough, z_map.head_and_shoulders, alone, regions))
        if z_map.analysis.sees_all:
            asked = self._asked(z_map)
            models.append(self._depth.fingerprint(asked))
            made_from.append((whole, z_map.media.frame, asked.strength))
        return Provenance(", ".join(models), tuple(made_from))

    def _asked(self, z_map: EvaluatedZMap) -> Asked:
        return Asked.by(z_map, self.scene.media[z_map.media.index])

    @property
    def activity(self) -> str:
        """What is being done for a result that takes its time; empty in between."""
        return self._depth.raw.loading or self._depth.activity

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know: what was assumed about a network, what runs it where that is
        not the first choice, and whether results cannot be kept."""
        kept = (self._disk.message,) if self._disk.message else ()
        return (*self._face.messages, *self._depth.raw.messages, *kept)

    @property
    def messages(self) -> tuple[str, ...]:
        """The same, and the last result of each media ("portrait.png, frame 1: no face found:
        …")."""
        states = self._states.copy()
        in_use = (states[media] for media in dict.fromkeys(self.scene.media) if media in states)
        return (*self.notes, *in_use)

    def stop(self) -> None:
        """Have what is being done given up, from any thread: nothing more is wanted."""
        self._depth.closing = True

    def close(self) -> None:
        """Close the media that were opened here. Results stay, and media open again if needed."""
        with self._busy:
            for source in self._opened.values():
                source.close()
            self._opened.clear()
            self._depth.close()
            self._depth.closing = False

    def _found(self, z_map: EvaluatedZMap, media: Media) -> AnalysisResult:
        frame = z_map.media.frame
        if z_map.analysis is AnalysisType.FACE:
            return self._found_faces(z_map, media)
        depth = self._depth.result(self._asked(z_map), frame)
        if z_map.analysis is AnalysisType.GLOBAL:
            return depth
        faces = self._found_faces(z_map, media)
        known = self._both.get((media, frame))
        if known is None or known.face is not faces or known.depth is not depth:
            known = FaceAndDepth(faces, depth)
            self._both.put((media, frame), known, 1)
        return known

    def _found_faces(self, z_map: EvaluatedZMap, media: Media) -> FaceResult:
        """Those that the map's regions let count."""
        whole, regions = self._all_faces(z_map, media), z_map.regions
        if not regions:
            return whole
        key = (media, z_map.media.frame, z_map.head_and_shoulders, regions)
        known = self._chosen.get(key)
        if known is None or known[0] is not whole:
            faces = tuple(face for face in whole.faces if is_inside(face, regions, whole.size))
            known = whole, replace(whole, faces=faces)
            self._chosen.put(key, known, 1)
        return known[1]

    def _all_faces(self, z_map: EvaluatedZMap, media: Media) -> FaceResult:
        frame, bust = z_map.media.frame, z_map.head_and_shoulders
        found = self._faces.get((media, frame, bust))
        if found is None:
            name = self._name_of_faces(media, frame, bust=bust)
            found = self._disk.get(name, FaceResult) if name is not None else None
            found = found and self._alike(found)
            if found is None:
                found = self._face.analyse(
                    to_display_rgb8(self._source(z_map.media.index).frame(frame)),
                    media.pixel_aspect,
                    bust=bust,
                    # The outlines of a clip's frames would not hold still.
                    outlined=media.last == media.first,
                )
                if name is not None:
                    self._disk.put(name, found)
            self._faces[media, frame, bust] = found
            while len(self._faces) > self._cached:
                self._faces.popitem(last=False)
        self._faces.move_to_end((media, frame, bust))
        return found

    def _alike(self, found: FaceResult) -> FaceResult:
        """From disk, with the arrays that are the same for all faces being one: who draws them
        works out what follows from them once."""
        faces: list[FaceMesh] = []
        for face in found.faces:
            shape = self._shape
            if shape is None or not (
                np.array_equal(shape[0], face.triangles) and np.array_equal(shape[1], face.rim)
            ):
                shape = self._shape = face.triangles, face.rim
            faces.append(replace(face, triangles=shape[0], rim=shape[1]))
        return replace(found, faces=tuple(faces))

    def _name_of_faces(self, media: Media, frame: int, *, bust: bool) -> str | None:
        runtime.choose(self._provider)  # a name that is none is an error, whatever is kept
        identity = picture_identity(media, frame)
        if identity is None:
            return None
        settings = self._thorough, bust, media.last == media.first
        code = code_version("models/face")
        return digest("face", code, sorted(shipped.SHA256.items()), *settings, identity)

    def _lent(self, media: Media) -> Source:
        return self._source(self.scene.media.index(media))

    def _source(self, index: int) -> Source:
        if self._sources is not None:
            return self._sources(index)
        media = self.scene.media[index]
        if media not in self._opened:
            self._opened[media] = open_media(media)
        return self._opened[media]
