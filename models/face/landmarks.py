"""The 468 points of one face: MediaPipe Face Mesh.

Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs" (2019).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.face.canonical import LEFT_EYE_OUTER, POINTS, RIGHT_EYE_OUTER
from models.face.crop import Pyramid, Rgb, Window
from models.face.detector import Detection
from models.runtime import Network, sigmoid

SIZE = 192
MARGIN = 1.5  # side of the crop over the larger side of the face's box, as the network was trained

# How far a crop may lie beside the one that its own points ask for, as a share of its side, and
# differ from it in size and turn, before it is taken again.
MOVED, GROWN, TURNED = 0.03, 1.04, 0.05

MIN_FIRST_PRESENCE = 0.1  # in the detector's coarse crop: only to give up early
# Of 40 candidates in pictures without a face, the highest presence was 0.62; real faces, mirrored
# profiles among them, are above 0.99.
MIN_PRESENCE = 0.8

Floats = npt.NDArray[np.float64]


def window_of_detection(detection: Detection) -> Window:
    """The crop for a detected face: level with the line of its eyes."""
    x, y, width, height = detection.box
    (lx, ly), (rx, ry) = detection.points[0], detection.points[1]
    return Window(x, y, max(width, height) * MARGIN, float(np.arctan2(ry - ly, rx - lx)))


def window_of_points(points: Floats) -> Window:
    """The crop for a face whose points (468, 3) are known, in square pixels."""
    eyes = points[RIGHT_EYE_OUTER, :2] - points[LEFT_EYE_OUTER, :2]
    roll = float(np.arctan2(eyes[1], eyes[0]))
    c, s = np.cos(roll), np.sin(roll)
    level = points[:, :2] @ np.array([[c, -s], [s, c]])  # turned back by the roll
    low, high = level.min(0), level.max(0)
    centre = np.array([[c, -s], [s, c]]) @ ((low + high) / 2)
    return Window(float(centre[0]), float(centre[1]), float((high - low).max()) * MARGIN, roll)


def fit(
    network: Network, pyramid: Pyramid, detection: Detection, mirror: npt.NDArray[np.int32]
) -> tuple[Floats, float] | None:
    """Points (468, 3) and presence 0..1 of a detected face, or None where there is none after all.

    x, y in square pixels; z in the same pixels, larger is nearer, zero near the head's middle.
    mirror: (468,) the index of each point's counterpart on the other side of the face.

    The detector's box and roll are coarse, so the crop is taken again from the points, twice; the
    last time the mean of the crop and its mirror image is used. Over small turns, zooms and noise
    of one face that halves the scatter of the points to about 0.2 % of the face's width (0.3 % in
    z), and a mirrored picture gives the mirrored face.
    """
    points, presence = _look(network, pyramid, window_of_detection(detection))
    if presence < MIN_FIRST_PRESENCE:
        return None
    points, presence = _look(network, pyramid, window_of_points(points))
    if presence < MIN_FIRST_PRESENCE:
        return None
    points, presence = _look(network, pyramid, window_of_points(points), mirror)
    return (points, presence) if presence >= MIN_PRESENCE else None


def follow(
    network: Network, pyramid: Pyramid, before: Floats, mirror: npt.NDArray[np.int32]
) -> tuple[Floats, float] | None:
    """The same for a face whose points were `before` (468, at least 2) a moment ago: half the work.

    Only where the face has moved on is the crop taken again. None where it is there no more.
    """
    window = window_of_points(before)
    points, presence = _look(network, pyramid, window, mirror)
    if presence >= MIN_FIRST_PRESENCE and not _is_near(window, window_of_points(points)):
        points, presence = _look(network, pyramid, window_of_points(points), mirror)
    return (points, presence) if presence >= MIN_PRESENCE else None


def _is_near(a: Window, b: Window) -> bool:
    turn = (a.roll - b.roll + np.pi) % (2 * np.pi) - np.pi
    larger = max(a.side, b.side) / max(min(a.side, b.side), 1e-9)
    moved = float(np.hypot(a.x - b.x, a.y - b.y))
    return moved <= MOVED * a.side and larger <= GROWN and abs(turn) <= TURNED


def _look(
    network: Network,
    pyramid: Pyramid,
    window: Window,
    mirror: npt.NDArray[np.int32] | None = None,
) -> tuple[Floats, float]:
    crop = pyramid.sample(window, SIZE, extend=True)
    raw, presence = _run(network, crop)
    if mirror is not None:
        other, other_presence = _run(network, np.ascontiguousarray(crop[:, ::-1]))
        other = other[mirror]
        other[:, 0] = SIZE - other[:, 0]
        raw, presence = (raw + other) / 2, (presence + other_presence) / 2
    matrix = window.to_picture(SIZE)
    points = np.empty_like(raw)
    points[:, :2] = raw[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    points[:, 2] = -raw[:, 2] * (window.side / SIZE)
    return points, presence


def _run(network: Network, crop: Rgb) -> tuple[Floats, float]:
    values, logit = network.run((crop.astype(np.float32) / 255.0)[None])
    return values.reshape(POINTS, 3).astype(np.float64), float(sigmoid(logit).reshape(-1)[0])
