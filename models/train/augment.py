"""Makes a rendered frame look like any photo of any camera, without changing what is nearer.

Pictures are (h, w, 3) float32 sRGB from 0 to 1, depths (h, w) float32 inverse depth (0 is sky).
All randomness comes from the generator that is handed in.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Picture = NDArray[np.float32]
Depth = NDArray[np.float32]


def reframe(
    picture: Picture, depth: Depth, size: tuple[int, int], rng: Generator
) -> tuple[Picture, Depth]:
    """A random part of the frame, mirrored, tilted and stretched a little, at `size` (w, h)."""
    height, width = depth.shape
    share = rng.uniform(0.3, 1.0) ** 0.5  # of the longer side that fits
    aspect = size[0] / size[1] * np.exp(rng.uniform(-0.22, 0.22))
    crop_w = min(width, height * aspect) * share
    crop_h = crop_w / aspect
    centre_x = rng.uniform(crop_w / 2, width - crop_w / 2)
    centre_y = rng.uniform(crop_h / 2, height - crop_h / 2)
    tilt = np.radians(rng.normal(0, 4.0)) if rng.random() < 0.5 else 0.0
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    # Pixel centres of the target to those of the frame.
    scale_x, scale_y = mirror * crop_w / size[0], crop_h / size[1]
    cos, sin = np.cos(tilt), np.sin(tilt)
    matrix = np.array([[cos * scale_x, -sin * scale_y], [sin * scale_x, cos * scale_y]])
    offset = np.array([centre_x, centre_y]) - matrix @ (np.array(size) / 2)
    affine = np.column_stack([matrix, offset + matrix @ [0.5, 0.5] - 0.5])
    edge = cv2.BORDER_REFLECT_101
    inverse = cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(picture, affine, size, None, cv2.INTER_LINEAR | inverse, edge)
    cut_depth = cv2.warpAffine(depth, affine, size, None, cv2.INTER_NEAREST | inverse, edge)
    return cut.astype(np.float32), cut_depth.astype(np.float32)


def occlude(
    picture: Picture, depth: Depth, other: Picture, other_depth: Depth, rng: Generator
) -> tuple[Picture, Depth]:
    """Pastes the near things of another frame in front: nearness is not where a thing stands.

    What is pasted keeps its own relief and is nearer than all that it covers.
    """
    bound = np.quantile(other_depth, rng.uniform(0.55, 0.9))
    mask = other_depth > max(bound, 1e-6)
    share = mask.mean()
    if not 0.02 < share < 0.5:
        return picture, depth
    covered = float(np.quantile(depth[mask], 0.98))
    nearest = max(float(other_depth[mask].min()), 1e-6)
    lift = max(covered * rng.uniform(1.05, 1.6), 1e-3) / nearest
    soft = cv2.GaussianBlur(mask.astype(np.float32), (3, 3), 0)[..., None]
    pasted = picture * (1 - soft) + other * soft
    return pasted.astype(np.float32), np.where(mask, other_depth * lift, depth).astype(np.float32)


def reflect(picture: Picture, other: Picture, rng: Generator) -> Picture:
    """Lays another picture over this one, weakly and in places, as glass and gloss do."""
    strength = np.clip(_field(picture.shape, rng, 0.5) - 0.3, 0, 1) * rng.uniform(0.15, 0.5)
    turned = other[::-1] if rng.random() < 0.5 else other
    return (picture + strength[..., None] * (turned - 0.5 * picture)).astype(np.float32)


def develop(picture: Picture, rng: Generator) -> Picture:
    """Light, lens, sensor and file of another camera."""
    x = picture
    if rng.random() < 0.35:
        x = _shade(x, rng)
    if rng.random() < 0.8:
        x = np.clip(x, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.3)))
        x = x * (rng.uniform(0.7, 1.3) * np.exp(rng.normal(0, 0.1, 3))).astype(np.float32)
    if rng.random() < 0.4:
        grey = x.mean(-1, keepdims=True)
        x = grey + (x - grey) * rng.uniform(0.0, 1.7)
    if rng.random() < 0.3:
        level = x.mean()
        x = level + (x - level) * rng.uniform(0.5, 1.5)
    if rng.random() < 0.1:
        x = x[..., rng.permutation(3)]
    if rng.random() < 0.12:
        x = np.repeat(x.mean(-1, keepdims=True), 3, -1)
    x = np.clip(x, 0, 1).astype(np.float32)
    if rng.random() < 0.3:
        x = _soften(x, rng)
    if rng.random() < 0.5:
        strength = np.float32(rng.uniform(0.005, 0.06))
        grain = rng.standard_normal(x.shape, dtype=np.float32) * strength
        if rng.random() < 0.3:
            grain = cv2.GaussianBlur(grain, (0, 0), rng.uniform(0.5, 1.2)) * 1.5
        x = np.clip(x + grain, 0, 1).astype(np.float32)
    if rng.random() < 0.35:
        x = _compress(x, int(rng.integers(15, 85)))
    return x


def _shade(x: Picture, rng: Generator) -> Picture:
    """A soft patch of light or shadow, so that brightness does not tell depth."""
    return (x * np.exp(_field(x.shape, rng, 0.35))[..., None]).astype(np.float32)


def _field(shape: tuple[int, ...], rng: Generator, spread: float) -> NDArray[np.float32]:
    """(h, w): soft patches around 0."""
    coarse = rng.normal(0, spread, (int(rng.integers(2, 5)), int(rng.integers(2, 5))))
    size = (shape[1], shape[0])
    field = cv2.resize(coarse.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(field, np.float32)


def _soften(x: Picture, rng: Generator) -> Picture:
    """Out of focus, moved, or enlarged from a small picture."""
    kind = rng.integers(3)
    if kind == 0:
        return cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 1.6)).astype(np.float32)
    if kind == 1:
        length = int(rng.integers(2, 6))
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1 / length
        if rng.random() < 0.5:
            kernel = np.ascontiguousarray(kernel.T)
        return cv2.filter2D(x, -1, kernel).astype(np.float32)
    height, width = x.shape[:2]
    factor = rng.uniform(0.4, 0.9)
    small = cv2.resize(x, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height)).astype(np.float32)


def _compress(x: Picture, quality: int) -> Picture:
    bgr = np.ascontiguousarray((x[..., ::-1] * 255).astype(np.uint8))
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    back = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert back is not None  # it was written two lines above
    return (back[..., ::-1] / 255).astype(np.float32)
