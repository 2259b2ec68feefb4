"""Monotonic ids for cache keys.

`id()` is reused after garbage collection, so a cache keyed by it can hand out another object's
entry. These ids are never reused within a process. wgpu objects carry such an id already: their
`uid`.
"""

from __future__ import annotations

import itertools

_ids = itertools.count(1)


def next_id() -> int:
    """A number that was never returned before in this process (from 1 upwards)."""
    return next(_ids)
