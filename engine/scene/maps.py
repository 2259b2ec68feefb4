"""The maps: what a media says of the surface or geometry that it hangs on."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from engine.scene.curves import Number
from engine.scene.evaluated import (
    AnalysisType,
    DepthRange,
    Fit,
    Holes,
    NothingRule,
    Projection,
    Repeat,
)
from engine.scene.node_base import FAR_AWAY, SMALLEST_DEPTH, Node, Pair, Placed
from engine.scene.parameters import Param

Point = tuple[float, float]

LARGEST = 3.4028234663852886e38
"""The largest number of a float file."""


class Shape(StrEnum):
    RECTANGLE = "rectangle"
    POLYGON = "polygon"


class Region(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A shape of a map's region of interest.

    points: fractions of the map's picture, (0, 0) its top left and (1, 1) its bottom right corner;
    two opposite corners of a rectangle, or three and more corners of a polygon.
    """

    shape: Annotated[Shape, Param("Shape", "rectangle by two opposite corners, or polygon")] = (
        Shape.RECTANGLE
    )
    exclude: Annotated[bool, Param("Exclude", "the depth inside is left out, not kept")] = False
    points: Annotated[
        tuple[Point, ...],
        Param("Points", "corners as fractions of the picture from its top left", low=-10, high=10),
    ]


def is_network_file(network: str) -> bool:
    """Whether the network of a map is a file of the user's own, and not a name."""
    return network.lower().endswith(".onnx")


class ZDepthMap(Placed, frozen=True, kw_only=True, tag="z_depth_map"):
    """How far each pixel of a picture is. Attached to a surface or geometry as its `parent`.

    Of its own axis, X and Y translation, Z rotation, X and Y scale, X by Y shear and the pivot
    place the map on the surface; Z translation adds to the depth; the rest has no effect.
    """

    analysis: Annotated[
        AnalysisType, Param("Analysis Type", "depth from a media, or from an analysis of it")
    ] = AnalysisType.MEDIA
    network: Annotated[
        str, Param("Network", "of Global: a name, or an ONNX file; empty is the best installed")
    ] = ""
    stabilise: Annotated[
        float, Param("Stabilise", "of Global: 0 leaves what a network flickers", "", 0.0, 1.0)
    ] = 0.5
    head_and_shoulders: Annotated[
        bool,
        Param("Head and Shoulders", "for Face: the rest of the bust around it; off: a skirt"),
    ] = False
    media: Annotated[
        int | None,
        Param(
            "Media", "the depth picture; for an analysis: none, it is the parent's", names="media"
        ),
    ] = None
    depth_range: Annotated[
        DepthRange, Param("Depth Range", "what the numbers in the map stand for")
    ] = DepthRange.NORMALIZED
    relief_depth: Annotated[
        Number | None,
        Param(
            "Relief Depth", "height of Relief 1; none is a quarter of the surface's height",
            "scene units", -FAR_AWAY, FAR_AWAY,
        ),
    ] = None  # fmt: skip
    depth_scale: Annotated[
        Number,
        Param("Depth Scale", "for Absolute, Ray and Inverse", "units per map unit", 1e-9, 1e9),
    ] = 1.0
    colour_map: Annotated[
        str | None,
        Param("Colour Map", "by which the media shows its numbers, such as turbo; none: as grey"),
    ] = None
    nothing: Annotated[
        NothingRule | float,
        Param(
            "Nothing", "value that is no depth: found (auto), none, or one that is set", "",
            -LARGEST, LARGEST,
        ),
    ] = NothingRule.NONE  # fmt: skip
    holes: Annotated[
        Holes, Param("Holes", "what stands where depth is missing; its confidence is 0")
    ] = Holes.PLANE
    black: Annotated[Number, Param("Black", "map value that becomes 0", "", -1e9, 1e9)] = 0.0
    white: Annotated[Number, Param("White", "map value that becomes 1", "", -1e9, 1e9)] = 1.0
    gamma: Annotated[Number, Param("Gamma", "bends the levels between", "", 0.01, 100.0)] = 1.0
    source_camera: Annotated[
        str | None,
        Param(
            "Source Camera", "camera that took the picture; none is the surface's own", names="node"
        ),
    ] = None
    near: Annotated[
        Number | None,
        Param(
            "Near", "replaces the source camera's near; none keeps it",
            "scene units", SMALLEST_DEPTH, FAR_AWAY,
        ),
    ] = None  # fmt: skip
    far: Annotated[
        Number | None,
        Param(
            "Far", "replaces the source camera's far; none keeps it",
            "scene units", SMALLEST_DEPTH, FAR_AWAY,
        ),
    ] = None  # fmt: skip
    invert: Annotated[bool, Param("Invert", "swaps near and far")] = False
    effect: Annotated[
        Number, Param("Effect", "how much of the depth is applied; 0 is flat", "", -1e3, 1e3)
    ] = 1.0
    softness: Annotated[
        Pair, Param("Softness", "blur of the map along X and Y (sigma)", "pixels", 0.0, 1e3)
    ] = (0.0, 0.0)
    edge_aware: Annotated[
        bool, Param("Edge-aware", "softness keeps the outlines of the picture")
    ] = False
    smooth_steps: Annotated[
        bool,
        Param("Smooth Steps", "what whole numbers cut into terraces is a slope again"),
    ] = False
    displace: Annotated[bool, Param("Displace Vertices", "takes part in the 3D render")] = False
    three_d: Annotated[bool, Param("3D", "extrudes the surface instead of its depth alone")] = False
    step: Annotated[
        int | None, Param("Resolution", "mesh step; none is automatic", "pixels", 1, 4096)
    ] = None
    tolerance: Annotated[
        Number, Param("Tolerance", "error that an automatic mesh may show", "pixels", 0.01, 100.0)
    ] = 1.0
    bump: Annotated[bool, Param("Bump Normals", "shades by the depth at full resolution")] = False
    project_along: Annotated[
        Projection, Param("Project Along", "rays of the source camera, or the surface's normal")
    ] = Projection.CAMERA_RAYS
    tear: Annotated[bool, Param("Tear", "cuts the mesh at depth steps")] = False
    tear_threshold: Annotated[
        Number, Param("Tear Threshold", "step that is cut, as a share of depth", "%", 0.0, 1e4)
    ] = 5.0
    z_pass: Annotated[bool, Param("Z-Depth Pass", "the Z output shows this map")] = False
    regions: Annotated[
        tuple[Region, ...], Param("Region of Interest", "shapes that limit the map; none is all")
    ] = ()
    region_softness: Annotated[
        Number,
        Param("Region Softness", "how wide the region fades inside its edge", "pixels", 0.0, 1e3),
    ] = 0.0
    fit: Annotated[Fit, Param("Fit", "how the map meets the shape of the surface")] = Fit.STRETCH
    repeat: Annotated[Repeat, Param("Repeat", "what lies outside the map")] = Repeat.NONE


class NormalMap(Node, frozen=True, kw_only=True, tag="normal_map"):
    """A tangent-space normal map. Attached to a surface or geometry as its `parent`."""

    media: Annotated[int, Param("Media", "the normals: X right, Y up, Z outwards", names="media")]
    signed: Annotated[bool, Param("Signed", "values are the vector itself, not 0 to 1")] = False
    flip_y: Annotated[bool, Param("Flip Y", "the map's green points down")] = False
    strength: Annotated[
        Number, Param("Strength", "0 is the surface's own normal, 1 the map's", "", -10.0, 10.0)
    ] = 1.0


class DiffuseMap(Node, frozen=True, kw_only=True, tag="diffuse_map"):
    """The colour that meets light in the place of the picture's: the surface's albedo. Attached to
    a surface or geometry as its `parent`, as all of these are.

    Its own alpha counts for nothing. Where no light is, and on what is not lit, the picture is
    shown as it is; a geometry's colour multiplies this as it does the picture.
    """

    media: Annotated[int, Param("Media", "the colour without light, scene-linear", names="media")]


class PositionMap(Node, frozen=True, kw_only=True, tag="position_map"):
    """Where in the world each pixel is: what the Position pass shows there, as it is."""

    media: Annotated[
        int, Param("Media", "the positions: X, Y and Z in the world, scene units", names="media")
    ]


class UVMap(Node, frozen=True, kw_only=True, tag="uv_map"):
    """Texture coordinates of each pixel: what the UV pass shows there. (0, 0) is bottom left."""

    media: Annotated[int, Param("Media", "U and V from the bottom left", names="media")]
    flip_v: Annotated[bool, Param("Flip V", "the map's V runs down from the top left")] = False


class MotionVectorsMap(Node, frozen=True, kw_only=True, tag="motion_vectors_map"):
    """How what the picture shows moves within it: U to the right, V up, in pixels of the map's
    media and per frame. The Motion Vectors passes add it to the motion of the surface itself."""

    media: Annotated[
        int, Param("Media", "the vectors to where it is in the next frame", names="media")
    ]
    backward: Annotated[
        int | None,
        Param(
            "Backward",
            "the vectors to where it was in the frame before; none: as if it stood still",
            names="media",
        ),
    ] = None
    flip_v: Annotated[bool, Param("Flip V", "the map's V points down")] = False
    scale: Annotated[
        Number, Param("Scale", "multiplies the vectors", "pixels per unit", -1e6, 1e6)
    ] = 1.0


MAPS = (ZDepthMap, NormalMap, PositionMap, UVMap, MotionVectorsMap, DiffuseMap)
"""The kinds of map, in the order in which they are offered. Each hangs on a surface or geometry,
which can have one of a kind."""
