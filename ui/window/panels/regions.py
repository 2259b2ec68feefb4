"""The region of interest of a map: rows of its menu."""

from __future__ import annotations

import msgspec
from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.scene import Shape, ZDepthMap
from ui.window import fields
from ui.window.region_tool import RegionTool
from ui.window.theme import ACCENT

SHAPES = (
    (
        Shape.RECTANGLE, icons.ICON_FA_VECTOR_SQUARE, "Draw",
        "Then drag a rectangle on the picture: what is inside it counts (I)",
    ),
    (
        Shape.POLYGON, icons.ICON_FA_DRAW_POLYGON, "Polygon",
        "Then click its corners on the picture; a double-click or Enter closes it (P)",
    ),
)  # fmt: skip


def row(node: ZDepthMap, regions: RegionTool) -> None:
    """The row of a table in which regions are drawn."""
    fields.row("Region of Interest", describe(node))
    gap = imgui.get_style().item_inner_spacing.x
    width = (imgui.get_content_region_avail().x - gap) / 2
    for shape, icon, name, meaning in SHAPES:
        if shape is not SHAPES[0][0]:
            imgui.same_line(0.0, gap)
        drawing = regions.drawing is shape
        if drawing:
            imgui.push_style_color(imgui.Col_.button, ACCENT)
            imgui.push_style_color(imgui.Col_.text, (0.0, 0.0, 0.0, 1.0))
        if imgui.button(f"{icon} {shape.value.title()}###{name}", (width, 0)):
            regions.toggle(shape)
        if drawing:
            imgui.pop_style_color(2)
        imgui.set_item_tooltip(meaning)


def describe(node: ZDepthMap) -> str:
    """What a region does to this map, for a tooltip."""
    if node.analysis.finds_faces:
        return "Which faces count, and where their depth shows. Without one, the whole picture."
    return "Where the depth shows; outside lies the surface. Without one, the whole picture."


def choices(node: ZDepthMap, regions: RegionTool) -> None:
    """What becomes of the next region, and of those that are there."""
    if not node.regions and regions.drawing is None:
        return
    _, regions.exclude = imgui.checkbox("Exclude", regions.exclude)
    imgui.set_item_tooltip("The next region is left out instead of kept")
    imgui.same_line()
    _, regions.shown = imgui.checkbox("Show", regions.shown)
    imgui.set_item_tooltip("Regions are drawn over the picture")
    if not node.regions:
        return
    imgui.same_line()
    if imgui.button(f"{icons.ICON_FA_TRASH} Clear##region", (-1, 0)):
        regions.clear()
    _list(node, regions)


def _list(node: ZDepthMap, regions: RegionTool) -> None:
    """One line for each region: select it, keep or leave out what it holds, take it away."""
    if not imgui.begin_table("##regions", 3, imgui.TableFlags_.sizing_fixed_fit):
        return
    imgui.table_setup_column("shape", imgui.TableColumnFlags_.width_stretch)
    for index, region in enumerate(node.regions):
        imgui.table_next_row()
        imgui.table_next_column()
        imgui.align_text_to_frame_padding()
        text = f"{index + 1}. {region.shape.value.title()}"
        if imgui.selectable(text, regions.selected == index)[0]:
            regions.selected = index
        imgui.table_next_column()
        changed, exclude = imgui.checkbox(f"Exclude###exclude {index + 1}", region.exclude)
        if changed:
            other = msgspec.structs.replace(region, exclude=exclude)
            regions.put([other if i == index else old for i, old in enumerate(node.regions)])
        imgui.table_next_column()
        gone = imgui.small_button(f"{icons.ICON_FA_TRASH}###remove {index + 1}")
        imgui.set_item_tooltip("Remove this region (Delete)")
        if gone:
            regions.remove(index)
    imgui.end_table()
