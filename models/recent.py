"""The results that were used last, as many as fit."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Keeps values by key within so many bytes; at least one is kept, however large."""

    def __init__(self, bytes: int) -> None:
        self._most = bytes
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.bytes = 0

    def get(self, key: K) -> V | None:
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def put(self, key: K, value: V, bytes: int) -> None:
        before = self._values.pop(key, None)
        self.bytes += bytes - (before[1] if before is not None else 0)
        self._values[key] = value, bytes
        while self.bytes > self._most and len(self._values) > 1:
            _, (_, size) = self._values.popitem(last=False)
            self.bytes -= size

    def clear(self) -> None:
        self._values.clear()
        self.bytes = 0
