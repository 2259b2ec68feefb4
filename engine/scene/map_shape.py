"""The shape of a depth map's values over the picture: how straight its surfaces are under each
reading of its numbers, and where large values lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Floats = npt.NDArray[np.float64]

_LONGEST = 128  # pixels at which a map is looked at
_PATCH = 24  # pixels along a side of a piece of surface
_ENOUGH = 8  # pieces; with fewer, smaller ones are looked at
_SMOOTH = 0.02  # unexplained share of the variance below which a piece is a surface
_MOST = 400  # pieces that are looked at
_OFFSETS = tuple(float(k) for k in np.geomspace(0.01, 5, 16))
_GRAIN = 1e-7  # unexplained share that rounding alone leaves
_EDGE = 0.004  # of the range: as near as that to an end is the end


@dataclass(frozen=True, slots=True)
class Planes:
    """How well surfaces are planes, as the mean logarithm of what a plane leaves unexplained
    (lower is straighter). inverse: as the values stand; depth: in 1 / (u + c), where u is the value
    from 0 (low) to 1 (high), with the best c; mirrored: in 1 / (1 - u + c); own: in one over the
    values themselves. surfaces: pieces that this rests on.
    """

    inverse: float
    depth: float
    mirrored: float
    own: float
    surfaces: int


@dataclass(frozen=True, slots=True)
class Shape:
    """low, high: the ends of the values (1st and 99th percentile; zeros that stand apart from all
    else left out). zeros: share of the picture that they are.

    planes: how straight its surfaces are.

    Where large values lie, each -1..1: bottom: low in the picture; middle: within its border;
    standing: in what stands out from its surroundings; sky: the least value fills the top (the
    largest: below 0).
    """

    low: float
    high: float
    zeros: float
    planes: Planes
    bottom: float
    middle: float
    standing: float
    sky: float


def shape_of(values: npt.NDArray[Any], step: float = 0.0) -> Shape:
    """values: (h, w), NaN where there is none, not all alike. step: between two codes of a file
    with integers."""
    stride = max(1, -(-max(values.shape) // _LONGEST))
    small = np.array(values[::stride, ::stride], np.float64)
    apart = _apart(small)
    zeros = float(apart.mean())
    solid = np.where(apart, np.nan, small)
    known = solid[np.isfinite(solid)]
    low, high = (float(x) for x in np.percentile(known, (1, 99)))
    if high <= low:
        low, high = float(known.min()), float(known.max())
    u = (solid - low) / max(high - low, 1e-300)
    noise = (step / (high - low)) ** 2 / 12 if high > low else 0.0
    planes = _planes(u, low / max(high - low, 1e-300), noise, _PATCH)
    if planes.surfaces < _ENOUGH:
        planes = max(planes, _planes(u, low / max(high - low, 1e-300), noise, _PATCH // 2),
                     key=lambda item: item.surfaces)  # fmt: skip
    return Shape(
        low=low, high=high, zeros=zeros,
        planes=planes,
        bottom=_bottom(u), middle=_middle(u), standing=_standing(u), sky=_sky(small, low, high),
    )  # fmt: skip


def _apart(values: Floats) -> npt.NDArray[np.bool_]:
    """Zeros that no value lies near: holes, or a sky, and not the end of a slope."""
    zero = values == 0
    rest = values[np.isfinite(values) & (values > 0)]
    if zero.sum() < 4 or rest.size < 16:
        return np.zeros_like(zero)
    first, top = np.percentile(rest, (0.5, 99))
    return zero if first > 0.03 * top else np.zeros_like(zero)


def _planes(u: Floats, offset: float, noise: float, side: int) -> Planes:
    """u: values from 0 to 1. offset: what 0 stands for, in ranges. noise: variance of a code.
    side: pixels along a side of a piece."""
    pieces = _patches(u, side)

    def depth(values: Floats, c: float) -> Floats:
        return _crookedness(1 / np.maximum(values + c, 0.5 * c), noise)

    inverse = _crookedness(pieces, noise)
    own = _crookedness(1 / np.maximum(pieces + offset, 1e-3), noise)
    depths = np.stack([depth(pieces, c) for c in _OFFSETS])
    mirrored = np.stack([depth(1 - pieces, c) for c in _OFFSETS])
    best = np.min([inverse, own, depths.min(axis=0), mirrored.min(axis=0)], axis=0)
    smooth = best < np.log(_SMOOTH)
    if not smooth.any():
        return Planes(0.0, 0.0, 0.0, 0.0, 0)
    return Planes(
        inverse=float(inverse[smooth].mean()),
        depth=float(depths[:, smooth].mean(axis=1).min()),
        mirrored=float(mirrored[:, smooth].mean(axis=1).min()),
        own=float(own[smooth].mean()),
        surfaces=int(smooth.sum()),
    )


def _patches(u: Floats, side: int) -> Floats:
    """(n, side, side): whole pieces that are neither flat nor broken."""
    if min(u.shape) < side:
        return np.zeros((0, side, side))
    stride = max(1, side // 3)
    windows = np.lib.stride_tricks.sliding_window_view(u, (side, side))[::stride, ::stride]
    found = windows.reshape(-1, side, side)
    spread = np.ptp(found, axis=(1, 2))
    found = found[np.isfinite(spread) & (spread > 0.01)]
    return found[:: max(1, len(found) // _MOST)]


def _crookedness(patches: Floats, noise: float) -> Floats:
    """(n,): logarithm of the share of each piece's variance that a plane leaves unexplained."""
    if not len(patches):
        return np.zeros(0)
    side = patches.shape[1]
    at = (np.arange(side) - (side - 1) / 2) / side
    centred = patches - patches.mean(axis=(1, 2), keepdims=True)
    square = float((at**2).sum()) * side
    a = (centred.sum(axis=1) @ at) / square
    b = (centred.sum(axis=2) @ at) / square
    total = (centred**2).mean(axis=(1, 2))
    rest = np.maximum(total - (a**2 + b**2) * square / side**2, 0)
    # What hides in the steps of the codes or in rounding is no evidence.
    return np.log((rest + noise) / np.maximum(total, 1e-300) + _GRAIN)


def _ranks(u: Floats) -> Floats:
    known = np.isfinite(u)
    ranks = np.full(u.shape, np.nan)
    order = np.searchsorted(np.sort(u[known]), u[known], side="left")
    ranks[known] = order / max(order.max(), 1)
    return ranks


def _bottom(u: Floats) -> float:
    """Correlation of the values' ranks with the rows, downwards."""
    known = np.isfinite(u)
    rows = np.broadcast_to(np.arange(u.shape[0], dtype=np.float64)[:, None], u.shape)[known]
    ranks = _ranks(u)[known]
    if ranks.std() == 0 or rows.std() == 0:
        return 0.0
    return float(np.corrcoef(ranks, rows)[0, 1])


def _middle(u: Floats) -> float:
    ranks = _ranks(u)
    height, width = u.shape
    inner = ranks[height // 4 : -(height // 4) or None, width // 4 : -(width // 4) or None]
    # Against the sides and the top: the bottom is near whatever stands there.
    side = max(1, width // 8)
    parts = (ranks[: height // 2, :side], ranks[: height // 2, -side:], ranks[: height // 8])
    border = np.concatenate([part.ravel() for part in parts])
    if not (np.isfinite(inner).any() and np.isfinite(border).any()):
        return 0.0
    return float(np.nanmean(inner) - np.nanmean(border))


def _standing(u: Floats) -> float:
    """What stands out from its surroundings upwards in value, against what does so downwards."""
    filled = np.where(np.isfinite(u), u, np.nanmedian(u)).clip(0, 1)
    size = max(3, min(u.shape) // 4)
    up = float((filled - ndimage.grey_opening(filled, (size, size))).mean())
    down = float((ndimage.grey_closing(filled, (size, size)) - filled).mean())
    return (up - down) / max(up + down, 1e-9)


def _sky(values: Floats, low: float, high: float) -> float:
    top = values[: max(1, values.shape[0] // 6)]
    rest = values[values.shape[0] // 2 :]
    edge = _EDGE * (high - low)
    shares = []
    for ends in (lambda v: v <= low + edge, lambda v: v >= high - edge):
        share = float(ends(top).mean()) - float(ends(rest).mean())
        shares.append(share if share > 0.25 else 0.0)
    return shares[0] - shares[1]
