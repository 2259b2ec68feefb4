"""Matrices of nodes. (4, 4) float64 on column vectors."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pylinalg as la

from engine.scene.curves import vector_at
from engine.scene.evaluated import Matrix
from engine.scene.node_base import Placed, RotationOrder

Triple = tuple[float, float, float]

SMALLEST_SCALE = 1e-6
"""A scale nearer to zero than this is kept at this, its sign kept, so that every axis can be
inverted: a surface scaled to nothing is too small to see, not an error."""

FARTHEST = 1e20
"""A camera or light farther away than this, through a long chain of scaled parents, stays here."""


def kept_apart_from_zero(scale: float) -> float:
    """A scale that can be inverted."""
    return scale if abs(scale) >= SMALLEST_SCALE else math.copysign(SMALLEST_SCALE, scale)


def rotation(degrees: Triple, order: RotationOrder = RotationOrder.XYZ) -> Matrix:
    """The matrix of three rotations, (4, 4): about the parent's X, Y and Z by these angles, the
    first letter of `order` applied first."""
    # pylinalg wants the angles in the order of the rotations, not in the order X, Y, Z.
    angles = [math.radians(degrees["xyz".index(letter)]) for letter in order.value]
    return la.mat_from_euler(angles, order=order.value)


def euler(matrix: Matrix, order: RotationOrder = RotationOrder.XYZ) -> Triple:
    """The angles in degrees (about X, Y, Z) whose `rotation` in that order gives the rotation of a
    matrix that has no shear. At gimbal lock the third rotation is zero."""
    # Rows i, j, k: axes of the first, second and third rotation; R = Rk Rj Ri. Shoemake, "Euler
    # Angle Conversion", Graphics Gems IV, 1994.
    i, j, k = ("xyz".index(letter) for letter in order.value)
    parity = 1.0 if (j - i) % 3 == 1 else -1.0
    r = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)
    angles = [0.0, 0.0, 0.0]
    cosine = math.hypot(r[i, i], r[j, i])
    angles[j] = math.atan2(-parity * r[k, i], cosine)
    if cosine > 1e-9:
        angles[i] = math.atan2(parity * r[k, j], r[k, k])
        angles[k] = math.atan2(parity * r[j, i], r[i, i])
    else:
        angles[i] = math.atan2(-parity * r[j, k], r[j, j])
    x, y, z = (math.degrees(angle) for angle in angles)
    return x, y, z


def compose(
    translate: Triple,
    rotate: Triple,
    scale: Triple,
    shear: Triple = (0.0, 0.0, 0.0),
    pivot: Triple = (0.0, 0.0, 0.0),
    order: RotationOrder = RotationOrder.XYZ,
) -> Matrix:
    """translate * pivot * rotate * shear * scale * inverse pivot. Always invertible.

    shear: x += shear[0] y + shear[1] z, and y += shear[2] z.
    """
    sx, sy, sz = (kept_apart_from_zero(value) for value in scale)
    xy, xz, yz = shear
    matrix = np.eye(4)
    matrix[:3, :3] = ((sx, xy * sy, xz * sz), (0.0, sy, yz * sz), (0.0, 0.0, sz))
    if any(rotate):
        matrix = rotation(rotate, order) @ matrix
    matrix[:3, 3] = np.add(translate, pivot) - matrix[:3, :3] @ pivot
    return matrix


def local_matrix(node: Placed, frame: float) -> Matrix:
    """A node's own axis at a frame: from the node to its parent."""
    return compose(
        vector_at(node.translate, frame),
        vector_at(node.rotate, frame),
        vector_at(node.scale, frame),
        vector_at(node.shear, frame),
        vector_at(node.pivot, frame),
        node.rotation_order,
    )


def plane_matrix(node: Placed, frame: float) -> npt.NDArray[np.float64]:
    """A node's axis in the plane z = 0: (3, 3) on homogeneous (x, y, 1). Uses X and Y translation
    and scale, Z rotation, X by Y shear, and the pivot. Always invertible."""
    tx, ty, _ = vector_at(node.translate, frame)
    _, _, rz = vector_at(node.rotate, frame)
    sx, sy, _ = vector_at(node.scale, frame)
    xy, _, _ = vector_at(node.shear, frame)
    px, py, _ = vector_at(node.pivot, frame)
    solid = compose(
        (tx, ty, 0.0), (0.0, 0.0, rz), (sx, sy, 1.0), (xy, 0.0, 0.0), (px, py, 0.0)
    )  # fmt: skip
    return solid[np.ix_((0, 1, 3), (0, 1, 3))]


def rigid(matrix: Matrix) -> Matrix:
    """The same place and direction without scale, shear or mirroring: what a camera or a light
    takes from its axis. Looks along -Z of `matrix`, with +Y as near to its +Y as can be."""
    with np.errstate(all="ignore"):
        back = _unit(matrix[:3, 2], (0.0, 0.0, 1.0))
        right = np.cross(matrix[:3, 1], back)
        if not np.linalg.norm(right) > 0.0:
            right = np.cross((0.0, 1.0, 0.0) if abs(back[1]) < 0.9 else (0.0, 0.0, -1.0), back)
        right = _unit(right, (1.0, 0.0, 0.0))
        result = np.eye(4)
        result[:3, 0] = right
        result[:3, 1] = np.cross(back, right)
        result[:3, 2] = back
        result[:3, 3] = np.clip(np.nan_to_num(matrix[:3, 3]), -FARTHEST, FARTHEST)
        return result


def aim(position: Triple, target: Triple) -> Triple:
    """The XYZ rotation in degrees of a camera or light at `position` that looks at `target`."""
    matrix = np.eye(4)
    matrix[:3, 2] = np.subtract(position, target)
    if abs(matrix[0, 2]) + abs(matrix[2, 2]) < 1e-9 * abs(matrix[1, 2]):
        matrix[:3, 1] = (0.0, 0.0, -math.copysign(1.0, matrix[1, 2]))
    return euler(rigid(matrix))


def _unit(vector: npt.NDArray[np.float64], otherwise: Triple) -> npt.NDArray[np.float64]:
    peak = float(np.max(np.abs(vector)))
    if not math.isfinite(peak) or peak == 0.0:
        return np.array(otherwise)
    # Divided by its largest part first, so that tiny and huge vectors keep their direction.
    vector = vector / peak
    return vector / np.linalg.norm(vector)
