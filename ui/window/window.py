"""The window: a canvas, one encoder and one submit a frame, panels around the picture."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import Any

import glfw
from imgui_bundle import imgui
from rendercanvas.glfw import RenderCanvas, loop

from engine.errors import RilievoError
from engine.gpu import Gpu
from engine.media import Picture
from engine.scene import EvaluatedFrame, Scene
from models import LiveAnalyses
from passes import RenderedFrame
from ui.drawn import DrawnFrame
from ui.session import Session
from ui.settings import LARGEST_TEXT, SMALLEST_TEXT, SettingsFile
from ui.window import bin, dropping, landing, layout, menus, placing, schematic, status
from ui.window.analysing import BackgroundAnalyses
from ui.window.cached import CachedAnalyses, CachedPictures
from ui.window.editor import Editor
from ui.window.fullscreen import Fullscreen
from ui.window.keeping import Keeper
from ui.window.layout import Panel
from ui.window.leaving import once_saved, open_file
from ui.window.light_tool import LightTool
from ui.window.live import LiveStage
from ui.window.messages import Messages
from ui.window.node_actions import NodeActions
from ui.window.overlay import Overlay, Press
from ui.window.palette import Palette
from ui.window.panels import (
    analysis,
    lights,
    live_source,
    outputs,
    source,
    statistics,
    timeline,
    zmap,
)
from ui.window.panels import messages as messages_panel
from ui.window.panels import object as object_panel
from ui.window.preview import Preview
from ui.window.question import Question
from ui.window.recording import Recording
from ui.window.region_tool import RegionTool
from ui.window.screen import ScreenPass
from ui.window.theme import SURROUND
from ui.window.view import TITLE, ResultView
from ui.window.virtual import VirtualOutput

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
        self.palette = Palette()
        self.editor = Editor(scene or Scene(name="live"), path, self.messages)
        self.gpu = gpu
        self.canvas: Any = RenderCanvas(
            size=size, title=self.editor.title, update_mode="ondemand", max_fps=FASTEST, vsync=True
        )
        self._context: Any = self.canvas.get_wgpu_context()
        # Display colours are made by our display pass: the surface must not encode them again.
        format = self._context.get_preferred_format(self.gpu.adapter).removesuffix("-srgb")
        self._context.configure(device=self.gpu.device, format=format)
        self.overlay = Overlay(self.gpu, self.canvas, format)
        self.analyses: LiveAnalyses | BackgroundAnalyses
        self.live: LiveStage | None = None
        if session is None:
            self.analyses = BackgroundAnalyses(
                self.editor.scene, self._wake_from_thread, self._fail_from_thread
            )
            self.preview = Preview(gpu, self.editor, self.analyses)
        else:
            self.analyses = session.analyses
            self.preview = Preview(gpu, self.editor, session, session.sources)
            self.preview.ready = False
            self.live = LiveStage(session, self.editor, scene, path, self._wake_from_thread)
            # Ages and states go on also while nothing new comes.
            self.canvas.set_update_mode("ondemand", min_fps=LIVE_SLOWEST, max_fps=LIVE_FASTEST)
        self.recording = Recording(self.messages)
        self.virtual = VirtualOutput(self.messages)
        self.view = ResultView(self.preview)
        self.lights = LightTool(self.editor)
        self.regions = RegionTool(self.editor)
        self.view.tools += [self.regions, self.lights]
        self.actions = NodeActions(self.editor)
        self.object_menu = object_panel.ObjectMenu(self.editor, self.actions)
        self.schematic = schematic.Schematic(self.editor, self.actions, self._open_menu)
        self._screen = ScreenPass(self.gpu, format)
        self.fullscreen = Fullscreen(self.canvas)
        self.question = Question()
        self.keeper = Keeper(self.editor, self.messages, self.question)
        self.statistics = statistics.Statistics(self.gpu, self.preview)
        self.timeline = self._timeline()
        self.panels = [
            Panel(source.TITLE, "left", self._draw_source),
            Panel(
                analysis.TITLE,
                "below left",
                lambda: analysis.draw(self.editor, self.analyses, self.regions),
            ),
            Panel(zmap.TITLE, "right", lambda: zmap.draw(self.editor)),
            Panel(object_panel.TITLE, "right", self.object_menu.draw),
            # Over the Schematic where there is time in the document.
            Panel(
                timeline.TITLE, "below", self.timeline.draw,
                open=self.editor.scene.last > self.editor.scene.first and session is None,
            ),
            Panel(bin.TITLE, "beside below", lambda: bin.draw(self.editor, self.actions)),
            Panel(schematic.TITLE, "below", self.schematic.draw),
            Panel(lights.TITLE, "below right", lambda: lights.draw(self.editor, self.lights)),
            Panel(outputs.TITLE, "below right", self._draw_outputs),
            Panel(statistics.TITLE, "below left", self.statistics.draw),
            Panel(messages_panel.TITLE, "below left", lambda: messages_panel.draw(self.messages)),
        ]  # fmt: skip
        self._title = self.editor.title
        self._rearrange = False
        self._fronted = ""
        self._fade_at = 0.0
        self._leaving = False
        self._from_threads: deque[str] = deque()
        self._noted: set[str] = set()
        self._recorded: Picture | None = None
        placing.fit(self.canvas)
        drop: Any = self._on_drop  # glfw's types describe the C function
        glfw.set_drop_callback(self.canvas._window, drop)
        close: Any = self._on_close
        glfw.set_window_close_callback(self.canvas._window, close)
        for kind in ("pointer_move", "pointer_down", "pointer_up", "pointer_leave", "wheel",
                     "key_down", "key_up", "char"):  # fmt: skip
            self.canvas.add_event_handler(self._wake, kind)
        self.canvas.request_draw(self.draw)
        imgui.get_style().font_scale_main = self.settings.values.text_scale
        self._opened(opened or path)

    # -- one frame --

    def draw(self) -> None:
        """Draw the window. rendercanvas calls it when something asked for it."""
        start = time.perf_counter()
        while self._from_threads:
            self.messages.fail(self._from_threads.popleft())
        if self.live is not None:
            self.live.begin()
            self.preview.ready = self.live.started
            self.view.waiting_for = "" if self.live.started else self.live.waiting_for
        elif self.editor.advance(time.perf_counter()):
            self.overlay.busy = max(self.overlay.busy, 1)
        with self.overlay.frame():
            self._interface()
        encoder, drawn = self._encode()
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
        self._screen.draw(last, self.preview.picture, self.view.placement(ratio, size))
        self.overlay.draw(last)
        last.end()
        self.preview.submit(encoder)
        if self.live is not None and drawn:
            self.live.end()
        self.preview.renderer.poll()
        self.recording.work()
        self.virtual.work()
        self.statistics.count(time.perf_counter() - start)
        self._after()

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
            self.recording.stop()
        elif not self.preview.ready:
            self.messages.fail("there is no picture to record yet")
        else:
            self.preview.divisor = 1
            writer = None if self.live is None else self.live.session.take_writer
            scene = self.editor.scene
            self.recording.start(self.preview.size, scene.fps, writer, scene.pixel_aspect)

    def toggle_analysis(self) -> None:
        """Pause the analysis, or let it run again."""
        self.analyses.running = not self.analyses.running

    def quit(self) -> None:
        """Close the window, once nothing would be lost."""
        once_saved(self, "the window is closed", self._go)

    def leave(self) -> None:
        """Close the window at once, as the system asks; a copy of unsaved changes stays."""
        self.keeper.copy()
        self._close()

    def open(self, path: Path) -> None:
        """Open a document, picture or clip in this window."""
        open_file(self, path)

    def take(self, scene: Scene, saved: Path | None, path: Path) -> None:
        """Go on with another document, whose file, if it has one, is `saved`. path: what was
        opened."""
        self.keeper.clear()
        if self.live is not None:
            self.live.place_in(scene, saved)
        else:
            self.editor.replace(scene, saved)
            if scene.last > scene.first:
                self._panel(timeline.TITLE).open = True
        self.preview.camera.reset()
        self._opened(path)

    def scale_text(self, factor: float) -> None:
        """Make all text larger or smaller, now and from now on."""
        scale = self.settings.values.text_scale * factor
        scale = min(max(scale, SMALLEST_TEXT), LARGEST_TEXT)
        self.settings.change(text_scale=scale)
        imgui.get_style().font_scale_main = scale
        self.overlay.busy = 3

    def find_command(self) -> None:
        """Ask for a command by its name."""
        self.palette.open()
        self.overlay.busy = 3

    def show_keys(self) -> None:
        """List all keys."""
        self.palette.show_keys()
        self.overlay.busy = 3

    def release(self) -> None:
        """Free everything, after the loop has ended."""
        self.recording.stop()
        self.virtual.close()
        self.gpu.wait()
        self.schematic.close()
        self.overlay.close()
        if self.live is not None:
            self.live.close()
        else:
            self._cached.close()
            self.analyses.close()
        self.preview.close()
        self._screen.release()

    # -- parts --

    def _encode(self) -> tuple[Any, bool]:
        """An encoder with the picture's passes in it, where there is anything new to draw; and
        whether there was."""
        encoder = self.gpu.device.create_command_encoder(label="frame")
        self.preview.passes = self.recording.passes
        self.preview.views = self.recording.views or self.virtual.views
        drawn = False
        try:
            drawn = self.preview.encode(encoder, self._revision(), refine=self._at_rest)
            if drawn:
                self._read_back(encoder)
        except RilievoError as error:
            self.messages.fail(str(error))
            self.overlay.busy = max(self.overlay.busy, 1)
            # What was recorded before it failed goes with the encoder; the last picture stays.
            encoder = self.gpu.device.create_command_encoder(label="frame")
        self.preview.probe(encoder, self.view.hovered)
        return encoder, drawn

    @property
    def _at_rest(self) -> bool:
        """Whether there is time to make the picture better: nobody moves anything."""
        return not (self.overlay.busy or self.live or self.recording.on or self.editor.playing)

    def _revision(self) -> int:
        """A number that changes with what comes from outside the document."""
        if self.live is not None:
            return self.live.revision
        assert isinstance(self.analyses, BackgroundAnalyses)
        self.analyses.take(self.editor.scene)
        return self.analyses.revision

    def _read_back(self, encoder: Any) -> None:
        """Have the picture that was drawn read back, for the recording and the virtual camera."""
        evaluated = self.preview.drawn
        recorded = self._recorded_now()
        if evaluated is None or not (recorded or self.virtual.wants):
            return
        rendered = self.preview.renderer.read_back(evaluated, encoder)
        if recorded:
            self.recording.take(self._as_drawn(rendered, evaluated))
        if self.virtual.wants:
            self.virtual.take(rendered)

    def _recorded_now(self) -> bool:
        """Whether what was drawn is recorded, and was not yet."""
        if not self.recording.on:
            return False
        if self.live is not None:
            picture = self.live.session.picture
            if picture is self._recorded:
                return False  # drawn anew from the same picture: its place in time is taken
            self._recorded = picture
        return self.recording.wants(self.preview.size)

    def _as_drawn(self, rendered: RenderedFrame, evaluated: EvaluatedFrame) -> DrawnFrame:
        scene = self.editor.scene
        if self.live is not None:
            return self.live.session.drawn(rendered, scene, evaluated)
        clock = time.time() - time.monotonic()
        return DrawnFrame(rendered, time.monotonic(), scene, evaluated, clock=clock)

    def _timeline(self) -> timeline.Timeline:
        analyses, preview, editor = self.analyses, self.preview, self.editor
        pictures = CachedPictures(preview.renderer.held)
        if not isinstance(analyses, BackgroundAnalyses):
            return timeline.Timeline(editor, lambda: frozenset(), lambda: frozenset(), live=True)
        self._cached = CachedAnalyses(analyses, self._wake_from_thread)
        return timeline.Timeline(
            editor,
            lambda: pictures.frames(editor.scene),
            lambda: self._cached.frames(editor.scene, preview.drawn, analyses.revision),
        )

    def _draw_outputs(self) -> None:
        outputs.draw(self.recording, self.record, self.live is not None, self.virtual)

    def _draw_source(self) -> None:
        if self.live is None:
            source.draw(self.editor)
        else:
            live_source.draw(self.live.session, self.messages)

    def _interface(self) -> None:
        space, menu = layout.begin_host()
        if menu:
            menus.draw(self)
            imgui.end_menu_bar()
        if self._rearrange:
            layout.rearrange(space)
            self._rearrange = False
        layout.dock(space, TITLE, self.panels)
        self.timeline.shown = self._panel(timeline.TITLE).visible
        status.draw(self)
        imgui.end()
        self.schematic.begin()
        for panel in self.panels:
            panel.visible = panel.focused = False
            if panel.open:
                panel.visible, still_open = imgui.begin(panel.title, True)
                panel.open = bool(still_open)
                panel.focused = imgui.is_window_focused(imgui.FocusedFlags_.child_windows)
                if panel.visible:
                    panel.draw()
                imgui.end()
        if self._fronted:
            imgui.set_window_focus(self._fronted)
            self._fronted = ""
        # Last, so that it is the one that has the keyboard at first.
        imgui.push_style_var(imgui.StyleVar_.window_padding, (6.0, 4.0))
        shown = imgui.begin(
            TITLE, None, imgui.WindowFlags_.no_background | imgui.WindowFlags_.no_scrollbar
            | imgui.WindowFlags_.no_scroll_with_mouse,
        )[0]  # fmt: skip
        imgui.pop_style_var()
        if shown:
            self.view.draw()
            kind = bin.dropped_here(self.view.area, "picture drop")
            if kind is not None:
                mouse = imgui.get_mouse_pos()
                landing.land(self, kind, (mouse.x, mouse.y))
        else:
            self.view.hovered = None
        imgui.end()
        asked = self.question.draw()
        if not self.palette.draw(self) and not asked:
            menus.shortcuts(self, self._presses())
        status.toasts(self)

    def arrange_anew(self) -> None:
        """Open all panels and put them where they stood at first."""
        for panel in self.panels:
            panel.open = True
        self._rearrange = True

    def _open_menu(self, tab: str) -> None:
        """Show the parameters of what is selected, in this tab of theirs."""
        for panel in self.panels:
            panel.open = panel.open or panel.title == object_panel.TITLE
        self.object_menu.show(tab)
        self._fronted = object_panel.TITLE
        self.overlay.busy = 3

    def _presses(self) -> list[Press]:
        """The keys that went down and are not the regions' own."""
        has_own = self.focused(timeline.TITLE) or self.focused(schematic.TITLE)
        of_keys = ("delete", "backspace") if has_own else ()
        kept = [press for press in self.overlay.presses if press.key in of_keys]
        return kept + self.regions.keys([p for p in self.overlay.presses if p not in kept])

    def focused(self, panel: str) -> bool:
        """Whether a panel was clicked last."""
        return self._panel(panel).focused

    def _panel(self, title: str) -> Panel:
        return next(panel for panel in self.panels if panel.title == title)

    def _opened(self, path: Path | None) -> None:
        if path is not None:
            self.settings.opened(path)
            self.keeper.opened(path)

    def _go(self) -> None:
        self.keeper.clear()
        self._close()

    def _close(self) -> None:
        # Not within a draw, which still has to be presented.
        self._leaving = True
        loop.call_soon(self.canvas.close)

    def _on_close(self, window: Any) -> None:
        """The window's own cross."""
        if not self._leaving:
            glfw.set_window_should_close(window, False)
            self.quit()
            self.overlay.busy = 3
            self.canvas.request_draw()

    def _after(self) -> None:
        self.keeper.work(self.settings.problem)
        for text in self.analyses.messages:
            if text not in self._noted:
                self._noted.add(text)
                self.messages.warn(text)
        if self._title != self.editor.title:
            self._title = self.editor.title
            self.canvas.set_title(self._title)
        if (
            self.overlay.busy
            or self.preview.waiting
            or self.recording.busy
            or self.virtual.busy
            or self.schematic.busy
            or (self._at_rest and self.preview.unfinished)
            or self.editor.playing
            or imgui.get_io().want_text_input
        ):
            self.canvas.request_draw()
        rest = self.messages.rest()
        if rest == 0.0:
            self.canvas.request_draw()
        elif rest is not None and time.monotonic() > self._fade_at:
            self._fade_at = time.monotonic() + rest
            loop.call_later(rest, self.canvas.request_draw)

    def _wake_from_thread(self) -> None:
        self.canvas.request_draw()  # no more than a flag, which the loop looks at

    def _fail_from_thread(self, text: str) -> None:
        self._from_threads.append(text)

    def _wake(self, _event: dict[str, Any]) -> None:
        self.canvas.request_draw()

    def _on_drop(self, window: Any, paths: list[str]) -> None:
        x, y = glfw.get_cursor_pos(window)  # while something is dragged, no moves come
        across = 1 / placing.units(self.canvas)
        dropping.drop(self, [Path(path) for path in paths], (x * across, y * across))
        self.overlay.busy = 3
        self.canvas.request_draw()
