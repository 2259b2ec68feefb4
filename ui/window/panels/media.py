"""The Media panel: the document's media list, and reading files into it, in two tabs."""

from __future__ import annotations

from pathlib import Path

from imgui_bundle import imgui

from engine.scene import Media
from ui.settings import SettingsFile
from ui.window.editor import Editor
from ui.window.media_actions import MediaActions
from ui.window.overlay import Press
from ui.window.panels.media_list import MediaList
from ui.window.panels.read_file import ReadFile
from ui.window.reading import Reading
from ui.window.theme import ACCENT, inner_tabs
from ui.window.thumbnails import Thumbnails

TITLE = "Media"
LIST, READ = "Media List", "Read File"
Place = tuple[float, float]


class MediaPanel:
    """actions: what can be done to the list. browser: its Read File tab."""

    def __init__(
        self, editor: Editor, actions: MediaActions, thumbnails: Thumbnails,
        settings: SettingsFile, reading: Reading,
    ) -> None:  # fmt: skip
        self.actions = actions
        self.browser = ReadFile(settings, self._read, thumbnails)
        self.browser.cancel = self._cancel
        self._editor, self._reading = editor, reading
        self._list = MediaList(editor, actions, thumbnails, self.relink)
        self._relinked: Media | None = None
        self._wanted = ""  # the tab to be brought to the front
        self._area = (0.0, 0.0, 0.0, 0.0)
        self._tab = ""

    # -- what can be asked of it --

    def begin(self) -> None:
        """To be called before the panels are drawn: this one may not be."""
        self._area, self._tab = (0.0, 0.0, 0.0, 0.0), ""

    def covers(self, at: Place) -> bool:
        """Whether a place of the window, in points, was within it when it was drawn last."""
        x, y, width, height = self._area
        return x <= at[0] < x + width and y <= at[1] < y + height

    def keys(self, presses: list[Press]) -> list[Press]:
        """Do what keys mean in the tab that is in front; those that mean nothing there."""
        tab = {LIST: self._list, READ: self.browser}.get(self._tab)
        return presses if tab is None else tab.keys(presses)

    def browse(self) -> None:
        """Bring the Read File tab to the front."""
        self._wanted = READ

    def relink(self, number: int) -> None:
        """Let another file be looked for, for a media."""
        media = self._editor.scene.media[number - 1]
        self._relinked, self._wanted = media, READ
        self.browser.relinking = f"[{number}] {media.name}"
        folder = Path(media.path).parent
        if folder.is_dir():
            self.browser.open(folder, Path(media.path).name)

    # -- one frame --

    def draw(self) -> None:
        """The panel's content."""
        corner, size = imgui.get_window_pos(), imgui.get_window_size()
        self._area = (corner.x, corner.y, size.x, size.y)
        if self._reading.names:
            imgui.align_text_to_frame_padding()
            if imgui.button("Cancel###cancel reading"):
                self._reading.cancel()
            imgui.same_line()
            imgui.text_colored(imgui.ImVec4(*ACCENT), f"Reading {', '.join(self._reading.names)} …")
        with inner_tabs():
            self._tabs()

    # -- parts --

    def _tabs(self) -> None:
        if not imgui.begin_tab_bar("media tabs"):
            return
        wanted, self._wanted = self._wanted, ""  # what is drawn may want another one
        for title, draw in ((LIST, self._list.draw), (READ, self._browse)):
            is_wanted = wanted == title
            flags = imgui.TabItemFlags_.set_selected if is_wanted else imgui.TabItemFlags_.none
            if imgui.begin_tab_item(title, None, flags)[0]:
                self._tab = title
                draw()
                imgui.end_tab_item()
        imgui.end_tab_bar()

    def _browse(self) -> None:
        path, media = self._editor.path, self._editor.scene.media
        folders = [None if path is None else path.parent, *(Path(m.path).parent for m in media)]
        self.browser.start(*folders)
        self.browser.draw()

    def _read(self, path: Path, apply: bool) -> None:
        if self._relinked is None:
            self.actions.read(path, apply=apply)
        elif self._relinked not in self._editor.scene.media:  # undone or removed meanwhile
            self._editor.messages.fail(f"{self._relinked.name} is not on the list any more")
            self._cancel()
        else:
            number = self._editor.scene.media.index(self._relinked) + 1
            self.actions.relink(number, path, self._cancel)

    def _cancel(self) -> None:
        """No file is looked for any more."""
        self._relinked, self.browser.relinking = None, ""
        self._wanted = LIST
