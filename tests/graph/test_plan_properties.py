"""Properties of compiled plans over random graphs, without a GPU."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.graph import Plan, Read, RenderGraph, TextureSpec, Use, Write, history
from tests.support.passes import FakePass

FORMATS = ("rgba16float", "r32float")


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[FakePass], list[str]]:
    """A faultless graph of up to 12 passes, and the outputs asked for."""
    known: dict[str, TextureSpec] = {}
    passes: list[FakePass] = []
    for index in range(draw(st.integers(1, 12))):
        reads: dict[str, Read] = {}
        if known:
            for name in draw(st.lists(st.sampled_from(sorted(known)), max_size=3, unique=True)):
                reads[name] = Read(name)
        writes: list[Write] = []
        free = sorted(known.keys() - reads.keys())
        if free and draw(st.booleans()):
            name = draw(st.sampled_from(free))
            writes.append(Write(name, known[name], Use.STORAGE, modifies=True))
        for number in range(draw(st.integers(0 if writes else 1, 2))):
            name = f"t{index}.{number}"
            known[name] = TextureSpec(draw(st.sampled_from(FORMATS)))
            writes.append(Write(name, known[name], Use.STORAGE))
        always = draw(st.integers(0, 9)) == 0
        passes.append(FakePass(f"p{index}", reads.values(), writes, always=always))
    for item in passes:
        if draw(st.integers(0, 5)) == 0:
            name = draw(st.sampled_from(sorted(known)))
            item.reads = (*item.reads, history(name))
    outputs = draw(st.lists(st.sampled_from(sorted(known)), max_size=3, unique=True))
    return passes, outputs


def compiled(passes: list[FakePass], outputs: list[str]) -> Plan:
    graph = RenderGraph(None)
    for item in passes:
        graph.add(item)
    return graph.compile((16, 8), outputs)


def alive(plan: Plan, name: str) -> range:
    """Places in the order at which a name's content matters, written down independently."""
    last = len(plan.passes)
    touched = [
        index
        for index, item in enumerate(plan.passes)
        if any(use.name == name for use in (*item.reads, *item.writes))
    ]
    read_later = any(r.history and r.name == name for item in plan.passes for r in item.reads)
    if name in plan.outputs or read_later:
        return range(0 if read_later else min(touched), last + 1)
    return range(min(touched), max(touched) + 1)


@given(graphs())
@settings(deadline=None, max_examples=300)
def test_no_two_resources_alive_at_once_share_memory(
    graph: tuple[list[FakePass], list[str]],
) -> None:
    plan = compiled(*graph)
    places: dict[int, list[range]] = {}
    for resource in plan.resources.values():
        assert resource.slot is not None
        slots = [resource.slot] if resource.back is None else [resource.slot, resource.back]
        for slot in slots:
            for other in places.get(slot, ()):
                mine = alive(plan, resource.name)
                assert not set(mine) & set(other), f"{resource.name} shares memory {slot}"
            places.setdefault(slot, []).append(alive(plan, resource.name))
            held = plan.slots[slot]
            assert (held.format, held.size) == (resource.format, resource.size)
            assert held.usage & resource.usage == resource.usage
    assert plan.bytes <= plan.bytes_unpooled


def produces(passes: list[FakePass], outputs: list[str]) -> dict[tuple[str, int], object]:
    """A toy run: each version's value is the expression it was made by, two frames in a row."""
    held: dict[str, object] = {}
    last: dict[str, object] = {}
    for _ in range(2):
        last, held = held, {}
        for item in passes:
            seen = tuple((last if r.history else held).get(r.name, "zero") for r in item.reads)
            before = tuple(held[w.name] for w in item.writes if w.modifies)
            for write in item.writes:
                held[write.name] = (item.name, write.name, seen, before)
    return {(name, 0): held[name] for name in outputs}


@given(graphs())
@settings(deadline=None, max_examples=300)
def test_outputs_are_the_same_without_the_culled_passes(
    graph: tuple[list[FakePass], list[str]],
) -> None:
    passes, outputs = graph
    plan = compiled(passes, outputs)
    live = {item.name for item in plan.passes}
    assert live.isdisjoint(plan.culled)
    assert [item.name for item in passes if item.name in live] == [p.name for p in plan.passes]
    assert len(live) + len(plan.culled) == len(passes)
    assert all(item.name in live for item in passes if item.always)
    kept = [item for item in passes if item.name in live]
    assert produces(kept, outputs) == produces(passes, outputs)


@given(graphs())
@settings(deadline=None, max_examples=300)
def test_every_live_pass_is_needed(graph: tuple[list[FakePass], list[str]]) -> None:
    """Each pass that runs is an output's last writer, always runs, or a live one reads from it."""
    passes, outputs = graph
    plan = compiled(passes, outputs)
    for index, item in enumerate(plan.passes):
        reasons = item.always  # type: ignore[attr-defined]
        for write in item.writes:
            later = [
                (other, any(w.name == write.name for w in other.writes))
                for other in plan.passes[index + 1 :]
            ]
            read = any(
                r.name == write.name and not r.history for other, _ in later for r in other.reads
            )
            changed = any(again for _, again in later)
            final = write.name in outputs or any(
                r.history and r.name == write.name for other in plan.passes for r in other.reads
            )
            reasons = reasons or read or changed or final
        assert reasons, f"{item.name} runs for nothing"


@given(graphs())
@settings(deadline=None, max_examples=100)
def test_compiling_is_deterministic(graph: tuple[list[FakePass], list[str]]) -> None:
    assert compiled(*graph).describe() == compiled(*graph).describe()
