"""What a live source brings to the window: its document, its news, and the beat it is drawn at."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from engine.errors import RilievoError
from engine.media import LiveCondition, Picture
from engine.scene import Scene
from ui.session import Session
from ui.window.editor import Editor
from ui.window.messages import capitalized

PATIENCE = 0.25  # seconds between looks at a source that sends nothing


class LiveStage:
    """Brings a session's pictures to the window, frame by frame.

    scene: a document for the source to be placed in, or None for a new one, which is made when the
    first picture shows how large it is; until then there is nothing to draw. wake: called from
    another thread when there is something new.
    """

    def __init__(
        self,
        session: Session,
        editor: Editor,
        scene: Scene | None,
        path: Path | None,
        wake: Callable[[], None],
    ) -> None:
        self.session = session
        self.started = False
        self.revision = 0
        self._editor = editor
        self._scene, self._path = scene, path
        self._placed: tuple[str, tuple[int, int]] | None = None
        self._wake = wake
        self._condition = LiveCondition.CONNECTING
        self._reason = ""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="beat", daemon=True)
        self._thread.start()

    def begin(self) -> bool:
        """Take hold of what this frame of the window will show; whether it is new."""
        self._tell()
        fresh = self.session.begin_frame()
        picture = self.session.picture
        if picture is None:
            return False
        if not self.started:
            self._start(picture)
        elif self._is_another(picture):
            self._placed = self._origin(picture)
            self._editor.edit(lambda scene: self._replaced(scene, picture), "Source")
        self.revision += fresh
        return fresh

    def end(self) -> None:
        """What was taken hold of has been drawn and submitted."""
        self.session.end_frame()

    def place_in(self, scene: Scene | None, path: Path | None) -> None:
        """Go on in another document: the source takes the place of its first media; None makes a
        new one for it."""
        self._scene, self._path, self.started = scene, path, False
        self._placed = None

    @property
    def is_running(self) -> bool:
        """Whether pictures come."""
        return self.session.source.state.condition is LiveCondition.RUNNING

    @property
    def waiting_for(self) -> str:
        """What is said while there is no picture yet."""
        state, name = self.session.source.state, self.session.source.wanted.name
        reason = _sentence(state.reason)
        if state.condition is LiveCondition.LOST:
            return f"{capitalized(reason)}; it is tried again and again."
        if state.condition is LiveCondition.ENDED:
            return f"{capitalized(reason)}."
        return f"Waiting for {name} …"

    def close(self) -> None:
        """Stop all threads."""
        self._closing.set()
        self.session.close()
        self._thread.join(2 * PATIENCE)

    def _start(self, picture: Picture) -> None:
        self.started = True
        try:
            scene = (
                self.session.new_scene(picture)
                if self._scene is None
                else self.session.placed_in(self._scene, picture)
            )
        except RilievoError as error:
            self._editor.messages.fail(str(error))
            scene = self.session.new_scene(picture)
        self._editor.replace(scene, self._path)

    def _is_another(self, picture: Picture) -> bool:
        """Whether the document's first media is not what the picture comes from."""
        if self._origin(picture) == self._placed:
            return False  # it is there, or was taken back by hand
        media, source = self._editor.scene.media[0], self.session.source
        if picture.size != media.size:
            return True
        # The last picture of the source before stays until the first of the new one is there.
        return media.path != source.wanted.text and source.latest() is picture

    def _origin(self, picture: Picture) -> tuple[str, tuple[int, int]]:
        return self.session.source.wanted.text, picture.size

    def _replaced(self, scene: Scene, picture: Picture) -> Scene:
        """The document with the source as it is now; its size follows where it was the source's."""
        placed = self.session.placed_in(scene, picture)
        follows = scene.size == scene.media[0].size
        return placed.with_settings(size=picture.size) if follows else placed

    def _tell(self) -> None:
        """Say when the source is lost, and when it is back."""
        state = self.session.source.state
        messages, name = self._editor.messages, self.session.source.wanted.name
        changed = state.condition is not self._condition
        if changed and state.condition is LiveCondition.RUNNING:
            if self._condition is LiveCondition.LOST:
                messages.note(f"{name} is back")
        elif state.reason and changed and state.condition is LiveCondition.LOST:
            messages.warn(_sentence(state.reason))
        elif state.condition is LiveCondition.ENDED and changed:
            said = messages.fail if self.session.picture is None else messages.warn
            said(_sentence(state.reason))
        self._condition, self._reason = state.condition, state.reason

    def _watch(self) -> None:
        picture: Picture | None = None
        while not self._closing.is_set():
            newer = self.session.source.newer_than(picture, PATIENCE)
            if newer is not None:
                picture = newer
                self._wake()
            elif self.session.source.state.condition is LiveCondition.ENDED:
                self._closing.wait(PATIENCE)  # it does not make anyone wait any more


def _sentence(reason: str) -> str:
    return reason.rstrip(".")
