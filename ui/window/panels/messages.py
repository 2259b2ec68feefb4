"""All that was said so far, the newest first."""

from __future__ import annotations

from imgui_bundle import imgui

from ui.window.levels import COLOURS, ICONS
from ui.window.messages import Messages

TITLE = "Messages"


def draw(messages: Messages) -> None:
    """The panel's content."""
    if not messages.entries:
        imgui.text_disabled("Nothing to report.")
    for entry in reversed(messages.entries):
        imgui.text_colored(imgui.ImVec4(*COLOURS[entry.level]), ICONS[entry.level])
        imgui.same_line()
        times = f"  (×{entry.count})" if entry.count > 1 else ""
        imgui.text_wrapped(f"{entry.text}{times}")
