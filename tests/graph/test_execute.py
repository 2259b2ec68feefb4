"""The graph on the device: what passes get, and what ends up in the textures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.errors import GraphError
from engine.gpu import NO_TARGET, Gpu
from engine.graph import (
    Attachment,
    BufferSpec,
    DepthAttachment,
    PassContext,
    Read,
    RenderGraph,
    TextureSpec,
    Use,
    Write,
    history,
)
from tests.support.graph_runner import FLOAT, SIZE, Adder, Runner, clearing
from tests.support.passes import FakePass

DEPTH = TextureSpec("depth32float")


def test_the_first_write_clears_to_its_value(run: Callable[..., Runner]) -> None:
    runner = run(clearing("a", clear=(1.0, 2.0, 3.0, 4.0)), clearing("b"))
    seen = runner.frame("a", "b")
    assert np.all(seen["a"] == [1, 2, 3, 4])
    assert np.all(seen["b"] == 0)
    assert seen["a"].shape == (10, 20, 4)


def test_data_flows_through_shared_memory(run: Callable[..., Runner], adder: Adder) -> None:
    chain = [adder.make(f"t{i + 1}", f"t{i}") for i in range(7)]
    runner = run(clearing("t0", clear=(0.0, 1.0, 2.0, 3.0)), *chain)
    for _ in range(3):
        assert np.all(runner.frame("t7")["t7"] == [7, 8, 9, 10])
    plan = runner.graph.compile(SIZE, ["t7"])
    assert len(plan.slots) == 2
    assert runner.graph._pool is not None
    assert runner.graph._pool.bytes == plan.bytes == 2 * 20 * 10 * 16


def test_a_change_in_place_loads_what_was_there(run: Callable[..., Runner]) -> None:
    """The second pass draws nothing: whatever it does not load would be gone."""

    def encode(ctx: PassContext) -> None:
        with ctx.render_pass(["a"]):
            pass

    tint = FakePass("tint", [], [Write("a", modifies=True)], encode)
    runner = run(clearing("a", clear=(5.0, 5.0, 5.0, 5.0)), tint)
    assert np.all(runner.frame("a")["a"] == 5)
    assert tint.encoded == 1


def test_a_second_render_pass_of_a_pass_loads(run: Callable[..., Runner]) -> None:
    def encode(ctx: PassContext) -> None:
        with ctx.render_pass([Attachment("a", clear=(3.0, 3.0, 3.0, 3.0))]):
            pass
        with ctx.render_pass(["a"]):
            pass

    runner = run(FakePass("p", [], [Write("a", FLOAT)], encode))
    for _ in range(2):
        assert np.all(runner.frame("a")["a"] == 3)


def test_layers_are_cleared_one_by_one(run: Callable[..., Runner], gpu: Gpu) -> None:
    def encode(ctx: PassContext) -> None:
        for layer in range(3):
            value = float(layer)
            with ctx.render_pass([Attachment("a", layer, clear=(value, 0.0, 0.0, 0.0))]):
                pass

    runner = run(FakePass("p", [], [Write("a", TextureSpec("rgba32float", layers=3))], encode))
    plan = runner.graph.compile(SIZE, ["a"])
    encoder = gpu.device.create_command_encoder()
    runner.graph.execute(encoder, plan)
    texture = runner.graph.texture("a")
    tickets = [runner.ring.request(encoder, texture, layer=layer) for layer in range(3)]
    gpu.submit(encoder)
    runner.ring.submitted()
    assert [ticket.array()[4, 4, 0] for ticket in tickets] == [0, 1, 2]


def test_depth_is_cleared_to_far_and_may_be_only_tested(run: Callable[..., Runner]) -> None:
    def fill(ctx: PassContext) -> None:
        with ctx.render_pass([], "z"):
            pass

    def test(ctx: PassContext) -> None:
        with ctx.render_pass(["a"], "z"):
            pass

    runner = run(
        FakePass("fill", [], [Write("z", DEPTH, Use.DEPTH)], fill),
        FakePass("test", [Read("z", Use.DEPTH_READ)], [Write("a", FLOAT)], test),
    )
    assert np.all(runner.frame("z", "a")["z"] == 0)
    runner = run(
        FakePass("fill", [], [Write("z", DEPTH, Use.DEPTH, clear=0.25)], fill),
    )
    assert np.all(runner.frame("z")["z"] == 0.25)


def recorded(ctx: PassContext, *args: Any) -> list[dict[str, Any]]:
    """The attachments a render pass is begun with."""
    caught: list[dict[str, Any]] = []
    encoder = ctx.encoder

    class Spy:
        def begin_render_pass(self, **descriptor: Any) -> Any:
            caught.extend(descriptor["color_attachments"])
            depth = descriptor.get("depth_stencil_attachment")
            caught.extend([depth] if depth else [])
            return encoder.begin_render_pass(**descriptor)

    ctx.encoder = Spy()
    with ctx.render_pass(*args):
        pass
    ctx.encoder = encoder
    return caught


def test_what_nobody_reads_later_is_discarded(run: Callable[..., Runner]) -> None:
    seen: dict[str, dict[str, Any]] = {}

    def encode(ctx: PassContext) -> None:
        kept, unread, depth = recorded(ctx, ["kept", "unread"], "z")
        seen.update(kept=kept, unread=unread, depth=depth)

    writes = [Write("kept", FLOAT), Write("unread", FLOAT), Write("z", DEPTH, Use.DEPTH)]
    runner = run(FakePass("p", [], writes, encode))
    runner.frame("kept")
    assert seen["kept"]["store_op"] == "store"
    assert seen["unread"]["store_op"] == "discard"
    assert seen["depth"]["depth_store_op"] == "discard"
    assert seen["depth"]["depth_clear_value"] == 0.0
    runner.frame("kept", "unread")
    assert seen["unread"]["store_op"] == "store"


def test_loading_what_was_discarded_is_refused(run: Callable[..., Runner]) -> None:
    def encode(ctx: PassContext) -> None:
        with ctx.render_pass(["a"], "z"):
            pass
        with ctx.render_pass(["a"], "z"):
            pass

    writes = [Write("a", FLOAT), Write("z", DEPTH, Use.DEPTH)]
    with pytest.raises(AssertionError, match="give that attachment store=True") as caught:
        run(FakePass("p", [], writes, encode)).frame("a")
    assert caught.value.__notes__ == ["in pass 'p'"]

    def right(ctx: PassContext) -> None:
        with ctx.render_pass(["a"], DepthAttachment("z", store=True)):
            pass
        with ctx.render_pass(["a"], "z"):
            pass

    run(FakePass("p", [], writes, right)).frame("a")


def test_an_attachment_can_be_left_out(run: Callable[..., Runner], gpu: Gpu) -> None:
    code = """
        @vertex fn vertex(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
            return vec4f(f32(i & 1u) * 4.0 - 1.0, f32(i >> 1u) * 4.0 - 1.0, 0.5, 1.0); }
        struct Out { @location(0) a: vec4f, @location(1) b: vec4f };
        @fragment fn fragment() -> Out { return Out(vec4f(1.0), vec4f(2.0)); }"""
    module = gpu.device.create_shader_module(code=code)
    pipeline = gpu.device.create_render_pipeline(
        layout="auto",
        vertex={"module": module, "entry_point": "vertex"},
        primitive={"topology": "triangle-list"},
        fragment={
            "module": module,
            "entry_point": "fragment",
            "targets": [NO_TARGET, {"format": "rgba32float"}],
        },
    )

    def encode(ctx: PassContext) -> None:
        with ctx.render_pass([None, "b"]) as rp:
            rp.set_pipeline(pipeline)
            rp.draw(3)

    assert np.all(run(FakePass("p", [], [Write("b", FLOAT)], encode)).frame("b")["b"] == 2)


def test_history_is_last_frames_content(run: Callable[..., Runner], adder: Adder) -> None:
    runner = run(adder.make("count", history("count")))
    counts = [runner.frame("count")["count"][0, 0, 0] for _ in range(5)]
    assert counts == [1, 2, 3, 4, 5]


def test_history_survives_a_new_plan_and_starts_at_zero(
    run: Callable[..., Runner], adder: Adder
) -> None:
    nine = (9.0, 9.0, 9.0, 9.0)
    runner = run(
        adder.make("count", history("count")),
        clearing("other", clear=nine),
        clearing("another", clear=nine),
    )
    runner.frame("other", "another")  # leaves two textures of the same kind behind
    assert runner.frame("count")["count"][0, 0, 0] == 1
    assert runner.frame("count")["count"][0, 0, 0] == 2
    assert runner.frame("count", "other")["count"][0, 0, 0] == 3
    assert runner.frame("count", size=(8, 8))["count"][0, 0, 0] == 1


def test_culled_passes_never_encode(run: Callable[..., Runner]) -> None:
    unused = clearing("unused")
    runner = run(clearing("a"), unused)
    runner.frame("a")
    assert unused.encoded == 0


def test_buffers_are_resources_too(run: Callable[..., Runner], gpu: Gpu) -> None:
    code = """@group(0) @binding(0) var<storage, read_write> b: array<u32>;
        @compute @workgroup_size(1) fn main() { b[0] = b[0] + 1u; }"""
    module = gpu.device.create_shader_module(code=code)
    pipeline = gpu.device.create_compute_pipeline(layout="auto", compute={"module": module})
    layout = pipeline.get_bind_group_layout(0)

    def count(ctx: PassContext) -> None:
        with ctx.compute_pass() as cp:
            cp.set_pipeline(pipeline)
            cp.set_bind_group(0, gpu.bind_group(layout, {0: ctx.buffer("n")}))
            cp.dispatch_workgroups(1)

    def zero(ctx: PassContext) -> None:
        ctx.encoder.clear_buffer(ctx.buffer("n"))
        assert ctx.size_of("n") == (64, 1)

    runner = run(
        FakePass("zero", [], [Write("n", BufferSpec(64), Use.COPY_DST)], zero),
        FakePass("one", [], [Write("n", use=Use.STORAGE, modifies=True)], count),
        FakePass("two", [], [Write("n", use=Use.STORAGE, modifies=True)], count),
    )
    for _ in range(2):
        plan = runner.graph.compile(SIZE, ["n"])
        encoder = gpu.device.create_command_encoder()
        runner.graph.execute(encoder, plan)
        gpu.submit(encoder)
        data = gpu.queue.read_buffer(runner.graph.buffer("n"), 0, 4)
        assert np.frombuffer(data, np.uint32)[0] == 2


def test_using_what_was_not_declared_is_refused(run: Callable[..., Runner]) -> None:
    def peek(ctx: PassContext) -> None:
        ctx.view("a")

    def attach(ctx: PassContext) -> None:
        with ctx.render_pass(["a"]):
            pass

    def past(ctx: PassContext) -> None:
        ctx.history("a")

    for encode, reads, message in (
        (peek, [], "pass 'p' uses 'a' without declaring it"),
        (attach, ["a"], "pass 'p' attaches 'a' without declaring it as attachment"),
        (past, ["a"], "pass 'p' uses last frame's 'a' without declaring it"),
    ):
        runner = run(clearing("a"), FakePass("p", reads, [], encode, always=True))
        with pytest.raises(AssertionError, match=message):
            runner.frame("a")


def test_textures_beyond_the_limit_are_a_fault(gpu: Gpu) -> None:
    graph = RenderGraph(gpu)
    graph.add(clearing("a"))
    with pytest.raises(GraphError, match=f"textures end at {gpu.max_texture} pixels"):
        graph.compile((gpu.max_texture + 1, 1), ["a"])


def test_an_old_plan_is_not_executed(run: Callable[..., Runner], gpu: Gpu) -> None:
    runner = run(clearing("a"))
    old = runner.graph.compile((4, 4), ["a"])
    runner.graph.compile((5, 5), ["a"])
    with pytest.raises(AssertionError, match="compiled again"):
        runner.graph.execute(gpu.device.create_command_encoder(), old)
