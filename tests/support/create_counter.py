"""Counts what a device is asked to create, to prove that a frame creates nothing."""

from __future__ import annotations

import functools
from collections import Counter
from types import TracebackType
from typing import Any, Self

PER_FRAME = ("create_command_encoder",)


class CreateCounter:
    """Counts the `create_*` calls of a wgpu device by name while it is entered.

        with CreateCounter(gpu.device, "frame 4") as created:
            renderer.render(4)
        created.assert_nothing_made()

    label: what is counted, for the message. counts: calls by name. calls: (name, label of the
    object) in order.
    """

    def __init__(self, device: Any, label: str = "the counted part") -> None:
        self.device = device
        self.label = label
        self.counts: Counter[str] = Counter()
        self.calls: list[tuple[str, str]] = []
        self._depth = 0
        self._shadowed: dict[str, Any] = {}

    def __enter__(self) -> Self:
        # Set on the instance, which shadows the methods of its class. wgpu makes the objects of its
        # blocking helpers (read_texture) through `_create_buffer`: that counts too.
        for name in dir(type(self.device)):
            if name.startswith("create_") or name == "_create_buffer":
                self._shadowed[name] = vars(self.device).get(name)
                setattr(self.device, name, self._counting(name, getattr(self.device, name)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for name, counter_around in self._shadowed.items():
            if counter_around is None:
                delattr(self.device, name)
            else:
                setattr(self.device, name, counter_around)
        self._shadowed.clear()

    def assert_nothing_made(self, allowed: tuple[str, ...] = PER_FRAME) -> None:
        """Fail if anything was created but `allowed`, naming each object."""
        made = [f"{name}({label!r})" for name, label in self.calls if name not in allowed]
        assert not made, f"{self.label} created {len(made)} objects: {', '.join(made)}"

    def _counting(self, name: str, method: Any) -> Any:
        @functools.wraps(method)
        def counted(*args: Any, **kwargs: Any) -> Any:
            # `create_buffer` calls `_create_buffer`: one call, counted once.
            if name != "_create_buffer" or not self._depth:
                label = kwargs.get("label") or (args[0] if args else "")
                self.counts[name] += 1
                self.calls.append((name, str(label)))
            self._depth += 1
            try:
                return method(*args, **kwargs)
            finally:
                self._depth -= 1

        return counted
