"""Axes and cameras in the result view, which draw no pixels: each has a handle that is clicked and
dragged. Shift-drag is Z-Snap: the axis goes where the pointer is, to the depth that is there."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.scene import Axis, Camera, Scene, below, pivot_of, put_at
from passes.under import Look, planar
from ui.window.editor import Editor
from ui.window.picking import Picking, adds
from ui.window.pointer_note import note
from ui.window.projection import Projector
from ui.window.snap import Steady, depth_under, point_at
from ui.window.theme import ACCENT, packed
from ui.window.view import ResultView

REACH = 10.0  # points around a handle that take hold of it
ARM = 9.0  # points
PLAIN = (0.93, 0.93, 0.93)
Place = tuple[float, float]
Point = npt.NDArray[np.float64]


class _Drag:
    """A handle that is held. snapping: Z is taken from what is under the pointer."""

    def __init__(self, id: str, snapping: bool, offset: Place) -> None:
        self.id = id
        self.snapping = snapping
        self.offset = offset  # of the handle from the pointer, in points
        self.moved = False
        self.steady = Steady()
        self.look: tuple[Look, tuple[int, int]] | None = None
        self.asked: tuple[Any, Any] = (None, None)  # the last look's pixel and frame
        self.found: float | None = None  # what it found


class AxisTool:
    """Draws the handles and drags them. on: whether they are shown. handles: where they are, in
    points. said: what stands beside the pointer. snapped: called with the axis that a Z-Snap has
    put somewhere."""

    def __init__(self, editor: Editor, picking: Picking, snapped: Callable[[str], None]) -> None:
        self._editor = editor
        self._picking = picking
        self._snapped = snapped
        self.on = True
        self.handles: dict[str, Place] = {}
        self.said = ""
        self._drag: _Drag | None = None
        self._known: tuple[Scene, int, dict[str, Point]] | None = None

    def draw(
        self, view: ResultView, drawing: imgui.ImDrawList, hovered: bool, active: bool
    ) -> bool:
        """Show the handles; whether one of them has the pointer."""
        self.said = ""
        self.handles = self._places(view) if self.on else {}
        mouse = imgui.get_mouse_pos()
        drag = self._drag
        if drag is not None and not active:
            self._drop(view, drag)
            drag = None
        lit = drag.id if drag else self._under((mouse.x, mouse.y)) if hovered else None
        if lit and drag is None and active and imgui.is_mouse_clicked(imgui.MouseButton_.left):
            drag = self._take(lit, (mouse.x, mouse.y))
        for name, place in self.handles.items():
            self._handle(drawing, name, place, name == lit)
        if drag is not None:
            self._pull(view, drag, (mouse.x, mouse.y))
            if self.said:
                note(drawing, self.said, view.area)
        return lit is not None

    def toggle(self) -> None:
        """Show the handles, or not."""
        self.on = not self.on

    # -- where they are --

    def _places(self, view: ResultView) -> dict[str, Place]:
        frame = view.preview.drawn
        points = self._points()
        if frame is None or not points:
            return {}
        seen, front = Projector(frame.camera).places(list(points.values()))
        return {
            id: view.to_points(float(at[0]), float(at[1]))
            for id, at, there in zip(points, seen, front, strict=True)
            if there and (id != frame.camera.id or view.preview.camera.free)
        }

    def _points(self) -> dict[str, Point]:
        """Where in the world the nodes are that have a handle."""
        scene, frame = self._editor.scene, self._editor.frame
        if self._known is None or self._known[0] is not scene or self._known[1] != frame:
            nodes = [node.id for node in scene.nodes if isinstance(node, Axis | Camera)]
            points = {id: pivot_of(scene, id, frame) for id in nodes}
            self._known = (scene, frame, points)
        return self._known[2]

    def _under(self, mouse: Place) -> str | None:
        near = [(math.dist(mouse, at), id) for id, at in self.handles.items()]
        return min(near)[1] if near and min(near)[0] <= REACH else None

    # -- dragging --

    def _take(self, id: str, mouse: Place) -> _Drag:
        snapping = imgui.get_io().key_shift and isinstance(self._editor.scene.node(id), Axis)
        place = self.handles[id]
        offset = (0.0, 0.0) if snapping else (place[0] - mouse[0], place[1] - mouse[1])
        self._drag = _Drag(id, snapping, offset)
        return self._drag

    def _pull(self, view: ResultView, drag: _Drag, mouse: Place) -> None:
        """What a drag does, frame by frame."""
        if not drag.moved:
            # As far as a hand trembles it is a click.
            drag.moved = imgui.is_mouse_dragging(imgui.MouseButton_.left, 3.0)
            if not drag.moved:
                return
            if drag.id not in self._editor.selection:
                self._editor.select(drag.id)
        if not drag.snapping:
            at = (mouse[0] + drag.offset[0], mouse[1] + drag.offset[1])
            self._put(view, drag, at, self._own_depth(view, drag))
            return
        if drag.look is not None and drag.look[0].done():
            self._read(drag)
        pixel = view.pixel(*mouse)
        fresh = pixel != drag.asked[0] or view.preview.drawn is not drag.asked[1]
        if pixel is not None and drag.look is None and fresh:
            self._ask(view, drag, pixel)
            drag.asked = (pixel, view.preview.drawn)
        self._snap(view, drag, mouse)

    def _drop(self, view: ResultView, drag: _Drag) -> None:
        """The handle is let go: a click, or the end of one step of undo."""
        self._drag = None
        if drag.look is not None:
            drag.look[0].discard()
            drag.look = None
        if not drag.moved:
            self._picking.choose(drag.id, adds())
            return
        mouse = imgui.get_mouse_pos()
        if drag.snapping:
            pixel = view.pixel(mouse.x, mouse.y)
            if pixel is not None:
                self._ask(view, drag, pixel)
                self._read(drag)  # waits: this is what stays
            self._snap(view, drag, (mouse.x, mouse.y))
        self._editor.history.end_merge()
        if drag.snapping:
            self._snapped(drag.id)

    def _ask(self, view: ResultView, drag: _Drag, pixel: tuple[int, int]) -> None:
        # An axis does not snap to what it carries: that would run away from the pointer.
        look = view.preview.look(pixel, below(self._editor.scene, drag.id))
        drag.look = None if look is None else (look, pixel)

    def _read(self, drag: _Drag) -> None:
        if drag.look is not None:
            (look, pixel), drag.look = drag.look, None
            drag.found = depth_under(look.seen())
            drag.steady.take(drag.found, pixel)

    def _snap(self, view: ResultView, drag: _Drag, mouse: Place) -> None:
        depth = drag.steady.depth
        if depth is None:
            depth = self._own_depth(view, drag)
        if depth is None:
            return
        self._put(view, drag, mouse, depth)
        self.said = f"Z {depth:.4f}" if drag.found is not None else f"Z {depth:.4f} kept"

    def _own_depth(self, view: ResultView, drag: _Drag) -> float | None:
        frame = view.preview.drawn
        point = self._points().get(drag.id)
        return None if frame is None or point is None else float(planar(frame.camera, point))

    def _put(self, view: ResultView, drag: _Drag, at: Place, depth: float | None) -> None:
        frame = view.preview.drawn
        if frame is None or depth is None:
            return
        point = point_at(frame.camera, view.to_picture(*at), depth)
        editor, now = self._editor, self._editor.frame
        label = "Z-Snap" if drag.snapping else "Move"
        editor.edit(
            lambda scene: put_at(scene, drag.id, now, point),
            f"{label} of {drag.id}", f"{label} {drag.id}",
        )  # fmt: skip

    # -- how they look --

    def _handle(self, drawing: imgui.ImDrawList, name: str, place: Place, lit: bool) -> None:
        chosen = name in self._editor.selection
        colour = ACCENT if chosen or lit else PLAIN
        x, y = place
        if isinstance(self._editor.scene.node(name), Camera):
            size = imgui.calc_text_size(icons.ICON_FA_VIDEO)
            drawing.add_circle_filled(place, REACH + 1, packed((0.06, 0.06, 0.065), 0.7), 24)
            corner = (x - size.x / 2, y - size.y / 2)
            drawing.add_text(corner, packed(colour), icons.ICON_FA_VIDEO)
        else:
            for width, shade in ((4.0, packed((0, 0, 0), 0.65)), (2.0, packed(colour))):
                drawing.add_line((x - ARM, y), (x + ARM, y), shade, width)
                drawing.add_line((x, y - ARM), (x, y + ARM), shade, width)
        if lit or chosen:
            size = imgui.calc_text_size(name)
            low, high = (x + ARM + 3, y + 4), (x + ARM + size.x + 13, y + size.y + 7)
            drawing.add_rect_filled(low, high, packed((0, 0, 0), 0.6), 3.0)
            drawing.add_text((x + ARM + 8, y + 5), packed(colour), name)
