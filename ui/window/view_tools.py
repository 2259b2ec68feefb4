"""All that can be done in the result view with the pointer, and the buttons for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.scene import Axis
from ui.window.axis_tool import AxisTool
from ui.window.editor import Editor
from ui.window.flow import beside, button_width
from ui.window.gizmo import Mode
from ui.window.gizmo_tool import GizmoTool
from ui.window.guides import SafeAreas, Wipe
from ui.window.legend import Legend
from ui.window.overlay import Press
from ui.window.picking import Picking
from ui.window.preview import Preview
from ui.window.screen import Placement, ScreenPass
from ui.window.theme import ACCENT_DARK
from ui.window.tracking import Fresh, Tracking
from ui.window.view import ResultView

GIZMOS = (
    (Mode.MOVE, icons.ICON_FA_UP_DOWN_LEFT_RIGHT, "Move what is selected (W)"),
    (Mode.ROTATE, icons.ICON_FA_ROTATE, "Rotate what is selected (E)"),
    (Mode.SCALE, icons.ICON_FA_UP_RIGHT_AND_DOWN_LEFT_FROM_CENTER, "Scale what is selected (S)"),
)
WIDTH = 260.0  # points of a progress bar


class ViewTools:
    """The tools of one result view. track: whether an axis that was snapped is tracked as well."""

    def __init__(
        self, editor: Editor, preview: Preview, view: ResultView, fresh: Fresh | None
    ) -> None:
        """fresh: whether the analysis of a map at a frame is at hand; None: there is no time, and
        nothing can be tracked."""
        self._editor, self._preview = editor, preview
        self.track = False
        self.can_track = fresh is not None
        self.picking = Picking(editor)
        self.tracking = Tracking(editor, preview, fresh or (lambda _map, _frame: True))
        self.axes = AxisTool(editor, self.picking, self._snapped)
        self.gizmo = GizmoTool(editor)
        self.safe = SafeAreas()
        self.wipe = Wipe()
        view.clicked = self.picking.click
        view.bar = self._bar
        view.tools += [self.wipe, self.gizmo, self.axes, self.safe, Legend()]

    @property
    def busy(self) -> bool:
        """Whether there is work that goes on by itself."""
        return self.tracking.busy

    def work(self) -> None:
        """What goes on between two frames."""
        self.picking.work()
        self.tracking.work()

    def show(self, screen: ScreenPass, encoder: Any, placement: Placement) -> None:
        """Draw the view's picture, and what it is compared with, in a render pass encoder."""
        preview = self._preview
        screen.draw(encoder, preview.picture, placement)
        wiped = self.wipe.part(preview.size[0], placement)
        if wiped is not None and preview.source is not None:
            screen.draw(encoder, preview.source, wiped)

    def keys(self, presses: Sequence[Press]) -> list[Press]:
        """Escape ends what is at work; the presses that are for others."""
        if not self.tracking.busy:
            return list(presses)
        rest = [press for press in presses if press.key != "escape"]
        if len(rest) < len(presses):
            self.tracking.cancel()
        return rest

    def track_selected(self) -> None:
        """Track the axis that was selected last."""
        axis = next(iter(reversed(self._axes())), None)
        if axis is None:
            self._editor.messages.fail("Select an Axis to track")
        else:
            self.tracking.start(axis)

    def toggle_colours(self) -> None:
        """Show numbers in false colours, or in greys."""
        self._preview.false_colours = not self._preview.false_colours

    def can_track_selected(self) -> bool:
        """Whether there is an axis to track, and time to do so over."""
        scene = self._editor.scene
        return self.can_track and scene.last > scene.first and bool(self._axes())

    def draw_progress(self, view: ResultView) -> None:
        """What is at work, over the picture, with a button that ends it."""
        if not self.tracking.busy:
            return
        x, y, width, _ = view.area
        imgui.set_next_window_pos((x + width / 2, y + 14), imgui.Cond_.always, (0.5, 0.0))
        flags = (
            imgui.WindowFlags_.no_decoration | imgui.WindowFlags_.always_auto_resize
            | imgui.WindowFlags_.no_docking | imgui.WindowFlags_.no_focus_on_appearing
            | imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.no_move
        )  # fmt: skip
        imgui.begin("##tracking", None, flags)
        imgui.text(self.tracking.text)
        imgui.progress_bar(self.tracking.done, (WIDTH, 0.0))
        imgui.same_line()
        if imgui.button("Cancel###cancel tracking"):
            self.tracking.cancel()
        imgui.end()

    # -- the view's bar --

    def _bar(self) -> None:
        """The buttons beside the choices of the view."""
        for mode, icon, tip in GIZMOS:
            if _toggle(icon, mode.value, self.gizmo.mode is mode, tip):
                self.gizmo.toggle(mode)
        local = self.gizmo.local
        icon = icons.ICON_FA_CUBE if local else icons.ICON_FA_GLOBE
        tip = "Handles along the node's own axes" if local else "Handles along the world's axes"
        if _toggle(icon, "local", False, f"{tip} (X)"):
            self.gizmo.swap_axes()
        if _toggle(
            icons.ICON_FA_CROP_SIMPLE, "safe", self.safe.on, "Safe areas of action and title"
        ):
            self.safe.toggle()
        tip = "Compare with the source picture: drag the line"
        if _toggle(icons.ICON_FA_TABLE_COLUMNS, "compare", self.wipe.on, tip):
            self.wipe.toggle()
        shown = self._preview.false_colours
        tip = "Numbers in false colours, which everybody can tell apart, or in greys"
        if _toggle(icons.ICON_FA_PALETTE, "colours", shown, tip):
            self.toggle_colours()
        if self.can_track:
            tip = "Track: a Shift-dragged axis gets keys from In to Out that follow the depth"
            if _toggle(icons.ICON_FA_LOCATION_CROSSHAIRS, "track", self.track, tip):
                self.track = not self.track

    def _snapped(self, axis: str) -> None:
        scene = self._editor.scene
        if self.track and self.can_track and scene.last > scene.first:
            self.tracking.start(axis)

    def _axes(self) -> list[str]:
        scene, chosen = self._editor.scene, self._editor.selection
        return [
            node.id
            for id in chosen
            for node in scene.nodes
            if node.id == id and isinstance(node, Axis)
        ]


def _toggle(icon: str, name: str, on: bool, tip: str) -> bool:
    """A button that stays down; whether it was pressed."""
    beside(button_width(icon), 4.0)
    if on:
        imgui.push_style_color(imgui.Col_.button, ACCENT_DARK)
    pressed = imgui.button(f"{icon}###{name}")
    if on:
        imgui.pop_style_color()
    imgui.set_item_tooltip(tip)
    return bool(pressed)
