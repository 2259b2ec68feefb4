"""The diamond beside a number that can be animated: sets a key at this frame, or takes it away."""

from __future__ import annotations

from imgui_bundle import imgui

from engine.scene import Channel, Curve, channels_of, number_of
from engine.scene.key_edits import has_key
from ui.window.animation import Animation
from ui.window.curve_graph import diamond
from ui.window.editor import Editor
from ui.window.theme import ACCENT, FAINT, TEXT, grown, packed

WIDTH = 17.0  # points


def width() -> float:
    """Points that the button is wide: it grows with the text."""
    return grown(WIDTH)


def draw(editor: Editor, node: str | None, field: str) -> None:
    """The diamond of a field of a node, or of the document: hollow without a key here, filled with
    one; in the colour of keys where the field has any."""
    draw_for(editor, channels_of(editor.scene, node, field))


def draw_for(editor: Editor, channels: tuple[Channel, ...]) -> None:
    """The same for several channels, such as a field of several nodes: filled where all of them
    have a key."""
    numbers = [number_of(editor.scene, channel) for channel in channels]
    is_animated = any(isinstance(number, Curve) for number in numbers)
    here = all(number is not None and has_key(number, editor.frame) for number in numbers)
    corner, height = imgui.get_cursor_screen_pos(), imgui.get_frame_height()
    pressed = imgui.invisible_button("##key", (width(), height))
    hovered = imgui.is_item_hovered()
    imgui.set_item_tooltip(
        f"{'Remove the key' if here else 'Set a key'} at frame {editor.frame}\nRight-click for more"
    )
    colour = TEXT if hovered else ACCENT if is_animated else FAINT
    middle = corner.x + width() / 2, corner.y + height / 2
    diamond(imgui.get_window_draw_list(), middle, grown(4.5), packed(colour), hollow=not here)
    animation = Animation(editor)
    if pressed:
        animation.toggle_key(channels)
    if imgui.begin_popup_context_item("##keys"):
        if imgui.menu_item("Show in the Timeline", "", False, is_animated)[0]:
            editor.channels = channels
        if imgui.menu_item("Remove All Keys", "", False, is_animated)[0]:
            animation.freeze(channels)
        imgui.end_popup()
