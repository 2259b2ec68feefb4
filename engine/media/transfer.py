"""Transfer curves and RGB primaries as plain numpy: what the shaders are measured against.

Curves act on every element of a float array and keep its dtype. They are mirrored below zero
(saturated colours of video lie there) and NaN stays NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.media.picture import Transfer

Floats = npt.NDArray[np.floating[Any]]
Chromaticities = tuple[float, float, float, float, float, float, float, float]
"""CIE xy of red, green, blue and white: (rx, ry, gx, gy, bx, by, wx, wy), as in an EXR header."""

_D65 = (0.3127, 0.3290)
PRIMARIES: dict[str, Chromaticities] = {
    "rec709": (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, *_D65),  # ITU-R BT.709, also sRGB
    "rec2020": (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *_D65),  # ITU-R BT.2020
    "p3d65": (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *_D65),  # Display P3, SMPTE EG 432
    "p3dci": (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351),  # SMPTE RP 431
    "adobergb": (0.64, 0.33, 0.21, 0.71, 0.15, 0.06, *_D65),
    "smpte170m": (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),  # NTSC video
    "bt470bg": (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, *_D65),  # PAL video
    "ap1": (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767),  # ACEScg
    "ap0": (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.0770, 0.32168, 0.33767),  # ACES2065-1
}

# Cone response of the Bradford chromatic adaptation (Lam 1985; also what ICC and ACES use).
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def srgb_to_linear(x: Floats) -> Floats:
    """IEC 61966-2-1 decoding; the power goes on above one."""
    v = np.abs(x)
    power = np.power((np.maximum(v, 0.04045) + 0.055) / 1.055, 2.4, dtype=v.dtype)
    return np.copysign(np.where(v <= 0.04045, v / 12.92, power), x)


def linear_to_srgb(x: Floats) -> Floats:
    """IEC 61966-2-1 encoding, the inverse of `srgb_to_linear`."""
    v = np.abs(x)
    power = 1.055 * np.power(np.maximum(v, 0.0031308), 1 / 2.4, dtype=v.dtype) - 0.055
    return np.copysign(np.where(v <= 0.0031308, v * 12.92, power), x)


def bt1886_to_linear(x: Floats) -> Floats:
    """ITU-R BT.1886 with zero black: x^2.4."""
    return np.copysign(np.power(np.abs(x), 2.4, dtype=x.dtype), x)


def gamma22_to_linear(x: Floats) -> Floats:
    """x^2.2."""
    return np.copysign(np.power(np.abs(x), 2.2, dtype=x.dtype), x)


def pq_to_linear(x: Floats) -> Floats:
    """SMPTE ST 2084 EOTF, formula 4 of the standard; 1.0 = 100 cd/m2, so code value 1 is 100, and
    overshoots of video beyond it are, too."""
    m1, m2 = 2610 / 16384, 2523 / 32
    c1, c2, c3 = 3424 / 4096, 2413 / 128, 2392 / 128
    p = np.power(np.minimum(np.abs(x), 1), 1 / m2, dtype=x.dtype)
    light = 100 * np.power(np.maximum(p - c1, 0) / (c2 - c3 * p), 1 / m1, dtype=x.dtype)
    return np.copysign(light, x)


HLG_WHITE = 0.26496256
"""Scene light of HLG's reference white: the inverse OETF at signal 0.75 (ITU-R BT.2408)."""


def hlg_to_linear(x: Floats) -> Floats:
    """ITU-R BT.2100 (ARIB STD-B67) inverse OETF, scaled so that reference white (0.75) is 1.0."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    v = np.abs(x)
    light = np.where(v <= 0.5, v * v / 3, (np.exp((v - c) / a) + b) / 12) / HLG_WHITE
    return np.copysign(light, x).astype(x.dtype)


def cineon_to_linear(x: Floats) -> Floats:
    """Printing density (Kodak Cineon, 10 bit code 0..1023 as 0..1): black at 95, white at 685.

    0.002 density a code value, film gamma 0.6: p = 10^((code - 685) 0.002 / 0.6), and
    light = (p - k) / (1 - k) with k = p at code 95, so that 95 is 0 and 685 is 1 (the usual
    Cineon formula).
    """
    black = 10 ** ((95 - 685) * 0.002 / 0.6)
    density = np.power(10.0, (x * 1023 - 685) * (0.002 / 0.6), dtype=x.dtype)
    return ((density - black) / (1 - black)).astype(x.dtype)


def _keep(x: Floats) -> Floats:
    return x


TO_LINEAR: dict[Transfer, Callable[[Floats], Floats]] = {
    Transfer.LINEAR: _keep,
    Transfer.RAW: _keep,
    Transfer.SRGB: srgb_to_linear,
    Transfer.BT1886: bt1886_to_linear,
    Transfer.GAMMA22: gamma22_to_linear,
    Transfer.PQ: pq_to_linear,
    Transfer.HLG: hlg_to_linear,
}


def rgb_to_xyz(chromaticities: Chromaticities) -> npt.NDArray[np.float64]:
    """(3, 3): linear RGB of these primaries to CIE XYZ, white at Y = 1 (SMPTE RP 177)."""
    xy = np.array(chromaticities, np.float64).reshape(4, 2)
    xyz = np.stack([xy[:, 0] / xy[:, 1], np.ones(4), (1 - xy.sum(axis=1)) / xy[:, 1]])
    return xyz[:, :3] * np.linalg.solve(xyz[:, :3], xyz[:, 3])


def rgb_to_rgb(source: Chromaticities, target: Chromaticities) -> npt.NDArray[np.float64]:
    """(3, 3): linear RGB between two sets of primaries, white to white (Bradford)."""
    if source == target:
        return np.eye(3)
    to_xyz, from_xyz = rgb_to_xyz(source), np.linalg.inv(rgb_to_xyz(target))
    cones = _BRADFORD @ np.stack([to_xyz.sum(axis=1), rgb_to_xyz(target).sum(axis=1)], axis=1)
    adapt = np.linalg.inv(_BRADFORD) @ np.diag(cones[:, 1] / cones[:, 0]) @ _BRADFORD
    return from_xyz @ adapt @ to_xyz
