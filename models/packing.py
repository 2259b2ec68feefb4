"""Depth maps made small for the disk: 16 bits between the lowest and the highest value.

That is 1/131068 of the map's own range at most, which is far below what a network tells. What is
answered is always what was packed and unpacked, so that it is the same whether it was analysed just
now or found in the cache.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
NOTHING = 65535  # the code of a pixel without depth
STEPS = 65534.0


@dataclass(frozen=True, slots=True, eq=False)
class PackedMap:
    """codes: (h, w) uint16, each as the difference to the one on its left, which compresses to
    half. confidence: (h, w) uint8, or None."""

    codes: npt.NDArray[np.uint16]
    low: float
    high: float
    confidence: npt.NDArray[np.uint8] | None = None

    @property
    def values(self) -> F32:
        """(h, w), NaN where there is no depth."""
        codes = np.cumsum(self.codes, axis=1, dtype=np.uint16)
        values = self.low + codes.astype(np.float64) * ((self.high - self.low) / STEPS)
        return np.where(codes == NOTHING, np.nan, values).astype(np.float32)

    @property
    def certainty(self) -> F32 | None:
        """(h, w) in 0..1, or None."""
        if self.confidence is None:
            return None
        return self.confidence.astype(np.float32) / np.float32(255)


def packed(values: F32, confidence: F32 | None = None) -> PackedMap:
    """values: (h, w); what is not finite counts as no depth. confidence: (h, w) in 0..1."""
    there = np.isfinite(values)
    known = values[there].astype(np.float64)
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    span = high - low if high > low else 1.0
    codes = np.full(values.shape, NOTHING, np.uint16)
    codes[there] = np.rint((known - low) * (STEPS / span)).astype(np.uint16)
    steps = np.diff(codes, axis=1, prepend=np.uint16(0))
    small = None
    if confidence is not None:
        small = np.rint(np.clip(np.nan_to_num(confidence), 0, 1) * 255).astype(np.uint8)
    return PackedMap(np.ascontiguousarray(steps), low, low + span, small)
