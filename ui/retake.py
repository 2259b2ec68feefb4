"""A take rendered again: each frame from what it was drawn from."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import msgspec
import numpy as np
import numpy.typing as npt

from engine.errors import MediaError, SceneError
from engine.gpu import Gpu
from engine.media import (
    AnalysisResult,
    DepthMap,
    FaceAndDepth,
    FaceMesh,
    FaceResult,
    Picture,
    Source,
    SourceInfo,
    open_source,
)
from engine.scene import EvaluatedCamera, EvaluatedZMap, Scene
from passes import RenderedFrame, Renderer
from passes.outputs import Names
from ui.take import (
    LOG,
    RESULTS,
    SOURCE,
    STATES,
    VERSION,
    Frame,
    Head,
    Kind,
    Line,
    Result,
    Shape,
    State,
    View,
    folder_of,
    unpacked,
)
from ui.take_depth import Depth, depth_of


@dataclass(frozen=True, slots=True)
class Row:
    """A recorded frame with what it refers to. state: name of the document. kind: of the source's
    pictures, None where they are as their file says."""

    frame: Frame
    state: str
    kind: Kind | None


class Take:
    """A take that was written by `TakeWriter`, also by one that was killed."""

    def __init__(self, path: Path) -> None:
        """path: of `take.rilievo`. Raises SceneError when its frames cannot be read."""
        self.path = path
        self.folder = folder_of(path)
        self.rows: dict[int, Row] = {}
        """The recorded frames by number, in order."""
        self._shapes: dict[int, Shape] = {}
        self._results: dict[int, Result] = {}
        self._depths: dict[int, Depth] = {}
        self._meshes: dict[int, tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]] = {}
        try:
            self.head = self._read()
            self._blocks = (self.folder / RESULTS).open("rb")
        except OSError as error:
            raise SceneError(f"{path}: its frames cannot be read ({error.strerror})") from error

    @staticmethod
    def at(path: Path) -> Take | None:
        """The take of a document, or None where it is an ordinary one. Raises SceneError."""
        return Take(path) if (folder_of(path) / LOG).is_file() else None

    @property
    def frames(self) -> list[int]:
        """The numbers of the recorded frames."""
        return list(self.rows)

    def scene(self, name: str) -> Scene:
        """A document that was drawn. Raises SceneError."""
        return Scene.load(self.folder / STATES / name)

    def row(self, number: int) -> Row:
        """A recorded frame. Raises SceneError for one that was not recorded."""
        if number not in self.rows:
            have = f"{self.frames[0]} to {self.frames[-1]}" if self.rows else "none"
            raise SceneError(f"{self.path}: frame {number} was not recorded; it has {have}")
        return self.rows[number]

    def result(self, number: int) -> AnalysisResult:
        """What an analysis said. Raises SceneError where it is damaged."""
        told = self._results[number]
        depth = None if told.depth is None else self._depth(told.depth)
        if depth is not None and not told.both:
            return depth
        data = self._block(told.offset, told.length)
        faces: list[FaceMesh] = []
        at = 0
        for face in told.faces:
            end = at + 6 * face.points
            triangles, rim = self._mesh(face.shape)
            points = unpacked(data[at:end], face.points, face.low, face.high)
            at, bust = end, None
            if face.bust:
                count = face.bust * len(rim)
                end = at + 6 * count
                bust = unpacked(data[at:end], count, face.bust_low, face.bust_high)
                at, bust = end, bust.reshape(face.bust, len(rim), 3)
            faces.append(FaceMesh(points, triangles, rim, face.score, face.scale, bust))
        found = FaceResult(told.size, tuple(faces))
        return found if depth is None else FaceAndDepth(found, depth)

    def open_source(self) -> Source:
        """The pictures of its live media: the movie beside it, or the file it was played from.
        Raises MediaError."""
        return open_source(self.head.file or self.folder / SOURCE)

    def close(self) -> None:
        self._blocks.close()

    def _depth(self, number: int) -> DepthMap:
        told = self._depths[number]
        try:
            return depth_of(told, self._block(told.offset, told.length))
        except ValueError as error:
            raise SceneError(f"{self.folder / RESULTS} is damaged ({error})") from error

    def _mesh(self, number: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        if number not in self._meshes:
            told = self._shapes[number]
            values = np.frombuffer(self._block(told.offset, told.length), "<i4").astype(np.int32)
            cut = 3 * told.triangles
            self._meshes[number] = values[:cut].reshape(-1, 3), values[cut:]
        return self._meshes[number]

    def _block(self, offset: int, length: int) -> bytes:
        self._blocks.seek(offset)
        try:
            return zlib.decompress(self._blocks.read(length))
        except zlib.error as error:
            raise SceneError(f"{self.folder / RESULTS} is damaged ({error})") from error

    def _read(self) -> Head:
        decoder = msgspec.json.Decoder(Line)
        log = self.folder / LOG
        head: Head | None = None
        state = ""
        kind: Kind | None = None
        for number, text in enumerate(log.read_bytes().splitlines(keepends=True), 1):
            try:
                line = decoder.decode(text)
            except msgspec.MsgspecError as error:
                if not text.endswith(b"\n"):
                    break  # the program was killed while it wrote this
                raise SceneError(f"{log}, line {number}: {error}") from error
            match line:
                case Head():
                    head = line
                case Kind():
                    kind = line
                case State():
                    state = line.name
                case Shape():
                    self._shapes[line.shape] = line
                case Depth():
                    self._depths[line.depth] = line
                case Result():
                    self._results[line.result] = line
                case Frame():
                    self.rows[line.frame] = Row(line, state, kind)
        if head is None or head.version > VERSION:
            raise SceneError(f"{log} is no take of this version of Rilievo")
        return head


class _Replayed(Source):
    """Answers with the picture that the current frame was drawn from."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._shown: tuple[int, Picture] | None = None
        self.row: Row | None = None

    @property
    def info(self) -> SourceInfo:
        return self._source.info

    def frame(self, t: int) -> Picture:
        assert self.row is not None
        wanted = self.row.frame.source
        if wanted is None:
            raise MediaError(f"frame {self.row.frame.frame} of the take has no source picture.")
        if self._shown is None or self._shown[0] != wanted:
            self._shown = wanted, _as_it_was(self._source.frame(wanted), self.row.kind)
        return self._shown[1]

    def close(self) -> None:
        self._source.close()


class TakeRenderer:
    """Renders the frames of a take as a `Renderer` renders those of a document."""

    def __init__(
        self,
        take: Take,
        *,
        size: tuple[int, int] | None = None,
        passes: Names = ("beauty",),
        views: Sequence[str] = ("beauty",),
        samples: int = 8,
        gpu: Gpu | None = None,
    ) -> None:
        """See `Renderer`; size: that of the recording by default."""
        if not take.rows:
            raise SceneError(f"{take.path}: nothing was recorded in this take")
        self.take = take
        self._state = next(iter(take.rows.values())).state
        self._live = any(row.frame.source is not None for row in take.rows.values())
        self._source = _Replayed(take.open_source()) if self._live else None
        self._row: Row | None = None
        self._results: dict[int, AnalysisResult] = {}
        self.renderer = Renderer(
            take.scene(self._state),
            self,
            size=size or take.head.size,
            passes=passes,
            views=views,
            samples=samples,
            gpu=gpu,
            sources=self._given,
        )

    def __enter__(self) -> TakeRenderer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def warnings(self) -> list[str]:
        return self.renderer.warnings

    def stats(self) -> dict[str, float]:
        """See `Renderer.stats`."""
        return self.renderer.stats()

    def render(self, frame: int) -> RenderedFrame:
        """Draw a recorded frame, by its number in the recording. Raises RilievoError."""
        row = self.take.row(frame)
        self._row = row
        if self._source is not None:
            self._source.row = row
        if row.state != self._state:
            self._state = row.state
            self.renderer.show(self.take.scene(row.state))
        evaluated = self.renderer.scene.evaluate(row.frame.at)
        evaluated = replace(evaluated, camera=_camera(row.frame.camera), frame=frame)
        encoder = self.renderer.gpu.device.create_command_encoder()
        evaluated = self.renderer.encode(evaluated, encoder, at=row.frame.at)
        rendered = self.renderer.read_back(evaluated, encoder)
        self.renderer.submit(encoder)
        return rendered

    def result(self, z_map: EvaluatedZMap, frame: int) -> AnalysisResult | None:
        """What the map was drawn with then; None where there was nothing yet."""
        assert self._row is not None
        number = self._row.frame.results.get(z_map.id)
        if number is None:
            return None
        if number not in self._results:
            if len(self._results) > 8:
                self._results.clear()
            self._results[number] = self.take.result(number)
        return self._results[number]

    def close(self) -> None:
        """Free everything."""
        self.renderer.close()
        if self._source is not None:
            self._source.close()
        self.take.close()

    def _given(self, index: int) -> Source | None:
        return self._source if index == self.take.head.live else None


def _as_it_was(picture: Picture, kind: Kind | None) -> Picture:
    """With the meaning that the source gave its numbers, and without the movie's padding."""
    if kind is None:
        return picture
    planes = tuple(
        np.ascontiguousarray(plane[:rows, :columns])
        for plane, (rows, columns) in zip(picture.planes, kind.shapes, strict=True)
    )
    return replace(picture, planes=planes, encoding=kind.encoding)


def _camera(view: View) -> EvaluatedCamera:
    return EvaluatedCamera(
        id=view.id,
        world=np.array(view.world, np.float64),
        tan_half=view.tan_half,
        shift=view.shift,
        near=view.near,
        far=view.far,
        clip=view.clip,
    )
