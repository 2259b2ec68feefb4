"""The Media List tab of the Media panel: a row for each media, and what is done with one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from imgui_bundle import icons_fontawesome_6 as icons
from imgui_bundle import imgui

from engine.scene import Media, MediaKind
from ui.window.editor import Editor
from ui.window.media_actions import MediaActions
from ui.window.media_parts import Parts
from ui.window.overlay import Press
from ui.window.payload import MEDIA, dragged
from ui.window.theme import ACCENT_DARK, FAINT, RED, SURROUND, TEXT, packed
from ui.window.thumbnails import Thumbnail, Thumbnails

RELINK, REMOVE, UNUSED = "Relink", "Remove", "Remove Unused"
LINES = 3  # of text beside a thumbnail
ABOUT = 0.25  # share of the height that what is said of the chosen media may take
WIDE = 1.6  # of the box of a thumbnail over its height
KIND_ICONS = {
    None: icons.ICON_FA_FILE_IMAGE,
    MediaKind.STILL: icons.ICON_FA_IMAGE,
    MediaKind.SEQUENCE: icons.ICON_FA_IMAGES,
    MediaKind.VIDEO: icons.ICON_FA_FILM,
}
TURNS = (("Turn Right", 6), ("Turn Left", 8), ("Turn Half Round", 3), ("Mirror", 2))
"""What the menu offers, as orientations of EXIF."""

Place = tuple[float, float]


class MediaList:
    """relink: called with the number of a media that another file is to be looked for."""

    def __init__(
        self, editor: Editor, actions: MediaActions, thumbnails: Thumbnails,
        relink: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._editor, self._actions, self._thumbnails = editor, actions, thumbnails
        self._relink = relink
        self._parts = Parts()  # of the media whose menu is open
        self._seen: int | None = None  # what was chosen when the list was drawn last
        self._going: int | None = None  # to be removed once all rows of this frame are drawn

    def keys(self, presses: Sequence[Press]) -> list[Press]:
        """Do what keys mean here; those that mean nothing."""
        steps = {"arrowup": -1, "arrowdown": 1}
        rest: list[Press] = []
        for press in presses:
            chosen = self._actions.chosen
            if press.key in steps and not press.held:
                self._step(steps[press.key])
            elif press.key == "enter" and not press.held and chosen is not None:
                self._actions.apply(chosen)
            else:
                rest.append(press)
        return rest

    def draw(self) -> None:
        """The tab's content."""
        media, actions = self._editor.scene.media, self._actions
        self._thumbnails.collect(media)
        chosen = actions.chosen
        problem = "" if chosen is None else self._problem(chosen)
        width = imgui.get_content_region_avail().x
        said = problem or ("" if chosen is None else media[chosen - 1].path)
        wrapped = imgui.calc_text_size(said, wrap_width=max(width, 1.0)).y if said else 0.0
        room = imgui.get_content_region_avail().y
        about = min(wrapped, 3 * imgui.get_text_line_height(), ABOUT * room) + 2.0
        gap = imgui.get_style().item_spacing.y
        foot = 2 * imgui.get_frame_height() + gap + (about + gap if said else 0.0)
        imgui.begin_child("##media list", (0.0, -foot - gap))
        if not media:
            imgui.text_wrapped("There is no media yet. Drop files here, or choose Read File.")
        for number, entry in enumerate(media, 1):
            self._row(number, entry)
            if number == chosen != self._seen:
                imgui.set_scroll_here_y()
        self._seen = actions.chosen
        imgui.end_child()
        if said:
            colour = RED if problem else FAINT
            imgui.begin_child("##about", (0.0, about))
            imgui.push_style_color(imgui.Col_.text, imgui.ImVec4(*colour))
            imgui.text_wrapped(said)
            imgui.pop_style_color()
            imgui.end_child()
        self._buttons(chosen)
        going, self._going = self._going, None
        if going is not None:
            actions.remove(going)

    def _row(self, number: int, media: Media) -> None:
        actions, line = self._actions, imgui.get_text_line_height()
        height = LINES * line + 10.0
        corner, width = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x
        if not imgui.is_rect_visible((width, height)):
            imgui.dummy((width, height))
            return
        if imgui.selectable(f"##media {number}", actions.chosen == number, 0, (0.0, height))[0]:
            actions.choose(number)
        dragged(MEDIA, number, KIND_ICONS[media.kind], f"[{number}] {media.name}")
        if imgui.begin_popup_context_item(f"media menu {number}"):
            self._menu(number)
            imgui.end_popup()
        drawing = imgui.get_window_draw_list()
        drawing.push_clip_rect((corner.x, corner.y), (corner.x + width, corner.y + height), True)
        box = (corner.x + 4, corner.y + 5, LINES * line * WIDE, LINES * line)
        live = number == actions.fixed
        thumbnail = Thumbnail(known=True) if live else self._thumbnails.of(media)
        self._picture(drawing, box, media, thumbnail)
        left, top = box[0] + box[2] + 10, corner.y + 5
        colour = RED if thumbnail.problem else TEXT
        drawing.add_text((left, top), packed(colour), f"[{number}] {media.name}")
        for index, text in enumerate(self._described(media, thumbnail, live), 1):
            drawing.add_text((left, top + index * line), packed(FAINT), text)
        if not actions.uses(number):
            self._mark(drawing, (corner.x + width, corner.y + 5 + line), "unused")
        drawing.pop_clip_rect()

    def _picture(
        self, drawing: imgui.ImDrawList, box: tuple[float, float, float, float], media: Media,
        thumbnail: Thumbnail,
    ) -> None:  # fmt: skip
        """The thumbnail, as large as it fits into a box (x, y, width, height), or an icon."""
        x, y, width, height = box
        drawing.add_rect_filled((x, y), (x + width, y + height), packed(SURROUND), 2.0)
        if thumbnail.texture is None:
            icon, colour = KIND_ICONS[media.kind], FAINT
            if thumbnail.problem:
                icon, colour = icons.ICON_FA_LINK_SLASH, RED
            elif not thumbnail.known:
                icon = icons.ICON_FA_HOURGLASS_HALF
            size = imgui.calc_text_size(icon)
            at = (x + (width - size.x) / 2, y + (height - size.y) / 2)
            drawing.add_text(at, packed(colour), icon)
            return
        across = thumbnail.size[0] * media.pixel_aspect
        scale = min(width / across, height / thumbnail.size[1])
        w, h = across * scale, thumbnail.size[1] * scale
        left, top = x + (width - w) / 2, y + (height - h) / 2
        drawing.add_image(thumbnail.texture, (left, top), (left + w, top + h))

    def _mark(self, drawing: imgui.ImDrawList, corner: Place, text: str) -> None:
        """A word in the upper right corner of a row, over what is there."""
        size = imgui.calc_text_size(text)
        low = (corner[0] - size.x - 10, corner[1])
        drawing.add_rect_filled(
            low, (corner[0] - 2, corner[1] + size.y), packed((0.2, 0.2, 0.21)), 3.0
        )
        drawing.add_text((low[0] + 4, low[1]), packed(FAINT), text)

    def _described(self, media: Media, thumbnail: Thumbnail, live: bool) -> list[str]:
        """Two lines about a media: what it is and how large, and its time or layer."""
        kind = "Live" if live else "Missing" if thumbnail.problem else _kind(media)
        lines = [f"{kind}  {media.size[0]} × {media.size[1]}"]
        parts = []
        if media.last > media.first:
            parts.append(f"{media.first}–{media.last}")
        if media.fps:
            parts.append(f"{media.fps:.5g} / s")
        if media.layer is not None or media.part is not None:
            parts.append(f"layer {media.layer if media.layer is not None else media.part}")
        if media.view is not None:
            parts.append(f"view {media.view}")
        if media.track is not None:
            parts.append(f"track {media.track}")
        if media.orientation is not None:
            parts.append(f"orientation {media.orientation}")
        if media.colour_space is not None:
            parts.append(media.colour_space)
        return [*lines, "  ".join(parts)]

    def _menu(self, number: int) -> None:
        actions = self._actions
        actions.choose(number)
        targets = actions.targets
        if imgui.is_window_appearing():
            self._parts = Parts() if number == actions.fixed else actions.parts(number)
        if imgui.menu_item(f"Apply to {_said(targets)}", "", False, bool(targets))[0]:
            actions.apply(number)
        fixed = number == actions.fixed
        if imgui.menu_item("Relink###relink media", "", False, not fixed)[0]:
            self._relink(number)
        for kind, choices in () if fixed else self._parts.menus:
            if imgui.begin_menu(kind):
                for index, choice in enumerate(choices):
                    label = f"{choice.title}##{index}"
                    if imgui.menu_item(label, choice.about, choice.is_now)[0]:
                        actions.use_part(number, choice, kind)
                imgui.end_menu()
            if imgui.begin_menu(f"Add {kind} to the List"):
                for index, choice in enumerate(choices):
                    if imgui.menu_item(f"{choice.title}##{index}", choice.about, False)[0]:
                        actions.add_part(number, choice)
                imgui.end_menu()
        if imgui.begin_menu("Turn###turn media", not fixed):
            for title, by in TURNS:
                if imgui.menu_item(title, "", False)[0]:
                    actions.turn(number, by)
            imgui.end_menu()
        film = self._editor.scene.media[number - 1]
        is_film = film.kind is MediaKind.VIDEO and not fixed
        if imgui.menu_item("Deinterlace###deinterlace", "", film.deinterlace, is_film)[0]:
            actions.deinterlace(number, not film.deinterlace)
        can_go = not fixed and not actions.uses(number)
        if imgui.menu_item("Remove###remove media", "", False, can_go)[0]:
            self._going = number

    def _buttons(self, chosen: int | None) -> None:
        actions = self._actions
        targets = actions.targets
        imgui.begin_disabled(chosen is None or not targets)
        imgui.push_style_color(imgui.Col_.button, imgui.ImVec4(*ACCENT_DARK))
        if imgui.button(f"Apply to {_said(targets)}###apply media", (-1.0, 0.0)):
            assert chosen is not None
            actions.apply(chosen)
        imgui.pop_style_color()
        imgui.end_disabled()
        imgui.set_item_tooltip("What is selected shows the chosen media from now on (Enter)")
        fixed = chosen is None or chosen == actions.fixed
        number = chosen or 0  # of what is greyed where nothing is chosen
        style = imgui.get_style()
        needed = sum(
            imgui.calc_text_size(word).x + 2 * style.frame_padding.x
            for word in (RELINK, REMOVE, UNUSED)
        )
        roomy = needed + 2 * style.item_spacing.x <= imgui.get_content_region_avail().x
        removable = not fixed and not (chosen and actions.uses(chosen))
        for word, icon, meaning, can, act in (
            (RELINK, icons.ICON_FA_LINK, "Choose another file for it; its timing stays",
             not fixed, lambda: self._relink(number)),
            (REMOVE, icons.ICON_FA_TRASH, "Take it off the list, if nothing shows it",
             removable, lambda: actions.remove(number)),
            (UNUSED, icons.ICON_FA_BROOM, "Take all media off the list that nothing shows",
             bool(actions.unused), actions.remove_unused),
        ):  # fmt: skip
            imgui.begin_disabled(not can)
            if imgui.button(f"{word if roomy else icon}###{word}"):
                act()
            imgui.end_disabled()
            imgui.set_item_tooltip(meaning)
            imgui.same_line()

    def _step(self, by: int) -> None:
        """Choose the next media, or the one before."""
        count, chosen = len(self._editor.scene.media), self._actions.chosen
        if count:
            now = chosen + by if chosen is not None else 1 if by > 0 else count
            self._actions.choose(min(max(now, 1), count))

    def _problem(self, number: int) -> str:
        if number == self._actions.fixed:
            return ""
        return self._thumbnails.of(self._editor.scene.media[number - 1]).problem


def _kind(media: Media) -> str:
    return "File" if media.kind is None else media.kind.value.title()


def _said(names: tuple[str, ...]) -> str:
    if not names:
        return "…"
    return names[0] if len(names) == 1 else f"{len(names)} nodes"
