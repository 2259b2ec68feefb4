"""What is let go over the Schematic: kinds of nodes from the node bin, media from their panel."""

from __future__ import annotations

from engine.scene import AnyNode
from ui.window.bin import dropped_here
from ui.window.editor import Editor
from ui.window.media_edits import apply
from ui.window.payload import MEDIA, Area, dropped


def taken(area: Area) -> type[AnyNode] | int | None:
    """The kind of node, or the number of the media, that was let go over the panel's area (x, y,
    width, height in points)."""
    kind = dropped_here(area, "schematic drop")
    return kind or dropped(MEDIA, area, "schematic media drop")


def show(editor: Editor, number: int, under: str | None) -> bool:
    """A media was let go over this node, which shows it from now on; False where there is none, and
    a new surface is to be made for it."""
    editor.media = number
    if under is None:
        return False
    if "media" in editor.scene.node(under).__struct_fields__:
        apply(editor, number, (under,))
    else:
        editor.messages.fail(f"{under} shows no media: drop it on a surface or a map")
    return True
