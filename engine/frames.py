"""Frame ranges and numbered file names as people write them, for every room that meets them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.errors import RilievoError
from engine.limits import Limits

_ITEM = re.compile(r"(-?\d+)(?:-(-?\d+)(?:x(\d+))?)?")
_TOKEN = re.compile(r"#+|@+|%(?:0?(\d+))?d|\$F(\d*)")
_LARGEST_FRAME = 2**31 - 1  # what an EXR's image counter holds


def parse_frames(text: str) -> list[int]:
    """Frames of a range: `1001-1100`, `1-10x2`, `1,5,9-12`, `-5--1`.

    Items are joined by commas; `a-b` counts from a to b, both included (downwards when b < a),
    `xN` takes every Nth. A frame that is named twice is kept once, where it came first.
    Raises RilievoError with one sentence that names the part which cannot be meant.
    """
    frames: dict[int, None] = {}
    for item in text.split(","):
        frames.update(dict.fromkeys(_expand(item.strip(), text)))
        check_count(len(frames), f"frame range {text!r}")
    return list(frames)


def _expand(item: str, text: str) -> range:
    match = _ITEM.fullmatch(item)
    if match is None:
        whole = item == text.strip()
        what = f"frame range {text!r}" if whole else f"{item!r} in frame range {text!r}"
        raise RilievoError(
            f"{what} is not a frame or a range: write it like 1001-1100, 1-10x2 or 1,5,9-12."
        )
    first = int(match[1])
    last = first if match[2] is None else int(match[2])
    step = 1 if match[3] is None else int(match[3])
    if step == 0:
        raise RilievoError(f"{item!r} in frame range {text!r} has step 0: the step is 1 or more.")
    check_count(abs(last - first) // step + 1, f"frame range {text!r}")
    if max(abs(first), abs(last)) > _LARGEST_FRAME:
        raise RilievoError(f"{item!r} in frame range {text!r} is beyond {_LARGEST_FRAME:,}.")
    return range(first, last + 1, step) if last >= first else range(first, last - 1, -step)


def check_count(frames: int, what: str) -> None:
    """Raises RilievoError for so many frames that they are a slip of the finger or a claim."""
    excess = Limits.FRAMES.excess(frames)
    if excess:
        raise RilievoError(f"{what} has {frames:,} frames, {excess}")


RANGES = 12
"""Ranges that a sentence names, at most."""


def frame_ranges(frames: Iterable[int]) -> str:
    """Frames as people write them, gaps and all: `1001-1003,1007`. Of many ranges the first, and
    how many more there are, up to which frame."""
    numbers = sorted(set(frames))
    starts = [n for n, before in zip(numbers, [None, *numbers], strict=False) if n - 1 != before]
    ends = [n for n, after in zip(numbers, [*numbers[1:], None], strict=True) if n + 1 != after]
    runs = [f"{a}" if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True)]
    if len(runs) <= RANGES:
        return ",".join(runs)
    return f"{','.join(runs[:RANGES])} and {len(runs) - RANGES} more ranges up to {numbers[-1]}"


@dataclass(frozen=True, slots=True)
class FrameName:
    """A path with a place for the frame number: what is before it, its least digits, the rest."""

    before: str
    digits: int
    after: str

    def path(self, frame: int) -> str:
        """As with printf, longer numbers are not cut and the minus sign counts: -5 is `-005`."""
        return f"{self.before}{frame:0{self.digits}d}{self.after}"


def split_name(path: str) -> FrameName | None:
    """The last frame token in the file name, or None: `####`, `@@`, `%04d`, `$F4`, `%d`, `$F`, `@`.

    One digit per `#` or `@`, as Nuke and Houdini read them. Folders are left alone.
    """
    name = os.path.basename(path)
    tokens = list(_TOKEN.finditer(name))
    if not tokens:
        return None
    token = tokens[-1]
    digits = len(token[0]) if token[0][0] in "#@" else int(token[1] or token[2] or 1)
    start = len(path) - len(name)
    return FrameName(path[: start + token.start()], digits, path[start + token.end() :])
