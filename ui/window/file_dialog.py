"""The window's own dialog to open a file, or to name the one that a document is written to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from imgui_bundle import imgui

from engine.media.folder import Entry, EntryKind
from ui.settings import SettingsFile
from ui.window.opening import DOCUMENT
from ui.window.overlay import Press
from ui.window.panels.file_list import FileList, is_document
from ui.window.question import Question
from ui.window.theme import ACCENT_DARK, RED, grown
from ui.window.thumbnails import Thumbnails

OPEN, SAVE = "Open", "Save As"
FOCUSING = 4
SIZE = (760.0, 520.0)  # points
OPENED = {
    "Documents and media": lambda e: is_document(e) or e.kind is not EntryKind.OTHER,
    "Documents": is_document,
    "All files": lambda _: True,
}
Then = Callable[[Path], None]


class FileDialog(FileList):
    """Closed until `open_file` or `save_as`. Keys that are pressed meanwhile are its own."""

    def __init__(
        self, settings: SettingsFile, question: Question, thumbnails: Thumbnails | None = None
    ) -> None:
        super().__init__(settings, OPENED, thumbnails)
        self._question = question
        self._title = ""
        self._then: Then = lambda _: None
        self._name = ""
        self._present: Path | None = None
        self._opening = False
        self._focusing = 0  # frames in which the line of the name still asks for the keyboard
        self._wrong = ""

    # -- what can be asked of it --

    def open_file(self, folder: Path, then: Then) -> None:
        """Ask for a file, beginning in this folder. then: is called with the one that is chosen."""
        self._show(OPEN, folder, then)

    def save_as(self, folder: Path, name: str, then: Then, present: Path | None = None) -> None:
        """Ask for the name of a document. name: as it is proposed. present: the file that it has,
        which may be written over without a question."""
        self._name, self._present = name, present
        self._show(SAVE, folder, then)

    def take(self, entry: Entry) -> None:
        """A file was chosen in the list."""
        if self._title == OPEN:
            self._end(Path(entry.path))
        else:
            self._name = entry.name
            self._save()

    def _show(self, title: str, folder: Path, then: Then) -> None:
        self._title, self._then = title, then
        self._filters_for(title)
        self.open(folder)
        self._wrong = ""
        self._opening = True
        self._focusing = FOCUSING

    def _filters_for(self, title: str) -> None:
        self._filters = {"Documents": is_document} if title == SAVE else OPENED
        self._filter = next(iter(self._filters))

    # -- one frame --

    def draw(self, presses: list[Press]) -> bool:
        """Show it while it is open; whether it is. presses: the keys that went down."""
        if not self._title:
            return False
        opening, self._opening = self._opening, False
        if opening:
            imgui.open_popup(self._title)
        viewport = imgui.get_main_viewport()
        size = (min(grown(SIZE[0]), viewport.size.x), min(grown(SIZE[1]), viewport.size.y))
        imgui.set_next_window_pos(viewport.get_center(), imgui.Cond_.always, (0.5, 0.5))
        imgui.set_next_window_size(size)
        flags = imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.no_move
        flags |= imgui.WindowFlags_.no_resize
        if not imgui.begin_popup_modal(self._title, None, flags)[0]:
            self._title = ""
            return True
        foot = imgui.get_frame_height_with_spacing() * (2 if self._title == SAVE else 1)
        if self._wrong:
            foot += imgui.get_text_line_height_with_spacing()
        self.draw_list(foot + 4.0)
        self._foot()
        if not imgui.get_io().want_text_input:
            self.keys(presses)
        if not self._title:
            imgui.close_current_popup()
        imgui.end_popup()
        return True

    # -- parts --

    def _foot(self) -> None:
        if self._wrong:
            imgui.text_colored(imgui.ImVec4(*RED), self._wrong)
        entered = False
        if self._title == SAVE:
            imgui.align_text_to_frame_padding()
            imgui.text("Name")
            imgui.same_line()
            imgui.set_next_item_width(-1)
            if self._focusing:
                self._focusing -= 1
                imgui.set_keyboard_focus_here()
            flags = imgui.InputTextFlags_.enter_returns_true | imgui.InputTextFlags_.auto_select_all
            entered, self._name = imgui.input_text("##file name", self._name, flags)
            if imgui.is_item_active():
                self._focusing = 0
        entry = self.entry
        is_save = self._title == SAVE
        can = bool(self._name.strip()) if is_save else entry is not None
        imgui.begin_disabled(not can)
        imgui.push_style_color(imgui.Col_.button, imgui.ImVec4(*ACCENT_DARK))
        pressed = imgui.button(f"{'Save' if is_save else 'Open'}###file dialog does")
        imgui.pop_style_color()
        imgui.end_disabled()
        imgui.same_line()
        cancelled = imgui.button("Cancel###file dialog cancel")
        if is_save and can and (pressed or entered):
            self._save()
        elif pressed:
            self.act()
        elif cancelled or imgui.is_key_pressed(imgui.Key.escape, False):
            self._title = ""

    def _lines(self) -> None:
        before = self.selected
        super()._lines()
        entry = self.entry
        if self._title == SAVE and self.selected != before and entry is not None:
            self._name = entry.name if is_document(entry) else self._name

    def _save(self) -> None:
        """Take the name that was typed: a folder is listed, a file that is there is asked about."""
        path = self.folder / Path(self._name.strip()).expanduser()
        if path.is_dir():
            self.open(path)
            self._name = ""
            self._focusing = FOCUSING
            return
        if path.suffix.lower() != DOCUMENT:
            path = path.with_name(path.name + DOCUMENT)
        if not path.parent.is_dir():
            self._wrong = f"There is no folder {path.parent}."
            self._focusing = FOCUSING
            return
        then = self._then
        if not path.exists() or path == self._present:
            self._end(path)
            return
        self._title = ""
        self._question.ask(
            f"{path.name} is there already in {path.parent}. Should it be replaced?",
            (
                ("Replace It", lambda: then(path)),
                (
                    "Choose Another Name",
                    lambda: self.save_as(path.parent, path.name, then, self._present),
                ),
                ("Cancel", lambda: None),
            ),
        )

    def _end(self, path: Path) -> None:
        self._title = ""
        self._then(path)
