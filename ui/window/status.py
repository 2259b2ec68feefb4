"""The line at the foot of the window, and the sentences that stand in the picture for a while."""

from __future__ import annotations

import time

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from ui.window import transport
from ui.window.desk import Desk
from ui.window.layout import status_height
from ui.window.levels import COLOURS, CONDITIONS, ICONS
from ui.window.messages import SHOWN_FOR
from ui.window.theme import ACCENT, FAINT, GROUND, RED, TEXT, packed
from ui.window.work import time_text

LINES = 4  # messages in the picture at a time


def draw(window: Desk) -> None:
    """Transport on the left, rates on the right."""
    corner = imgui.get_cursor_screen_pos()
    width = imgui.get_content_region_avail().x
    imgui.get_window_draw_list().add_rect_filled(
        (corner.x, corner.y), (corner.x + width, corner.y + status_height()), packed(GROUND)
    )
    imgui.set_cursor_screen_pos((corner.x + 8, corner.y + 2))
    _transport(window)
    if window.regions.hint:
        imgui.same_line(0.0, 24.0)
        imgui.align_text_to_frame_padding()
        imgui.text_colored(imgui.ImVec4(*ACCENT), window.regions.hint)
        imgui.same_line()
    if window.saving.text:
        imgui.same_line(0.0, 24.0)
        imgui.align_text_to_frame_padding()
        imgui.text_colored(imgui.ImVec4(*ACCENT), window.saving.text)
        imgui.same_line()
    _work(window)
    taken = imgui.get_cursor_screen_pos().x
    text = window.statistics.line()
    size = imgui.calc_text_size(text)
    left = corner.x + width - size.x - 10
    if (window.regions.hint or window.work.now) and taken > left:
        return  # what there is to do comes first where there is no room for both
    imgui.set_cursor_screen_pos((left, corner.y + 2))
    imgui.align_text_to_frame_padding()
    imgui.text_disabled(text)


def toasts(window: Desk, lift: float) -> None:
    """The newest messages over the picture, fading away; within the window that shows it, so that
    what is asked meanwhile stands over them. lift: points that they stand above its foot."""
    drawing = imgui.get_window_draw_list()
    x, y, width, height = window.view.area
    bottom = y + height - lift
    now = time.monotonic()
    for message in reversed(window.messages.shown()[-LINES:]):
        alpha = min(1.0, SHOWN_FOR - (now - message.when))
        icon = ICONS[message.level]
        wrap = max(min(width - 70, 620.0), 60.0)
        size = imgui.calc_text_size(message.text, wrap_width=wrap)
        low = (x + (width - size.x - 46) / 2, bottom - size.y - 14)
        high = (low[0] + size.x + 46, bottom)
        drawing.add_rect_filled(low, high, packed((0.06, 0.06, 0.065), 0.92 * alpha), 5.0)
        colour = packed(COLOURS[message.level], alpha)
        drawing.add_rect_filled(low, (low[0] + 3, high[1]), colour)
        drawing.add_text((low[0] + 12, low[1] + 7), colour, icon)
        drawing.add_text(
            imgui.get_font(), imgui.get_font_size(), (low[0] + 34, low[1] + 7),
            packed(TEXT, alpha), message.text, wrap_width=wrap,
        )  # fmt: skip
        bottom = low[1] - 6


def _transport(window: Desk) -> None:
    editor = window.editor
    scene = editor.scene
    if window.live is not None:
        _live(window)
        return
    if scene.last <= scene.first or window.timeline.shown:
        imgui.align_text_to_frame_padding()
        imgui.text_colored(imgui.ImVec4(*FAINT), f"Frame {editor.frame}")
        return
    icon = icons.ICON_FA_PAUSE if editor.playing else icons.ICON_FA_PLAY
    if imgui.button(f"{icon}##play", (transport.button_width(), 0)):
        window.play()
    imgui.set_item_tooltip("Play or pause (Space)")
    imgui.same_line()
    imgui.set_next_item_width(transport.letters(21.0))
    changed, frame = imgui.slider_int(
        "##frame", editor.frame, scene.first, scene.last, "%d", imgui.SliderFlags_.always_clamp
    )
    imgui.set_item_tooltip("Frame")
    if changed:
        editor.frame = frame
        editor.playing = False


def _work(window: Desk) -> None:
    """How far what is at work has come, and the button that ends it."""
    work = window.work.now
    if work is None:
        return
    imgui.same_line(0.0, 24.0)
    imgui.align_text_to_frame_padding()
    imgui.text(work.title)
    imgui.same_line()
    progress, left = work.progress, work.left()
    said = "…" if progress is None else f"{progress.done} of {progress.total}"
    if left is not None:
        said = f"{said}, {time_text(left)} left"
    imgui.progress_bar(work.share, (transport.letters(14.0), imgui.get_frame_height()), said)
    if progress is not None and progress.doing:
        imgui.set_item_tooltip(progress.doing)
    imgui.same_line()
    imgui.begin_disabled(work.cancelled)
    if imgui.button(f"{icons.ICON_FA_XMARK} Cancel###cancel work"):
        window.work.cancel()
    imgui.end_disabled()
    imgui.same_line()


def _live(window: Desk) -> None:
    assert window.live is not None
    state = window.live.session.source.state
    imgui.align_text_to_frame_padding()
    imgui.text_colored(imgui.ImVec4(*CONDITIONS[state.condition]), icons.ICON_FA_CIRCLE)
    imgui.same_line()
    note = window.live.session.delay_note
    imgui.text(f"Live: {state.condition.value}{', ' if note else ''}{note}")
    status = window.recording.status
    if window.recording.on and status is not None:
        imgui.same_line(0.0, 24.0)
        imgui.text_colored(imgui.ImVec4(*RED), icons.ICON_FA_CIRCLE_DOT)
        imgui.same_line()
        imgui.text(f"Recording: {status.message}")
