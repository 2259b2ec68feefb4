"""What networks answer, made into inverse depth: larger is nearer, whatever they mean by it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import AnalysisError
from models.depth.spec import Meaning, OutputRules

Floats = npt.NDArray[np.float32]

NEAREST = 0.01
"""Metres: what a metric network calls nearer, or negative, counts as this."""
_RELATIVE_NEAREST = 1e-3  # the same for relative depth, as a share of its median


def plane(answer: npt.NDArray[Any], rules: OutputRules, name: str) -> Floats:
    """(h, w): the plane of an output that holds the depth. Raises AnalysisError naming the network
    where there is none."""
    values = answer
    while values.ndim > 2 and values.shape[0] == 1:
        values = values[0]
    if values.ndim == 3:
        first = values.shape[0] <= values.shape[2]  # there are fewer channels than pixels in a row
        count = values.shape[0 if first else 2]
        if rules.channel < count:
            values = values[rules.channel] if first else values[..., rules.channel]
    if values.ndim != 2 or not values.size:
        raise AnalysisError(
            f"network {name} answers an array of shape {'x'.join(map(str, answer.shape))}, which is"
            " no picture of depth: name another output in its sidecar"
        )
    return np.asarray(values, np.float32)


def inverse_depth(values: Floats, rules: OutputRules, name: str) -> Floats:
    """(h, w) float32, finite, larger is nearer; 1/Z in 1/metres where the network is metric.

    Where it answers NaN, its farthest value stands. Raises AnalysisError where there is no number
    at all.
    """
    if rules.gain != 1.0:
        values = values * np.float32(rules.gain)
    if rules.meaning in (Meaning.RELATIVE, Meaning.METRIC):
        values = _inverted(values, rules.meaning)
    finite = np.isfinite(values)
    if not finite.all():
        if not finite.any():
            raise AnalysisError(
                f"network {name} answers no numbers at all: choose provider cpu, or another network"
            )
        values = np.where(finite, values, values[finite].min())
    return np.ascontiguousarray(values, np.float32)


def _inverted(depth: Floats, meaning: Meaning) -> Floats:
    """1/Z; infinitely far is 0."""
    nearest = NEAREST
    if meaning is Meaning.RELATIVE:
        some = depth[::4, ::4]
        some = some[np.isfinite(some) & (some > 0)]
        nearest = _RELATIVE_NEAREST * float(np.median(some)) if some.size else 1.0
    return np.reciprocal(np.maximum(depth, np.float32(nearest)))
