"""What happens to unsaved changes, and to what is at work, before something takes their place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.errors import RilievoError
from engine.scene import Scene
from ui.window.desk import Desk
from ui.window.opening import load


def save(window: Desk, then: Callable[[], object] = lambda: None) -> None:
    """Write the document to its file; ask for one where it has none. then: once it is there."""
    path = window.editor.path
    if path is None:
        save_as(window, then)
    else:
        window.saving.start(window.editor.scene, path, then)


def save_as(window: Desk, then: Callable[[], object] = lambda: None) -> None:
    """Ask for a file, and write the document to it, which is its own from then on."""
    editor = window.editor
    name = editor.scene.name or "untitled"
    proposed = editor.path.name if editor.path else f"{Path(name).stem}.rilievo"
    window.files.save_as(
        window.folder,
        proposed,
        lambda path: window.saving.start(editor.scene, path, then),
        editor.path,
    )
    window.overlay.busy = max(window.overlay.busy, 6)


def once_saved(window: Desk, before: str, go_on: Callable[[], None]) -> None:
    """Go on at once where nothing is unsaved; otherwise ask first. before: what would lose the
    changes, as the end of a sentence ("the window is closed")."""

    if window.saving.busy:
        window.saving.once_done(lambda: once_saved(window, before, go_on))
        return
    if window.editor.history.is_saved:
        go_on()
        return
    name = window.editor.title.removesuffix(" * – Rilievo")
    window.question.ask(
        f"{name} has changes that are not saved. What should become of them before {before}?",
        (
            # Written beside the drawing: what is changed meanwhile is asked about again.
            ("Save Them", lambda: save(window, lambda: once_saved(window, before, go_on))),
            ("Discard Them", go_on),
            ("Cancel", lambda: None),
        ),
    )


def once_ended(window: Desk, go_on: Callable[[], None]) -> None:
    """Go on at once where nothing is being rendered or analysed; otherwise ask first."""
    work = window.work.now
    if work is None:
        go_on()
        return
    window.question.ask(
        f"{work.title} is not done yet. Closing the window ends it; what was written stays.",
        (("End It and Close", go_on), ("Let It Finish", lambda: None)),
    )


def open_file(window: Desk, path: Path) -> None:
    """Open a document, or a new one around a picture or clip, in this window."""
    try:
        scene, saved = load(path)
    except RilievoError as error:
        window.messages.fail(str(error))
        return
    open_document(window, scene, saved, path)


def open_document(window: Desk, scene: Scene, saved: Path | None, path: Path) -> None:
    """Go on with another document. saved: its file, if it has one. path: what was opened."""

    def take() -> None:
        window.take(scene, saved, path)
        window.messages.note(f"Opened {path}")

    once_saved(window, f"{path.name} is opened", take)
