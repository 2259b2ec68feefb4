"""The handles by which nodes are moved, turned and scaled, and what a drag of each one means.

Nothing here needs a screen: places are fractions of the camera's picture.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from engine.scene import EvaluatedCamera
from passes.under import planar
from ui.window.projection import Projector

Points = npt.NDArray[np.float64]
Place = tuple[float, float]

VIEW = "view"  # the handle of what faces the camera: its plane, its ring, or all axes at once
AXES = ("x", "y", "z")
PLANES = {"yz": 0, "zx": 1, "xy": 2}  # and the axis that stands on each
INNER, OUTER = 0.28, 0.48  # where the plane handles lie, in lengths of an arm
START = 0.16  # where an arm begins
RIM = 1.18  # the radius of the ring that faces the camera
SEGMENTS = 64
EDGE_ON = 0.25  # cosine to the view under which a ring is dragged along its line
STEEP = 0.06  # the same under which a plane or an arm cannot be dragged at all


class Mode(StrEnum):
    """What the handles do."""

    MOVE = "move"
    ROTATE = "rotate"
    SCALE = "scale"


class Gizmo:
    """The handles around one point. origin: (3,) in the world. axes: (3, 3), its unit axes as
    columns. arm: their length in scene units."""

    def __init__(
        self, camera: EvaluatedCamera, mode: Mode, origin: Points, axes: Points, arm: float
    ) -> None:
        self.projector = Projector(camera)
        self.mode = mode
        self.origin, self.axes, self.arm = origin, axes, arm
        self.back = camera.world[:3, 2] / np.linalg.norm(camera.world[:3, 2])
        away = camera.world[:3, 3] - origin
        self.to_eye = away / max(float(np.linalg.norm(away)), 1e-12)

    def handles(self) -> Mapping[str, Points]:
        """Each handle as a line through (n, 3) world points; plane handles are closed squares, and
        that of the view, but for rotation, is the origin alone. Those that point at the camera, so
        that they could not be dragged, are left out."""
        found: dict[str, Points] = {}
        if self.mode is Mode.ROTATE:
            for index, name in enumerate(AXES):
                found[name] = self.ring(self.axes[:, index], 1.0)
            found[VIEW] = self.ring(self.to_eye, RIM)
            return found
        for index, name in enumerate(AXES):
            axis = self.axes[:, index]
            if 1 - abs(float(axis @ self.to_eye)) > STEEP**2:
                ends = np.outer([START, 1.0], axis) * self.arm
                found[name] = self.origin + ends
        if self.mode is Mode.MOVE:
            for name, normal in PLANES.items():
                if abs(float(self.axes[:, normal] @ self.to_eye)) > STEEP * 2:
                    u, v = (self.axes[:, AXES.index(letter)] for letter in name)
                    square = ((INNER, INNER), (OUTER, INNER), (OUTER, OUTER), (INNER, OUTER))
                    found[name] = self.origin + self.arm * np.array(
                        [a * u + b * v for a, b in square]
                    )
        found[VIEW] = self.origin[None, :]
        return found

    def ring(self, normal: Points, radius: float) -> Points:
        """(n, 3): a circle about the origin."""
        u, v = _across(normal)
        turns = np.linspace(0, 2 * math.pi, SEGMENTS + 1)
        circle = np.outer(np.cos(turns), u) + np.outer(np.sin(turns), v)
        return self.origin + self.arm * radius * circle

    def grip(self, points: Points) -> int:
        """Which point of a handle's line shows best where it is taken: the end of an arm; of a ring
        a point on the near side between the others."""
        if self.mode is not Mode.ROTATE:
            return len(points) - 1
        between = [SEGMENTS // 8 * k for k in (1, 3, 5, 7)]
        return max(between, key=lambda index: float((points[index] - self.origin) @ self.to_eye))

    def near(self, points: Points) -> npt.NDArray[np.bool_]:
        """(n,): which points of a ring lie on the side of the camera."""
        return (points - self.origin) @ self.to_eye > -0.02 * self.arm


class Drag:
    """A handle that is held. place: where it was taken."""

    def __init__(self, gizmo: Gizmo, name: str, place: Place) -> None:
        self.gizmo, self.name = gizmo, name
        self._place = place
        self._normal = self._plane_normal()
        self._turn = 0.0
        self._grabbed = self._grab_point(place)
        met = self._on_plane(place)
        self._start = self._grabbed if met is None else met
        self._last = self._angle(place)
        self._along = self._along_axis(place)

    def offset(self, place: Place) -> Points:
        """How far a move goes: (3,) scene units in the world, when the pointer is at a place."""
        if self.name in AXES:
            axis = self.gizmo.axes[:, AXES.index(self.name)]
            return (self._along_axis(place) - self._along) * axis
        met = self._on_plane(place)
        return np.zeros(3) if met is None else met - self._start

    def turn(self, place: Place, step: float = 0.0) -> tuple[Points, float]:
        """A rotation as a matrix (3, 3), and its angle in radians about the ring's axis. step:
        what the angle is rounded to, in radians."""
        now = self._angle(place)
        self._turn += math.remainder(now - self._last, 2 * math.pi)
        self._last = now
        angle = round(self._turn / step) * step if step else self._turn
        return rotation_about(self._normal, angle), angle

    def factors(self, place: Place, aspect: float, step: float = 0.0) -> Points:
        """(3,): by how much a scale changes along X, Y and Z. aspect: the picture's width over its
        height; of all at once, a fifth of the height to the right doubles the scale. step: what the
        factor is rounded to."""
        if self.name in AXES:
            grabbed = math.copysign(max(abs(self._along), 0.1 * self.gizmo.arm), self._along)
            factor = self._along_axis(place) / grabbed
        else:
            factor = 2.0 ** (5.0 * (place[0] - self._place[0]) * aspect)
        factor = max(round(factor / step) * step if step else factor, 1e-3)
        chosen = [factor if self.name in (name, VIEW) else 1.0 for name in AXES]
        return np.array(chosen)

    # -- rays and what they meet --

    def _plane_normal(self) -> Points:
        gizmo = self.gizmo
        if self.name in PLANES:
            return gizmo.axes[:, PLANES[self.name]]
        if self.name in AXES:
            return gizmo.axes[:, AXES.index(self.name)]
        return gizmo.to_eye if gizmo.mode is Mode.ROTATE else gizmo.back

    def _on_plane(self, place: Place) -> Points | None:
        eye, direction = self.gizmo.projector.ray(*place)
        slope = float(self._normal @ direction)
        if abs(slope) < 1e-6:
            return None
        reach = float(self._normal @ (self.gizmo.origin - eye)) / slope
        return eye + reach * direction if reach > 0 else None

    def _along_axis(self, place: Place) -> float:
        """How far along its axis, from the origin, an arm is nearest to the pointer's ray."""
        if self.name not in AXES:
            return 0.0
        return self._along_line(place, self.gizmo.origin, self.gizmo.axes[:, AXES.index(self.name)])

    def _along_line(self, place: Place, start: Points, axis: Points) -> float:
        eye, direction = self.gizmo.projector.ray(*place)
        across = float(axis @ direction)
        square = 1.0 - across * across
        if square < 1e-9:
            return 0.0
        away = eye - start
        return float(axis @ away - across * (direction @ away)) / square

    def _angle(self, place: Place) -> float:
        """The pointer's angle on the ring, in radians."""
        if self.gizmo.mode is not Mode.ROTATE:
            return 0.0
        if abs(float(self._normal @ self.gizmo.to_eye)) < EDGE_ON:
            arm = self._grabbed - self.gizmo.origin
            tangent = np.cross(self._normal, arm)
            length = float(np.linalg.norm(tangent))
            return self._along_line(place, self._grabbed, tangent / length) / length
        met = self._on_plane(place)
        if met is None:
            return self._last
        u, v = _across(self._normal)
        arm = met - self.gizmo.origin
        return math.atan2(float(arm @ v), float(arm @ u))

    def _grab_point(self, place: Place) -> Points:
        """The point of the handle that is nearest to where it was taken, on the near side."""
        points = self.gizmo.handles().get(self.name, self.gizmo.origin[None, :])
        near = points[self.gizmo.near(points)] if len(points) > 1 else points
        points = near if len(near) else points
        seen, _ = self.gizmo.projector.places(points)
        return points[int(np.argmin(np.square(seen - place).sum(axis=1)))]


def arm_length(camera: EvaluatedCamera, origin: Points, share: float) -> float | None:
    """How long an arm is in scene units that covers this share of the picture's height where the
    origin is; None behind the camera."""
    depth = float(planar(camera, origin))
    return 2 * camera.tan_half[1] * depth * share if depth > 1e-9 else None


def rotation_about(axis: Points, angle: float) -> Points:
    """(3, 3): the rotation by an angle in radians about a unit axis (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross


def unit_axes(world: Points) -> Points:
    """(3, 3): the directions of a space's axes in the world, as unit columns."""
    columns = world[:3, :3]
    lengths = np.linalg.norm(columns, axis=0)
    return columns / np.where(lengths > 1e-12, lengths, 1.0)


def distance_to(places: npt.NDArray[np.float64], mouse: Place) -> float:
    """From a point to a line through places (n, 2), in their units."""
    at = np.array(mouse)
    if len(places) == 1:
        return float(np.linalg.norm(places[0] - at))
    starts, ways = places[:-1], np.diff(places, axis=0)
    squares = np.maximum((ways**2).sum(axis=1), 1e-12)
    share = np.clip(((at - starts) * ways).sum(axis=1) / squares, 0.0, 1.0)
    return float(np.linalg.norm(starts + share[:, None] * ways - at, axis=1).min())


def _across(normal: Points) -> tuple[Points, Points]:
    """Two unit vectors (3,) that span the plane a unit vector stands on, right-handed with it."""
    other = np.eye(3)[int(np.argmin(np.abs(normal)))]
    u = np.cross(other, normal)
    u /= np.linalg.norm(u)
    return u, np.cross(normal, u)
