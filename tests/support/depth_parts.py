"""Parts for Global Analysis whose answers are known by arithmetic, and a clip to look at."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.global_depth import Rules

F32 = npt.NDArray[np.float32]
Rgb = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]
SIZE = (64, 48)


class RedIsNear:
    """A network: inverse depth is 2 + 3 x red (0..1), at a quarter of the part's size."""

    def __init__(self, fingerprint: str = "red 1") -> None:
        self.fingerprint = fingerprint
        self.messages: tuple[str, ...] = ()
        self.parts: list[tuple[int, int]] = []
        """(width, height) of all that it was shown."""
        self.aspects: set[float] = set()

    def inverse_depth(self, rgb: Rgb, box: Box | None = None, *, pixel_aspect: float = 1.0) -> F32:
        self.aspects.add(pixel_aspect)
        if box is not None:
            left, top, right, bottom = box
            rgb = rgb[top:bottom, left:right]
        self.parts.append((rgb.shape[1], rgb.shape[0]))
        size = (max(2, rgb.shape[1] // 4), max(2, rgb.shape[0] // 4))
        red = np.ascontiguousarray(rgb[..., 0]).astype(np.float32) / np.float32(255)
        return np.asarray(2 + 3 * cv2.resize(red, size, interpolation=cv2.INTER_AREA), np.float32)


class NoNetwork:
    """One that may be named but never run."""

    fingerprint = "red 1"
    messages: tuple[str, ...] = ()

    def inverse_depth(self, rgb: Rgb, box: Box | None = None, *, pixel_aspect: float = 1.0) -> F32:
        raise AssertionError("a network ran for a frame that was analysed before")


@dataclass(frozen=True, slots=True)
class PlainRange:
    far: float
    near: float

    def share(self, raw: F32) -> F32:
        return ((raw - np.float32(self.far)) / np.float32(self.near - self.far)).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class PlainMap:
    values: F32
    confidence: F32 | None


def lowest_and_highest(samples: Sequence[F32]) -> PlainRange:
    return PlainRange(
        min(float(np.nanmin(s)) for s in samples), max(float(np.nanmax(s)) for s in samples)
    )


def cuts_by_blue(frames: Iterable[Rgb]) -> Iterator[int]:
    """A shot has one mean blue."""
    before: float | None = None
    for number, rgb in enumerate(frames):
        blue = float(rgb[..., 2].mean())
        if before is not None and abs(blue - before) > 20:
            yield number
        before = blue


class Averaged:
    """Takes out flicker by the mean of all frames so far and the two after: so what a frame becomes
    depends on both sides, and on where its shot starts."""

    def __init__(self) -> None:
        self.held = 0
        """Most frames that were held at a time."""
        self.started = 0

    def __call__(self, looks: Iterable[tuple[F32, Rgb]], strength: float) -> Iterator[PlainMap]:
        self.started += 1
        total, count = np.zeros(1, np.float32), 0
        window: deque[F32] = deque()
        for values, rgb in looks:
            assert rgb.shape[:2] == values.shape
            total, count = (total + values).astype(np.float32), count + 1
            window.append(values)
            self.held = max(self.held, len(window))
            if len(window) > 2:
                yield self._mixed(window.popleft(), (total / count).astype(np.float32), strength)
        while window:
            yield self._mixed(window.popleft(), (total / count).astype(np.float32), strength)

    @staticmethod
    def _mixed(values: F32, mean: F32, strength: float) -> PlainMap:
        mixed = (1 - strength) * values + strength * mean
        return PlainMap(mixed.astype(np.float32), np.full(values.shape, 0.8, np.float32))


def rules(steady: Averaged | None = None, version: str = "1") -> Rules:
    return Rules(cuts_by_blue, lowest_and_highest, PlainRange, steady or Averaged(), version)


def frame(number: int, shot: int = 0, size: tuple[int, int] = SIZE) -> Rgb:
    """(h, w, 3): red rises to the right and with time, blue tells the shot."""
    width, height = size
    ramp = np.linspace(20, 150, width)[None, :] + 4.0 * number
    red = np.broadcast_to(ramp, (height, width))
    green = np.linspace(0, 255, height)[:, None].repeat(width, 1)
    return np.dstack([red, green, np.full((height, width), 60 * shot + 30)]).astype(np.uint8)


def sequence(folder: Path, count: int, cut: int | None = None, first: int = 1) -> Path:
    """`plate.####.png` of `count` frames; from the frame numbered `cut` on it is another shot."""
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(count):
        number = first + n
        rgb = frame(n, int(cut is not None and number >= cut))
        assert cv2.imwrite(str(folder / f"plate.{number:04}.png"), rgb[..., ::-1])
    return folder / "plate.####.png"
