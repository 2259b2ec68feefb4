"""The graph without a GPU: order, culling, one writer, memory, faults, description."""

from __future__ import annotations

from typing import Any

import pytest
import wgpu

from engine.errors import GraphError
from engine.graph import BufferSpec, Plan, Read, RenderGraph, TextureSpec, Use, Write, history
from tests.support.passes import FakePass

HALF = TextureSpec("rgba16float")
FLOAT = TextureSpec("r32float")
DEPTH = TextureSpec("depth32float")
SIZE = (64, 32)


def compiled(passes: list[FakePass], *outputs: str, **imports: Any) -> Plan:
    graph = RenderGraph(None)
    for name, spec in imports.items():
        if isinstance(spec, BufferSpec):
            graph.import_buffer(name, None, spec)
        else:
            graph.import_texture(name, None, spec)
    for item in passes:
        graph.add(item)
    return graph.compile(SIZE, outputs)


def names(plan: Plan) -> list[str]:
    return [item.name for item in plan.passes]


def fault(passes: list[FakePass], *outputs: str, **imports: Any) -> str:
    with pytest.raises(GraphError) as caught:
        compiled(passes, *outputs, **imports)
    return str(caught.value)


def make(name: str, *reads: Read | str, to: str = "", spec: Any = HALF, **more: Any) -> FakePass:
    """A pass that writes one resource, called as the pass unless told otherwise."""
    return FakePass(name, reads, [Write(to or name, spec, **more)])


# -- order and culling --


def test_passes_run_in_the_order_they_were_added() -> None:
    plan = compiled([make("c"), make("a", "c"), make("b", "a")], "b")
    assert names(plan) == ["c", "a", "b"]


def test_what_no_output_needs_is_culled() -> None:
    passes = [make("a"), make("side", "a"), make("b", "a"), make("after", "b"), make("end", "side")]
    plan = compiled(passes, "b")
    assert names(plan) == ["a", "b"]
    assert plan.culled == ["side", "after", "end"]
    assert set(plan.resources) == {"a", "b"}


def test_nothing_asked_for_costs_nothing() -> None:
    plan = compiled([make("a"), make("b", "a")])
    assert names(plan) == []
    assert plan.bytes == 0


def test_a_pass_with_side_effects_is_never_culled() -> None:
    plan = compiled([make("a"), FakePass("recorder", ["a"], [], always=True), make("b")])
    assert names(plan) == ["a", "recorder"]


def test_changes_in_place_are_a_chain() -> None:
    passes = [make("a"), make("tint", to="a", modifies=True), make("b", "a")]
    assert names(compiled(passes, "b")) == ["a", "tint", "b"]


def test_a_change_after_the_last_reader_is_culled() -> None:
    passes = [make("a"), make("b", "a"), make("late", to="a", modifies=True)]
    assert names(compiled(passes, "b")) == ["a", "b"]
    assert names(compiled(passes, "a")) == ["a", "late"]


def test_an_import_can_be_read_written_and_be_an_output() -> None:
    passes = [make("show", "video", to="canvas", spec=None)]
    plan = compiled(passes, "canvas", video=FLOAT, canvas=TextureSpec("bgra8unorm"))
    assert names(plan) == ["show"]
    assert plan.slots == []
    assert plan.bytes == plan.bytes_unpooled == 0
    assert plan.resources["canvas"].imported


def test_an_import_can_be_read_before_and_after_it_is_written() -> None:
    passes = [make("a", "x"), make("w", to="x", spec=None), make("b", "a", "x")]
    assert names(compiled(passes, "b", x=HALF)) == ["a", "w", "b"]


def test_history_keeps_its_maker_alive_even_if_it_comes_later() -> None:
    passes = [make("blend", history("result")), make("result", "blend"), make("other")]
    plan = compiled(passes, "blend")
    assert names(plan) == ["blend", "result"]
    result = plan.resources["result"]
    assert result.slot != result.back
    assert result.back is not None
    assert names(compiled(passes, "other")) == ["other"]


def test_a_pass_can_read_its_own_history() -> None:
    plan = compiled([make("sum", history("sum"))], "sum")
    assert plan.bytes == 2 * 64 * 32 * 8


# -- faults --


def test_reading_before_writing() -> None:
    message = fault([make("a", "b"), make("b")], "a")
    assert message == "pass 'a' reads 'b', which no earlier pass writes (pass 'b' writes it later)"


def test_reading_what_nobody_writes() -> None:
    assert fault([make("a", "x")], "a") == "pass 'a' reads 'x', which no earlier pass writes"


def test_two_writers() -> None:
    message = fault([make("one", to="x"), make("two", to="x")], "x")
    assert "passes 'one' and 'two' both write 'x'" in message
    assert "modifies=True" in message


def test_modifying_what_is_not_there() -> None:
    message = fault([make("a", to="x", modifies=True)], "x")
    assert message.splitlines()[1] == "- pass 'a' modifies 'x', which no earlier pass writes"


@pytest.mark.parametrize(
    ("read", "write"),
    [
        (Use.SAMPLED, Use.COLOUR),
        (Use.SAMPLED, Use.STORAGE),
        (Use.STORAGE, Use.COLOUR),
    ],
)
def test_one_texture_sampled_and_attached(read: Use, write: Use) -> None:
    passes = [make("a"), make("b", Read("a", read), to="a", use=write, modifies=True)]
    message = fault(passes, "a")
    assert f"pass 'b' uses 'a' as {read} and as {write} at the same time" in message


@pytest.mark.parametrize("read", [Use.SAMPLED, Use.DEPTH_READ])
def test_depth_tested_written_and_sampled(read: Use) -> None:
    passes = [
        make("z", spec=DEPTH, use=Use.DEPTH),
        FakePass("b", [Read("z", read)], [Write("z", use=Use.DEPTH, modifies=True)]),
    ]
    assert f"uses 'z' as {read} and as depth" in fault(passes, "z")


def test_depth_may_be_sampled_while_it_is_only_tested_against() -> None:
    passes = [
        make("z", spec=DEPTH, use=Use.DEPTH),
        make("b", "z", Read("z", Use.DEPTH_READ)),
    ]
    assert names(compiled(passes, "b")) == ["z", "b"]


def test_history_may_be_sampled_while_the_new_one_is_attached() -> None:
    assert names(compiled([make("a", history("a"))], "a")) == ["a"]


def test_unknown_output_lists_the_known() -> None:
    message = fault([make("a")], "a", "normals")
    assert message == "output 'normals' is written by no pass; written or imported are: a"


def test_attachments_of_two_sizes() -> None:
    writes = [Write("a", HALF), Write("b", TextureSpec("r32float", scale=0.5))]
    message = fault([FakePass("p", [], writes)], "a")
    assert message == (
        "pass 'p' attaches 'a' of 64x32 and 'b' of 32x16; attachments must have one size"
    )


def test_a_depth_buffer_that_is_tested_counts_as_attachment() -> None:
    passes = [
        make("z", spec=TextureSpec("depth32float", (8, 8)), use=Use.DEPTH),
        make("b", Read("z", Use.DEPTH_READ)),
    ]
    assert "'b' of 64x32 and 'z' of 8x8" in fault(passes, "b")


def test_storage_of_another_size_is_no_attachment() -> None:
    writes = [Write("a", HALF), Write("b", TextureSpec("r32float", (7, 7)), Use.STORAGE)]
    assert names(compiled([FakePass("p", [], writes)], "a")) == ["p"]


@pytest.mark.parametrize(
    ("passes", "message"),
    [
        ([make("a"), make("a", to="b")], "two passes are called 'a'"),
        ([FakePass("a", [], [Write("x", HALF), Write("x", HALF)])], "pass 'a' writes 'x' twice"),
        ([make("a", spec=TextureSpec("rgb99float"))], "unknown format 'rgb99float'"),
        ([make("a", spec=TextureSpec("r32float", (0, 4)))], "has no pixels: 0x4x1"),
        ([make("a", spec=TextureSpec("r32float", layers=0))], "has no pixels: 64x32x0"),
        ([make("a", spec=TextureSpec("r32float", scale=0.0))], "has no pixels"),
        ([make("a", spec=BufferSpec(0), use=Use.STORAGE)], "has 0 bytes"),
        ([make("a", spec=DEPTH)], "writes 'a' as colour, but its format is depth32float"),
        ([make("a", use=Use.DEPTH)], "writes 'a' as depth, but its format is rgba16float"),
        ([make("a", use=Use.VERTEX)], "writes texture 'a' as vertex"),
        ([make("a", spec=BufferSpec(4))], "writes buffer 'a' as colour"),
        ([make("a", spec=None)], "writes 'a' without saying what it is"),
        ([make("a"), make("b", to="a", spec=FLOAT, modifies=True)], "writes 'a' as r32float 64x32"),
        ([make("a", history("x"))], "reads last frame's 'x', which no pass writes"),
    ],
)
def test_other_faults(passes: list[FakePass], message: str) -> None:
    assert message in fault(passes)


def test_history_of_an_import() -> None:
    passes = [make("a", history("x")), make("w", to="x", spec=None)]
    assert "'x', which is imported" in fault(passes, "a", x=HALF)


def test_faults_are_listed_together() -> None:
    passes = [make("a", "missing"), make("b", to="a"), make("c", history("never"))]
    message = fault(passes, "nothing", "c")
    lines = message.splitlines()
    assert lines[0] == "the render graph has 4 faults:"
    for text in ("'missing'", "both write 'a'", "'never'", "output 'nothing'"):
        assert sum(text in line for line in lines[1:]) == 1
    assert len(lines) == 5


def test_a_failed_compile_leaves_the_plan_in_force() -> None:
    graph = RenderGraph(None)
    graph.add(make("a"))
    plan = graph.compile(SIZE, ["a"])
    with pytest.raises(GraphError):
        graph.compile(SIZE, ["b"])
    assert graph.describe() == plan.describe()
    assert graph.compile(SIZE, ["a"]) is plan


# -- sizes, usage, memory --


@pytest.mark.parametrize(
    ("size", "scale", "expected"),
    [
        ((64, 32), 1.0, (64, 32)),
        ((65, 33), 0.5, (33, 17)),
        ((3, 1), 0.25, (1, 1)),
        ((1920, 1080), 2.0, (3840, 2160)),
        ((100, 10), 0.1, (10, 1)),
    ],
)
def test_relative_sizes_round_up(
    size: tuple[int, int], scale: float, expected: tuple[int, int]
) -> None:
    graph = RenderGraph(None)
    graph.add(make("a", spec=TextureSpec("r32float", scale=scale)))
    assert graph.compile(size, ["a"]).resources["a"].size == expected


def test_usage_follows_from_use() -> None:
    t, b = wgpu.TextureUsage, wgpu.BufferUsage
    passes = [
        FakePass(
            "a",
            [],
            [
                Write("x", HALF),
                Write("z", DEPTH, Use.DEPTH),
                Write("v", BufferSpec(64, b.COPY_DST), Use.STORAGE),
            ],
        ),
        FakePass(
            "b",
            ["x", Read("z", Use.DEPTH_READ), Read("v", Use.VERTEX), Read("v", Use.INDIRECT)],
            [Write("y", FLOAT, Use.STORAGE)],
        ),
    ]
    resources = compiled(passes, "y").resources
    assert resources["x"].usage == t.RENDER_ATTACHMENT | t.TEXTURE_BINDING
    assert resources["z"].usage == t.RENDER_ATTACHMENT
    assert resources["v"].usage == b.STORAGE | b.VERTEX | b.INDIRECT | b.COPY_DST
    # An output is shown or read back by whoever asked for it.
    assert resources["y"].usage == t.STORAGE_BINDING | t.TEXTURE_BINDING | t.COPY_SRC


def test_textures_that_never_meet_share_memory() -> None:
    plan = compiled([make("a"), make("b", "a"), make("c", "b"), make("d", "c")], "d")
    slots = [plan.resources[name].slot for name in "abcd"]
    assert slots[0] == slots[2]
    assert slots[1] == slots[3]
    assert slots[0] != slots[1]
    assert plan.bytes == plan.bytes_unpooled // 2


def test_different_kinds_never_share() -> None:
    passes = [make("a"), make("b", "a", spec=FLOAT), make("c", "b", spec=TextureSpec("rg32float"))]
    assert len(compiled(passes, "c").slots) == 3


def test_an_output_keeps_its_memory_to_the_end() -> None:
    plan = compiled([make("a"), make("b", "a"), make("c", "b"), make("d", "c")], "a", "d")
    others = [plan.resources[name].slot for name in "bcd"]
    assert plan.resources["a"].slot not in others


# -- compiling again --


def test_an_unchanged_graph_is_not_compiled_again() -> None:
    graph = RenderGraph(None)
    first, second = make("a"), make("a")
    graph.add(first)
    plan = graph.compile(SIZE, ["a"])
    assert graph.compile(SIZE, ["a"]) is plan
    graph.clear()
    graph.add(second)
    assert graph.compile(SIZE, ["a"]) is plan
    assert plan.passes == [second], "an equal pass object takes the place of the old one"
    assert graph.compile((64, 33), ["a"]) is not plan


def test_a_pass_that_changes_what_it_declares_is_noticed() -> None:
    graph = RenderGraph(None)
    item = make("a")
    graph.add(item)
    plan = graph.compile(SIZE, ["a"])
    item.writes = (*item.writes, Write("b", FLOAT))
    assert graph.compile(SIZE, ["a"]) is not plan


def test_describe_tells_the_whole_plan() -> None:
    graph = RenderGraph(None)
    assert graph.describe() == "not compiled"
    graph.import_texture("video", None, TextureSpec("rgba8unorm", (10, 10)))
    for item in (
        make("upload", "video", to="a"),
        make("b", "a"),
        make("c", "b", history("c")),
        make("unused", "a"),
        make("tint", to="c", modifies=True),
        FakePass("count", ["c"], [Write("n", BufferSpec(1024), Use.STORAGE)], always=True),
    ):
        graph.add(item)
    plan = graph.compile(SIZE, ["c"])
    text = graph.describe()
    assert text == plan.describe()
    assert text.splitlines() == [
        "64x32 → c",
        "  1 upload: video sampled → a colour",
        "  2 b: a sampled → b colour",
        "  3 c: b sampled, c (last frame) sampled → c colour",
        "  4 tint: nothing → c (in place) colour",
        "  5 count: c sampled → n storage",
        "    video: rgba8unorm 10x10, 400 bytes, imported",
        "    a: rgba16float 64x32, 16,384 bytes, memory 0",
        "    b: rgba16float 64x32, 16,384 bytes, memory 1",
        "    c: rgba16float 64x32, 16,384 bytes, memory 2, last frame's in memory 3",
        "    n: 1,024 bytes, memory 4",
        "culled: unused",
        "66,560 bytes; 66,560 without pooling",
    ]
