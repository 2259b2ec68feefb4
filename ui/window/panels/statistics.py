"""What a frame costs: rates, triangles, and milliseconds for each pass."""

from __future__ import annotations

import time
from collections import deque

from imgui_bundle import imgui

from engine.gpu import Gpu
from passes.mesh_counts import MeshCount
from ui.window import fields
from ui.window.preview import Preview

TITLE = "Statistics"
WINDOW = 1.0  # seconds over which rates are taken


class Statistics:
    """Counts what the window draws."""

    def __init__(self, gpu: Gpu, preview: Preview) -> None:
        self._gpu = gpu
        self._preview = preview
        self._drawn: deque[tuple[float, float]] = deque()
        self._last: dict[str, float] = {}
        self.meshes: dict[str, MeshCount] = {}
        """What the panel shows of each relief; counted only while it is shown."""

    def count(self, seconds: float) -> None:
        """The window was drawn, and that took so long on the CPU."""
        now = time.perf_counter()
        self._drawn.append((now, seconds))
        while self._drawn and now - self._drawn[0][0] > WINDOW:
            self._drawn.popleft()

    @property
    def rate(self) -> float:
        """Frames of the window in the last second."""
        return len(self._drawn) / WINDOW

    @property
    def cost(self) -> float:
        """Milliseconds of CPU for a frame of the window, in the mean."""
        return 1e3 * sum(seconds for _, seconds in self._drawn) / max(len(self._drawn), 1)

    def _draw_meshes(self) -> None:
        """Of each extruded surface how many triangles it has, and how they were chosen."""
        self.meshes = self._preview.renderer.meshes()
        if not self.meshes:
            return
        imgui.separator_text("Reliefs")
        if fields.begin_table("reliefs"):
            for name, mesh in self.meshes.items():
                fields.row(name)
                imgui.text_wrapped(f"{mesh.triangles:,} triangles, {mesh.path}")
            imgui.end_table()

    def _timings(self) -> dict[str, float]:
        """Milliseconds of each pass: the window's own of its last frame, the others of the last
        picture, which stands while nothing changes."""
        newest = self._preview.renderer.stats()
        if len(newest) > 1:
            self._last = newest
        else:
            self._last.update(newest)
        return self._last

    def line(self) -> str:
        """For the status line."""
        if not self._preview.ready:
            return f"{self.rate:.0f} fps"
        width, height = self._preview.size
        return f"{width} × {height}    {self.rate:.0f} fps"

    def draw(self) -> None:
        """The panel's content."""
        if fields.begin_table("rates"):
            for label, value in (
                ("Window", f"{self.rate:.0f} fps"),
                ("CPU, window", f"{self.cost:.1f} ms"),
                ("CPU, picture", f"{self._preview.milliseconds:.1f} ms"),
                ("Samples", f"{self._preview.samples}"),
            ):
                fields.row(label)
                imgui.text(value)
            imgui.end_table()
        self._draw_meshes()
        timings = self._timings()
        imgui.separator_text("GPU, by pass")
        if not timings:
            imgui.text_disabled("This adapter does not tell.")
        elif fields.begin_table("passes"):
            for name, milliseconds in timings.items():
                fields.row(name)
                imgui.text(f"{milliseconds:.2f} ms")
            fields.row("all")
            imgui.text(f"{sum(timings.values()):.2f} ms")
            imgui.end_table()
        imgui.separator_text("Adapter")
        imgui.text_wrapped(self._gpu.summary)
