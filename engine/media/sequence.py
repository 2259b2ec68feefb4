"""A numbered sequence of picture files as one media."""

from __future__ import annotations

import os

from engine.errors import MediaError
from engine.media.ahead import ReadAhead
from engine.media.missing import Missing, black, stand_in
from engine.media.names import frames_on_disk
from engine.media.picture import Picture, Source, SourceInfo
from engine.media.still import Reading, probe, read_picture, reduced_size, warn_if_reduced


class SequenceSource(Source):
    """Files `shot.####.exr`; frame numbers are those in the names.

    The folder is listed once, when the source is opened. `missing` says what a frame without a
    file answers; the frames that were asked for in vain are listed by `missing_frames`.
    """

    def __init__(self, path: str, reading: Reading, missing: Missing = "error") -> None:
        self._files = frames_on_disk(path)
        if not self._files:
            raise MediaError(f"no file is named like {path}.")
        self._numbers = list(self._files)
        self._reading = reading
        self._missing: Missing = missing
        self._missed: set[int] = set()
        first = self._numbers[0]
        header = probe(self._files[first], reading)
        warn_if_reduced(self._files[first], header.size)
        self._ahead = ReadAhead(self._read, self._files.__contains__)
        self._info = SourceInfo(
            name=os.path.basename(path),
            path=path,
            size=reduced_size(header.size),
            first=first,
            last=self._numbers[-1],
            fps=None,
            kind="sequence",
            pixel_aspect=header.pixel_aspect,
            channels=header.channels,
            orientation=header.orientation,
            timecode=header.timecode,
            header_fps=header.fps,
        )

    @property
    def info(self) -> SourceInfo:
        return self._info

    @property
    def missing_frames(self) -> list[int]:
        """Frames that were asked for and had no file, sorted."""
        return sorted(self._missed)

    def frame(self, t: int) -> Picture:
        """The picture of frame `t`; a stand-in keeps the frame number of the file it is from."""
        if t in self._files:
            return self._ahead.frame(t)
        self._missed.add(t)
        if self._missing == "error":
            have = f"{self._info.first} to {self._info.last}"
            raise MediaError(f"{self._info.path} has no frame {t}: there are {have} on disk.")
        if self._missing == "black":
            return black(self._ahead.frame(self._info.first), t)
        return self._ahead.frame(stand_in(t, self._numbers, self._missing))

    @property
    def held(self) -> frozenset[int]:
        return self._ahead.held

    def close(self) -> None:
        self._ahead.close()

    def _read(self, t: int) -> Picture:
        return read_picture(self._files[t], self._reading, t)
