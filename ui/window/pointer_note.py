"""A few words beside the pointer."""

from __future__ import annotations

from imgui_bundle import imgui

from ui.window.theme import packed


def note(drawing: imgui.ImDrawList, text: str, area: tuple[float, float, float, float]) -> None:
    """Write beside the pointer, within an area (x, y, width, height) in points."""
    mouse, size = imgui.get_mouse_pos(), imgui.calc_text_size(text)
    x, y, width, height = area
    left = min(mouse.x + 18, x + width - size.x - 16)
    top = min(max(mouse.y - size.y - 18, y + 4), y + height - size.y - 8)
    drawing.add_rect_filled(
        (left - 7, top - 4), (left + size.x + 7, top + size.y + 4), packed((0, 0, 0), 0.75), 4.0
    )
    drawing.add_text((left, top), packed((1, 1, 1)), text)
