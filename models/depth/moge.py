"""The step that MoGe leaves to who runs it: the focal length, and the shift of its points.

Wang et al., "MoGe: Unlocking Accurate Monocular Geometry Estimation for Open-Domain Images with
Optimal Training Supervision" (2024), section 3.1: points are known up to a shift along Z, and the
shift and the focal length are those with which they project to their own pixels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

Floats = npt.NDArray[np.float64]

SAMPLES = 64  # a side: the two unknowns need no more
TOKENS = (1200, 3600)
"""Fewest and most 14 x 14 patches that MoGe-2 was trained with."""


def tokens(width: int, height: int) -> int:
    """How many patches to look at a picture with: one to each 14 x 14 of its pixels."""
    return int(np.clip(round(width * height / 14**2), *TOKENS))


def view_plane(width: int, height: int) -> Floats:
    """(height, width, 2): the place of each pixel's centre, x to the right and y down from the
    middle, half the diagonal being 1."""
    half = np.hypot(width, height) / 2
    x = (np.arange(width) + 0.5 - width / 2) / half
    y = (np.arange(height) + 0.5 - height / 2) / half
    return np.stack(np.meshgrid(x, y), axis=-1)


def focal_and_shift(
    points: npt.NDArray[np.float32], mask: npt.NDArray[np.bool_]
) -> tuple[float, float]:
    """(focal, shift) for points (h, w, 3): focal · x / (z + shift) is their place on the view
    plane. focal is in halves of the diagonal. Where too few points count it is (1, 0)."""
    height, width = points.shape[:2]
    step = max(1, height // SAMPLES), max(1, width // SAMPLES)
    chosen = mask[:: step[0], :: step[1]]
    some = points[:: step[0], :: step[1]][chosen].astype(np.float64)
    places = view_plane(width, height)[:: step[0], :: step[1]][chosen]
    if len(some) < 2 or not np.isfinite(some).all():
        return 1.0, 0.0
    xy, z = some[:, :2], some[:, 2]
    least = 1e-3 * max(float(np.median(np.abs(z))), 1e-6)

    def projected(shift: float) -> Floats:
        return xy / np.maximum(z + shift, least)[:, None]

    def focal(shift: float) -> float:
        flat = projected(shift)
        return float((flat * places).sum() / max(float((flat * flat).sum()), 1e-12))

    def error(unknown: Floats) -> Floats:
        shift = float(unknown[0])
        return (focal(shift) * projected(shift) - places).ravel()

    shift = float(least_squares(error, x0=[0.0], method="lm", ftol=1e-6).x[0])
    return focal(shift), shift


def inverse_depth(
    points: npt.NDArray[np.float32], mask: npt.NDArray[np.float32] | None, scale: float
) -> npt.NDArray[np.float32]:
    """(h, w): 1/Z in 1/metres of points (h, w, 3); 0, infinitely far, where the mask (h, w) is
    under a half. scale: metres to a unit of the points."""
    seen = np.ones(points.shape[:2], bool) if mask is None else mask > 0.5
    depth = (points[..., 2] + np.float32(focal_and_shift(points, seen)[1])) * np.float32(scale)
    inverse = np.reciprocal(np.maximum(depth, np.float32(0.01)))
    return np.where(seen, inverse, np.float32(0.0))
