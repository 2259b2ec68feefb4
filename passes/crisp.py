"""Steps of depth that are spread over some pixels, made one pixel wide before they are cut."""

from __future__ import annotations

from typing import Any

from engine.gpu import UniformArena
from passes.blocks import TEAR
from passes.kernels import Toolbox


class Crisp:
    """Makes steps of surface Z one pixel wide that are spread over some pixels."""

    def __init__(self, tools: Toolbox, arena: UniformArena, lattice: tuple[int, int]) -> None:
        self.tools = tools
        self._lattice = lattice
        self._slots = [arena.slot(TEAR) for _ in range(2)]

    def update(self, threshold: float) -> None:
        """threshold: the step that counts, as a share of the nearer depth."""
        for slot, axis in zip(self._slots, ((1, 0), (0, 1)), strict=True):
            slot.update(lattice=self._lattice, axis=axis, threshold=threshold)

    def fingerprint(self) -> bytes:
        """All that the result depends on besides the depth."""
        return b"".join(slot.bytes() for slot in self._slots)

    def dispatch(self, encoder: Any, source: Any, scratch: Any, target: Any) -> None:
        """From the view `source` to `target`, along rows and then columns."""
        kernel = self.tools.kernel("tear", "crisp")
        views = ((source, scratch), (scratch, target))
        for slot, (before, after) in zip(self._slots, views, strict=True):
            kernel.dispatch(encoder, self._lattice, {0: slot, 1: before, 2: after})
