"""How notes, warnings and errors look, and the state of a live source."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons

from engine.media import LiveCondition
from ui.window.messages import Level
from ui.window.theme import ACCENT, GREEN, RED, TEXT

COLOURS = {Level.NOTE: TEXT, Level.WARNING: ACCENT, Level.ERROR: RED}
ICONS = {
    Level.NOTE: icons.ICON_FA_CIRCLE_INFO,
    Level.WARNING: icons.ICON_FA_TRIANGLE_EXCLAMATION,
    Level.ERROR: icons.ICON_FA_CIRCLE_XMARK,
}
CONDITIONS = {
    LiveCondition.CONNECTING: ACCENT,
    LiveCondition.RUNNING: GREEN,
    LiveCondition.LOST: RED,
    LiveCondition.ENDED: RED,
}
