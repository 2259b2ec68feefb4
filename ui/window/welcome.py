"""First steps: a card over the picture that says what one can do, until it is closed."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from ui.window.desk import Desk
from ui.window.theme import ACCENT, GROUND

TITLE = "First Steps"
WIDTH = 25.0  # widths of a letter
MARGIN = 12.0  # points from the corner of the view
STEPS = (
    (
        icons.ICON_FA_FILE_IMPORT,
        "Drop a picture, clip or document here, or read one in Media.",
    ),
    (icons.ICON_FA_PLAY, "Space plays. A diamond beside a value sets a key."),
    (icons.ICON_FA_LIGHTBULB, "Drag the lamps in the picture to where they shine from."),
    (icons.ICON_FA_VIDEO, "Drag beside them to look from the side; C goes back."),
    (icons.ICON_FA_MOUNTAIN, "Double-click a node in the Schematic to see its values."),
    (icons.ICON_FA_KEYBOARD, "Ctrl+P finds every command, ? lists the keys."),
)


class Welcome:
    """shown: whether the card is there. height: points that it takes at the foot of the view."""

    def __init__(self) -> None:
        self.shown = False
        self.height = 0.0

    def draw(self, window: Desk) -> None:
        """The card, in the lower right corner of the view; its cross is remembered."""
        if not self.shown:
            self.height = 0.0
            return
        x, y, width, height = window.view.area
        wide = min(WIDTH * imgui.get_font_size(), max(width - 2 * MARGIN, 1.0))
        corner = x + width - MARGIN, y + height - MARGIN
        imgui.set_next_window_pos(corner, imgui.Cond_.always, (1.0, 1.0))
        imgui.set_next_window_size((wide, 0.0))
        imgui.push_style_color(imgui.Col_.window_bg, (*GROUND[:3], 0.9))
        imgui.push_style_var(imgui.StyleVar_.window_rounding, 5.0)
        flags = (
            imgui.WindowFlags_.no_docking
            | imgui.WindowFlags_.no_collapse
            | imgui.WindowFlags_.no_resize
            | imgui.WindowFlags_.no_move
            | imgui.WindowFlags_.no_saved_settings
            | imgui.WindowFlags_.no_focus_on_appearing
        )
        _, still = imgui.begin(TITLE, True, flags)
        for icon, text in STEPS:
            imgui.text_colored(imgui.ImVec4(*ACCENT), icon)
            imgui.same_line(2.2 * imgui.get_font_size())
            imgui.push_text_wrap_pos(0.0)
            imgui.text(text)
            imgui.pop_text_wrap_pos()
        self.height = imgui.get_window_height() + 2 * MARGIN
        imgui.end()
        imgui.pop_style_var()
        imgui.pop_style_color()
        if not still:
            self.shown = False
            window.settings.change(first_steps=False)
