"""Regions of interest in the result view: drawn, changed and taken away with the pointer.

Rectangles are dragged; polygons are clicked corner by corner. Corners of what is there are dragged,
and a click on one selects its region.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from imgui_bundle import imgui

from engine.scene import (
    EvaluatedSurface,
    EvaluatedZMap,
    Region,
    Shape,
    ZDepthMap,
    with_region,
)
from ui.window.editor import Editor
from ui.window.overlay import Press
from ui.window.projection import Projector
from ui.window.region_canvas import Place, RegionCanvas
from ui.window.region_shapes import (
    Point,
    corner_of,
    corners,
    new_region,
    with_corner,
    without_corner,
)
from ui.window.theme import ACCENT, RED
from ui.window.view import ResultView

REACH = 9.0  # points around a corner that take hold of it
LABEL = "Region of Interest"


class RegionTool:
    """drawing: the shape that the pointer draws next, if any. exclude: what kind it will be. shown:
    whether regions are drawn over the picture. selected: the region that Delete removes. hint: what
    there is to do now, for the status line; empty where nothing is going on."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self.drawing: Shape | None = None
        self.exclude = False
        self.shown = True
        self.selected: int | None = None
        self.hint = ""
        self._points: list[Point] = []  # of the shape that is being drawn
        self._dragged: tuple[int, int] | None = None  # region, corner
        self._lit: tuple[int, int] | None = None
        self._on: str | None = None

    def draw(
        self, view: ResultView, drawing: imgui.ImDrawList, hovered: bool, active: bool
    ) -> bool:
        """Show the regions of the selected map; whether the pointer has to do with them."""
        self.hint = ""
        carrier = self._carrier(view)
        if carrier is None or view.preview.drawn is None:
            self._let_go()
            self.hint = "Select a Z-Depth map on a surface to draw a region" if self.drawing else ""
            return False
        canvas = RegionCanvas(view, drawing, Projector(view.preview.drawn.camera), *carrier)
        regions = self._regions()
        if self.shown or self.drawing:
            for index, region in enumerate(regions):
                canvas.outline(corners(region), _colour(region.exclude), index == self.selected)
        mouse = imgui.get_mouse_pos()
        if self.drawing is not None:
            if hovered:
                imgui.set_mouse_cursor(imgui.MouseCursor_.hand)
            self._draw_new(canvas, (mouse.x, mouse.y), active)
            return True
        if not self.shown:
            self._lit = self._dragged = None
            return False
        return self._change(canvas, (mouse.x, mouse.y), hovered, active)

    def keys(self, presses: Sequence[Press]) -> list[Press]:
        """Do what keys ask of the regions; the presses that are for others."""
        if imgui.get_io().want_text_input or imgui.is_popup_open("", imgui.PopupFlags_.any_popup):
            return list(presses)
        return [press for press in presses if press.held or not self._key(press.key)]

    def toggle(self, shape: Shape) -> None:
        """Draw this shape next, or leave off."""
        self.drawing = None if self.drawing is shape else shape
        self._let_go()

    def put(self, regions: Sequence[Region]) -> None:
        """Give the selected map other regions, in one step."""
        if self._editor.selected is not None:
            self._editor.set(self._editor.selected, LABEL, regions=tuple(regions))
            self._editor.history.end_merge()

    def remove(self, index: int) -> None:
        """Take one region off the selected map."""
        self.put([region for i, region in enumerate(self._regions()) if i != index])
        self.selected = None

    def clear(self) -> None:
        """Take all regions off the selected map: the whole picture counts again."""
        self.put(())
        self.selected = None

    # -- new ones --

    def _draw_new(self, canvas: RegionCanvas, mouse: Place, active: bool) -> None:
        at = canvas.fraction(mouse)
        clicked = active and imgui.is_mouse_clicked(imgui.MouseButton_.left)
        if self.drawing is Shape.RECTANGLE:
            self._rectangle(canvas, at, clicked, active)
        else:
            self._polygon(canvas, mouse, at, clicked)

    def _rectangle(
        self, canvas: RegionCanvas, at: Point | None, clicked: bool, active: bool
    ) -> None:
        self.hint = "Drag a rectangle on the picture; Escape cancels"
        if clicked and at is not None:
            self._points = [at]
        if self._points and at is not None:
            region = new_region(Shape.RECTANGLE, (self._points[0], at), exclude=self.exclude)
            if region is not None:
                canvas.outline(corners(region), _colour(self.exclude), True)
            if imgui.is_mouse_released(imgui.MouseButton_.left):
                self._finish(region)
        if not active:
            self._points = []

    def _polygon(self, canvas: RegionCanvas, mouse: Place, at: Point | None, clicked: bool) -> None:
        if clicked and at is not None:
            # A second click on the last corner, which a double-click makes, or one on the first.
            places = canvas.places((self._points[0], self._points[-1])) if self._points else []
            if any(math.dist(place, mouse) <= REACH for place in places):
                self._close()
                return
            self._points.append(at)
        count = len(self._points)
        more = "Backspace takes the last one back, Escape cancels"
        if not count:
            self.hint = "Click the corners of a polygon on the picture; Escape cancels"
        elif count < 3:
            self.hint = f"Click the next corner; {more}"
        else:
            self.hint = f"Click the next corner; a double-click or Enter closes, {more}"
        if count:
            ahead = [*self._points, at] if at is not None else self._points
            canvas.line(ahead, _colour(self.exclude))
            canvas.handles(self._points, _colour(self.exclude), count - 1)

    def _close(self) -> None:
        if len(self._points) < 3:
            return
        region = new_region(Shape.POLYGON, self._points, exclude=self.exclude)
        if region is None:
            self._editor.messages.fail(
                "the corners lie on one line, so there is nothing between them"
            )
        self._finish(region)

    def _finish(self, region: Region | None) -> None:
        """region: what was drawn; None for a click, after which drawing goes on as it was."""
        self._points = []
        if region is None:
            return
        self.drawing = None
        chosen = self._editor.selected
        if chosen is not None:
            self._editor.edit(lambda scene: with_region(scene, chosen, region), LABEL)

    # -- those that are there --

    def _change(self, canvas: RegionCanvas, mouse: Place, hovered: bool, active: bool) -> bool:
        left = imgui.MouseButton_.left
        clicked = active and imgui.is_mouse_clicked(left)
        regions = self._regions()
        if self._dragged is None:
            free = hovered and (clicked or not any(imgui.is_mouse_down(b) for b in range(3)))
            self._lit = self._under(canvas, mouse) if free else None
            if clicked:
                self._take(regions)
        if self._dragged is not None:
            if active and imgui.is_mouse_down(left):
                self._drag(canvas, mouse, regions)
            else:
                self._dragged = None
                self._editor.history.end_merge()
        shown = self._dragged or self._lit
        for index, region in enumerate(self._regions()):
            lit = shown[1] if shown is not None and shown[0] == index else -1
            canvas.handles(corners(region), _colour(region.exclude), lit)
        if shown is not None:
            imgui.set_mouse_cursor(imgui.MouseCursor_.hand)
            polygon = regions[shown[0]].shape is Shape.POLYGON
            alone = ", Shift-click takes it away" if polygon else ""
            self.hint = f"Drag the corner; a click selects its region{alone}"
        elif self.selected is not None:
            self.hint = "Drag the region's corners; Delete removes it, Escape lets go of it"
        return shown is not None

    def _take(self, regions: Sequence[Region]) -> None:
        """The pointer went down: on a corner, or beside all."""
        self.selected = None
        if self._lit is None:
            return
        index, corner = self._lit
        if imgui.get_io().key_shift:
            fewer = without_corner(regions[index], corner)
            if fewer is not None:
                self.put([fewer if i == index else old for i, old in enumerate(regions)])
            self._lit = None
            return
        self.selected, self._dragged = index, self._lit

    def _drag(self, canvas: RegionCanvas, mouse: Place, regions: Sequence[Region]) -> None:
        delta = imgui.get_io().mouse_delta
        place = canvas.fraction(mouse)
        if place is None or not (delta.x or delta.y) or self._dragged is None:
            return
        index, corner = self._dragged
        changed = with_corner(regions[index], corner, place)
        if changed is None or self._editor.selected is None:
            return
        if changed.shape is Shape.RECTANGLE:
            corner = corner_of(changed, place)
        self._dragged = index, corner
        values = tuple(changed if i == index else old for i, old in enumerate(regions))
        self._editor.set(self._editor.selected, LABEL, regions=values)

    def _under(self, canvas: RegionCanvas, mouse: Place) -> tuple[int, int] | None:
        """The region and corner under the pointer; the last one drawn first."""
        for index, region in reversed(list(enumerate(self._regions()))):
            for corner, place in enumerate(canvas.places(corners(region))):
                if math.dist(place, mouse) <= REACH:
                    return index, corner
        return None

    # -- parts --

    def _key(self, key: str) -> bool:
        if self.drawing is not None:
            if key == "escape":
                self.drawing = None
                self._let_go()
            elif key == "backspace" and self._points:
                self._points.pop()
            elif key == "enter":
                self._close()
            return key in ("escape", "backspace", "enter")
        if self.selected is None or key not in ("escape", "delete", "backspace"):
            return False
        if key != "escape":
            self.remove(self.selected)
        self.selected = self._dragged = None
        return True

    def _let_go(self) -> None:
        self._points, self._dragged, self._lit, self.selected = [], None, None, None

    def _regions(self) -> tuple[Region, ...]:
        chosen = self._editor.selected
        found = [node for node in self._editor.scene.nodes if node.id == chosen]
        return found[0].regions if found and isinstance(found[0], ZDepthMap) else ()

    def _carrier(self, view: ResultView) -> tuple[EvaluatedSurface, EvaluatedZMap] | None:
        """The surface that carries the selected map, if it is drawn, and the map."""
        frame, chosen = view.preview.drawn, self._editor.selected
        if chosen != self._on:
            self._on = chosen
            self._let_go()
        count = len(self._regions())
        for held in (self._dragged, self._lit):
            if held is not None and held[0] >= count:  # taken away by undo
                self._dragged = self._lit = None
        if self.selected is not None and self.selected >= count:
            self.selected = None
        for surface in () if frame is None else frame.surfaces:
            if surface.z_map is not None and surface.z_map.id == chosen:
                return surface, surface.z_map
        return None


def _colour(exclude: bool) -> tuple[float, ...]:
    return RED if exclude else ACCENT
