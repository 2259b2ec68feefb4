"""Lights in the result view: each a handle on a ball around the scene, dragged to where it shines
from.

The ball is seen from the camera: a handle in its middle is a light at the camera, one at its rim
shines from the side, and one outside the rim from behind.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.scene import EvaluatedLight, Light, LightKind, RotationOrder, aim, set_at
from engine.scene import Vector as SceneVector
from ui.window.editor import Editor
from ui.window.theme import ACCENT, packed
from ui.window.view import ResultView

REACH = 13.0  # points around a handle that take hold of it
BALL = 0.38  # of the shorter side of the picture
Vector = npt.NDArray[np.float64]


def on_ball(direction: Vector) -> tuple[float, float]:
    """Where the handle of a light stands on the ball, (right, down) in its radii.

    direction: (3,) from the scene towards the light, of length 1, in camera space.
    """
    x, y, z = (float(part) for part in direction)
    across = math.hypot(x, y)
    radius = across if z >= 0 else 2.0 - across
    if across < 1e-9:
        return (0.0, 0.0) if z >= 0 else (0.0, -2.0)
    return x / across * radius, -y / across * radius


def from_ball(right: float, down: float) -> Vector:
    """The inverse of `on_ball`; beyond two radii it stays straight behind."""
    radius = min(math.hypot(right, down), 2.0)
    across = radius if radius <= 1 else 2.0 - radius
    depth = math.sqrt(max(0.0, 1.0 - across * across))
    length = math.hypot(right, down)
    if length < 1e-9:
        return np.array([0.0, 0.0, 1.0])
    return np.array(
        [right / length * across, -down / length * across, depth if radius <= 1 else -depth]
    )


class LightTool:
    """Draws the handles and drags them. on: whether they are shown."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self.on = True
        self.handles: dict[str, tuple[float, float]] = {}
        self._dragged: str | None = None

    def draw(
        self, view: ResultView, drawing: imgui.ImDrawList, hovered: bool, active: bool
    ) -> bool:
        """Show the handles; whether one of them has the pointer."""
        frame = view.preview.drawn
        self.handles.clear()
        if not self.on or frame is None or view.preview.shown not in ("beauty", "shadow", "albedo"):
            self._dragged = None
            return False
        corners = view.preview.renderer.corners
        centre = corners.mean(axis=0) if len(corners) else np.zeros(3)
        middle = view.to_points(0.5, 0.5)
        width, height = view.preview.size
        radius = BALL * min(width, height) * view.scale
        rotation = frame.camera.world[:3, :3]
        mouse = imgui.get_mouse_pos()
        nearest = self._dragged
        for light in frame.lights:
            away = _direction(light, centre)
            right, down = on_ball(rotation.T @ away)
            place = (middle[0] + right * radius, middle[1] + down * radius)
            self.handles[light.id] = place
            if hovered and nearest is None and _near(mouse, place):
                nearest = light.id
        if nearest is not None and nearest not in self.handles:
            nearest = self._dragged = None
        if active and nearest and imgui.is_mouse_clicked(imgui.MouseButton_.left):
            self._dragged = nearest
            self._editor.select(nearest)
        if self._dragged is not None:
            if active and imgui.is_mouse_down(imgui.MouseButton_.left):
                delta = imgui.get_io().mouse_delta
                if delta.x or delta.y:
                    seen = from_ball((mouse.x - middle[0]) / radius, (mouse.y - middle[1]) / radius)
                    self._move(self._dragged, rotation @ seen, centre)
            else:
                self._dragged = None
                self._editor.history.end_merge()
        if nearest is not None:
            drawing.add_circle(middle, radius, packed(ACCENT, 0.35), 64, 1.0)
        for name, place in self.handles.items():
            self._handle(drawing, place, name == nearest, name)
        return nearest is not None

    def _handle(
        self, drawing: imgui.ImDrawList, place: tuple[float, float], lit: bool, name: str
    ) -> None:
        drawing.add_circle_filled(place, REACH - 2, packed((0.06, 0.06, 0.065), 0.7), 24)
        drawing.add_circle(place, REACH - 2, packed(ACCENT, 1.0 if lit else 0.6), 24, 1.5)
        size = imgui.calc_text_size(icons.ICON_FA_LIGHTBULB)
        drawing.add_text(
            (place[0] - size.x / 2, place[1] - size.y / 2),
            packed(ACCENT), icons.ICON_FA_LIGHTBULB,
        )  # fmt: skip
        if lit:
            drawing.add_text((place[0] + REACH + 4, place[1] - size.y / 2), packed(ACCENT), name)

    def _move(self, name: str, away: Vector, centre: Vector) -> None:
        node = self._editor.scene.node(name)
        if not isinstance(node, Light):
            return
        if node.parent is not None:
            self._editor.messages.warn(
                f"{name} hangs on {node.parent}: move that, or set the light's own axis"
            )
            return
        drawn = next(item for item in self._scene_lights() if item.id == name)
        target = _target(drawn, centre)
        distance = float(np.linalg.norm(drawn.world[:3, 3] - target)) or 1.0
        position = target + distance * away
        place = (float(position[0]), float(position[1]), float(position[2]))
        values: dict[str, object] = {"translate": self._keyed(node.translate, place)}
        if drawn.kind is not LightKind.POINT:
            turned = aim(place, (float(target[0]), float(target[1]), float(target[2])))
            values["rotate"] = self._keyed(node.rotate, turned)
            values["rotation_order"] = RotationOrder.XYZ
        self._editor.set(name, "Direction", **values)

    def _keyed(self, old: SceneVector, new: tuple[float, float, float]) -> SceneVector:
        """What is animated gets keys at this frame."""
        x, y, z = (set_at(o, self._editor.frame, n) for o, n in zip(old, new, strict=True))
        return x, y, z

    def _scene_lights(self) -> tuple[EvaluatedLight, ...]:
        return self._editor.scene.evaluate(self._editor.frame).lights


def _target(light: EvaluatedLight, centre: Vector) -> Vector:
    """What a light shines at: the point of its axis that is nearest to the scene's centre."""
    position = light.world[:3, 3]
    if light.kind is LightKind.POINT:
        return centre
    forward = -light.world[:3, 2] / np.linalg.norm(light.world[:3, 2])
    along = float((centre - position) @ forward)
    return position + max(along, 0.1) * forward


def _direction(light: EvaluatedLight, centre: Vector) -> Vector:
    """From the scene towards the light, of length 1."""
    if light.kind is LightKind.POINT:
        away = light.world[:3, 3] - centre
    else:
        away = light.world[:3, 2].copy()
    length = float(np.linalg.norm(away))
    return away / length if length > 1e-9 else np.array([0.0, 0.0, 1.0])


def _near(mouse: imgui.ImVec2, place: tuple[float, float]) -> bool:
    return math.hypot(mouse.x - place[0], mouse.y - place[1]) <= REACH
