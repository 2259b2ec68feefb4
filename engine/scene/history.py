"""Undo and redo: a history of documents. Documents share what is unchanged, so a step is cheap."""

from __future__ import annotations

from dataclasses import dataclass

from engine.scene.document import Scene


@dataclass(frozen=True, slots=True)
class Step:
    """A document and what was done to get there ("Move Surface 1")."""

    scene: Scene
    label: str
    merge_key: str | None = None


class History:
    """The documents of a session, the one in use, and which of them is on disk.

    limit: how many steps can be undone; the oldest are forgotten.
    """

    def __init__(self, scene: Scene, *, limit: int = 1000) -> None:
        assert limit >= 1, "a history holds at least one step"
        self._steps = [Step(scene, "")]
        self._index = 0
        self._saved: Scene | None = scene
        self._limit = limit

    @property
    def scene(self) -> Scene:
        """The document in use."""
        return self._steps[self._index].scene

    @property
    def undo_label(self) -> str | None:
        """What `undo` would take back; None where there is nothing."""
        return self._steps[self._index].label if self._index > 0 else None

    @property
    def redo_label(self) -> str | None:
        """What `redo` would do again; None where there is nothing."""
        can_redo = self._index + 1 < len(self._steps)
        return self._steps[self._index + 1].label if can_redo else None

    @property
    def labels(self) -> tuple[str, ...]:
        """All steps that can be undone or redone, the oldest first."""
        return tuple(step.label for step in self._steps[1:])

    @property
    def is_saved(self) -> bool:
        """Whether the document in use is the one on disk: true again after undoing back to it."""
        return self._saved is not None and self.scene == self._saved

    def push(self, scene: Scene, label: str, merge_key: str | None = None) -> None:
        """A new document, by an edit with this label. What had been undone is forgotten.

        merge_key: the edits of one drag have the same key and become one step, until another key,
        `end_merge`, an undo or a save. An edit that changes nothing makes no step.
        """
        if scene is self.scene or scene == self.scene:
            return
        del self._steps[self._index + 1 :]
        current = self._steps[self._index]
        if merge_key is not None and merge_key == current.merge_key and self._index > 0:
            self._steps[self._index] = Step(scene, label, merge_key)
            return
        self.end_merge()
        if scene == self.scene:  # of two drags, the second has taken back the first
            return
        self._steps.append(Step(scene, label, merge_key))
        del self._steps[: max(len(self._steps) - 1 - self._limit, 0)]
        self._index = len(self._steps) - 1

    def amend(self, scene: Scene) -> None:
        """Another document in place of the one that the last step made: what came of it later (a
        file that was read beside) belongs to it. Where there is no step, nothing is to be undone
        either. What had been undone is forgotten."""
        current = self._steps[self._index]
        del self._steps[self._index + 1 :]
        self._steps[self._index] = Step(scene, current.label)

    def end_merge(self) -> None:
        """The drag is over: the next edit is a step of its own, whatever its key. One that ended
        where it began is no step."""
        current = self._steps[self._index]
        if current.merge_key is not None and current.scene == self._steps[self._index - 1].scene:
            del self._steps[self._index]  # it is the last one: only that may have a key
            self._index -= 1
            return
        self._steps[self._index] = Step(current.scene, current.label)

    def undo(self) -> Scene:
        """Steps back; where there is nothing to undo, the document stays."""
        self.end_merge()
        self._index = max(self._index - 1, 0)
        self.end_merge()
        return self.scene

    def redo(self) -> Scene:
        """Steps on; where there is nothing to redo, the document stays."""
        self._index = min(self._index + 1, len(self._steps) - 1)
        self.end_merge()
        return self.scene

    def mark_saved(self, scene: Scene | None = None) -> None:
        """A document is now on disk; without one that in use."""
        self._saved = self.scene if scene is None else scene
        self.end_merge()
