"""How much a file may ask for, before any of it is allocated: a header may claim any amount.

Each limit is raised by an environment variable, which the sentence that refuses something names.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum

from engine.errors import RilievoError


@dataclass(frozen=True, slots=True)
class Limit:
    """most: where nothing else is said. variable: the environment variable that says it. unit: of
    both, in words."""

    most: int
    variable: str
    unit: str


class Limits(Enum):
    PIXELS = Limit(2**27, "RILIEVO_MAX_PIXELS", "pixels")
    """Of one picture, its display window included."""

    TEXT = Limit(256 * 2**20, "RILIEVO_MAX_DOCUMENT", "bytes")
    """Of a document, a sidecar, a camera file."""

    FRAMES = Limit(10**6, "RILIEVO_MAX_FRAMES", "frames")
    """Of one job: eleven hours at 24 fps."""

    @property
    def most(self) -> int:
        """The limit that holds. Raises RilievoError for a variable that is no number."""
        limit = self.value
        said = os.environ.get(limit.variable, "").strip()
        if not said:
            return limit.most
        if not said.isdecimal() or int(said) < 1:
            raise RilievoError(
                f"{limit.variable} is {said!r}: expected a whole number of {limit.unit}"
            )
        return int(said)

    def excess(self, amount: int) -> str:
        """Why an amount is too much and what to do, to end a sentence; empty where it is not."""
        limit, most = self.value, self.most
        if amount <= most:
            return ""
        return (
            f"more than the limit of {most:,} {limit.unit}: if that is meant, set"
            f" {limit.variable} to {amount}"
        )
