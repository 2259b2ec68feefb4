"""Motion Vectors: where what is seen is in the next frame, and where it was in the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.gpu import UniformArena, UniformSlot
from engine.scene import EvaluatedFrame, EvaluatedGeometry, EvaluatedSurface, Scene
from passes.blocks import MOTION
from passes.camera import fitted, view_projection
from passes.draw import Item
from passes.media_textures import Use
from passes.resident import Resident

MOTION_OUTPUTS = ("forward", "backward")
Neighbours = tuple[EvaluatedFrame, EvaluatedFrame]


def neighbours(scene: Scene, frame: EvaluatedFrame, at: float) -> Neighbours:
    """The frames before and after one that was evaluated `at` a frame of the document. Where it is
    seen by another camera than the document's (a view that was turned by hand), so are they: that
    camera stands still."""
    before, own, after = (scene.evaluate(at + step) for step in (-1, 0, 1))
    if np.array_equal(own.camera.world, frame.camera.world):
        return before, after
    seen_by = frame.camera
    return replace(before, camera=seen_by), replace(after, camera=seen_by)


class Motion:
    """The uniforms of the items' motion.

    What is known of the frames beside this one are the axes and the camera: a depth that changes
    with time, and a source camera that moves, count as they are in this frame.
    """

    def __init__(self, arena: UniformArena, resident: Resident, items: Sequence[Item]) -> None:
        self._resident = resident
        self._slots: dict[str, UniformSlot] = {}
        for item in items:  # a surface and its background move alike
            if item.name not in self._slots:
                self._slots[item.name] = arena.slot(MOTION)
            item.motion = self._slots[item.name]

    def update(
        self, frame: EvaluatedFrame, beside: Neighbours, size: tuple[int, int], aspect: float
    ) -> None:
        """Write them. size: (width, height) of what is rendered. aspect: that of the document's own
        picture. What is not there in a frame beside this one stands still until then."""
        last, following = (self._matrices(other, size, aspect) for other in beside)
        here = self._matrices(frame, size, aspect)
        for drawn in (*frame.surfaces, *frame.geometries):
            self._slots[drawn.id].update(
                to_last=last.get(drawn.id, here[drawn.id]),
                to_next=following.get(drawn.id, here[drawn.id]),
                scale=self._scale(drawn),
            )

    def _matrices(
        self, frame: EvaluatedFrame, size: tuple[int, int], aspect: float
    ) -> dict[str, np.ndarray]:
        """Surface or geometry → (4, 4), its own space to clip."""
        tan_half = fitted(frame.camera, aspect, size[0] / size[1])
        to_clip = view_projection(frame.camera, tan_half)
        return {d.id: to_clip @ d.world for d in (*frame.surfaces, *frame.geometries)}

    def _scale(self, drawn: EvaluatedSurface | EvaluatedGeometry) -> list[float]:
        """What the numbers of the maps, forward and backward, are multiplied by to become steps of
        texture coordinates, whose V runs down."""
        motion = drawn.maps.motion
        found = [0.0] * 4
        if motion is None:
            return found
        for place, media in enumerate((motion.forward, motion.backward)):
            if media is not None:
                width, height = self._resident.picture(media, Use.VALUES).size
                found[2 * place : 2 * place + 2] = (
                    motion.scale[0] / width, -motion.scale[1] / height,
                )  # fmt: skip
        return found
