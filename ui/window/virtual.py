"""The result as a virtual camera: what is drawn is read back beside the preview and handed on."""

from __future__ import annotations

from collections import deque

from engine.errors import OutputError
from engine.output import VirtualCamera
from passes import RenderedFrame
from ui.window.messages import Messages

IN_FLIGHT = 2  # pictures on their way back from the GPU; more would only be late
FPS = 30.0  # what calls expect of a camera


class VirtualOutput:
    """wanted: whether the user has it switched on. camera: the device, while there is one: from the
    first picture after it was switched on."""

    def __init__(self, messages: Messages) -> None:
        self.wanted = False
        self.camera: VirtualCamera | None = None
        self._messages = messages
        self._waiting: deque[RenderedFrame] = deque()

    @property
    def views(self) -> tuple[str, ...]:
        """The display pictures that a frame must have."""
        return ("beauty",) if self.wanted else ()

    @property
    def wants(self) -> bool:
        """Whether the frame that is being drawn should be read back."""
        return self.wanted and len(self._waiting) < IN_FLIGHT

    @property
    def busy(self) -> bool:
        """Whether pictures are still on their way back."""
        return bool(self._waiting)

    def switch(self, on: bool) -> None:
        """On, from the next picture; or off."""
        self.wanted = on
        if not on:
            self.close()

    def take(self, rendered: RenderedFrame) -> None:
        """A frame is on its way back."""
        self._waiting.append(rendered)

    def work(self) -> None:
        """Hand over what has come back. Never waits."""
        newest: RenderedFrame | None = None
        while self._waiting and self._waiting[0].ready:
            newest = self._waiting.popleft()
            newest.wait()
        if newest is not None and self.wanted:
            self._offer(newest)
        if self.camera is not None and self.camera.problem:
            self._messages.fail(self.camera.problem)
            self.switch(False)

    def close(self) -> None:
        """Give the device back."""
        while self._waiting:
            self._waiting.popleft().wait()  # the buffers are lent
        if self.camera is not None:
            self.camera.close()
            self.camera = None

    def _offer(self, rendered: RenderedFrame) -> None:
        picture = rendered.display("beauty")
        if self.camera is None:
            try:
                self.camera = VirtualCamera((picture.shape[1], picture.shape[0]), FPS)
            except OutputError as error:
                self._messages.fail(str(error))
                self.switch(False)
                return
            self._messages.note(f"The result is the camera {self.camera.device} now")
        self.camera.offer(picture)
