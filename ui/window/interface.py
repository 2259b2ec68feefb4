"""Everything that imgui draws in one frame: menus, panels, the picture's view, questions, keys."""

from __future__ import annotations

from imgui_bundle import imgui

from ui.window import bin, landing, layout, media_landing, menus, panel_list, schematic, status
from ui.window.desk import Desk
from ui.window.face_offer import FaceOffer
from ui.window.layout import Panel
from ui.window.overlay import Press
from ui.window.palette import Palette
from ui.window.panels import media, timeline
from ui.window.panels import object as object_panel
from ui.window.popups import Popups, is_any_open, is_of_text
from ui.window.render_dialog import RenderDialog
from ui.window.view import TITLE
from ui.window.welcome import Welcome

FOOT = 44.0  # points below messages, where the value under the pointer stands


class Interface:
    """panels: in the order of the View menu. palette: commands by their names. welcome: the card
    with first steps. render: what is asked before frames are rendered."""

    def __init__(self, window: Desk) -> None:
        self._window = window
        self.palette = Palette()
        self.welcome = Welcome()
        self._face_offer = FaceOffer()
        self.render = RenderDialog()
        self.panels: list[Panel] = panel_list.panels(window)
        self._media_landing = media_landing.Landing(window)
        self._rearrange = False
        self._fronted = ""
        self._popups = Popups()
        self._later: list[Press] = []  # until the line that is being typed has been taken

    def draw(self) -> None:
        """Make all widgets of a frame."""
        window = self._window
        self._popups.begin()
        space, menu = layout.begin_host()
        if menu:
            menus.draw(window)
            imgui.end_menu_bar()
        if self._rearrange:
            layout.rearrange(space)
            self._rearrange = False
        layout.dock(space, TITLE, self.panels)
        window.timeline.shown = self.panel(timeline.TITLE).visible
        status.draw(window)
        imgui.end()
        window.schematic.begin()
        window.media.begin()
        for panel in self.panels:
            _draw_panel(panel)
        if self._fronted:
            imgui.set_window_focus(self._fronted)
            self._fronted = ""
        self._draw_view()  # last, so that it is the one that has the keyboard at first
        self.welcome.draw(window)
        self._face_offer.draw(window)
        asked = window.question.draw() or self.render.draw(window)
        asked = window.files.draw(window.overlay.presses) or asked
        if not self.palette.draw(window) and not asked:
            self._shortcuts()
        window.tools.draw_progress(window.view)

    def panel(self, title: str) -> Panel:
        """A panel by its title."""
        return next(panel for panel in self.panels if panel.title == title)

    def focused(self, title: str) -> bool:
        """Whether a panel was clicked last."""
        return self.panel(title).focused

    def bring_to_front(self, title: str) -> None:
        """Open a panel and show it before those that share its place."""
        self.panel(title).open = True
        self._fronted = title
        self._window.overlay.busy = 3

    def open_menu(self, tab: str) -> None:
        """Show the parameters of what is selected, in this tab of theirs."""
        self._window.object_menu.show(tab)
        self.bring_to_front(object_panel.TITLE)

    def arrange_anew(self) -> None:
        """Open all panels and put them where they stood at first."""
        for panel in self.panels:
            panel.open = True
        self._rearrange = True

    def _draw_view(self) -> None:
        window = self._window
        imgui.push_style_var(imgui.StyleVar_.window_padding, (6.0, 4.0))
        shown = imgui.begin(
            TITLE, None, imgui.WindowFlags_.no_background | imgui.WindowFlags_.no_scrollbar
            | imgui.WindowFlags_.no_scroll_with_mouse,
        )[0]  # fmt: skip
        imgui.pop_style_var()
        if shown:
            window.view.draw()
            status.toasts(window, max(FOOT, self.welcome.height))
            kind = bin.dropped_here(window.view.area, "picture drop")
            if kind is not None:
                mouse = imgui.get_mouse_pos()
                landing.land(window, kind, (mouse.x, mouse.y))
            self._media_landing.draw(window.view.area)
        else:
            window.view.hovered = None
        imgui.end()

    def _shortcuts(self) -> None:
        """Do what keys ask for. What is asked for while a line is being typed, and means nothing
        there, comes once the line was taken."""
        presses, self._later = self._later + self._presses(), []
        if not imgui.get_io().want_text_input:
            menus.shortcuts(self._window, presses)
            return
        self._later = [press for press in presses if not is_of_text(press)]
        if any(menus.is_meant(self._window, press) for press in self._later):
            imgui.internal.clear_active_id()
            self._window.overlay.busy = 3
        else:
            self._later = []

    def _presses(self) -> list[Press]:
        """The keys that went down and are not the regions' own."""
        presses = self._popups.left(self._window.overlay.presses)
        if self.focused(media.TITLE) and not _typing():
            presses = self._window.media.keys(presses)
        has_own = self.focused(timeline.TITLE) or self.focused(schematic.TITLE)
        of_keys = ("delete", "backspace") if has_own else ()
        kept = [press for press in presses if press.key in of_keys]
        others = self._window.tools.keys([p for p in presses if p not in kept])
        return kept + self._window.regions.keys(others)


def _typing() -> bool:
    return imgui.get_io().want_text_input or is_any_open()


def _draw_panel(panel: Panel) -> None:
    panel.visible = panel.focused = False
    if panel.open:
        panel.visible, still_open = imgui.begin(panel.title, True)
        panel.open = bool(still_open)
        panel.focused = imgui.is_window_focused(imgui.FocusedFlags_.child_windows)
        if panel.visible:
            panel.draw()
        imgui.end()
