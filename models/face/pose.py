"""Where a head is and how it is turned, and how large a centimetre is there: the canonical face,
which is in centimetres, brought over the landmarks as a rigid body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.face.relief import lengths, similarity

Floats = npt.NDArray[np.float64]

ROUNDS = 4  # of weighting; the weights settle in three
ORDINARY = 1.5  # medians of error up to which a landmark counts fully
JAW = -2.5, -1.0  # cm, height over which landmarks begin to count, and count fully


@dataclass(frozen=True, slots=True, eq=False)  # arrays do not compare to yes or no
class HeadPose:
    """The canonical face's place in a picture, under weak perspective.

    scale: picture pixels per centimetre. rotation: (3, 3) from the head's axes (x right, y up,
    z toward the camera for a head that looks into it) to the picture's (the same, y up). origin:
    (3,) of the head's axes, in pixels: x right, y down, z toward the camera.
    """

    scale: float
    rotation: Floats
    origin: Floats

    def place(self, points: Floats) -> Floats:
        """(n, 3) of the head's axes in centimetres to (n, 3) pixels of the picture, y down."""
        return (points @ self.rotation.T) * (self.scale * FLIP) + self.origin


FLIP = np.array([1.0, -1.0, 1.0])


def head_pose(landmarks: Floats, shape: Floats) -> HeadPose:
    """The pose that explains landmarks (468, 3) best: square pixels, y down, z larger nearer.

    shape: (468, 3) the canonical face in centimetres. The skull is what is wanted, so mouth and jaw
    do not count, and of the others those that are far off count less (Huber's weights).
    """
    target = landmarks * FLIP
    skull = np.clip((shape[:, 1] - JAW[0]) / (JAW[1] - JAW[0]), 0.0, 1.0)
    upper = skull > 0.0
    shape, target, skull = shape[upper], target[upper], skull[upper]
    scale, rotation, shift = similarity(shape, target, skull)
    for _ in range(ROUNDS):
        error = lengths(target - (scale * shape @ rotation.T + shift))
        limit = max(ORDINARY * float(np.median(error)), 1e-9)
        weights = skull * limit / np.maximum(error, limit)
        scale, rotation, shift = similarity(shape, target, weights)
    return HeadPose(scale, rotation, shift * FLIP)
