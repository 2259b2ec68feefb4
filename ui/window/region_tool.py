"""Regions of interest in the result view: shown on the picture, drawn with the pointer."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui

from engine.scene import EvaluatedSurface, Region, ZDepthMap
from ui.window.editor import Editor
from ui.window.projection import Projector
from ui.window.theme import ACCENT, RED, packed
from ui.window.view import ResultView

SMALLEST = 0.01  # of the picture, each way: less was a click
Point = tuple[float, float]


class RegionTool:
    """drawing: whether the next drag in the view draws a region. exclude: what kind it will be.
    shown: whether regions are drawn over the picture."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self.drawing = False
        self.exclude = False
        self.shown = True
        self._start: Point | None = None

    def draw(
        self, view: ResultView, drawing: imgui.ImDrawList, hovered: bool, active: bool
    ) -> bool:
        """Show the regions of the selected map; whether the pointer draws one."""
        surface = self._surface(view)
        if surface is None or view.preview.drawn is None:
            self._start = None
            return False
        projector = Projector(view.preview.drawn.camera)
        node = self._editor.scene.node(self._editor.selected or "")
        assert isinstance(node, ZDepthMap)
        if self.shown or self.drawing:
            for region in node.regions:
                colour = RED if region.exclude else ACCENT
                self._outline(view, drawing, projector, surface, _corners(region.points), colour)
        if not self.drawing:
            self._start = None
            return False
        if hovered:
            imgui.set_mouse_cursor(imgui.MouseCursor_.resize_all)
        mouse = imgui.get_mouse_pos()
        at = _fraction(projector, surface, view.to_picture(mouse.x, mouse.y))
        if active and at is not None and imgui.is_mouse_clicked(imgui.MouseButton_.left):
            self._start = at
        if self._start is not None and at is not None:
            colour = RED if self.exclude else ACCENT
            self._outline(view, drawing, projector, surface, _corners((self._start, at)), colour)
            if imgui.is_mouse_released(imgui.MouseButton_.left):
                self._finish(node, self._start, at)
        if self._start is not None and not active:
            self._start = None
        return True

    def clear(self) -> None:
        """Take all regions off the selected map: the whole picture counts again."""
        if self._editor.selected is not None:
            self._editor.set(self._editor.selected, "Region of Interest", regions=())
            self._editor.history.end_merge()

    def _finish(self, node: ZDepthMap, start: Point, end: Point) -> None:
        self._start, self.drawing = None, False
        low = tuple(max(0.0, min(a, b)) for a, b in zip(start, end, strict=True))
        high = tuple(min(1.0, max(a, b)) for a, b in zip(start, end, strict=True))
        if high[0] - low[0] < SMALLEST or high[1] - low[1] < SMALLEST:
            return
        region = Region(exclude=self.exclude, points=((low[0], low[1]), (high[0], high[1])))
        self._editor.set(node.id, "Region of Interest", regions=(*node.regions, region))
        self._editor.history.end_merge()

    def _surface(self, view: ResultView) -> EvaluatedSurface | None:
        """The surface that carries the selected map, if it is drawn."""
        frame = view.preview.drawn
        chosen = self._editor.selected
        if frame is None or chosen is None or chosen not in _ids(self._editor):
            return None
        return next(
            (s for s in frame.surfaces if s.z_map is not None and s.z_map.id == chosen), None
        )

    def _outline(
        self, view: ResultView, drawing: imgui.ImDrawList, projector: Projector,
        surface: EvaluatedSurface, points: npt.NDArray[np.float64], colour: tuple[float, ...],
    ) -> None:  # fmt: skip
        local = np.zeros((len(points), 4))
        local[:, 0] = (points[:, 0] - 0.5) * surface.size[0]
        local[:, 1] = (0.5 - points[:, 1]) * surface.size[1]
        local[:, 3] = 1.0
        places, front = projector.places((local @ surface.world.T)[:, :3])
        if not front.all():
            return
        shown: list[Any] = [imgui.ImVec2(*view.to_points(float(x), float(y))) for x, y in places]
        drawing.add_polyline(shown, packed((0, 0, 0), 0.6), 3.5, imgui.ImDrawFlags_.closed)
        drawing.add_polyline(shown, packed(colour), 1.5, imgui.ImDrawFlags_.closed)


def _ids(editor: Editor) -> set[str]:
    return {node.id for node in editor.scene.nodes if isinstance(node, ZDepthMap)}


def _corners(points: tuple[Point, ...]) -> npt.NDArray[np.float64]:
    """(n, 2): two opposite corners become four."""
    if len(points) == 2:
        (a, b), (c, d) = points
        points = ((a, b), (c, b), (c, d), (a, d))
    return np.array(points, np.float64)


def _fraction(
    projector: Projector, surface: EvaluatedSurface, place: tuple[float, float]
) -> Point | None:
    """A place in the view as a fraction of the surface's picture."""
    met = projector.on_plane(place[0], place[1], surface.world)
    if met is None:
        return None
    return float(met[0] / surface.size[0] + 0.5), float(0.5 - met[1] / surface.size[1])
