"""Movies that are whole at every moment: what was written plays, also after a crash."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError

from engine.errors import OutputError
from engine.output.atomic import output_error
from engine.output.coded import Coder, mark_bt709
from engine.output.timecode import rational
from engine.output.video import aspect_ratio

CODECS = ("h264", "prores")
ENDINGS = (".mkv", ".mp4", ".mov")

_FLUSH_MS = 250  # Matroska: what a crash may cost at most


class LiveMovie:
    """A movie of 8-bit sRGB frames, BT.709, limited range, that a crash cannot spoil.

    Matroska (.mkv) in short clusters, or fragmented MP4 (.mp4, .mov): each is written on as it
    goes, so the file plays up to the last second whatever happens to the program. Frames have
    numbers; where numbers are missing the movie stands still for so long, nothing is repeated.
    codec: h264 (4:2:0) or prores (4:2:2, 10 bit). An existing file is not overwritten.
    All methods raise OutputError.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        size: tuple[int, int],
        fps: Fraction | float,
        codec: str = "h264",
        first: int = 1001,
        quality: int = 17,
        pixel_aspect: float = 1.0,
    ) -> None:
        """size: (width, height) of frames; odd sides are padded by one. first: number of the frame
        at time 0. quality: x264's crf, 0 best to 51. pixel_aspect: width of a pixel over its
        height."""
        self.path = Path(path)
        self.frames = 0
        self._size, self._first = size, first
        self._check(codec)
        width, height = size
        self.coded_size = (width + width % 2, height + height % 2)
        self._container: Any = None
        rate = rational(fps)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._container = av.open(os.fspath(self.path), "w", options=self._muxing())
            if codec == "prores":
                stream: Any = self._container.add_stream("prores_ks", rate=rate)
                format = "yuv422p10le"
                stream.options = {"profile": "3"}
            else:
                # No lookahead and no B-frames: a frame is in the file as soon as it is encoded.
                stream = self._container.add_stream("libx264", rate=rate)
                format = "yuv420p"
                stream.options = {
                    "crf": str(quality),
                    "preset": "veryfast",
                    "tune": "zerolatency",
                    "g": str(max(1, round(rate / 2))),
                }
            stream.width, stream.height = self.coded_size
            stream.pix_fmt = format
            self._coder = Coder(size, format)
            context = stream.codec_context
            mark_bt709(context)
            context.sample_aspect_ratio = aspect_ratio(pixel_aspect)
            context.time_base = 1 / rate
            self._stream = stream
        except (FFmpegError, OSError, ValueError) as error:
            if self._container is not None:
                self._container.close()
            raise output_error(self.path, error) from error

    def write(self, number: int, rgb: npt.NDArray[np.uint8]) -> None:
        """Append a frame: (h, w, 3) uint8 sRGB; numbers go up."""
        assert self._container is not None, "the movie is closed"
        frame = self._coder.frame(rgb)
        frame.pts = number - self._first
        self._mux(frame)
        self.frames += 1

    def close(self) -> None:
        """Finish the file. One without a frame is removed. Does nothing the second time."""
        if self._container is None:
            return
        container = self._container
        try:
            if self.frames:
                self._mux(None)
        finally:
            self._container = None
            try:
                container.close()
            except (FFmpegError, OSError) as error:
                raise output_error(self.path, error) from error
            finally:
                if not self.frames:
                    self.path.unlink(missing_ok=True)

    @property
    def bytes(self) -> int:
        """Size of the file so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    def _check(self, codec: str) -> None:
        width, height = self._size
        if width < 1 or height < 1:
            raise OutputError(f"{self.path}: {width} x {height} pixels cannot be recorded.")
        if codec not in CODECS:
            raise OutputError(f"{self.path}: codec {codec!r} is not known: {', '.join(CODECS)}.")
        if self.path.suffix.lower() not in ENDINGS:
            raise OutputError(f"{self.path}: its name should end in {', '.join(ENDINGS)}.")
        if self.path.exists():
            raise OutputError(f"{self.path} is there already: choose another name.")

    def _muxing(self) -> dict[str, str]:
        if self.path.suffix.lower() == ".mkv":
            return {"cluster_time_limit": str(_FLUSH_MS), "flush_packets": "1"}
        flags = "+frag_keyframe+empty_moov+default_base_moof"
        return {"movflags": flags, "frag_duration": str(_FLUSH_MS * 1000), "flush_packets": "1"}

    def _mux(self, frame: av.VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except (FFmpegError, OSError) as error:
            raise _stopped(self.path, error) from error


class Displayed(Protocol):
    """A frame with a picture of it as a person sees it, (h, w, 3) uint8."""

    def display(self, name: str = "beauty") -> npt.NDArray[np.uint8]: ...


class MovieSink:
    """Records what frames display as a `LiveMovie`."""

    workers = 1

    def __init__(self, movie: LiveMovie) -> None:
        self.movie = movie

    def __str__(self) -> str:
        return str(self.movie.path)

    def write(self, number: int, frame: Displayed) -> None:
        self.movie.write(number, frame.display())

    def close(self) -> None:
        self.movie.close()

    @property
    def bytes(self) -> int:
        return self.movie.bytes


def _stopped(path: Path, error: Exception) -> OutputError:
    """The sentence for a movie that could not be written on; what was written stays."""
    sentence = str(output_error(path, error))
    return OutputError(sentence.replace("could not be written:", "could not be written on:"))
