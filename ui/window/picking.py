"""Objects picked by a click in the result view, through what was drawn there."""

from __future__ import annotations

from imgui_bundle import imgui

from passes.under import Look
from ui.window.editor import Editor
from ui.window.view import ResultView


class Picking:
    """Selects what is under a click. With Ctrl or Shift it joins what is selected, or leaves it
    where it was selected already; a click on nothing selects nothing."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._look: tuple[Look, bool] | None = None

    def click(self, view: ResultView) -> None:
        """Find out what is under the pointer; `work` selects it."""
        add = adds()
        self._leave()
        mouse = imgui.get_mouse_pos()
        pixel = view.pixel(mouse.x, mouse.y)
        if pixel is None:
            self.choose(None, add)
            return
        look = view.preview.look(pixel)
        if look is not None:
            self._look = (look, add)

    def work(self) -> None:
        """Select what was clicked, once that is known."""
        if self._look is None or not self._look[0].done():
            return
        (look, add), self._look = self._look, None
        found = look.seen().object
        drawn = (*look.frame.surfaces, *look.frame.geometries)
        self.choose(next((item.id for item in drawn if item.object_id == found), None), add)

    def choose(self, id: str | None, add: bool) -> None:
        """Select a node. add: beside the others."""
        selection = self._editor.selection
        if not add:
            self._editor.select(*(() if id is None else (id,)))
        elif id is not None:
            others = tuple(other for other in selection if other != id)
            self._editor.select(*others, *(() if id in selection else (id,)))

    def _leave(self) -> None:
        if self._look is not None:
            self._look[0].discard()
            self._look = None


def adds() -> bool:
    """Whether a click joins what is selected."""
    io = imgui.get_io()
    return bool(io.key_ctrl or io.key_shift)
