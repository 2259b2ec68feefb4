"""Passes for tests of the render graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from engine.graph import PassContext, Read, Write


class FakePass:
    """A pass that declares what it is told to and encodes what it is told to.

    reads: `Read`s, or names to be sampled.
    """

    def __init__(
        self,
        name: str,
        reads: Iterable[Read | str] = (),
        writes: Sequence[Write] = (),
        encode: Callable[[PassContext], None] | None = None,
        *,
        always: bool = False,
    ) -> None:
        self.name = name
        self.reads = tuple(r if isinstance(r, Read) else Read(r) for r in reads)
        self.writes = tuple(writes)
        self.always = always
        self._encode = encode
        self.encoded = 0

    def __repr__(self) -> str:
        return f"<pass {self.name}>"

    def encode(self, ctx: PassContext) -> None:
        self.encoded += 1
        if self._encode is not None:
            self._encode(ctx)
