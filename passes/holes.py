"""Missing depth from the farther neighbour, as dispatches of wgsl/holes.wgsl."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.scene.evaluated import EvaluatedZMap
from passes.kernels import GROUP, Toolbox


def may_have_holes(z_map: EvaluatedZMap, whole: bool, limits: Sequence[float]) -> bool:
    """Whether depth may be missing in a map. whole: each of its pixels holds a finite number and
    is opaque. limits: its smallest and largest value."""
    if not whole or z_map.missing_value is not None:
        return True
    ends = [z_map.levelled(value) for value in limits]
    return z_map.range.is_distance and min(ends) <= 0


class HoleFill:
    """Fills the holes of decoded depth. size: (width, height) of its lattice."""

    def __init__(self, tools: Toolbox, size: tuple[int, int]) -> None:
        self._tools = tools
        self._size = size

    def dispatch(self, encoder: Any, marks: Any, depth: Any, scratch: list[Any]) -> Any:
        """marks: view of depth as it was decoded; depth: of the same made soft, or the same.
        scratch: three views of scratch textures of depth. Returns that which holds the result:
        (z, confidence), (z, -1) where it was missing, (0, 0) where there is no map."""
        rows, columns, filled = scratch
        for axis, view in ((0, rows), (1, columns)):
            lines = GROUP * self._size[1 - axis]  # one group of threads for each
            kernel = self._tools.kernel("holes", "look", AXIS=axis)
            kernel.dispatch(encoder, (lines, 1), {1: marks, 2: view})
        bindings = {1: marks, 2: filled, 3: depth, 4: rows, 5: columns}
        self._tools.kernel("holes", "fill").dispatch(encoder, self._size, bindings)
        return filled
