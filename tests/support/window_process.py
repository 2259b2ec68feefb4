"""The window under test, as a process of its own: the real command, and a report of what it shows.

`python -m tests.support.window_process REPORT open shot.rilievo` runs the command and writes, after
each frame of the window, where each control stands and what the document holds to REPORT (JSON,
replaced as a whole). The program itself knows nothing of it.
"""

from __future__ import annotations

import json
import os
import sys
from functools import wraps
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from tests.support.create_counter import PER_FRAME, CreateCounter

WIDGETS = (
    "button", "small_button", "checkbox", "slider_float", "slider_int", "drag_float", "drag_int",
    "menu_item", "begin_menu", "selectable", "begin_combo", "collapsing_header", "invisible_button",
    "color_edit3", "input_text", "input_text_with_hint", "tree_node", "begin_tab_item",
)  # fmt: skip


class Recorder:
    """Keeps where each control was drawn last, by the label it was made with.

    The controls of a node's field are called "<node>.<field>", "<node>.<field>.reset" and
    "<node>.<field>.key"; those in a
    list are called after what they say.
    """

    def __init__(self, report: Path) -> None:
        self.report = report
        self.items: dict[str, tuple[float, float, float, float]] = {}
        self.windows: dict[str, tuple[float, float, float, float]] = {}  # drawn now
        self.prefix = ""
        self.draws = 0
        self.pictures = 0
        self.made: list[str] = []
        self.cut: list[str] = []  # windows whose content is wider than they are
        self.readout = ""
        self.typed = ""  # in the line that has the keyboard

    def install(self) -> None:
        from imgui_bundle import imgui

        from ui.window import fields, view, window

        for name in WIDGETS:
            setattr(imgui, name, self._recorded(getattr(imgui, name)))
        draw_field, draw_window = fields.Field.draw, window.Window.draw

        def field(control: Any) -> None:
            self.prefix = f"{control.node}.{control.parameter.name}"
            draw_field(control)
            self.prefix = ""

        begin = imgui.begin

        def titled(name: str, *rest: Any) -> Any:
            result = begin(name, *rest)
            if imgui.is_window_docked() and not name.startswith("##"):
                self.tab(name)
            shown = imgui.internal.find_window_by_name(name)
            if not name.startswith("##"):
                low, size = shown.pos, shown.size
                self.windows[name] = (low.x, low.y, low.x + size.x, low.y + size.y)
            edge = shown.work_rect.get_width() + shown.window_padding.x
            too_wide = shown.content_size.x > edge
            if too_wide and shown.active and not shown.hidden:
                self.cut.append(name)
            return result

        imgui.begin = titled

        def whole(shown: Any) -> None:
            self.items, self.windows, self.cut, self.readout = {}, {}, [], ""
            self.typed = ""
            picture = shown.preview.drawn
            with CreateCounter(shown.gpu.device) as created:
                draw_window(shown)
            self.made = [name for name, _ in created.calls if name not in PER_FRAME]
            self.draws += 1
            self.pictures += shown.preview.drawn is not picture
            self.write(shown)

        text = view.value_text

        def value_text(*given: Any) -> str:
            self.readout = text(*given)
            return self.readout

        view.value_text = value_text
        fields.Field.draw = field  # type: ignore[method-assign]
        window.Window.draw = whole  # type: ignore[method-assign]

    def _recorded(self, make: Any) -> Any:
        from imgui_bundle import imgui

        @wraps(make)
        def widget(label: str, *rest: Any, **named: Any) -> Any:
            result = make(label, *rest, **named)
            if make.__name__ == "begin_combo" and result:
                return result  # its own window is the current one now: the last place stays
            low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            # A panel's tab and its line in the menu have the same name.
            if make.__name__.startswith("input_text") and imgui.is_item_active():
                self.typed = result[1]
            name = self._name(label) + (".menu" if make.__name__ == "menu_item" else "")
            self.items[name] = (low.x, low.y, high.x, high.y)
            return result

        return widget

    def _name(self, label: str) -> str:
        shown, _, hidden = label.partition("##")
        if not self.prefix:
            # "###x" and icons alone are called by what is hidden, passes to record by both.
            name = "".join(letter for letter in shown if letter.isascii()).strip()
            if hidden.startswith("#") or not name:
                return hidden.lstrip("#")
            return f"{hidden}.{name}" if hidden == "exr" else name
        if hidden == "value":
            return self.prefix
        return f"{self.prefix}.{hidden if hidden in ('reset', 'key') else shown}"

    def tab(self, name: str) -> None:
        """Note where a docked window's tab is."""
        from imgui_bundle import imgui

        node = imgui.internal.find_window_by_name(name).dock_node
        bar = None if node is None else node.tab_bar
        if bar is None:
            return
        for tab in bar.tabs:
            if tab.window is not None and tab.window.name == name:
                left = bar.bar_rect.min.x + tab.offset - bar.scrolling_anim
                low, high = bar.bar_rect.min.y, bar.bar_rect.max.y
                # By both names: a section within a panel may be called like another panel.
                self.items[name] = self.items[f"{name}.tab"] = (left, low, left + tab.width, high)

    def pointer(self) -> dict[str, Any]:
        """What imgui knows of pointer and keys."""
        from imgui_bundle import imgui

        io = imgui.get_io()
        return {
            "at": [io.mouse_pos.x, io.mouse_pos.y],
            "down": [bool(imgui.is_mouse_down(button)) for button in range(3)],
            "ctrl": io.key_ctrl,
            "shift": io.key_shift,
            "active": imgui.internal.get_active_id(),
            "text": io.want_text_input,
        }

    def work(self, work: Any) -> dict[str, Any]:
        """How far what is at work beside the window has come."""
        progress = work.progress
        done, total = (0, 0) if progress is None else (progress.done, progress.total)
        return {"title": work.title, "done": done, "total": total}

    def write(self, shown: Any) -> None:
        value, graph = shown.preview.value, shown.timeline.graph
        state = {
            "draws": self.draws,
            "pictures": self.pictures,
            "items": self.items,
            "windows": self.windows,
            "area": shown.view.area,
            "scale": shown.view.scale,
            "origin": shown.view.origin,
            "view": shown.preview.view,
            "pointer": self.pointer(),
            "free": shown.preview.camera.free,
            "camera": np.asarray(shown.preview.camera.world).tolist(),
            "value": None if value is None else [float(part) for part in value],
            "pixel": shown.preview.pixel,
            "lights": shown.lights.handles,
            "axes": shown.tools.axes.handles,
            "snap": shown.tools.axes.said,
            "gizmo": shown.tools.gizmo.handles,
            "turned": shown.tools.gizmo.said,
            "tracking": shown.tools.tracking.text if shown.tools.busy else "",
            "wipe": shown.tools.wipe.at,
            "frame": shown.editor.frame,
            "playing": shown.editor.playing,
            "loop": shown.editor.loop,
            "keys": {f"{c.name}@{frame:g}": p for (c, frame), p in graph.points.items()},
            "grips": {
                f"{key[0].name}@{key[1]:g}.{side}": p for (key, side), p in graph.grips.items()
            },
            "selected": [f"{c.name}@{f:g}" for c, f in shown.timeline.animation.selected],
            "channels": [channel.name for channel in shown.editor.channels],
            "cached": [sorted(shown.timeline.pictures), sorted(shown.timeline.analysed)],
            "recording": msgspec.to_builtins(shown.recording.status),
            "delay": "" if shown.live is None else shown.live.session.delay_note,
            "work": None if shown.work.now is None else self.work(shown.work.now),
            "made": self.made,
            "title": shown.editor.title,
            "scene": msgspec.to_builtins(shown.editor.scene),
            "hint": shown.regions.hint,
            "selection": shown.editor.selection,
            "schematic": {
                name: {
                    "box": box,
                    "parent": shown.schematic.parts[name].parent_end,
                    "child": shown.schematic.parts[name].child_end,
                    "axis": shown.schematic.parts[name].axis,
                }
                for name, box in shown.schematic.shown.items()
            },
            "canvas": shown.schematic.area,
            "ratio": shown.canvas.get_pixel_ratio(),
            "messages": [entry.text for entry in shown.messages.entries],
            "analysis": msgspec.to_builtins(shown.analyses.status()),
            "size": shown.canvas.get_physical_size(),
            "panels": {panel.title: panel.visible for panel in shown.panels},
            "open": [panel.title for panel in shown.panels if panel.open],
            "cut": self.cut,
            "readout": self.readout,
            "typed": self.typed,
            "passes": shown.preview.renderer.stats(),
            "meshes": msgspec.to_builtins(shown.statistics.meshes),
            "cost": [shown.statistics.cost, shown.preview.milliseconds, shown.statistics.rate],
        }
        fresh = self.report.with_suffix(".new")
        fresh.write_text(json.dumps(state), encoding="utf-8")
        os.replace(fresh, self.report)


def main() -> None:
    report = Path(sys.argv[1])
    sys.argv = ["rilievo", *sys.argv[2:]]
    Recorder(report).install()
    from ui.commands import main as command

    command()


if __name__ == "__main__":
    main()
