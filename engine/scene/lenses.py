"""What cameras see: tangents of the half field of view, and the camera that frames a surface."""

from __future__ import annotations

import math

import numpy as np

from engine.scene.curves import value_at
from engine.scene.evaluated import EvaluatedCamera, Matrix
from engine.scene.node_base import SMALLEST_DEPTH
from engine.scene.nodes import Camera, FilmFit, Lens

DEFAULT_FOV = 40.0
"""Vertical field of view of a new camera, in degrees."""

NEAR_SHARE, FAR_SHARE = 0.5, 2.0
"""Near and far of a new camera, as shares of its distance from what it frames."""


def framing_distance(height: float = 1.0, fov: float = DEFAULT_FOV) -> float:
    """How far from a plane of this height a camera sees exactly all of it: 1.374 for height 1."""
    return 0.5 * height / math.tan(math.radians(0.5 * fov))


def framing_camera(size: tuple[float, float], id: str = "") -> EvaluatedCamera:
    """The camera that frames a plane of this (width, height) exactly. It stands on the plane's +Z;
    `world` is camera to the plane's own space."""
    width, height = size
    distance = framing_distance(height)
    world = np.eye(4)
    world[2, 3] = distance
    tan_half = (0.5 * width / distance, 0.5 * height / distance)
    near, far = NEAR_SHARE * distance, FAR_SHARE * distance
    return EvaluatedCamera(id, world, tan_half, (0.0, 0.0), near, far, clip=False)


def evaluate_camera(camera: Camera, frame: float, world: Matrix, aspect: float) -> EvaluatedCamera:
    """A camera at a frame. world: camera to wherever it is wanted. aspect: width over height of the
    picture it takes, pixel aspect included."""
    tan_half, film = _view(camera, frame, aspect)
    offset = (value_at(camera.film_offset[0], frame), value_at(camera.film_offset[1], frame))
    shift = (2.0 * offset[0] / film[0], 2.0 * offset[1] / film[1])
    near = max(value_at(camera.near, frame), SMALLEST_DEPTH)
    far = max(value_at(camera.far, frame), near * (1.0 + 1e-6))
    return EvaluatedCamera(camera.id, world, tan_half, shift, near, far, camera.clip)


def _view(
    camera: Camera, frame: float, aspect: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Tangents of the half angles, and the (width, height) in mm of the film that is used."""
    width, height = (max(value_at(side, frame), 1e-6) for side in camera.film_back)
    if camera.lens is Lens.FIELD_OF_VIEW:
        fov = min(max(value_at(camera.fov, frame), 0.01), 179.0)
        vertical = math.tan(math.radians(0.5 * fov))
        return (vertical * aspect, vertical), (height * aspect, height)
    if camera.film_fit is FilmFit.HORIZONTAL:
        height = width / aspect
    elif camera.film_fit is FilmFit.VERTICAL:
        width = height * aspect
    focal = max(value_at(camera.focal_length, frame), 1e-6)
    return (0.5 * width / focal, 0.5 * height / focal), (width, height)
