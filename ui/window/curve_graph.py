"""The curves of the chosen channels, and their keys and handles to take hold of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from imgui_bundle import imgui

from engine.scene import Channel, Curve, Interpolation
from engine.scene.key_edits import Side
from ui.window.animation import Animation, KeyAt
from ui.window.spans import Place, Span, fitted, inside, nearest, ticks
from ui.window.theme import ACCENT, FAINT, SURROUND, TEXT, packed

REACH = 8.0  # points around a key or handle that take hold of it
APART = 4.0  # points between keys that are drawn
LINES = 26.0  # points between lines of values, at least
SLACK = 3.0  # points that a press may slip before it moves anything
# Okabe and Ito: told apart by everyone. The first three are those of X, Y and Z.
COLOURS = (
    (0.90, 0.42, 0.20), (0.20, 0.75, 0.55), (0.40, 0.74, 0.95),
    (0.94, 0.89, 0.26), (0.85, 0.55, 0.75), (0.95, 0.65, 0.15),
)  # fmt: skip
FIRST_ALONE = 3  # the colour of a channel that has no parts
BOX = (0.55, 0.55, 0.57)

Grip = tuple[KeyAt, Side]


def colours_of(channels: Sequence[Channel]) -> dict[Channel, tuple[float, float, float]]:
    """Of curves that are shown together: by their parts, or else in turn, so that no two of the
    first six are alike."""
    parts = [FIRST_ALONE if channel.part is None else channel.part for channel in channels]
    places = parts if len(set(parts)) == len(parts) else range(len(channels))
    return {c: COLOURS[place % len(COLOURS)] for c, place in zip(channels, places, strict=True)}


@dataclass
class _Drag:
    """What the pointer has hold of since it went down at `start`."""

    kind: Literal["keys", "grip", "box"]
    start: Place
    curves: dict[Channel, Curve] = field(default_factory=dict)
    keys: frozenset[KeyAt] = frozenset()
    key: KeyAt | None = None
    side: Side = "out"
    moving: bool = False


class CurveGraph:
    """points, grips: where keys and the handles of selected ones stand, in points of the window."""

    def __init__(self, animation: Animation) -> None:
        self.animation = animation
        self.points: dict[KeyAt, Place] = {}
        self.grips: dict[Grip, Place] = {}
        self._values: tuple[float, float] | None = None
        self._fitted: tuple[Channel, ...] = ()
        self._drag: _Drag | None = None

    def fit(self) -> None:
        """Show all values of the chosen curves."""
        self._values = None

    def draw(self, frames: Span, height: float) -> Span:
        """The graph, from here on, as wide as `frames`; what of them is to be seen from now on."""
        corner = imgui.get_cursor_screen_pos()
        width = max(frames.end - frames.start, 1.0)
        imgui.invisible_button(
            "##curves", (width, height),
            imgui.ButtonFlags_.mouse_button_left | imgui.ButtonFlags_.mouse_button_middle
            | imgui.ButtonFlags_.mouse_button_right,
        )  # fmt: skip
        hovered, active = imgui.is_item_hovered(), imgui.is_item_active()
        curves = self.animation.curves
        values = self._span(curves, corner.y, height)
        frames, values = self._look_around(frames, values, hovered, active)
        self._place(curves, frames, values)
        self._touch(curves, frames, values, hovered, active)
        curves = self.animation.curves
        self._place(curves, frames, values)
        drawing = imgui.get_window_draw_list()
        low, high = (corner.x, corner.y), (corner.x + width, corner.y + height)
        drawing.add_rect_filled(low, high, packed(SURROUND))
        drawing.push_clip_rect(low, high, True)
        self._lines(drawing, frames, values, low, high)
        colours = colours_of(self.animation.chosen)
        for channel, curve in curves.items():
            _curve(drawing, curve, frames, values, packed(colours[channel]))
        self._marks(drawing, colours)
        now = frames.to_point(self.animation.editor.frame)
        drawing.add_line((now, low[1]), (now, high[1]), packed(ACCENT), 1.5)
        drawing.pop_clip_rect()
        return frames

    # -- what is seen --

    def _span(self, curves: Mapping[Channel, Curve], top: float, height: float) -> Span:
        chosen = tuple(curves)
        # While keys are dragged the ground under them stands still.
        if self._values is None or chosen != self._fitted:
            found = (key.value for curve in curves.values() for key in curve.keys)
            self._values, self._fitted = fitted(found), chosen
        return Span(*self._values, top + height, top)

    def _look_around(
        self, frames: Span, values: Span, hovered: bool, active: bool
    ) -> tuple[Span, Span]:
        """The wheel brings nearer about the pointer (with Ctrl: the values), middle drag moves."""
        io, mouse = imgui.get_io(), imgui.get_mouse_pos()
        if hovered and io.mouse_wheel:
            factor = 1.2**io.mouse_wheel
            if io.key_ctrl:
                values = values.zoomed(factor, mouse.y)
            else:
                frames = frames.zoomed(factor, mouse.x, 2.0)
        if active and imgui.is_mouse_dragging(2, 0.0):
            frames = frames.shifted(io.mouse_delta.x)
            values = values.shifted(io.mouse_delta.y)
        self._values = values.low, values.high
        return frames, values

    def _place(self, curves: Mapping[Channel, Curve], frames: Span, values: Span) -> None:
        self.points.clear()
        self.grips.clear()
        for channel, curve in curves.items():
            last = -APART
            for index, key in enumerate(curve.keys):
                x = frames.to_point(key.frame)
                at = channel, key.frame
                selected = at in self.animation.selected
                if not frames.start - REACH <= x <= frames.end + REACH:
                    continue
                if x - last < APART and not selected:
                    continue  # too close to be told apart
                last = x
                self.points[at] = x, values.to_point(key.value)
                if selected:
                    sides: tuple[Side, Side] = "in", "out"
                    for side, handle in zip(sides, curve.handles(index), strict=True):
                        if handle is not None:
                            self.grips[at, side] = (
                                frames.to_point(key.frame + handle[0]),
                                values.to_point(key.value + handle[1]),
                            )

    # -- what the pointer does --

    def _touch(
        self, curves: dict[Channel, Curve], frames: Span, values: Span, hovered: bool, active: bool
    ) -> None:
        mouse = imgui.get_mouse_pos()
        place = mouse.x, mouse.y
        if hovered and imgui.is_mouse_double_clicked(0):
            self._add_key(curves, frames, values, place)
            self._drag = None
        elif imgui.is_item_activated() and imgui.is_mouse_down(0):
            self._take_hold(curves, place)
        elif hovered and imgui.is_mouse_clicked(1):
            key = nearest(self.points, place, REACH)
            if key is not None and key not in self.animation.selected:
                self.animation.selected = frozenset({key})
        if self._drag is None:
            return
        if active:
            self._pull(self._drag, frames, values, place)
        else:
            if self._drag.kind == "box":
                self._select(inside(self.points, self._drag.start, place))
            self.animation.end()
            self._drag = None

    def _take_hold(self, curves: dict[Channel, Curve], place: Place) -> None:
        selected = self.animation.selected
        key = nearest(self.points, place, REACH)
        grip = nearest(self.grips, place, REACH)
        if key is None and grip is not None:
            self._drag = _Drag("grip", place, curves, key=grip[0], side=grip[1])
            return
        if key is None:
            self._drag = _Drag("box", place)
            return
        if imgui.get_io().key_shift:
            selected = selected - {key} if key in selected else selected | {key}
        elif key not in selected:
            selected = frozenset({key})
        self.animation.selected = selected
        self._drag = _Drag("keys", place, curves, selected)

    def _pull(self, drag: _Drag, frames: Span, values: Span, place: Place) -> None:
        across, down = place[0] - drag.start[0], place[1] - drag.start[1]
        drag.moving = drag.moving or max(abs(across), abs(down)) > SLACK
        if not drag.moving:
            return
        if drag.kind == "grip" and drag.key is not None:
            channel, frame = drag.key
            curve = drag.curves[channel]
            to = frames.to_value(place[0]) - frame, values.to_value(place[1]) - curve.at(frame)
            broken = imgui.get_io().key_alt
            self.animation.bend(curve, drag.key, drag.side, to, broken=broken)
        elif drag.kind == "keys":
            by, up = round(across / frames.density), down / values.density
            if imgui.get_io().key_shift:  # along one side only
                by, up = (by, 0.0) if abs(across) >= abs(down) else (0, up)
            self.animation.move(drag.curves, drag.keys, by, up)

    def _select(self, keys: set[KeyAt]) -> None:
        before = self.animation.selected if imgui.get_io().key_shift else frozenset()
        self.animation.selected = before | keys

    def _add_key(
        self, curves: dict[Channel, Curve], frames: Span, values: Span, place: Place
    ) -> None:
        """A key where a curve was clicked twice, on it."""
        if nearest(self.points, place, REACH) is not None:
            return
        frame = float(round(frames.to_value(place[0])))
        on = {
            channel: (frames.to_point(frame), values.to_point(curve.at(frame)))
            for channel, curve in curves.items()
        }
        near = min(on, key=lambda channel: abs(on[channel][1] - place[1]), default=None)
        if near is not None and abs(on[near][1] - place[1]) <= 2 * REACH:
            self.animation.set_value(near, frame, curves[near].at(frame))
            self.animation.end()

    # -- what is drawn --

    def _lines(
        self, drawing: imgui.ImDrawList, frames: Span, values: Span, low: Place, high: Place
    ) -> None:
        for value in ticks(frames, 60.0, whole=True)[1]:
            x = frames.to_point(value)
            drawing.add_line((x, low[1]), (x, high[1]), packed(TEXT, 0.06))
        step, found = ticks(values, LINES)
        for value in found:
            y = values.to_point(value)
            drawing.add_line((low[0], y), (high[0], y), packed(TEXT, 0.06))
            if y - imgui.get_font_size() < low[1]:
                continue
            text = f"{0.0 if abs(value) < step / 2 else value:.6g}"
            drawing.add_text((low[0] + 4, y - imgui.get_font_size()), packed(FAINT, 0.8), text)

    def _marks(
        self, drawing: imgui.ImDrawList, colours: Mapping[Channel, tuple[float, ...]]
    ) -> None:
        for (key, _), place in self.grips.items():
            if key in self.points:
                drawing.add_line(self.points[key], place, packed(FAINT), 1.0)
            drawing.add_circle_filled(place, 3.5, packed(TEXT))
        for key, place in self.points.items():
            selected = key in self.animation.selected
            colour = TEXT if selected else colours[key[0]]
            diamond(drawing, place, 5.5 if selected else 4.5, packed(colour))
        drag = self._drag
        if drag is not None and drag.kind == "box":
            mouse = imgui.get_mouse_pos()
            drawing.add_rect_filled(drag.start, (mouse.x, mouse.y), packed(BOX, 0.15))
            drawing.add_rect(drag.start, (mouse.x, mouse.y), packed(BOX))


def diamond(
    drawing: imgui.ImDrawList, place: Place, half: float, colour: int, *, hollow: bool = False
) -> None:
    """The mark of a key."""
    x, y = place
    top, right, bottom, left = (x, y - half), (x + half, y), (x, y + half), (x - half, y)
    if hollow:
        drawing.add_quad(top, right, bottom, left, colour, 1.3)
    else:
        drawing.add_quad_filled(top, right, bottom, left, colour)


def _curve(
    drawing: imgui.ImDrawList, curve: Curve, frames: Span, values: Span, colour: int
) -> None:
    """A curve from one side to the other."""

    def at(frame: float, value: float) -> Place:
        return frames.to_point(frame), values.to_point(value)

    first, last = curve.keys[0], curve.keys[-1]
    drawing.add_line((frames.start, at(0, first.value)[1]), at(first.frame, first.value), colour)
    drawing.add_line(at(last.frame, last.value), (frames.end, at(0, last.value)[1]), colour)
    for index, (key, after) in enumerate(zip(curve.keys, curve.keys[1:], strict=False)):
        if after.frame < frames.low or key.frame > frames.high:
            continue
        start, end = at(key.frame, key.value), at(after.frame, after.value)
        if key.interpolation is Interpolation.HOLD:
            drawing.add_line(start, (end[0], start[1]), colour, 1.8)
            drawing.add_line((end[0], start[1]), end, colour, 1.8)
        elif key.interpolation is Interpolation.LINEAR:
            drawing.add_line(start, end, colour, 1.8)
        else:
            out, into = curve.handles(index)[1], curve.handles(index + 1)[0]
            assert out is not None and into is not None
            drawing.add_bezier_cubic(
                start, at(key.frame + out[0], key.value + out[1]),
                at(after.frame + into[0], after.value + into[1]), end, colour, 1.8,
                min(max(int(end[0] - start[0]) // 6, 12), 200),
            )  # fmt: skip
