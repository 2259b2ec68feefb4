"""The picture in the window: drawn again when something that it shows has changed."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import RilievoError
from engine.gpu import Gpu, Ticket
from engine.scene import EvaluatedFrame, names_changed
from passes import Renderer, aov_passes, output_names
from passes.display import MEASURED
from passes.resident import AnalysisProvider, Sources
from passes.under import Look
from ui.window.editor import Editor
from ui.window.orbit import ViewCamera

SOFTWARE_SHADOWS = 512  # texels a side of a shadow map, where the processor draws it

STILL = 16  # samples of a pixel, of a picture that stands still
SMOOTH = ("beauty", "matte", "z_aa", "albedo", "shadow")  # what samples are averaged for

RESOLUTIONS = (1, 2, 4)
"""By how much the picture may be smaller than the document's, each way."""


class Preview:
    """view: the pass that is shown. divisor: of RESOLUTIONS. passes, views: to be drawn besides
    (see `Renderer`). ready: whether there is anything to draw yet. picture: the texture to show,
    None before the first. compare: whether the scene's pictures as they came are drawn as well;
    source: the texture of that. false_colours: numbers are shown in colours instead of greys.
    drawn: the frame as it was drawn last. milliseconds: that recording and submitting the last one
    took on the CPU."""

    def __init__(
        self, gpu: Gpu, editor: Editor, analyses: AnalysisProvider, sources: Sources | None = None
    ) -> None:
        """sources: see `passes.Resident`."""
        self.editor = editor
        self.camera = ViewCamera()
        self.view = "beauty"
        self.divisor = 1
        self.ready = True
        self.passes: tuple[str, ...] = ()
        self.views: tuple[str, ...] = ()
        self.picture: Any = None
        self.compare = False
        self.false_colours = False
        self.source: Any = None
        self.drawn: EvaluatedFrame | None = None
        self.value: npt.NDArray[np.float32] | None = None
        self.pixel: tuple[int, int] | None = None
        self.milliseconds = 0.0
        self.samples = 0
        self._scene = editor.scene
        self.renderer = Renderer(
            self._scene, analyses, passes=(), samples=1, gpu=gpu, sources=sources
        )
        if gpu.is_software:
            self.renderer.coarse_shadows(SOFTWARE_SHADOWS)
        self._key: tuple[Any, ...] | None = None
        self._tickets: list[Ticket] = []
        self._arrived = False
        self._drawings = 0
        self._probed: tuple[tuple[int, int], int] | None = None
        self._looks: list[Look] = []
        self._warned = 0

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the picture that is drawn."""
        width, height = self.editor.scene.size
        return max(1, width // self.divisor), max(1, height // self.divisor)

    @property
    def shown(self) -> str:
        """The pass that is shown, also where that is a 3D AOV by its own name."""
        return aov_passes(self.editor.scene).get(self.view, self.view)

    @property
    def unfinished(self) -> bool:
        """Whether more samples would make the picture better."""
        return self.shown in SMOOTH and 0 < self.samples < STILL

    @property
    def waiting(self) -> bool:
        """Whether a value under the pointer, or what the view is fitted to, is still on its way or
        has yet to be written."""
        self._looks = [look for look in self._looks if not look.taken]
        ends = self.shown in MEASURED and self.renderer.range_pending
        return bool(self._tickets or self._looks) or self._arrived or ends

    def encode(self, encoder: Any, changes: Any = None, *, refine: bool = False) -> bool:
        """Record the picture, if what it shows has changed; whether it was.

        changes: of anything else that it shows. refine: if nothing has changed, add a sample to it.
        Raises RilievoError once for each thing that cannot be drawn.
        """
        editor = self.editor
        if not self.ready:
            return False
        known = output_names(editor.scene)
        if self.view not in known:  # a 3D AOV that has another name, or is gone
            names = names_changed(self._scene, editor.scene)
            self.view = names.get(self.view, "beauty")
        passes = tuple(name for name in self.passes if name in known)
        asked = (self.view, self.views, passes, self.compare, self.false_colours)
        key = (editor.frame, self.size, self.camera.revision, asked, changes)
        same = editor.scene is self._scene and key == self._key
        if same and not (refine and self.unfinished):
            return False
        samples, self.samples = (self.samples if same else 0), 0
        start = time.perf_counter()
        self._scene, self._key = editor.scene, key  # a failure is not tried again as it is
        self.renderer.show(self._scene)
        self.renderer.resize(self.size)
        self.renderer.false_colours = self.false_colours
        self.renderer.choose(
            passes,
            tuple(dict.fromkeys((self.view, *self.views))),
            progressive=True,
        )
        evaluated = self.camera.seen(self._scene.evaluate(editor.frame))
        self.drawn = self.renderer.encode(evaluated, encoder, sample=samples)
        if not self.compare:
            self.source = None
        elif not same:  # more samples are for the result alone
            self.source = self.renderer.encode_source(self.drawn, encoder)
        editor.auto_ranges = self.renderer.auto_ranges
        self.samples = samples + 1
        self.picture = self.renderer.display(self.view)
        self._drawings += 1
        self._say_warnings()
        self.milliseconds = (time.perf_counter() - start) * 1e3
        return True

    def probe(self, encoder: Any, at: tuple[int, int] | None) -> None:
        """Have the value at a pixel of the picture read; `value` has it a frame or two later."""
        done = [ticket for ticket in self._tickets if ticket.done()]
        self._arrived = bool(done)
        for ticket in done:
            self._tickets.remove(ticket)
            self.value = ticket.array()[0, 0].astype(np.float32)
        if at is None or self.picture is None or not _inside(at, self.picture.size):
            self.pixel = self.value = self._probed = None
            return
        if (at, self._drawings) == self._probed or len(self._tickets) >= 3:
            return
        self.pixel, self._probed = at, (at, self._drawings)
        self._tickets.append(self.renderer.probe(encoder, self.view, *at))

    def look(self, pixel: tuple[int, int], without: Collection[str] = ()) -> Look | None:
        """Find out what is at a pixel of the picture as it was drawn last; see `Renderer.look`.
        None where nothing was drawn yet, or it cannot be had, which is said. Whoever asks takes it,
        or discards it: until then the window goes on drawing."""
        if self.drawn is None:
            return None
        try:
            look = self.renderer.look(self.drawn, *pixel, without=without)
        except RilievoError as error:
            self.editor.messages.fail(str(error))
            return None
        self._looks.append(look)
        return look

    def submit(self, encoder: Any) -> None:
        """Submit the frame's one encoder."""
        self.renderer.submit(encoder)

    def frame_all(self) -> None:
        """Show everything that the scene has."""
        corners = self.renderer.corners
        if self.drawn is not None and len(corners):
            self.camera.take(self.drawn.camera, corners.mean(axis=0))
            self.camera.frame(corners, self.drawn.camera.tan_half)

    def start_moving(self) -> None:
        """Make the camera free, where it stands."""
        if self.drawn is not None and not self.camera.free:
            corners = self.renderer.corners
            centre = corners.mean(axis=0) if len(corners) else np.zeros(3)
            self.camera.take(self.drawn.camera, centre)

    def close(self) -> None:
        """Free what was drawn with."""
        self.renderer.close()

    def _say_warnings(self) -> None:
        warnings = self.renderer.warnings
        for text in warnings[self._warned :]:
            self.editor.messages.warn(text)
        self._warned = len(warnings)


def _inside(at: tuple[int, int], size: tuple[int, ...]) -> bool:
    return at[0] < size[0] and at[1] < size[1]
