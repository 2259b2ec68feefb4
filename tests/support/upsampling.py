"""Pictures with known depth, and what a network that sees them small would say of them.

Depth is a share of a range of inverse depth (0 far, 1 near), linear in the picture on planes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.media import DepthMap
from engine.scene import EvaluatedZMap

Floats = npt.NDArray[np.floating[Any]]
OVERSAMPLED = 3
LARGE = 640 * 480  # pixels


@dataclass(frozen=True)
class Truth:
    """picture: (h, w, 3) uint8 sRGB, anti-aliased. depth: (h, w) at pixel centres. fine: the same,
    OVERSAMPLED times as fine where that is kept."""

    picture: npt.NDArray[np.uint8]
    depth: Floats
    fine: Floats


class Answers:
    """An analysis that answers with what it was given."""

    def __init__(self, *results: Any) -> None:
        self.results = results

    def result(self, z_map: EvaluatedZMap, frame: int) -> Any:
        return self.results[(frame - 1001) % len(self.results)]


def checks(u: Floats, v: Floats, size: float, light: Any, dark: Any) -> Floats:
    odd = (np.floor(u / size) + np.floor(v / size)) % 2 == 1
    return np.where(odd[..., None], np.array(light, float), np.array(dark, float))


def _still_life(u: Floats, v: Floats, contrast: float) -> tuple[Floats, Floats]:
    """A papered wall, a floor that comes near, and before them a ball, a box and a thin pole."""
    depth = 0.1 + 0.05 * u
    colour = checks(u, v, 0.03, (150, 160, 172), (138, 148, 160))

    def put(where: Any, value: Any, paint: Floats) -> None:
        nonlocal depth, colour
        depth = np.where(where, value, depth)
        # contrast: how much of its difference from a middle grey is left
        colour = np.where(where[..., None], 150 + contrast * (paint - 150), colour)

    put(v > 0.7, 0.1 + 1.5 * (v - 0.7) + 0.05 * u, checks(u, v, 0.05, (120, 90, 60), (90, 70, 40)))
    ball = (u - 0.45) ** 2 + (v - 0.5) ** 2
    put(
        ball < 0.05, 0.55 + 0.5 * np.sqrt(np.maximum(0.05 - ball, 0)),
        checks(u + v, u - v, 0.06, (220, 60, 50), (190, 100, 90)),
    )  # fmt: skip
    put(
        (np.abs(u - 0.95) < 0.18) & (np.abs(v - 0.72) < 0.15), 0.75 - 0.3 * (u - 0.95),
        checks(u, v, 0.02, (40, 80, 50), (60, 110, 80)),
    )  # fmt: skip
    pole = np.abs(u - 1.1 - 0.25 * (v - 0.5)) < 0.018
    put(pole & (v < 0.8), 0.95 + 0 * u, checks(u, v, 0.08, (240, 230, 90), (225, 200, 60)))
    return depth, colour


def _portrait(u: Floats, v: Floats, contrast: float) -> tuple[Floats, Floats]:
    """A head and shoulders in a patterned shirt, before a landscape out of focus."""
    depth = 0.05 + 0.1 * v
    sky = 0.5 + 0.5 * np.sin(7 * u + 2) * np.sin(9 * v + 1)
    colour = np.stack([90 + 60 * sky, 110 + 40 * sky, 140 - 50 * sky], axis=-1)
    middle = 2 / 3
    shirt = ((u - middle) / 0.5) ** 2 + ((v - 1.1) / 0.42) ** 2
    paint = checks(u, v, 0.035, (40, 45, 90), (90, 40, 45))
    where = shirt < 1
    depth = np.where(where, 0.6 + 0.15 * np.sqrt(np.maximum(1 - shirt, 0)), depth)
    colour = np.where(where[..., None], 110 + contrast * (paint - 110), colour)
    head = ((u - middle) / 0.17) ** 2 + ((v - 0.42) / 0.24) ** 2
    where = head < 1
    depth = np.where(where, 0.72 + 0.2 * np.sqrt(np.maximum(1 - head, 0)), depth)
    skin = np.array([205.0, 160, 135]) - 40 * (u - middle + 0.1)[..., None]
    hair = (v < 0.3 + 0.3 * np.abs(u - middle))[..., None]
    colour = np.where(where[..., None], np.where(hair, np.array([60.0, 42, 30]), skin), colour)
    return depth, colour


SCENES = {"still life": _still_life, "portrait": _portrait}


def scene_of(name: str, size: tuple[int, int], contrast: float = 1.0, grain: float = 2.0) -> Truth:
    """One of SCENES at a size (width, height), with grain (sigma in 8-bit steps).

    Large ones are drawn some rows at a time, and what is oversampled is not kept: their `fine` is
    the depth itself.
    """
    width, height = size
    scale, middle = height * OVERSAMPLED, OVERSAMPLED // 2
    band = height if width * height <= LARGE else 16
    rng = np.random.default_rng(3)
    pictures: list[npt.NDArray[np.uint8]] = []
    depths: list[Floats] = []
    fine: Floats = np.zeros(0)
    for top in range(0, height, band):
        rows = min(band, height - top)
        y, x = np.mgrid[0 : rows * OVERSAMPLED, 0 : width * OVERSAMPLED]
        u, v = (x + 0.5) / scale, (y + top * OVERSAMPLED + 0.5) / scale
        fine, colour = SCENES[name](u, v, contrast)
        mean = colour.reshape(rows, OVERSAMPLED, width, OVERSAMPLED, 3).mean(axis=(1, 3))
        mean += rng.normal(0, grain, mean.shape)
        pictures.append(np.clip(np.round(mean), 0, 255).astype(np.uint8))
        depths.append(fine[middle::OVERSAMPLED, middle::OVERSAMPLED].copy())
    depth = np.concatenate(depths)
    return Truth(np.concatenate(pictures), depth, fine if len(depths) == 1 else depth)


def seen_small(truth: Truth, size: tuple[int, int], blur: float = 0.0) -> DepthMap:
    """The depth at a network's size (width, height): the mean of each of its pixels, and a Gaussian
    of `blur` of them over it."""
    small = cv2.resize(truth.fine.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    if blur > 0:
        small = cv2.GaussianBlur(small, (0, 0), blur, borderType=cv2.BORDER_REPLICATE)
    return DepthMap(small.astype(np.float32))


def bilinear(depth: DepthMap, size: tuple[int, int]) -> Floats:
    """The map at a size (width, height), without looking at the picture."""
    return np.asarray(cv2.resize(depth.values, size, interpolation=cv2.INTER_LINEAR), np.float64)


def to_outlines(truth: Floats, least: float = 0.08) -> npt.NDArray[np.float32]:
    """How many pixels away the nearest step of depth is."""
    steps = cv2.morphologyEx(truth.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((3, 3))) > least
    away = cv2.distanceTransform((~steps).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(away, np.float32)


def beside_outlines(truth: Floats, pixels: float, least: float = 0.08) -> npt.NDArray[np.bool_]:
    """Whether a step of depth lies within so many pixels."""
    return to_outlines(truth, least) <= pixels


def outline_length(depth: Floats, between: float) -> int:
    """How many pairs of neighbouring pixels lie on the two sides of a value: a ragged outline is
    longer than a smooth one."""
    near = depth > between
    across = np.count_nonzero(near[:, 1:] != near[:, :-1])
    return int(across + np.count_nonzero(near[1:] != near[:-1]))
