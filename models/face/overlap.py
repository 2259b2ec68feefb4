"""How much two faces are the same one."""

from __future__ import annotations

import numpy as np

from engine.media import FaceMesh


def overlap(a: FaceMesh, b: FaceMesh) -> float:
    """Intersection over union of the boxes around two faces, 0..1."""
    low_a, high_a = a.points[:, :2].min(0), a.points[:, :2].max(0)
    low_b, high_b = b.points[:, :2].min(0), b.points[:, :2].max(0)
    shared = np.prod(np.maximum(np.minimum(high_a, high_b) - np.maximum(low_a, low_b), 0.0))
    return float(shared / (np.prod(high_a - low_a) + np.prod(high_b - low_b) - shared))
