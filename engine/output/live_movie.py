"""Movies that are whole at every moment: what was written plays, also after a crash. When they end,
they become ordinary files that editing programs take as they are."""

from __future__ import annotations

import os
from contextlib import suppress
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
from engine.output.rewriting import rewrite, timescale, trim
from engine.output.video import aspect_ratio
from engine.timecode import rational

CODECS = ("h264", "prores")
ENDINGS = (".mov", ".mp4", ".mkv")
"""The first is the one that every editing program reads, with either codec."""

_FLUSH_MS = 250  # what a crash may cost at most


def holds(ending: str, codec: str) -> bool:
    """Whether files of an ending may have pictures of a codec in them."""
    return codec != "prores" or ending.lower() != ".mp4"


class LiveMovie:
    """A movie of 8-bit sRGB frames, BT.709, limited range, that a crash cannot spoil.

    Fragmented QuickTime or MP4 (.mov, .mp4), or Matroska (.mkv) in short clusters: each is written
    on as it goes, so the file plays up to the last second whatever happens to the program. `close`
    rewrites it without encoding as an ordinary file with its index first, which takes its name when
    it is whole.

    Frames have numbers, and the rate is constant: where numbers are missing, the frame before is
    held, which is written as frames of its own. codec: h264 (4:2:0) or prores (4:2:2, 10 bit; not
    in .mp4). An existing file is not overwritten. All methods raise OutputError.
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
        """Frames that were written, without those that were held."""
        self.held = 0
        """Frames that stand for numbers for which none came."""
        self.remark = ""
        """Once it is closed: what whoever made it should know, one sentence; else empty."""
        self._size, self._first = size, first
        self._last = first - 1
        self._held: av.VideoFrame | None = None
        self._check(codec)
        width, height = size
        self.coded_size = (width + width % 2, height + height % 2)
        self._container: Any = None
        self._broken = False
        self._rate = rate = rational(fps)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._container = av.open(os.fspath(self.path), "w", options=self._muxing())
            if codec == "prores":
                stream: Any = self._container.add_stream("prores_ks", rate=rate)
                format = "yuv422p10le"
                stream.options = {"profile": "3", "vendor": "apl0"}
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

    @property
    def last(self) -> int:
        """The number up to which the film goes; the one before the first where it is empty."""
        return self._last

    def write(self, number: int, rgb: npt.NDArray[np.uint8]) -> None:
        """Append a frame: (h, w, 3) uint8 sRGB; numbers go up."""
        assert self._container is not None, "the movie is closed"
        assert number > self._last, (number, self._last)
        self.hold(number - 1)
        self._held = self._coder.frame(rgb)
        self._append(self._held)
        self.frames += 1

    def hold(self, number: int) -> None:
        """Show the last frame up to and with a number. Before the first frame there is none, and
        the film begins with nothing for so long."""
        if self._held is None:
            self._last = max(self._last, number)
            return
        while self._last < number:
            self._append(self._held)
            self.held += 1

    def close(self) -> None:
        """Finish the file. One without a frame is removed. Where it cannot be rewritten, it stays
        as it was written, and `remark` says so. Does nothing the second time."""
        if self._container is None:
            return
        try:
            self._end()
        except OutputError:
            self._broken = True
            raise
        finally:
            if not self.frames:
                self.path.unlink(missing_ok=True)
            elif self._broken:
                self._trim()
        if self.frames and not self._broken:
            self._rewrite()

    def _end(self) -> None:
        """Write what the encoder still has, and close the file."""
        container = self._container
        try:
            if self.frames and not self._broken:
                self._mux(None)
        finally:
            self._container = None
            try:
                container.close()
            except (FFmpegError, OSError) as error:
                raise output_error(self.path, error) from error

    def _trim(self) -> None:
        with suppress(OSError):  # what led here is the error worth telling
            trim(self.path)

    def _rewrite(self) -> None:
        try:
            rewrite(self.path, self._rate, self.frames + self.held)
        except OutputError as error:
            self._trim()
            self.remark = (
                f"{self.path.name} plays, but stays in fragments, which not every editing program"
                f" takes: {error}"
            )

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
        if not holds(self.path.suffix, codec):
            raise OutputError(f"{self.path}: MP4 holds no ProRes: end its name in .mov or .mkv.")
        if self.path.exists():
            raise OutputError(f"{self.path} is there already: choose another name.")

    def _muxing(self) -> dict[str, str]:
        if self.path.suffix.lower() == ".mkv":
            return {"cluster_time_limit": str(_FLUSH_MS), "flush_packets": "1"}
        return {
            "movflags": "+frag_keyframe+empty_moov+default_base_moof",
            "frag_duration": str(_FLUSH_MS * 1000),
            "flush_packets": "1",
            "video_track_timescale": str(timescale(self._rate)),
        }

    def _append(self, frame: av.VideoFrame) -> None:
        frame.pts, frame.duration = self._last + 1 - self._first, 1
        self._mux(frame)
        self._last += 1

    def _mux(self, frame: av.VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except (FFmpegError, OSError) as error:
            self._broken = True
            raise _stopped(self.path, error) from error


class Displayed(Protocol):
    """A frame with a picture of it as a person sees it, (h, w, 3) uint8."""

    def display(self, name: str = "beauty") -> npt.NDArray[np.uint8]: ...


class MovieSink:
    """Records what frames display as a `LiveMovie`. A frame that comes so late that the one before
    it was held in its place is left out."""

    workers = 1

    def __init__(self, movie: LiveMovie) -> None:
        self.movie = movie
        self._late = 0

    def __str__(self) -> str:
        return str(self.movie.path)

    def write(self, number: int, frame: Displayed) -> None:
        if number <= self.movie.last:
            self._late += 1
            return
        self.movie.write(number, frame.display())

    def hold(self, number: int) -> None:
        self.movie.hold(number)

    def close(self) -> None:
        self.movie.close()

    @property
    def held(self) -> int:
        return self.movie.held

    @property
    def remark(self) -> str:
        late = f"{self._late} frames came too late for {self.movie.path.name}."
        return " ".join([*([late] if self._late else []), *filter(None, [self.movie.remark])])

    @property
    def bytes(self) -> int:
        return self.movie.bytes


def _stopped(path: Path, error: Exception) -> OutputError:
    """The sentence for a movie that could not be written on; what was written stays."""
    sentence = str(output_error(path, error))
    return OutputError(sentence.replace("could not be written:", "could not be written on:"))
