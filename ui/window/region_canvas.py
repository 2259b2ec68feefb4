"""Drawing on a map's picture where it stands in the result view, and finding places on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui

from engine.scene import EvaluatedSurface, EvaluatedZMap
from ui.window.projection import Projector
from ui.window.region_shapes import Point
from ui.window.theme import packed
from ui.window.view import ResultView

Place = tuple[float, float]
"""In the window, in points."""


class RegionCanvas:
    """Draws on a map's picture where it stands in the view."""

    def __init__(
        self, view: ResultView, drawing: imgui.ImDrawList, projector: Projector,
        surface: EvaluatedSurface, z_map: EvaluatedZMap,
    ) -> None:  # fmt: skip
        self._view, self._drawing, self._projector = view, drawing, projector
        self._surface, self._to_surface = surface, z_map.to_surface

    def places(self, points: Sequence[Point]) -> list[Place]:
        """Where fractions of the map's picture are in the window; [] if not all can be seen."""
        array = np.array(points, np.float64).reshape(-1, 2)
        flat = np.ones((len(array), 3))
        flat[:, 0] = (array[:, 0] - 0.5) * self._surface.size[0]
        flat[:, 1] = (0.5 - array[:, 1]) * self._surface.size[1]
        local: npt.NDArray[np.float64] = np.zeros((len(array), 4))
        local[:, :2] = (flat @ self._to_surface.T)[:, :2]
        local[:, 3] = 1.0
        seen, front = self._projector.places((local @ self._surface.world.T)[:, :3])
        if not front.all():
            return []
        return [self._view.to_points(float(x), float(y)) for x, y in seen]

    def fraction(self, place: Place) -> Point | None:
        """The inverse of `places` for one."""
        x, y = self._view.to_picture(*place)
        met = self._projector.on_plane(x, y, self._surface.world)
        if met is None:
            return None
        try:
            flat = np.linalg.solve(self._to_surface, (met[0], met[1], 1.0))
        except np.linalg.LinAlgError:  # the map is scaled to nothing
            return None
        width, height = self._surface.size
        return float(flat[0] / width + 0.5), float(0.5 - flat[1] / height)

    def outline(self, points: Sequence[Point], colour: tuple[float, ...], strong: bool) -> None:
        """A closed line."""
        self._strokes(self.places(points), colour, imgui.ImDrawFlags_.closed, strong)

    def line(self, points: Sequence[Point], colour: tuple[float, ...]) -> None:
        """An open one."""
        self._strokes(self.places(points), colour, imgui.ImDrawFlags_.none, True)

    def handles(self, points: Sequence[Point], colour: tuple[float, ...], lit: int) -> None:
        """A mark on each corner, larger on the one that is lit."""
        for index, (x, y) in enumerate(self.places(points)):
            half = 5.5 if index == lit else 3.5
            low, high = (x - half, y - half), (x + half, y + half)
            self._drawing.add_rect_filled(low, high, packed(colour))
            self._drawing.add_rect(low, high, packed((0, 0, 0), 0.7))

    def _strokes(
        self, places: list[Place], colour: tuple[float, ...], flags: Any, strong: bool
    ) -> None:
        shown: list[Any] = [imgui.ImVec2(*place) for place in places]
        if len(shown) < 2:
            return
        self._drawing.add_polyline(shown, packed((0, 0, 0), 0.6), 4.5 if strong else 3.5, flags)
        self._drawing.add_polyline(shown, packed(colour), 2.5 if strong else 1.5, flags)
