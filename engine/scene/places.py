"""Where in a document something is wrong, and what was expected there, in words.

msgspec checks types and says where as `$.nodes[3].effect`; here that becomes
`nodes[3].effect ("Z-Depth 1"): expected a number or keys, got a string`.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from difflib import get_close_matches
from enum import Enum
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from engine.errors import SceneError
from engine.scene.nodes import NODE_TYPES

AnyStruct = TypeVar("AnyStruct", bound=msgspec.Struct)

WORDS = {
    "float | object | null": "a number, keys or null",
    "float | object": "a number or keys",
    "float | null": "a number or null",
    "float": "a number",
    "int": "a whole number",
    "int | null": "a whole number or null",
    "int | str | null": "a whole number, a string or null",
    "str": "a string",
    "str | null": "a string or null",
    "bool": "true or false",
    "array": "a list",
    "array | null": "a list or null",
    "object": "an object",
    "null": "null",
}

GOT = WORDS | {"float": "a number with a fraction", "int": "a number"}


def place(path: str, raw: Any) -> str:
    """A path into the document, with the name of the node or media it leads through."""
    match = re.match(r"(nodes|media)\[(\d+)\]", path)
    if not match:
        return path or "the document"
    try:
        entry = raw[match[1]][int(match[2])]
        name = entry.get("id") if match[1] == "nodes" else entry.get("name")
    except (AttributeError, IndexError, KeyError, TypeError):
        name = None
    return f'{path} ("{name}")' if isinstance(name, str) else path


def converted(
    raw: Any, kind: type[AnyStruct], root: type[msgspec.Struct] | None = None, at: str = ""
) -> AnyStruct:
    """JSON values as a `kind`. A wrong type raises SceneError naming the place.

    root, at: where the values are only a part, the type of the whole and the path in it, such as
    `nodes[3]`.
    """
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
    except UnicodeEncodeError:
        raise SceneError(f"{at or 'the document'}: a text in it is not valid Unicode") from None
    path = (at + path.rstrip("`")).removeprefix(".")
    whole = raw
    if at:
        field, index = at.rstrip("]").split("[")
        whole = {field: [None] * int(index) + [raw]}
    for pattern, explain in _EXPLANATIONS:
        match = re.match(pattern, message)
        if match:
            message = explain(match, _follow(root or kind, whole, path))
            break
    raise SceneError(f"{place(path, whole)}: {message}")


def _wrong_type(match: re.Match[str], at: tuple[Any, Any]) -> str:
    return f"expected {WORDS.get(match[1], match[1])}, got {_got(match[2], at[1])}"


def _got(name: str, value: Any) -> str:
    if name == "float" and isinstance(value, float) and not value.is_integer():
        return repr(value)
    return GOT.get(name, name)


def _wrong_length(match: re.Match[str], at: tuple[Any, Any]) -> str:
    found = len(at[1]) if isinstance(at[1], list | tuple) else match[3]
    return f"expected a list of {match[2]} values" + (f", got {found}" if found else "")


def _unknown_field(match: re.Match[str], at: tuple[Any, Any]) -> str:
    fields = getattr(at[0], "__struct_fields__", ())
    near = get_close_matches(match[1], fields, 1)
    hint = f'did you mean "{near[0]}"?' if near else "expected one of " + ", ".join(fields)
    return f'unknown field "{match[1]}"; {hint}'


def _missing_field(match: re.Match[str], at: tuple[Any, Any]) -> str:
    return f'the field "{match[1]}" is missing'


def _unknown_choice(match: re.Match[str], at: tuple[Any, Any]) -> str:
    choices = next((part for part in _parts(at[0]) if _is_enum(part)), ())
    words = ", ".join(f'"{choice.value}"' for choice in choices)
    return f'expected one of {words}, got "{match[1]}"'


def _unknown_type(match: re.Match[str], at: tuple[Any, Any]) -> str:
    words = ", ".join(f'"{node_type.__struct_config__.tag}"' for node_type in NODE_TYPES)
    return f'expected one of {words}, got "{match[1]}"'


_EXPLANATIONS: tuple[tuple[str, Callable[[re.Match[str], tuple[Any, Any]], str]], ...] = (
    (r"Expected `array` of (at least )?length (\d+)(?:, got (\d+))?", _wrong_length),
    (r"Expected `(.+?)`, got `(.+?)`", _wrong_type),
    (r"Object contains unknown field `(.+)`", _unknown_field),
    (r"Object missing required field `(.+)`", _missing_field),
    (r"Invalid enum value '?(.+?)'?$", _unknown_choice),
    (r"Invalid value '(.+)'", _unknown_type),
    (r"Number out of range", lambda match, at: "the number is too large"),
)


def _follow(hint: Any, value: Any, path: str) -> tuple[Any, Any]:
    """The declared type and the value at a path."""
    for name, index in re.findall(r"([A-Za-z_]\w*)|\[(\d+)\]", path):
        hint = _narrowed(hint, value)
        try:
            if name:
                hint = get_type_hints(hint, include_extras=True)[name]
                value = value[name]
            else:
                items = get_args(hint)
                hint = items[0] if items[-1] is Ellipsis else items[int(index)]
                value = value[int(index)]
        except (IndexError, KeyError, TypeError):
            value = None
    return _narrowed(hint, value), value


def _parts(hint: Any) -> tuple[Any, ...]:
    if get_origin(hint) is Annotated:
        return _parts(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(part for item in get_args(hint) for part in _parts(item))
    return (hint,)


def _narrowed(hint: Any, value: Any) -> Any:
    """The part of a union that a value was meant to be."""
    parts = _parts(hint)
    if isinstance(value, dict):
        structs = [part for part in parts if isinstance(part, type) and _is_struct(part)]
        for part in structs:
            if part.__struct_config__.tag == value.get("type") or len(structs) == 1:
                return part
    if isinstance(value, list | tuple):
        return next((part for part in parts if get_origin(part) is tuple), hint)
    return parts[0] if len(parts) == 1 else hint


def _is_struct(part: type) -> bool:
    return issubclass(part, msgspec.Struct)


def _is_enum(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, Enum)
