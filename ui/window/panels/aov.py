"""The 3D AOV: what it shows, and the map that it needs."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.scene import NEEDED_MAPS, Aov, AovType
from ui.window import fields
from ui.window.editor import Editor
from ui.window.kinds import BIN_NAMES, ICONS
from ui.window.node_actions import NodeActions


def draw(editor: Editor, actions: NodeActions, node: Aov) -> None:
    """Its parameters, those that its Type has, and Create Map."""
    names = ["kind"]
    if node.kind is AovType.Z_DEPTH:
        names.append("depth")
    elif node.kind is AovType.MOTION_VECTORS:
        names.append("motion")
    fields.rows(editor, node.id, names)
    imgui.spacing()
    kind = NEEDED_MAPS.get(node.kind)
    refusal = actions.map_refusal(node.id)
    imgui.begin_disabled(bool(refusal))
    icon = icons.ICON_FA_PLUS if kind is None else ICONS[kind]
    if imgui.button(f"{icon} Create Map###create map", (-1, 0)):
        actions.create_map(node.id)
    imgui.end_disabled()
    if kind is not None and not refusal:
        imgui.set_item_tooltip(f"Adds a {BIN_NAMES[kind]} to what this AOV is about")
    imgui.push_text_wrap_pos(0.0)
    imgui.text_disabled(f"{refusal}." if refusal else f'Written as "{node.id}" with the picture.')
    imgui.pop_text_wrap_pos()
