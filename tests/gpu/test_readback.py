"""Readback: what was written comes back, whatever size and format; buffers are used again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DeviceError
from engine.gpu import FORMATS, Gpu, ReadbackRing, Ticket, open_gpu
from engine.gpu.readback import KEPT_ROUNDS
from tests.support.create_counter import CreateCounter

COPIED = "COPY_SRC | COPY_DST"
COLOUR = sorted(name for name, format in FORMATS.items() if not format.depth)


def random_pixels(format: str, size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Random bits of a format's type, without NaN so that they compare."""
    about = FORMATS[format]
    rng = np.random.default_rng(seed)
    shape = (size[1], size[0], about.channels)
    if about.dtype.kind == "f":
        return rng.standard_normal(shape).astype(about.dtype)
    low, high = np.iinfo(about.dtype).min, np.iinfo(about.dtype).max
    return rng.integers(low, high, shape, about.dtype, endpoint=True)


def read(gpu: Gpu, ring: ReadbackRing, texture: object) -> np.ndarray:
    encoder = gpu.device.create_command_encoder()
    ticket = ring.request(encoder, texture)
    gpu.submit(encoder)
    ring.submitted()
    return ticket.array()


@pytest.mark.parametrize("format", COLOUR)
def test_every_format_comes_back_as_written(gpu: Gpu, format: str) -> None:
    normalized = "16unorm" in format or "16snorm" in format
    if normalized and "texture-format16bit-norm" not in gpu.features:
        pytest.skip("this adapter has no 16-bit normalized textures")
    size = (37, 5)
    ring = ReadbackRing(gpu)
    texture = gpu.texture(format, size, COPIED)
    pixels = random_pixels(format, size)
    gpu.write_texture(texture, pixels)
    seen = read(gpu, ring, texture)
    expected = pixels[..., [2, 1, 0, 3]] if format.startswith("bgra") else pixels
    assert seen.dtype == FORMATS[format].dtype
    assert seen.flags.c_contiguous
    assert seen.flags.owndata
    np.testing.assert_array_equal(seen, expected)
    gpu.drop(texture)
    ring.release()


@pytest.mark.parametrize(("format", "tolerance"), [("depth32float", 1e-6), ("depth16unorm", 2e-5)])
def test_depth_comes_back_as_drawn(gpu: Gpu, format: str, tolerance: float) -> None:
    size = (67, 9)
    code = """
        @vertex fn vertex(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
            return vec4f(f32(i & 1u) * 4.0 - 1.0, f32(i >> 1u) * 4.0 - 1.0, 0.0, 1.0); }
        @fragment fn fragment(@builtin(position) p: vec4f) -> @builtin(frag_depth) f32 {
            return (floor(p.x) + 67.0 * floor(p.y)) / 603.0; }"""
    module = gpu.device.create_shader_module(code=code)
    pipeline = gpu.device.create_render_pipeline(
        layout="auto",
        vertex={"module": module, "entry_point": "vertex"},
        fragment={"module": module, "entry_point": "fragment", "targets": []},
        primitive={"topology": "triangle-list"},
        depth_stencil={
            "format": format,
            "depth_write_enabled": True,
            "depth_compare": "greater-equal",
        },
    )
    texture = gpu.texture(format, size, "RENDER_ATTACHMENT | COPY_SRC")
    ring = ReadbackRing(gpu)
    encoder = gpu.device.create_command_encoder()
    depth = {
        "view": gpu.view(texture),
        "depth_load_op": "clear",
        "depth_store_op": "store",
        "depth_clear_value": 0.0,
    }
    rp = encoder.begin_render_pass(color_attachments=[], depth_stencil_attachment=depth)
    rp.set_pipeline(pipeline)
    rp.draw(3)
    rp.end()
    ticket = ring.request(encoder, texture)
    gpu.submit(encoder)
    ring.submitted()
    seen = ticket.array().astype(np.float64)
    if format == "depth16unorm":
        seen /= 65535
    expected = np.arange(67 * 9).reshape(9, 67, 1) / 603
    np.testing.assert_allclose(seen, expected, atol=tolerance)
    gpu.drop(texture)
    ring.release()


@given(
    st.integers(1, 130),
    st.integers(1, 40),
    st.sampled_from(["r8unorm", "r32float", "rgba16float", "rgba32float", "r16uint"]),
)
@settings(deadline=None, max_examples=25)
def test_odd_sizes(gpu: Gpu, width: int, height: int, format: str) -> None:
    ring = ReadbackRing(gpu)
    texture = gpu.texture(format, (width, height), COPIED)
    pixels = random_pixels(format, (width, height), width * height)
    gpu.write_texture(texture, pixels)
    np.testing.assert_array_equal(read(gpu, ring, texture), pixels)
    gpu.drop(texture)
    ring.release()


@given(st.data())
@settings(deadline=None, max_examples=15)
def test_a_region_is_that_part(gpu: Gpu, data: st.DataObject) -> None:
    size = (70, 11)
    x, y = data.draw(st.integers(0, 69)), data.draw(st.integers(0, 10))
    width = data.draw(st.integers(1, 70 - x))
    height = data.draw(st.integers(1, 11 - y))
    texture = gpu.texture("rg32float", size, COPIED)
    pixels = random_pixels("rg32float", size)
    gpu.write_texture(texture, pixels)
    ring = ReadbackRing(gpu)
    encoder = gpu.device.create_command_encoder()
    ticket = ring.request(encoder, texture, region=(x, y, width, height))
    gpu.submit(encoder)
    ring.submitted()
    np.testing.assert_array_equal(ticket.array(), pixels[y : y + height, x : x + width])
    gpu.drop(texture)
    ring.release()


def test_layers_are_read_one_by_one(gpu: Gpu) -> None:
    texture = gpu.texture("r32float", (9, 4), COPIED, layers=3)
    layers = [random_pixels("r32float", (9, 4), seed) for seed in range(3)]
    for index, pixels in enumerate(layers):
        gpu.write_texture(texture, pixels, layer=index)
    ring = ReadbackRing(gpu)
    encoder = gpu.device.create_command_encoder()
    tickets = [ring.request(encoder, texture, layer=index) for index in range(3)]
    gpu.submit(encoder)
    ring.submitted()
    for ticket, pixels in zip(tickets, layers, strict=True):
        np.testing.assert_array_equal(ticket.array(), pixels)
    gpu.drop(texture)
    ring.release()


class Source:
    """A texture whose content is told apart by a number."""

    def __init__(self, gpu: Gpu, size: tuple[int, int] = (50, 20)) -> None:
        self.gpu, self.size = gpu, size
        self.texture = gpu.texture("r32uint", size, COPIED)

    def request(self, ring: ReadbackRing, number: int) -> Ticket:
        pixels = np.full((self.size[1], self.size[0], 1), number, np.uint32)
        self.gpu.write_texture(self.texture, pixels)
        encoder = self.gpu.device.create_command_encoder()
        ticket = ring.request(encoder, self.texture)
        self.gpu.submit(encoder)
        ring.submitted()
        return ticket


def test_a_steady_frame_makes_no_buffer(gpu: Gpu) -> None:
    ring, source = ReadbackRing(gpu, depth=3), Source(gpu)
    flying: list[tuple[int, Ticket]] = []

    def frame(number: int) -> None:
        flying.append((number, source.request(ring, number)))
        if len(flying) == 3:
            expected, ticket = flying.pop(0)
            assert np.all(ticket.array() == expected)

    for number in range(4):
        frame(number)
    with CreateCounter(gpu.device, "20 readbacks") as created:
        for number in range(4, 24):
            frame(number)
    created.assert_nothing_made()
    assert ring.size == 3
    ring.release()


def test_the_ring_grows_only_when_all_are_in_flight(gpu: Gpu) -> None:
    ring, source = ReadbackRing(gpu, depth=2), Source(gpu)
    tickets = [source.request(ring, number) for number in range(9)]
    assert ring.size == 9
    order = np.random.default_rng(0).permutation(9)
    for index in order:
        assert np.all(tickets[index].array() == index)
    for number in range(9):
        assert np.all(source.request(ring, number).array() == number)
    assert ring.size == 9
    ring.release()


def test_after_a_burst_the_ring_shrinks_to_its_depth(gpu: Gpu) -> None:
    ring, source = ReadbackRing(gpu, depth=1), Source(gpu)
    for ticket in [source.request(ring, number) for number in range(9)]:
        ticket.array()
    late = source.request(ring, 123)
    for number in range(2 * KEPT_ROUNDS):
        assert np.all(source.request(ring, number).array() == number)
    assert ring.size == 2
    assert np.all(late.array() == 123), "what is in flight is never freed"
    ring.release()


def test_buffers_in_steady_use_are_kept_beyond_the_depth(gpu: Gpu) -> None:
    ring, source = ReadbackRing(gpu, depth=1), Source(gpu)
    for ticket in [source.request(ring, number) for number in range(4)]:
        ticket.array()
    with CreateCounter(gpu.device, "a long steady run") as created:
        for _ in range(KEPT_ROUNDS):
            for ticket in [source.request(ring, number) for number in range(4)]:
                ticket.array()
    created.assert_nothing_made()
    assert ring.size == 4
    ring.release()


def test_other_sizes_exchange_buffers_instead_of_adding_them(gpu: Gpu) -> None:
    ring = ReadbackRing(gpu)
    for width in [*range(10, 200, 10), *range(200, 10, -10)]:
        source = Source(gpu, (width, 30))
        tickets = [source.request(ring, n) for n in (width, width + 1)]
        assert [int(ticket.array()[0, 0, 0]) for ticket in tickets] == [width, width + 1]
        gpu.drop(source.texture)
    assert ring.size == 2
    ring.release()


def test_discarded_and_forgotten_tickets_give_their_buffer_back(gpu: Gpu) -> None:
    ring, source = ReadbackRing(gpu, depth=1), Source(gpu)
    for number in range(6):
        ticket = source.request(ring, number)
        gpu.wait()
        if number % 2:
            ticket.discard()
            assert ticket.done()
        del ticket
    assert ring.size <= 2  # the mapping may be announced a moment after the work is done
    assert np.all(source.request(ring, 77).array() == 77)
    ring.release()


def test_done_does_not_block_and_becomes_true(gpu: Gpu) -> None:
    ring, source = ReadbackRing(gpu), Source(gpu)
    encoder = gpu.device.create_command_encoder()
    ticket = ring.request(encoder, source.texture)
    assert not ticket.done()
    with pytest.raises(AssertionError, match=r"ring\.submitted\(\)"):
        ticket.array()
    gpu.submit(encoder)
    assert not ticket.done()
    ring.submitted()
    gpu.wait()
    while not ticket.done():
        pass  # the test's own time limit ends this
    ticket.array()
    with pytest.raises(AssertionError, match="taken already"):
        ticket.array()
    ring.release()


def test_a_lost_device_is_one_clear_sentence() -> None:
    gpu = open_gpu()
    ring, source = ReadbackRing(gpu), Source(gpu)
    ticket = source.request(ring, 1)
    gpu.wait()
    gpu.device.destroy()
    with pytest.raises(DeviceError, match="The graphics device was lost"):
        ticket.array()
    encoder = gpu.device.create_command_encoder()
    with pytest.raises(DeviceError, match="The graphics device was lost"):
        gpu.submit(encoder)


def test_nobody_waits_inside_wgpu_for_what_is_on_its_way(
    gpu: Gpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting there holds a lock that the next submit needs."""
    device = type(gpu.device)
    poll = device._poll
    waited: list[bool] = []

    def noted(self: object, block: bool = False) -> None:
        waited.append(block)
        poll(self, block)

    monkeypatch.setattr(device, "_poll", noted)
    texture = gpu.texture("rgba8unorm", (8, 8), COPIED)
    read(gpu, ReadbackRing(gpu), texture)
    assert waited
    assert not any(waited)
