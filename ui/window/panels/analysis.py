"""Analysis: what makes the depth, whether it runs, where it looks, and how well it goes."""

from __future__ import annotations

import math
import os
from typing import Protocol

import msgspec
from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.errors import SceneError
from engine.scene import (
    AnalysisType,
    Shape,
    Surface,
    ZDepthMap,
    in_metres,
    unit_in_centimetres,
)
from models import LiveAnalysisStatus, installed_networks
from ui.window import fields
from ui.window.editor import Editor
from ui.window.region_tool import RegionTool
from ui.window.theme import ACCENT, FAINT, GREEN, RED

TITLE = "Analysis"
SHAPES = (
    (
        Shape.RECTANGLE, icons.ICON_FA_VECTOR_SQUARE, "Draw",
        "Then drag a rectangle on the picture: what is inside it is analysed (I)",
    ),
    (
        Shape.POLYGON, icons.ICON_FA_DRAW_POLYGON, "Polygon",
        "Then click its corners on the picture; a double-click or Enter closes it (P)",
    ),
)  # fmt: skip


class Analysing(Protocol):
    """What the panel needs to know of an analysis."""

    @property
    def running(self) -> bool: ...

    @running.setter
    def running(self, wanted: bool) -> None: ...

    def status(self, index: int | None = None) -> LiveAnalysisStatus: ...


def draw(editor: Editor, analyses: Analysing, regions: RegionTool) -> None:
    """The panel's content."""
    maps = [node for node in editor.scene.nodes if isinstance(node, ZDepthMap)]
    chosen = next((node for node in maps if node.id == editor.selected), None)
    if chosen is None:
        imgui.text_wrapped("Select a Z-Depth map to analyse its picture.")
        return
    fields.rows(editor, chosen.id, ("analysis",))
    if chosen.analysis is AnalysisType.MEDIA:
        imgui.text_disabled("The depth comes from a media.")
    else:
        _run(analyses)
        if chosen.analysis.finds_faces:
            _smoothing(analyses)
        if chosen.analysis.sees_all:
            _network(editor, chosen)
            fields.rows(editor, chosen.id, ("stabilise",))
        status = analyses.status()
        _status(status)
        _scale(editor, chosen, status.centimetres)
    imgui.separator_text("Region of Interest")
    _regions(chosen, regions)


def _run(analyses: Analysing) -> None:
    icon = icons.ICON_FA_PAUSE if analyses.running else icons.ICON_FA_PLAY
    if imgui.button(f"{icon} {'Pause' if analyses.running else 'Run'}##run", (-1, 0)):
        analyses.running = not analyses.running
    imgui.set_item_tooltip("While paused, the last result stays (A)")


def _network(editor: Editor, node: ZDepthMap) -> None:
    """Which network makes the depth: those that are here, a file of the user's own, or the best."""
    if not fields.begin_table("network"):
        return
    fields.row("Network", "What makes the depth. More come with `rilievo models fetch`.")
    here = installed_networks()
    names, titles = ["", *here], ["the best that is here", *here.values()]
    if node.network not in names:
        names.append(node.network)
        titles.append(os.path.basename(node.network))
    imgui.push_id(f"{node.id}.network")
    imgui.set_next_item_width(-1)
    picked = fields.choose("##value", names.index(node.network), titles)
    imgui.pop_id()
    if picked is not None:
        editor.set(node.id, "Network", network=names[picked])
    imgui.end_table()


def _smoothing(analyses: Analysing) -> None:
    strength = getattr(analyses, "smoothing", None)
    if strength is None or not fields.begin_table("smoothing"):
        return
    fields.row("Smoothing", "Steadies what jitters; what moves fast is hardly delayed.")
    imgui.set_next_item_width(-1)
    changed, strength = imgui.slider_float(
        "##smoothing", strength, 0.0, 1.0, "%.2f", imgui.SliderFlags_.always_clamp
    )
    if changed:
        setattr(analyses, "smoothing", strength)  # noqa: B010, only live analyses have it
    imgui.end_table()


def _status(status: LiveAnalysisStatus) -> None:
    good = status.faces or status.network
    colour = GREEN if status.working and good else ACCENT if status.working else RED
    if not status.running:
        colour = FAINT
    imgui.text_colored(imgui.ImVec4(*colour), icons.ICON_FA_CIRCLE)
    imgui.same_line()
    imgui.text_wrapped(status.message[:1].upper() + status.message[1:])
    if not fields.begin_table("analysis status"):
        return
    age = "–" if status.age is None else f"{1e3 * status.age:.0f} ms"
    rate = f"{status.per_second:.0f} / s" if status.per_second else "–"
    for label, value in (
        ("Network", status.network or "–"),
        ("Score", f"{status.score:.2f}" if good and status.score else "–"),
        ("Flicker", _flicker(status.flicker)),
        ("Time", f"{status.milliseconds:.0f} ms" if status.milliseconds else "–"),
        ("Rate", rate),
        ("Age", age),
    ):
        if label in ("Network", "Flicker", "Rate", "Age") and value == "–":
            continue  # not all analyses have these
        fields.row(label)
        imgui.text(value)
    imgui.end_table()


def _flicker(shares: tuple[float, float] | None) -> str:
    """What is left of it, and what the network's own is, as shares of the range."""
    if shares is None or not all(math.isfinite(share) for share in shares):
        return "–"
    return f"{shares[1]:.2%} of {shares[0]:.2%}"


def _scale(editor: Editor, chosen: ZDepthMap, height: float | None) -> None:
    """How large things are at the face, and a button that makes the scene metric by it."""
    surface = chosen.parent
    if height is None or surface is None or not isinstance(editor.scene.node(surface), Surface):
        return
    try:
        unit = unit_in_centimetres(editor.scene, surface, height, editor.frame)
    except SceneError:
        return  # scaled to nothing
    if fields.begin_table("scale"):
        fields.row("1 unit", "What a scene unit is at the largest face, by the size of its skull")
        imgui.align_text_to_frame_padding()
        imgui.text(f"{unit:.3g} cm")
        imgui.end_table()
    is_metric = abs(unit - 100.0) < 0.1
    imgui.begin_disabled(is_metric)
    if imgui.button(f"{icons.ICON_FA_RULER} Set Metric Scale###metric scale", (-1, 0)):
        frame = editor.frame
        editor.edit(
            lambda scene: in_metres(scene, surface, height, frame), f"Metric scale of {surface}"
        )
    imgui.end_disabled()
    imgui.set_item_tooltip(
        f"Scales {surface} so that a scene unit is a metre at the face; cameras stay"
    )


def _regions(node: ZDepthMap, regions: RegionTool) -> None:
    width = (imgui.get_content_region_avail().x - imgui.get_style().item_spacing.x) / 2
    for shape, icon, name, meaning in SHAPES:
        if shape is not SHAPES[0][0]:
            imgui.same_line()
        drawing = regions.drawing is shape
        if drawing:
            imgui.push_style_color(imgui.Col_.button, ACCENT)
            imgui.push_style_color(imgui.Col_.text, (0.0, 0.0, 0.0, 1.0))
        if imgui.button(f"{icon} {shape.value.title()}###{name}", (width, 0)):
            regions.toggle(shape)
        if drawing:
            imgui.pop_style_color(2)
        imgui.set_item_tooltip(meaning)
    _, regions.exclude = imgui.checkbox("Exclude", regions.exclude)
    imgui.set_item_tooltip("The next region is left out instead of kept")
    imgui.same_line()
    _, regions.shown = imgui.checkbox("Show", regions.shown)
    if not node.regions:
        imgui.text_disabled("The whole picture counts.")
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
