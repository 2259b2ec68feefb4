"""Video files through PyAV, one exact frame at a time."""

from __future__ import annotations

import os
import warnings
from bisect import bisect_left
from collections.abc import Generator
from dataclasses import replace

import av
from av.error import FFmpegError

from engine.errors import MediaError
from engine.media.ahead import ReadAhead
from engine.media.colour import working_space
from engine.media.containers import (
    Decoder,
    check_codec,
    moving_pictures,
    open_film,
    reason_of,
    timecode_of,
)
from engine.media.decode import yuv_to_rgb
from engine.media.deinterlace import Deinterlacer, is_interlaced
from engine.media.film_damage import lost_pictures, missing_bytes
from engine.media.missing import Missing, black, stand_in
from engine.media.picture import Encoding, Picture, Source, SourceInfo
from engine.media.planes import orientation_of, picture_of
from engine.media.still import RAW_NAMES, Reading, converted
from engine.media.tags import check_pixels, check_whole
from engine.media.timestamps import Index, index_by_decoding, index_of

_NEAR = 8  # frames forward that are decoded rather than looked up, before there is an index


class VideoSource(Source):
    """A video file; frames are numbered from 0 in the order in which they are shown.

    Which timestamp is which frame is read from the file's packets, so a frame is exact whatever the
    group of pictures, B-frames or a varying rate. FFmpeg's threads decode ahead; the pictures used
    last are kept. May be used from several threads.
    """

    def __init__(self, path: str, reading: Reading, missing: Missing = "error") -> None:
        check_whole(path)
        self._path = path
        self._reading = reading
        self._working = reading.working or working_space()
        self._missing: Missing = missing
        self._missed: set[int] = set()
        self._damaged: dict[int, bool] = {}  # frame: still to be told
        self._broken = False  # decoding ended with an error, and has to start again
        self._container = open_film(path)
        try:
            self._open()
        except BaseException:
            self._container.close()
            raise
        self._ahead = ReadAhead(self._decode, lambda t: 0 <= t <= self._info.last)

    def _open(self) -> None:
        moving = moving_pictures(self._path, self._container)
        self._stream = moving[self._track(len(moving))]
        check_codec(self._path, self._stream)
        check_pixels(self._path, (self._stream.width, self._stream.height))
        self._stream.thread_type = "AUTO"
        self._intra = self._stream.codec_context.codec.intra_only
        self._centred = self._stream.codec_context.name in ("mjpeg", "jpegls")
        self._index: Index | None = None
        self._position = -1  # the frame decoded last
        self._time: int | None = None  # of the frame decoded last
        self._frames = self._run()
        first = self._next(0)
        self._first_pts = first.pts
        picture = self._picture(first, 0)
        width, height = picture.size
        aspect = float(self._stream.sample_aspect_ratio or 1) or 1.0
        if (width, height) != (first.width, first.height) and aspect != 1:
            aspect = 1 / aspect
        count = self._known_count()
        if count is None:
            self._index = index_of(self._path, self._stream.index)
            count = len(self._index.pts)
        self._warn_if_short()
        rate = self._stream.average_rate or self._stream.guessed_rate
        self._info = SourceInfo(
            name=os.path.basename(self._path),
            path=self._path,
            size=(width, height),
            first=0,
            last=max(count, 1) - 1,
            fps=float(rate) if rate else None,
            kind="video",
            pixel_aspect=aspect,
            orientation=self._reading.orientation or orientation_of(first),
            timecode=timecode_of(self._container, self._stream),
            sound=bool(self._container.streams.audio),
        )
        self._pending: Picture | None = picture
        self._deinterlacer: Deinterlacer | None = None
        if self._reading.deinterlace:
            self._pending = None
            self._deinterlacer = Deinterlacer(self._stream, self._at, self._info.last)
        elif is_interlaced(self._stream, first):
            warnings.warn(
                f"{self._path} is interlaced: what moves is combed; set Deinterlace in its media"
                " (new --deinterlace).",
                stacklevel=4,
            )

    def _track(self, count: int) -> int:
        """Which of so many moving pictures is meant, from 0."""
        track = self._reading.track or 1
        if track > count:
            has = "only one" if count == 1 else f"1 to {count}"
            raise MediaError(f"{self._path} has no video track {track}: it has {has}.")
        return track - 1

    @property
    def info(self) -> SourceInfo:
        return self._info

    @property
    def missing_frames(self) -> list[int]:
        """Frames outside the video that were asked for, sorted."""
        return sorted(self._missed)

    def frame(self, t: int) -> Picture:
        """The picture of frame `t`. Outside the video, `missing` decides. Raises MediaError."""
        last = self._info.last
        if 0 <= t <= last:
            picture = self._ahead.frame(t)
            self._tell(t)
            return picture
        self._missed.add(t)
        if self._missing == "error":
            raise MediaError(f"{self._path} has no frame {t}: it has frames 0 to {last}.")
        if self._missing == "black":
            return black(self._ahead.frame(0), t)
        return self._ahead.frame(stand_in(t, range(last + 1), self._missing))

    @property
    def held(self) -> frozenset[int]:
        return self._ahead.held

    def _tell(self, t: int) -> None:
        """Warn, once, of a frame that was decoded with faults."""
        if self._damaged.get(t, False):
            self._damaged[t] = False
            warnings.warn(
                f"{self._path}: frame {t} is damaged; what could be read of it is shown.",
                stacklevel=3,
            )

    def close(self) -> None:
        self._ahead.close()
        self._frames.close()
        self._container.close()

    def _decode(self, t: int) -> Picture:
        """Runs in one thread at a time: see ReadAhead."""
        if t == 0 and self._pending is not None:
            picture, self._pending = self._pending, None
            return self._converted(picture)
        frame = self._at(t) if self._deinterlacer is None else self._deinterlacer.frame(t)
        return self._converted(self._picture(frame, t))

    def _picture(self, frame: av.VideoFrame, t: int) -> Picture:
        if frame.is_corrupt:
            self._damaged.setdefault(t, True)
        return picture_of(
            frame,
            t,
            self._working,
            centred_chroma=self._centred,
            orientation=self._reading.orientation,
        )

    def _converted(self, picture: Picture) -> Picture:
        space = self._reading.colour_space
        if space is None or space.lower() in RAW_NAMES or picture.encoding.model == "rgb":
            return converted(picture, self._reading)
        rgb = replace(picture, planes=(yuv_to_rgb(picture),), encoding=Encoding())
        return converted(rgb, self._reading)

    def _at(self, t: int) -> av.VideoFrame:
        if self._index is None:
            if 0 < t - self._position <= _NEAR and not self._broken:
                frame = self._forward(t)
                if frame is not None:
                    return frame
            # AVI keeps no presentation times: those of its packets are a guess where B-frames are.
            guessed = self._container.format.name == "avi" and not self._intra
            read = index_by_decoding if guessed else index_of
            self._index = read(self._path, self._stream.index)
        try:
            frame = self._seek(t, self._index)
            if frame is None and not self._intra:  # a packet that shows nothing (VP8): count
                self._index = index_by_decoding(self._path, self._stream.index)
                frame = self._seek(t, self._index)
        except FFmpegError as error:
            raise MediaError(f"{self._path} cannot be searched: {reason_of(error)}.") from error
        if frame is None:
            why = (
                "is damaged, nothing of it" if self._intra else "cannot be found by its time, so it"
            )
            raise MediaError(f"{self._path}: frame {t} {why} can be shown.")
        return frame

    def _forward(self, t: int) -> av.VideoFrame | None:
        """Decode on to frame `t`; None where frames that cannot be decoded were left out on the
        way, so that counting them is no use."""
        usual = 1 / (self._stream.average_rate or 1) / (self._stream.time_base or 1)
        while True:
            before = self._time
            frame = self._next(t)
            if before is not None and frame.pts is not None and frame.pts - before > 1.5 * usual:
                return None
            if self._position == t:
                return frame

    def _seek(self, t: int, index: Index) -> av.VideoFrame | None:
        """Frame `t` by its timestamp; None when decoding goes past it without meeting it."""
        if t >= len(index.pts):
            raise self._too_short(t)
        key = index.key_before(t)
        if key <= self._position + 1 <= t and not self._broken:  # on the way there already
            return self._walk(t, index)
        # Some containers (MPEG transport streams) search roughly and land too late: go back
        # further, and at last to the start.
        second = round(1 / self._stream.time_base) if self._stream.time_base else 1
        starts = [index.pts[key] - back * second for back in (0, 1, 10)] if index.seekable else []
        for start in (*starts, None):
            try:
                self._restart(start)
                frame = self._walk(t, index, t if start is None else key)
            except (_EndedError, FFmpegError):
                if start is None:
                    raise
                continue
            if frame is not None:
                return frame
        return None

    def _walk(self, t: int, index: Index, start: int | None = None) -> av.VideoFrame | None:
        """Decode on to frame `t`; None if a later one comes first, or one after `start` at once.

        (What a decoder gives between a seek and the first key frame may be broken, and then is
        not to be used though its time is right.)
        """
        while True:
            frame = self._next(t)
            if index.seekable:
                if frame.pts is None:
                    continue
                self._position = bisect_left(index.pts, frame.pts)
                if frame.pts == index.pts[t] and (start is None or t <= start):
                    return frame
            elif self._position == t:
                return frame
            if self._position > t or (start is not None and self._position > start):
                return None
            start = None

    def _restart(self, pts: int | None) -> None:
        """Decode from the key frame at or before a timestamp, or from the start of the file."""
        self._frames.close()
        if pts is None:
            number = self._stream.index
            self._container.close()
            self._container = open_film(self._path)
            self._stream = _video(self._container.streams[number])
            self._stream.thread_type = "AUTO"
        else:
            self._container.seek(pts, stream=self._stream)
        self._frames = self._run()
        self._position = -1
        self._time = None
        self._broken = False

    def _run(self) -> Generator[av.VideoFrame, None, None]:
        yield from Decoder(self._container, self._stream).frames()

    def _next(self, t: int) -> av.VideoFrame:
        try:
            frame = next(self._frames)
        except StopIteration:
            raise self._too_short(t) from None
        except FFmpegError as error:
            self._broken = True
            raise MediaError(
                f"{self._path}: frame {t} cannot be decoded: {reason_of(error)}."
            ) from error
        self._position += 1
        self._time = frame.pts
        return frame

    def _too_short(self, t: int) -> MediaError:
        return _EndedError(f"{self._path}: frame {t} cannot be decoded: the file ends before it.")

    def _warn_if_short(self) -> None:
        """A file cut short may still open, and even play (Matroska): say so."""
        lacking = missing_bytes(self._path)
        length, alone = self._container.duration, len(self._container.streams) == 1
        tick, index = self._stream.time_base, self._index
        if index and length and alone and tick and index.seekable and len(index.pts) > 1:
            # With several streams the sound may be the longer one.
            there, whole = float((index.pts[-1] - index.pts[0]) * tick), length / av.time_base
            step = there / (len(index.pts) - 1)
            if lacking or there + step < whole - max(3 * step, 0.1):
                warnings.warn(
                    f"{self._path} is cut short: it has {there:.1f} of {whole:.1f} seconds.",
                    stacklevel=5,
                )
                return
        lost, after = lost_pictures(index.pts) if index and index.seekable else (0, 0)
        if lost:
            warnings.warn(
                f"{self._path} is damaged: about {lost} frames are missing after frame {after}.",
                stacklevel=5,
            )
        if lacking:
            warnings.warn(
                f"{self._path} is cut short: {lacking} bytes of its end are missing.", stacklevel=5
            )

    def _known_count(self) -> int | None:
        """Frames by the container's own table, less those an edit list cuts off; None: no table."""
        entries = self._stream.index_entries
        if self._stream.frames and len(entries) == self._stream.frames:
            return sum(not entry.is_discard for entry in entries)
        return None


class _EndedError(MediaError):
    """Decoding came to the end of the file."""


def _video(stream: object) -> av.VideoStream:
    assert isinstance(stream, av.VideoStream)
    return stream
