"""Controls and words that go on in another line where there is no room for them."""

from __future__ import annotations

from imgui_bundle import imgui

from ui.window.theme import FAINT, packed

Area = tuple[float, float, float, float]


def beside(width: float, gap: float = -1.0) -> None:
    """What is drawn next stands beside the last control, or below where there is no room for it.
    width: of it, in points. gap: before it; -1: the usual one."""
    imgui.same_line(0.0, gap)
    if imgui.get_content_region_avail().x < width:
        imgui.new_line()


def button_width(label: str) -> float:
    """How wide a button is, in points. label: as imgui takes it."""
    text = imgui.calc_text_size(label, hide_text_after_double_hash=True)
    return text.x + 2 * imgui.get_style().frame_padding.x


def centred(drawing: imgui.ImDrawList, text: str, area: Area) -> None:
    """Words in the middle of an area (x, y, width, height), in points."""
    x, y, width, height = area
    wrap = max(min(width - 60, 420.0), 60.0)
    size = imgui.calc_text_size(text, wrap_width=wrap)
    place = x + (width - size.x) / 2, y + (height - size.y) / 2
    drawing.add_text(
        imgui.get_font(), imgui.get_font_size(), place, packed(FAINT), text, wrap_width=wrap
    )
