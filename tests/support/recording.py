"""A program of its own that records until it is killed: run as a module.

    python -m tests.support.recording FOLDER MOVIE [PROFILE]

It says `NUMBER TIME` for each frame that it offered, once it has been told how many are written.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.output import ExrHeader, FilesSink, LiveMovie, MovieSink, Part, Recorder, write_exr

SIZE = (160, 120)
FPS = 30.0


def picture(number: int) -> npt.NDArray[np.uint8]:
    """A picture that tells its number: 12 bits as columns of black or white, on grey."""
    width, height = SIZE
    rgb = np.full((height, width, 3), 128, np.uint8)
    for bit in range(12):
        left = 8 + bit * 12
        rgb[20:100, left : left + 12] = 235 if number >> bit & 1 else 16
    return rgb


def number_in(rgb: npt.NDArray[np.uint8]) -> int:
    """The number that such a picture tells."""
    return sum(
        1 << bit for bit in range(12) if rgb[40:80, 10 + bit * 12 : 18 + bit * 12].mean() > 128
    )


class Shown:
    """A frame to record. pixels of the EXR all have the frame's number."""

    def __init__(self, number: int) -> None:
        self.number = number

    def display(self, name: str = "beauty") -> npt.NDArray[np.uint8]:
        return picture(self.number)


def save(frame: Shown, path: Path, number: int) -> None:
    pixels = np.full((SIZE[1], SIZE[0], 1), frame.number, np.float32)
    header = ExrHeader(frame=number, fps=FPS, extra={"sourceFrame": frame.number})
    write_exr(path, [Part("depth", ("depth.Z",), pixels)], header)


def main(folder: Path, movie: str, codec: str) -> None:
    recorder: Recorder[Shown] = Recorder(
        [
            MovieSink(LiveMovie(folder / movie, SIZE, FPS, codec, first=0)),
            FilesSink(str(folder / "z.####.exr"), save),
        ],
        FPS,
        first=0,
    )
    start = time.monotonic()
    for number in range(1, 100_000):
        time.sleep(max(0.0, start + number / FPS - time.monotonic()))
        recorder.offer(number / FPS, Shown(number))
        print(number, recorder.status.written, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "h264")
