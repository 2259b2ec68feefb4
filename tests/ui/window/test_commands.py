"""The window's commands, as its menus, its palette and its keys have them."""

from __future__ import annotations

from collections import Counter

from ui.window.menus import MENUS


def test_a_key_does_one_thing() -> None:
    """What is bound for a panel counts where that was clicked last, and there before the others."""
    commands = [command for _, part in MENUS for command in part]
    keys = Counter(
        (command.panel, key)
        for command in commands
        for key in (command.keys, *command.others)
        if key
    )
    assert [key for key, times in keys.items() if times > 1] == []
    assert len({command.label for command in commands}) == len(commands)
