"""An Axis that sticks to the depth under it over time: keys for every frame from In to Out.

At each frame the axis stays where it is seen by the document's camera, and its Z becomes the depth
there. The keys are part of the document, so what is tracked renders alike everywhere, without
anything being measured again.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from engine.errors import RilievoError
from engine.scene import (
    AnalysisType,
    Axis,
    EvaluatedFrame,
    EvaluatedZMap,
    Scene,
    baked,
    below,
    pivot_of,
    translate_to,
)
from ui.window.editor import Editor
from ui.window.preview import Preview
from ui.window.projection import Projector
from ui.window.snap import Steady, depth_under, point_at

BUDGET = 0.03  # seconds of a frame of the window that are spent on it

Fresh = Callable[[EvaluatedZMap, int], bool]
"""Whether the analysis of a map at a frame is at hand; asks for it where it is not."""


class Tracking:
    """Tracks one axis at a time, a few frames with every frame of the window."""

    def __init__(self, editor: Editor, preview: Preview, fresh: Fresh) -> None:
        self._editor, self._preview, self._fresh = editor, preview, fresh
        self._axis = ""
        self._scene: Scene = editor.scene
        self._frames: list[int] = []
        self._found: list[tuple[float, npt.NDArray[np.float64]]] = []
        self._steady = Steady(patience=1)
        self._measured = 0
        self._started = 0.0

    @property
    def busy(self) -> bool:
        """Whether an axis is being tracked."""
        return bool(self._axis)

    @property
    def done(self) -> float:
        """The share of the frames that are done, 0..1."""
        return len(self._found) / max(len(self._frames), 1)

    @property
    def text(self) -> str:
        """How far it is, in words."""
        count = len(self._found)
        text = f"Tracking {self._axis}: {count} of {len(self._frames)} frames"
        if count:
            left = (time.monotonic() - self._started) * (len(self._frames) - count) / count
            text += f", {left:.0f} s left"
        return text

    def start(self, axis: str) -> None:
        """Track this axis from In to Out. What was being tracked is left as it was."""
        editor = self._editor
        scene = editor.scene
        first, last = scene.played
        if not isinstance(scene.node(axis), Axis):
            editor.messages.fail(f"{axis} cannot be tracked: choose an Axis")
            return
        if last <= first:
            editor.messages.fail(f"{axis} cannot be tracked: the document is one frame long")
            return
        self._axis, self._scene = axis, scene
        self._frames = list(range(first, last + 1))
        self._found = []
        self._steady = Steady(patience=1)
        self._measured, self._started = 0, time.monotonic()

    def cancel(self, why: str = "") -> None:
        """Leave off; the document stays as it was."""
        if self.busy:
            self._editor.messages.note(f"{self._axis} is not tracked{why and ': '}{why}")
        self._axis = ""

    def work(self) -> None:
        """Go on for a while; with the last frame the keys are made, in one step of undo."""
        if not self.busy:
            return
        if self._editor.scene is not self._scene:
            self.cancel("the document was changed meanwhile")
            return
        end = time.monotonic() + BUDGET
        try:
            while len(self._found) < len(self._frames) and time.monotonic() < end:
                if not self._step(self._frames[len(self._found)]):
                    return  # it waits for an analysis
        except RilievoError as error:
            self.cancel(str(error))
            return
        if len(self._found) == len(self._frames):
            self._finish()

    def _step(self, frame: int) -> bool:
        """Measure one frame; whether it could be."""
        scene = self._scene
        evaluated = scene.evaluate(frame)
        if not self._analysed(evaluated):
            return False
        point = pivot_of(scene, self._axis, frame)
        depth, place = self._depth(evaluated, point), self._place(evaluated, point)
        if depth is not None and place is not None:
            point = point_at(evaluated.camera, place, depth)
        self._found.append((float(frame), translate_to(scene, self._axis, frame, point)))
        return True

    def _analysed(self, evaluated: EvaluatedFrame) -> bool:
        drawn = (*evaluated.surfaces, *evaluated.geometries)
        maps = [item.z_map for item in drawn if item.z_map is not None]
        analysed = [m for m in maps if m.analysis is not AnalysisType.MEDIA]
        return all(self._fresh(z_map, evaluated.frame) for z_map in analysed)

    def _place(
        self, evaluated: EvaluatedFrame, point: npt.NDArray[np.float64]
    ) -> tuple[float, float] | None:
        """Where in the picture a point is seen; None outside it."""
        places, front = Projector(evaluated.camera).places([point])
        x, y = (float(part) for part in places[0])
        return (x, y) if front[0] and 0 <= x < 1 and 0 <= y < 1 else None

    def _depth(self, evaluated: EvaluatedFrame, point: npt.NDArray[np.float64]) -> float | None:
        place = self._place(evaluated, point)
        if place is None:
            return None
        width, height = self._scene.size
        x, y = int(place[0] * width), int(place[1] * height)
        without = below(self._scene, self._axis)
        look = self._preview.renderer.look(evaluated, x, y, size=(width, height), without=without)
        found = depth_under(look.seen())
        self._measured += found is not None
        return self._steady.take(found, (x, y))

    def _finish(self) -> None:
        axis, editor = self._axis, self._editor
        self._axis = ""
        if not self._measured:
            editor.messages.fail(f"{axis} is not tracked: there is no depth under it")
            return
        node = self._scene.node(axis)
        assert isinstance(node, Axis)
        x, y, z = (
            baked(number, [(frame, float(place[part])) for frame, place in self._found])
            for part, number in enumerate(node.translate)
        )
        editor.edit(lambda scene: scene.with_values(axis, translate=(x, y, z)), f"Track {axis}")
        count = len(self._found)
        missed = count - self._measured
        text = f"{axis} is tracked over {count} frames"
        editor.messages.note(f"{text}; at {missed} no depth was under it" if missed else text)
