"""Analysis: what makes the depth, whether it runs, and how well it goes."""

from __future__ import annotations

import math
import os
from typing import Protocol

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.errors import SceneError
from engine.scene import (
    AnalysisType,
    Surface,
    ZDepthMap,
    in_metres,
    unit_in_centimetres,
)
from models import LiveAnalysisStatus, installed_networks
from ui.window import fields
from ui.window.editor import Editor
from ui.window.theme import ACCENT, FAINT, GREEN, RED

TITLE = "Analysis"


class Analysing(Protocol):
    """What the panel needs to know of an analysis."""

    @property
    def running(self) -> bool: ...

    @running.setter
    def running(self, wanted: bool) -> None: ...

    def status(self, index: int | None = None) -> LiveAnalysisStatus: ...


def draw(editor: Editor, analyses: Analysing) -> None:
    """The panel's content."""
    maps = [node for node in editor.scene.nodes if isinstance(node, ZDepthMap)]
    chosen = next((node for node in maps if node.id == editor.selected), None)
    if chosen is None:
        imgui.text_wrapped("Select a Z-Depth map to analyse its picture.")
        return
    if chosen.analysis is AnalysisType.MEDIA:
        imgui.text_wrapped(
            f"The depth of {chosen.id} comes from a media. Its Analysis Type, in the Object menu,"
            " has others."
        )
        return
    status = analyses.status()
    _run(analyses)
    if chosen.analysis.finds_faces:
        _smoothing(analyses)
    if chosen.analysis.sees_all:
        _network(editor, chosen)
        fields.rows(editor, chosen.id, ("stabilise",))
    _status(status)
    _scale(editor, chosen, status.centimetres)


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
