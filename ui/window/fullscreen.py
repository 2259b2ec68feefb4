"""Filling the screen, and going back to where the window was."""

from __future__ import annotations

from typing import Any

import glfw


class Fullscreen:
    """rendercanvas has no call for it; glfw does it with the canvas's own window."""

    def __init__(self, canvas: Any) -> None:
        self._window = canvas._window
        self._before: tuple[int, int, int, int] | None = None

    @property
    def on(self) -> bool:
        return self._before is not None

    def toggle(self) -> None:
        """Fill the screen that holds most of the window, or go back."""
        if self._before is not None:
            x, y, width, height = self._before
            self._before = None
            none: Any = None
            glfw.set_window_monitor(self._window, none, x, y, width, height, 0)
            return
        x, y = glfw.get_window_pos(self._window)
        width, height = glfw.get_window_size(self._window)
        monitor = max(
            glfw.get_monitors(), key=lambda found: _shared((x, y, width, height), _place(found))
        )
        self._before = (x, y, width, height)
        left, top, wide, high = _place(monitor)
        rate = glfw.get_video_mode(monitor).refresh_rate
        glfw.set_window_monitor(self._window, monitor, left, top, wide, high, rate)


def _place(monitor: Any) -> tuple[int, int, int, int]:
    x, y = glfw.get_monitor_pos(monitor)
    size = glfw.get_video_mode(monitor).size
    return x, y, size.width, size.height


def _shared(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> int:
    """The area that two rectangles (x, y, width, height) have in common."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(width, 0) * max(height, 0)
