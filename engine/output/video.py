"""Movie files through PyAV."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError

from engine.errors import OutputError
from engine.output.atomic import discard, finish, output_error, prepare
from engine.output.coded import Coder, mark_bt709
from engine.timecode import Timecode, rational

_ENCODERS = {
    "h264": ("libx264", "yuv420p"),
    "hevc": ("libx265", "yuv420p"),
}


def aspect_ratio(pixel_aspect: float) -> Fraction:
    """As containers keep it: a fraction of small numbers. 1 where it is no ratio at all."""
    if not (math.isfinite(pixel_aspect) and pixel_aspect > 0):
        return Fraction(1)
    return Fraction(pixel_aspect).limit_denominator(255) or Fraction(1, 255)


class MovieWriter:
    """A movie of 8-bit sRGB frames, without sound: BT.709, limited range, 4:2:0, tagged as such.

    size: (width, height) of the frames written. H.264 in 4:2:0 has even sides: an odd one is padded
    by repeating the last column or row (`coded_size`). fps: Fraction, or a float whose NTSC
    fraction is meant (23.976). crf: x264's quality, 0 best to 51. pixel_aspect: width of a pixel
    over its height, by which players stretch the picture. timecode: of the first frame, for
    editors: a time code track in .mov and .mp4, a tag in .mkv. The file has another name until
    `close`; `abort`, or an exception inside `with`, removes it. All methods raise OutputError.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        size: tuple[int, int],
        fps: Fraction | float,
        codec: str = "h264",
        crf: int = 18,
        pixel_aspect: float = 1.0,
        timecode: Timecode | None = None,
    ) -> None:
        self.path = Path(path)
        self.frames = 0
        width, height = size
        if width < 1 or height < 1:
            raise OutputError(f"{path}: a movie of {width} x {height} pixels cannot be written.")
        if codec not in _ENCODERS:
            raise OutputError(f"{path}: codec {codec!r} is not known: {', '.join(_ENCODERS)}.")
        if self.path.suffix.lower() not in (".mp4", ".mov", ".mkv"):
            raise OutputError(f"{path}: a movie's name should end in .mp4, .mov or .mkv.")
        self.coded_size = (width + width % 2, height + height % 2)
        encoder, pixel_format = _ENCODERS[codec]
        self._temporary = prepare(self.path)
        self._coder = Coder(size, pixel_format)
        self._container: Any = None
        try:
            # faststart: the table of frames comes first, so that players can begin at once.
            options = {} if self.path.suffix.lower() == ".mkv" else {"movflags": "+faststart"}
            self._container = av.open(os.fspath(self._temporary), "w", options=options)
            if timecode is not None:
                self._container.metadata["timecode"] = str(timecode)
            self._stream = self._container.add_stream(encoder, rate=rational(fps))
            self._stream.width, self._stream.height = self.coded_size
            self._stream.pix_fmt = pixel_format
            self._stream.options = {"crf": str(crf), "preset": "veryfast"}
            if codec == "hevc":
                self._stream.options |= {"x265-params": "log-level=error"}
                self._stream.codec_tag = "hvc1"
            context = self._stream.codec_context
            mark_bt709(context)
            context.sample_aspect_ratio = aspect_ratio(pixel_aspect)
        except (FFmpegError, OSError, ValueError) as error:
            self.abort()
            raise output_error(self.path, error) from error

    def write(self, rgb: npt.NDArray[np.uint8], times: int = 1) -> None:
        """Append a frame: (h, w, 3) uint8 sRGB of the size the writer was made with. times: so
        many frames of the film show it."""
        assert self._container is not None, "the movie is closed"
        frame = self._coder.frame(rgb)
        for _ in range(times):
            frame.pts = self.frames
            self._mux(frame)
            self.frames += 1

    def close(self) -> None:
        """Finish the file and give it its name. A movie without a frame is an error."""
        if self._container is None:
            return
        if not self.frames:
            self.abort()
            raise OutputError(f"{self.path} was not written: no frame was rendered for it.")
        self._mux(None)
        container, self._container = self._container, None
        try:
            container.close()
        except (FFmpegError, OSError) as error:
            discard(self._temporary)
            raise output_error(self.path, error) from error
        finish(self._temporary, self.path)

    def abort(self) -> None:
        """Leave nothing behind. Does nothing after `close`."""
        container, self._container = self._container, None
        if container is not None:
            with suppress(FFmpegError, OSError, ValueError):  # it is thrown away
                container.close()
        discard(self._temporary)

    def _mux(self, frame: av.VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except (FFmpegError, OSError) as error:
            self.abort()
            raise output_error(self.path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abort()
