"""What makes the window draw: events, other threads, the system; and what must be drawn again."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import Any

import glfw
from imgui_bundle import imgui
from rendercanvas.glfw import loop

from ui.window import dropping, placing
from ui.window.desk import Desk

EVENTS = (
    "pointer_move", "pointer_down", "pointer_up", "pointer_leave", "wheel", "key_down", "key_up",
    "char",
)  # fmt: skip


class Waking:
    """The callbacks of a window. The methods that end in `from_thread` may be called from any."""

    def __init__(self, window: Desk) -> None:
        self._window = window
        self._canvas = window.canvas
        self._fade_at = 0.0
        self._leaving = False
        self._from_threads: deque[str] = deque()

    def connect(self) -> None:
        """From now on, events wake the window."""
        drop: Any = self._on_drop  # glfw's types describe the C function
        glfw.set_drop_callback(self._canvas._window, drop)
        close: Any = self._on_close
        glfw.set_window_close_callback(self._canvas._window, close)
        for kind in EVENTS:
            self._canvas.add_event_handler(self._on_event, kind)

    def wake_from_thread(self) -> None:
        """Have the window drawn."""
        self._canvas.request_draw()  # no more than a flag, which the loop looks at

    def fail_from_thread(self, text: str) -> None:
        """Have this said in the next frame."""
        self._from_threads.append(text)

    def say(self) -> None:
        """Say what other threads had to say."""
        while self._from_threads:
            self._window.messages.fail(self._from_threads.popleft())

    def go_on(self) -> None:
        """After a frame: ask for another one where there is a cause."""
        window = self._window
        if (
            window.overlay.busy
            or window.preview.waiting
            or window.recording.busy
            or window.virtual.busy
            or window.schematic.busy
            or window.tools.busy
            or (window.at_rest and window.preview.unfinished)
            or window.editor.playing
            or imgui.get_io().want_text_input
        ):
            self._canvas.request_draw()
        rest = window.messages.rest()
        if rest == 0.0:
            self._canvas.request_draw()
        elif rest is not None and time.monotonic() > self._fade_at:
            self._fade_at = time.monotonic() + rest
            loop.call_later(rest, self._canvas.request_draw)

    def close(self) -> None:
        """Close the window, once the frame being drawn is presented."""
        self._leaving = True
        loop.call_soon(self._canvas.close)

    # -- callbacks --

    def _on_event(self, _event: dict[str, Any]) -> None:
        self._canvas.request_draw()

    def _on_close(self, window: Any) -> None:
        """The window's own cross."""
        if not self._leaving:
            glfw.set_window_should_close(window, False)
            self._window.quit()
            self._window.overlay.busy = 3
            self._canvas.request_draw()

    def _on_drop(self, window: Any, paths: list[str]) -> None:
        x, y = glfw.get_cursor_pos(window)  # while something is dragged, no moves come
        across = 1 / placing.units(self._canvas)
        dropping.drop(self._window, [Path(path) for path in paths], (x * across, y * across))
        self._window.overlay.busy = 3
        self._canvas.request_draw()
