"""The document being edited: its history, its file, the frame on show and what is selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from engine.errors import RilievoError
from engine.scene import Channel, History, Light, Scene, ZDepthMap, names_changed
from ui.window.messages import Messages

Change = Callable[[Scene], Scene]
Shows = Callable[[Sequence[str], Scene], object]


class Editor:
    """path: where the document is saved; None until it has a file. selection: the nodes that are
    selected, the last one last. selected, selected_light: the map and the light that were selected
    last, which the tools for maps and lights work on; a surface brings its map with it. media: the
    number in the media list that a new map or surface is for; None lets Rilievo choose."""

    def __init__(self, scene: Scene, path: Path | None, messages: Messages) -> None:
        self.history = History(scene)
        self.path = path
        self.messages = messages
        self.frame = scene.first
        self.playing = False
        self.loop = True
        self._due = 0.0
        self.selection: tuple[str, ...] = ()
        self.selected: str | None = None
        self.selected_light: str | None = None
        self.media: int | None = None
        self._select_first_map()
        self.channels: tuple[Channel, ...] = ()
        """Whose curves the timeline shows."""
        self.shows: Shows = lambda _names, _before: None
        """Called with nodes that were given a media, right after that, and the document before: the
        window looks at what depth maps got."""
        self.auto_ranges: dict[str, str] = {}
        """Map → what its Depth Range Auto was found to be, and why."""

    @property
    def scene(self) -> Scene:
        """The document in use."""
        return self.history.scene

    @property
    def title(self) -> str:
        """What the window is called."""
        name = self.path.name if self.path else self.scene.name or "untitled"
        return f"{name}{'' if self.history.is_saved else ' *'} – Rilievo"

    def edit(self, change: Change, label: str, merge_key: str | None = None) -> bool:
        """Change the document; what would make it invalid is said and changes nothing. Whether it
        was done."""
        before = self.scene
        try:
            self.history.push(change(before), label, merge_key)
        except RilievoError as error:
            self.messages.fail(str(error))
            return False
        self._check_selection(before)
        self._check_frame()
        return True

    def amend(self, change: Change, made: Scene) -> bool:
        """Change the document by what came later of the step that made `made`: as a part of it
        where it is still the last one, else as a step of its own. Whether it was done."""
        if self.scene is not made or self.history.undo_label is None:
            return self.edit(change, "What was found")
        try:
            self.history.amend(change(made))
        except RilievoError as error:
            self.messages.fail(str(error))
            return False
        self._check_selection(made)
        return True

    def set(self, node: str, label: str, /, **values: object) -> None:
        """Change fields of a node; the changes of one drag become one step."""
        key = f"{node}.{','.join(values)}"
        self.edit(lambda scene: scene.with_values(node, **values), f"{label} of {node}", key)

    def select(self, *ids: str) -> None:
        """Select these nodes and no others."""
        nodes = {node.id: node for node in self.scene.nodes}
        self.selection = tuple(id for id in ids if id in nodes)
        for id in self.selection:
            maps = [m.id for m in nodes.values() if isinstance(m, ZDepthMap) and m.parent == id]
            if isinstance(nodes[id], ZDepthMap):
                maps = [id]
            self.selected = maps[0] if maps else self.selected
            if isinstance(nodes[id], Light):
                self.selected_light = id

    def undo(self) -> None:
        """Take back the last step."""
        self.history.end_merge()
        label, before = self.history.undo_label, self.scene
        self.history.undo()
        self._check_selection(before)
        self._check_frame()
        self.messages.note(f"Undo: {label}" if label else "There is nothing to undo")

    def redo(self) -> None:
        """Do the last step again."""
        label, before = self.history.redo_label, self.scene
        self.history.redo()
        self._check_selection(before)
        self._check_frame()
        self.messages.note(f"Redo: {label}" if label else "There is nothing to redo")

    def replace(self, scene: Scene, path: Path | None) -> None:
        """Go on with another document."""
        self.history = History(scene)
        self.path = path
        self.frame = scene.first
        self.playing = False
        self.selected = self.selected_light = self.media = None
        self.channels = ()
        self._select_first_map()

    def saved(self, scene: Scene, path: Path) -> None:
        """The document, as it was then, was written to this file, which is its own now."""
        self.path = path
        self.history.mark_saved(scene)

    # -- time --

    def go(self, frame: int) -> None:
        """Show a frame, as near as the document has one, and stand there."""
        self.frame = frame
        self.playing = False
        self._check_frame()

    def play(self) -> None:
        """Play from here, or pause. At the end it begins anew."""
        self.playing = not self.playing
        first, last = self.scene.played
        if self.playing and self.frame >= last and not self.loop:
            self.frame = first

    def mark(self, *, start: int | None = None, end: int | None = None) -> None:
        """Set In or Out, or take it away where it is there already. The other one goes where it
        would lie on the wrong side."""
        scene = self.scene
        if start is not None:
            there = scene.mark_in == start
            out = scene.mark_out if scene.mark_out is None or scene.mark_out >= start else None
            marks = {"mark_in": None if there else start, "mark_out": out}
            self.edit(lambda s: s.with_settings(**marks), "In")
        if end is not None:
            there = scene.mark_out == end
            into = scene.mark_in if scene.mark_in is None or scene.mark_in <= end else None
            marks = {"mark_in": into, "mark_out": None if there else end}
            self.edit(lambda s: s.with_settings(**marks), "Out")

    def advance(self, now: float) -> bool:
        """Play on, by the clock, from In to Out; whether another frame is due. now: seconds."""
        scene = self.scene
        first, last = scene.played
        if not self.playing or last <= first:
            self._due = now
            return False
        step = 1.0 / scene.fps
        if self._due + 10 * step < now:  # it was asleep, or drawing takes longer than a frame
            self._due = now
        if now < self._due:
            return False
        self._due += step
        if first <= self.frame < last:
            self.frame += 1
        elif self.loop or self.frame < first:
            self.frame = first
        else:
            self.playing = False
            return False
        return True

    def _select_first_map(self) -> None:
        maps = [node.id for node in self.scene.nodes if isinstance(node, ZDepthMap)]
        self.select(*maps[:1])

    def _check_selection(self, before: Scene) -> None:
        """After an edit: nodes that are gone are not selected, renamed ones still are."""
        if self.scene.nodes is before.nodes:
            return
        names = names_changed(before, self.scene)
        there = {node.id for node in self.scene.nodes}

        def now(id: str | None) -> str | None:
            name = names.get(id or "", id)
            return name if name in there else None

        self.selection = tuple(name for id in self.selection if (name := now(id)) is not None)
        self.selected, self.selected_light = now(self.selected), now(self.selected_light)
        if self.selected is None:
            maps = (node.id for node in self.scene.nodes if isinstance(node, ZDepthMap))
            self.selected = next(maps, None)

    def _check_frame(self) -> None:
        self.frame = min(max(self.frame, self.scene.first), self.scene.last)
