"""What the parts of the window know of the whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from engine.gpu import Gpu
from engine.scene import Scene
from models import LiveAnalyses
from ui.settings import SettingsFile
from ui.window.analysing import BackgroundAnalyses
from ui.window.editor import Editor
from ui.window.file_dialog import FileDialog
from ui.window.fullscreen import Fullscreen
from ui.window.layout import Panel
from ui.window.light_tool import LightTool
from ui.window.live import LiveStage
from ui.window.messages import Messages
from ui.window.node_actions import NodeActions
from ui.window.overlay import Overlay
from ui.window.panels.media import MediaPanel
from ui.window.panels.object import ObjectMenu
from ui.window.panels.statistics import Statistics
from ui.window.panels.timeline import Timeline
from ui.window.preview import Preview
from ui.window.question import Question
from ui.window.reading import Reading
from ui.window.recording import Recording
from ui.window.region_tool import RegionTool
from ui.window.saving import Saving
from ui.window.schematic import Schematic
from ui.window.view import ResultView
from ui.window.view_tools import ViewTools
from ui.window.virtual import VirtualOutput
from ui.window.work import LongWork


class Desk(Protocol):
    """The window, as its parts see it. canvas: of rendercanvas."""

    gpu: Gpu
    canvas: Any
    overlay: Overlay
    analyses: LiveAnalyses | BackgroundAnalyses
    messages: Messages
    editor: Editor
    preview: Preview
    view: ResultView
    regions: RegionTool
    lights: LightTool
    object_menu: ObjectMenu
    actions: NodeActions
    schematic: Schematic
    fullscreen: Fullscreen
    statistics: Statistics
    live: LiveStage | None
    question: Question
    recording: Recording
    virtual: VirtualOutput
    work: LongWork
    settings: SettingsFile
    media: MediaPanel
    reading: Reading
    timeline: Timeline
    tools: ViewTools
    files: FileDialog
    saving: Saving

    @property
    def folder(self) -> Path: ...

    @property
    def panels(self) -> list[Panel]: ...

    @property
    def first_look(self) -> bool: ...

    @property
    def at_rest(self) -> bool: ...

    def play(self) -> None: ...

    def frame(self) -> None: ...

    def record(self) -> None: ...

    def toggle_analysis(self) -> None: ...

    def ask_to_render(self) -> None: ...

    def quit(self) -> None: ...

    def open(self, path: Path) -> None: ...

    def take(self, scene: Scene, saved: Path | None, path: Path | None) -> None: ...

    def scale_text(self, factor: float) -> None: ...

    def show_first_steps(self) -> None: ...

    def read_file(self) -> None: ...

    def find_command(self) -> None: ...

    def show_keys(self) -> None: ...

    def arrange_anew(self) -> None: ...

    def focused(self, panel: str) -> bool: ...
