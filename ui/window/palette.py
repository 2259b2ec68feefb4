"""Commands by name: a line to type in, and what fits it; and the list of all keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from imgui_bundle import imgui

from ui.window import documents
from ui.window.desk import Desk
from ui.window.menus import MENUS, Command, labelled
from ui.window.theme import grown

SIZE = (460.0, 320.0)  # points
Pair = tuple[float, float]


def fitting(text: str, name: str) -> int | None:
    """How well a name fits what was typed, less is better: its letters come in that order, in any
    case; None where they do not. Letters at the beginning of words cost nothing."""
    cost, place = 0, 0
    lower = name.lower()
    for letter in text.lower().replace(" ", ""):
        found = lower.find(letter, place)
        if found < 0:
            return None
        begins = found == 0 or not lower[found - 1].isalnum()
        cost += 0 if begins or found == place else found - place + 1
        place = found + 1
    return cost


def placed(wanted: Pair, screen: Pair) -> tuple[Pair, Pair]:
    """Corner and size, in points, of what is shown above the middle of a screen, and is within it.
    wanted: its size where there is room."""
    width, height = min(wanted[0], screen[0]), min(wanted[1], screen[1])
    return ((screen[0] - width) / 2, max(0.375 * screen[1] - height / 2, 0.0)), (width, height)


class Palette:
    """Closed until `open`."""

    def __init__(self) -> None:
        self._text = ""
        self._chosen = 0
        self._opening = False
        self._keys_opening = False

    def open(self) -> None:
        """Ask for a command."""
        self._text, self._chosen, self._opening = "", 0, True

    def show_keys(self) -> None:
        """List all keys."""
        self._keys_opening = True

    def draw(self, window: Desk) -> bool:
        """Show what is open; whether anything was, so that its keys are not meant for others."""
        keys = self._draw_keys(window)
        return self._draw_commands(window) or keys

    def _draw_commands(self, window: Desk) -> bool:
        if not self._begin("##commands", self._opening):
            return False
        typing = self._opening
        self._opening = False
        if typing:
            imgui.set_keyboard_focus_here()
        imgui.set_next_item_width(-1)
        changed, self._text = imgui.input_text_with_hint("##command", "Command …", self._text)
        if changed:
            self._chosen = 0
        found = self._found(window)
        step = imgui.is_key_pressed(imgui.Key.down_arrow) - imgui.is_key_pressed(imgui.Key.up_arrow)
        self._chosen = min(max(self._chosen + step, 0), max(len(found) - 1, 0))
        wanted = found[self._chosen] if found and imgui.is_key_pressed(imgui.Key.enter) else None
        imgui.begin_child("##found")
        for index, command in enumerate(found):
            label = f"{labelled(command, window)}##{command.label} command"
            if imgui.selectable(label, index == self._chosen)[0]:
                wanted = command
            if command.keys:
                _at_the_right(command.keys)
        if not found:
            imgui.text_disabled("No command is called so.")
        imgui.end_child()
        if wanted is not None or imgui.is_key_pressed(imgui.Key.escape):
            imgui.close_current_popup()
        imgui.end_popup()
        if wanted is not None:
            wanted.act(window)
        return True

    def _found(self, window: Desk) -> list[Command]:
        """The commands that can be done now and fit, the best first."""
        ranked = [
            (cost, place, command)
            for place, (title, command) in enumerate(_commands(window))
            if command.enabled(window)
            and (cost := fitting(self._text, f"{command.label} {title}")) is not None
        ]
        return [command for _, _, command in sorted(ranked, key=lambda entry: entry[:2])]

    def _draw_keys(self, window: Desk) -> bool:
        if not self._begin("##keys", self._keys_opening):
            return False
        self._keys_opening = False
        imgui.begin_child("##list", (0.0, -imgui.get_frame_height_with_spacing()))
        for title, commands in MENUS:
            imgui.separator_text(title)
            for command in commands:
                if command.keys:
                    imgui.text(command.label)
                    _at_the_right(" or ".join((command.keys, *command.others)))
        imgui.end_child()
        if imgui.button("Close") or imgui.is_key_pressed(imgui.Key.escape):
            imgui.close_current_popup()
        imgui.end_popup()
        return True

    @staticmethod
    def _begin(name: str, opening: bool) -> bool:
        if opening:
            imgui.open_popup(name)
        screen = imgui.get_main_viewport().size
        corner, size = placed((grown(SIZE[0]), grown(SIZE[1])), (screen.x, screen.y))
        imgui.set_next_window_pos(corner, imgui.Cond_.always)
        imgui.set_next_window_size(size)
        return imgui.begin_popup(name)


def _commands(window: Desk) -> Iterator[tuple[str, Command]]:
    """All commands with the title of their menu, and at last files that were open before."""
    for title, commands in MENUS:
        for command in commands:
            yield title, command
    for path in documents.recent(window):
        yield str(path.parent), Command(f"Open Recent {path.name}", "", _opening(path))


def _opening(path: Path) -> Callable[[Desk], None]:
    return lambda window: window.open(path)


def _at_the_right(text: str) -> None:
    imgui.same_line()
    room = imgui.get_content_region_avail().x - imgui.calc_text_size(text).x - 6.0
    imgui.set_cursor_pos_x(imgui.get_cursor_pos_x() + max(room, 0.0))
    imgui.text_disabled(text)
