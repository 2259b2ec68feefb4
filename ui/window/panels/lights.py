"""Lights: what each gives; they are moved in the picture."""

from __future__ import annotations

import msgspec
from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.scene import AMBIENT, Light, LightType, Scene, new_light, set_at, value_at
from ui.window import fields, key_button
from ui.window.editor import Editor
from ui.window.light_tool import LightTool

TITLE = "Lights"
FIRST = ("intensity", "colour", "kind", "shadows", "shadow_softness")
SPOT = ("cone", "penumbra")
MORE = ("shadow_bias", "translate", "rotate")


def draw(editor: Editor, tool: LightTool) -> None:
    """The panel's content."""
    lights = [node for node in editor.scene.nodes if isinstance(node, Light)]
    if imgui.button(f"{icons.ICON_FA_PLUS} Add a Light"):
        editor.edit(_with_light, "Add a light")
    imgui.same_line()
    _, tool.on = imgui.checkbox("Handles", tool.on)
    imgui.set_item_tooltip("Drag the handles in the picture to turn the lights")
    _ambient(editor)
    right = imgui.get_cursor_screen_pos().x + imgui.get_content_region_avail().x
    for light in lights:
        imgui.push_id(light.id)
        flags = imgui.TreeNodeFlags_.default_open | imgui.TreeNodeFlags_.allow_overlap
        is_open = imgui.collapsing_header(light.id, flags)
        imgui.same_line()
        corner = imgui.get_cursor_screen_pos()
        imgui.set_cursor_screen_pos((right - imgui.get_frame_height() - 2, corner.y))
        gone = imgui.small_button(icons.ICON_FA_TRASH)
        imgui.set_item_tooltip(f"Remove {light.id}")
        if is_open and not gone:
            spot = SPOT if light.kind is LightType.SPOT else ()
            fields.rows(editor, light.id, (*FIRST, *spot))
            if imgui.tree_node("Axis"):
                fields.rows(editor, light.id, MORE)
                imgui.tree_pop()
        imgui.pop_id()
        if gone:
            name = light.id
            editor.edit(lambda scene, name=name: scene.without(name), f"Remove {name}")


def _ambient(editor: Editor) -> None:
    if not fields.begin_table("ambient"):
        return
    fields.row("Ambient", "Light that comes from everywhere, scene-linear RGB.\nCan be keyed.")
    imgui.set_next_item_width(-key_button.width() - 2)
    old = editor.scene.ambient
    numbers = fields.colour("##ambient", [value_at(part, editor.frame) for part in old])
    if numbers is not None:
        values = tuple(set_at(o, editor.frame, n) for o, n in zip(old, numbers, strict=True))
        editor.edit(lambda scene: scene.with_settings(ambient=values), "Ambient", "ambient")
    if imgui.is_item_deactivated():
        editor.history.end_merge()
    imgui.same_line(0.0, 2.0)
    imgui.push_id("ambient")
    key_button.draw(editor, None, "ambient")
    imgui.pop_id()
    imgui.end_table()


def _with_light(scene: Scene) -> Scene:
    light = new_light(scene)
    count = sum(isinstance(node, Light) for node in scene.nodes)
    if not count and scene.ambient == (0.0, 0.0, 0.0):
        scene = scene.with_settings(ambient=AMBIENT)  # or what it does not shine at turns black
    if count % 2:  # the second from the other side
        x, y, z = (value_at(part, 0) for part in light.translate)
        pitch, yaw, roll = (value_at(part, 0) for part in light.rotate)
        light = msgspec.structs.replace(light, translate=(-x, y, z), rotate=(pitch, -yaw, -roll))
    return scene.with_node(light)
