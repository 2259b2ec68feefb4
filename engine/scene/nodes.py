"""The nodes of a document. `z-depth.md` says what each control does.

Every node has an `id`, a readable name that is unique in its document ("Surface 1") and by which
others refer to it. Media are named by their number in the media list; the first is 1.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from engine.scene.curves import Number, Vector
from engine.scene.evaluated import AnalysisType, DepthRange, Fit, Projection, Repeat
from engine.scene.parameters import Param

PRIMITIVES = ("sphere", "torus", "box", "plane")
"""Meshes that need no file."""

FAR_AWAY = 1e9
LARGEST_SCALE = 1e6
SMALLEST_DEPTH = 1e-6

Pair = tuple[Number, Number]
Point = tuple[float, float]


class LightType(StrEnum):
    DIRECTIONAL = "directional"
    POINT = "point"
    SPOT = "spot"


class Lens(StrEnum):
    """What a camera's field of view is given by."""

    FIELD_OF_VIEW = "field_of_view"
    FILM = "film"


class FilmFit(StrEnum):
    """Which side of the film back counts where its shape is not the picture's."""

    HORIZONTAL = "horizontal"
    VERTICAL = "vertical"
    STRETCH = "stretch"


class RotationOrder(StrEnum):
    """The order in which the rotations are applied, each about the fixed axis of the parent:
    `xyz` is Rz Ry Rx on column vectors."""

    XYZ = "xyz"
    XZY = "xzy"
    YXZ = "yxz"
    YZX = "yzx"
    ZXY = "zxy"
    ZYX = "zyx"


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


class Axis(Placed, frozen=True, kw_only=True, tag="axis"):
    """A transform that carries its children."""


class Camera(Placed, frozen=True, kw_only=True, tag="camera"):
    """Looks along its own -Z, +Y up. Scale and shear of its axis move it but never bend its view.

    Film: the horizontal field of view is 2 atan(width / (2 focal length)), the vertical one
    likewise; the shape of the film back and that of the picture are reconciled by `film_fit`.
    """

    lens: Annotated[Lens, Param("Lens", "field of view, or film back and focal length")] = (
        Lens.FIELD_OF_VIEW
    )
    fov: Annotated[
        Number, Param("Field of View", "the vertical angle that is seen", "degrees", 0.01, 179.0)
    ] = 40.0
    film_back: Annotated[
        Pair, Param("Film Back", "width and height of the film or sensor", "mm", 1e-3, 1e5)
    ] = (36.0, 24.0)
    focal_length: Annotated[
        Number, Param("Focal Length", "distance from lens to film", "mm", 1e-3, 1e6)
    ] = 50.0
    film_offset: Annotated[
        Pair,
        Param("Film Offset", "how far the film lies right of and above the axis", "mm", -1e5, 1e5),
    ] = (0.0, 0.0)
    film_fit: Annotated[
        FilmFit, Param("Film Fit", "the side of the film back that counts; the other follows")
    ] = FilmFit.HORIZONTAL
    near: Annotated[
        Number,
        Param("Near", "distance that Normalized 0 means", "scene units", SMALLEST_DEPTH, FAR_AWAY),
    ] = 0.5
    far: Annotated[
        Number,
        Param("Far", "distance that Normalized 1 means", "scene units", SMALLEST_DEPTH, FAR_AWAY),
    ] = 2.0
    clip: Annotated[bool, Param("Clip", "cut the picture at near and far as well")] = False


class Light(Placed, frozen=True, kw_only=True, tag="light"):
    """Shines along its own -Z (directional, spot) or all around (point), from its origin."""

    kind: Annotated[LightType, Param("Kind", "directional like the sun, point, or spot")] = (
        LightType.DIRECTIONAL
    )
    colour: Annotated[Vector, Param("Colour", "scene-linear RGB", "", 0.0, 1e6)] = (1.0, 1.0, 1.0)
    intensity: Annotated[Number, Param("Intensity", "multiplies the colour", "", 0.0, 1e9)] = 1.0
    cone: Annotated[Number, Param("Cone", "full angle of a spot", "degrees", 0.1, 179.0)] = 45.0
    penumbra: Annotated[
        Number,
        Param("Penumbra", "soft rim inside a spot's cone", "degrees", 0.0, 89.5),
    ] = 5.0
    shadows: Annotated[bool, Param("Shadows", "objects cast shadows from this light")] = True
    shadow_bias: Annotated[
        Number,
        Param("Shadow Bias", "offset that keeps surfaces off themselves", "scene units", 0.0, 1e3),
    ] = 0.002
    shadow_softness: Annotated[
        Number, Param("Shadow Softness", "radius of the shadow's rim", "texels", 0.0, 64.0)
    ] = 1.5


class Shown(Placed, frozen=True, kw_only=True):
    """What a surface and a geometry have in common."""

    opacity: Annotated[Number, Param("Opacity", "0 is invisible, 1 is solid", "", 0.0, 1.0)] = 1.0
    lit: Annotated[bool, Param("Lit", "takes light where the scene has lights")] = True
    casts_shadow: Annotated[bool, Param("Casts Shadow", "throws shadow on others")] = True
    receives_shadow: Annotated[bool, Param("Receives Shadow", "shows shadows of others")] = True
    roughness: Annotated[Number, Param("Roughness", "spread of highlights", "", 0.0, 1.0)] = 0.5
    specular: Annotated[
        Number, Param("Specular", "reflectance seen straight on; 0 is matte", "", 0.0, 1.0)
    ] = 0.0


class Surface(Shown, frozen=True, kw_only=True, tag="surface"):
    """A flat picture in its own plane z = 0, centred, 1 unit high and as wide as its media."""

    media: Annotated[int, Param("Media", "the picture it shows", names="media")]
    matte: Annotated[
        int | None,
        Param("Matte", "media whose alpha is used instead of the picture's own", names="media"),
    ] = None


class Geometry(Shown, frozen=True, kw_only=True, tag="geometry"):
    """A triangle mesh: a file, or one of `PRIMITIVES`."""

    mesh: Annotated[str, Param("Mesh", "a mesh file, or sphere, torus, box or plane")]
    media: Annotated[
        int | None, Param("Media", "the picture it shows through its UVs", names="media")
    ] = None
    colour: Annotated[
        Vector, Param("Colour", "scene-linear RGB; multiplies the picture", "", 0.0, 1e6)
    ] = (0.8, 0.8, 0.8)
    bounds: Annotated[
        tuple[float, float, float],
        Param("Bounds", "size of the mesh, as recorded when loaded", "scene units", 0.0, FAR_AWAY),
    ] = (1.0, 1.0, 1.0)


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
        Param("Depth Scale", "for Absolute and Inverse", "units per map unit", 1e-9, 1e9),
    ] = 1.0
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


AnyNode = Axis | Camera | Light | Surface | Geometry | ZDepthMap | NormalMap
NODE_TYPES: tuple[type[Node], ...] = (
    Camera, Light, Axis, Surface, Geometry, ZDepthMap, NormalMap,
)  # fmt: skip

KIND_NAMES: dict[type[Node], str] = {
    Camera: "Camera",
    Light: "Light",
    Axis: "Axis",
    Surface: "Surface",
    Geometry: "Geometry",
    ZDepthMap: "Z-Depth",
    NormalMap: "Normal Map",
}
"""What an artist calls each kind; new nodes are named after it."""
