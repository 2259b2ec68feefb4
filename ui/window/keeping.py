"""Copies of unsaved changes while a document is open, and what a program left that is gone."""

from __future__ import annotations

import time
from pathlib import Path

from engine.errors import RilievoError
from engine.scene import Scene
from ui.autosave import Autosave, Run, at_once
from ui.window.editor import Editor
from ui.window.messages import Messages
from ui.window.question import Question


class Keeper:
    """Sees to it that no change is lost, whatever happens to the program."""

    def __init__(
        self, editor: Editor, messages: Messages, question: Question, run: Run = at_once
    ) -> None:
        """run: writes the copies, see `ui.autosave`."""
        self._editor, self._messages, self._question = editor, messages, question
        self._run = run
        self._autosave: Autosave | None = None
        self._told = ""

    def opened(self, path: Path) -> None:
        """From now on it is this document; ask what becomes of what was left of it."""
        self._autosave = autosave = Autosave(path, run=self._run)
        left = autosave.left()
        if left is None:
            return
        self._question.ask(
            f"{path.name} was not closed in order, and has changes that were never saved."
            " What should become of them?",
            (
                ("Recover Them", lambda: self._recover(autosave, left)),
                ("Discard Them", autosave.forget),
                ("Later", lambda: None),
            ),
        )

    def moved(self, path: Path) -> None:
        """The document has another file from now on."""
        if self._autosave is None or self._autosave.document != path:
            self.clear()
            self._autosave = Autosave(path, run=self._run)

    def work(self, problem: str = "") -> None:
        """To be called after each frame. problem: of another kind, to be told as well."""
        autosave = self._autosave
        if autosave is not None:
            history = self._editor.history
            autosave.work(history.scene, history.is_saved, time.monotonic())
            problem = autosave.problem or problem
        if problem and problem != self._told:
            self._told = problem
            self._messages.warn(problem)

    def copy(self) -> None:
        """Keep what is unsaved now: there will be no time for a question."""
        if self._autosave is not None and not self._editor.history.is_saved:
            self._autosave.copy(self._editor.scene)

    def clear(self) -> None:
        """What is unsaved is not wanted."""
        if self._autosave is not None:
            self._autosave.clear()

    def _recover(self, autosave: Autosave, left: Path) -> None:
        try:
            scene = Scene.load(left)
        except RilievoError as error:
            self._messages.fail(str(error))
            return
        self._editor.edit(lambda _: scene, "Recover")
        # A copy of our own comes first: nothing is lost if this ends as the last time.
        autosave.copy(self._editor.scene, autosave.forget)
        self._messages.note(f"Recovered {autosave.document.name}")
