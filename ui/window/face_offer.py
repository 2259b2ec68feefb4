"""Where no face is found: an offer over the picture to take the depth of the whole of it."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.scene import AnalysisType, Media, Scene, Surface, ZDepthMap
from ui.window import analysis_edits
from ui.window.desk import Desk
from ui.window.theme import ACCENT, GROUND

TITLE = "No Face Found"
BUTTON = f"{icons.ICON_FA_MOUNTAIN_SUN} Use Global###use global"
MARGIN = 12.0  # points from the upper edge of the view
Subject = tuple[str, Media]


class FaceOffer:
    """Stands as long as it is true and was not closed. Where a face was seen before, somebody has
    but left the picture, and nothing is offered."""

    def __init__(self) -> None:
        self._over: set[Subject] = set()  # had a face, or the offer was closed

    def draw(self, window: Desk) -> None:
        """The offer, at the top of the view."""
        subject = self.subject(window.editor.scene, window.editor.selected)
        if subject is None or subject in self._over:
            return
        status = window.analyses.status()
        if status.faces:
            self._over.add(subject)
        if not status.nothing_found:
            return
        x, y, width, _ = window.view.area
        imgui.set_next_window_pos((x + width / 2, y + MARGIN), imgui.Cond_.always, (0.5, 0.0))
        imgui.push_style_color(imgui.Col_.window_bg, (*GROUND[:3], 0.92))
        imgui.push_style_var(imgui.StyleVar_.window_rounding, 5.0)
        flags = (
            imgui.WindowFlags_.no_docking
            | imgui.WindowFlags_.no_decoration
            | imgui.WindowFlags_.always_auto_resize
            | imgui.WindowFlags_.no_move
            | imgui.WindowFlags_.no_saved_settings
            | imgui.WindowFlags_.no_focus_on_appearing
        )
        imgui.begin(TITLE, None, flags)
        self._content(window, subject)
        imgui.end()
        imgui.pop_style_var()
        imgui.pop_style_color()

    def subject(self, scene: Scene, selected: str | None) -> Subject | None:
        """The map that looks for faces alone, and the picture in which it does."""
        node = next((n for n in scene.nodes if n.id == selected), None)
        if not isinstance(node, ZDepthMap) or node.analysis is not AnalysisType.FACE:
            return None
        carrier = scene.node(node.parent or "")
        if not isinstance(carrier, Surface) or carrier.media is None:
            return None
        return node.id, scene.media[carrier.media - 1]

    def _content(self, window: Desk, subject: Subject) -> None:
        name, media = subject
        imgui.align_text_to_frame_padding()
        imgui.text_colored(imgui.ImVec4(*ACCENT), icons.ICON_FA_CIRCLE_INFO)
        imgui.same_line()
        imgui.text(f"No face found in {media.name}")
        imgui.same_line()
        if imgui.button(BUTTON):
            analysis_edits.choose(window.editor, (name,), AnalysisType.GLOBAL)
        imgui.set_item_tooltip("Depth of the whole picture, by a network")
        imgui.same_line()
        if imgui.button(f"{icons.ICON_FA_XMARK}###keep face"):
            self._over.add(subject)
        imgui.set_item_tooltip("Keep Face: the surface stays flat")
