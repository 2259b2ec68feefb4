"""The links of the Schematic: from each node to what carries it, and those pulled by hand."""

from __future__ import annotations

from collections.abc import Mapping

from imgui_bundle import imgui
from imgui_bundle import imgui_node_editor as nodes

from engine.scene import Scene
from ui.window.node_actions import NodeActions
from ui.window.schematic_layout import curve
from ui.window.schematic_nodes import Drawn, Names
from ui.window.theme import ACCENT, FAINT, RED, packed

OVER = 0.5  # how opaque a link is over a node: to be followed, and the name below it read

End = tuple[str, str]
"""A node, and which end of a link it is: to its "parent" or to a "child"."""


class Links:
    def __init__(self, names: Names, actions: NodeActions) -> None:
        self._names, self._actions = names, actions
        self._start: End | None = None  # of the link that is being pulled

    def draw(self, scene: Scene, parts: Mapping[str, Drawn]) -> None:
        """Those of the document, of nodes that were drawn just now (parts: of each).

        The node editor draws links behind all nodes. Nodes stand where the artist puts them, so
        each link is drawn once more, thinly, over them: none is lost behind a node."""
        over = imgui.get_window_draw_list()
        for node in scene.nodes:
            if node.parent is not None:
                own, carrier = self._names.of(node.id), self._names.of(node.parent)
                colour = imgui.ImVec4(*FAINT)
                nodes.link(own.link, carrier.child_end, own.parent_end, colour, 2.0)
                points = curve(parts[node.parent].child_end, parts[node.id].parent_end)
                over.add_bezier_cubic(*points, packed(FAINT, OVER), 2.0)

    def pull(self, scene: Scene, under: str | None) -> None:
        """The one that is being pulled from one node to another; where it is let go, the document
        is changed, or what is wrong with it is said. under: the node that the pointer is over."""
        if imgui.is_mouse_clicked(imgui.MouseButton_.left):
            self._start = self._names.name(nodes.get_hovered_pin().id())
        if not nodes.begin_create(imgui.ImVec4(*ACCENT), 2.0):
            return
        first, second, loose = nodes.PinId(), nodes.PinId(), nodes.PinId()
        if nodes.query_new_link(first, second):
            self._over(self._names.name(first.id()), self._names.name(second.id()))
        elif nodes.query_new_node(loose):
            self._over_nothing(scene, self._names.name(loose.id()))
        elif under is not None and self._start is not None and under != self._start[0]:
            # The node editor knows of ends alone; anywhere on a node is as good as its end.
            name, which = self._start
            self._joined(*((name, under) if which == "parent" else (under, name)))
        nodes.end_create()

    def _joined(self, child: str, parent: str) -> None:
        refusal = self._actions.refusal(child, parent)
        if refusal:
            imgui.set_tooltip(refusal)
        if imgui.is_mouse_released(imgui.MouseButton_.left):
            self._actions.hang(child, parent)

    def _over(self, first: End | None, second: End | None) -> None:
        """Pulled from one end to another."""
        if first is None or second is None or first[0] == second[0] or first[1] == second[1]:
            nodes.reject_new_item(imgui.ImVec4(*RED), 2.0)
            return
        (child, _), (parent, _) = (first, second) if first[1] == "parent" else (second, first)
        refusal = self._actions.refusal(child, parent)
        if refusal:
            imgui.set_tooltip(refusal)
        # What cannot be is accepted as well, to learn that it was let go: then it is said.
        if nodes.accept_new_item(imgui.ImVec4(*(RED if refusal else ACCENT)), 3.0):
            self._actions.hang(child, parent)

    def _over_nothing(self, scene: Scene, end: End | None) -> None:
        """Pulled off its parent."""
        if end is None or end[1] != "parent" or scene.node(end[0]).parent is None:
            nodes.reject_new_item()
        elif nodes.accept_new_item(imgui.ImVec4(*FAINT), 2.0):
            self._actions.hang(end[0], None)
