"""The picture of one frame of the window: what is drawn anew, recorded and read back."""

from __future__ import annotations

import time
from typing import Any

from engine.errors import RilievoError
from engine.media import Picture
from engine.scene import EvaluatedFrame
from passes import RenderedFrame
from ui.drawn import DrawnFrame
from ui.window.analysing import BackgroundAnalyses
from ui.window.desk import Desk


class Frames:
    """Draws what the window's preview shows, for the window, the recording and the camera."""

    def __init__(self, window: Desk) -> None:
        self._window = window
        self._recorded: Picture | None = None

    def encode(self) -> tuple[Any, bool]:
        """An encoder with the picture's passes in it, where there is anything new to draw; and
        whether there was."""
        window = self._window
        preview, device = window.preview, window.gpu.device
        encoder = device.create_command_encoder(label="frame")
        preview.passes = window.recording.passes
        preview.views = window.recording.views or window.virtual.views
        drawn = False
        try:
            drawn = preview.encode(encoder, self._revision(), refine=window.at_rest)
            if drawn:
                self._read_back(encoder)
        except RilievoError as error:
            window.messages.fail(str(error))
            window.overlay.busy = max(window.overlay.busy, 1)
            # What was recorded before it failed goes with the encoder; the last picture stays.
            encoder = device.create_command_encoder(label="frame")
        preview.probe(encoder, window.view.hovered)
        return encoder, drawn

    def _revision(self) -> int:
        """A number that changes with what comes from outside the document."""
        window = self._window
        if window.live is not None:
            return window.live.revision
        assert isinstance(window.analyses, BackgroundAnalyses)
        window.analyses.take(window.editor.scene)
        return window.analyses.revision

    def _read_back(self, encoder: Any) -> None:
        """Have the picture that was drawn read back, for the recording and the virtual camera."""
        window = self._window
        evaluated = window.preview.drawn
        recorded = self._recorded_now()
        if evaluated is None or not (recorded or window.virtual.wants):
            return
        rendered = window.preview.renderer.read_back(evaluated, encoder)
        if recorded:
            window.recording.take(self._as_drawn(rendered, evaluated))
        if window.virtual.wants:
            window.virtual.take(rendered)

    def _recorded_now(self) -> bool:
        """Whether what was drawn is recorded, and was not yet."""
        window = self._window
        if not window.recording.on:
            return False
        if window.live is not None:
            picture = window.live.session.picture
            if picture is self._recorded:
                return False  # drawn anew from the same picture: its place in time is taken
            self._recorded = picture
        return window.recording.wants(window.preview.size)

    def _as_drawn(self, rendered: RenderedFrame, evaluated: EvaluatedFrame) -> DrawnFrame:
        window = self._window
        scene = window.editor.scene
        if window.live is not None:
            return window.live.session.drawn(rendered, scene, evaluated)
        clock = time.time() - time.monotonic()
        return DrawnFrame(rendered, time.monotonic(), scene, evaluated, clock=clock)
