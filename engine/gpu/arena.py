"""All uniforms of a frame in one buffer, written on the CPU and uploaded at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.gpu.device import Gpu
from engine.gpu.uniforms import UniformBlock

ALIGNMENT = 256  # WebGPU's default minUniformBufferOffsetAlignment, valid on every adapter
# Most shaders read these blocks as `var<storage, read>`: Mesa's lavapipe compiles a shader anew for
# each draw whose branches depend on a uniform buffer alone, and keeps the memory (22.3: up to 8 MB
# a frame). wgsl/draw.wgsl has the exception and its reason.
USAGE = "UNIFORM | STORAGE | COPY_DST"


class UniformSlot:
    """One block's place in an arena. `slot["mvp"] = matrix` writes a field (CPU side only)."""

    def __init__(self, arena: UniformArena, block: UniformBlock, offset: int) -> None:
        self._arena = arena
        self.block = block
        self.offset = offset
        self._views: dict[str, npt.NDArray[Any]] = {}
        self._generation = -1

    def _view(self, field: str) -> npt.NDArray[Any]:
        # Views into the arena's bytes are made once; they go stale when the arena grows.
        if self._generation != self._arena.generation:
            start = self.offset
            data = self._arena.data[start : start + self.block.size].view(self.block.dtype)
            self._views = {name: data[name][0, ...] for name in self.block.fields}
            self._generation = self._arena.generation
        return self._views[field]

    def __setitem__(self, field: str, value: npt.ArrayLike) -> None:
        """Write one field. Matrices are row-indexed (4, 4) or (3, 3), for column vectors."""
        assert field in self.block.fields, f"{self.block.name}: no field {field!r}"
        self.block.fields[field].put(self._view(field), value)

    def __getitem__(self, field: str) -> npt.NDArray[Any]:
        """A copy of what was last written to a field."""
        assert field in self.block.fields, f"{self.block.name}: no field {field!r}"
        return self.block.fields[field].get(self._view(field))

    def update(self, **values: npt.ArrayLike) -> None:
        """Write several fields: `slot.update(mvp=matrix, near=0.1)`."""
        for field, value in values.items():
            self[field] = value

    def bytes(self) -> bytes:
        """What is written so far, to tell whether anything changed."""
        return self._arena.data[self.offset : self.offset + self.block.size].tobytes()

    def binding(self) -> dict[str, Any]:
        """The resource of a bind group entry: buffer, offset and size in bytes."""
        return {"buffer": self._arena.buffer, "offset": self.offset, "size": self.block.size}


class UniformArena:
    """All uniforms of a frame in one GPU buffer, uploaded by one `write_buffer`.

    Take slots once and keep them, or take them anew every frame after `reset_layout()`: the same
    blocks in the same order get the same slots again, so that cached bind groups stay valid.

    capacity: bytes at first. The arena doubles when it is full; that makes a new GPU buffer, so
    choose a capacity that fits the usual frame.
    """

    def __init__(self, gpu: Gpu, capacity: int = 64 * 1024, label: str = "uniforms") -> None:
        self._gpu = gpu
        self._label = label
        self._slots: list[UniformSlot] = []
        self._taken = 0
        self._end = 0
        self._outgrown: list[Any] = []
        self.generation = 0
        self.capacity = max(ALIGNMENT, -(-capacity // ALIGNMENT) * ALIGNMENT)
        self.data: npt.NDArray[np.uint8] = np.zeros(self.capacity, np.uint8)
        self.buffer = gpu.buffer(self.capacity, USAGE, label=label)

    def slot(self, block: UniformBlock) -> UniformSlot:
        """A zeroed place for `block`, at an offset that is a multiple of 256 bytes."""
        if self._taken < len(self._slots) and self._slots[self._taken].block is block:
            slot = self._slots[self._taken]
        else:
            del self._slots[self._taken :]
            slot = UniformSlot(self, block, self._end)
            self._slots.append(slot)
        self._taken += 1
        self._end = -(-(slot.offset + block.size) // ALIGNMENT) * ALIGNMENT
        if self._end > self.capacity:
            self._grow(self._end)
        self.data[slot.offset : self._end] = 0
        return slot

    @property
    def used(self) -> int:
        """Bytes that the next `upload` sends."""
        return self._end

    def _grow(self, needed: int) -> None:
        while self.capacity < needed:
            self.capacity *= 2
        data = np.zeros(self.capacity, np.uint8)
        data[: self.data.size] = self.data
        self.data = data
        self.generation += 1
        # Bind groups made earlier in this frame point at the old buffer: it gets this frame's
        # bytes too, and goes after that.
        self._outgrown.append(self.buffer)
        self.buffer = self._gpu.buffer(self.capacity, USAGE, label=self._label)

    def upload(self, queue: Any = None) -> None:
        """Send the used range in one `write_buffer`; call it once, before the frame's submit."""
        queue = self._gpu.queue if queue is None else queue
        for old in self._outgrown:
            queue.write_buffer(old, 0, self.data, 0, min(old.size, self._end))
            self._gpu.forget(old)
        self._outgrown.clear()
        if self._end:
            queue.write_buffer(self.buffer, 0, self.data, 0, self._end)

    def reset_layout(self) -> None:
        """Give all slots back. Slots taken before must not be written any more."""
        self._taken = 0
        self._end = 0

    def release(self) -> None:
        """Free the GPU buffers; the arena must not be used after that."""
        for buffer in (*self._outgrown, self.buffer):
            self._gpu.drop(buffer)
        self._outgrown.clear()
