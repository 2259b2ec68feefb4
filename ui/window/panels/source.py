"""The pictures that go in: the media list of a document."""

from __future__ import annotations

from imgui_bundle import imgui

from ui.window import fields
from ui.window.editor import Editor

TITLE = "Source"


def draw(editor: Editor) -> None:
    """The panel's content for a document."""
    for number, media in enumerate(editor.scene.media, 1):
        if not imgui.collapsing_header(
            f"[{number}] {media.name}##{number}", imgui.TreeNodeFlags_.default_open
        ):
            continue
        if not fields.begin_table(f"media {number}"):
            continue
        fields.row("Size")
        imgui.text(f"{media.size[0]} × {media.size[1]}")
        if media.last > media.first:
            fields.row("Frames")
            imgui.text(f"{media.first}–{media.last}")
        if media.fps:
            fields.row("Rate")
            imgui.text(f"{media.fps:g} / s")
        fields.row("Colour")
        imgui.text(media.colour_space or "as the file says")
        imgui.end_table()
        imgui.push_style_color(
            imgui.Col_.text, imgui.get_style_color_vec4(imgui.Col_.text_disabled)
        )
        imgui.text_wrapped(media.path)
        imgui.pop_style_color()
