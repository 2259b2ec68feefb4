"""Playing and stepping, In and Out, and the range of the shot, in one line."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from ui.window.editor import Editor
from ui.window.theme import ACCENT_DARK

ROOMY = 37.0  # widths of a letter from which on there is room for the shot's range


def button_width() -> float:
    """Points, of a button with an icon."""
    return imgui.get_frame_height() + 3.0


def letters(count: float) -> float:
    """Points that so many letters are wide, about: fields grow with the text."""
    return count * imgui.get_font_size()


def beside(gap: float, width: float | None = None) -> None:
    """Go on in the same line, where there is room for what comes next; otherwise in the next one.
    width: of that, in points; a button's by default."""
    imgui.same_line(0.0, gap)
    if imgui.get_content_region_avail().x < (button_width() if width is None else width):
        imgui.new_line()


def draw(editor: Editor) -> None:
    """The line, from here on."""
    scene = editor.scene
    playing = icons.ICON_FA_PAUSE if editor.playing else icons.ICON_FA_PLAY
    for icon, name, meaning, act in (
        (icons.ICON_FA_BACKWARD_FAST, "first", "First frame (Home)",
         lambda: editor.go(scene.first)),
        (icons.ICON_FA_BACKWARD_STEP, "back", "One frame back (Left)",
         lambda: editor.go(editor.frame - 1)),
        (playing, "play", "Play or pause (Space)", editor.play),
        (icons.ICON_FA_FORWARD_STEP, "on", "One frame on (Right)",
         lambda: editor.go(editor.frame + 1)),
        (icons.ICON_FA_FORWARD_FAST, "last", "Last frame (End)", lambda: editor.go(scene.last)),
    ):  # fmt: skip
        if imgui.button(f"{icon}##{name}", (button_width(), 0)):
            act()
        imgui.set_item_tooltip(meaning)
        beside(2.0)
    if _switch(icons.ICON_FA_REPEAT, "loop", "Loop (L)", editor.loop):
        editor.loop = not editor.loop
    beside(10.0, letters(4.8))
    imgui.set_next_item_width(letters(4.8))
    changed, frame = imgui.drag_int("##frame", editor.frame, 0.2, scene.first, scene.last)
    imgui.set_item_tooltip("Frame: drag, or type after a double click")
    if changed:
        editor.go(frame)
    beside(10.0, 2.0 * button_width() + 2.0)
    if _switch("[", "mark in", f"In{_at(scene.mark_in)} ([)", scene.mark_in is not None):
        editor.mark(start=editor.frame)
    imgui.same_line(0.0, 2.0)
    if _switch("]", "mark out", f"Out{_at(scene.mark_out)} (])", scene.mark_out is not None):
        editor.mark(end=editor.frame)
    if imgui.get_window_width() > letters(ROOMY):
        _shot(editor)


def _switch(text: str, name: str, meaning: str, on: bool) -> bool:
    if on:
        imgui.push_style_color(imgui.Col_.button, ACCENT_DARK)
    pressed = imgui.button(f"{text}###{name}", (button_width(), 0))
    if on:
        imgui.pop_style_color()
    imgui.set_item_tooltip(meaning)
    return pressed


def _shot(editor: Editor) -> None:
    """The range of the document, and its rate."""
    scene = editor.scene
    imgui.same_line(0.0, 16.0)
    imgui.text_disabled("Shot")
    for name, label in (("first", "First Frame"), ("last", "Last Frame")):
        imgui.same_line(0.0, 6.0)
        imgui.set_next_item_width(letters(4.3))
        changed, frame = imgui.drag_int(f"##shot {name}", getattr(scene, name), 0.2)
        imgui.set_item_tooltip(label)
        if changed:
            frame = min(frame, scene.last) if name == "first" else max(frame, scene.first)
            editor.edit(lambda s, n=name, f=frame: s.with_settings(**{n: f}), label, f"shot {name}")
        if imgui.is_item_deactivated():
            editor.history.end_merge()
    imgui.same_line(0.0, 8.0)
    imgui.text_disabled(f"{scene.fps:g} fps")


def _at(mark: int | None) -> str:
    return "" if mark is None else f" at {mark}"
