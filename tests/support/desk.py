"""The window's live drawing without a window: its stage, preview and beat, into a texture."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Any

from engine.gpu import Gpu
from engine.scene import Scene
from ui.session import Session
from ui.window.editor import Editor
from ui.window.live import LiveStage
from ui.window.messages import Messages
from ui.window.preview import Preview

FASTEST = 120  # `LIVE_FASTEST` of the window, which cannot be imported where there is no screen


class LiveDesk:
    """Draws a session as `Window.draw` does, without the interface and without presenting."""

    def __init__(self, gpu: Gpu, session: Session) -> None:
        self.gpu, self.session = gpu, session
        self.messages = Messages()
        self.editor = Editor(Scene(name="live"), None, self.messages)
        self.preview = Preview(gpu, self.editor, session, session.sources)
        self.preview.ready = False
        self._wanted = threading.Event()
        self.stage = LiveStage(session, self.editor, None, None, self._wanted.set)
        self._tick = 0.0

    def __enter__(self) -> LiveDesk:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def beat(self) -> bool:
        """Wait for the next tick of the window's loop; whether anything asked to be drawn."""
        time.sleep(max(0.0, self._tick + 1.0 / FASTEST - time.perf_counter()))
        self._tick = time.perf_counter()
        wanted = self._wanted.is_set()
        self._wanted.clear()
        return wanted

    def wait(self, seconds: float) -> None:
        """Wait until something asks to be drawn, at most so long; no beat is kept."""
        self._wanted.wait(seconds)
        self._wanted.clear()

    def encode(self) -> tuple[Any, bool]:
        """An encoder with the picture in it, and whether it was drawn anew."""
        self.stage.begin()
        self.preview.ready = self.stage.started
        encoder = self.gpu.device.create_command_encoder(label="frame")
        return encoder, self.preview.encode(encoder, self.stage.revision)

    def submit(self, encoder: Any, drawn: bool) -> None:
        """Submit it, and count it where it was drawn anew."""
        self.preview.submit(encoder)
        if drawn:
            self.stage.end()

    def close(self) -> None:
        """Stop all threads and free all."""
        self.gpu.wait()
        self.stage.close()
        self.preview.close()
