"""How the handles of a gizmo look: each axis has its colour and its letter."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui

from ui.window.gizmo import AXES, PLANES, VIEW, Gizmo, Mode
from ui.window.theme import ACCENT, packed

# Told apart by lightness too, and by their letters: not everybody sees red and green.
COLOURS = {
    "x": (0.95, 0.42, 0.3), "y": (0.55, 0.85, 0.35), "z": (0.36, 0.6, 1.0),
    VIEW: (0.93, 0.93, 0.93),
}  # fmt: skip
Places = npt.NDArray[np.float64]


def paint(
    drawing: imgui.ImDrawList, gizmo: Gizmo, places: Mapping[str, Places], lit: str | None
) -> None:
    """Draw handles. places: of each the line, (n, 2) in points. lit: the one that is held."""
    for name, line in places.items():
        colour = ACCENT if name == lit else _colour(name)
        if gizmo.mode is Mode.ROTATE:
            _ring(drawing, gizmo, name, line, colour)
        elif name in PLANES:
            _plane(drawing, line, colour)
        elif name in AXES:
            _arm(drawing, gizmo.mode, name, line, colour)
    if VIEW in places and gizmo.mode is not Mode.ROTATE:
        x, y = (float(part) for part in places[VIEW][0])
        drawing.add_circle_filled((x, y), 7.0, packed((0, 0, 0), 0.5), 20)
        drawing.add_circle((x, y), 6.0, packed(ACCENT if lit == VIEW else COLOURS[VIEW]), 20, 2.0)


def _colour(name: str) -> tuple[float, ...]:
    return COLOURS[AXES[PLANES[name]] if name in PLANES else name]


def _stroke(
    drawing: imgui.ImDrawList, line: Places, colour: tuple[float, ...], alpha: float = 1.0
) -> None:
    shown: list[Any] = [imgui.ImVec2(float(x), float(y)) for x, y in line]
    drawing.add_polyline(shown, packed((0, 0, 0), 0.5 * alpha), 5.0, 0)
    drawing.add_polyline(shown, packed(colour, alpha), 2.5, 0)


def _ring(
    drawing: imgui.ImDrawList, gizmo: Gizmo, name: str, line: Places, colour: tuple[float, ...]
) -> None:
    normal = gizmo.to_eye if name == VIEW else gizmo.axes[:, AXES.index(name)]
    near = np.ones(len(line), bool) if name == VIEW else gizmo.near(gizmo.ring(normal, 1.0))
    for first, last in _runs(near):
        _stroke(drawing, line[first : last + 1], colour, 1.0 if near[first] else 0.25)


def _runs(near: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last points of the pieces of a line that are all near or all far; the next piece
    begins where one ends."""
    changes = [0, *(np.flatnonzero(near[1:] != near[:-1]) + 1).tolist(), len(near)]
    return [(a, min(b, len(near) - 1)) for a, b in pairwise(changes)]


def _plane(drawing: imgui.ImDrawList, line: Places, colour: tuple[float, ...]) -> None:
    corners: list[Any] = [imgui.ImVec2(float(x), float(y)) for x, y in line]
    drawing.add_convex_poly_filled(corners, packed(colour, 0.35))
    drawing.add_polyline(corners, packed(colour, 0.9), 1.5, imgui.ImDrawFlags_.closed)


def _arm(
    drawing: imgui.ImDrawList, mode: Mode, name: str, line: Places, colour: tuple[float, ...]
) -> None:
    _stroke(drawing, line, colour)
    start, end = line[0], line[-1]
    way = end - start
    length = max(float(np.linalg.norm(way)), 1e-6)
    way = way / length
    side = np.array([-way[1], way[0]])
    if mode is Mode.SCALE:
        low, high = end - 6.0, end + 6.0
        drawing.add_rect_filled((low[0], low[1]), (high[0], high[1]), packed(colour), 1.0)
    else:
        tip = [end + 10.0 * way, end + 6.0 * side - 3.0 * way, end - 6.0 * side - 3.0 * way]
        a, b, c = (imgui.ImVec2(float(x), float(y)) for x, y in tip)
        drawing.add_triangle_filled(a, b, c, packed(colour))
    letter = name.upper()
    size = imgui.calc_text_size(letter)
    at = end + 20.0 * way
    corner = (float(at[0]) - size.x / 2, float(at[1]) - size.y / 2)
    drawing.add_text((corner[0] + 1, corner[1] + 1), packed((0, 0, 0), 0.8), letter)
    drawing.add_text(corner, packed(colour), letter)
