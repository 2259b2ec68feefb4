"""The canvas's key names as imgui's keys."""

from __future__ import annotations

import string

from imgui_bundle import imgui

Key = imgui.Key

_NAMED = {
    "ArrowDown": Key.down_arrow,
    "ArrowUp": Key.up_arrow,
    "ArrowLeft": Key.left_arrow,
    "ArrowRight": Key.right_arrow,
    "Backspace": Key.backspace,
    "Delete": Key.delete,
    "End": Key.end,
    "Enter": Key.enter,
    "Escape": Key.escape,
    "Home": Key.home,
    "Insert": Key.insert,
    "PageDown": Key.page_down,
    "PageUp": Key.page_up,
    "Tab": Key.tab,
    " ": Key.space,
    ",": Key.comma,
    ".": Key.period,
    "=": Key.equal,
    "-": Key.minus,
    "Alt": Key.left_alt,
    "Control": Key.left_ctrl,
    "Shift": Key.left_shift,
    "Meta": Key.left_super,
    **{f"F{n}": getattr(Key, f"f{n}") for n in range(1, 13)},
    **{letter: getattr(Key, letter) for letter in string.ascii_lowercase},
    **{digit: getattr(Key, f"_{digit}") for digit in string.digits},
}

MODIFIERS = {
    "Shift": Key.mod_shift,
    "Control": Key.mod_ctrl,
    "Alt": Key.mod_alt,
    "Meta": Key.mod_super,
}


def key_of(name: str) -> imgui.Key | None:
    """imgui's key for a name as rendercanvas gives it; None for keys without meaning here."""
    return _NAMED.get(name if len(name) > 1 else name.lower())
