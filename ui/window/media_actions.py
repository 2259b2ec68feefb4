"""What the artist does to the media list and with its entries; each is one step of undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from engine.errors import MediaError
from engine.scene import (
    Geometry,
    Media,
    Scene,
    Surface,
    carrier_of,
)
from ui.depth_orientation import turned_by
from ui.layer_maps import (
    Suggestion,
    media_for,
    number_of,
    suggested,
    with_layers,
    with_maps,
)
from ui.recorded import recorded
from ui.window.editor import Editor
from ui.window.media_edits import apply, said, with_picture, with_shown
from ui.window.media_parts import Choice, Parts, parts_of_media
from ui.window.question import Answer, Question
from ui.window.reading import Starts


class MediaActions:
    """Works on the document and the selection of an editor. start: reads files in the background.

    fixed: the number of a media that is no file and stays as it is: that of a live source; or None.
    """

    def __init__(self, editor: Editor, question: Question, start: Starts) -> None:
        self._editor, self._question, self._start = editor, question, start
        self.fixed: int | None = None
        self._counted: tuple[Scene | None, list[int]] = (None, [])

    # -- what is chosen --

    @property
    def chosen(self) -> int | None:
        """The number of the media that was chosen in the panel or the node bin."""
        number = self._editor.media
        return number if number is not None and number <= len(self._editor.scene.media) else None

    def choose(self, number: int) -> None:
        """This media is for new maps and surfaces, and for Apply."""
        self._editor.media = number

    @property
    def targets(self) -> tuple[str, ...]:
        """The nodes that Apply works on: those selected that show a media, else the map that was
        selected last."""
        scene, editor = self._editor.scene, self._editor
        shows = [node.id for node in scene.nodes if "media" in node.__struct_fields__]
        found = tuple(name for name in editor.selection if name in shows)
        return found or ((editor.selected,) if editor.selected in shows else ())

    def uses(self, number: int) -> int:
        """How many things in the document name a media."""
        scene, counts = self._counted
        if scene is not self._editor.scene:  # asked for each row in each frame
            scene = self._editor.scene
            counts = [len(scene.users_of_media(n)) for n in range(1, len(scene.media) + 1)]
            self._counted = scene, counts
        return counts[number - 1]

    # -- what is done --

    def apply(self, number: int, to: Sequence[str] | None = None) -> bool:
        """Nodes show this media: those named, or the targets. Whether that was done, or was so."""
        names = self.targets if to is None else tuple(to)
        if not names:
            self._editor.messages.fail("nothing is selected that shows a media: select a map")
            return False
        return apply(self._editor, number, names)

    def read(self, path: Path, *, apply: bool = False, ask: bool = True) -> None:
        """Add a file or sequence to the media list and choose it. apply: the targets show it. ask:
        of a multi-channel one, offer its maps first."""
        targets = self.targets if apply else ()
        kinds = {type(self._editor.scene.node(name)) for name in targets}

        def read() -> Suggestion | Media:
            found = suggested(path) if ask and not apply else None
            return media_for(path, kinds) if found is None else found

        def done(found: Suggestion | Media) -> None:
            if isinstance(found, Suggestion):
                self._offer(found)
            else:
                self._add(found, targets)

        self._start(path.name, read, done)

    def relink(self, number: int, path: Path, then: Callable[[], None] = lambda: None) -> None:
        """Another file for a media; its timing, and its layer where the file has that, stay. then:
        called once it has it."""
        old = self._editor.scene.media[number - 1]

        def done(media: Media) -> None:
            if self._replace(old, media, f"Relink {old.name}"):
                then()

        self._start(path.name, lambda: _reread(path, old), done)

    def parts(self, number: int) -> Parts:
        """What a media's file holds to choose from. Its header is read."""
        return parts_of_media(self._editor.scene.media[number - 1])

    def use_part(self, number: int, choice: Choice, kind: str) -> None:
        """A media is another layer, view or track of its file from now on."""
        old = self._editor.scene.media[number - 1]
        self._start(
            old.name,
            lambda: _kept(old, choice.make()),
            lambda media: self._replace(old, media, f"{kind} of {Path(old.path).name}"),
        )

    def add_part(self, number: int, choice: Choice) -> None:
        """Another layer, view or track of a media's file comes on the list beside it."""
        old = self._editor.scene.media[number - 1]
        self._start(
            old.name,
            lambda: _kept(old, choice.make()),
            lambda media: self._add(media, ()),
        )

    def deinterlace(self, number: int, wanted: bool) -> None:
        """Whole pictures are made of a film's fields from now on, or no more."""
        old = self._editor.scene.media[number - 1]
        media = msgspec.structs.replace(old, deinterlace=wanted)
        self._editor.edit(lambda scene: scene.replace_media(number, media), "Deinterlace")

    def turn(self, number: int, by: int) -> None:
        """A media is turned from now on. by: an orientation, as EXIF has it, on top of its own."""
        old = self._editor.scene.media[number - 1]
        self._start(
            old.name,
            lambda: turned_by(old, by),
            lambda media: self._replace(old, media, f"Turn {old.name}"),
        )

    def remove(self, number: int) -> None:
        """Take a media off the list, which nothing may name."""
        name = self._editor.scene.media[number - 1].name
        self._without([number], f"Remove {name}")

    def remove_unused(self) -> None:
        """Take all media off the list that nothing names."""
        unused = self.unused
        if unused:
            self._without(unused, f"Remove {len(unused)} unused media")
            names = "1 media" if len(unused) == 1 else f"{len(unused)} media"
            self._editor.messages.note(f"{names} of no use removed from the list")

    @property
    def unused(self) -> list[int]:
        """The numbers of the media that nothing names, but for one that is fixed."""
        numbers = range(1, len(self._editor.scene.media) + 1)
        return [n for n in numbers if n != self.fixed and not self.uses(n)]

    # -- a multi-channel picture --

    def make_maps(
        self, found: Suggestion, carrier: str, *, show: tuple[str, Media] | None = None
    ) -> None:
        """All maps of a suggestion on a surface or geometry, in one step, and what was read how.
        show: a node, and the picture that it gets with them."""
        done: list[str] = []

        def change(scene: Scene) -> Scene:
            scene = with_picture(scene, *show) if show else with_layers(scene, found)
            scene, said = with_maps(scene, carrier, found)
            done[:] = said
            return scene

        if self._editor.edit(change, f"Maps of {found.name}"):
            self._tell(found, done)

    def _offer(self, found: Suggestion) -> None:
        """Ask what becomes of a multi-channel file that was read into the list."""
        carrier = self._carrier()
        answers: list[Answer] = []
        if carrier is not None:
            answers.append((f"Make Maps for {carrier}", lambda: self.make_maps(found, carrier)))
        answers.append(("Layers to the List", lambda: self._add_layers(found)))
        if found.picture is not None:
            picture = found.picture
            answers.append(("Picture Only", lambda: self._add(picture, ())))
        answers.append(("Cancel", lambda: None))
        self._question.ask(found.question, answers)

    def _carrier(self) -> str | None:
        """The surface or geometry that maps are for: what is selected, or the only one."""
        editor = self._editor
        chosen = editor.selection[-1] if editor.selection else editor.selected
        found = carrier_of(editor.scene, chosen)
        shown = [n.id for n in editor.scene.nodes if isinstance(n, Surface | Geometry)]
        return found or (shown[0] if len(shown) == 1 else None)

    def _add_layers(self, found: Suggestion) -> None:
        if self._editor.edit(lambda s: with_layers(s, found), f"Read {found.name}"):
            first = number_of(self._editor.scene, found.picture or found.maps[0].media)
            self._editor.media = first
            names = ", ".join(entry.layer.name for entry in found.maps)
            self._tell(found, [f"{names} are media of their own, from {first} on"])

    def _tell(self, found: Suggestion, done: list[str]) -> None:
        self._editor.messages.note(f"{found.name}: {'; '.join(done)}")
        if found.unused:
            self._editor.messages.note(f"{found.name}: not used as maps: {', '.join(found.unused)}")

    # -- parts --

    def _replace(self, old: Media, media: Media, label: str) -> bool:
        """Another media in the place of one; whether that was still on the list."""
        scene = self._editor.scene
        if old not in scene.media:
            self._editor.messages.fail(f"{old.name} is not on the list any more")
            return False
        number = scene.media.index(old) + 1
        done = self._editor.edit(lambda s: s.replace_media(number, media), label)
        if done:
            self._editor.messages.note(f"[{number}] is {media.name} now")
        return done

    def _add(self, media: Media, to: tuple[str, ...]) -> None:
        editor = self._editor
        number = number_of(editor.scene, media) or len(editor.scene.media) + 1

        def change(scene: Scene) -> Scene:
            if number > len(scene.media):
                scene = scene.with_media(media)
            return with_shown(scene, to, number)

        before = editor.scene
        if not editor.edit(change, f"Read {media.name}"):
            return
        editor.shows(to, before)
        editor.media = number
        shown = f", and {said(to)} show{'s' if len(to) == 1 else ''} it" if to else ""
        editor.messages.note(f"{media.name} is media {number}{shown}")

    def _without(self, numbers: Sequence[int], label: str) -> None:
        def change(scene: Scene) -> Scene:
            for number in sorted(numbers, reverse=True):
                scene = scene.without_media(number)
            return scene

        chosen = self.chosen
        if self._editor.edit(change, label) and chosen is not None:
            below = sum(number < chosen for number in numbers)
            self._editor.media = None if chosen in numbers else chosen - below


def _reread(path: Path, old: Media) -> Media:
    """A media for this file with all of the old one that is not the file's; its layer where the new
    file has that. Raises MediaError."""
    media = recorded(str(path), orientation=old.orientation)
    which = {"layer": old.layer, "part": old.part, "view": old.view, "track": old.track}
    if any(value is not None for value in which.values()):
        with suppress(MediaError):
            media = recorded(str(path), **which, orientation=old.orientation)
            suffix = old.name.removeprefix(Path(old.path).name)
            media = msgspec.structs.replace(media, name=media.name + suffix)
    return _kept(old, media)


def _kept(old: Media, media: Media) -> Media:
    """A media with all of the old one that is not its file's."""
    return msgspec.structs.replace(
        media, colour_space=old.colour_space, offset=old.offset, speed=old.speed,
        outside=old.outside, missing=old.missing, matte=old.matte, deinterlace=old.deinterlace,
    )  # fmt: skip
