"""The pool, on a device that only counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.gpu import Gpu, TexturePool
from engine.gpu.pool import Descriptor


@dataclass(eq=False)
class Made:
    label: str
    what: tuple[Any, ...]


@dataclass
class CountingGpu:
    """Stands for a device: remembers what is alive, and the most that ever was at once."""

    alive: list[Made] = field(default_factory=list)
    made: int = 0

    def texture(self, format: str, size: Any, usage: int, *, layers: int, label: str) -> Made:
        return self._make(label, (format, size, layers, usage))

    def buffer(self, size: int, usage: int, *, label: str) -> Made:
        return self._make(label, ("", (size, 1), 1, usage))

    def _make(self, label: str, what: tuple[Any, ...]) -> Made:
        self.alive.append(Made(label, what))
        self.made += 1
        return self.alive[-1]

    def drop(self, resource: Made) -> None:
        self.alive.remove(resource)


def pool() -> tuple[CountingGpu, TexturePool]:
    gpu = CountingGpu()
    return gpu, TexturePool(cast(Gpu, gpu))


SMALL, LARGE = Descriptor("r32float", (4, 4), 1, 4), Descriptor("r32float", (8, 8), 1, 4)
BUFFER = Descriptor("", (256, 1), 1, 128)

wishes = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from([SMALL, LARGE, BUFFER]), st.booleans()),
    max_size=6,
    unique_by=lambda wish: wish[0],
)


@given(st.lists(wishes, max_size=6))
@settings(deadline=None, max_examples=200)
def test_the_pool_holds_just_what_is_wanted(
    plans: list[list[tuple[str, Descriptor, bool]]],
) -> None:
    gpu, held = pool()
    before: dict[str, tuple[Descriptor, Any]] = {}
    for wanted in plans:
        got = cast(list[Made], held.exchange(wanted))
        assert len(gpu.alive) == len(held) == len(wanted)
        assert {id(made) for made in got} == {id(made) for made in gpu.alive}
        assert held.bytes == sum(descriptor.bytes for _, descriptor, _ in wanted)
        for (label, descriptor, own), made in zip(wanted, got, strict=True):
            assert made.what == (
                descriptor.format, descriptor.size, descriptor.layers, descriptor.usage,
            )  # fmt: skip
            if label in before and before[label][0] == descriptor:
                assert made is before[label][1], "the same label keeps its content"
            elif own:
                assert all(made is not old for _, old in before.values())
        pairs = zip(wanted, got, strict=True)
        before = {label: (descriptor, made) for (label, descriptor, _), made in pairs}
    held.release()
    assert gpu.alive == []


def test_what_fits_under_another_label_is_kept() -> None:
    gpu, held = pool()
    held.exchange([("a", SMALL, False), ("b", LARGE, False)])
    held.exchange([("c", LARGE, False), ("d", SMALL, False)])
    assert gpu.made == 2


def test_bytes() -> None:
    assert SMALL.bytes == 64
    assert BUFFER.bytes == 256
    assert Descriptor("rgba16float", (3, 5), 2, 0).bytes == 3 * 5 * 2 * 8
