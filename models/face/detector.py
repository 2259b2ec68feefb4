"""Where the faces are: BlazeFace short range.

Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs" (2019). Input
128 x 128; output 896 boxes, each relative to an anchor at a fixed place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.face.crop import Pyramid, Window
from models.runtime import Network

SIZE = 128
MIN_SCORE = 0.5
MIN_OVERLAP = 0.3


@dataclass(frozen=True, slots=True)
class Detection:
    """box: (x, y, width, height) with the centre, in picture pixels. points: (6, 2) picture pixels:
    left eye, right eye (as seen in the picture), nose, mouth, left ear, right ear. score 0..1."""

    box: tuple[float, float, float, float]
    points: npt.NDArray[np.float64]
    score: float


def anchors() -> npt.NDArray[np.float64]:
    """(896, 2): centres of the anchors in 0..1 of the input, in the order of the outputs: 16 x 16
    cells with two anchors each, then 8 x 8 with six."""
    grids: list[npt.NDArray[np.float64]] = []
    for cells, repeats in ((16, 2), (8, 6)):
        centres = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(centres, centres, indexing="ij")
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], 1), repeats, axis=0))
    return np.concatenate(grids)


ANCHORS = anchors()


def detect(network: Network, pyramid: Pyramid, window: Window) -> list[Detection]:
    """All candidates in a window with a score of at least `MIN_SCORE`, overlaps not yet merged."""
    crop = pyramid.sample(window, SIZE, extend=False)
    regressors, logits = network.run((crop.astype(np.float32) / 127.5 - 1.0)[None])
    scores = 1.0 / (1.0 + np.exp(-np.clip(logits[0, :, 0].astype(np.float64), -60, 60)))
    keep = np.flatnonzero(scores >= MIN_SCORE)
    values = regressors[0, keep].astype(np.float64)
    matrix = window.to_picture(SIZE)
    scale = window.side / SIZE
    found: list[Detection] = []
    for row, anchor, score in zip(values, ANCHORS[keep] * SIZE, scores[keep], strict=True):
        points = np.concatenate([row[None, :2], row[4:].reshape(6, 2)]) + anchor
        points = points @ matrix[:, :2].T + matrix[:, 2]
        box = (points[0, 0], points[0, 1], abs(row[2]) * scale, abs(row[3]) * scale)
        found.append(Detection(box, points[1:], float(score)))
    return found


def merge(found: list[Detection]) -> list[Detection]:
    """Weighted non-maximum suppression: overlapping candidates become their mean, weighted by
    score, with the best one's score; best first. Steadier than keeping the best one alone."""
    rest = sorted(found, key=lambda d: d.score, reverse=True)
    merged: list[Detection] = []
    while rest:
        overlaps = [overlap(rest[0], other) >= MIN_OVERLAP for other in rest]
        overlaps[0] = True
        group = [d for d, same in zip(rest, overlaps, strict=True) if same]
        rest = [d for d, same in zip(rest, overlaps, strict=True) if not same]
        weights = np.array([d.score for d in group])
        weights /= weights.sum()
        box = weights @ np.array([d.box for d in group])
        points = np.tensordot(weights, np.stack([d.points for d in group]), 1)
        merged.append(Detection((box[0], box[1], box[2], box[3]), points, group[0].score))
    return merged


def overlap(a: Detection, b: Detection) -> float:
    """Intersection over union of two boxes, 0..1."""
    (ax, ay, aw, ah), (bx, by, bw, bh) = a.box, b.box
    width = min(ax + aw / 2, bx + bw / 2) - max(ax - aw / 2, bx - bw / 2)
    height = min(ay + ah / 2, by + bh / 2) - max(ay - ah / 2, by - bh / 2)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (aw * ah + bw * bh - shared)
