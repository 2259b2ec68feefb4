"""Uniform blocks: the numpy layout must be the one the shader compiler uses."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.gpu import Gpu, UniformArena, UniformBlock

# WGSL's table of sizes and alignments, written down a second time on purpose.
SIZES = {
    "f32": (4, 4), "i32": (4, 4), "u32": (4, 4),
    "vec2f": (8, 8), "vec2i": (8, 8), "vec2u": (8, 8),
    "vec3f": (12, 16), "vec3i": (12, 16), "vec3u": (12, 16),
    "vec4f": (16, 16), "vec4i": (16, 16), "vec4u": (16, 16),
    "mat3x3f": (48, 16), "mat4x4f": (64, 16),
}  # fmt: skip
ARRAYS = ("vec3f", "vec4f", "vec4u", "vec4i", "mat3x3f", "mat4x4f")

plain = st.sampled_from(sorted(SIZES))
arrays = st.builds("array<{},{}>".format, st.sampled_from(ARRAYS), st.integers(1, 4))
layouts = st.lists(plain | arrays, min_size=1, max_size=8).map(
    lambda types: {f"f{i}": declared for i, declared in enumerate(types)}
)


def offsets_by_the_book(fields: dict[str, str]) -> tuple[list[int], int]:
    """Offsets and size by the rules of the WGSL specification."""
    offsets, end = [], 0
    for declared in fields.values():
        match = re.fullmatch(r"array<(\w+),(\d+)>", declared)
        size, align = SIZES[match[1] if match else declared]
        if match:
            size = -(-size // align) * align * int(match[2])
        end = -(-end // align) * align
        offsets.append(end)
        end += size
    return offsets, -(-end // 16) * 16


@given(layouts)
@settings(deadline=None, max_examples=200)
def test_layout_follows_the_specification(fields: dict[str, str]) -> None:
    block = UniformBlock("Block", fields)
    offsets, size = offsets_by_the_book(fields)
    placed = block.dtype.fields
    assert placed is not None
    assert [place[1] for place in placed.values()] == offsets
    assert block.size == block.dtype.itemsize == size
    assert size % 16 == 0


def values(rng: np.random.Generator, block: UniformBlock) -> dict[str, np.ndarray]:
    return {
        name: rng.integers(0, 1000, field.shape).astype(field.element.base)
        for name, field in block.fields.items()
    }


def readers(name: str, shape: tuple[int, ...], declared: str) -> list[str]:
    """WGSL expressions of every number of a field, in row-major order of the written shape."""
    found = []
    array, matrix = declared.startswith("array"), "mat" in declared
    for index in np.ndindex(shape):
        place = list(index)
        text = f"b.{name}"
        if array:
            text += f"[{place.pop(0)}]"
        if matrix:
            row, column = place
            text += f"[{column}][{row}]"
        elif place:
            text += f"[{place[0]}]"
        found.append(f"bitcast<u32>({text})")
    return found


def read_in_shader(gpu: Gpu, block: UniformBlock, written: dict[str, np.ndarray]) -> np.ndarray:
    """The bits of every number of a block as a shader sees them."""
    expressions = [
        text
        for (name, declared) in re.findall(r"    (\w+): (.*),\n", block.wgsl)
        for text in readers(name, block.fields[name].shape, declared)
    ]
    lines = "\n".join(f"    out[{i}] = {text};" for i, text in enumerate(expressions))
    code = f"""{block.wgsl}
        @group(0) @binding(0) var<uniform> b: {block.name};
        @group(0) @binding(1) var<storage, read_write> out: array<u32>;
        @compute @workgroup_size(1) fn main() {{\n{lines}\n}}"""
    module = gpu.device.create_shader_module(code=code)
    pipeline = gpu.device.create_compute_pipeline(layout="auto", compute={"module": module})
    arena = UniformArena(gpu)
    arena.slot(UniformBlock("Before", {"x": "f32"}))["x"] = 7.0
    slot = arena.slot(block)
    slot.update(**written)
    out = gpu.buffer(4 * len(expressions), "STORAGE | COPY_SRC")
    group = gpu.bind_group(pipeline.get_bind_group_layout(0), {0: slot.binding(), 1: out})
    encoder = gpu.device.create_command_encoder()
    cp = encoder.begin_compute_pass()
    cp.set_pipeline(pipeline)
    cp.set_bind_group(0, group)
    cp.dispatch_workgroups(1)
    cp.end()
    arena.upload()
    gpu.submit(encoder)
    seen = np.frombuffer(gpu.queue.read_buffer(out), np.uint32)
    gpu.drop(out)
    arena.release()
    return seen


@given(layouts, st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=12)
def test_shader_reads_what_was_written(gpu: Gpu, fields: dict[str, str], seed: int) -> None:
    block = UniformBlock("Block", fields)
    written = values(np.random.default_rng(seed), block)
    seen = read_in_shader(gpu, block, written)
    expected = np.concatenate([written[name].reshape(-1).view(np.uint32) for name in fields])
    np.testing.assert_array_equal(seen, expected)


def test_shader_reads_every_type(gpu: Gpu) -> None:
    fields = {f"a{i}": name for i, name in enumerate(SIZES)}
    fields |= {f"b{i}": f"array<{name},3>" for i, name in enumerate(ARRAYS)}
    block = UniformBlock("Every", fields)
    written = values(np.random.default_rng(1), block)
    expected = np.concatenate([written[name].reshape(-1).view(np.uint32) for name in fields])
    np.testing.assert_array_equal(read_in_shader(gpu, block, written), expected)


def test_matrix_times_column_vector_is_the_same_in_shader(gpu: Gpu) -> None:
    rng = np.random.default_rng(3)
    m, p = rng.standard_normal((4, 4)), rng.standard_normal(4)
    block = UniformBlock("Block", {"m": "mat4x4f", "p": "vec4f"})
    code = f"""{block.wgsl}
        @group(0) @binding(0) var<uniform> b: Block;
        @group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
        @compute @workgroup_size(1) fn main() {{ out[0] = b.m * b.p; }}"""
    pipeline = gpu.device.create_compute_pipeline(
        layout="auto", compute={"module": gpu.device.create_shader_module(code=code)}
    )
    arena = UniformArena(gpu)
    slot = arena.slot(block)
    slot.update(m=m, p=p)
    arena.upload(gpu.queue)
    out = gpu.buffer(16, "STORAGE | COPY_SRC")
    encoder = gpu.device.create_command_encoder()
    cp = encoder.begin_compute_pass()
    cp.set_pipeline(pipeline)
    layout = pipeline.get_bind_group_layout(0)
    cp.set_bind_group(0, gpu.bind_group(layout, {0: slot.binding(), 1: out}))
    cp.dispatch_workgroups(1)
    cp.end()
    gpu.submit(encoder)
    np.testing.assert_allclose(np.frombuffer(gpu.queue.read_buffer(out), "f4"), m @ p, rtol=1e-5)
    gpu.drop(out)
    arena.release()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"x": "array<f32,4>"}, "multiple of 16 bytes"),
        ({"x": "array<vec2f,4>"}, "multiple of 16 bytes"),
        ({"x": "array<vec4f,0>"}, "at least one"),
        ({"x": "float"}, "unknown field type 'float'"),
        ({"a b": "f32"}, "not an identifier"),
        ({}, "at least one field"),
    ],
)
def test_a_wrong_block_says_what_is_wrong(fields: dict[str, str], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        UniformBlock("Block", fields)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("m", np.eye(3), r"Camera\.m: expected shape \(4, 4\), got \(3, 3\)"),
        ("p", (1, 2), r"Camera\.p: expected shape \(3,\), got \(2,\)"),
        ("x", [1.0], r"Camera\.x: expected shape \(\), got \(1,\)"),
        ("y", 1.0, r"Camera: no field 'y'"),
    ],
)
def test_a_wrong_value_names_the_field(gpu: Gpu, field: str, value: Any, message: str) -> None:
    arena = UniformArena(gpu, 256)
    slot = arena.slot(UniformBlock("Camera", {"m": "mat4x4f", "p": "vec3f", "x": "f32"}))
    with pytest.raises(AssertionError, match=message):
        slot[field] = value
    arena.release()


# -- the arena --


SMALL = UniformBlock("Small", {"x": "f32"})
LARGE = UniformBlock("Large", {"v": "array<vec4f,40>"})


def contents(gpu: Gpu, buffer: Any, size: int) -> np.ndarray:
    """Bytes of a uniform buffer, through a shader: such buffers cannot be copied from."""
    code = f"""@group(0) @binding(0) var<uniform> b: array<vec4u, {size // 16}>;
        @group(0) @binding(1) var<storage, read_write> out: array<vec4u>;
        @compute @workgroup_size(1) fn main() {{
            for (var i = 0u; i < {size // 16}u; i++) {{ out[i] = b[i]; }} }}"""
    pipeline = gpu.device.create_compute_pipeline(
        layout="auto", compute={"module": gpu.device.create_shader_module(code=code)}
    )
    out = gpu.buffer(size, "STORAGE | COPY_SRC")
    encoder = gpu.device.create_command_encoder()
    cp = encoder.begin_compute_pass()
    cp.set_pipeline(pipeline)
    layout = pipeline.get_bind_group_layout(0)
    place = {"buffer": buffer, "offset": 0, "size": size}
    cp.set_bind_group(0, gpu.bind_group(layout, {0: place, 1: out}))
    cp.dispatch_workgroups(1)
    cp.end()
    gpu.submit(encoder)
    data = np.frombuffer(gpu.queue.read_buffer(out), np.uint8)
    gpu.drop(out)
    return data


@given(st.lists(st.sampled_from([SMALL, LARGE]), min_size=1, max_size=12))
@settings(deadline=None, max_examples=15)
def test_slots_are_aligned_and_apart(gpu: Gpu, blocks: list[UniformBlock]) -> None:
    arena = UniformArena(gpu, capacity=512)
    slots = [arena.slot(block) for block in blocks]
    ends = 0
    for slot in slots:
        assert slot.offset % 256 == 0
        assert slot.offset >= ends
        ends = slot.offset + slot.block.size
    for number, slot in enumerate(slots):
        first = next(iter(slot.block.fields))
        slot[first] = np.full(slot.block.fields[first].shape, number + 1)
    for number, slot in enumerate(slots):
        first = next(iter(slot.block.fields))
        assert np.all(slot[first] == number + 1)
    assert arena.used <= arena.capacity
    arena.release()


def test_same_layout_gives_the_same_slots_again(gpu: Gpu) -> None:
    arena = UniformArena(gpu)
    first = [arena.slot(SMALL), arena.slot(LARGE), arena.slot(SMALL)]
    first[2]["x"] = 5.0
    arena.reset_layout()
    assert arena.used == 0
    again = [arena.slot(SMALL), arena.slot(LARGE), arena.slot(SMALL)]
    assert all(a is b for a, b in zip(first, again, strict=True))
    assert again[2]["x"] == 0.0, "a slot that is taken again is zeroed"
    arena.reset_layout()
    other = [arena.slot(LARGE), arena.slot(SMALL)]
    assert other[0].offset == 0
    assert other[1].offset == 768
    arena.release()


def test_upload_writes_the_used_range_once(gpu: Gpu) -> None:
    class Queue:
        writes: list[tuple[Any, ...]] = []  # noqa: RUF012

        def write_buffer(self, *args: Any) -> None:
            self.writes.append(args)

    arena = UniformArena(gpu)
    arena.slot(SMALL)
    arena.slot(SMALL)
    arena.upload(Queue())
    assert len(Queue.writes) == 1
    assert Queue.writes[0][1:2] == (0,)
    assert Queue.writes[0][3:] == (0, 512)
    arena.release()


def test_a_growing_arena_keeps_what_bind_groups_saw(gpu: Gpu) -> None:
    arena = UniformArena(gpu, capacity=512)
    early = arena.slot(SMALL)
    bound_early = early.binding()["buffer"]
    late = [arena.slot(LARGE) for _ in range(3)]
    assert arena.buffer is not bound_early
    early["x"] = 3.0
    late[2]["v"] = np.full((40, 4), 9.0)
    arena.upload()
    for buffer in (bound_early, arena.buffer):
        data = contents(gpu, buffer, 256)
        assert data[:4].view(np.float32)[0] == 3.0
    assert late[2]["v"][39, 3] == 9.0
    arena.upload()  # the outgrown buffer is not written any more
    arena.release()
