"""What is dragged from one panel to another: a number, of whatever kind a name says."""

from __future__ import annotations

from imgui_bundle import imgui

MEDIA = "media"  # a number in the media list
NODE_KIND = "node kind"
Area = tuple[float, float, float, float]


def dragged(
    kind: str, number: int, icon: str, words: str, colour: imgui.ImVec4 | None = None
) -> bool:
    """The item that was made last can be dragged; whether it is. The icon and the words go with the
    pointer."""
    if not imgui.begin_drag_drop_source():
        return False
    imgui.set_drag_drop_payload_py_id(kind, number)
    imgui.text_colored(colour or imgui.get_style_color_vec4(imgui.Col_.text), icon)
    imgui.same_line()
    imgui.text(words)
    imgui.end_drag_drop_source()
    return True


def dropped(kind: str, area: Area, name: str) -> int | None:
    """The number of this kind that was let go over an area (x, y, width, height in points) of the
    window that is being made. name: tells the areas of one window apart."""
    x, y, width, height = area
    box = imgui.internal.ImRect(imgui.ImVec2(x, y), imgui.ImVec2(x + width, y + height))
    if not imgui.internal.begin_drag_drop_target_custom(box, imgui.get_id(name)):
        return None
    payload = imgui.accept_drag_drop_payload_py_id(kind)
    imgui.end_drag_drop_target()
    return None if payload is None else payload.data_id
