"""The menus' commands and their keys."""

from __future__ import annotations

from collections import defaultdict

from ui.window.menus import MENUS


def test_no_key_means_two_things() -> None:
    meant: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)  # key → (command, panel)
    for _, commands in MENUS:
        for command in commands:
            for chord in {command.keys, *command.others} - {""}:
                meant[chord].append((command.label, command.panel))
    for chord, found in meant.items():
        panels = [panel for _, panel in found]
        anywhere = "" in panels
        assert len({*panels}) == len(panels) and not (anywhere and len(found) > 1), (chord, found)
