"""One frame's inverse depth brought to the scale and shift of another's.

A network for relative depth gives each frame a scale and a shift of its own. Left alone, the depth
of the whole picture pumps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

BLOCKS = 24
"""Means over blocks are compared, this many along the longer side: noise of single pixels is gone
from them, and with it the bias towards flatter depth that it gives a fitted scale."""

_TRUSTED = 0.5  # trust below which a block has no say
_LEAST = 24  # blocks that a fit needs
_ROUNDS = 5
_PAIRS = 24  # lines that a fit may start from
_TUKEY = 4.7  # robust standard deviations: 95 % efficient on Gaussian noise


@dataclass(frozen=True, slots=True)
class Affine:
    """scale · values + shift."""

    scale: float = 1.0
    shift: float = 0.0

    def apply(self, values: F32) -> F32:
        return (values * np.float32(self.scale) + np.float32(self.shift)).astype(np.float32)


def align(values: F32, target: F32, trust: F32, steadiness: float = 1.0) -> Affine | None:
    """The scale and shift that make `values` most like `target`; all (h, w), the trust 0..1.

    steadiness: variance of the noise in `values`, once brought to the target's scale, over that
    in the target (Deming's regression: plain least squares would flatten whichever side it takes
    to be exact, a little more with every frame). Blocks that disagree lose their say (Tukey's
    biweight, from the line with the least median of residuals). None where too little can be
    compared.
    """
    x, y, weight = (_blocks(item) for item in (target, values, trust))
    known = np.isfinite(x) & np.isfinite(y) & (weight > _TRUSTED)
    x, y, weight = x[known], y[known], weight[known]
    if x.size < _LEAST:
        return None
    spread = float(np.subtract(*np.percentile(x, (90, 10))))
    if spread <= 1e-6 * max(abs(float(x.mean())), 1e-30):
        return None
    slope, offset = _start(x, y, weight)
    for _ in range(_ROUNDS):
        residual = np.abs(y - slope * x - offset)
        sigma = max(1.4826 * float(np.median(residual)), 1e-5 * abs(slope) * spread)
        if not sigma > 0:
            break
        say = weight * np.maximum(1 - (residual / (_TUKEY * sigma)) ** 2, 0) ** 2
        slope, offset = _line(x, y, say, steadiness * slope**2)
    if not (math.isfinite(slope) and slope > 0):
        return None
    return Affine(1 / slope, -offset / slope)


def _start(x: F64, y: F64, weight: F64) -> tuple[float, float]:
    """slope, offset: least squares, or a line through two blocks if its median residual is less
    (Rousseeuw, "Least Median of Squares Regression", 1984). The pairs are always the same ones."""
    order = np.argsort(x, kind="stable")
    half = x.size // 2
    pairs = np.linspace(0, half - 1, min(_PAIRS, half)).astype(int)
    low, high = order[pairs], order[pairs + half]
    step = x[high] - x[low]
    slopes = (y[high] - y[low]) / np.where(step > 0, step, np.inf)
    first = _line(x, y, weight, math.inf)
    slopes = np.array([first[0], *slopes])
    slopes = slopes[np.isfinite(slopes) & (slopes > 0)]
    if not slopes.size:
        return math.nan, math.nan
    rest = y - slopes[:, None] * x
    offsets = np.median(rest, axis=1)
    best = int(np.argmin(np.median(np.abs(rest - offsets[:, None]), axis=1)))
    return float(slopes[best]), float(offsets[best])


def _line(x: F64, y: F64, weight: F64, ratio: float) -> tuple[float, float]:
    """y = slope · x + offset by weighted Deming regression. ratio: variance of y's noise over that
    of x's; infinite: x is exact."""
    total = float(weight.sum())
    if total <= 0:
        return math.nan, math.nan
    mx, my = float(weight @ x) / total, float(weight @ y) / total
    dx, dy = x - mx, y - my
    sxx, syy, sxy = (float(weight @ item) for item in (dx * dx, dy * dy, dx * dy))
    if sxx <= 0 or sxy <= 0:
        return math.nan, math.nan
    if math.isfinite(ratio):
        excess = syy - ratio * sxx
        slope = (excess + math.hypot(excess, 2 * math.sqrt(ratio) * sxy)) / (2 * sxy)
    else:
        slope = sxy / sxx
    return slope, my - slope * mx


def _blocks(values: F32) -> F64:
    height, width = values.shape
    share = min(1.0, BLOCKS / max(height, width))
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA).astype(np.float64).ravel()
