"""Lines over the picture that are no part of it: safe areas, and the wipe between two pictures."""

from __future__ import annotations

import math
from dataclasses import replace

from imgui_bundle import imgui

from ui.window.screen import Placement
from ui.window.theme import ACCENT, packed
from ui.window.view import ResultView

ACTION_SAFE, TITLE_SAFE = 0.93, 0.90
"""Shares of the picture's width and height (SMPTE ST 2046-1)."""

REACH = 7.0  # points around the wipe's line that take hold of it
GRIP = 11.0


class SafeAreas:
    """The frames within which action and titles are seen on every screen. on: whether shown."""

    def __init__(self) -> None:
        self.on = False

    def toggle(self) -> None:
        """Show them, or not."""
        self.on = not self.on

    def draw(
        self, view: ResultView, drawing: imgui.ImDrawList, hovered: bool, active: bool
    ) -> bool:
        """Show them; they never have the pointer."""
        del hovered, active
        if not self.on or view.preview.picture is None:
            return False
        for share, name in ((ACTION_SAFE, "Action"), (TITLE_SAFE, "Title")):
            inset = (1 - share) / 2
            low, high = view.to_points(inset, inset), view.to_points(1 - inset, 1 - inset)
            # Dark beside light, so that it shows on any picture.
            drawing.add_rect((low[0] + 1, low[1] + 1), (high[0] + 1, high[1] + 1), _shade(0.6))
            drawing.add_rect(low, high, packed((1, 1, 1), 0.75))
            size = imgui.calc_text_size(name)
            left = high[0] - size.x - 14 if name == "Action" else low[0] + 6
            top = high[1] - size.y - (1 if name == "Action" else 3)
            _label(drawing, (left, top), name)
        x, y = view.to_points(0.5, 0.5)
        for shift, colour in ((1, _shade(0.6)), (0, packed((1, 1, 1), 0.75))):
            drawing.add_line((x - 10 + shift, y + shift), (x + 11 + shift, y + shift), colour)
            drawing.add_line((x + shift, y - 10 + shift), (x + shift, y + 11 + shift), colour)
        return False


class Wipe:
    """Compares the result, to the right of a line that can be dragged, with the source picture to
    its left. on: whether it does. at: where the line is, as a share of the picture's width."""

    def __init__(self) -> None:
        self.on = False
        self.at = 0.5
        self._dragged = False

    def toggle(self) -> None:
        """Compare, or leave off."""
        self.on = not self.on

    def draw(
        self, view: ResultView, drawing: imgui.ImDrawList, hovered: bool, active: bool
    ) -> bool:
        """Show the line; whether the pointer has it."""
        view.preview.compare = self.on
        if not self.on or view.preview.source is None:
            self._dragged = False
            return False
        mouse = imgui.get_mouse_pos()
        x, top = view.to_points(self.at, 0.0)
        bottom = view.to_points(self.at, 1.0)[1]
        near = abs(mouse.x - x) <= REACH and top <= mouse.y <= bottom
        near = near or math.dist((mouse.x, mouse.y), (x, (top + bottom) / 2)) <= GRIP
        if near and hovered and active and imgui.is_mouse_clicked(imgui.MouseButton_.left):
            self._dragged = True
        self._dragged = self._dragged and active
        if self._dragged:
            self.at = min(max(view.to_picture(mouse.x, mouse.y)[0], 0.0), 1.0)
            x = view.to_points(self.at, 0.0)[0]
        taken = self._dragged or (near and hovered)
        if taken:
            imgui.set_mouse_cursor(imgui.MouseCursor_.resize_ew)
        self._line(drawing, (x, top, bottom), taken)
        return taken

    def part(self, width: int, placement: Placement) -> Placement | None:
        """The part of a placement, in the window's pixels, that shows the source; None for none.
        width: of the picture, in its pixels."""
        if not self.on:
            return None
        x, y, wide, height = placement.area
        edge = placement.origin[0] + self.at * width * placement.scale
        shown = min(max(round(edge) - x, 0), wide)
        return replace(placement, area=(x, y, shown, height)) if shown else None

    def _line(self, drawing: imgui.ImDrawList, line: tuple[float, float, float], lit: bool) -> None:
        x, top, bottom = line
        colour, middle = ACCENT if lit else (1.0, 1.0, 1.0), (top + bottom) / 2
        drawing.add_line((x, top), (x, bottom), _shade(0.6), 4.0)
        drawing.add_line((x, top), (x, bottom), packed(colour), 1.5)
        drawing.add_circle_filled((x, middle), GRIP, packed((0.06, 0.06, 0.065), 0.85), 24)
        drawing.add_circle((x, middle), GRIP, packed(colour), 24, 1.5)
        for way in (-1.0, 1.0):
            tip = (x + 8 * way, middle)
            drawing.add_triangle_filled(
                tip, (x + 3 * way, middle - 4), (x + 3 * way, middle + 4), packed(colour)
            )
        for name, way in (("Source", -1.0), ("Result", 0.0)):
            size = imgui.calc_text_size(name)
            left = x + way * (size.x + 20) + 10
            _label(drawing, (left, top + 8), name)


def _shade(alpha: float) -> int:
    return packed((0, 0, 0), alpha)


def _label(drawing: imgui.ImDrawList, corner: tuple[float, float], text: str) -> None:
    size = imgui.calc_text_size(text)
    drawing.add_rect_filled(
        (corner[0] - 5, corner[1] - 1), (corner[0] + size.x + 5, corner[1] + size.y + 1),
        _shade(0.6), 3.0,
    )  # fmt: skip
    drawing.add_text(corner, packed((1, 1, 1), 0.9), text)
