"""What the parts of the window know of the whole."""

from __future__ import annotations

from typing import Protocol

from ui.window.editor import Editor
from ui.window.fullscreen import Fullscreen
from ui.window.layout import Panel
from ui.window.live import LiveStage
from ui.window.messages import Messages
from ui.window.panels.statistics import Statistics
from ui.window.preview import Preview
from ui.window.question import Question
from ui.window.recording import Recording
from ui.window.region_tool import RegionTool
from ui.window.view import ResultView


class Desk(Protocol):
    """The window, as menus and the status line see it."""

    messages: Messages
    editor: Editor
    preview: Preview
    view: ResultView
    regions: RegionTool
    fullscreen: Fullscreen
    statistics: Statistics
    live: LiveStage | None
    question: Question
    recording: Recording
    panels: list[Panel]

    def play(self) -> None: ...

    def record(self) -> None: ...

    def toggle_analysis(self) -> None: ...

    def leave(self) -> None: ...

    def arrange_anew(self) -> None: ...
