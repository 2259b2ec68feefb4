"""The node bin: the palette of node kinds, to be dragged into the Schematic or the picture."""

from __future__ import annotations

from imgui_bundle import imgui

from engine.scene import AnyNode
from ui.window import fields
from ui.window.editor import Editor
from ui.window.kinds import BIN_NAMES, COLOURS, ICONS, KINDS
from ui.window.node_actions import NodeActions
from ui.window.payload import NODE_KIND, dragged, dropped
from ui.window.theme import TEXT, grown, packed

TITLE = "Node Bin"
HEIGHT = 25.0  # points that an entry takes at most
NARROW = 105.0  # points below which there is room for the icons alone


def draw(editor: Editor, actions: NodeActions) -> None:
    """The panel's content."""
    media = editor.scene.media
    names = [f"[{number}] {entry.name}" for number, entry in enumerate(media, 1)]
    present = editor.media if editor.media is not None and editor.media <= len(media) else 0
    imgui.set_next_item_width(-1)
    chosen = fields.choose("##bin media", present, ["Media: automatic", *names])
    imgui.set_item_tooltip("The media that a new map or surface shows")
    if chosen is not None:
        editor.media = chosen or None
    imgui.begin_child("##kinds")
    imgui.push_style_var(imgui.StyleVar_.item_spacing, (0.0, 0.0))
    # As high as there is room for, so that none has to be scrolled to.
    room = imgui.get_content_region_avail().y / len(KINDS)
    height = min(max(room, imgui.get_text_line_height()), grown(HEIGHT))
    for number, kind in enumerate(KINDS):
        _entry(actions, number, kind, height)
    imgui.pop_style_var()
    imgui.end_child()


def dropped_here(area: tuple[float, float, float, float], name: str) -> type[AnyNode] | None:
    """The kind of node that was let go over an area (x, y, width, height in points) of the window
    that is being made. name: tells the areas of one window apart."""
    number = dropped(NODE_KIND, area, name)
    return None if number is None else KINDS[number]


def _entry(actions: NodeActions, number: int, kind: type[AnyNode], height: float) -> None:
    width = max(imgui.get_content_region_avail().x, 1.0)
    corner = imgui.get_cursor_screen_pos()
    imgui.invisible_button(f"##bin {BIN_NAMES[kind]}", (width, height))
    hovered = imgui.is_item_hovered()
    if hovered and imgui.is_mouse_double_clicked(imgui.MouseButton_.left):
        actions.add(kind)
    is_dragged = dragged(
        NODE_KIND, number, ICONS[kind], BIN_NAMES[kind], imgui.ImVec4(*COLOURS[kind])
    )
    if hovered and not is_dragged:
        imgui.set_item_tooltip(
            f"{BIN_NAMES[kind]}: drag it into the Schematic or the picture, or double-click"
        )
    drawing = imgui.get_window_draw_list()
    if hovered:
        end = (corner.x + width, corner.y + height)
        drawing.add_rect_filled((corner.x, corner.y), end, packed((1.0, 1.0, 1.0), 0.08), 3.0)
    top = corner.y + (height - imgui.get_text_line_height()) / 2
    if width < grown(NARROW):
        middle = (width - imgui.calc_text_size(ICONS[kind]).x) / 2
        drawing.add_text((corner.x + middle, top), packed(COLOURS[kind]), ICONS[kind])
        return
    drawing.add_text((corner.x + 6, top), packed(COLOURS[kind]), ICONS[kind])
    drawing.add_text((corner.x + grown(32.0), top), packed(TEXT), BIN_NAMES[kind])
