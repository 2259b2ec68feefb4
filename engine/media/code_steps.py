"""How finely a depth picture's whole numbers are cut, whatever its file could hold."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.media.picture import Picture

FEW = 12  # different codes below which chance may have left gaps between them
ROUNDED = 1.0  # codes by which a coarser step's multiples are off where they were rounded
PLAIN = 8.0  # codes from which on a step is told from what rounding does to any values


def code_step(picture: Picture) -> float:
    """The step between neighbouring values of a picture as a depth map, as a share of its white;
    0 for floats. Files often hold less than they could: 8-bit depth saved with 16 bits has steps of
    257 codes, and that is what is seen."""
    plane = picture.planes[0]
    if plane.dtype.kind != "u":
        return 0.0
    return step_of_codes(_present(plane)) * value_of_code(picture)


def value_of_code(picture: Picture) -> float:
    """What one code of an integer picture is, as a share of its white."""
    encoding = picture.encoding
    if encoding.model == "yuv" and not encoding.full_range:
        return 1.0 / (219 * 2.0 ** (encoding.bits - 8))
    return 1.0 / (2.0**encoding.bits - 1.0)


def step_of_codes(codes: npt.NDArray[np.int64]) -> float:
    """The step of which all codes are multiples, from any start: 1 where there is no larger one.
    codes: (n,), those that occur, ascending. Black and white may be more than they say."""
    if codes.size < FEW:
        return 1.0
    return max(_step_between(codes), _step_between(codes[1:-1]))


def _step_between(codes: npt.NDArray[np.int64]) -> float:
    whole = float(np.gcd.reduce(codes - codes[0]))
    places = (codes - codes[0]).astype(np.float64)
    step = float(np.diff(places).min())
    if step < PLAIN or whole > 1:
        return max(whole, 1.0)
    # The gap may have been rounded: it is found more exactly the farther one looks.
    for reach in 2.0 ** np.arange(1, 18):
        near = places <= reach * step
        multiples = np.round(places[near] / step)
        if multiples[-1] > 0:
            step = float(places[near] @ multiples / (multiples @ multiples))
        if near.all():
            break
    off = np.abs(places - step * np.round(places / step)).max()
    return step if off <= ROUNDED else 1.0


def _present(plane: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """The codes that occur in the first channel."""
    first: npt.NDArray[Any] = np.ascontiguousarray(plane[..., 0])
    count = 256 if first.dtype == np.uint8 else 65536
    bins = cv2.calcHist([first], [0], None, [count], [0, count])
    return np.flatnonzero(bins.ravel()).astype(np.int64)
