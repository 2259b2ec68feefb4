"""The threads that a software adapter draws with."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

_RASTERISER = re.compile(r"llvmpipe-(\d+)")


def keep_apart() -> None:
    """Give each of llvmpipe's rasterising threads a core of its own, where there are as many cores.

    The scheduler often wakes two of them on one core, next to another that analyses or encodes, and
    a pass waits for the last. On two cores with everything live this took a tenth of the time. The
    tiles are dealt out as threads get ready, so that one beside another program gets fewer of them.
    Only under Linux, where the threads of a driver can be told by their names.
    """
    if sys.platform != "linux":
        return
    cores = sorted(os.sched_getaffinity(0))
    threads = _rasterisers()
    if {number for _, number in threads} != set(range(len(cores))):
        return  # LP_NUM_THREADS, or so many cores that llvmpipe leaves some alone
    for thread, number in threads:
        try:
            os.sched_setaffinity(thread, {cores[number]})
        except OSError:  # the thread has ended, or the system forbids it: only slower
            continue


def _rasterisers() -> list[tuple[int, int]]:
    """Thread and number, counted from 0, of each; there is a set for each screen of the driver."""
    found: list[tuple[int, int]] = []
    for task in Path("/proc/self/task").iterdir():
        try:
            name = (task / "comm").read_text().strip()
        except OSError:  # it has just ended
            continue
        match = _RASTERISER.fullmatch(name)
        if match:
            found.append((int(task.name), int(match[1])))
    return found
