"""The frames a network is trained on, held in memory.

A folder of frames has an `index.jsonl` with one object a line (`split`, `name`, `family`, `scale`),
and per frame `SPLIT/NAME.jpg` (sRGB) and `SPLIT/NAME.png` (16-bit inverse planar depth times
`scale`, 0 where nothing is hit).
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from augment import Depth, Picture, develop, occlude, reflect, reframe

WIDTH, HEIGHT = 256, 192
FULL = 60000.0  # the 99.5th percentile of a frame's depth map
ENGINE_SHARE = 0.25  # of what is seen, however many frames the engine made: it shades plainly
OCCLUDED = 0.25  # share of frames that get another frame's near things pasted in front
REFLECTED = 0.15  # share of frames that mirror another frame in places
# "Lower is nearer" explains these least, so they are seen more often than they are rendered.
WEIGHTS = {"corridor": 1.3, "hanging": 1.5, "lookup": 1.5, "portrait": 1.5, "closeup": 1.3}


@dataclass
class Frames:
    """Pictures (n, 192, 256, 3) uint8 and depths (n, 192, 256) uint16 of one split."""

    pictures: list[NDArray[np.uint8]] = field(default_factory=list)
    depths: list[NDArray[np.uint16]] = field(default_factory=list)
    families: list[str] = field(default_factory=list)
    engine: list[bool] = field(default_factory=list)  # whether it counts to ENGINE_SHARE
    seen: dict[Path, int] = field(default_factory=dict)  # lines read of each index

    def __len__(self) -> int:
        return len(self.pictures)

    def add(self, folder: Path, split: str, *, engine: bool = False) -> None:
        """Reads the frames of `folder` that were not read before: it may still be growing."""
        index = folder / "index.jsonl"
        lines = index.read_text().splitlines() if index.exists() else []
        rows = [json.loads(line) for line in lines[self.seen.get(folder, 0) :]]
        rows = [row for row in rows if row["split"] == split]
        with ThreadPoolExecutor() as pool:
            for picture, depth in pool.map(_read, [folder / split / row["name"] for row in rows]):
                self.pictures.append(picture)
                self.depths.append(depth)
        self.families += [row["family"] for row in rows]
        self.engine += [engine] * len(rows)
        self.seen[folder] = len(lines)

    def chances(self) -> NDArray[np.float64]:
        """How likely each frame is picked."""
        weights = np.array([WEIGHTS.get(family, 1.0) for family in self.families])
        weights /= weights.sum()
        engine = np.array(self.engine)
        if 0 < engine.mean() < 1:
            shares = ((engine, ENGINE_SHARE), (~engine, 1 - ENGINE_SHARE))
            for group, share in shares:
                weights[group] *= share / weights[group].sum()
        return weights / weights.sum()

    def frame(self, index: int) -> tuple[Picture, Depth]:
        """A picture from 0 to 1, and its inverse depth, 1 where it is nearest."""
        picture = self.pictures[index].astype(np.float32) / np.float32(255)
        return picture, self.depths[index].astype(np.float32) / np.float32(FULL)

    def batch(
        self, count: int, size: tuple[int, int], rng: Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(count, 3, h, w) pictures from −1 to 1 and (count, h, w) inverse depths, augmented."""
        pictures = np.empty((count, 3, size[1], size[0]), np.float32)
        depths = np.empty((count, size[1], size[0]), np.float32)
        picked = rng.choice(len(self), 2 * count, p=self.chances())
        for slot in range(count):
            picture, depth = reframe(*self.frame(picked[slot]), size, rng)
            if rng.random() < OCCLUDED:
                other = reframe(*self.frame(picked[count + slot]), size, rng)
                picture, depth = occlude(picture, depth, *other, rng)
            elif rng.random() < REFLECTED:
                other, _ = reframe(*self.frame(picked[count + slot]), size, rng)
                picture = reflect(picture, other, rng)
            pictures[slot] = develop(picture, rng).transpose(2, 0, 1) * 2 - 1
            depths[slot] = depth
        return pictures, depths


def _read(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    picture = cv2.imread(f"{path}.jpg", cv2.IMREAD_COLOR)
    depth = cv2.imread(f"{path}.png", cv2.IMREAD_UNCHANGED)
    if picture is None or depth is None:
        raise FileNotFoundError(f"{path}.jpg or .png, which an index names, cannot be read")
    return np.ascontiguousarray(picture[..., ::-1], np.uint8), np.asarray(depth, np.uint16)
