"""Rows of what the window's interface costs: frames with all panels open, against the same without.

The real window, of 1280x720 pixels, draws a document that changes from frame to frame into a
texture instead of the screen. What the interface takes is all that its panels add to a frame:
making the widgets, recording them, and drawing them on the adapter. Where the processor draws, its
time is taken, whoever else keeps it busy; elsewhere the time that passes.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from engine.errors import RilievoError
from engine.gpu import Gpu
from engine.scene import Axis, Scene, curve, new_light
from tests.bench.rows import Results
from tests.bench.stage import RELIEF, Floats, checked_picture
from tests.support.shots import media_of, relief_shot
from tests.support.window_driver import XServer

SIZE = (1280, 720)
LAST = 100  # frames of the document
SETTLING = 6  # frames that new panels take to find their sizes
BLOCK = 8  # frames in a row of each case
KINDS = {"depth replaced": {"three_d": False}, "relief": {"three_d": True}}


def measure(results: Results, folder: Path, heights: Floats, size: tuple[int, int] = SIZE) -> None:
    """A row for each way to use the depth. size: of the window and of the document, in pixels."""
    found: dict[str, tuple[float, float]] = {}
    why = ""
    try:
        with _display(), _home(folder):
            for kind, values in KINDS.items():
                scene = shot(folder / "interface", heights, size, **values)
                with _desk(results.gpu, scene, size) as desk:
                    found[kind] = desk.times(results.rounds)
    except RilievoError as error:
        why = str(error)
    for kind in KINDS:
        ratio = own = frame = None
        if kind in found:
            frame, alone = found[kind]
            own = frame - alone
            ratio = own / frame
        results.add(
            "interface, all panels open / the frame", "-", ratio, 0.25, at_most=True, own=own,
            peer=frame, note=why or f"{kind}, lit, {size[0]}x{size[1]}",
        )  # fmt: skip


class Desk:
    """A window that is drawn by hand."""

    def __init__(self, gpu: Gpu, scene: Scene, size: tuple[int, int]) -> None:
        from ui.window.window import Window  # where there is a screen

        self._gpu = gpu
        self.window = Window(gpu, scene, None, size=size)
        texture = gpu.device.create_texture(
            size=(*size, 1), format=_format(self.window, gpu), usage="RENDER_ATTACHMENT"
        )
        self.window._context = _Target(texture)
        self._draw_panels = self.window.interface.draw
        self._frame = 0
        for panel in self.window.panels:
            panel.open = True

    def times(self, rounds: int) -> tuple[float, float]:
        """Median milliseconds of a frame with the interface and without, measured in turn."""
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            for draw, found in zip((self._draw_panels, lambda: None), times, strict=True):
                self.window.interface.draw = draw
                for _ in range(SETTLING):
                    self.draw()
                found += [self.draw() for _ in range(BLOCK)]
        self.window.interface.draw = self._draw_panels
        return median(times[0]), median(times[1])

    def draw(self) -> float:
        """Milliseconds of the next frame, from its first call until the GPU is done."""
        clock = time.process_time if self._gpu.is_software else time.perf_counter
        editor = self.window.editor
        self._frame = self._frame % LAST + 1
        editor.frame = self._frame
        begun = clock()
        self.window.draw()
        self._gpu.wait()
        return (clock() - begun) * 1e3


class _Target:
    """In place of the canvas: nothing is brought to the screen."""

    def __init__(self, texture: Any) -> None:
        self._texture = texture

    def get_current_texture(self) -> Any:
        return self._texture


def _format(window: Any, gpu: Gpu) -> str:
    return window._context.get_preferred_format(gpu.adapter).removesuffix("-srgb")


def shot(folder: Path, heights: Floats, size: tuple[int, int], **values: Any) -> Scene:
    """A lit relief whose light moves, with a few more nodes, and keys in the Timeline."""
    folder.mkdir(parents=True, exist_ok=True)
    height, width = heights.shape
    picture = media_of(folder / "picture.png", checked_picture(width, height))
    scene = relief_shot(folder, heights, picture, displace=True, relief_depth=RELIEF, **values)
    for _ in range(2):
        scene = scene.with_node(new_light(scene))
    for number in range(1, 4):
        scene = scene.with_node(Axis(id=f"Axis {number}"))
    turn = curve([(1, -50.0), (LAST / 2, 50.0), (LAST, -50.0)])
    scene = scene.with_values("Light 1", rotate=(-30.0, turn, 0.0), intensity=curve(
        [(1, 0.5), (LAST, 1.5)])).with_values("Light 1", parent="Axis 1")  # fmt: skip
    return scene.with_settings(size=size, first=1, last=LAST, fps=24.0)


@contextmanager
def _desk(gpu: Gpu, scene: Scene, size: tuple[int, int]) -> Iterator[Desk]:
    desk = Desk(gpu, scene, size)
    try:
        yield desk
    finally:
        desk.window.release()
        desk.window.canvas.close()


@contextmanager
def _home(folder: Path) -> Iterator[None]:
    """The user's own settings and copies are left alone."""
    before = os.environ.get("RILIEVO_HOME")
    os.environ["RILIEVO_HOME"] = str(folder / "home")
    try:
        yield
    finally:
        if before is None:
            del os.environ["RILIEVO_HOME"]
        else:
            os.environ["RILIEVO_HOME"] = before


@contextmanager
def _display() -> Iterator[None]:
    """A screen to open the window on: the user's, or one of our own."""
    if sys.platform != "linux" or os.environ.get("DISPLAY"):
        yield
        return
    if shutil.which("Xvfb") is None:
        raise RilievoError("there is no screen to open a window on: set DISPLAY, or install Xvfb")
    server = XServer()
    os.environ["DISPLAY"] = server.display
    try:
        yield
    finally:
        import glfw

        glfw.terminate()  # or it would end the program, once its server is gone
        del os.environ["DISPLAY"]
        server.close()
