"""The 3D AOV: what it shows, and the map that it needs."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.scene import NEEDED_MAPS, Aov, AovType
from ui.window import fields
from ui.window.editor import Editor
from ui.window.kinds import BIN_NAMES, ICONS
from ui.window.node_actions import NodeActions

CHOICE = "media of created map"


def media_of_map(editor: Editor, actions: NodeActions, aov: str) -> None:
    """The entries of a menu: the media that the map of a 3D AOV is made of. None is taken before it
    is chosen, for what was clicked last somewhere else need not be meant."""
    media = editor.scene.media
    imgui.text_disabled("Of which media?" if media else "Read a media for it first")
    for number, media_entry in enumerate(media, 1):
        if fields.entry(f"[{number}] {media_entry.name}", number):
            actions.create_map(aov, number)


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
        imgui.open_popup(CHOICE)
    imgui.end_disabled()
    if imgui.begin_popup(CHOICE):
        media_of_map(editor, actions, node.id)
        imgui.end_popup()
    if kind is not None and not refusal and not imgui.is_popup_open(CHOICE):
        imgui.set_item_tooltip(f"Adds a {BIN_NAMES[kind]} to what this AOV is about")
    imgui.push_text_wrap_pos(0.0)
    imgui.text_disabled(f"{refusal}." if refusal else f'Written as "{node.id}" with the picture.')
    imgui.pop_text_wrap_pos()
