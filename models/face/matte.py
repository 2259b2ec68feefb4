"""The outline of a person in a picture: hair, neck and shoulders as they are.

GrabCut (Rother, Kolmogorov, Blake, "GrabCut: Interactive Foreground Extraction using Iterated Graph
Cuts", 2004) on a small picture around the head, told what is likely by the outline of the ordinary
body. Where what it finds is too unlike a person, there is no answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from models.face.bust import (
    REACH,
    REACH_MIDDLE,
    Distance,
    body_of,
    outline,
    skull_outline,
)
from models.face.crop import Rgb
from models.face.pose import FLIP, HeadPose

Floats = npt.NDArray[np.float64]

CELL = 0.6  # cm: what a cell of the small picture stands for
LARGEST = 128  # cells along its longer side
SMALLEST = 24  # of its shorter side, in pixels of the picture: below that there is nothing to see
ROUNDS = 3
SURE_OUT = -10.0  # cm outside the ordinary body's outline: not the person
SURE_IN = 4.0  # cm inside it: the person, if of the head and neck
# How far what was found may leave the ordinary body's outline, outwards and inwards: beyond that
# it is more likely a thing of the same colour than the person.
BEYOND = 5.0
OVER = 4.0  # outwards over the head, where hair does not hang down
WITHIN = 5.0
ALIKE = 0.5  # intersection over union with the ordinary body at the least
SMOOTH = 1.2  # cm, sigma: the outline is cut along cells


def outline_in(
    rgb: Rgb,
    points: npt.NDArray[np.float32],
    rim: npt.NDArray[np.int32],
    pose: HeadPose,
    others: Sequence[npt.NDArray[np.float32]] = (),
    pixel_aspect: float = 1.0,
) -> Distance | None:
    """How far inside a person's outline points are, as `bust` asks for it, or None.

    rgb: (h, w, 3) uint8. points, rim: of the face, in square pixels (y as in the picture). others:
    rims (k, 2 or more) of other faces, likewise: not this person.
    """
    low, high = _window(pose, rgb.shape, pixel_aspect)
    if (high - low).min() < SMALLEST:
        return None
    cell = max(CELL * pose.scale, float((high - low).max()) / LARGEST)
    size = np.maximum(((high - low) / cell).astype(int), 2)
    step = (high - low) / size
    small = _sample(rgb, low, high, size, pixel_aspect)
    x, y = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    places = np.stack([x.ravel(), y.ravel()], axis=1) * step + low
    centimetres = (places - pose.origin[:2]) * (FLIP[:2] / pose.scale)
    body = body_of(pose)
    expected = outline(body, centimetres).reshape(y.shape)
    head = skull_outline(body, centimetres).reshape(y.shape)
    above = (centimetres - body.skull[:2]) @ body.down < 0.0
    above = above.reshape(y.shape)

    marks = np.where(expected > 0.0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[expected < SURE_OUT] = cv2.GC_BGD
    marks[above & (head < -1.5 * OVER)] = cv2.GC_BGD
    marks[expected > SURE_IN] = cv2.GC_FGD
    own = points[rim][:, :2]
    for hull, mark in [(other[:, :2], cv2.GC_BGD) for other in others] + [(own, cv2.GC_FGD)]:
        cv2.fillPoly(marks, [np.rint((hull - low) / step - 0.5).astype(np.int32)], int(mark))
    found = _cut(small, marks)
    middle = np.clip(((own.mean(0) - low) / step).astype(int), 0, size - 1)
    found = _whole(found, (int(middle[0]), int(middle[1])))
    usual = expected > 0.0
    if found is None or (found & usual).sum() < ALIKE * (found | usual).sum():
        return None
    inside = _distance(found) * (cell / pose.scale)
    limit = np.where(above, np.maximum(head + OVER, expected), expected + BEYOND)
    inside = np.minimum(inside, cv2.GaussianBlur(limit.astype(np.float32), (0, 0), 2.0))
    inside = np.maximum(inside, expected.astype(np.float32) - WITHIN)
    return lambda flat: _at(inside, ((flat * FLIP[:2] * pose.scale + pose.origin[:2]) - low) / step)


def _window(pose: HeadPose, shape: tuple[int, ...], pixel_aspect: float) -> tuple[Floats, Floats]:
    """Left top and right bottom, in square pixels, of the part of the picture that is looked at."""
    corners = (np.array([REACH_MIDDLE - REACH, REACH_MIDDLE + REACH]) * FLIP[:2]) * pose.scale
    corners += pose.origin[:2]
    size = np.array([shape[1] * pixel_aspect, shape[0]])
    return np.clip(corners.min(0), 0.0, size), np.clip(corners.max(0), 0.0, size)


def _sample(
    rgb: Rgb, low: Floats, high: Floats, size: npt.NDArray[np.int_], pixel_aspect: float
) -> Rgb:
    """The part of the picture from low to high, (size[1], size[0], 3)."""
    left, right = (round(v / pixel_aspect) for v in (low[0], high[0]))
    part = rgb[round(low[1]) : round(high[1]), left:right]
    shrinks = part.shape[0] > size[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    small = cv2.resize(part, (int(size[0]), int(size[1])), interpolation=method)
    return np.asarray(small, np.uint8)


def _cut(small: Rgb, marks: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    cv2.setRNGSeed(0)  # its colour clusters begin at random: the same picture, the same outline
    state = np.zeros((2, 1, 65))
    background, foreground = state
    cv2.grabCut(
        np.ascontiguousarray(small[..., ::-1]), marks, (0, 0, 0, 0), background, foreground, ROUNDS,
        cv2.GC_INIT_WITH_MASK,
    )  # fmt: skip
    return (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)


def _whole(found: npt.NDArray[np.bool_], middle: tuple[int, int]) -> npt.NDArray[np.bool_] | None:
    """What hangs together with the face, without holes and threads; None: the face is not in."""
    count, labels = cv2.connectedComponents(found.astype(np.uint8), connectivity=4)
    label = int(labels[middle[1], middle[0]])
    if count < 2 or label == 0:
        return None
    mask = (labels == label).astype(np.uint8)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, disk)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, disk)
    # Holes are what cannot be reached from outside the picture.
    outside, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(mask, outside, -1, 1, cv2.FILLED)
    return mask > 0


def _distance(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """In cells, positive inside; what lies on the picture's edge goes on beyond it."""
    inner = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    outer = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    inside = np.where(mask, np.minimum(inner, 1e3) - 0.5, 0.5 - np.minimum(outer, 1e3))
    soft = cv2.GaussianBlur(inside, (0, 0), SMOOTH / CELL, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(soft, np.float32)


def _at(values: npt.NDArray[np.float32], cells: Floats) -> Floats:
    """Bilinear samples (n,) at cells (n, 2), centres at .5; beyond the edges, those of the edge."""
    x, y = np.ascontiguousarray((cells.T - 0.5).astype(np.float32))[:, None]
    found = cv2.remap(
        np.asarray(values, np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return found.reshape(-1).astype(np.float64)
