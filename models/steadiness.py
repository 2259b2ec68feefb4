"""How the depth of a clip is made to hold still, and by what it is made: the usual choices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from models.depth.cuts import find_cuts
from models.depth.network import DepthNetwork
from models.depth.registry import spec_of
from models.depth.shot import ShotRange, shot_range
from models.depth.stabilise import Stabilised
from models.depth.two_sided import TwoSidedStabiliser
from models.global_depth import Rules
from models.identity import code_version
from models.raw_depth import CODE, DepthNet
from models.shots import Look


def network_for(provider: str) -> Callable[[str], DepthNet]:
    """Makes the network that a map's document names, run by a provider (see `runtime.choose`)."""
    return lambda name: DepthNetwork(spec_of(name), provider)


def usual_rules() -> Rules:
    """Those of `models.depth`."""
    return Rules(find_cuts, shot_range, ShotRange, _steady, code_version(*CODE))


def _steady(looks: Iterable[Look], strength: float) -> Iterator[Stabilised]:
    return TwoSidedStabiliser(strength).run(looks)
