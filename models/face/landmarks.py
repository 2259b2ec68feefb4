"""The 468 points of one face: MediaPipe Face Mesh.

Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs" (2019).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.face.canonical import LEFT_EYE_OUTER, POINTS, RIGHT_EYE_OUTER
from models.face.crop import Pyramid, Window
from models.face.detector import Detection
from models.runtime import Network

SIZE = 192
MARGIN = 1.5  # side of the crop over the larger side of the face's box, as the network was trained


def window_of_detection(detection: Detection) -> Window:
    """The crop for a detected face: level with the line of its eyes."""
    x, y, width, height = detection.box
    (lx, ly), (rx, ry) = detection.points[0], detection.points[1]
    return Window(x, y, max(width, height) * MARGIN, float(np.arctan2(ry - ly, rx - lx)))


def window_of_points(points: npt.NDArray[np.float64]) -> Window:
    """The crop for a face whose points (468, 3) are known, in picture pixels."""
    eyes = points[RIGHT_EYE_OUTER, :2] - points[LEFT_EYE_OUTER, :2]
    roll = float(np.arctan2(eyes[1], eyes[0]))
    c, s = np.cos(roll), np.sin(roll)
    level = points[:, :2] @ np.array([[c, -s], [s, c]])  # turned back by the roll
    low, high = level.min(0), level.max(0)
    centre = np.array([[c, -s], [s, c]]) @ ((low + high) / 2)
    return Window(float(centre[0]), float(centre[1]), float((high - low).max()) * MARGIN, roll)


def landmarks(
    network: Network, pyramid: Pyramid, window: Window
) -> tuple[npt.NDArray[np.float64], float]:
    """Points (468, 3) and presence 0..1 of the face in a window.

    x, y in picture pixels; z in the same pixels, larger is nearer, zero near the head's middle.
    """
    crop = pyramid.sample(window, SIZE, extend=True)
    values, logit = network.run((crop.astype(np.float32) / 255.0)[None])
    raw = values.reshape(POINTS, 3).astype(np.float64)
    matrix = window.to_picture(SIZE)
    points = np.empty_like(raw)
    points[:, :2] = raw[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    points[:, 2] = -raw[:, 2] * (window.side / SIZE)
    presence = 1.0 / (1.0 + np.exp(-np.clip(float(logit.reshape(-1)[0]), -60.0, 60.0)))
    return points, float(presence)
