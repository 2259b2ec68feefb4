"""What a right click offers in the Schematic, and the line in which a name is typed."""

from __future__ import annotations

from typing import Protocol

from imgui_bundle import imgui

from engine.scene import MAPS, AnyNode, Aov, Geometry, Surface
from ui.window.editor import Editor
from ui.window.kinds import BIN_NAMES, ICONS, KINDS, MENU_NAMES
from ui.window.node_actions import NodeActions
from ui.window.panels.aov import media_of_map


class Graph(Protocol):
    """The Schematic, as its menus see it."""

    def tidy(self) -> None: ...

    def frame(self) -> None: ...

    def rename(self) -> None: ...


class Renaming:
    """A line to type another name in; closed until `open`."""

    def __init__(self, actions: NodeActions) -> None:
        self._actions = actions
        self._name, self._text = "", ""
        self._opening = False

    def open(self, name: str) -> None:
        """Ask for another name for this node."""
        self._name = self._text = name
        self._opening = True

    def draw(self) -> None:
        """Show it while it is open."""
        typing = self._opening
        if typing:
            imgui.open_popup("rename node")
            self._opening = False
        if not imgui.begin_popup("rename node"):
            return
        if typing or imgui.is_window_appearing():
            imgui.set_keyboard_focus_here()
        imgui.set_next_item_width(220)
        flags = imgui.InputTextFlags_.enter_returns_true | imgui.InputTextFlags_.auto_select_all
        entered, self._text = imgui.input_text("##new name", self._text, flags)
        imgui.same_line()
        if imgui.button("Rename") or entered:
            self._actions.rename(self._name, self._text)
            imgui.close_current_popup()
        imgui.end_popup()


def node_menu(graph: Graph, editor: Editor, actions: NodeActions, name: str) -> None:
    """For the node that was clicked."""
    if not imgui.begin_popup("node menu"):
        return
    node = next((node for node in editor.scene.nodes if node.id == name), None)
    if isinstance(node, Surface | Geometry) and imgui.begin_menu("Add Map"):
        for kind in MAPS:
            if imgui.menu_item(f"{ICONS[kind]}  {MENU_NAMES[kind]}", "", False)[0]:
                actions.add(kind, parent=name)
        imgui.end_menu()
    if isinstance(node, Aov):
        refusal = actions.map_refusal(name)
        if imgui.begin_menu("Create Map", not refusal):
            media_of_map(editor, actions, name)
            imgui.end_menu()
        if refusal and imgui.is_item_hovered(imgui.HoveredFlags_.allow_when_disabled):
            imgui.set_tooltip(refusal)
    if node is not None and node.parent is not None and imgui.menu_item("Detach", "", False)[0]:
        actions.hang(name, None)
    imgui.separator()
    for label, keys, act in (
        ("Rename", "F2", graph.rename),
        ("Copy", "Ctrl+C", actions.copy),
        ("Duplicate", "Ctrl+D", actions.duplicate),
        ("Delete", "Delete", actions.delete),
    ):
        if imgui.menu_item(label, keys, False)[0]:
            act()
    if imgui.menu_item("Paste", "Ctrl+V", False, actions.can_paste)[0]:
        actions.paste()
    imgui.end_popup()


def link_menu(actions: NodeActions, child: str) -> None:
    """For the link of a node to its parent."""
    if imgui.begin_popup("link menu"):
        if imgui.menu_item("Cut Link", "Delete", False)[0]:
            actions.hang(child, None)
        imgui.end_popup()


def background_menu(graph: Graph, actions: NodeActions) -> type[AnyNode] | None:
    """Where there is no node; the kind of node that was chosen to be added."""
    chosen = None
    if imgui.begin_popup("background menu"):
        if imgui.begin_menu("Add"):
            for kind in KINDS:
                if imgui.menu_item(f"{ICONS[kind]}  {BIN_NAMES[kind]}", "", False)[0]:
                    chosen = kind
            imgui.end_menu()
        if imgui.menu_item("Paste", "Ctrl+V", False, actions.can_paste)[0]:
            actions.paste()
        imgui.separator()
        if imgui.menu_item("Tidy", "T", False)[0]:
            graph.tidy()
        if imgui.menu_item("Frame", "F", False)[0]:
            graph.frame()
        imgui.end_popup()
    return chosen
