"""Text for a terminal: names and paths may hold anything, and a terminal obeys some of it."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 400
"""Characters of a word from which on its middle is left out: a path, or a name made to flood."""

_WORD = re.compile(r"\S+")


def plain(text: str) -> str:
    """The text on one line, without anything that a terminal would obey: control characters, line
    ends, lone surrogates and marks that turn the direction of writing are shown as escapes. Words
    longer than LONGEST lose their middle."""
    shown = "".join(_shown(character) for character in text)
    return _WORD.sub(lambda word: _cut(word[0]), shown)


def _shown(character: str) -> str:
    # Cc: control, Cf: format (direction of writing, invisible), Cs: surrogate, Zl, Zp: line ends
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return character.encode("unicode_escape").decode()
    return character


def _cut(word: str) -> str:
    if len(word) <= LONGEST:
        return word
    half = LONGEST // 2
    return f"{word[:half]}…{word[-half:]}"
