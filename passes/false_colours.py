"""Colours that stand for numbers, made so that everybody can tell them apart.

Scalars are shown in *viridis* (Smith and van der Walt, 2015), whose lightness rises steadily, for
eyes without red or green receptors too; here by a polynomial of sixth order fitted to it (Zucker,
2019, in the public domain). Objects have the colours of Okabe and Ito, "Color Universal Design",
2008. wgsl/display.wgsl has the same numbers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

VIRIDIS = (
    (0.2777273272234177, 0.005407344544966578, 0.3340998053353061),
    (0.1050930431085774, 1.404613529898575, 1.384590162594685),
    (-0.3308618287255563, 0.214847559468213, 0.09509516302823659),
    (-4.634230498983486, -5.799100973351585, -19.33244095627987),
    (6.228269936347081, 14.17993336680509, 56.69055260068105),
    (4.776384997670288, -13.74514537774601, -65.35303263337234),
    (-5.435455855934631, 4.645852612178535, 26.3124352495832),
)
"""Coefficients of red, green and blue, from the constant up."""

OBJECTS = (
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0),
    (204, 121, 167),
)  # fmt: skip
"""sRGB, 0..255. Objects after the last begin anew, darker."""

SCALARS = ("z", "z_normalized", "z_aa", "confidence", "stretch", "matte")
"""The passes that are one number a pixel."""


def viridis(share: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """(..., 3): the display colour, 0..1, of numbers 0..1."""
    t = np.clip(np.asarray(share, np.float64), 0.0, 1.0)[..., None]
    colour = np.zeros((*t.shape[:-1], 3))
    for coefficients in reversed(VIRIDIS):
        colour = colour * t + np.array(coefficients)
    return np.clip(colour, 0.0, 1.0)
