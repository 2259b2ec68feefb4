"""A take as it is read: checked, so that a damaged or a strange one is a sentence."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from engine.errors import SceneError
from engine.frames import check_count, frame_ranges
from engine.limits import Limits
from engine.media import (
    AnalysisResult,
    DepthMap,
    FaceAndDepth,
    FaceMesh,
    FaceResult,
    Source,
    open_source,
)
from engine.regular import what_it_is
from engine.scene import Scene
from ui.take import LOG, RESULTS, SOURCE, STATES, VERSION, folder_of, unpacked
from ui.take_depth import depth_of
from ui.take_lines import Depth, Face, Frame, Head, Kind, Line, Result, Shape, State

_LONGEST = 2**20  # bytes of a line of the log
_STRONGEST = 1e3  # of a matrix between colour spaces: none has such numbers
_PACKED = 1032  # bytes that one byte of zlib can stand for, at most

Mesh = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]


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
        self._meshes: dict[int, Mesh] = {}
        try:
            self.head = self._read()
            results = self.folder / RESULTS
            what = what_it_is(results)
            if what:
                raise SceneError(f"{results} {what}, not a file")
            self._blocks = results.open("rb")
            self._size = os.fstat(self._blocks.fileno()).st_size
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
        scene = Scene.load(self.folder / STATES / name)
        live = any(row.frame.source is not None for row in self.rows.values())
        if live and self.head.live >= len(scene.media):
            raise SceneError(
                f"{self.folder / LOG} says that media {self.head.live + 1} was live, but"
                f" {STATES}/{name} has {len(scene.media)}"
            )
        return scene

    def row(self, number: int) -> Row:
        """A recorded frame. Raises SceneError for one that was not recorded."""
        if number not in self.rows:
            have = frame_ranges(self.frames) if self.rows else "none"
            raise SceneError(f"{self.path}: frame {number} was not recorded; it has {have}")
        return self.rows[number]

    def result(self, number: int) -> AnalysisResult:
        """What an analysis said. Raises SceneError where it is damaged."""
        told = self._results.get(number)
        if told is None:
            raise self._damaged(f"result {number} is not in it")
        depth = None if told.depth is None else self._depth(told.depth)
        if depth is not None and not told.both:
            return depth
        if told.both and depth is None:
            raise self._damaged(f"the depth of result {number} is not in it")
        meshes = [self._mesh(face) for face in told.faces]
        sizes = [
            6 * (face.points + face.bust * len(rim))
            for face, (_, rim) in zip(told.faces, meshes, strict=True)
        ]
        data = self._block(told.offset, told.length, sum(sizes))
        faces: list[FaceMesh] = []
        at = 0
        for face, mesh, size in zip(told.faces, meshes, sizes, strict=True):
            faces.append(_face(face, mesh, data[at : at + size]))
            at += size
        found = FaceResult(told.size, tuple(faces))
        return found if depth is None else FaceAndDepth(found, depth)

    def open_source(self) -> Source:
        """The pictures of its live media: the movie beside it, or the file it was played from.
        Raises MediaError."""
        return open_source(self.head.file or self.folder / SOURCE)

    def close(self) -> None:
        self._blocks.close()

    def _depth(self, number: int) -> DepthMap:
        told = self._depths.get(number)
        if told is None:
            raise self._damaged(f"depth map {number} is not in it")
        pixels = told.size[0] * told.size[1]
        excess = Limits.PIXELS.excess(pixels)
        if excess:
            raise self._damaged(f"depth map {number} has {pixels:,} pixels, {excess}")
        return depth_of(told, self._block(told.offset, told.length, pixels * (2 + told.confident)))

    def _mesh(self, face: Face) -> Mesh:
        """Of a face: its triangles and rim, which are of points that it has."""
        number = face.shape
        if number not in self._meshes:
            told = self._shapes.get(number)
            if told is None:
                raise self._damaged(f"shape {number} is not in it")
            cut = 3 * told.triangles
            block = self._block(told.offset, told.length, 4 * (cut + told.rim))
            values = np.frombuffer(block, "<i4").astype(np.int32)
            self._meshes[number] = values[:cut].reshape(-1, 3), values[cut:]
        triangles, rim = self._meshes[number]
        used = np.concatenate([triangles.ravel(), rim])
        if used.min() < 0 or used.max() >= face.points:
            raise self._damaged(f"shape {number} has other points than its face")
        if face.bust and not len(rim):
            raise self._damaged(f"shape {number} has no rim for a bust")
        return triangles, rim

    def _block(self, offset: int, length: int, size: int) -> bytes:
        """A block of the results, of just the size that its line says. Nothing larger is made."""
        if offset + length > self._size:
            raise self._damaged(f"it ends before byte {offset + length}")
        if size > _PACKED * length:
            raise self._damaged(f"the block at byte {offset} is too short for what it says it is")
        self._blocks.seek(offset)
        unpacker = zlib.decompressobj()
        try:
            data = unpacker.decompress(self._blocks.read(length), size + 1)
        except zlib.error as error:
            raise self._damaged(str(error)) from error
        if len(data) != size or not unpacker.eof:
            raise self._damaged(f"the block at byte {offset} is not as long as it says it is")
        return data

    def _damaged(self, why: str) -> SceneError:
        return SceneError(f"{self.folder / RESULTS} is damaged ({why})")

    # -- the log --

    def _read(self) -> Head:
        log = self.folder / LOG
        head: Head | None = None
        state = ""
        kind: Kind | None = None
        for number, line in enumerate(_lines(log), 1):
            if (head is None) != isinstance(line, Head):
                raise SceneError(f"{log} is no take: it begins with a line that says what it is of")
            match line:
                case Head():
                    head = self._checked(line)
                case Kind():
                    kind = _checked_kind(log, number, line)
                case State():
                    state = line.name
                case Shape():
                    self._shapes[line.shape] = line
                case Depth():
                    self._depths[line.depth] = line
                case Result():
                    self._results[line.result] = line
                case Frame():
                    _check_frame(log, number, line, state, next(reversed(self.rows), None))
                    self.rows[line.frame] = Row(line, state, kind)
                    check_count(len(self.rows), str(log))
        if head is None:
            raise SceneError(f"{log} is no take of this version of Rilievo")
        return head

    def _checked(self, head: Head) -> Head:
        if head.version > VERSION:
            raise SceneError(f"{self.folder / LOG} is no take of this version of Rilievo")
        width, height = head.size
        excess = Limits.PIXELS.excess(width * height)
        if excess:
            raise SceneError(f"{self.folder / LOG}: frames of {width} x {height} are {excess}")
        return head


def _lines(log: Path) -> Iterator[Line]:
    """The lines of a log; one that a killed program did not finish is left out."""
    decoder = msgspec.json.Decoder(Line)
    with log.open("rb") as file:
        number = 0
        while text := file.readline(_LONGEST):
            number += 1
            try:
                line = decoder.decode(text)
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
                if not text.endswith(b"\n") and not file.read(1):
                    return  # the program was killed while it wrote this
                reason = " ".join(str(error).split())
                raise SceneError(f"{log}, line {number}: {reason}") from error
            yield line


def _check_frame(log: Path, number: int, line: Frame, state: str, before: int | None) -> None:
    if not state:
        raise SceneError(f"{log}, line {number}: frame {line.frame} has no document")
    if before is not None and line.frame <= before:
        raise SceneError(f"{log}, line {number}: frame {line.frame} comes after frame {before}")
    camera = line.camera
    world = np.array(camera.world, np.float64)
    turns = bool(abs(np.linalg.det(world[:3, :3])) > 1e-12)
    if not turns or not np.array_equal(world[3], [0, 0, 0, 1]) or camera.near >= camera.far:
        raise SceneError(f"{log}, line {number}: the camera of frame {line.frame} sees nothing")


def _checked_kind(log: Path, number: int, kind: Kind) -> Kind:
    encoding = kind.encoding
    red, blue = encoding.matrix
    good = bool(
        1 <= encoding.bits <= 32
        and red > 0 < blue
        and red + blue < 1
        and len(encoding.to_working) == 3
        and np.abs(encoding.to_working).max() < _STRONGEST
        and np.abs(encoding.chroma_site).max() <= 1
        and len(kind.shapes) == (3 if encoding.model == "yuv" else 1)
    )
    if not good:
        raise SceneError(f"{log}, line {number}: pictures of such a kind there are none")
    return kind


def _face(told: Face, mesh: Mesh, data: bytes) -> FaceMesh:
    triangles, rim = mesh
    cut = 6 * told.points
    points = unpacked(data[:cut], told.points, told.low, told.high)
    bust = None
    if told.bust:
        count = told.bust * len(rim)
        bust = unpacked(data[cut:], count, told.bust_low, told.bust_high)
        bust = bust.reshape(told.bust, len(rim), 3)
    return FaceMesh(points, triangles, rim, told.score, told.scale, bust)
