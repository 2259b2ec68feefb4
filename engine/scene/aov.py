"""The 3D AOV: an output pass that the document asks for, by a name of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from engine.scene.maps import DiffuseMap, MotionVectorsMap, NormalMap, PositionMap, UVMap, ZDepthMap
from engine.scene.node_base import Node
from engine.scene.parameters import Param

PASS_NAMES = (
    "beauty", "matte", "z", "z_normalized", "z_aa", "normals", "position", "uv", "forward",
    "backward", "object_id", "albedo", "shadow", "confidence", "stretch",
)  # fmt: skip
"""What the passes are called, in the order in which they stand in a file; no 3D AOV can be."""


class AovType(StrEnum):
    Z_DEPTH = "z_depth"
    NORMALS = "normals"
    POSITION = "position"
    UV = "uv"
    MOTION_VECTORS = "motion_vectors"
    OBJECT_ID = "object_id"
    ALBEDO = "albedo"
    SHADOW = "shadow"
    MATTE = "matte"


class AovDepth(StrEnum):
    """How a Z-Depth AOV is written."""

    PLANAR = "planar"
    NORMALIZED = "normalized"
    AVERAGED = "averaged"


class AovMotion(StrEnum):
    """To which frame the vectors of a Motion Vectors AOV lead."""

    FORWARD = "forward"
    BACKWARD = "backward"


class Aov(Node, frozen=True, kw_only=True, tag="aov"):
    """A rendered pass other than the beauty, written under the node's name.

    It shows the whole picture, whatever it hangs on: `parent`, a surface or geometry, only says
    where Create Map puts the map that the pass needs.
    """

    kind: Annotated[AovType, Param("Type", "what the pass shows")] = AovType.Z_DEPTH
    depth: Annotated[
        AovDepth,
        Param("Depth", "of Z-Depth: planar Z, 0 near to 1 far, or the mean of a pixel's samples"),
    ] = AovDepth.PLANAR
    motion: Annotated[
        AovMotion, Param("Motion", "of Motion Vectors: to the next frame, or to the one before")
    ] = AovMotion.FORWARD


NEEDED_MAPS = {
    AovType.Z_DEPTH: ZDepthMap,
    AovType.NORMALS: NormalMap,
    AovType.POSITION: PositionMap,
    AovType.UV: UVMap,
    AovType.MOTION_VECTORS: MotionVectorsMap,
    AovType.ALBEDO: DiffuseMap,
}
"""The kind of map that gives a pass its values for a picture; the other types need none."""
