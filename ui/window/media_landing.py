"""Media dragged out of the Media panel into the picture: what they become there."""

from __future__ import annotations

from collections.abc import Callable

from imgui_bundle import imgui

from engine.scene import MAPS, AnyNode
from ui.window.desk import Desk
from ui.window.dropping import carrier_at
from ui.window.kinds import ICONS, MENU_NAMES
from ui.window.landing import pivot_at
from ui.window.node_actions import Point
from ui.window.payload import MEDIA, Area, dropped

MENU = "dropped media"
Place = tuple[float, float]


class Landing:
    """What becomes of a media that was let go over the picture: a menu asks what it is to be for
    the surface or geometry under the pointer."""

    def __init__(self, window: Desk) -> None:
        self._window = window
        self._number, self._carrier = 0, ""
        self._pivot: Point | None = None

    def draw(self, area: Area) -> None:
        """To be called within the picture's window, whose area this is."""
        number = dropped(MEDIA, area, "picture media drop")
        if number is not None:
            mouse = imgui.get_mouse_pos()
            self._dropped(number, (mouse.x, mouse.y))
        if imgui.begin_popup(MENU):
            if number is None:
                self._menu()
            imgui.end_popup()

    def _dropped(self, number: int, at: Place) -> None:
        carrier = carrier_at(self._window, at)
        if carrier is None:
            self._window.messages.fail("there is no surface to show the media: drop it on one")
            return
        self._number, self._carrier = number, carrier
        self._pivot = pivot_at(self._window, carrier, at)
        self._window.media.actions.choose(number)
        imgui.open_popup(MENU)

    def _menu(self) -> None:
        scene = self._window.editor.scene
        if self._carrier not in {node.id for node in scene.nodes}:
            imgui.close_current_popup()
            return
        imgui.text_disabled(f"[{self._number}] on {self._carrier}")
        icon = ICONS[type(scene.node(self._carrier))]
        self._item(f"{icon}  Picture", lambda: self._apply(self._carrier))
        there = {type(node): node.id for node in scene.children(self._carrier)}
        for kind in MAPS:
            self._item(f"{ICONS[kind]}  {MENU_NAMES[kind]} Map", lambda k=kind: self._map(k, there))

    def _item(self, label: str, act: Callable[[], None]) -> None:
        if imgui.menu_item(label, "", False)[0]:
            act()

    def _apply(self, name: str) -> None:
        self._window.media.actions.apply(self._number, (name,))

    def _map(self, kind: type[AnyNode], there: dict[type[AnyNode], str]) -> None:
        """It becomes a map of this kind: the one that is there takes it, else a new one."""
        if kind in there:
            self._apply(there[kind])
        else:
            self._window.actions.add(kind, parent=self._carrier, pivot=self._pivot)
