"""The panels of the window, in the order of its View menu, and what each of them is drawn from."""

from __future__ import annotations

from ui.window import bin, schematic
from ui.window.desk import Desk
from ui.window.layout import Panel
from ui.window.panels import (
    analysis,
    lights,
    live_source,
    media,
    outputs,
    statistics,
    timeline,
)
from ui.window.panels import messages as messages_panel
from ui.window.panels import object as object_panel


def panels(window: Desk) -> list[Panel]:
    """All panels, where they stand at first."""
    editor = window.editor

    def draw_outputs() -> None:
        live = window.live is not None
        outputs.draw(window.recording, window.record, live, window.virtual, editor.scene)

    def draw_source() -> None:
        assert window.live is not None
        live_source.draw(window.live.session, window.messages)

    return [
        *((Panel(live_source.TITLE, "left", draw_source),) if window.live is not None else ()),
        Panel(media.TITLE, "left", window.media.draw),
        Panel(
            analysis.TITLE, "below left",
            lambda: analysis.draw(editor, window.analyses),
        ),
        Panel(object_panel.TITLE, "right", window.object_menu.draw),
        # Over the Schematic where there is time in the document.
        Panel(
            timeline.TITLE, "below", window.timeline.draw,
            open=editor.scene.last > editor.scene.first and window.live is None,
        ),
        Panel(bin.TITLE, "beside below", lambda: bin.draw(editor, window.actions)),
        Panel(schematic.TITLE, "below", window.schematic.draw),
        Panel(lights.TITLE, "below right", lambda: lights.draw(editor, window.lights)),
        Panel(outputs.TITLE, "below right", draw_outputs),
        Panel(statistics.TITLE, "below left", window.statistics.draw),
        Panel(messages_panel.TITLE, "below left", lambda: messages_panel.draw(window.messages)),
    ]  # fmt: skip
