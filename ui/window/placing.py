"""How large the window may be on its screen.

glfw counts a window's size in the screen's pixels on X11 and Windows and in points on a Mac and on
Wayland; all our own sizes are points.
"""

from __future__ import annotations

from typing import Any

import glfw

SMALLEST = (860, 520)  # points: less, and the panels cannot be read
FRAME = (16, 60)  # points that a title bar and borders may take


def units(canvas: Any) -> float:
    """glfw's units of a window's size in a point."""
    width = glfw.get_window_size(canvas._window)[0]
    pixels = glfw.get_framebuffer_size(canvas._window)[0]
    return canvas.get_pixel_ratio() * width / pixels if width and pixels else 1.0


def fit(canvas: Any) -> None:
    """Make a new window no larger than its screen, and keep it from becoming too small."""
    unit, window = units(canvas), canvas._window
    low = round(SMALLEST[0] * unit), round(SMALLEST[1] * unit)
    glfw.set_window_size_limits(window, low[0], low[1], glfw.DONT_CARE, glfw.DONT_CARE)
    monitor: Any = glfw.get_primary_monitor()
    area: Any = glfw.get_monitor_workarea(monitor)
    size = glfw.get_window_size(window)
    wanted = [
        max(least, min(now, most - round(unit * edge)))
        for least, now, most, edge in zip(low, size, area[2:], FRAME, strict=True)
    ]
    if wanted != list(size):
        glfw.set_window_size(window, wanted[0], wanted[1])
