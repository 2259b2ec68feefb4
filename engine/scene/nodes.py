"""The nodes of a document. `z-depth.md` says what each control does.

Every node has an `id`, a readable name that is unique in its document ("Surface 1") and by which
others refer to it. Media are named by their number in the media list; the first is 1.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from engine.scene.aov import Aov
from engine.scene.curves import Number, Vector
from engine.scene.maps import (
    MAPS,
    DiffuseMap,
    MotionVectorsMap,
    NormalMap,
    PositionMap,
    UVMap,
    ZDepthMap,
)
from engine.scene.node_base import FAR_AWAY, SMALLEST_DEPTH, Node, Pair, Placed
from engine.scene.parameters import Param

PRIMITIVES = ("sphere", "torus", "box", "plane")
"""Meshes that need no file."""


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


AnyNode = (
    Axis | Camera | Light | Surface | Geometry | Aov
    | ZDepthMap | NormalMap | PositionMap | UVMap | MotionVectorsMap | DiffuseMap
)  # fmt: skip
NODE_TYPES: tuple[type[Node], ...] = (Camera, Light, Axis, Surface, Geometry, Aov, *MAPS)

KIND_NAMES: dict[type[Node], str] = {
    Camera: "Camera",
    Light: "Light",
    Axis: "Axis",
    Surface: "Surface",
    Geometry: "Geometry",
    Aov: "3D AOV",
    ZDepthMap: "Z-Depth",
    NormalMap: "Normal Map",
    PositionMap: "Position Map",
    UVMap: "UV Map",
    MotionVectorsMap: "Motion Vectors Map",
    DiffuseMap: "Diffuse Map",
}
"""What an artist calls each kind; new nodes are named after it."""

MEDIA_FIELDS = ("media", "matte", "backward")
"""The fields by which nodes name media."""
