"""Pictures of a source kept exactly as they came: FFV1 in Matroska."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError

from engine.errors import OutputError
from engine.output.atomic import output_error
from engine.timecode import rational

_FLUSH_MS = 250

# The planes' pixel format, and FFV1's own that holds the same numbers.
_INTERLEAVED = {
    (1, 8): ("gray", "gray"),
    (3, 8): ("rgb24", "bgr0"),
    (4, 8): ("rgba", "bgra"),
    (1, 16): ("gray16le", "gray16le"),
    (3, 16): ("rgb48le", "rgb48le"),
    (4, 16): ("rgba64le", "rgba64le"),
}
_SUBSAMPLED = {(1, 1): "444", (2, 1): "422", (2, 2): "420"}


class LosslessMovie:
    """Writes planes of 8 to 16 bits; read back they are the same numbers. Whole at every moment, as
    `LiveMovie` is. Sides that smaller chroma planes do not divide are padded by one, since FFV1
    does not take them; whoever reads cuts that off. All methods raise OutputError."""

    def __init__(self, path: str | os.PathLike[str], fps: Fraction | float) -> None:
        self.path = Path(path)
        self.frames = 0
        self._rate = rational(fps)
        self._container: Any = None
        self._stream: Any = None
        self._formats = ("", "")
        self._shape: tuple[int, ...] = ()

    def write(self, planes: tuple[npt.NDArray[np.generic], ...], bits: int) -> int:
        """Append a picture; its number, from 0. planes: one (h, w, c) with 1, 3 or 4 channels, or
        Y, Cb and Cr, each (h, w, 1). bits: significant ones of each number."""
        formats = _formats(self.path, planes, bits)
        planes = _padded(planes)
        if not self._shape:
            self._open(planes[0].shape, formats)
        if (planes[0].shape, formats) != (self._shape, self._formats):
            raise OutputError(f"{self.path}: the source's pictures changed their size or kind.")
        height, width = planes[0].shape[:2]
        frame = av.VideoFrame(width, height, formats[0])
        for buffer, plane in zip(frame.planes, planes, strict=True):
            target: Any = buffer
            data = np.ascontiguousarray(plane).view(np.uint8).reshape(plane.shape[0], -1)
            lines = np.frombuffer(target, np.uint8).reshape(target.height, target.line_size)
            lines[:, : data.shape[1]] = data
        try:
            frame = frame.reformat(format=formats[1])
            frame.pts = self.frames
            self._container.mux(self._stream.encode(frame))
        except (FFmpegError, OSError, ValueError) as error:
            raise output_error(self.path, error) from error
        self.frames += 1
        return self.frames - 1

    def close(self) -> None:
        """Finish the file."""
        container, self._container = self._container, None
        if container is None:
            return
        try:
            try:
                container.mux(self._stream.encode(None))
            finally:
                container.close()
        except (FFmpegError, OSError) as error:
            raise output_error(self.path, error) from error

    @property
    def bytes(self) -> int:
        """Size of the file so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    def _open(self, shape: tuple[int, ...], formats: tuple[str, str]) -> None:
        self._shape, self._formats = shape, formats
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            options = {"cluster_time_limit": str(_FLUSH_MS), "flush_packets": "1"}
            self._container = av.open(os.fspath(self.path), "w", options=options)
            # Every frame by itself, in slices: as quick as FFV1 is, and none depends on another.
            stream = self._container.add_stream("ffv1", rate=self._rate)
            stream.options = {"level": "3", "g": "1", "slices": "4", "slicecrc": "1"}
            stream.thread_type = "SLICE"
            stream.width, stream.height = shape[1], shape[0]
            stream.pix_fmt = formats[1]
            stream.codec_context.time_base = 1 / self._rate
            self._stream = stream
        except (FFmpegError, OSError, ValueError) as error:
            raise output_error(self.path, error) from error


def _padded(planes: tuple[npt.NDArray[np.generic], ...]) -> tuple[npt.NDArray[np.generic], ...]:
    if len(planes) == 1:
        return planes
    height, width = planes[0].shape[:2]
    rows, columns = planes[1].shape[:2]
    down, right = (-height % 2) * (rows != height), (-width % 2) * (columns != width)
    luma = np.pad(planes[0], ((0, down), (0, right), (0, 0)), mode="edge")
    return luma, *planes[1:]


def _formats(path: Path, planes: tuple[npt.NDArray[np.generic], ...], bits: int) -> tuple[str, str]:
    first = planes[0]
    if len(planes) == 3:
        ratio = (
            round(first.shape[1] / planes[1].shape[1]),
            round(first.shape[0] / planes[1].shape[0]),
        )
        name = _SUBSAMPLED.get(ratio)
        if name is not None and bits in (8, 10, 12, 16):
            whole = f"yuv{name}p{'' if bits == 8 else f'{bits}le'}"
            return whole, whole
    elif np.issubdtype(first.dtype, np.integer):
        found = _INTERLEAVED.get((first.shape[2], 8 * first.dtype.itemsize))
        if found is not None:
            return found
    raise OutputError(f"{path}: pictures of this kind cannot be kept without loss.")
