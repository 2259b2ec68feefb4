"""Uniform blocks: one description for the numpy layout and the WGSL struct.

Layout rules: WGSL, "Memory Layout" and "Address Space Layout Constraints" (uniform address space),
https://www.w3.org/TR/WGSL/#memory-layouts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

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
