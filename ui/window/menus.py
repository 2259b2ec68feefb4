"""The menu bar, and the keys that do the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from imgui_bundle import imgui

from ui.window.desk import Desk

CTRL, SHIFT = imgui.Key.mod_ctrl, imgui.Key.mod_shift


@dataclass(frozen=True, slots=True)
class Command:
    """Something the user can do. keys: as the menu shows them; chords: as imgui knows them."""

    label: str
    keys: str
    chords: tuple[int, ...]
    act: Callable[[Desk], None]
    enabled: Callable[[Desk], bool] = lambda _: True


def _chord(*keys: imgui.Key) -> int:
    chord = 0
    for key in keys:
        chord |= int(key)
    return chord


K = imgui.Key

FILE = (
    Command("Save", "Ctrl+S", (_chord(CTRL, K.s),), lambda w: w.editor.save()),
    Command("Quit", "Ctrl+Q", (_chord(CTRL, K.q), _chord(K.escape)), lambda w: w.leave()),
)
EDIT = (
    Command(
        "Undo", "Ctrl+Z", (_chord(CTRL, K.z),), lambda w: w.editor.undo(),
        lambda w: w.editor.history.undo_label is not None,
    ),
    Command(
        "Redo", "Ctrl+Shift+Z", (_chord(CTRL, SHIFT, K.z), _chord(CTRL, K.y)),
        lambda w: w.editor.redo(), lambda w: w.editor.history.redo_label is not None,
    ),
)  # fmt: skip
VIEW = (
    Command("Frame All", "F", (_chord(K.f),), lambda w: w.preview.frame_all()),
    Command("Document's Camera", "C", (_chord(K.c),), lambda w: w.preview.camera.reset()),
    Command("Fit Picture", "0", (_chord(K._0),), lambda w: w.view.fit()),
    Command("Fullscreen", "F11", (_chord(K.f11),), lambda w: w.fullscreen.toggle()),
)
PLAY = (
    Command(
        "Play", "Space", (_chord(K.space),), lambda w: w.play(),
        lambda w: w.editor.scene.last > w.editor.scene.first,
    ),
)  # fmt: skip
MENUS = (("File", FILE), ("Edit", EDIT), ("View", VIEW), ("Play", PLAY))


def draw(window: Desk) -> None:
    """The menus."""
    for title, commands in MENUS:
        if not imgui.begin_menu(title):
            continue
        for command in commands:
            label = command.label
            if title == "Edit" and command.enabled(window):
                history = window.editor.history
                step = history.undo_label if label == "Undo" else history.redo_label
                label = f"{label} {step}"
            if imgui.menu_item(label, command.keys, False, command.enabled(window))[0]:
                command.act(window)
        if title == "View":
            imgui.separator()
            for panel in window.panels:
                _, panel.open = imgui.menu_item(panel.title, "", panel.open)
            imgui.separator()
            if imgui.menu_item("Panels as at First", "", False)[0]:
                window.arrange_anew()
        imgui.end_menu()


def shortcuts(window: Desk) -> None:
    """Do what keys ask for, unless text is being typed."""
    if imgui.get_io().want_text_input:
        return
    for _, commands in MENUS:
        for command in commands:
            if not command.enabled(window):
                continue
            # Escape closes what is open on top first.
            popup = imgui.is_popup_open("", imgui.PopupFlags_.any_popup)
            if any(imgui.is_key_chord_pressed(chord) for chord in command.chords) and not popup:
                command.act(window)
