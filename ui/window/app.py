"""What `rilievo open` and `rilievo live` do: make the window and run its loop."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import glfw
from rendercanvas.glfw import loop

from engine.errors import RilievoError
from ui.window.opening import load
from ui.window.window import SIZE, Window


def open_document(
    path: Path, *, adapter: str | None = None, size: tuple[int, int] | None = None
) -> None:
    """Show a document, picture or clip in a window until that is closed. Raises RilievoError."""
    scene, saved = load(path)
    _run(lambda: Window(scene, saved, adapter=adapter, size=size or SIZE))


def _run(make: Callable[[], Window]) -> None:
    _check_display()
    window = make()
    try:
        loop.run()
    finally:
        window.release()


def _check_display() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        there = glfw.init() and glfw.get_primary_monitor() is not None
    if not there:
        reason = f" ({caught[0].message})" if caught else ""
        raise RilievoError(
            f"there is no screen to open a window on{reason}: set DISPLAY, or use"
            " `rilievo render`, which needs none"
        )
