"""What the nodes of a document have in common."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from engine.scene.curves import Number, Vector
from engine.scene.parameters import Param

FAR_AWAY = 1e9
LARGEST_SCALE = 1e6
SMALLEST_DEPTH = 1e-6

Pair = tuple[Number, Number]


class RotationOrder(StrEnum):
    """The order in which the rotations are applied, each about the fixed axis of the parent:
    `xyz` is Rz Ry Rx on column vectors."""

    XYZ = "xyz"
    XZY = "xzy"
    YXZ = "yxz"
    YZX = "yzx"
    ZXY = "zxy"
    ZYX = "zyx"


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all nodes have."""

    id: Annotated[str, Param("Name", "unique in the document; other nodes refer to it")]
    parent: Annotated[
        str | None, Param("Parent", "the node whose axis carries this one", names="node")
    ] = None


class Placed(Node, frozen=True, kw_only=True):
    """A node with its own axis.

    Its matrix is translate * pivot * rotate * shear * scale * inverse pivot, on column vectors.
    """

    translate: Annotated[
        Vector,
        Param("Translate", "position in the parent", "scene units", -FAR_AWAY, FAR_AWAY),
    ] = (0.0, 0.0, 0.0)
    rotate: Annotated[Vector, Param("Rotate", "angles about X, Y and Z", "degrees", -1e6, 1e6)] = (
        0.0,
        0.0,
        0.0,
    )
    rotation_order: Annotated[
        RotationOrder, Param("Rotation Order", "which rotation is applied first, second, third")
    ] = RotationOrder.XYZ
    scale: Annotated[
        Vector,
        Param("Scale", "size along X, Y and Z", "", -LARGEST_SCALE, LARGEST_SCALE),
    ] = (1.0, 1.0, 1.0)
    shear: Annotated[
        Vector,
        Param("Shear", "X by Y, X by Z and Y by Z", "units per unit", -1e3, 1e3),
    ] = (0.0, 0.0, 0.0)
    pivot: Annotated[
        Vector,
        Param("Pivot", "centre of rotation and scale", "scene units", -FAR_AWAY, FAR_AWAY),
    ] = (0.0, 0.0, 0.0)
