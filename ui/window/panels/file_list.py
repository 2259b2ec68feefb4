"""A folder's files to choose from, as an artist sees them: sequences in one line, with pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.errors import MediaError
from engine.media.folder import Entry, EntryKind, list_folder
from engine.scene import Media, MediaKind, new_media
from ui.job import frame_list
from ui.settings import SettingsFile
from ui.window import fields
from ui.window.opening import DOCUMENT
from ui.window.overlay import Press
from ui.window.theme import FAINT, RED, TEXT, packed
from ui.window.thumbnails import Thumbnails

ICONS = {
    EntryKind.FOLDER: icons.ICON_FA_FOLDER,
    EntryKind.STILL: icons.ICON_FA_IMAGE,
    EntryKind.SEQUENCE: icons.ICON_FA_IMAGES,
    EntryKind.VIDEO: icons.ICON_FA_FILM,
    EntryKind.OTHER: icons.ICON_FA_FILE,
}
KINDS = {
    EntryKind.STILL: MediaKind.STILL,
    EntryKind.SEQUENCE: MediaKind.SEQUENCE,
    EntryKind.VIDEO: MediaKind.VIDEO,
}
PICTURES = (EntryKind.STILL, EntryKind.SEQUENCE)
Filters = Mapping[str, Callable[[Entry], bool]]
PAGE = 10  # lines that Page Up and Page Down move by
TALL = 2.2  # heights of a letter that a line takes which shows a picture
OWNER = "files"
KEPT = 256  # small pictures
WIDE = 1.6  # of the box of a picture over its height


def is_document(entry: Entry) -> bool:
    """Whether a file is one of our documents."""
    return entry.kind is EntryKind.OTHER and entry.name.lower().endswith(DOCUMENT)


class FileList:
    """folder: what is listed. filters: the kinds of files that can be chosen between, by what they
    are called; the first is in use. thumbnails: makes small pictures; None shows icons."""

    def __init__(
        self, settings: SettingsFile, filters: Filters, thumbnails: Thumbnails | None = None
    ) -> None:
        self.folder = Path.home()
        self.entries: list[Entry] = []
        self.selected: int | None = None
        self.problem = ""
        self._settings, self._filters, self._thumbnails = settings, filters, thumbnails
        self._all: list[Entry] = []
        self._filter = next(iter(filters))
        self._sequences = True
        self._typed = ""
        self._reveal = False
        self._seen: dict[str, Media] = {}  # of the lines that were drawn last, the latest last

    # -- what can be asked of it --

    def open(self, folder: Path, select: str = "") -> None:
        """List a folder, and select the entry of this name in it."""
        self.folder = Path(folder).absolute()
        self._typed = str(self.folder)
        self.problem = ""
        try:
            self._all = list_folder(self.folder, sequences=self._sequences)
        except MediaError as error:
            self._all, self.problem = [], str(error)
        self._choose(select)

    def start(self, *folders: Path | None) -> None:
        """List the first of these folders that is there, those that files were read from before
        coming first, unless one is listed already."""
        if self._typed:
            return
        recent = [Path(name) for name in self._settings.values.folders]
        found = (folder for folder in (*recent, *folders) if folder is not None and _there(folder))
        self.open(next(found, Path.home()))

    @property
    def entry(self) -> Entry | None:
        """What is selected."""
        return None if self.selected is None else self.entries[self.selected]

    def act(self) -> None:
        """Open the folder that is selected, or read the file."""
        entry = self.entry
        if entry is None:
            return
        if entry.kind is EntryKind.FOLDER:
            self.open(Path(entry.path))
        else:
            self.take(entry)

    def take(self, entry: Entry) -> None:
        """A file was chosen."""
        raise NotImplementedError

    def up(self) -> None:
        """List the parent, with the folder selected that one comes from."""
        if self.folder.parent != self.folder:
            self.open(self.folder.parent, self.folder.name)

    def keys(self, presses: Sequence[Press]) -> list[Press]:
        """Do what keys mean here; those that mean nothing."""
        steps = {"arrowup": -1, "arrowdown": 1, "pageup": -PAGE, "pagedown": PAGE,
                 "home": -len(self.entries), "end": len(self.entries)}  # fmt: skip
        rest: list[Press] = []
        for press in presses:
            if press.held:
                rest.append(press)
            elif press.key in steps:
                self._step(steps[press.key])
            elif press.key == "enter":
                self.act()
            elif press.key == "backspace":
                self.up()
            elif press.key == "f5":
                self.open(self.folder, self.entry.name if self.entry else "")
            else:
                rest.append(press)
        return rest

    # -- one frame --

    def draw_list(self, foot: float) -> None:
        """The folder, the kinds of files and the files. foot: points to be left below them."""
        self._where()
        self._what()
        imgui.begin_child("##files", (0.0, -foot))
        self._lines()
        imgui.end_child()

    # -- parts --

    def _where(self) -> None:
        if imgui.button(f"{icons.ICON_FA_ARROW_UP}###parent folder"):
            self.up()
        imgui.set_item_tooltip("The parent folder (Backspace)")
        imgui.same_line()
        if imgui.button(f"{icons.ICON_FA_STAR}###recent folders"):
            imgui.open_popup("recent folders menu")
        imgui.set_item_tooltip("Folders that files were read from")
        self._recent()
        imgui.same_line()
        imgui.set_next_item_width(-1)
        flags = imgui.InputTextFlags_.auto_select_all
        _, self._typed = imgui.input_text("##folder", self._typed, flags)
        imgui.set_item_tooltip(f"{self.folder}\nType another folder or file, then Enter")
        if imgui.is_item_deactivated_after_edit():
            typed = Path(self._typed.strip()).expanduser()
            if typed.is_file():
                self.open(typed.parent, typed.name)
            else:
                self.open(typed)

    def _recent(self) -> None:
        if not imgui.begin_popup("recent folders menu"):
            return
        folders = [Path(name) for name in self._settings.values.folders]
        for folder in (*folders, Path.home()):
            label = "Home" if folder == Path.home() else f"{folder.name or folder}"
            if imgui.menu_item(f"{label}##{folder}", str(folder.parent), False)[0]:
                self.open(folder)
        imgui.end_popup()

    def _what(self) -> None:
        longest = max(imgui.calc_text_size(name).x for name in self._filters)
        imgui.set_next_item_width(longest + 2.5 * imgui.get_frame_height())
        names = list(self._filters)
        chosen = fields.choose("##file types", names.index(self._filter), names)
        imgui.set_item_tooltip("Which files are listed")
        if chosen is not None:
            self._filter = names[chosen]
            self._choose(self.entry.name if self.entry else "")
        imgui.same_line()
        changed, self._sequences = imgui.checkbox("Sequences", self._sequences)
        imgui.set_item_tooltip("Numbered pictures are one line")
        if changed:
            self.open(self.folder)

    def _lines(self) -> None:
        if self.problem or not self.entries:
            imgui.push_text_wrap_pos(0.0)
            colour = RED if self.problem else FAINT
            imgui.text_colored(imgui.ImVec4(*colour), self.problem or "Nothing of that kind here")
            imgui.pop_text_wrap_pos()
            return
        pictured = self._thumbnails is not None and any(e.kind in KINDS for e in self.entries)
        height = imgui.get_text_line_height_with_spacing()
        height = TALL * imgui.get_text_line_height() if pictured else height
        imgui.push_style_var(imgui.StyleVar_.item_spacing, (8.0, 0.0))
        clipper = imgui.ListClipper()
        clipper.begin(len(self.entries), height)
        if self._reveal and self.selected is not None:
            clipper.include_item_by_index(self.selected)
        while clipper.step():
            for index in range(clipper.display_start, clipper.display_end):
                self._line(index, height)
        imgui.pop_style_var()
        self._reveal = False
        if self._thumbnails is not None:
            self._thumbnails.collect(self._seen.values(), OWNER)

    def _line(self, index: int, height: float) -> None:
        entry = self.entries[index]
        corner = imgui.get_cursor_screen_pos()
        imgui.push_id(index)
        # The name is drawn beside it: "####" in a label would be taken for a mark of imgui's.
        if imgui.selectable(
            f"##file {entry.name}", index == self.selected,
            imgui.SelectableFlags_.allow_double_click.value, (0.0, height),
        )[0]:  # fmt: skip
            self.selected = index
            if imgui.is_mouse_double_clicked(imgui.MouseButton_.left):
                imgui.pop_id()
                self.act()
                return
        if imgui.is_item_hovered():
            imgui.set_tooltip(described(entry))
        if self._reveal and index == self.selected:
            imgui.set_scroll_here_y()
        imgui.pop_id()
        drawing = imgui.get_window_draw_list()
        right = corner.x + imgui.get_content_region_avail().x
        frames = _frames(entry)
        room = right - imgui.calc_text_size(frames).x - 8 if frames else right
        top = corner.y + (height - imgui.get_text_line_height()) / 2
        is_ours = entry.kind is not EntryKind.OTHER or is_document(entry)
        colour = TEXT if is_ours else FAINT
        line = imgui.get_text_line_height()
        wide = WIDE * (height - 4) if height > 2 * line else 1.3 * line
        self._picture(drawing, entry, (corner.x + 4, corner.y + 2, wide, height - 4))
        drawing.push_clip_rect((corner.x, corner.y), (room, corner.y + height), True)
        left = corner.x + 4 + wide + 0.3 * line
        drawing.add_text((left, top), packed(colour), entry.name)
        drawing.pop_clip_rect()
        if frames:
            drawing.add_text((room + 4, top), packed(FAINT), frames)

    def _picture(
        self, drawing: imgui.ImDrawList, entry: Entry, box: tuple[float, float, float, float]
    ) -> None:
        """A small picture of a file, as large as it fits into a box (x, y, width, height), or an
        icon."""
        x, y, width, height = box
        kind = KINDS.get(entry.kind)
        found = None
        if kind is not None and self._thumbnails is not None:
            found = self._thumbnails.of(self._media(entry, kind))
        if found is None or found.texture is None:
            icon = icons.ICON_FA_MOUNTAIN if is_document(entry) else ICONS[entry.kind]
            size = imgui.calc_text_size(icon)
            at = (x + (width - size.x) / 2, y + (height - size.y) / 2)
            drawing.add_text(at, packed(FAINT), icon)
            return
        scale = min(width / found.size[0], height / found.size[1])
        w, h = found.size[0] * scale, found.size[1] * scale
        left, top = x + (width - w) / 2, y + (height - h) / 2
        drawing.add_image(found.texture, (left, top), (left + w, top + h))

    def _media(self, entry: Entry, kind: MediaKind) -> Media:
        """The media that a file would be, as far as its name tells."""
        media = self._seen.pop(entry.path, None)
        if media is None:
            first, last = (entry.frames[0], entry.frames[-1]) if entry.frames else (1, 1)
            media = new_media(entry.path, (1, 1), kind=kind, first=first, last=last)
        self._seen[entry.path] = media
        while len(self._seen) > KEPT:
            del self._seen[next(iter(self._seen))]
        return media

    def _step(self, by: int) -> None:
        if self.entries:
            now = (-1 if by > 0 else 0) if self.selected is None else self.selected
            self.selected = min(max(now + by, 0), len(self.entries) - 1)
            self._reveal = True

    def _choose(self, name: str) -> None:
        """Filter what is listed, and select the entry of a name."""
        is_wanted = self._filters[self._filter]
        self.entries = [e for e in self._all if e.kind is EntryKind.FOLDER or is_wanted(e)]
        names = [entry.name for entry in self.entries]
        self.selected = names.index(name) if name in names else None
        self._reveal = self.selected is not None


def _frames(entry: Entry) -> str:
    return f"{entry.frames[0]}–{entry.frames[-1]}" if entry.frames else ""


def described(entry: Entry) -> str:
    """An entry in one line; what is missing of a sequence is told by number where it is little."""
    if not entry.gaps:
        return f"{entry.name}  {_frames(entry)}".rstrip()
    there = set(entry.frames)
    span = range(entry.frames[0], entry.frames[-1] + 1) if entry.gaps < 1000 else ()
    missing = frame_list([frame for frame in span if frame not in there])
    told = missing if 0 < len(missing) < 30 else f"{entry.gaps} frames"
    return f"{entry.name}  {_frames(entry)}, missing {told}"


def _there(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:
        return False
