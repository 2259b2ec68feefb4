"""What a result was made from and by what, for files that are to say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.cache import digest


@dataclass(frozen=True, slots=True)
class Provenance:
    """model: name and fingerprint of what made it, for people and programs. made_from: the picture
    or clip, and the settings, in plain data."""

    model: str
    made_from: tuple[Any, ...]

    def key(self, *more: Any) -> str:
        """32 hexadecimal digits, the same for results that would be the same. more: what was done
        to them after."""
        return digest(self.model, self.made_from, more)[:32]
