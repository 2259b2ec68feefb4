"""A question with a few answers, in front of everything else until it is answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from imgui_bundle import imgui

from ui.window.theme import ACCENT_DARK, grown

WIDTH = 420.0  # points
Answer = tuple[str, Callable[[], None]]


class Question:
    """Nothing is asked until `ask`; the newest question takes the place of one that is open."""

    def __init__(self) -> None:
        self.text = ""
        self._answers: Sequence[Answer] = ()
        self._new = False

    def ask(self, text: str, answers: Sequence[Answer]) -> None:
        """text: one sentence. answers: the words of a button and what it does; the first is
        recommended, the last changes nothing and is what Escape means."""
        self.text, self._answers, self._new = text, answers, True

    def draw(self) -> bool:
        """Show it, if one is open; whether one was, so that its keys are not meant for others."""
        asked = bool(self.text)
        if self._new:
            imgui.open_popup("##question")
            self._new = False
        centre = imgui.get_main_viewport().get_center()
        imgui.set_next_window_pos(centre, imgui.Cond_.always, (0.5, 0.5))
        imgui.set_next_window_size((grown(WIDTH), 0))
        flags = imgui.WindowFlags_.no_title_bar | imgui.WindowFlags_.no_move
        if not imgui.begin_popup_modal("##question", None, flags)[0]:
            self.text = ""
            return asked
        imgui.text_wrapped(self.text)
        imgui.spacing()
        chosen = None
        for index, (words, act) in enumerate(self._answers):
            if index:
                imgui.same_line()
            else:
                imgui.push_style_color(imgui.Col_.button, ACCENT_DARK)
            if imgui.button(words):
                chosen = act
            if not index:
                imgui.pop_style_color()
        if imgui.is_key_pressed(imgui.Key.escape):
            chosen = self._answers[-1][1]
        if chosen is not None:
            imgui.close_current_popup()
            self.text = ""
        imgui.end_popup()
        if chosen is not None:
            chosen()
        return asked
