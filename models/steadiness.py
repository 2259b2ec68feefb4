"""How the depth of a clip is made to hold still, and by what it is made: the usual choices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from models.global_depth import Rules
from models.raw_depth import F32, DepthNet


def network_for(provider: str) -> Callable[[str], DepthNet]:
    """Makes the network that a map's document names, run by a provider (see `runtime.choose`)."""

    def make(name: str) -> DepthNet:
        from models.depth.network import DepthNetwork
        from models.depth.registry import spec_of

        return DepthNetwork(spec_of(name), provider)

    return make


@dataclass(frozen=True)
class _Plain:
    far: float
    near: float

    def share(self, raw: F32) -> F32:
        return ((raw - self.far) / (self.near - self.far)).astype(np.float32)


@cache
def usual_rules() -> Rules:
    """PLACEHOLDER until the parts are merged."""

    @dataclass(frozen=True)
    class Map:
        values: F32
        confidence: F32 | None = None

    def ranged(samples: Sequence[F32]) -> _Plain:
        low, high = np.nanpercentile(np.concatenate([s.ravel() for s in samples]), (2, 98))
        return _Plain(float(low), float(max(high, low + 1e-6)))

    return Rules(
        lambda frames: [0 for _ in frames][:0],
        ranged,
        _Plain,
        lambda looks, strength: (Map(values) for values, _ in looks),
        "placeholder",
    )
