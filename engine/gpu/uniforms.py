"""Uniform blocks: one description for the numpy layout and the WGSL struct.

Layout rules: WGSL, "Memory Layout" and "Address Space Layout Constraints" (uniform address space),
https://www.w3.org/TR/WGSL/#memory-layouts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from engine.gpu.device import Gpu

ALIGNMENT = 256  # WebGPU's default minUniformBufferOffsetAlignment, valid on every adapter

_SCALARS = {"f": "<f4", "i": "<i4", "u": "<u4"}
_ARRAY = re.compile(r"array\s*<\s*(\w+)\s*,\s*(\d+)\s*>")


class _Type:
    """One WGSL type: its size and alignment in bytes, stored shape and written shape.

    Matrices are stored column by column, each column padded to four numbers.
    """

    def __init__(
        self, base: str, stored: tuple[int, ...], written: tuple[int, ...], align: int
    ) -> None:
        self.base, self.stored, self.written, self.align = base, stored, written, align
        self.matrix = len(written) == 2
        # A vec3f takes 12 bytes and aligns to 16: a scalar may follow it directly.
        self.size = 4 * int(np.prod(stored, dtype=int))
        self.stride = -(-self.size // align) * align


def _types() -> dict[str, _Type]:
    types: dict[str, _Type] = {}
    for letter, base in _SCALARS.items():
        types[f"{letter}32"] = _Type(base, (), (), 4)
        for n, align in ((2, 8), (3, 16), (4, 16)):
            types[f"vec{n}{letter}"] = _Type(base, (n,), (n,), align)
    types["mat3x3f"] = _Type("<f4", (3, 4), (3, 3), 16)
    types["mat4x4f"] = _Type("<f4", (4, 4), (4, 4), 16)
    return types


_TYPES = _types()


class _Field:
    """Where one field lies in its block and how a value is put there."""

    def __init__(self, owner: str, name: str, declared: str, offset: int) -> None:
        self.label = f"{owner}.{name}"
        match = _ARRAY.fullmatch(declared.strip())
        element = _TYPES.get(match[1] if match else declared)
        assert element is not None, f"{self.label}: unknown field type {declared!r}"
        self.element = element
        self.count = int(match[2]) if match else None
        if self.count is not None:
            assert self.count > 0, f"{self.label}: an array needs at least one element"
            assert element.stride % 16 == 0, (
                f"{self.label}: elements of an array in a uniform block must take a multiple of "
                f"16 bytes; use vec4 instead of {match[1] if match else declared}"
            )
        align = element.align
        self.offset = -(-offset // align) * align
        self.align = align
        self.size = element.size if self.count is None else element.stride * self.count
        self.shape = element.written if self.count is None else (self.count, *element.written)

    @property
    def format(self) -> tuple[str, tuple[int, ...]]:
        """numpy base type and stored shape (vec3 in an array is padded to four)."""
        stored = self.element.stored
        if self.count is not None:
            stored = (self.count, *((4,) if stored == (3,) else stored))
        return self.element.base, stored

    def put(self, target: npt.NDArray[Any], value: npt.ArrayLike) -> None:
        """Write `value`, of shape `self.shape`, into the stored array."""
        array = np.asarray(value)
        assert array.shape == self.shape, (
            f"{self.label}: expected shape {self.shape}, got {array.shape}"
        )
        if self.element.matrix:
            # THE place where matrices are transposed: ours are row-indexed and multiply column
            # vectors from the left, WGSL stores columns.
            target[..., : self.shape[-2]] = np.swapaxes(array, -1, -2)
        elif self.shape:
            target[..., : self.shape[-1]] = array
        else:
            target[()] = array

    def get(self, source: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """What `put` wrote, in the same shape."""
        if self.element.matrix:
            return np.swapaxes(source[..., : self.shape[-2]], -1, -2).copy()
        return source[..., : self.shape[-1]].copy() if self.shape else source.copy()


class UniformBlock:
    """A named set of fields, laid out as WGSL lays out a struct in the uniform address space.

    fields: name → type, in order. Types: f32, i32, u32, vec2/3/4 with f, i or u, mat3x3f, mat4x4f,
    and arrays such as "array<vec4f,8>" (elements of 16 bytes or a multiple).

    dtype: structured numpy dtype, itemsize a multiple of 16 (matrices appear stored by columns:
    write through a slot, which transposes). size: bytes. wgsl: the text of the struct.
    """

    def __init__(self, name: str, fields: Mapping[str, str]) -> None:
        assert name.isidentifier(), f"uniform block {name!r}: not an identifier"
        assert fields, f"uniform block {name}: a WGSL struct needs at least one field"
        self.name = name
        self.fields: dict[str, _Field] = {}
        end = 0
        for field_name, declared in fields.items():
            assert field_name.isidentifier(), f"{name}.{field_name}: not an identifier"
            field = _Field(name, field_name, declared, end)
            self.fields[field_name] = field
            end = field.offset + field.size
        self.size = -(-end // 16) * 16
        self.dtype = np.dtype(
            {
                "names": list(self.fields),
                "formats": [field.format for field in self.fields.values()],
                "offsets": [field.offset for field in self.fields.values()],
                "itemsize": self.size,
            }
        )
        body = "".join(f"    {key}: {declared},\n" for key, declared in fields.items())
        self.wgsl = f"struct {name} {{\n{body}}}\n"

    def __repr__(self) -> str:
        return f"<UniformBlock {self.name}, {self.size} bytes>"


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
        self.buffer = gpu.buffer(self.capacity, "UNIFORM | COPY_DST", label=label)

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
        self.buffer = self._gpu.buffer(self.capacity, "UNIFORM | COPY_DST", label=self._label)

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
