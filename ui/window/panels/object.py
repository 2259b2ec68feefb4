"""The object menu: the parameters of what is selected, in tabs, and its name."""

from __future__ import annotations

import msgspec
from imgui_bundle import imgui

from engine.scene import KIND_NAMES, AnyNode, Aov, Parameter, ZDepthMap, parameters
from ui.window import fields, shared_fields
from ui.window.editor import Editor
from ui.window.kinds import COLOURS, ICONS
from ui.window.node_actions import NodeActions
from ui.window.panels import aov
from ui.window.panels.zmap import MapMenu
from ui.window.region_tool import RegionTool
from ui.window.theme import inner_tabs

TITLE = "Object"
TABS = {"Node": "", "Placed": "Axis", "Shown": "Material"}
"""The tab of what several kinds have in common, by the part of a node that declares it."""
HEAD = ("id", "parent")
OWN = "the node's own"


def tabs(kind: type[AnyNode]) -> dict[str, tuple[Parameter, ...]]:
    """The parameters of a kind of node by tab, what only it has first; without name and parent."""
    declared: dict[str, str] = {}
    for part in reversed(kind.__mro__):
        if issubclass(part, msgspec.Struct):
            for field in part.__struct_fields__:
                declared.setdefault(field, part.__name__)
    found: dict[str, list[Parameter]] = {KIND_NAMES[kind]: [], "Material": [], "Axis": []}
    for parameter in parameters(kind):
        if parameter.name not in HEAD:
            title = TABS.get(declared[parameter.name], KIND_NAMES[kind])
            found[title].append(parameter)
    return {title: tuple(group) for title, group in found.items() if group}


class ObjectMenu:
    """regions: the tool that draws a map's regions in the picture."""

    def __init__(self, editor: Editor, actions: NodeActions, regions: RegionTool) -> None:
        self._editor, self._actions = editor, actions
        self._map = MapMenu(editor, regions)
        self._wanted = ""
        self._name, self._typed = "", ""

    def show(self, tab: str) -> None:
        """Bring a tab to the front; empty: the one that only this kind of node has."""
        self._wanted = tab or OWN

    def draw(self) -> None:
        """The panel's content."""
        editor = self._editor
        chosen = [node for node in editor.scene.nodes if node.id in editor.selection]
        if not chosen:
            imgui.text_wrapped("Select a node in the Schematic to see its parameters.")
        elif len(chosen) == 1:
            self._one(chosen[0])
        else:
            self._several(chosen)

    def _one(self, node: AnyNode) -> None:
        imgui.align_text_to_frame_padding()
        imgui.text_colored(imgui.ImVec4(*COLOURS[type(node)]), ICONS[type(node)])
        imgui.same_line()
        if self._rename(node.id):
            return  # the next frame shows it under its new name
        fields.rows(self._editor, node.id, ("parent",))
        with inner_tabs():
            self._tabs(node)

    def _tabs(self, node: AnyNode) -> None:
        if not imgui.begin_tab_bar("tabs"):
            return
        own = KIND_NAMES[type(node)]
        wanted = own if self._wanted == OWN else self._wanted
        for title, group in tabs(type(node)).items():
            is_wanted = wanted == title
            flags = imgui.TabItemFlags_.set_selected if is_wanted else imgui.TabItemFlags_.none
            if imgui.begin_tab_item(f"{title}###{title} tab", None, flags)[0]:
                imgui.begin_child(f"##{title}")
                if isinstance(node, ZDepthMap) and title == own:
                    self._map.draw(node)
                elif isinstance(node, Aov):
                    aov.draw(self._editor, self._actions, node)
                else:
                    fields.rows(self._editor, node.id, (p.name for p in group))
                imgui.end_child()
                imgui.end_tab_item()
        self._wanted = ""
        imgui.end_tab_bar()

    def _rename(self, name: str) -> bool:
        """The name, to be typed over; whether it is another now."""
        if name != self._name:
            self._name = self._typed = name
        imgui.set_next_item_width(-1)
        _, self._typed = imgui.input_text("##node name", self._typed)
        imgui.set_item_tooltip("The node's name")
        if imgui.is_item_deactivated_after_edit():
            self._name = ""  # what cannot be is not left standing
            return self._actions.rename(name, self._typed)
        return False

    def _several(self, chosen: list[AnyNode]) -> None:
        imgui.text(f"{len(chosen)} nodes")
        imgui.push_text_wrap_pos(0.0)
        imgui.text_disabled(", ".join(node.id for node in chosen))
        imgui.pop_text_wrap_pos()
        imgui.separator()
        found = [p for p in shared_fields.shared(chosen) if p.kind != "list"]
        imgui.begin_child("##shared parameters")
        shared_fields.rows(self._editor, chosen, found)
        imgui.end_child()
