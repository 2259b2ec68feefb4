"""What `rilievo open` and `rilievo live` do: make the window and run its loop."""

from __future__ import annotations

import signal
import warnings
from collections.abc import Callable
from pathlib import Path

import glfw
from rendercanvas.glfw import loop

from engine.errors import RilievoError
from engine.gpu import Gpu, open_gpu
from engine.media import LiveInput
from engine.output import ENDINGS
from ui.documents import load_document
from ui.failures import check_stopped
from ui.first import first_scene
from ui.session import Session
from ui.window.opening import load
from ui.window.window import Window


def open_document(path: Path | None, *, adapter: str | None = None) -> None:
    """Show a document, picture or clip in a window until that is closed; without a path, a first
    scene to look round in. Raises RilievoError."""
    scene, saved = (first_scene(), None) if path is None else load(path)
    _run(lambda gpu: Window(gpu, scene, saved, opened=path), adapter)


def open_live(
    wanted: LiveInput,
    document: Path | None,
    *,
    provider: str = "auto",
    adapter: str | None = None,
    virtual_camera: bool = False,
    container: str = ENDINGS[0],
    delayed: bool = False,
) -> None:
    """Show a live source in a window until that is closed. Raises RilievoError.

    document: the source takes the place of its first media; without one, a new document is made.
    virtual_camera: the result is one from the start. container: ending of films that are recorded.
    delayed: pictures are shown only with the depth that was made of them.
    """
    scene = None if document is None else load_document(document)

    def make(gpu: Gpu) -> Window:
        session = Session(wanted, provider=provider, software=gpu.is_software)
        session.delayed = delayed
        window = Window(gpu, scene, document, session=session)
        window.virtual.switch(virtual_camera)
        window.recording.choice.container = container
        return window

    _run(make, adapter)


def _run(make: Callable[[Gpu], Window], adapter: str | None) -> None:
    _check_display()
    gpu = open_gpu(adapter)
    try:
        window = make(gpu)
        # rendercanvas would close the window at once, within whatever it is doing.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: window.leave())
        try:
            check_stopped()  # while the window was made
            loop.run()
        finally:
            window.release()
    finally:
        gpu.close()


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
