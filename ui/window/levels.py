"""How notes, warnings and errors look."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons

from ui.window.messages import Level
from ui.window.theme import ACCENT, RED, TEXT

COLOURS = {Level.NOTE: TEXT, Level.WARNING: ACCENT, Level.ERROR: RED}
ICONS = {
    Level.NOTE: icons.ICON_FA_CIRCLE_INFO,
    Level.WARNING: icons.ICON_FA_TRIANGLE_EXCLAMATION,
    Level.ERROR: icons.ICON_FA_CIRCLE_XMARK,
}
