"""Pictures for the walls and things of random documents: drawn here, so that nobody owns them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from numpy.random import Generator

SIDE = 256
COUNT = 36

Picture = npt.NDArray[np.floating]


def write_textures(folder: Path, seed: int) -> list[tuple[Path, int]]:
    """Draws those of a seed unless they are there; returns their paths and sides in pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    makers = (noise, bricks, planks, checks, letters, windows)
    written: list[tuple[Path, int]] = []
    for number in range(COUNT):
        path = folder / f"{number:02d}.png"
        if not path.exists():
            picture = makers[number % len(makers)](np.random.default_rng([seed, number]))
            cv2.imwrite(str(path), (np.clip(picture, 0, 1) * 255).astype(np.uint8))
        written.append((path, SIDE))
    return written


def noise(rng: Generator) -> Picture:
    """Plaster, stone, grass: octaves of noise between two colours."""
    field = np.zeros((SIDE, SIDE), np.float32)
    fall = rng.uniform(0.45, 0.9)
    for octave in range(2, 8):
        coarse = rng.normal(0, fall**octave, (2**octave, 2**octave)).astype(np.float32)
        field += cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    field = (field - field.min()) / np.ptp(field)
    a, b = _colour(rng), _colour(rng)
    return (a + (b - a) * field[..., None]).astype(np.float32)


def bricks(rng: Generator) -> Picture:
    """A wall."""
    rows = int(rng.integers(6, 20))
    high, wide = SIDE // rows, int(SIDE // rows * rng.uniform(1, 3))
    joint, base = _colour(rng), _colour(rng)
    picture = np.full((SIDE, SIDE, 3), joint, np.float32)
    for row in range(rows + 1):
        shift = (row % 2) * wide // 2
        for x in range(-shift, SIDE, wide):
            tone = base * rng.uniform(0.7, 1.2)
            cv2.rectangle(
                picture,
                (x + 1, row * high + 1),
                (x + wide - 2, row * high + high - 2),
                tone.tolist(),
                -1,
            )
    return picture * (0.85 + 0.15 * noise(rng))


def planks(rng: Generator) -> Picture:
    """Wood."""
    count = int(rng.integers(3, 16))
    base = np.array([0.2, 0.35, 0.55]) * rng.uniform(0.5, 1.4)
    tones = rng.uniform(0.7, 1.2, count)
    board = np.arange(SIDE) * count // SIDE
    grain = cv2.GaussianBlur(rng.normal(0, 0.35, (SIDE, SIDE)), (0, 0), 12, sigmaY=0.7)
    picture = base * tones[board][:, None, None] * (1 + grain[..., None])
    picture[np.diff(board, prepend=0) > 0] *= 0.4
    return picture.astype(np.float32)


def checks(rng: Generator) -> Picture:
    """Tiles, stripes or cloth."""
    across, down = rng.integers(1, 14, 2)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    odd = ((x * across).astype(int) + (y * down).astype(int)) % 2
    a, b = _colour(rng), _colour(rng)
    return np.where(odd[..., None] == 1, a, b).astype(np.float32) * (0.8 + 0.2 * noise(rng))


def letters(rng: Generator) -> Picture:
    """A poster or a page."""
    picture = np.full((SIDE, SIDE, 3), _bytes(_colour(rng) * 0.5 + 0.5), np.uint8)
    for _ in range(int(rng.integers(3, 14))):
        word = "".join(chr(c) for c in rng.integers(65, 91, int(rng.integers(2, 9))))
        place = (int(rng.integers(-20, 200)), int(rng.integers(10, 250)))
        ink = _bytes(_colour(rng) * 0.6)
        cv2.putText(picture, word, place, cv2.FONT_HERSHEY_DUPLEX, rng.uniform(0.4, 2), ink, 2)
        centre = (int(rng.integers(SIDE)), int(rng.integers(SIDE)))
        cv2.circle(picture, centre, int(rng.integers(4, 50)), _bytes(_colour(rng)), -1)
    return picture.astype(np.float32) / 255


def windows(rng: Generator) -> Picture:
    """The front of a house, or shelves."""
    picture = noise(rng) * 0.3 + _colour(rng) * 0.7
    rows, columns = rng.integers(2, 7, 2)
    for row in range(rows):
        for column in range(columns):
            x0, y0 = int((column + 0.25) * SIDE / columns), int((row + 0.2) * SIDE / rows)
            x1, y1 = int((column + 0.75) * SIDE / columns), int((row + 0.8) * SIDE / rows)
            glass = _colour(rng) * rng.uniform(0.1, 0.7)
            cv2.rectangle(picture, (x0, y0), (x1, y1), glass.tolist(), -1)
            cv2.rectangle(picture, (x0, y0), (x1, y1), (_colour(rng) * 0.5 + 0.4).tolist(), 3)
    return picture.astype(np.float32)


def _colour(rng: Generator) -> Picture:
    """BGR, more often dull than bright."""
    grey = rng.uniform(0.08, 0.95)
    return np.clip(grey + rng.normal(0, 0.16, 3) * rng.uniform(0.3, 1.3), 0.02, 1).astype(
        np.float32
    )


def _bytes(colour: Picture) -> tuple[int, int, int]:
    blue, green, red = (colour * 255).astype(int).tolist()
    return blue, green, red
