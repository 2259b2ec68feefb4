"""Controls that edit a field of several nodes at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from imgui_bundle import imgui

from engine.scene import (
    AnalysisType,
    AnyNode,
    Curve,
    Parameter,
    Scene,
    channels_of,
    parameters,
    set_at,
    value_at,
)
from ui.window import analysis_edits, fields, key_button
from ui.window.editor import Editor


def shared(nodes: Sequence[AnyNode]) -> tuple[Parameter, ...]:
    """The parameters that all these nodes have and that mean the same in each, but for the name."""
    first, *rest = (parameters(type(node)) for node in nodes)
    return tuple(p for p in first if p.name != "id" and all(p in other for other in rest))


def rows(editor: Editor, nodes: Sequence[AnyNode], found: Iterable[Parameter]) -> None:
    """A table with one row for each of these parameters. It shows the first node's values."""
    if not fields.begin_table("shared"):
        return
    for parameter in found:
        values = [getattr(node, parameter.name) for node in nodes]
        mixed = any(value != values[0] for value in values)
        fields.row(
            f"{parameter.label} *" if mixed else parameter.label,
            fields.describe(parameter) + ("\nNot the same in all of them." if mixed else ""),
        )
        imgui.push_id(f"shared.{parameter.name}")
        SharedField(editor, nodes, parameter).draw()
        imgui.pop_id()
    imgui.end_table()


class SharedField(fields.Field):
    """One control for several nodes. Of a vector, only the parts that it changes are changed."""

    def __init__(self, editor: Editor, nodes: Sequence[AnyNode], parameter: Parameter) -> None:
        super().__init__(editor, "shared", parameter, getattr(nodes[0], parameter.name))
        self._nodes = tuple(node.id for node in nodes)

    @property
    def _edited(self) -> tuple[str, ...]:
        return self._nodes

    def _key_button(self) -> None:
        scene, field = self.editor.scene, self.parameter.name
        found = (channels_of(scene, name, field) for name in self._nodes)
        key_button.draw_for(self.editor, tuple(channel for each in found for channel in each))

    def _reset(self) -> None:
        self._set(dict.fromkeys(self._nodes, self.parameter.default))

    def _put(self, value: Any) -> None:
        nodes = [self.editor.scene.node(name) for name in self._nodes]
        own = {node.id: getattr(node, self.parameter.name) for node in nodes}
        self._set({name: self._for(present, value) for name, present in own.items()})

    def _for(self, own: Any, value: Any) -> Any:
        """What a node has after this control, which showed `self.value`, was set to `value`."""
        if self.parameter.kind in ("vector", "pair"):
            parts = zip(own, self.value, value, strict=True)
            return tuple(o if new == old else self._number_for(o, new) for o, old, new in parts)
        return self._number_for(own, value)

    def _number_for(self, own: Any, value: Any) -> Any:
        """A key at this frame where the node's own value is animated, and only there."""
        if isinstance(value, Curve):
            value = value_at(value, self.editor.frame)
        return set_at(own, self.editor.frame, value)

    def _set(self, values: dict[str, Any]) -> None:
        field = self.parameter.name
        if field == "analysis":
            chosen = next(iter(values.values()))
            analysis_edits.choose(self.editor, tuple(values), AnalysisType(chosen))
            return

        def change(scene: Scene) -> Scene:
            for name, value in values.items():
                scene = scene.with_values(name, **{field: value})
            return scene

        label = f"{self.parameter.label} of {len(values)} nodes"
        before = self.editor.scene
        self.editor.edit(change, label, f"{','.join(values)}.{field}")
        if self.parameter.kind == "media":
            self.editor.shows(tuple(values), before)
