"""The Z-Depth map: all its parameters, in the order in which the artist needs them."""

from __future__ import annotations

from collections.abc import Sequence

from imgui_bundle import imgui

from engine.scene import DepthRange, ZDepthMap, parameters
from ui.window import fields
from ui.window.editor import Editor

TITLE = "Z-Depth Map"

AXIS = ("translate", "rotate", "scale", "shear", "pivot")
# What is not named here comes under "More": a new field of the document appears by itself.
SECTIONS: tuple[tuple[str, bool, tuple[str, ...]], ...] = (
    ("", True, ("displace", "three_d", "effect", "softness", "edge_aware", "invert")),
    ("Source", True, ("analysis", "head_and_shoulders", "media", "depth_range", "relief_depth",
                      "depth_scale")),
    ("Levels", False, ("black", "white", "gamma")),
    ("Mesh", False, ("step", "tolerance", "bump", "project_along", "tear", "tear_threshold")),
    ("Camera", False, ("source_camera", "near", "far", "z_pass")),
    ("Placement", False, ("fit", "repeat", "regions", *AXIS)),
)  # fmt: skip
ELSEWHERE = ("id", "parent", "rotation_order", "network", "stabilise")
# Those of an analysis are in its own panel.


def draw(editor: Editor) -> None:
    """The panel's content."""
    maps = [node for node in editor.scene.nodes if isinstance(node, ZDepthMap)]
    if not maps:
        imgui.text_wrapped("This document has no Z-Depth map.")
        return
    ids = [node.id for node in maps]
    chosen = editor.selected if editor.selected in ids else ids[0]
    if len(maps) > 1:
        imgui.set_next_item_width(-1)
        index = fields.choose("##map", ids.index(chosen), ids)
        if index is not None:
            chosen = ids[index]
            editor.select(chosen)
    sections(editor, chosen)


def sections(editor: Editor, chosen: str, without: Sequence[str] = ()) -> None:
    """The parameters of a map, but for some, in groups that open and close."""
    node = editor.scene.node(chosen)
    assert isinstance(node, ZDepthMap)
    named = {name for _, _, names in SECTIONS for name in names} | set(ELSEWHERE)
    rest = tuple(p.name for p in parameters(ZDepthMap) if p.name not in named)
    for title, is_open, names in (*SECTIONS, ("More", False, rest)):
        if not names:
            continue
        flags = imgui.TreeNodeFlags_.default_open if is_open else imgui.TreeNodeFlags_.none
        if not title or imgui.collapsing_header(title, flags):
            fields.rows(editor, chosen, (name for name in names if name not in without))
            if "depth_range" in names and node.depth_range is DepthRange.AUTO:
                imgui.text_wrapped(f"Auto found {editor.auto_ranges.get(chosen, 'nothing yet')}.")
