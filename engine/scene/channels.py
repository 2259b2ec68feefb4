"""The numbers of a document that can be animated, each by the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from engine.scene.contents import Contents
from engine.scene.curves import Curve, Number
from engine.scene.document import Scene
from engine.scene.parameters import Parameter, parameters

PARTS = {"colour": "RGB", "ambient": "RGB"}
AXES = "XYZ"

AnyScene = TypeVar("AnyScene", bound=Scene)


@dataclass(frozen=True, slots=True)
class Channel:
    """A number of a node or, where that is None, of the document itself. part: which of a pair or
    of three, from 0; None where the field is one number."""

    node: str | None
    field: str
    part: int | None = None

    @property
    def name(self) -> str:
        """Unique in a document: "Surface 1.translate.0"."""
        part = "" if self.part is None else f".{self.part}"
        return f"{self.node or ''}.{self.field}{part}"


def channels_of(scene: Scene, node: str | None, field: str) -> tuple[Channel, ...]:
    """The channels of a field: one, or one for each of its parts."""
    value = getattr(_holder(scene, node), field)
    if isinstance(value, tuple):
        return tuple(Channel(node, field, part) for part in range(len(value)))
    return (Channel(node, field),)


def animated(scene: Scene) -> Iterator[Channel]:
    """The channels that have keys, in the order of the document."""
    for node in (None, *(node.id for node in scene.nodes)):
        holder = _holder(scene, node)
        for parameter in _parameters(holder):
            if not parameter.animated:
                continue
            value = getattr(holder, parameter.name)
            if isinstance(value, Curve):
                yield Channel(node, parameter.name)
            elif isinstance(value, tuple):
                for part, number in enumerate(value):
                    if isinstance(number, Curve):
                        yield Channel(node, parameter.name, part)


def number_of(scene: Scene, channel: Channel) -> Number | None:
    """What a channel holds; None where the document has no such channel, or it is automatic."""
    if channel.node is not None and all(node.id != channel.node for node in scene.nodes):
        return None
    value = getattr(_holder(scene, channel.node), channel.field, None)
    return value if channel.part is None or value is None else value[channel.part]


def with_numbers(scene: AnyScene, numbers: Mapping[Channel, Number]) -> AnyScene:
    """The document with other numbers in some channels. Raises SceneError."""
    fields: dict[str | None, dict[str, Any]] = {}
    for channel, number in numbers.items():
        given = fields.setdefault(channel.node, {})
        if channel.part is None:
            given[channel.field] = number
            continue
        now = getattr(_holder(scene, channel.node), channel.field)
        parts = list(given.get(channel.field, now))
        parts[channel.part] = number
        given[channel.field] = tuple(parts)
    for node, values in fields.items():
        scene = scene.with_settings(**values) if node is None else scene.with_values(node, **values)
    return scene


def parameter_of(scene: Scene, channel: Channel) -> Parameter:
    """What is known of the field that a channel belongs to."""
    holder = _holder(scene, channel.node)
    return next(p for p in _parameters(holder) if p.name == channel.field)


def title_of(scene: Scene, channel: Channel) -> str:
    """What an artist calls it: "Translate X"."""
    label = parameter_of(scene, channel).label
    if channel.part is None:
        return label
    return f"{label} {PARTS.get(channel.field, AXES)[channel.part]}"


def _holder(scene: Scene, node: str | None) -> msgspec.Struct:
    return scene if node is None else scene.node(node)


def _parameters(holder: msgspec.Struct) -> tuple[Parameter, ...]:
    return parameters(Contents if isinstance(holder, Contents) else type(holder))
