"""The window: a canvas, one encoder and one submit a frame, panels around the picture."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import glfw
from imgui_bundle import imgui
from rendercanvas.glfw import RenderCanvas, loop

from engine.errors import RilievoError
from engine.gpu import Gpu, open_gpu
from engine.scene import Scene
from ui.window import layout, menus, opening, status
from ui.window.analysing import BackgroundAnalyses
from ui.window.editor import Editor
from ui.window.fullscreen import Fullscreen
from ui.window.layout import Panel
from ui.window.light_tool import LightTool
from ui.window.messages import Messages
from ui.window.overlay import Overlay
from ui.window.panels import analysis, lights, source, statistics, zmap
from ui.window.panels import messages as messages_panel
from ui.window.preview import Preview
from ui.window.region_tool import RegionTool
from ui.window.screen import ScreenPass
from ui.window.theme import SURROUND
from ui.window.view import TITLE, ResultView

SIZE = (1400, 860)
SMALLEST = (860, 520)
FASTEST = 60  # frames a second, at most


class Window:
    """A document in a window. `loop.run()` of rendercanvas brings it to life."""

    def __init__(
        self, scene: Scene, path: Path | None, *, adapter: str | None = None,
        size: tuple[int, int] = SIZE,
    ) -> None:  # fmt: skip
        self.messages = Messages()
        self.editor = Editor(scene, path, self.messages)
        self.gpu: Gpu = open_gpu(adapter)
        self.canvas: Any = RenderCanvas(
            size=size, title=self.editor.title, update_mode="ondemand", max_fps=FASTEST, vsync=True
        )
        self._context: Any = self.canvas.get_wgpu_context()
        # Display colours are made by our display pass: the surface must not encode them again.
        format = self._context.get_preferred_format(self.gpu.adapter).removesuffix("-srgb")
        self._context.configure(device=self.gpu.device, format=format)
        self.overlay = Overlay(self.gpu, self.canvas, format)
        self.analyses = BackgroundAnalyses(scene, self._wake_from_thread, self._fail_from_thread)
        self.preview = Preview(self.gpu, self.editor, self.analyses)
        self.view = ResultView(self.preview)
        self.lights = LightTool(self.editor)
        self.regions = RegionTool(self.editor)
        self.view.tools += [self.regions, self.lights]
        self._screen = ScreenPass(self.gpu, format)
        self.fullscreen = Fullscreen(self.canvas)
        self.statistics = statistics.Statistics(self.gpu, self.preview)
        self.panels = [
            Panel(source.TITLE, "left", lambda: source.draw(self.editor)),
            Panel(
                analysis.TITLE,
                "below left",
                lambda: analysis.draw(self.editor, self.analyses, self.regions),
            ),
            Panel(zmap.TITLE, "right", lambda: zmap.draw(self.editor)),
            Panel(lights.TITLE, "below right", lambda: lights.draw(self.editor, self.lights)),
            Panel(statistics.TITLE, "below left", self.statistics.draw),
            Panel(messages_panel.TITLE, "below left", lambda: messages_panel.draw(self.messages)),
        ]
        self._title = self.editor.title
        self._rearrange = False
        self._fade_at = 0.0
        self._settling = 0
        glfw.set_window_size_limits(self.canvas._window, *SMALLEST, glfw.DONT_CARE, glfw.DONT_CARE)
        drop: Any = self._on_drop  # glfw's types describe the C function
        glfw.set_drop_callback(self.canvas._window, drop)
        for kind in ("pointer_move", "pointer_down", "pointer_up", "pointer_leave", "wheel",
                     "key_down", "key_up", "char"):  # fmt: skip
            self.canvas.add_event_handler(self._wake, kind)
        self.canvas.request_draw(self.draw)

    # -- one frame --

    def draw(self) -> None:
        """Draw the window. rendercanvas calls it when something asked for it."""
        start = time.perf_counter()
        if self.editor.advance(time.perf_counter()):
            self.overlay.busy = max(self.overlay.busy, 1)
        with self.overlay.frame():
            self._interface()
        encoder = self._encode()
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
        self.statistics.count(time.perf_counter() - start)
        self._after()

    def play(self) -> None:
        """Play from here, or pause."""
        self.editor.playing = not self.editor.playing

    def leave(self) -> None:
        """Close the window; the loop ends with it."""
        # Not within a draw, which still has to be presented.
        loop.call_soon(self.canvas.close)

    def release(self) -> None:
        """Free everything, after the loop has ended."""
        self.gpu.wait()
        self.overlay.close()
        self.analyses.close()
        self.preview.close()
        self._screen.release()
        self.gpu.close()

    # -- parts --

    def _encode(self) -> Any:
        """An encoder with the picture's passes in it, where there is anything new to draw."""
        encoder = self.gpu.device.create_command_encoder(label="frame")
        try:
            self.analyses.take(self.editor.scene)
            self.preview.encode(encoder, self.analyses.revision)
        except RilievoError as error:
            self.messages.fail(str(error))
            self.overlay.busy = max(self.overlay.busy, 1)
            # What was recorded before it failed goes with the encoder; the last picture stays.
            encoder = self.gpu.device.create_command_encoder(label="frame")
        self.preview.probe(encoder, self.view.hovered)
        return encoder

    def _interface(self) -> None:
        space, menu = layout.begin_host()
        if menu:
            menus.draw(self)
            imgui.end_menu_bar()
        if self._rearrange:
            layout.rearrange(space)
            self._rearrange = False
        if layout.dock(space, TITLE, self.panels):
            self._settling = 5
            self.overlay.busy = 8
        self._settling -= 1
        if self._settling == 0:  # all windows are there: the first of each group comes to the front
            for title in layout.first_of_groups(self.panels):
                imgui.set_window_focus(title)
            imgui.set_window_focus(TITLE)
        status.draw(self)
        imgui.end()
        imgui.push_style_var(imgui.StyleVar_.window_padding, (6.0, 4.0))
        shown = imgui.begin(
            TITLE, None, imgui.WindowFlags_.no_background | imgui.WindowFlags_.no_scrollbar
            | imgui.WindowFlags_.no_scroll_with_mouse,
        )[0]  # fmt: skip
        imgui.pop_style_var()
        if shown:
            self.view.draw()
        else:
            self.view.hovered = None
        imgui.end()
        for panel in self.panels:
            panel.visible = False
            if panel.open:
                panel.visible, still_open = imgui.begin(panel.title, True)
                panel.open = bool(still_open)
                if panel.visible:
                    panel.draw()
                imgui.end()
        menus.shortcuts(self)
        status.toasts(self)

    def arrange_anew(self) -> None:
        """Open all panels and put them where they stood at first."""
        for panel in self.panels:
            panel.open = True
        self._rearrange = True

    def _after(self) -> None:
        if self._title != self.editor.title:
            self._title = self.editor.title
            self.canvas.set_title(self._title)
        if (
            self.overlay.busy
            or self.preview.waiting
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
        loop.call_soon_threadsafe(self.canvas.request_draw)

    def _fail_from_thread(self, text: str) -> None:
        loop.call_soon_threadsafe(lambda: self.messages.fail(text))

    def _wake(self, _event: dict[str, Any]) -> None:
        self.canvas.request_draw()

    def _on_drop(self, _window: Any, paths: list[str]) -> None:
        opening.open_dropped(self, [Path(path) for path in paths])
        self.overlay.busy = 3
        self.canvas.request_draw()
