"""The camera that looks at the scene in the result view: the document's own, or a free one."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import numpy.typing as npt

from engine.scene import EvaluatedCamera, EvaluatedFrame, Matrix

STEEPEST = math.radians(89.0)
NEAREST, FARTHEST = 1e-3, 1e6


class ViewCamera:
    """Follows the document's camera until it is moved by hand; `reset` goes back to it.

    It turns about `target`, a point in world space, at `distance` in scene units; yaw and pitch in
    radians, both 0 looking along -Z. The lens stays that of the document's camera.
    """

    def __init__(self) -> None:
        self.free = False
        self.target = np.zeros(3)
        self.yaw = self.pitch = 0.0
        self.distance = 1.0
        self.revision = 0

    @property
    def world(self) -> Matrix:
        """(4, 4): camera to world."""
        back = self._back()
        right = np.array([math.cos(self.yaw), 0.0, -math.sin(self.yaw)])
        matrix = np.eye(4)
        matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = right, np.cross(back, right), back
        matrix[:3, 3] = self.target + self.distance * back
        return matrix

    def seen(self, frame: EvaluatedFrame) -> EvaluatedFrame:
        """The frame as this camera sees it."""
        if not self.free:
            return frame
        camera = dataclasses.replace(frame.camera, world=self.world)
        return dataclasses.replace(frame, camera=camera)

    def take(self, camera: EvaluatedCamera, centre: npt.ArrayLike) -> None:
        """Start from the document's camera, if it is not free yet. centre: of what is shown; the
        camera will turn about the point of its axis that is nearest to it."""
        if self.free:
            return
        world = camera.world
        back = world[:3, 2] / np.linalg.norm(world[:3, 2])
        away = float((world[:3, 3] - np.asarray(centre)) @ back)
        self.distance = away if away > NEAREST else max(camera.near, NEAREST)
        self.target = world[:3, 3] - self.distance * back
        self.yaw = math.atan2(back[0], back[2])
        self.pitch = math.asin(max(-1.0, min(1.0, float(back[1]))))
        self.free = True

    def reset(self) -> None:
        """Follow the document's camera again."""
        self.free = False
        self.revision += 1

    def orbit(self, dx: float, dy: float) -> None:
        """Turn about the target: radians to the right and down."""
        self.yaw = math.remainder(self.yaw - dx, 2 * math.pi)
        self.pitch = max(-STEEPEST, min(STEEPEST, self.pitch + dy))
        self.revision += 1

    def pan(self, dx: float, dy: float, tan_half_height: float) -> None:
        """Move across, so that the target's plane follows the pointer: shares of the picture's
        height, to the right and down."""
        scale = 2.0 * tan_half_height * self.distance
        world = self.world
        self.target = self.target + scale * (-dx * world[:3, 0] + dy * world[:3, 1])
        self.revision += 1

    def dolly(self, factor: float) -> None:
        """Come nearer (factor below 1) or go away."""
        self.distance = max(NEAREST, min(FARTHEST, self.distance * factor))
        self.revision += 1

    def frame(
        self, corners: npt.NDArray[np.float64], tan_half: tuple[float, float], share: float = 0.94
    ) -> None:
        """Show all of these world points (n, 3), from the same direction, as large as `share`."""
        if len(corners) == 0:
            return
        self.target = (corners.min(axis=0) + corners.max(axis=0)) / 2
        seen = (corners - self.target) @ self.world[:3, :3]
        # A point at (x, y, z) is inside while |x| <= tan * (distance - z).
        needed = seen[:, 2] + np.maximum(
            np.abs(seen[:, 0]) / (tan_half[0] * share), np.abs(seen[:, 1]) / (tan_half[1] * share)
        )
        # Points on the line of sight need no room; they are to be before the camera all the same.
        self.distance = max(NEAREST, float(needed.max()), float(seen[:, 2].max()) + NEAREST)
        self.free = True
        self.revision += 1

    def _back(self) -> npt.NDArray[np.float64]:
        """From the target to the camera, of length 1."""
        level = math.cos(self.pitch)
        return np.array(
            [level * math.sin(self.yaw), math.sin(self.pitch), level * math.cos(self.yaw)]
        )
