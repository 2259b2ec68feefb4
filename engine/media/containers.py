"""Film files, opened: which formats are let in, which stream is meant, what decodes it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition

from engine.errors import MediaError
from engine.media.foreign import check_known
from engine.timecode import Timecode

# FFmpeg's names of the formats that hold their pictures or sound themselves. Others name further
# files and addresses (concat, hls, dash, sdp, imf), run a graph (lavfi) or read a device.
_FORMATS = (
    *("mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mxf", "gxf", "lxf"),
    *("mpeg", "mpegts", "mpegvideo", "m4v", "h261", "h263", "h264", "hevc", "vvc", "vc1", "dirac"),
    *("obu", "av1", "ivf", "nut", "ogg", "asf", "flv", "live_flv", "dv", "gif", "apng", "mjpeg"),
    *(
        "yuv4mpegpipe",
        "rm",
        "wtv",
        "nsv",
        "cine",
        "dnxhd",
        "mlv",
        "cdxl",
        "smk",
        "bink",
        "film_cpk",
    ),
    *("wav", "w64", "mp3", "aac", "ac3", "eac3", "flac", "aiff", "caf", "au", "amr", "dts", "wv"),
    *("png_pipe", "jpeg_pipe", "webp_pipe", "tiff_pipe", "bmp_pipe", "j2k_pipe"),
)
_OPTIONS = {"format_whitelist": ",".join(_FORMATS), "protocol_whitelist": "file"}

# FFmpeg's own decoders of these leave out the alpha, which lies beside each picture.
_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


def open_film(path: str) -> InputContainer:
    """Open a film file, and nothing but that file. Raises MediaError."""
    check_known(path)
    try:
        return av.open(path, options=_OPTIONS)
    except (FFmpegError, ValueError, OSError) as error:
        raise MediaError(f"{path} is no video that can be read: {reason_of(error)}.") from error


def moving_pictures(path: str, container: InputContainer) -> list[av.VideoStream]:
    """The video streams that are no cover picture, in the order of the file. Raises MediaError
    where there is none."""
    moving = [stream for stream in container.streams.video if not _is_cover(stream)]
    if not moving:
        what = "only sound" if container.streams.audio else "no video stream"
        raise MediaError(f"{path} has {what}: choose a file with a picture.")
    return moving


def check_codec(path: str, stream: av.VideoStream) -> None:
    """Raises MediaError for a stream that nothing here decodes."""
    if stream.codec_context is None:  # PyAV has none, and no sizes, where FFmpeg has no decoder
        raise MediaError(
            f"{path} has a codec that is not known here: convert it to ProRes, H.264 or EXR."
        )


class Decoder:
    """Turns the packets of one stream into frames, with the alpha where there is one."""

    def __init__(self, container: InputContainer, stream: av.VideoStream) -> None:
        self._container = container
        self._stream = stream
        self._own: av.VideoCodecContext | None = None
        codec = stream.codec_context
        if stream.metadata.get("alpha_mode") == "1" and codec.name in _WITH_ALPHA:
            own = av.CodecContext.create(_WITH_ALPHA[codec.name], "r")
            assert isinstance(own, av.VideoCodecContext)
            own.extradata = codec.extradata
            own.thread_count = os.cpu_count() or 1
            self._own = own

    def frames(self) -> Iterator[av.VideoFrame]:
        """All frames from where the container stands, in the order in which they are shown."""
        if self._own is None:
            yield from self._container.decode(self._stream)
            return
        for packet in self._container.demux(self._stream):
            for frame in self._own.decode(packet):
                yield self._tagged(frame)

    def _tagged(self, frame: av.VideoFrame) -> av.VideoFrame:
        """With what the container says of the colours where the pictures do not."""
        said = self._stream.codec_context
        if int(frame.color_range) == 0 and said.color_range:
            frame.color_range = said.color_range
        if int(frame.colorspace) == 2 and said.colorspace != 2:
            frame.colorspace = said.colorspace
        return frame


def timecode_of(container: InputContainer, stream: av.VideoStream) -> str | None:
    """The time code of a film's first frame, from the track itself, a time code track (QuickTime)
    or the file (Matroska, MXF); None where it has none."""
    for tags in (stream.metadata, *(s.metadata for s in container.streams), container.metadata):
        for name, text in tags.items():
            if name.lower() == "timecode" and (found := Timecode.parsed(text)) is not None:
                return str(found)
    return None


def reason_of(error: Exception) -> str:
    """What FFmpeg says, on one line without a full stop."""
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(str(text).split()).rstrip(".")


def _is_cover(stream: av.VideoStream) -> bool:
    return bool(stream.disposition & Disposition.attached_pic)
