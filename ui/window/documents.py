"""What the File menu does: other documents in this window, and this one as it was."""

from __future__ import annotations

from pathlib import Path

from engine.errors import RilievoError
from engine.scene import Scene
from ui.window.desk import Desk
from ui.window.leaving import once_saved


def new(window: Desk) -> None:
    """Go on with an empty document; a picture that is dropped on it becomes one."""

    def take() -> None:
        window.take(Scene(), None, None)
        window.messages.note("A new document: drop a picture or clip, or open one")

    once_saved(window, "a new document is begun", take)


def ask_to_open(window: Desk) -> None:
    """Ask for a document, picture or clip, and open it."""
    window.files.open_file(window.folder, window.open)
    window.overlay.busy = max(window.overlay.busy, 3)


def revert(window: Desk) -> None:
    """Go back to the document as it was saved; that can be undone."""
    path = window.editor.path
    assert path is not None

    def load() -> None:
        try:
            scene = Scene.load(path)
        except RilievoError as error:
            window.messages.fail(str(error))
            return
        window.editor.edit(lambda _: scene, "Revert")
        window.editor.history.mark_saved()
        window.messages.note(f"{path.name} is as it was saved; Undo brings the changes back")

    window.question.ask(
        f"Should {path.name} become what it was when it was saved, without the changes since?",
        (("Revert", load), ("Cancel", lambda: None)),
    )


def recent(window: Desk) -> list[Path]:
    """Files that were open before, the newest first."""
    return [Path(name) for name in window.settings.values.recent]
