"""The Schematic in the window's own colours."""

from __future__ import annotations

from imgui_bundle import imgui
from imgui_bundle import imgui_node_editor as nodes

from ui.window.schematic_layout import LINK
from ui.window.theme import ACCENT, GROUND, RAISED, SURROUND

PADDING = (7.0, 6.0, 7.0, 6.0)


def apply() -> None:
    """For the node editor that is the current one."""
    style, slots = nodes.get_style(), nodes.StyleColor
    style.node_padding = imgui.ImVec4(*PADDING)
    style.node_rounding = 4.0
    style.node_border_width = 1.0
    style.hovered_node_border_width = 2.0
    style.selected_node_border_width = 3.0
    style.pin_rounding = 6.0
    style.link_strength = LINK
    style.angled_links = False  # one form for all: `schematic_layout.curve`
    for slot, colour in (
        (slots.bg, (*SURROUND, 1.0)),
        (slots.grid, (1.0, 1.0, 1.0, 0.03)),
        (slots.node_bg, RAISED),
        (slots.node_border, (*GROUND[:3], 1.0)),
        (slots.hov_node_border, (0.6, 0.6, 0.62, 1.0)),
        (slots.sel_node_border, ACCENT),
        (slots.sel_link_border, ACCENT),
        (slots.hov_link_border, (0.6, 0.6, 0.62, 1.0)),
        (slots.node_sel_rect, (*ACCENT[:3], 0.12)),
        (slots.node_sel_rect_border, (*ACCENT[:3], 0.6)),
        (slots.pin_rect, (*ACCENT[:3], 0.3)),
        (slots.pin_rect_border, ACCENT),
    ):
        style.set_color_(slot, imgui.ImVec4(*colour))
