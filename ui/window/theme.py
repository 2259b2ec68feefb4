"""How the window looks: one dark, neutral grey, so that nothing tints the picture beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import imgui_bundle
from imgui_bundle import imgui

FONT_SIZE = 15.0
ICONS = "Font_Awesome_6_Free-Solid-900.otf"
FONTS = Path(imgui_bundle.__file__).parent / "assets" / "fonts"

# Display values 0..1.
SURROUND = (0.075, 0.075, 0.078)
GROUND = (0.125, 0.125, 0.13, 1.0)
RAISED = (0.19, 0.19, 0.2, 1.0)
HOVERED = (0.26, 0.26, 0.275, 1.0)
ACCENT = (0.96, 0.66, 0.26, 1.0)
ACCENT_DARK = (0.55, 0.36, 0.13, 1.0)
TEXT = (0.9, 0.9, 0.9, 1.0)
FAINT = (0.62, 0.62, 0.63, 1.0)
RED = (0.94, 0.31, 0.27, 1.0)
GREEN = (0.45, 0.8, 0.45, 1.0)


def load_fonts() -> None:
    """The interface's font, with the icons merged into it."""
    atlas = imgui.get_io().fonts
    atlas.add_font_from_file_ttf(str(FONTS / "Roboto" / "Roboto-Regular.ttf"), FONT_SIZE)
    config = imgui.ImFontConfig()
    config.merge_mode = True
    config.glyph_offset = imgui.ImVec2(0.0, 1.0)
    config.glyph_min_advance_x = FONT_SIZE
    atlas.add_font_from_file_ttf(str(FONTS / ICONS), FONT_SIZE * 0.85, config)


def grown(points: float) -> float:
    """Points that are meant for text of the size it is designed in, as it is now."""
    return points * imgui.get_font_size() / FONT_SIZE


@contextmanager
def inner_tabs() -> Iterator[None]:
    """For tabs on a panel's own ground: the one in front stands out from it."""
    colours = (
        (imgui.Col_.tab, GROUND), (imgui.Col_.tab_selected, HOVERED),
        (imgui.Col_.tab_dimmed, GROUND), (imgui.Col_.tab_dimmed_selected, HOVERED),
    )  # fmt: skip
    for part, colour in colours:
        imgui.push_style_color(part, colour)
    try:
        yield
    finally:
        imgui.pop_style_color(len(colours))


def apply_style() -> None:
    """Spacing and colours."""
    imgui.style_colors_dark()
    style = imgui.get_style()
    style.window_padding = imgui.ImVec2(10, 8)
    style.frame_padding = imgui.ImVec2(7, 4)
    style.item_spacing = imgui.ImVec2(8, 5)
    style.item_inner_spacing = imgui.ImVec2(6, 4)
    style.cell_padding = imgui.ImVec2(4, 2)
    style.window_rounding = 0.0
    style.frame_rounding = 3.0
    style.grab_rounding = 3.0
    style.popup_rounding = 3.0
    style.tab_rounding = 3.0
    style.scrollbar_size = 12.0
    style.window_border_size = 0.0
    style.docking_separator_size = 3.0
    # The title of a docked panel names it; the menu in the panels' corner is of no use here.
    style.window_menu_button_position = imgui.Dir.none
    colours = {
        imgui.Col_.text: TEXT,
        imgui.Col_.text_disabled: FAINT,
        imgui.Col_.window_bg: GROUND,
        imgui.Col_.popup_bg: (0.15, 0.15, 0.155, 0.98),
        imgui.Col_.menu_bar_bg: GROUND,
        imgui.Col_.border: (0.28, 0.28, 0.29, 0.6),
        imgui.Col_.separator: (0.05, 0.05, 0.05, 1.0),
        imgui.Col_.frame_bg: RAISED,
        imgui.Col_.frame_bg_hovered: HOVERED,
        imgui.Col_.frame_bg_active: HOVERED,
        imgui.Col_.button: (0.23, 0.23, 0.24, 1.0),
        imgui.Col_.button_hovered: (0.31, 0.31, 0.325, 1.0),
        imgui.Col_.button_active: ACCENT_DARK,
        imgui.Col_.header: (0.23, 0.23, 0.24, 1.0),
        imgui.Col_.header_hovered: (0.31, 0.31, 0.325, 1.0),
        imgui.Col_.header_active: ACCENT_DARK,
        imgui.Col_.check_mark: ACCENT,
        imgui.Col_.checkbox_selected_bg: RAISED,
        imgui.Col_.slider_grab: ACCENT_DARK,
        imgui.Col_.slider_grab_active: ACCENT,
        imgui.Col_.title_bg: (0.09, 0.09, 0.095, 1.0),
        imgui.Col_.title_bg_active: (0.09, 0.09, 0.095, 1.0),
        imgui.Col_.modal_window_dim_bg: (0.0, 0.0, 0.0, 0.5),
        imgui.Col_.tab: (0.09, 0.09, 0.095, 1.0),
        imgui.Col_.tab_hovered: HOVERED,
        imgui.Col_.tab_selected: GROUND,
        imgui.Col_.tab_selected_overline: ACCENT,
        imgui.Col_.tab_dimmed: (0.09, 0.09, 0.095, 1.0),
        imgui.Col_.tab_dimmed_selected: GROUND,
        imgui.Col_.tab_dimmed_selected_overline: (0.35, 0.35, 0.36, 1.0),
        imgui.Col_.resize_grip: (0.0, 0.0, 0.0, 0.0),
        imgui.Col_.docking_preview: (*ACCENT[:3], 0.5),
        imgui.Col_.text_selected_bg: ACCENT_DARK,
        imgui.Col_.nav_cursor: ACCENT,
        imgui.Col_.plot_lines: ACCENT,
        imgui.Col_.plot_histogram: ACCENT_DARK,
    }
    for slot, colour in colours.items():
        style.set_color_(slot, imgui.ImVec4(*colour))


def packed(colour: tuple[float, ...], alpha: float = 1.0) -> int:
    """A colour as draw lists want it."""
    red, green, blue = colour[:3]
    return imgui.get_color_u32(imgui.ImVec4(red, green, blue, alpha))
