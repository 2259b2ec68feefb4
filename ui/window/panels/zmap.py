"""The Z-Depth map's own menu: all its parameters, in the order in which the artist needs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imgui_bundle import imgui

from engine.scene import (
    AnalysisType,
    DepthRange,
    Scene,
    ZDepthMap,
    map_defaults,
    parameters,
    without_effect,
)
from ui.window import fields
from ui.window.editor import Editor
from ui.window.panels import regions as regions_panel
from ui.window.region_tool import RegionTool

AXIS = ("translate", "rotate", "scale", "shear", "pivot")
# What is not named here comes under "More": a new field of the document appears by itself.
MAIN = (
    "analysis", "media", "depth_range", "invert", "effect", "softness", "edge_aware", "displace",
    "three_d", "bump", "z_pass",
)  # fmt: skip
"""What is seen without scrolling, and besides it the region of interest."""
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Range", (
        "relief_depth", "depth_scale", "near", "far", "source_camera", "nothing", "holes",
        "smooth_steps", "colour_map",
    )),
    ("Levels", ("black", "white", "gamma")),
    ("Mesh", ("step", "tolerance", "project_along", "tear", "tear_threshold")),
    ("Placement", ("fit", "repeat", "region_softness")),
)  # fmt: skip
IN_ROWS = ("head_and_shoulders", "regions")
ELSEWHERE = ("id", "parent", "rotation_order", "network", "stabilise")
# Those of a network are in the panel of the analysis.


class MapMenu:
    """regions: the tool that draws regions in the picture."""

    def __init__(self, editor: Editor, regions: RegionTool) -> None:
        self._editor, self._regions = editor, regions
        self._seen: tuple[Scene, str] | None = None
        self._idle: Mapping[str, str] = {}
        self._defaults: Mapping[str, Any] = {}

    def draw(self, node: ZDepthMap) -> None:
        """The menu's content, but for the map's axis."""
        editor = self._editor
        self._look(editor.scene, node)
        if fields.begin_table(node.id):
            for name in MAIN:
                if name == "media" and node.analysis is AnalysisType.FACE:
                    name = "head_and_shoulders"  # which looks at no media, and only it has this
                self._row(node, name)
            regions_panel.row(node, self._regions)
            imgui.end_table()
        if node.depth_range is DepthRange.AUTO and node.analysis is AnalysisType.MEDIA:
            imgui.text_wrapped(f"Auto found {editor.auto_ranges.get(node.id, 'nothing yet')}.")
        regions_panel.choices(node, self._regions)
        named = {*MAIN, *IN_ROWS, *ELSEWHERE, *AXIS, *(n for _, names in SECTIONS for n in names)}
        rest = tuple(p.name for p in parameters(ZDepthMap) if p.name not in named)
        for title, names in (*SECTIONS, ("More", rest)):
            if names and imgui.collapsing_header(title) and fields.begin_table(title):
                for name in names:
                    self._row(node, name)
                imgui.end_table()

    def _row(self, node: ZDepthMap, name: str) -> None:
        default = self._defaults.get(name, fields.USUAL)
        fields.field_row(self._editor, node.id, name, self._idle.get(name, ""), default)

    def _look(self, scene: Scene, node: ZDepthMap) -> None:
        """See what has an effect, and what a new map would have; once for each edit."""
        if self._seen is None or self._seen[0] is not scene or self._seen[1] != node.id:
            self._seen = scene, node.id
            self._idle = without_effect(scene, node.id)
            camera = node.source_camera
            self._defaults = map_defaults(scene, node.parent or "", node.analysis, camera)
