"""Softness guided by the surface's picture, as dispatches of wgsl/edge_aware.wgsl."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.gpu import UniformArena, UniformSlot
from passes.blocks import EDGE_AWARE
from passes.blur import Blur
from passes.kernels import GROUP, Toolbox

# Over how many pixels a step of the map is looked for: it may lie almost half of that beside
# the outline. At least so many of the lattice, and so many of the map.
REACH = 10
REACH_ON_MAP = 4
LARGEST_REACH = 64
LEVELS = 16  # doublings of the distance: more than the widest softness needs
SMALLEST = 1e-6  # of variance


def hops(sigma: float) -> list[float]:
    """Variances of the hops at distances 1, 2, 4 ... pixels that together make a Gaussian, each as
    a share of its distance squared, at most 1.

    All but the last are whole: their variances sum to (4^n - 1) / 3, so that what the last one
    spreads is smooth over its distance already.
    """
    variances: list[float] = []
    rest = sigma * sigma
    # Even the smallest softness is a hop: it makes depth beside outlines theirs.
    while (rest > SMALLEST or (sigma > 0 and not variances)) and len(variances) < LEVELS:
        square = 4.0 ** len(variances)
        variances.append(min(rest / square, 1.0))
        rest -= square
    return variances


def map_pixel(to_map: npt.NDArray[np.float64], depth_map: tuple[int, int]) -> float:
    """How many pixels of the lattice one of the map's takes along its longer side.

    to_map: (2, 2), steps of a pixel of the lattice to those of the map's picture coordinates.
    depth_map: (width, height).
    """
    steps = to_map * np.array(depth_map, np.float64)[:, None]
    return float(1 / max(float(np.linalg.norm(steps, axis=1).min()), 1e-9))


class EdgeAwareBlur:
    """Both axes of a Gaussian that does not cross the outlines of a picture, as a normalised
    convolution.

    size: (width, height) of the depth. everywhere: every pixel counts, whatever its confidence.
    """

    def __init__(
        self, tools: Toolbox, arena: UniformArena, size: tuple[int, int], everywhere: bool = False
    ) -> None:
        self.tools = tools
        self._size = size
        self._everywhere = int(everywhere)
        self._smooth = Blur(tools, arena, size, everywhere=everywhere)
        self._found: UniformSlot = arena.slot(EDGE_AWARE)
        self._axes = [arena.slot(EDGE_AWARE) for _ in range(2)]
        self._slots = [arena.slot(EDGE_AWARE) for _ in range(2 * LEVELS)]
        self._hops: list[UniformSlot] = []

    def update(self, sigma: tuple[float, float], map_pixel: float) -> None:
        """sigma: along X and Y, in pixels of what is blurred; at least one above 0. map_pixel: how
        many of them one pixel of the map takes."""
        assert max(sigma) > 0, "a blur of no width"
        reach = min(max(REACH, REACH_ON_MAP * map_pixel), float(LARGEST_REACH))
        self._smooth.update((reach / 4, reach / 4))
        self._found.update(
            reach=round(reach),
            trust=min(reach, *(2 * value for value in sigma if value > 0)),
            everywhere=self._everywhere,
        )
        for axis, slot in enumerate(self._axes):
            slot["axis"] = (1 - axis, axis)
        both = [hops(sigma[0]), hops(sigma[1])]
        self._hops = []
        for level in reversed(range(max(len(variances) for variances in both))):
            for axis, variances in enumerate(both):
                if level < len(variances):
                    slot = self._slots[len(self._hops)]
                    slot.update(
                        axis=(1 - axis, axis), spacing=2**level, variance=variances[level], last=0
                    )
                    self._hops.append(slot)
        self._hops[-1]["last"] = 1

    def fingerprint(self) -> bytes:
        """All that the result depends on besides the depth and the picture."""
        return b"".join([self._found.bytes(), *(slot.bytes() for slot in self._hops)])

    def dispatch(
        self, encoder: object, source: object, guide: object, hard: object, scratch: list[object]
    ) -> object:
        """Blur the view `source` in a compute pass encoder. guide: view of the picture's colours.
        hard: view of a scratch texture of colours. scratch: three views of scratch textures of
        depth. Returns that which holds the result."""
        one, other, ways = scratch
        smooth = self._smooth.dispatch(encoder, source, one, other)
        looks = {3: guide, 4: self.tools.gpu.samplers.linear}
        self._run(encoder, "harden", self._found, {1: smooth, 6: hard, 7: source, **looks})
        self._run(encoder, "outlines", None, {2: ways, 3: hard})
        for axis, slot, start, end in zip(
            (0, 1), self._axes, (ways, one), (one, ways), strict=True
        ):
            rows = GROUP * self._size[1 - axis]  # one group of threads for each
            self._run(encoder, "add_up", slot, {1: start, 2: end}, (rows, 1))
        self._run(encoder, "trust", self._found, {1: source, 2: one, 5: ways})
        for slot in self._hops:
            self._run(encoder, "hop", slot, {1: one, 2: other, 5: ways})
            one, other = other, one
        return one

    def _run(
        self,
        encoder: object,
        entry: str,
        slot: UniformSlot | None,
        bindings: dict[int, object],
        size: tuple[int, int] | None = None,
    ) -> None:
        kernel = self.tools.kernel("edge_aware", entry)
        bindings = bindings if slot is None else {0: slot, **bindings}
        kernel.dispatch(encoder, size or self._size, bindings)
