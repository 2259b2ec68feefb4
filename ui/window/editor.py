"""The document being edited: its history, its file, the frame on show and what is selected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.errors import RilievoError
from engine.scene import History, Scene, ZDepthMap
from ui.window.messages import Messages

Change = Callable[[Scene], Scene]


class Editor:
    """path: where the document is saved; None until it has a file."""

    def __init__(self, scene: Scene, path: Path | None, messages: Messages) -> None:
        self.history = History(scene)
        self.path = path
        self.messages = messages
        self.frame = scene.first
        self.playing = False
        self._due = 0.0
        maps = [node.id for node in scene.nodes if isinstance(node, ZDepthMap)]
        self.selected: str | None = maps[0] if maps else None
        self.selected_light: str | None = None
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

    def edit(self, change: Change, label: str, merge_key: str | None = None) -> None:
        """Change the document; what would make it invalid is said and changes nothing."""
        try:
            self.history.push(change(self.scene), label, merge_key)
        except RilievoError as error:
            self.messages.fail(str(error))

    def set(self, node: str, label: str, /, **values: object) -> None:
        """Change fields of a node; the changes of one drag become one step."""
        key = f"{node}.{','.join(values)}"
        self.edit(lambda scene: scene.with_values(node, **values), f"{label} of {node}", key)

    def undo(self) -> None:
        """Take back the last step."""
        label = self.history.undo_label
        self.history.undo()
        self._check_selection()
        self.messages.note(f"Undo: {label}" if label else "There is nothing to undo")

    def redo(self) -> None:
        """Do the last step again."""
        label = self.history.redo_label
        self.history.redo()
        self._check_selection()
        self.messages.note(f"Redo: {label}" if label else "There is nothing to redo")

    def replace(self, scene: Scene, path: Path | None) -> None:
        """Go on with another document."""
        self.history = History(scene)
        self.path = path
        self.frame = scene.first
        self.playing = False
        maps = [node.id for node in scene.nodes if isinstance(node, ZDepthMap)]
        self.selected = maps[0] if maps else None

    def save(self) -> None:
        """Write the document to its file."""
        path = self.path or Path.cwd() / f"{self.scene.name or 'untitled'}.rilievo"
        try:
            self.scene.save(path)
        except RilievoError as error:
            self.messages.fail(str(error))
            return
        self.path = path
        self.history.mark_saved()
        self.messages.note(f"Saved {path}")

    def advance(self, now: float) -> bool:
        """Play on, by the clock; whether another frame is due. now: seconds."""
        scene = self.scene
        if not self.playing or scene.last <= scene.first:
            self._due = now
            return False
        step = 1.0 / scene.fps
        if self._due + 10 * step < now:  # it was asleep, or drawing takes longer than a frame
            self._due = now
        if now < self._due:
            return False
        self._due += step
        self.frame = self.frame + 1 if self.frame < scene.last else scene.first
        return True

    def _check_selection(self) -> None:
        if self.selected not in {node.id for node in self.scene.nodes}:
            self.selected = None
