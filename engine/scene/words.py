"""Names of the format as people read them, in every window, list and message."""

from __future__ import annotations

import re
from functools import cache

from engine.scene.contents import Contents, Media
from engine.scene.nodes import NODE_TYPES
from engine.scene.parameters import Parameter, parameters

SPELLED = {
    "uv": "UV",
    "object_id": "Object ID",
    "z_depth": "Z-Depth",
    "face_global": "Face and Global",
}
_PLACE = re.compile(
    r"""(?:(?:nodes|media)\[\d+\])?\.?(?P<path>[A-Za-z_][\w.\[\]]*)?(?: \("(?P<name>.*?)"\))?: """
)


def readable(choice: str) -> str:
    """A choice as people write it: "camera_rays" is "Camera Rays"."""
    if sorted(choice) == ["x", "y", "z"]:
        return choice.upper()
    if choice in SPELLED:
        return SPELLED[choice]
    return choice.replace("_", " ").title() if choice.islower() else choice


def spoken(text: str) -> str:
    """A message about a place in a document in the words of the interface: for
    `nodes[3].parent ("Z-Depth 2"): …` it says `Parent of "Z-Depth 2": …`. Others stay as they are.
    """
    found = _PLACE.match(text)
    if found is None or not (text.startswith(("nodes[", "media[")) or _is_setting(found["path"])):
        return text
    field = (found["path"] or "").split(".")[0].split("[")[0]
    known = _fields(text[:5]).get(field, ())
    label = known[0].label if known else readable(field)
    where = [label] if label else []
    if found["name"]:
        where.append(f'"{found["name"]}"')
    rest = re.sub(r"\b(?:nodes|media)\[\d+\]", "another one", text[found.end() :])
    choices = {choice for parameter in known for choice in parameter.choices}
    rest = re.sub(r'"(\w+)"', lambda m: readable(m[1]) if m[1] in choices else m[0], rest)
    rest = re.sub(r"\b(mark_in|mark_out)\b", lambda m: _fields("")[m[1]][0].label, rest)
    return f"{' of '.join(where)}: {rest}" if where else rest


def _is_setting(path: str | None) -> bool:
    return path is not None and path.split("[")[0].split(".")[0] in Contents.__struct_fields__


@cache
def _fields(of: str) -> dict[str, tuple[Parameter, ...]]:
    """All fields of a name that the nodes or the media have, or else the document."""
    found: dict[str, tuple[Parameter, ...]] = {}
    kinds = {"nodes": NODE_TYPES, "media": (Media,)}.get(of, (Contents,))
    for kind in kinds:
        for parameter in parameters(kind):
            found[parameter.name] = (*found.get(parameter.name, ()), parameter)
    return found
