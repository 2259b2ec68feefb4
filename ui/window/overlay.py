"""imgui on the canvas: events in, draw commands out, drawn in our own last pass."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from imgui_bundle import imgui
from wgpu.utils.imgui.imgui_backend import ImguiWgpuBackend

from engine.gpu import Gpu
from ui.window.keys import MODIFIERS, key_of
from ui.window.theme import apply_style, load_fonts

# imgui settles (tooltips, sizes of new windows, hovered colours) within a few frames.
SETTLING = 3
# It takes one press or release of a button a frame, so each event that came between two slow frames
# asks for one more: the last release of a double click must not wait for the next event.
LONGEST_SETTLING = 12
DOUBLE_CLICK = 0.45  # seconds, about what desktops grant


class Backend(ImguiWgpuBackend):
    """wgpu's imgui backend, whose bind groups are made once for each texture.

    The base class means to keep them on the texture view, but inside a class two underscores are
    mangled when it writes and not when it reads: it made one for each draw command.
    """

    def register_texture(self, texture_view: Any) -> Any:
        found = super().register_texture(texture_view)
        self._bind(texture_view)
        return found

    def _update_texture(self, tex: Any) -> None:
        if tex.status == imgui.ImTextureStatus.want_create:
            # The base class fills a new texture only where something changed last. But one that
            # takes the place of a smaller one, for letters of another size, holds all of them.
            tex.update_rect.x = tex.update_rect.y = 0
            tex.update_rect.w, tex.update_rect.h = tex.width, tex.height
        super()._update_texture(tex)
        view = self._texture_views.get(tex.tex_id)
        if view is not None:
            self._bind(view)

    def _bind(self, view: Any) -> None:
        name = "__imgui_bind_group"
        if getattr(view, name, None) is None:
            group = self._device.create_bind_group(
                layout=self._texture_bind_group_layout, entries=[{"binding": 0, "resource": view}]
            )
            setattr(view, name, group)


CHORDS = frozenset({"Control", "Alt", "Meta"})
"""With one of these held, a key types nothing."""
TYPED = frozenset("?")
"""Keys that are named by what they type: where they are depends on the keyboard."""


@dataclass(frozen=True, slots=True)
class Press:
    """A key that went down, by the canvas's name in lower case, and what was held with it."""

    key: str
    held: frozenset[str]


class Overlay:
    """The interface of one canvas.

    presses: keys that went down since the last frame. imgui knows them too, but in a slow frame it
    sees a quick Ctrl-Z as a Z with Ctrl already let go.

    format: of the texture it is drawn into. `busy` says how many more frames imgui needs although
    no event came.
    """

    def __init__(self, gpu: Gpu, canvas: Any, format: str) -> None:
        self.context = imgui.create_context()
        imgui.set_current_context(self.context)
        io = imgui.get_io()
        io.config_flags |= imgui.ConfigFlags_.docking_enable
        io.config_windows_move_from_title_bar_only = True
        io.mouse_double_click_time = DOUBLE_CLICK
        load_fonts()
        apply_style()
        self.backend = Backend(gpu.device, format)
        self.busy = SETTLING
        self.presses: list[Press] = []
        self._canvas = canvas
        self._last = time.perf_counter()
        self._cursor = imgui.MouseCursor_.arrow.value
        for types, handler in (
            (("pointer_move",), self._on_move),
            (("pointer_down", "pointer_up"), self._on_button),
            (("key_down", "key_up"), self._on_key),
            (("wheel",), self._on_wheel),
            (("char",), self._on_text),
            (("pointer_leave", "resize"), self._on_other),
        ):
            canvas.add_event_handler(handler, *types)

    @contextmanager
    def frame(self) -> Iterator[None]:
        """Within this, widgets are made. Always closes imgui's frame."""
        imgui.set_current_context(self.context)
        io = imgui.get_io()
        now = time.perf_counter()
        io.delta_time = max(now - self._last, 1e-4)
        self._last = now
        width, height = self._canvas.get_logical_size()
        ratio = self._canvas.get_pixel_ratio()
        io.display_size = imgui.ImVec2(width, height)
        io.display_framebuffer_scale = imgui.ImVec2(ratio, ratio)
        self.busy = max(self.busy - 1, 0)
        imgui.new_frame()
        if len(self.context.input_events_queue):
            self.busy = max(self.busy, SETTLING)  # more came than one frame can take
        try:
            yield
        finally:
            imgui.render()
            self.presses.clear()
            self._show_cursor()

    def draw(self, encoder: Any) -> None:
        """Draw what `frame` made, in a render pass encoder."""
        self.backend.render(imgui.get_draw_data(), encoder)

    def close(self) -> None:
        """End imgui's context."""
        imgui.set_current_context(self.context)
        imgui.destroy_context(self.context)

    # -- events --

    def _on_move(self, event: dict[str, Any]) -> None:
        imgui.get_io().add_mouse_pos_event(event["x"], event["y"])
        self._wake()

    def _on_button(self, event: dict[str, Any]) -> None:
        io = imgui.get_io()
        _hold(event["modifiers"])
        # Where the button went down counts, not where the last move was seen.
        io.add_mouse_pos_event(event["x"], event["y"])
        if 1 <= event["button"] <= 3:
            io.add_mouse_button_event(event["button"] - 1, event["event_type"] == "pointer_down")
        self._wake()

    def _on_wheel(self, event: dict[str, Any]) -> None:
        imgui.get_io().add_mouse_wheel_event(-event["dx"] / 100, -event["dy"] / 100)
        self._wake()

    def _on_key(self, event: dict[str, Any]) -> None:
        io = imgui.get_io()
        name, held = event["key"], frozenset(event["modifiers"])
        down = event["event_type"] == "key_down"
        if down:
            self.presses.append(Press(name.lower(), held))
        self._wake()
        # imgui takes one press or release of a key a frame. What is typed comes as text, all of it
        # in one frame, unless the keys that typed it come in between.
        typed = len(name) == 1 or name == "Shift"
        if typed and down and io.want_text_input and not held & CHORDS:
            return
        key = key_of(name)
        if not (typed and io.want_text_input):
            _hold(held)
        elif not down and name == "Shift":
            io.add_key_event(MODIFIERS[name], False)
        if key is not None:
            io.add_key_event(key, down)

    def _on_text(self, event: dict[str, Any]) -> None:
        imgui.get_io().add_input_characters_utf8(event["data"])
        if event["data"] in TYPED:
            self.presses.append(Press(event["data"], frozenset()))
        self._wake()

    def _on_other(self, event: dict[str, Any]) -> None:
        if event["event_type"] == "pointer_leave":
            imgui.get_io().add_mouse_pos_event(-1e6, -1e6)
        self._wake()

    def _wake(self) -> None:
        self.busy = min(max(self.busy + 1, SETTLING), LONGEST_SETTLING)

    def _show_cursor(self) -> None:
        cursor = imgui.get_mouse_cursor()
        if cursor != self._cursor:
            self._cursor = cursor
            names = {
                imgui.MouseCursor_.text_input: "text",
                imgui.MouseCursor_.resize_ew: "ew-resize",
                imgui.MouseCursor_.resize_ns: "ns-resize",
                imgui.MouseCursor_.hand: "pointer",
            }
            self._canvas.set_cursor(names.get(imgui.MouseCursor_(cursor), "default"))


def _hold(held: Iterable[str]) -> None:
    """Tell imgui which of Shift, Control, Alt and Meta are down; what it knows is no event."""
    io = imgui.get_io()
    for name, key in MODIFIERS.items():
        io.add_key_event(key, name in held)
