"""Matrices of the rendering camera, of lights, and of the source camera in surface space."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.scene.evaluated import EvaluatedCamera

Matrix = npt.NDArray[np.float64]

# The projection's near plane as a share of the camera's near: the camera's near and far are what
# Normalized is about and do not cut (unless Clip is on), so the picture must reach well before it.
NEAR_SHARE = 1e-3


def projection(tan_half: tuple[float, float], shift: tuple[float, float], near: float) -> Matrix:
    """Reversed-Z perspective with its far plane at infinity: depth = near / planar Z.

    (4, 4); clip w is planar Z. Upchurch and Desbrun, "Tightening the Precision of Perspective
    Rendering", 2012: with a float depth buffer the relative precision is the same everywhere.
    """
    tx, ty = tan_half
    return np.array(
        [[1 / tx, 0, shift[0], 0], [0, 1 / ty, shift[1], 0], [0, 0, 0, near], [0, 0, -1, 0]],
        np.float64,
    )


def fitted(camera: EvaluatedCamera, scene_aspect: float, aspect: float) -> tuple[float, float]:
    """tan_half of the camera on a picture of another aspect: the height is kept."""
    tx, ty = camera.tan_half
    if abs(aspect / scene_aspect - 1) < 1e-3:
        return tx, ty
    return tx * aspect / scene_aspect, ty


def view_projection(
    camera: EvaluatedCamera,
    tan_half: tuple[float, float],
    jitter_ndc: tuple[float, float] = (0.0, 0.0),
) -> Matrix:
    """World to clip, moved by `jitter_ndc` in normalised device coordinates."""
    p = projection(tan_half, camera.shift, camera.near * NEAR_SHARE)
    # clip.xy += jitter * w, and w = -z
    p[0, 2] -= jitter_ndc[0]
    p[1, 2] -= jitter_ndc[1]
    return p @ np.linalg.inv(camera.world)


def source_row(source: EvaluatedCamera) -> Matrix:
    """(4,) row r with planar Z = r . (x, y, z, 1) for points of surface space."""
    return -np.linalg.inv(source.world)[2]


def source_axes(source: EvaluatedCamera) -> Matrix:
    """(4, 4) from points of surface space to x, y and planar Z along the source camera's axes, in
    scene units."""
    return np.asarray(np.diag([1.0, 1.0, -1.0, 1.0]) @ np.linalg.inv(source.world), np.float64)


def pixels_per_texel(
    plane_to_clip: Matrix,
    plane: tuple[float, float],
    texels: tuple[int, int],
    picture: tuple[int, int],
) -> float:
    """How many pixels on screen a texel of a picture in the plane z = 0 covers along its longest
    side, at the corner where that is most; infinite where a corner is beside the camera.

    plane: (width, height) of the picture, around the origin. texels, picture: (width, height) of it
    and of what is rendered.
    """
    largest = 0.0
    half_view = np.array(picture, np.float64) / 2
    texel = np.array(plane, np.float64) / texels
    for x in (-0.5, 0.5):
        for y in (-0.5, 0.5):
            clip = plane_to_clip @ np.array([x * plane[0], y * plane[1], 0.0, 1.0])
            if clip[3] <= 1e-9:
                return np.inf
            ndc = clip[:2] / clip[3]
            slopes = (plane_to_clip[:2, :2] - np.outer(ndc, plane_to_clip[3, :2])) / clip[3]
            footprint = half_view[:, None] * slopes * texel
            largest = max(largest, float(np.linalg.norm(footprint, 2)))
    return largest


def halton(index: int, base: int) -> float:
    """The index-th number (from 1) of the low-discrepancy sequence of that base, 0..1."""
    share, result = 1.0, 0.0
    while index > 0:
        share /= base
        result += share * (index % base)
        index //= base
    return result


def jitter(sample: int, samples: int) -> tuple[float, float]:
    """Where in the pixel a sample lies, -0.5..0.5 (x right, y down). One sample: the centre."""
    if samples <= 1:
        return 0.0, 0.0
    return halton(sample + 1, 2) - 0.5, halton(sample + 1, 3) - 0.5
