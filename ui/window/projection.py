"""Between the picture in the result view and the scene: what lies where."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.scene import EvaluatedCamera, Matrix
from passes.camera import view_projection

Points = npt.NDArray[np.float64]


class Projector:
    """A camera's picture. Places in it are fractions, (0, 0) its top left corner."""

    def __init__(self, camera: EvaluatedCamera) -> None:
        self.camera = camera
        self._to_clip = view_projection(camera, camera.tan_half)
        self._from_clip = np.linalg.inv(self._to_clip)

    def places(self, points: npt.ArrayLike) -> tuple[Points, npt.NDArray[np.bool_]]:
        """World points (n, 3) as places (n, 2), and which of them are in front of the camera."""
        world = np.asarray(points, np.float64)
        clip = np.column_stack([world, np.ones(len(world))]) @ self._to_clip.T
        w = clip[:, 3]
        safe = np.where(np.abs(w) < 1e-9, 1e-9, w)
        ndc = clip[:, :2] / safe[:, None]
        return np.column_stack([ndc[:, 0] + 1, 1 - ndc[:, 1]]) / 2, w > 1e-9

    def ray(self, x: float, y: float) -> tuple[Points, Points]:
        """The camera's position and the direction (3,), of length 1, through a place."""
        near = self._from_clip @ np.array([2 * x - 1, 1 - 2 * y, 1.0, 1.0])
        eye = self.camera.world[:3, 3]
        direction = near[:3] / near[3] - eye
        return eye, direction / np.linalg.norm(direction)

    def on_plane(self, x: float, y: float, world: Matrix) -> Points | None:
        """Where the ray through a place meets the plane z = 0 of a space, in that space (x, y);
        None where it does not."""
        inverse = np.linalg.inv(world)
        eye, direction = self.ray(x, y)
        start = inverse[:3, :3] @ eye + inverse[:3, 3]
        along = inverse[:3, :3] @ direction
        if abs(along[2]) < 1e-9 or -start[2] / along[2] <= 0:
            return None
        return (start - start[2] / along[2] * along)[:2]
