"""The window: a canvas, one encoder and one submit a frame, panels around the picture."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from imgui_bundle import imgui
from rendercanvas.glfw import RenderCanvas

from engine.errors import RilievoError
from engine.folders import state_folder
from engine.gpu import Gpu
from engine.scene import Scene
from models import LiveAnalyses
from passes import output_names
from passes.outputs import resolved
from passes.rendered import check_names
from ui.session import LIVE, Session
from ui.settings import LARGEST_TEXT, SMALLEST_TEXT, SettingsFile
from ui.window import placing, schematic
from ui.window.analysing import BackgroundAnalyses
from ui.window.cached import CachedAnalyses, CachedPictures
from ui.window.depth_looks import DepthLooks
from ui.window.editor import Editor
from ui.window.file_dialog import FileDialog
from ui.window.frames import Frames
from ui.window.fullscreen import Fullscreen
from ui.window.interface import Interface
from ui.window.keeping import Keeper
from ui.window.layout import Panel
from ui.window.leaving import once_ended, once_saved, open_file
from ui.window.light_tool import LightTool
from ui.window.live import LiveStage
from ui.window.media_actions import MediaActions
from ui.window.messages import Messages
from ui.window.node_actions import NodeActions
from ui.window.overlay import Overlay
from ui.window.panels import media, statistics, timeline
from ui.window.panels import object as object_panel
from ui.window.panels.media import MediaPanel
from ui.window.preview import Preview
from ui.window.question import Question
from ui.window.reading import Reading
from ui.window.recording import Recording
from ui.window.region_tool import RegionTool
from ui.window.saving import Saving
from ui.window.screen import ScreenPass
from ui.window.theme import SURROUND
from ui.window.thumbnails import Thumbnails
from ui.window.view import ResultView
from ui.window.view_tools import ViewTools
from ui.window.virtual import VirtualOutput
from ui.window.waking import Waking
from ui.window.work import LongWork

SIZE = (1400, 860)
FASTEST = 60  # frames a second, at most
# Live: how often news is looked for, so how late a picture may be drawn after it came.
LIVE_FASTEST, LIVE_SLOWEST = 120, 4


class Window:
    """A document in a window. `loop.run()` of rendercanvas brings it to life."""

    def __init__(
        self, gpu: Gpu, scene: Scene | None, path: Path | None, *,
        session: Session | None = None, opened: Path | None = None,
        size: tuple[int, int] = SIZE,
    ) -> None:  # fmt: skip
        """scene: the document; for a live session it may be left out. session: of a live source,
        which becomes the document's first media; the window closes it. opened: the file that was
        opened: the document's, or the picture that it was made for."""
        self.messages = Messages()
        self.settings = SettingsFile()
        self.editor = Editor(scene or Scene(name="live"), path, self.messages)
        self.gpu = gpu
        self.canvas: Any = RenderCanvas(
            size=size, title=self.editor.title, update_mode="ondemand", max_fps=FASTEST, vsync=True
        )
        self._context: Any = self.canvas.get_wgpu_context()
        # Display colours are made by our display pass: the surface must not encode them again.
        format = self._context.get_preferred_format(self.gpu.adapter).removesuffix("-srgb")
        self._context.configure(device=self.gpu.device, format=format)
        self.waking = Waking(self)
        self.overlay = Overlay(self.gpu, self.canvas, format)
        self.analyses: LiveAnalyses | BackgroundAnalyses
        self.live: LiveStage | None = None
        if session is None:
            self.analyses = BackgroundAnalyses(
                self.editor.scene, self.waking.wake_from_thread, self.waking.fail_from_thread
            )
            self.preview = Preview(gpu, self.editor, self.analyses)
        else:
            self.analyses = session.analyses
            self.preview = Preview(gpu, self.editor, session, session.sources)
            self.preview.ready = False
            self.live = LiveStage(session, self.editor, scene, path, self.waking.wake_from_thread)
            # Ages and states go on also while nothing new comes.
            self.canvas.set_update_mode("ondemand", min_fps=LIVE_SLOWEST, max_fps=LIVE_FASTEST)
        self.recording = Recording(self.messages)
        self.virtual = VirtualOutput(self.messages)
        self.view = ResultView(self.preview)
        self.lights = LightTool(self.editor)
        self.regions = RegionTool(self.editor)
        self.view.tools += [self.regions, self.lights]
        fresh = self.analyses.fresh if isinstance(self.analyses, BackgroundAnalyses) else None
        self.tools = ViewTools(self.editor, self.preview, self.view, fresh)
        self.actions = NodeActions(self.editor)
        self.object_menu = object_panel.ObjectMenu(self.editor, self.actions, self.regions)
        self.schematic = schematic.Schematic(self.editor, self.actions, self._open_menu)
        self._screen = ScreenPass(self.gpu, format)
        self.fullscreen = Fullscreen(self.canvas)
        self.question = Question()
        self.saving = Saving(self.editor, self.messages, self._saved, self.waking.wake_from_thread)
        self.keeper = Keeper(self.editor, self.messages, self.question, self.saving.run)
        self.work = LongWork(self.messages, self.waking.wake_from_thread, self.saving.run)
        self.statistics = statistics.Statistics(self.gpu, self.preview)
        self.reading = Reading(self.messages, self.waking.wake_from_thread)
        looks = DepthLooks(self.editor, self.reading.start)
        looks.fixed = None if self.live is None else LIVE + 1
        self.editor.shows = looks.look
        self.media = self._media()
        self.files = FileDialog(self.settings, self.question, self._thumbnails)
        self.timeline = self._timeline()
        self.interface = Interface(self)
        self._frames = Frames(self)
        self._title = self.editor.title
        self._noted: set[str] = set()
        placing.fit(self.canvas)
        self.waking.connect()
        self.canvas.request_draw(self.draw)
        imgui.get_style().font_scale_main = self.settings.values.text_scale
        self._opened(opened or path)
        self._first = scene if path is None and opened is None and session is None else None
        self.interface.welcome.shown = self.first_look and self.settings.values.first_steps

    # -- one frame --

    def draw(self) -> None:
        """Draw the window. rendercanvas calls it when something asked for it."""
        start = time.perf_counter()
        self.waking.say()
        if self.live is not None:
            self.live.begin()
            self.recording.source(self.live.is_running)
            self.preview.ready = self.live.started
            self.view.waiting_for = "" if self.live.started else self.live.waiting_for
        elif self.editor.advance(time.perf_counter()):
            self.overlay.busy = max(self.overlay.busy, 1)
        if self.saving.work() or self.reading.work():
            self.overlay.busy = max(self.overlay.busy, 3)
        self.tools.work()
        with self.overlay.frame():
            self.interface.draw()
        encoder, drawn = self._frames.encode()
        try:
            # Late, because it may have to wait until the screen has shown the last one.
            target = self._context.get_current_texture()
        except BaseException:
            # Drawing was cancelled (the window is hidden or being resized). What the picture's
            # passes did is still valid, and readbacks wait for it.
            self.preview.submit(encoder)
            raise
        attachment = {
            "view": target.create_view(),
            "clear_value": (*SURROUND, 1.0),
            "load_op": "clear",
            "store_op": "store",
        }
        last = encoder.begin_render_pass(
            label="window",
            color_attachments=[attachment],
            timestamp_writes=self.preview.renderer.timing("window"),
        )
        size = (target.size[0], target.size[1])
        ratio = self.canvas.get_pixel_ratio()
        self.tools.show(self._screen, last, self.view.placement(ratio, size))
        self.overlay.draw(last)
        last.end()
        self.preview.submit(encoder)
        if self.live is not None and drawn:
            self.live.end()
        self.preview.renderer.poll()
        self.recording.work()
        self.virtual.work()
        if self.work.work():
            self.overlay.busy = max(self.overlay.busy, 1)
            if isinstance(self.analyses, BackgroundAnalyses):
                self.analyses.look_again()
        self.statistics.count(time.perf_counter() - start)
        self._after()

    @property
    def at_rest(self) -> bool:
        """Whether there is time to make the picture better: nobody moves anything."""
        busy = self.overlay.busy or self.tools.busy
        return not (busy or self.live or self.recording.on or self.editor.playing)

    @property
    def first_look(self) -> bool:
        """Whether this is the scene of a window without a document, as it came."""
        return self._first is not None and self.editor.scene == self._first

    @property
    def folder(self) -> Path:
        """Where a file is looked for at first: where the document is, or its pictures are, or
        documents were before."""
        media = (Path(entry.path) for entry in self.editor.scene.media if "://" not in entry.path)
        recent = (Path(name) for name in self.settings.values.recent)
        own = () if self.editor.path is None else (self.editor.path,)
        ours = state_folder()
        found = (p.parent for p in (*own, *media, *recent) if not p.is_relative_to(ours))
        return next((folder for folder in found if folder.is_dir()), Path.cwd())

    @property
    def panels(self) -> list[Panel]:
        """In the order of the View menu."""
        return self.interface.panels

    # -- what commands do --

    def play(self) -> None:
        """Play from here, or pause."""
        self.editor.play()

    def frame(self) -> None:
        """Bring everything into view, in the Schematic or in the picture, where the keys go."""
        if self.focused(schematic.TITLE):
            self.schematic.frame()
        else:
            self.preview.frame_all()

    def record(self) -> None:
        """Start recording what the view shows, or stop."""
        if self.recording.on:
            self.recording.end()
        elif not self.preview.ready:
            self.messages.fail("there is no picture to record yet")
        else:
            scene = self.editor.scene
            self.recording.choice.passes &= set(output_names(scene))  # AOVs may be gone
            try:
                check_names(resolved(scene, tuple(self.recording.choice.passes)))
            except RilievoError as error:
                self.messages.fail(str(error))
                return
            self.preview.divisor = 1
            writer = None if self.live is None else self.live.session.take_writer
            self.recording.start(self.preview.size, scene.fps, writer, scene.pixel_aspect)

    def toggle_analysis(self) -> None:
        """Pause the analysis, or let it run again."""
        self.analyses.running = not self.analyses.running

    def ask_to_render(self) -> None:
        """Ask what is to be rendered to files."""
        self.interface.render.open(self)
        self.overlay.busy = 3

    def quit(self) -> None:
        """Close the window, once nothing would be lost."""
        once_ended(self, lambda: once_saved(self, "the window is closed", self._go))

    def leave(self) -> None:
        """Close the window at once, as the system asks; a copy of unsaved changes stays."""
        self.saving.wait()
        self.keeper.copy()
        self.waking.close()

    def open(self, path: Path) -> None:
        """Open a document, picture or clip in this window."""
        open_file(self, path)

    def take(self, scene: Scene, saved: Path | None, path: Path | None) -> None:
        """Go on with another document, whose file, if it has one, is `saved`. path: what was
        opened; None: nothing, it is a new one."""
        self.keeper.clear()
        if self.live is not None and path is None:
            self.live.place_in(None, None)
        elif self.live is not None:
            self.live.place_in(scene, saved)
        else:
            self.editor.replace(scene, saved)
            if scene.last > scene.first:
                self.interface.panel(timeline.TITLE).open = True
        self.preview.camera.reset()
        self._first = scene if path is None and self.live is None else None
        self.interface.welcome.shown = False
        self._opened(path)

    def scale_text(self, factor: float) -> None:
        """Make all text larger or smaller, now and from now on."""
        scale = self.settings.values.text_scale * factor
        scale = min(max(scale, SMALLEST_TEXT), LARGEST_TEXT)
        self.settings.change(text_scale=scale)
        imgui.get_style().font_scale_main = scale
        self.overlay.busy = 3

    def show_first_steps(self) -> None:
        """Show the card that says what one can do."""
        self.interface.welcome.shown = True
        self.overlay.busy = 3

    def read_file(self) -> None:
        """Show the files that can be read into the media list."""
        self.media.browse()
        self.interface.bring_to_front(media.TITLE)

    def find_command(self) -> None:
        """Ask for a command by its name."""
        self.interface.palette.open()
        self.overlay.busy = 3

    def show_keys(self) -> None:
        """List all keys."""
        self.interface.palette.show_keys()
        self.overlay.busy = 3

    def arrange_anew(self) -> None:
        """Open all panels and put them where they stood at first."""
        self.interface.arrange_anew()

    def focused(self, panel: str) -> bool:
        """Whether a panel was clicked last."""
        return self.interface.focused(panel)

    def release(self) -> None:
        """Free everything, after the loop has ended."""
        self.saving.close()
        self.recording.stop()
        self.virtual.close()
        self.work.close()
        self.gpu.wait()
        self.schematic.close()
        self.reading.close()
        self._thumbnails.close()
        self.overlay.close()
        if self.live is not None:
            self.live.close()
        else:
            self._cached.close()
            self.analyses.close()
        self.preview.close()
        self._screen.release()

    # -- parts --

    def _timeline(self) -> timeline.Timeline:
        analyses, preview, editor = self.analyses, self.preview, self.editor
        pictures = CachedPictures(preview.renderer.held)
        if not isinstance(analyses, BackgroundAnalyses):
            return timeline.Timeline(editor, lambda: frozenset(), lambda: frozenset(), live=True)
        self._cached = CachedAnalyses(analyses, self.waking.wake_from_thread)
        return timeline.Timeline(
            editor,
            lambda: pictures.frames(editor.scene),
            lambda: self._cached.frames(editor.scene, preview.drawn, analyses.revision),
        )

    def _media(self) -> MediaPanel:
        self._thumbnails = Thumbnails(self.gpu, self.overlay.backend, self.waking.wake_from_thread)
        actions = MediaActions(self.editor, self.question, self.reading.start)
        actions.fixed = None if self.live is None else LIVE + 1
        return MediaPanel(self.editor, actions, self._thumbnails, self.settings, self.reading)

    def _open_menu(self, tab: str) -> None:
        self.interface.open_menu(tab)

    def _opened(self, path: Path | None) -> None:
        if path is not None:
            self.settings.opened(path)
            self.keeper.opened(path)
        elif self.live is None:
            self.keeper.opened(state_folder() / "untitled")  # it has no file yet

    def _saved(self, path: Path) -> None:
        self.settings.opened(path)
        self.keeper.moved(path)
        self._first = None

    def _go(self) -> None:
        self.keeper.clear()
        self.waking.close()

    def _after(self) -> None:
        self.keeper.work(self.settings.problem)
        for text in self.analyses.messages:
            if text not in self._noted:
                self._noted.add(text)
                self.messages.warn(text)
        if self._title != self.editor.title:
            self._title = self.editor.title
            self.canvas.set_title(self._title)
        self.waking.go_on()
