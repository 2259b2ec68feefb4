"""Where the faces are: BlazeFace short range.

Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs" (2019). Input
128 x 128; output 896 boxes, each relative to an anchor at a fixed place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.face.crop import Pyramid, Window
from models.runtime import Network, sigmoid

SIZE = 128
MIN_SCORE = 0.5
MIN_OVERLAP = 0.3
SURE = 0.8  # upright faces in the test pictures are above


@dataclass(frozen=True, slots=True)
class Detection:
    """box: (x, y, width, height) with the centre, in square pixels. points: (6, 2) square pixels:
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


def find(network: Network, pyramid: Pyramid, *, thorough: bool = True) -> list[Detection]:
    """The faces of a picture, best first.

    The network sees faces from about a tenth of its window's side up. thorough: look at overlapping
    windows of half the picture's longer side as well, and when nothing is found, at windows of a
    quarter, and at the picture on its sides and upside down; so faces from about 4 % of the longer
    side are found, when there are no larger ones, and any turn.
    """
    width, height = pyramid.size
    longer = max(width, height)
    whole = Window(width / 2, height / 2, longer)
    found = detect(network, pyramid, whole)
    if thorough:
        found += _in_tiles(network, pyramid, longer / 2)
        # A face at a steep angle is found with a low score and may be taken for one at another
        # angle: a turned picture shows it upright, with a high score.
        if max((d.score for d in found), default=0.0) < SURE:
            for turn in (0.5, 1.0, -0.5):
                turned = Window(whole.x, whole.y, longer, np.pi * turn)
                found += detect(network, pyramid, turned)
        if not found:
            found = _in_tiles(network, pyramid, longer / 4)
    return best(found)


def tiles(width: float, height: float, side: float) -> list[Window]:
    """Windows of a side that cover a picture, overlapping by half or more, so that whatever is no
    larger than half a window is whole in one of them."""

    def centres(length: float) -> npt.NDArray[np.float64]:
        if length <= side:
            return np.array([length / 2])
        count = int(np.ceil((length - side) / (side / 2) - 1e-9)) + 1
        return np.linspace(side / 2, length - side / 2, count)

    return [Window(float(x), float(y), side) for y in centres(height) for x in centres(width)]


def _in_tiles(network: Network, pyramid: Pyramid, side: float) -> list[Detection]:
    if side < SIZE * 0.75:  # nothing to be seen that the whole picture did not show
        return []
    return [d for tile in tiles(*pyramid.size, side) for d in detect(network, pyramid, tile)]


def detect(network: Network, pyramid: Pyramid, window: Window) -> list[Detection]:
    """The faces in one window with a score of at least `MIN_SCORE`, best first."""
    crop = pyramid.sample(window, SIZE, extend=False)
    regressors, logits = network.run((crop.astype(np.float32) / 127.5 - 1.0)[None])
    return merge(decode(regressors[0], sigmoid(logits[0, :, 0]), window))


def decode(
    regressors: npt.NDArray[np.float32], scores: npt.NDArray[np.float64], window: Window
) -> list[Detection]:
    """The network's candidates with a score of at least `MIN_SCORE`, brought back to the picture.

    regressors: (896, 16): box centre and size, then 6 key points, as offsets from the anchor in
    1/128 of the window. scores: (896,) 0..1.
    """
    keep = np.flatnonzero(scores >= MIN_SCORE)
    matrix = window.to_picture(SIZE)
    scale = window.side / SIZE
    found: list[Detection] = []
    for row, anchor, score in zip(
        regressors[keep].astype(np.float64), ANCHORS[keep] * SIZE, scores[keep], strict=True
    ):
        points = np.concatenate([row[None, :2], row[4:].reshape(6, 2)]) + anchor
        points = points @ matrix[:, :2].T + matrix[:, 2]
        x, y, width, height = (*points[0], abs(row[2]) * scale, abs(row[3]) * scale)
        box = (float(x), float(y), float(width), float(height))
        found.append(Detection(box, points[1:], float(score)))
    return found


def merge(found: list[Detection]) -> list[Detection]:
    """Weighted non-maximum suppression: overlapping candidates of one window become their mean,
    weighted by score, with the best one's score; best first. Steadier than the best one alone."""
    rest = sorted(found, key=lambda d: d.score, reverse=True)
    merged: list[Detection] = []
    while rest:
        overlaps = [overlap(rest[0], other) >= MIN_OVERLAP for other in rest]
        overlaps[0] = True
        group = [d for d, same in zip(rest, overlaps, strict=True) if same]
        rest = [d for d, same in zip(rest, overlaps, strict=True) if not same]
        weights = np.array([d.score for d in group])
        weights /= weights.sum()
        x, y, width, height = (float(v) for v in weights @ np.array([d.box for d in group]))
        points = np.tensordot(weights, np.stack([d.points for d in group]), 1)
        merged.append(Detection((x, y, width, height), points, group[0].score))
    return merged


def best(found: list[Detection]) -> list[Detection]:
    """Plain non-maximum suppression, for faces from different windows: one cut by the edge of its
    window, or seen at a wrong angle, must not pull at the one that was seen well."""
    kept: list[Detection] = []
    for candidate in sorted(found, key=lambda d: d.score, reverse=True):
        if all(overlap(candidate, other) < MIN_OVERLAP for other in kept):
            kept.append(candidate)
    return kept


def overlap(a: Detection, b: Detection) -> float:
    """Intersection over union of two boxes, 0..1."""
    (ax, ay, aw, ah), (bx, by, bw, bh) = a.box, b.box
    width = min(ax + aw / 2, bx + bw / 2) - max(ax - aw / 2, bx - bw / 2)
    height = min(ay + ah / 2, by + bh / 2) - max(ay - ah / 2, by - bh / 2)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (aw * ah + bw * bh - shared)
