"""Softness guided by the surface's picture, as dispatches of wgsl/edge_aware.wgsl."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.gpu import UniformArena, UniformSlot
from passes.blocks import EDGE_AWARE
from passes.blur import Blur
from passes.kernels import Toolbox

# Over how many pixels a step of the map is looked for, so that it may lie almost half of that beside
# the outline: at least so many of the lattice, and so many of the map.
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
    while rest > SMALLEST and len(variances) < LEVELS:
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
        self._slots = [arena.slot(EDGE_AWARE) for _ in range(2 * LEVELS)]
        self._levels: list[list[UniformSlot]] = []

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
        across, down = hops(sigma[0]), hops(sigma[1])
        self._levels = []
        free = iter(self._slots)
        for level in range(max(len(across), len(down))):
            slots: list[UniformSlot] = []
            for axis, variances in enumerate((across, down)):
                if level < len(variances):
                    slot = next(free)
                    slot.update(
                        axis=(1 - axis, axis), spacing=2**level, variance=variances[level], last=0
                    )
                    slots.append(slot)
            self._levels.append(slots)
        self._levels[-1][-1]["last"] = 1

    def fingerprint(self) -> bytes:
        """All that the result depends on besides the depth and the picture."""
        slots = [slot for level in self._levels for slot in level]
        return b"".join([self._found.bytes(), *(slot.bytes() for slot in slots)])

    def dispatch(
        self, encoder: object, source: object, guide: object, hard: object, scratch: list[object]
    ) -> object:
        """Blur the view `source` in a compute pass encoder. guide: view of the picture's colours.
        hard: view of a scratch texture of colours. scratch: four views of scratch textures of
        depth. Returns that which holds the result."""
        one, other, passing, spare = scratch
        smooth = self._smooth.dispatch(encoder, source, one, other)
        looks = {3: guide, 4: self.tools.gpu.samplers.linear}
        self._run(encoder, "harden", self._found, {1: smooth, 6: hard, 7: source, **looks})
        self._run(encoder, "outlines", None, {2: passing, 3: hard})
        self._run(encoder, "trust", self._found, {1: source, 2: one, 5: passing})
        for number, slots in enumerate(self._levels):
            for slot in slots:
                self._run(encoder, "hop", slot, {1: one, 2: other, 5: passing})
                one, other = other, one
            if number + 1 < len(self._levels):
                self._run(encoder, "farther", slots[0], {2: spare, 5: passing})
                passing, spare = spare, passing
        return one

    def _run(
        self, encoder: object, entry: str, slot: UniformSlot | None, bindings: dict[int, object]
    ) -> None:
        kernel = self.tools.kernel("edge_aware", entry)
        kernel.dispatch(encoder, self._size, bindings if slot is None else {0: slot, **bindings})
