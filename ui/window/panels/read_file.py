"""The Read File tab of the Media panel: a file browser that knows sequences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from imgui_bundle import imgui

from engine.media.folder import Entry, EntryKind
from ui.settings import SettingsFile
from ui.window.overlay import Press
from ui.window.panels.file_list import PICTURES, FileList, described
from ui.window.theme import ACCENT, FAINT
from ui.window.thumbnails import Thumbnails

FILTERS: dict[str, Callable[[Entry], bool]] = {
    "All media": lambda e: e.kind is not EntryKind.OTHER,
    "Pictures": lambda e: e.kind in PICTURES,
    "OpenEXR": lambda e: e.kind in PICTURES and e.name.lower().endswith((".exr", ".sxr")),
    "Videos": lambda e: e.kind is EntryKind.VIDEO,
    "All files": lambda _: True,
}


class ReadFile(FileList):
    """read: called with a file or sequence to be read, and whether it is to be applied as well.
    relinking: the name of the media that another file is looked for, or empty."""

    def __init__(
        self, settings: SettingsFile, read: Callable[[Path, bool], None],
        thumbnails: Thumbnails | None = None,
    ) -> None:  # fmt: skip
        super().__init__(settings, FILTERS, thumbnails)
        self.relinking = ""
        self.cancel: Callable[[], None] = lambda: None
        self._read = read

    def take(self, entry: Entry, *, apply: bool = False) -> None:
        """Read a file; and show it in what is selected, if wanted."""
        self._settings.read_from(self.folder)
        self._read(Path(entry.path), apply)

    def keys(self, presses: Sequence[Press]) -> list[Press]:
        """Do what keys mean here; those that mean nothing."""
        rest = super().keys(presses)
        if not self.relinking or not any(p.key == "escape" and not p.held for p in rest):
            return rest
        self.cancel()
        return [press for press in rest if press.key != "escape" or press.held]

    def draw(self) -> None:
        """The tab's content."""
        if self.relinking:
            imgui.text_colored(imgui.ImVec4(*ACCENT), f"Another file for {self.relinking}")
        self.draw_list(2 * imgui.get_frame_height_with_spacing())
        self._foot()

    def _foot(self) -> None:
        entry = self.entry
        imgui.push_style_color(imgui.Col_.text, imgui.ImVec4(*FAINT))
        does = "takes it" if self.relinking else "reads"
        imgui.text(described(entry) if entry else f"Enter {does}, Backspace goes up")
        imgui.pop_style_color()
        is_folder = entry is not None and entry.kind is EntryKind.FOLDER
        imgui.begin_disabled(entry is None)
        if imgui.button("Open" if is_folder else "Relink" if self.relinking else "Read"):
            self.act()
        imgui.end_disabled()
        imgui.same_line()
        if self.relinking:
            if imgui.button("Cancel###cancel relink"):
                self.cancel()
            return
        imgui.begin_disabled(entry is None or is_folder)
        if imgui.button("Read and Apply"):
            assert entry is not None
            self.take(entry, apply=True)
        imgui.end_disabled()
        imgui.set_item_tooltip("Read it, and show it in what is selected")
