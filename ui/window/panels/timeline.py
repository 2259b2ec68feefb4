"""The timeline: transport, the ruler of frames, and the curves of what is animated."""

from __future__ import annotations

import math
from collections.abc import Callable

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.scene import Channel, Curve, Interpolation, Key, parameter_of, title_of
from engine.scene.contents import LARGEST_FRAME
from ui.window import ruler, transport
from ui.window.animation import Animation
from ui.window.cached import Frames
from ui.window.curve_graph import CurveGraph, colours_of
from ui.window.editor import Editor
from ui.window.flow import centred
from ui.window.spans import Span
from ui.window.theme import packed

TITLE = "Timeline"
LIST = 0.24  # share of the width that the list of curves takes
LIST_AT_MOST = 220.0  # points
ROOMY = 34.0  # letters from which on there is room for a key's numbers
SHAPES = (
    (Interpolation.HOLD, icons.ICON_FA_STAIRS, "Hold: the value stays until the next key"),
    (Interpolation.LINEAR, icons.ICON_FA_SLASH, "Linear: straight to the next key"),
    (Interpolation.BEZIER, icons.ICON_FA_BEZIER_CURVE, "Bezier: smooth, with handles to pull"),
)


class Timeline:
    """pictures, analysed: answer which frames are cached. live: a live source has no time."""

    def __init__(
        self, editor: Editor, pictures: Callable[[], Frames], analysed: Callable[[], Frames],
        *, live: bool = False,
    ) -> None:  # fmt: skip
        self.editor = editor
        self.animation = Animation(editor)
        self.graph = CurveGraph(self.animation)
        self.pictures: Frames = frozenset()
        self.analysed: Frames = frozenset()
        self._ask_pictures, self._ask_analysed = pictures, analysed
        self._live = live
        self.shown = False
        """Whether the panel can be seen: then its transport need not stand elsewhere."""
        self._seen: tuple[float, float] | None = None
        self._range = (0, 0)

    def fit(self) -> None:
        """Show the whole shot, and all values of the chosen curves."""
        self._seen = None
        self.graph.fit()

    def draw(self) -> None:
        """The panel's content."""
        if self._live:
            imgui.text_wrapped(
                "A live source has no time to move in. Record a take, and open that."
            )
            return
        channels = self.animation.refresh()
        transport.draw(self.editor)
        self._tools()
        room = imgui.get_content_region_avail()
        left = min(LIST * room.x, LIST_AT_MOST)
        start = imgui.get_cursor_screen_pos()
        edge = start.x + left
        frames = self._span(edge, start.x + room.x)
        self._legend(edge)
        imgui.set_cursor_screen_pos((edge, start.y))
        keys = {key.frame for curve in self.animation.curves.values() for key in curve.keys}
        self.pictures, self.analysed = self._ask_pictures(), self._ask_analysed()
        frames = ruler.draw(self.editor, frames, keys, self.pictures, self.analysed)
        top = start.y + ruler.height() + 2.0
        height = start.y + room.y - top
        if height < imgui.get_frame_height():
            return
        imgui.set_cursor_screen_pos((start.x, top))
        if imgui.begin_child("##channels", (left - 4.0, height)):
            self._list(channels)
        imgui.end_child()
        imgui.set_cursor_screen_pos((edge, top))
        frames = self.graph.draw(frames, height)
        self._menu()
        self._seen = None if self._seen is None and self._whole(frames) else (
            frames.low, frames.high
        )  # fmt: skip
        if not channels:
            text = "Nothing is animated yet: click the diamond beside a value."
            area = (edge, top, room.x - left, height)
            centred(imgui.get_window_draw_list(), text, area)

    # -- what is seen --

    def _span(self, start: float, end: float) -> Span:
        scene = self.editor.scene
        if self._range != (scene.first, scene.last):
            self._range, self._seen = (scene.first, scene.last), None
        low, high = self._seen or (scene.first - 0.5, scene.last + 0.5)
        frame = self.editor.frame
        if self.editor.playing and not low <= frame <= high:  # a page further
            low, high = frame - 0.5, frame - 0.5 + high - low
        return Span(low, high, start, max(end, start + 1.0))

    def _whole(self, frames: Span) -> bool:
        scene = self.editor.scene
        return (frames.low, frames.high) == (scene.first - 0.5, scene.last + 0.5)

    # -- the keys --

    def _tools(self) -> None:
        """What is done to the selected keys."""
        animation = self.animation
        some = bool(animation.selected)
        for icon, name, meaning, act, enabled in (
            (icons.ICON_FA_CHEVRON_LEFT, "previous key", "Previous key (Up)",
             lambda: animation.neighbour(-1), True),
            (icons.ICON_FA_DIAMOND, "set key", "Set a key on the chosen curves (K)",
             animation.set_key, True),
            (icons.ICON_FA_CHEVRON_RIGHT, "next key", "Next key (Down)",
             lambda: animation.neighbour(1), True),
            *((icon, how.value, meaning, lambda how=how: animation.shape(how), some)
              for how, icon, meaning in SHAPES),
            (icons.ICON_FA_COPY, "copy keys", "Copy keys (Ctrl+C)", animation.copy, some),
            (icons.ICON_FA_PASTE, "paste keys", "Paste keys at this frame (Ctrl+V)",
             animation.paste, animation.can_paste),
            (icons.ICON_FA_TRASH, "delete keys", "Delete keys (Delete)", animation.delete, some),
            (icons.ICON_FA_EXPAND, "fit curves", "Show all of it", self.fit, True),
        ):  # fmt: skip
            imgui.begin_disabled(not enabled)
            if imgui.button(f"{icon}##{name}", (transport.button_width(), 0)):
                act()
            imgui.end_disabled()
            imgui.set_item_tooltip(meaning)
            if name != "fit curves":
                apart = name in ("next key", "bezier", "delete keys")
                transport.beside(10.0 if apart else 2.0)
        imgui.same_line(0.0, 10.0)
        if imgui.get_window_width() > transport.letters(ROOMY):
            self._key_values()
        imgui.new_line()

    def _key_values(self) -> None:
        """Frame and value of the selected key, to be typed."""
        found = self._only_key()
        if found is None:
            count = len(self.animation.selected)
            imgui.align_text_to_frame_padding()
            imgui.text_disabled(f"{count} keys" if count else "")
            imgui.same_line()
            return
        channel, curve, key = found
        parameter = parameter_of(self.editor.scene, channel)
        imgui.set_next_item_width(transport.letters(4.8))
        at = round(key.frame)
        low, high = _room(curve, key)
        imgui.begin_disabled(low >= high)
        moved, frame = imgui.drag_int("##key frame", at, 0.2, low, high)
        imgui.end_disabled()
        imgui.set_item_tooltip("Frame of the key")
        ended = imgui.is_item_deactivated()
        imgui.same_line(0.0, 4.0)
        imgui.set_next_item_width(transport.letters(6))
        speed = max(abs(key.value) * 0.01, 0.002)
        raised, value = imgui.drag_float(
            "##key value", key.value, speed,
            -1e9 if parameter.low is None else parameter.low,
            1e9 if parameter.high is None else parameter.high, "%.5g",
            imgui.SliderFlags_.always_clamp | imgui.SliderFlags_.no_round_to_format,
        )  # fmt: skip
        imgui.set_item_tooltip("Value of the key")
        ended = ended or imgui.is_item_deactivated()
        if moved or raised:
            by = min(max(frame, low), high) - at if moved else 0
            up = value - key.value if raised else 0.0
            self.animation.move({channel: curve}, {(channel, key.frame)}, by, up)
        if ended:
            self.animation.end()
        imgui.same_line()

    def _only_key(self) -> tuple[Channel, Curve, Key] | None:
        if len(self.animation.selected) != 1:
            return None
        channel, frame = next(iter(self.animation.selected))
        curve = self.animation.curves[channel]
        return channel, curve, next(key for key in curve.keys if key.frame == frame)

    # -- the rest --

    def _legend(self, edge: float) -> None:
        """What the bars of the ruler are, left of them. edge: where they begin."""
        drawing, size = imgui.get_window_draw_list(), 0.8 * imgui.get_font_size()
        bottom = imgui.get_cursor_screen_pos().y + ruler.height()
        row = ruler.row()
        for text, up, colour in (
            ("pictures", 2 * row, ruler.PICTURES), ("analysis", row, ruler.ANALYSES),
        ):  # fmt: skip
            width = 0.8 * imgui.calc_text_size(text).x
            place = edge - width - 6.0, bottom - up + (row - size) / 2
            drawing.add_text(imgui.get_font(), size, place, packed(colour), text)

    def _list(self, channels: tuple[Channel, ...]) -> None:
        """The channels that have keys, by node; a click chooses, with Ctrl one more."""
        scene, animation = self.editor.scene, self.animation
        colours = colours_of(animation.chosen)
        node: str | None = ""
        for channel in channels:
            if channel.node != node:
                node = channel.node
                imgui.text_disabled(node or "Document")
            chosen = channel in animation.chosen
            if chosen:
                imgui.push_style_color(imgui.Col_.text, (*colours[channel], 1.0))
            label = f"  {title_of(scene, channel)}##{channel.name}"
            if imgui.selectable(label, chosen)[0]:
                self._choose(channel)
            if chosen:
                imgui.pop_style_color()

    def _choose(self, channel: Channel) -> None:
        chosen = self.animation.chosen
        if not imgui.get_io().key_ctrl:
            self.animation.chosen = (channel,)
        elif channel in chosen:
            self.animation.chosen = tuple(other for other in chosen if other != channel)
        else:
            self.animation.chosen = (*chosen, channel)

    def _menu(self) -> None:
        """By a right click into the graph."""
        if not imgui.begin_popup_context_item("##graph"):
            return
        animation = self.animation
        some = bool(animation.selected)
        for how, _, _ in SHAPES:
            if imgui.menu_item(how.value.capitalize(), "", False, some)[0]:
                animation.shape(how)
        imgui.separator()
        if imgui.menu_item("Copy", "Ctrl+C", False, some)[0]:
            animation.copy()
        if imgui.menu_item("Paste", "Ctrl+V", False, animation.can_paste)[0]:
            animation.paste()
        if imgui.menu_item("Delete", "Delete", False, some)[0]:
            animation.delete()
        imgui.separator()
        if imgui.menu_item("Select All", "", False)[0]:
            animation.select_all()
        if imgui.menu_item("Show All", "", False)[0]:
            self.fit()
        imgui.end_popup()


def _room(curve: Curve, key: Key) -> tuple[int, int]:
    """The whole frames that a key can have between its neighbours."""
    place = curve.keys.index(key)
    before, after = curve.keys[:place], curve.keys[place + 1 :]
    low = math.floor(before[-1].frame) + 1 if before else -LARGEST_FRAME
    high = math.ceil(after[0].frame) - 1 if after else LARGEST_FRAME
    return low, high
