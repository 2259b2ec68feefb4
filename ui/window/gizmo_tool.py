"""Move, rotate and scale what is selected, by handles in the result view."""

from __future__ import annotations

import math
from itertools import count

import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui

from engine.scene import (
    Placed,
    Scene,
    ZDepthMap,
    moved,
    pivot_of,
    scaled,
    turned,
    world_of,
)
from ui.window.editor import Change, Editor
from ui.window.gizmo import (
    AXES,
    PLANES,
    VIEW,
    Drag,
    Gizmo,
    Mode,
    arm_length,
    distance_to,
    unit_axes,
)
from ui.window.gizmo_paint import paint
from ui.window.pointer_note import note
from ui.window.view import ResultView

REACH = 8.0  # points around a handle that take hold of it
ARM = 84.0  # points
TURN_STEP, SCALE_STEP = math.radians(5.0), 0.1  # with Ctrl
LABELS = {Mode.MOVE: "Move", Mode.ROTATE: "Rotate", Mode.SCALE: "Scale"}
Places = dict[str, npt.NDArray[np.float64]]


class GizmoTool:
    """mode: what the handles do; None: there are none. local: along the node's own axes instead of
    the world's; scale always is. handles: where one can take each, in points. said: what stands
    beside the pointer."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self.mode: Mode | None = None
        self.local = False
        self.handles: dict[str, tuple[float, float]] = {}
        self.said = ""
        self._drag: Drag | None = None
        self._start: tuple[Scene, tuple[str, ...], int] | None = None
        self._number = count()
        self._key = ""

    @property
    def targets(self) -> tuple[str, ...]:
        """The selected nodes that have a place of their own, the last one last."""
        nodes = {node.id: node for node in self._editor.scene.nodes}
        return tuple(
            id
            for id in self._editor.selection
            if isinstance(nodes[id], Placed) and not isinstance(nodes[id], ZDepthMap)
        )

    def toggle(self, mode: Mode | None) -> None:
        """Show these handles, or put them away."""
        self.mode = None if mode is self.mode else mode
        if self.mode is not None and not self.targets:
            self._editor.messages.note(
                f"Select a surface, geometry, axis, camera or light to {self.mode.value} it"
            )

    def swap_axes(self) -> None:
        """Between the world's axes and the node's own."""
        self.local = not self.local

    def draw(
        self, view: ResultView, drawing: imgui.ImDrawList, hovered: bool, active: bool
    ) -> bool:
        """Show the handles; whether one of them has the pointer."""
        self.said = ""
        self.handles = {}
        mouse = imgui.get_mouse_pos()
        if self._drag is not None and not active:
            self._drag = self._start = None
            self._editor.history.end_merge()
        if self._drag is not None:
            self._pull(view, view.to_picture(mouse.x, mouse.y))
        gizmo = self._gizmo(view)
        if gizmo is None:
            self._drag = self._start = None
            return False
        places = self._places(view, gizmo)
        lit = self._drag.name if self._drag else None
        # Shift is for snapping the axis under it, or for selecting more.
        if hovered and lit is None and not imgui.get_io().key_shift:
            lit = self._under(places, (mouse.x, mouse.y))
        if lit and active and imgui.is_mouse_clicked(imgui.MouseButton_.left):
            self._drag = Drag(gizmo, lit, view.to_picture(mouse.x, mouse.y))
            self._start = (self._editor.scene, self.targets, self._editor.frame)
            self._key = f"gizmo {next(self._number)}"
        paint(drawing, gizmo, places, lit)
        if self.said:
            note(drawing, self.said, view.area)
        return lit is not None

    # -- where they are --

    def _gizmo(self, view: ResultView) -> Gizmo | None:
        frame, targets = view.preview.drawn, self.targets
        if self.mode is None or frame is None or not targets:
            return None
        scene, now = self._editor.scene, self._editor.frame
        origin = pivot_of(scene, targets[-1], now)
        height = view.preview.size[1] * view.scale
        arm = arm_length(frame.camera, origin, ARM / height)
        if arm is None:
            return None
        own = self.local or self.mode is Mode.SCALE
        axes = unit_axes(world_of(scene, targets[-1], now)) if own else np.eye(3)
        return Gizmo(frame.camera, self.mode, origin, axes, arm)

    def _places(self, view: ResultView, gizmo: Gizmo) -> Places:
        found: Places = {}
        for name, points in gizmo.handles().items():
            seen, front = gizmo.projector.places(points)
            if front.all():
                found[name] = np.array([view.to_points(float(x), float(y)) for x, y in seen])
                spot = (
                    found[name].mean(axis=0) if name in PLANES else found[name][gizmo.grip(points)]
                )
                self.handles[name] = (float(spot[0]), float(spot[1]))
        return found

    def _under(self, places: Places, mouse: tuple[float, float]) -> str | None:
        """The handle that a pointer has: the middle first, then planes, then the nearest line."""
        if VIEW in places and len(places[VIEW]) == 1 and distance_to(places[VIEW], mouse) <= REACH:
            return VIEW
        for name in PLANES:
            if name in places and _inside(places[name], mouse):
                return name
        lines = [
            (distance_to(line, mouse), name) for name, line in places.items() if name not in PLANES
        ]
        nearest = min(lines, default=(math.inf, ""))
        return nearest[1] if nearest[0] <= REACH else None

    # -- dragging --

    def _pull(self, view: ResultView, place: tuple[float, float]) -> None:
        assert self._drag is not None and self._start is not None
        start, ids, frame = self._start
        drag, mode, rounded = self._drag, self._drag.gizmo.mode, imgui.get_io().key_ctrl
        if not imgui.is_mouse_dragging(imgui.MouseButton_.left, 0.0):
            return
        if mode is Mode.MOVE:
            by = drag.offset(place)
            self.said = "  ".join(f"{n} {part:+.3f}" for n, part in zip("XYZ", by, strict=True))
            self._edit(lambda _: moved(start, ids, frame, by), ids)
        elif mode is Mode.ROTATE:
            matrix, angle = drag.turn(place, TURN_STEP if rounded else 0.0)
            self.said = f"{math.degrees(angle):+.1f}°"
            self._edit(lambda _: turned(start, ids, frame, matrix, drag.gizmo.origin), ids)
        else:
            width, height = view.preview.size
            factors = drag.factors(place, width / height, SCALE_STEP if rounded else 0.0)
            name = "" if drag.name == VIEW else f"{drag.name.upper()} "
            self.said = f"{name}× {factors[AXES.index(drag.name) if name else 0]:.3f}"
            self._edit(lambda _: scaled(start, ids, frame, factors), ids)

    def _edit(self, change: Change, ids: tuple[str, ...]) -> None:
        what = ids[0] if len(ids) == 1 else f"{len(ids)} nodes"
        assert self._drag is not None
        self._editor.edit(change, f"{LABELS[self._drag.gizmo.mode]} {what}", self._key)


def _inside(corners: npt.NDArray[np.float64], mouse: tuple[float, float]) -> bool:
    """Whether a point lies in a convex polygon (n, 2)."""
    ways = np.roll(corners, -1, axis=0) - corners
    to_mouse = np.array(mouse) - corners
    sides = ways[:, 0] * to_mouse[:, 1] - ways[:, 1] * to_mouse[:, 0]
    return bool((sides >= 0).all() or (sides <= 0).all())
