"""A take: all that a recording was drawn from, so that it can be rendered again frame for frame.

`take.rilievo` is a document like any other, with the recorded source as its media. What was drawn
lies beside it in `take.frames/`:

    source.mkv      the pictures of a live source, without loss (of a file: its own frames are used)
    states/         the document each time it was another one
    results.bin     what the analyses said, one block after the other
    log.jsonl       one line for each thing that happened, in order: see `ui.take_lines`

All is written as it happens, so a crash leaves a take that is good up to the last moment.
"""

from __future__ import annotations

import os
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
import numpy.typing as npt

from engine.errors import OutputError
from engine.media import DepthMap, FaceAndDepth, FaceMesh, FaceResult, Picture
from engine.output.atomic import output_error
from engine.output.lossless import LosslessMovie
from engine.scene import EvaluatedCamera, Scene
from models import LiveResult
from ui.drawn import DrawnFrame
from ui.take_depth import depth_bytes
from ui.take_lines import Depth, Face, Frame, Head, Kind, Line, Result, Shape, State, View

VERSION = 2
"""1 had no depth maps, and is read as well."""
ENDING = ".frames"
LOG, RESULTS, SOURCE, STATES = "log.jsonl", "results.bin", "source.mkv", "states"


class TakeWriter:
    """Writes a take, as an output of a `Recorder`."""

    workers = 1

    def __init__(
        self,
        path: Path,
        fps: float,
        size: tuple[int, int],
        live: int = 0,
        file: str | None = None,
    ) -> None:
        """path: of the document, `take.rilievo`. file: path of the source where that is a file,
        which is then not copied. Raises OutputError if there is such a take already."""
        if path.suffix != ".rilievo":
            raise OutputError(f"{path}: the name of a take should end in .rilievo.")
        self.path = path
        self.folder = folder_of(path)
        if path.exists() or self.folder.exists():
            raise OutputError(f"{path} is there already: choose another name.")
        self._fps, self._size, self._live, self._file = fps, size, live, file
        self._source = LosslessMovie(self.folder / SOURCE, fps)
        self._log: BinaryIO | None = None
        self._results: BinaryIO | None = None
        self._end = 0  # of the results
        self._written = 0
        self._start = 0.0
        self._first = 0
        self._picture: tuple[Picture, int] | None = None
        self._kind: Any = None
        self._scene: Scene | None = None
        self._states = 0
        self._known: dict[str, tuple[LiveResult, int]] = {}  # a map's last result, its number
        self._shapes: list[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]] = []
        self._count = self._depths = 0
        self._last = 0
        self.closed = False

    def __str__(self) -> str:
        return str(self.path)

    def write(self, number: int, frame: DrawnFrame) -> None:
        """Append a recorded frame. Raises OutputError."""
        try:
            if self._log is None:
                self._open(number, frame)
            source = self._keep_picture(frame.picture)
            if frame.scene is not self._scene:
                self._keep_scene(frame.scene)
            results = {id: self._keep_result(id, found) for id, found in frame.results.items()}
            self._say(
                Frame(
                    frame=number,
                    at=frame.evaluated.frame,
                    time=frame.time - self._start,
                    source=source,
                    results=results,
                    camera=_view(frame.evaluated.camera),
                )
            )
        except OSError as error:
            raise output_error(self.path, error) from error
        self._last = number

    def close(self) -> None:
        """Finish; `take.rilievo` gets its range of frames. Whatever fails, all files are closed.
        Raises OutputError."""
        self.closed = True
        with ExitStack() as closing:
            if self._scene is not None:
                closing.callback(self._document, self._scene, self._last)
            for file in (self._log, self._results):
                if file is not None:
                    closing.callback(self._close, file)
            self._source.close()

    def _close(self, file: BinaryIO) -> None:
        try:
            file.close()
        except OSError as error:
            raise output_error(self.path, error) from error

    @property
    def bytes(self) -> int:
        """Written so far."""
        return self._source.bytes + self._end + self._written

    def _open(self, number: int, frame: DrawnFrame) -> None:
        self.folder.mkdir(parents=True)
        (self.folder / STATES).mkdir()
        self._log = (self.folder / LOG).open("wb")
        self._results = (self.folder / RESULTS).open("wb")
        self._start, self._first = frame.time, number
        self._say(Head(VERSION, self._fps, self._size, frame.moment, self._live, self._file))
        self._document(frame.scene, number)

    def _document(self, scene: Scene, last: int) -> None:
        """The take as a document: plays the source from the first recorded frame."""
        media = list(scene.media)
        if self._file is None and self._picture is not None and media:
            media[self._live] = msgspec.structs.replace(
                media[self._live],
                path=os.path.abspath(self.folder / SOURCE),
                first=0,
                last=max(0, self._picture[1]),
                offset=float(self._first),
                fps=self._fps,
            )
        scene.with_settings(
            media=tuple(media), first=self._first, last=max(self._first, last), fps=self._fps
        ).save(self.path)

    def _keep_picture(self, picture: Picture | None) -> int | None:
        if picture is None:
            return None
        if self._file is not None:
            return picture.frame
        if self._picture is not None and self._picture[0] is picture:
            return self._picture[1]
        shapes = [(plane.shape[0], plane.shape[1]) for plane in picture.planes]
        if self._kind != (picture.encoding, shapes):
            self._kind = (picture.encoding, shapes)
            self._say(Kind(picture.encoding, shapes))
        number = self._source.write(picture.planes, picture.encoding.bits)
        self._picture = picture, number
        return number

    def _keep_scene(self, scene: Scene) -> None:
        self._states += 1
        name = f"{self._states:05d}.rilievo"
        scene.save(self.folder / STATES / name)
        self._scene = scene
        self._say(State(name))

    def _keep_result(self, id: str, found: LiveResult) -> int:
        known = self._known.get(id)
        if known is not None and known[0] is found:
            return known[1]
        result = found.result
        whole = result.depth if isinstance(result, FaceAndDepth) else result
        depth = self._keep_depth(whole) if isinstance(whole, DepthMap) else None
        shown = result.face if isinstance(result, FaceAndDepth) else result
        shown = shown if isinstance(shown, FaceResult) else FaceResult((1, 1))
        faces: list[Face] = []
        blocks: list[bytes] = []
        for face in shown.faces:
            block, low, high = packed(face.points)
            blocks.append(block)
            kept = Face(self._keep_shape(face), len(face.points), face.score, low, high, face.scale)
            if face.bust is not None:
                block, kept.bust_low, kept.bust_high = packed(face.bust.reshape(-1, 3))
                blocks.append(block)
                kept.bust = len(face.bust)
            faces.append(kept)
        offset, length = self._append(b"".join(blocks))
        number, self._count = self._count, self._count + 1
        captured = found.captured - self._start
        self._say(
            Result(
                number, offset, length, shown.size, faces, found.picture, captured, depth,
                isinstance(result, FaceAndDepth),
            )
        )  # fmt: skip
        self._known[id] = found, number
        return number

    def _keep_depth(self, depth: DepthMap) -> int:
        number, self._depths = self._depths, self._depths + 1
        data, pack = depth_bytes(depth)
        rows, columns = pack.codes.shape
        self._say(
            Depth(
                number,
                *self._append(data),
                (columns, rows),
                pack.low,
                pack.high,
                pack.confidence is not None,
                depth.message,
            )
        )
        return number

    def _keep_shape(self, face: FaceMesh) -> int:
        for number, (triangles, rim) in enumerate(self._shapes):
            same = triangles is face.triangles and rim is face.rim
            if same or (
                np.array_equal(triangles, face.triangles) and np.array_equal(rim, face.rim)
            ):
                return number
        self._shapes.append((face.triangles, face.rim))
        data = np.concatenate([face.triangles.ravel(), face.rim]).astype("<i4").tobytes()
        offset, length = self._append(data)
        number = len(self._shapes) - 1
        self._say(Shape(number, offset, length, len(face.triangles), len(face.rim)))
        return number

    def _append(self, data: bytes) -> tuple[int, int]:
        """Put a block at the end of the results: where it lies, and how long it is."""
        assert self._results is not None
        block = zlib.compress(data, 1)
        self._results.write(block)
        self._results.flush()
        offset, self._end = self._end, self._end + len(block)
        return offset, len(block)

    def _say(self, line: Line) -> None:
        assert self._log is not None
        text = msgspec.json.encode(line) + b"\n"
        self._log.write(text)
        self._log.flush()
        self._written += len(text)


def folder_of(path: Path) -> Path:
    """Where the frames of a take lie."""
    return path.with_suffix(ENDING)


Corner = tuple[float, float, float]


def packed(points: npt.NDArray[np.float32]) -> tuple[bytes, Corner, Corner]:
    """(n, 3) as 16 bits between the lowest and highest of each axis: the error is at most 1/131070
    of the face's extent, which is far below what a network tells."""
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    span = np.where(high > low, high - low, 1.0)
    steps = np.rint((points - low) / span * 65535.0).astype("<u2")
    corners = [tuple(float(v) for v in corner) for corner in (low, high)]
    (ax, ay, az), (bx, by, bz) = corners
    return np.ascontiguousarray(steps.T).tobytes(), (ax, ay, az), (bx, by, bz)


def unpacked(data: bytes, count: int, low: Corner, high: Corner) -> npt.NDArray[np.float32]:
    """The inverse of `packed`: (count, 3)."""
    steps = np.frombuffer(data, "<u2").reshape(3, count).T.astype(np.float64)
    bottom, top = np.array(low), np.array(high)
    span = np.where(top > bottom, top - bottom, 1.0)
    return (bottom + steps / 65535.0 * span).astype(np.float32)


def _view(camera: EvaluatedCamera) -> View:
    return View(
        id=camera.id,
        world=np.asarray(camera.world, np.float64).tolist(),
        tan_half=camera.tan_half,
        shift=camera.shift,
        near=camera.near,
        far=camera.far,
        clip=camera.clip,
    )
