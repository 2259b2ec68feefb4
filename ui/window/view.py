"""The result view: the picture, where it stands in the window, and how one moves in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.scene import Scene
from passes import aov_passes
from ui.window.fields import choose
from ui.window.flow import beside, button_width, centred
from ui.window.preview import RESOLUTIONS, Preview
from ui.window.readout import value_text
from ui.window.screen import Placement
from ui.window.theme import grown, packed

TITLE = "Result"
LARGEST, SMALLEST = 64.0, 1 / 64
ROOMY = 700.0  # points, from which on buttons have words beside their icons
TREMBLE = 3.0  # points that a click may move by
TURN = 3.2  # radians across the picture's height
VIEW_NAMES = {
    "beauty": "Beauty", "matte": "Matte", "z": "Z-Depth", "z_normalized": "Z, normalised",
    "z_aa": "Z, anti-aliased", "normals": "Normals", "position": "Position", "uv": "UV",
    "forward": "Motion, forward", "backward": "Motion, backward", "object_id": "Object ID",
    "albedo": "Albedo", "shadow": "Shadow",
    "confidence": "Depth confidence", "stretch": "Stretch matte",
}  # fmt: skip


def output_titles(scene: Scene) -> dict[str, str]:
    """What the passes are called where they are chosen, and the document's 3D AOVs, by name."""
    return VIEW_NAMES | {name: name for name in aov_passes(scene)}


class ResultView:
    """zoom: window points per picture pixel, None fits the picture into the view. pan: of the
    picture's centre from the view's, in points. tools: drawn over it, each of which may take the
    pointer. clicked: what a click does that no tool took. bar: draws more
    buttons beside the choices."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview
        self.zoom: float | None = None
        self.pan = (0.0, 0.0)
        self.area = (0.0, 0.0, 1.0, 1.0)  # x, y, width, height in points
        self.hovered: tuple[int, int] | None = None
        self.tools: list[Any] = []
        self.clicked: Callable[[ResultView], None] = lambda _: None
        self.bar: Callable[[], None] = lambda: None
        self._pressed_at = (0.0, 0.0)
        self._dragging = False
        self.waiting_for = ""  # said in the middle while there is no picture

    # -- where the picture is --

    @property
    def scale(self) -> float:
        """Points per picture pixel."""
        if self.zoom is not None:
            return self.zoom
        width, height = self.preview.size
        return max(min(self.area[2] / width, self.area[3] / height), SMALLEST)

    @property
    def origin(self) -> tuple[float, float]:
        """The picture's top left corner in points."""
        x, y, width, height = self.area
        w, h = self.preview.size
        scale = self.scale
        return (
            x + (width - w * scale) / 2 + self.pan[0],
            y + (height - h * scale) / 2 + self.pan[1],
        )

    def placement(self, ratio: float, window: tuple[int, int]) -> Placement:
        """The same in the window's pixels. ratio: pixels per point; window: its size in pixels."""
        x, y, width, height = (round(part * ratio) for part in self.area)
        x, y = max(x, 0), max(y, 0)
        area = (x, y, min(width, window[0] - x), min(height, window[1] - y))
        left, top = self.origin
        return Placement(area, (left * ratio, top * ratio), self.scale * ratio)

    def to_points(self, x: float, y: float) -> tuple[float, float]:
        """A place in the picture, as fractions from its top left, in points."""
        left, top = self.origin
        width, height = self.preview.size
        return left + x * width * self.scale, top + y * height * self.scale

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """The inverse of `to_points`."""
        left, top = self.origin
        width, height = self.preview.size
        return (x - left) / (width * self.scale), (y - top) / (height * self.scale)

    def pixel(self, x: float, y: float) -> tuple[int, int] | None:
        """The pixel of the picture at a place in points; None beside it."""
        x, y = self.to_picture(x, y)
        if not (0 <= x < 1 and 0 <= y < 1):
            return None
        width, height = self.preview.size
        return int(x * width), int(y * height)

    # -- one frame --

    def draw(self) -> None:
        """The window's content: a line of choices above, the picture below."""
        self._choices()
        imgui.push_style_var(imgui.StyleVar_.item_spacing, (0.0, 0.0))
        corner, size = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail()
        self.area = (corner.x, corner.y, max(size.x, 1.0), max(size.y, 1.0))
        buttons = (
            imgui.ButtonFlags_.mouse_button_left
            | imgui.ButtonFlags_.mouse_button_middle
            | imgui.ButtonFlags_.mouse_button_right
        )
        imgui.invisible_button("picture", (self.area[2], self.area[3]), buttons)
        imgui.pop_style_var()
        hovered, active = imgui.is_item_hovered(), imgui.is_item_active()
        self._watch_press(active)
        clicked = imgui.is_item_deactivated() and not self._dragging
        mouse = imgui.get_mouse_pos()
        self.hovered = self.pixel(mouse.x, mouse.y) if hovered or active else None
        drawing = imgui.get_window_draw_list()
        x, y, width, height = self.area
        drawing.push_clip_rect((x, y), (x + width, y + height))
        taken = False
        for tool in self.tools:
            free = not taken  # one tool at a time has the pointer
            taken = tool.draw(self, drawing, hovered and free, active and free) or taken
        if taken:
            self._dragging = True  # what a tool has begun ends as no click
        else:
            self._move(hovered, active)
            if clicked:
                self.clicked(self)
        self._readout(drawing)
        if self.preview.picture is None and self.waiting_for:
            centred(drawing, self.waiting_for, self.area)
        drawing.pop_clip_rect()

    def fit(self) -> None:
        """The whole picture, as large as the view allows."""
        self.zoom, self.pan = None, (0.0, 0.0)

    # -- parts --

    def _choices(self) -> None:
        preview = self.preview
        roomy = imgui.get_content_region_avail().x > grown(ROOMY)
        fit, everything, camera = ("Fit", "All", "Camera") if roomy else ("", "", "")
        imgui.set_next_item_width(grown(150 if roomy else 110))
        titles = output_titles(preview.editor.scene)
        names = list(titles)
        present = names.index(preview.view) if preview.view in titles else 0
        index = choose("##view", present, list(titles.values()))
        imgui.set_item_tooltip("Which pass is shown")
        if index is not None:
            preview.view = names[index]
        beside(grown(75))
        imgui.set_next_item_width(grown(75))
        index = choose("##resolution", RESOLUTIONS.index(preview.divisor), ("Full", "1/2", "1/4"))
        imgui.set_item_tooltip("Resolution of the picture in this view")
        if index is not None:
            preview.divisor = RESOLUTIONS[index]
        if _button(f"{icons.ICON_FA_EXPAND} {fit}###fit"):
            self.fit()
        imgui.set_item_tooltip("Fit the picture into the view (0)\nCtrl-wheel zooms into it")
        if _button(f"{icons.ICON_FA_OBJECT_GROUP} {everything}###all"):
            preview.frame_all()
        imgui.set_item_tooltip("Frame everything in the scene (F)")
        imgui.begin_disabled(not preview.camera.free)
        if _button(f"{icons.ICON_FA_VIDEO} {camera}###camera"):
            preview.camera.reset()
        imgui.end_disabled()
        imgui.set_item_tooltip(
            "Back to the document's camera (C)\n"
            "Drag orbits, middle drag pans, right drag and wheel come nearer"
        )
        self.bar()
        imgui.same_line()
        text = f"{self.scale * 100:.0f} %"
        if imgui.get_content_region_avail().x > imgui.calc_text_size(text).x:
            imgui.text_disabled(text)
        else:
            imgui.new_line()

    def _move(self, hovered: bool, active: bool) -> None:
        io, camera = imgui.get_io(), self.preview.camera
        delta, height = io.mouse_delta, self.preview.size[1] * self.scale
        if hovered and io.mouse_wheel and io.key_ctrl:
            self._zoom_by(1.25**io.mouse_wheel)
        elif hovered and io.mouse_wheel:
            self.preview.start_moving()
            camera.dolly(0.9**io.mouse_wheel)
        if not active or not self._dragging or (delta.x == 0 and delta.y == 0):
            return
        if io.key_ctrl:
            self.zoom = self.scale
            self.pan = (self.pan[0] + delta.x, self.pan[1] + delta.y)
            return
        self.preview.start_moving()
        if imgui.is_mouse_down(imgui.MouseButton_.left):
            camera.orbit(TURN * delta.x / height, TURN * delta.y / height)
        elif imgui.is_mouse_down(imgui.MouseButton_.middle):
            assert self.preview.drawn is not None or not camera.free
            tan_half = self.preview.drawn.camera.tan_half[1] if self.preview.drawn else 0.0
            camera.pan(delta.x / height, delta.y / height, tan_half)
        else:
            camera.dolly(2.0 ** (2.0 * delta.y / height))

    def _watch_press(self, active: bool) -> None:
        """Tell a drag from a click: by the other buttons, or farther than a hand trembles."""
        mouse = imgui.get_mouse_pos()
        if imgui.is_item_activated():
            self._pressed_at = (mouse.x, mouse.y)
            self._dragging = not imgui.is_mouse_down(imgui.MouseButton_.left)
        elif active and math.dist((mouse.x, mouse.y), self._pressed_at) > TREMBLE:
            self._dragging = True

    def _zoom_by(self, factor: float) -> None:
        """Larger or smaller about the pointer."""
        mouse = imgui.get_mouse_pos()
        before = self.to_picture(mouse.x, mouse.y)
        self.zoom = min(max(self.scale * factor, SMALLEST), LARGEST)
        after = self.to_points(*before)
        self.pan = (self.pan[0] + mouse.x - after[0], self.pan[1] + mouse.y - after[1])

    def _readout(self, drawing: imgui.ImDrawList) -> None:
        preview = self.preview
        if self.hovered is None or preview.value is None or preview.pixel is None:
            return
        if preview.drawn is None:
            return
        camera = preview.drawn.camera
        shown = value_text(preview.shown, preview.value, (camera.near, camera.far))
        text = f"{preview.pixel[0]}, {preview.pixel[1]}   {shown}"
        x, y, width, height = self.area
        wrap = max(width - 32, 60.0)
        size = imgui.calc_text_size(text, wrap_width=wrap)
        low = (x + 8, y + height - size.y - 16)
        drawing.add_rect_filled(low, (low[0] + size.x + 16, low[1] + size.y + 8),
                                packed((0, 0, 0), 0.65), 4.0)  # fmt: skip
        drawing.add_text(
            imgui.get_font(), imgui.get_font_size(), (low[0] + 8, low[1] + 4), packed((1, 1, 1)),
            text, wrap_width=wrap,
        )  # fmt: skip


def _button(label: str) -> bool:
    """A button beside the last one, or below it; whether it was pressed."""
    beside(button_width(label))
    return bool(imgui.button(label))
