"""The ruler of frames: scrubbing, In and Out, keys, and which frames are cached."""

from __future__ import annotations

from collections.abc import Iterable

from imgui_bundle import imgui

from ui.window.cached import Frames
from ui.window.curve_graph import diamond
from ui.window.editor import Editor
from ui.window.spans import Place, Span, runs, ticks
from ui.window.theme import ACCENT, FAINT, RAISED, SURROUND, TEXT, packed

LABELLED = 58.0  # points between numbers, at least
BAR = 5.0  # points that the bar of cached frames is high
PICTURES = (0.34, 0.71, 0.91)
ANALYSES = (0.80, 0.55, 0.75)
MARKED = (0.40, 0.36, 0.30)  # from In to Out


def row() -> float:
    """Points that a row with such a bar is high."""
    return 0.8 * imgui.get_font_size()


def height() -> float:
    """Points that the ruler takes: numbers, keys, two bars."""
    return imgui.get_font_size() + 14.0 + 2 * row()


def draw(
    editor: Editor, frames: Span, keys: Iterable[float], pictures: Frames, analysed: Frames
) -> Span:
    """The ruler, from here on, as wide as `frames`; what is to be seen from now on. keys: frames of
    keys to be marked. pictures, analysed: frames that are cached."""
    corner = imgui.get_cursor_screen_pos()
    high = height()
    width = max(frames.end - frames.start, 1.0)
    imgui.invisible_button("##ruler", (width, high))
    if imgui.is_item_active():
        wanted = round(frames.to_value(imgui.get_mouse_pos().x))
        if wanted != editor.frame:
            editor.go(wanted)
    hovered = imgui.is_item_hovered()
    imgui.set_item_tooltip(
        "Drag to scrub; the wheel brings nearer.\n"
        "Below: frames whose pictures are in memory,\nand frames whose analysis is kept"
    )
    drawing = imgui.get_window_draw_list()
    low, end = (corner.x, corner.y), (corner.x + width, corner.y + high)
    drawing.add_rect_filled(low, end, packed(SURROUND))
    drawing.push_clip_rect(low, end, True)
    _played(drawing, editor, frames, low, end)
    _numbers(drawing, frames, low)
    middle = end[1] - 2 * row() - 4.0
    for frame in keys:
        diamond(drawing, (frames.to_point(frame), middle), 3.5, packed(TEXT))
    _bars(drawing, frames, pictures, end[1] - 1.5 * row() - BAR / 2, PICTURES)
    _bars(drawing, frames, analysed, end[1] - 0.5 * row() - BAR / 2, ANALYSES)
    now = frames.to_point(editor.frame)
    drawing.add_line((now, low[1]), (now, end[1]), packed(ACCENT), 1.5)
    drawing.add_triangle_filled(
        (now - 6, low[1]), (now + 6, low[1]), (now, low[1] + 8), packed(ACCENT)
    )
    drawing.pop_clip_rect()
    wheel = imgui.get_io().mouse_wheel if hovered else 0.0
    return frames.zoomed(1.2**wheel, imgui.get_mouse_pos().x, 2.0) if wheel else frames


def _played(
    drawing: imgui.ImDrawList, editor: Editor, frames: Span, low: Place, end: Place
) -> None:
    """What lies outside the document is dark; from In to Out there is a band."""
    scene = editor.scene
    drawing.add_rect_filled(
        (frames.to_point(scene.first - 0.5), low[1]), (frames.to_point(scene.last + 0.5), end[1]),
        packed(RAISED),
    )  # fmt: skip
    if scene.mark_in is None and scene.mark_out is None:
        return
    first, last = scene.played
    left, right = frames.to_point(first - 0.5), frames.to_point(last + 0.5)
    drawing.add_rect_filled((left, low[1]), (right, end[1]), packed(MARKED))
    for x in (left, right):
        drawing.add_line((x, low[1]), (x, end[1]), packed(ACCENT, 0.8), 2.0)


def _numbers(drawing: imgui.ImDrawList, frames: Span, low: Place) -> None:
    _, found = ticks(frames, LABELLED, whole=True)
    size = imgui.get_font_size()
    for value in ticks(frames, LABELLED / 5, whole=True)[1]:
        x = frames.to_point(value)
        drawing.add_line((x, low[1] + size + 1), (x, low[1] + size + 4), packed(FAINT, 0.5))
    for value in found:
        text = f"{round(value)}"
        x = frames.to_point(value)
        drawing.add_line((x, low[1] + size), (x, low[1] + size + 6), packed(FAINT))
        drawing.add_text((x - imgui.calc_text_size(text).x / 2, low[1]), packed(TEXT, 0.9), text)


def _bars(
    drawing: imgui.ImDrawList, frames: Span, cached: Frames, top: float, colour: tuple[float, ...]
) -> None:
    for first, last in runs(cached):
        left, right = frames.to_point(first - 0.5), frames.to_point(last + 0.5)
        if right < frames.start or left > frames.end:
            continue
        drawing.add_rect_filled((left, top), (max(right, left + 1), top + BAR), packed(colour))
