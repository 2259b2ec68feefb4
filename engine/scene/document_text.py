"""The text of a document, made in small pieces: a long one is written beside the drawing, and
whoever makes it can rest between two pieces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import Enum
from typing import Any

import msgspec

from engine.scene.curves import Key

LINE = 100
_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_CLOSERS = {"{": "}", "[": "]"}


def shallow(struct: msgspec.Struct) -> dict[str, Any]:
    """The fields of a struct as they are written, with what they hold as it is."""
    config = struct.__struct_config__
    tag = {} if config.tag is None else {str(config.tag_field): config.tag}
    return tag | {name: getattr(struct, name) for name in struct.__struct_fields__}


def formatted(value: Any, indent: str = "") -> str:
    """JSON with two spaces of indent; what fits on a line and holds no object in a list stays on
    one line, so that a vector or a key is one line."""
    return "".join(pieces(value, indent))


def pieces(value: Any, indent: str = "") -> Iterator[str]:
    """The parts of that text in order, each no more than a line. value: plain, or with structs of
    the document in it."""
    line = _line(value, LINE - len(indent))
    if line is not None:
        yield line
        return
    value = _opened(value)
    inner = indent + "  "
    opener = "{" if isinstance(value, dict) else "["
    before = f"{opener}\n{inner}"
    for item in value:
        if isinstance(value, dict):
            before = f"{before}{_JSON.encode(item)}: "
            item = value[item]
        line = _line(item, LINE - len(inner))
        if line is None:
            yield before
            yield from pieces(item, inner)
        else:
            yield before + line
        before = f",\n{inner}"
    yield f"\n{indent}{_CLOSERS[opener]}"


def _line(value: Any, room: int) -> str | None:
    """A value as one line; None where it takes several. room: letters, for what could be more."""
    if isinstance(value, Key):
        line = _JSON.encode(msgspec.to_builtins(value))
        return line if len(line) <= room else None
    value = _opened(value)
    if not isinstance(value, dict | list | tuple) or not value:
        return _JSON.encode(value)
    if len(value) > room or _is_tall(value):
        return None
    line = _JSON.encode(value)
    return line if len(line) <= room else None


def _opened(value: Any) -> Any:
    if isinstance(value, Key):
        return msgspec.to_builtins(value)
    if isinstance(value, msgspec.Struct):
        return shallow(value)
    return value.value if isinstance(value, Enum) else value


def _is_tall(value: Any) -> bool:
    """Whether a value reads better over several lines even where one would do."""
    items = value.values() if isinstance(value, dict) else value
    if isinstance(value, list | tuple):
        return any(_is_object(item) for item in items)
    return "id" in value or any(_is_object(item) or _has_objects(item) for item in items)


def _is_object(item: Any) -> bool:
    return isinstance(item, dict | msgspec.Struct)


def _has_objects(item: Any) -> bool:
    return isinstance(item, list | tuple) and any(_is_object(part) for part in item)
