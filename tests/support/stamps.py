"""The time of sending, drawn into a picture so that it survives coding, scaling by one and lights.

A strip below the picture: for each bit a block of white over black or of black over white, so that
only the sign of a difference is read, whatever a lamp makes of the brightness. 18 bits of quarter
milliseconds (they begin again after 65 seconds) and four bits that check them.
"""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt

BLOCK = 16  # pixels, as H.264's macroblocks
BITS, CHECK = 18, 4
WIDTH, HEIGHT = BLOCK * (BITS + CHECK), 2 * BLOCK
STEP = 0.25  # milliseconds
ROUND = STEP * (1 << BITS)
WHITE, BLACK = 235, 16  # luma
LEAST = 8.0  # levels of 255 between white and black below which nothing is told


def now() -> float:
    """Milliseconds on a clock that all processes of this machine share."""
    return time.monotonic() * 1e3


def strip(when: float) -> npt.NDArray[np.uint8]:
    """(HEIGHT, WIDTH) of luma that tells `when`, in milliseconds."""
    code = int(when / STEP) % (1 << BITS)
    code |= _check(code) << BITS
    bits = np.array([code >> bit & 1 for bit in range(BITS + CHECK)], bool)
    rows = np.where(np.stack([bits, ~bits]), WHITE, BLACK).astype(np.uint8)
    return np.kron(rows, np.ones((BLOCK, BLOCK), np.uint8))


def age(pixels: npt.NDArray[np.uint8], at: float) -> float | None:
    """Milliseconds from what a strip tells until `at`; None where it tells nothing.

    pixels: (HEIGHT, WIDTH, c), red first.
    """
    assert pixels.shape[:2] == (HEIGHT, WIDTH), pixels.shape
    grey = pixels[..., :3].mean(axis=-1).reshape(2, BLOCK, BITS + CHECK, BLOCK)
    quarter = BLOCK // 4
    means = grey[:, quarter:-quarter, :, quarter:-quarter].mean(axis=(1, 3))
    apart = means[0] - means[1]
    if np.abs(apart).min() < LEAST:
        return None
    code = sum(1 << bit for bit in range(BITS + CHECK) if apart[bit] > 0)
    told = code & ((1 << BITS) - 1)
    if code >> BITS != _check(told):
        return None
    return (at - told * STEP) % ROUND


def _check(code: int) -> int:
    """Four bits: the remainder by x⁴ + x + 1 (CRC-4 of ITU-T G.704)."""
    rest = code << CHECK
    for bit in range(BITS + CHECK - 1, CHECK - 1, -1):
        if rest >> bit & 1:
            rest ^= 0b10011 << (bit - CHECK)
    return rest
