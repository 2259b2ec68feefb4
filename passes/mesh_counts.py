"""How many triangles each relief has, told without waiting for the GPU."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import wgpu

from engine.gpu import Gpu
from engine.gpu.readback import is_settled, map_for_reading
from passes.tessellate_adaptive import DRAWN, DRAWN_BYTES

IN_FLIGHT = 3
PATHS = ("adaptive", "full grid", "fixed grid")


@dataclass(frozen=True, slots=True)
class MeshCount:
    """triangles: drawn for each view of the relief. path: "adaptive", "full grid" (where an
    adaptive mesh would need almost every vertex) or "fixed grid" (a step set by hand)."""

    triangles: int
    path: str


class _Copy:
    """One count on its way back."""

    def __init__(self, gpu: Gpu) -> None:
        usage = wgpu.BufferUsage.MAP_READ | wgpu.BufferUsage.COPY_DST
        self.buffer = gpu.buffer(DRAWN_BYTES, usage, label="mesh count")
        self.name = ""
        self.copied = False
        self.promise: Any = None


class MeshCounts:
    """Reads back what adaptive meshes came to. Per frame: `copy` for each within the encoder,
    submit, `submitted`; `results` at any time. A frame goes uncounted rather than waiting."""

    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu
        self._copies: list[_Copy] = []
        self._results: dict[str, MeshCount] = {}

    def fixed(self, name: str, triangles: int) -> None:
        """A mesh whose size is known."""
        self._results[name] = MeshCount(triangles, "fixed grid")

    def copy(self, encoder: Any, name: str, arguments: Any) -> None:
        """Copy an adaptive mesh's count out of its draw's arguments."""
        self._collect()
        free = [c for c in self._copies if not c.copied and c.promise is None]
        if not free:
            if sum(c.name == name for c in self._copies) >= IN_FLIGHT:
                return
            free = [_Copy(self._gpu)]
            self._copies += free
        copy = free[0]
        copy.name, copy.copied = name, True
        encoder.copy_buffer_to_buffer(arguments, DRAWN, copy.buffer, 0, DRAWN_BYTES)

    def submitted(self) -> None:
        """Start to map what was copied. Call it right after the submit."""
        for copy in self._copies:
            if copy.copied:
                copy.promise, copy.copied = map_for_reading(copy.buffer, DRAWN_BYTES), False

    def results(self) -> dict[str, MeshCount]:
        """Surface → its mesh in the newest frame that has come back."""
        self._collect()
        return dict(self._results)

    def keep(self, names: Iterable[str]) -> None:
        """Forget all surfaces but these."""
        self._results = {name: self._results[name] for name in names if name in self._results}

    def release(self) -> None:
        for copy in self._copies:
            self._gpu.drop(copy.buffer)
        self._copies.clear()

    def _collect(self) -> None:
        if any(copy.promise is not None for copy in self._copies):
            self._gpu.device._poll()  # non-blocking: lets finished mappings be known
        for copy in self._copies:
            if copy.promise is None or not is_settled(copy.promise):
                continue
            promise, copy.promise = copy.promise, None
            promise.sync_wait()
            numbers = np.frombuffer(copy.buffer.read_mapped(0, DRAWN_BYTES), np.uint32)
            copy.buffer.unmap()
            self._results[copy.name] = MeshCount(int(numbers[0]), PATHS[numbers[1]])
