"""A Gaussian over (value, confidence) pictures, as dispatches of wgsl/blur.wgsl."""

from __future__ import annotations

import math

from engine.gpu import UniformArena, UniformSlot
from passes.blocks import BLUR
from passes.kernels import Toolbox

FINEST = 16.0  # of sigma: it is computed no denser than that, and smoothly spread between


def spacing_for(sigma: float, length: int) -> int:
    """How many pixels apart a Gaussian of `sigma` is computed along `length` pixels.

    A cubic spline needs one sample before and two after; they must find room in the picture.
    """
    spacing = max(1, math.floor(sigma / FINEST))
    while spacing > 1 and -(-(length - 1) // spacing) + 3 > length:
        spacing -= 1
    return spacing


class Blur:
    """Both axes of a Gaussian as a normalised convolution: what is missing does not bleed in.

    size: (width, height) of the pictures. everywhere: every pixel counts, whatever its confidence.
    """

    def __init__(
        self, tools: Toolbox, arena: UniformArena, size: tuple[int, int], everywhere: bool = False
    ) -> None:
        self.tools = tools
        self._size = size
        self._everywhere = everywhere
        self._slots: list[UniformSlot] = [arena.slot(BLUR) for _ in range(4)]
        self._steps: list[tuple[str, dict[str, float]]] = []

    def update(self, sigma: tuple[float, float], threshold: float | None = None) -> None:
        """sigma: along X and Y, in pixels of what is blurred; at least one above 0. threshold: it
        does not reach across a step between neighbours of more than this share of the nearer."""
        assert max(sigma) > 0, "a blur of no width"
        axes = [axis for axis in (0, 1) if sigma[axis] > 0]
        self._steps.clear()
        for axis in axes:
            # Between samples that lie apart there may be a step.
            spacing = 1 if threshold is not None else spacing_for(sigma[axis], self._size[axis])
            entries = ["blur"] if spacing == 1 else ["blur", "spread"]
            # The spline is a blur itself, of variance spacing² / 3.
            variance = sigma[axis] ** 2 - (spacing**2 / 3 if spacing > 1 else 0)
            for entry in entries:
                self._slots[len(self._steps)].update(
                    axis=(1 - axis, axis),
                    sigma=max(math.sqrt(variance), 1e-3),
                    spacing=spacing,
                    threshold=threshold or 0.0,
                )
                constants = {
                    "EVERYWHERE": self._everywhere,
                    "FIRST": not self._steps,
                    "LAST": axis == axes[-1] and entry == entries[-1],
                    "SPACED": spacing > 1,
                    "STOPS": threshold is not None,
                }
                self._steps.append((entry, {name: float(on) for name, on in constants.items()}))

    def fingerprint(self) -> bytes:
        """All that the result depends on besides the picture."""
        return b"".join(slot.bytes() for slot in self._slots[: len(self._steps)])

    def dispatch(self, encoder: object, source: object, one: object, other: object) -> object:
        """Blur the view `source` in a compute pass encoder. one, other: views of scratch textures.
        Returns that which holds the result: (value, mean of the weights)."""
        for (entry, constants), slot in zip(self._steps, self._slots, strict=False):
            kernel = self.tools.kernel("blur", entry, **constants)
            kernel.dispatch(encoder, self._size, {0: slot, 1: source, 2: one})
            source, one, other = one, other, one
        return source
