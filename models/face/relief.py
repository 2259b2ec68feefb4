"""From landmarks to a relief that is true to scale."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.face.canonical import CanonicalFace


def relief(points: npt.NDArray[np.float64], shape: CanonicalFace) -> npt.NDArray[np.float64]:
    """Points (468, 3) with z in picture pixels, larger nearer, zero at the rim's farthest point."""
    result = points.copy()
    result[:, 2] -= result[shape.rim, 2].min()
    return result
