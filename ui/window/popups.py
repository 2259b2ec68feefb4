"""Lists and menus that are open over the window: what keys mean to them, and what they let through.

Questions, the Render dialog and the palette are not meant here: they see to their own keys.
"""

from __future__ import annotations

from collections.abc import Sequence

from imgui_bundle import imgui

from ui.window.overlay import Press

OWN = frozenset(
    {"escape", "enter", "arrowup", "arrowdown", "arrowleft", "arrowright", "home", "end"}
)
"""Keys that are not meant for anything behind an open list."""
OF_TEXT = frozenset("acvxyz")
"""Letters that mean something in a line of text while Control is held."""
OTHERS_OF_TEXT = OWN | {"backspace", "delete", "tab"}


class Popups:
    """Keeps track, within one frame, of what was open when its keys came."""

    def __init__(self) -> None:
        self._open = False

    def begin(self) -> None:
        """To be called before any widget of a frame: Escape closes the list or menu that is on top,
        and nobody else hears of it."""
        stack = imgui.get_current_context().open_popup_stack
        self._open = len(stack) > 0
        if not self._open or not imgui.is_key_pressed(imgui.Key.escape, False):
            return
        top = stack[len(stack) - 1].window
        if top is not None and top.flags & imgui.WindowFlags_.modal.value:
            return
        imgui.internal.close_popup_to_level(len(stack) - 1, True)
        lock = imgui.internal.InputFlagsPrivate_.lock_this_frame.value
        imgui.internal.set_key_owner(imgui.Key.escape, imgui.get_id("##nobody"), lock)

    def left(self, presses: Sequence[Press]) -> list[Press]:
        """The presses that are not meant for a list that is or was open."""
        if not self._open and not is_any_open():
            return list(presses)
        return [press for press in presses if press.key not in OWN]


def is_any_open() -> bool:
    """Whether a list or menu is open."""
    return imgui.is_popup_open("", imgui.PopupFlags_.any_popup)


def close_all() -> None:
    """Close all lists and menus, for something else that was asked for."""
    if is_any_open():
        imgui.internal.close_popups_except_modals()


def is_of_text(press: Press) -> bool:
    """Whether a key press means something in a line of text that is being typed."""
    if "Control" in press.held or "Meta" in press.held:
        return press.key in OF_TEXT or press.key in OTHERS_OF_TEXT
    is_function = press.key[:1] == "f" and press.key[1:].isdigit()
    return not is_function
