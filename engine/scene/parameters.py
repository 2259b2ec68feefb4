"""What every field of the document means, in one place.

A field is declared once, as `name: Annotated[type, Param(...)] = default`. `parameters` reads that
back, so that panels, checks and help are generated and never repeat it.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from engine.scene.curves import Curve

Kind = Literal[
    "number",
    "vector",
    "pair",
    "integer",
    "switch",
    "choice",
    "choice_or_number",
    "text",
    "node",
    "media",
    "list",
]


@dataclass(frozen=True, slots=True)
class Param:
    """A field's label, its meaning in one line, its unit, and the closed range it may have.

    names: for fields that name something else in the document: "node" (an id) or "media" (a number
    in the media list, the first is 1).
    """

    label: str
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    names: Literal["node", "media"] | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A field of a node, of a media or of the document, with all that is known of it.

    kind: which sort of control edits it. default: `msgspec.NODEFAULT` where a value is required.
    animated: may be a Curve. optional: may be None, which means automatic or none.
    choices: values of a choice, those without a number.
    """

    name: str
    label: str
    meaning: str
    unit: str
    low: float | None
    high: float | None
    kind: Kind
    default: Any
    animated: bool
    optional: bool
    choices: tuple[str, ...]


@cache
def parameters(struct: type[msgspec.Struct]) -> tuple[Parameter, ...]:
    """The parameters of a struct, in the order of its declaration."""
    hints = get_type_hints(struct, include_extras=True)
    found = []
    for field in msgspec.structs.fields(struct):
        hint = hints[field.name]
        assert get_origin(hint) is Annotated, f"{struct.__name__}.{field.name} has no Param"
        plain, param = get_args(hint)[:2]
        parts = _union_parts(plain)
        kind, choices = _kind(parts, param)
        animated = Curve in _flat(parts)
        found.append(
            Parameter(
                field.name,
                param.label,
                param.meaning,
                param.unit,
                param.low,
                param.high,
                kind,
                field.default,
                animated,
                type(None) in parts,
                choices,
            )
        )
    return tuple(found)


def _union_parts(hint: Any) -> tuple[Any, ...]:
    is_union = get_origin(hint) in (Union, types.UnionType)
    return get_args(hint) if is_union else (hint,)


def _flat(parts: tuple[Any, ...]) -> set[Any]:
    """All types named by a hint, those inside a tuple included."""
    flat: set[Any] = set()
    for part in parts:
        inner = get_args(part) if get_origin(part) is tuple else ()
        flat |= {part} | {leaf for item in inner for leaf in _union_parts(item)}
    return flat


def _kind(parts: tuple[Any, ...], param: Param) -> tuple[Kind, tuple[str, ...]]:
    if param.names:
        return param.names, ()
    for part in parts:
        if isinstance(part, type) and issubclass(part, Enum):
            choices = tuple(str(member.value) for member in part)
            return ("choice_or_number" if float in parts else "choice"), choices
        if get_origin(part) is tuple:
            items = get_args(part)
            if items[-1] is Ellipsis:
                return "list", ()
            return ("vector" if len(items) == 3 else "pair"), ()
    if bool in parts:
        return "switch", ()
    if float in parts:
        return "number", ()
    if int in parts:
        return "integer", ()
    return "text", ()
