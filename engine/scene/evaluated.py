"""A document evaluated at one frame: matrices and parameters as plain numbers.

This is the contract between the document and the passes: passes never see keyframes, parents or
names to be looked up. Matrices are (4, 4) float64, applied to column vectors (`M @ p`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Colour = tuple[float, float, float]


class AnalysisType(StrEnum):
    MEDIA = "media"
    FACE = "face"
    GLOBAL = "global"
    FACE_GLOBAL = "face_global"  # a face's own shape within the depth of the whole picture

    @property
    def finds_faces(self) -> bool:
        """Whether faces are looked for."""
        return self in (AnalysisType.FACE, AnalysisType.FACE_GLOBAL)

    @property
    def sees_all(self) -> bool:
        """Whether a network makes depth of the whole picture."""
        return self in (AnalysisType.GLOBAL, AnalysisType.FACE_GLOBAL)


class DepthRange(StrEnum):
    NORMALIZED = "normalized"
    ABSOLUTE = "absolute"
    INVERSE = "inverse"
    RELIEF = "relief"
    RAY = "ray"  # distances along the ray of the source camera, where Absolute has planar ones
    AUTO = "auto"

    @property
    def is_distance(self) -> bool:
        """Whether the numbers are distances: not above 0 is no depth."""
        return self in (DepthRange.ABSOLUTE, DepthRange.RAY)


class NothingRule(StrEnum):
    """Which values of a map mean "nothing", where no value says it."""

    AUTO = "auto"  # found in its pictures, see engine/scene/nothing.py
    NONE = "none"


class Holes(StrEnum):
    """What stands where a map's depth is missing."""

    PLANE = "plane"  # the surface's own
    FARTHER = "farther"  # what the farther neighbour of the hole has
    FAR = "far"  # the map's far; for Relief its ground, which is the plane


class Projection(StrEnum):
    CAMERA_RAYS = "camera_rays"
    SURFACE_NORMAL = "surface_normal"


class Fit(StrEnum):
    STRETCH = "stretch"
    FIT = "fit"
    FILL = "fill"


class Repeat(StrEnum):
    NONE = "none"
    REPEAT = "repeat"
    MIRROR = "mirror"


class LightKind(IntEnum):
    DIRECTIONAL = 0
    POINT = 1
    SPOT = 2


@dataclass(frozen=True, slots=True)
class EvaluatedCamera:
    """A pinhole camera.

    world: camera to world (the camera looks along its own -Z, +Y up).
    tan_half: tangents of half the horizontal and vertical field of view, (x, y).
    shift: principal point offset in units of half the film width and height (film offset), (x, y);
        a point with camera-space position p lands at
        ndc = (p.xy / -p.z - shift * tan_half) / tan_half.
    near, far: planar distances in scene units; what Normalized is about. clip: cut there as well.
    """

    id: str
    world: Matrix
    tan_half: tuple[float, float]
    shift: tuple[float, float]
    near: float
    far: float
    clip: bool


@dataclass(frozen=True, slots=True)
class EvaluatedLight:
    """world: light to world; it shines along its own -Z (directional, spot) from its origin.

    colour: linear working-space RGB times intensity. A directional light of 1 gives a white plane
    facing it exactly 1. Point and spot lights give that at one scene unit, falling with the square
    of the distance. cone: (inner, outer) half angles in radians, for spots.
    shadow_softness: radius of the shadow filter in shadow-map texels (0 = hard).
    """

    id: str
    kind: LightKind
    world: Matrix
    colour: Colour
    cone: tuple[float, float]
    shadows: bool
    shadow_bias: float
    shadow_softness: float


@dataclass(frozen=True, slots=True)
class MediaFrame:
    """Which picture to show: index into `Scene.media` (from 0) and the frame of that media's own
    numbering. colour_map: of a depth map that was made visible by one, its name."""

    index: int
    frame: int
    colour_map: str | None = None


@dataclass(frozen=True, slots=True)
class EvaluatedRegion:
    """A polygon of a map's region of interest. points: corners as fractions of the map's picture,
    (0, 0) its top left, (1, 1) its bottom right corner."""

    exclude: bool
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class EvaluatedZMap:
    """A Z-Depth map; z-depth.md section 2 says what each value means.

    media: for AnalysisType.MEDIA the map's picture; for the others the picture that is analysed.
    to_surface: (3, 3) float64, the map's own Axis in the plane: homogeneous surface units (x, y, 1)
        of the unplaced map to those of the placed one.
    z_offset: the Axis's Z translation in scene units: added to the depth (larger is farther).
    source: the source camera with `world` replaced by *camera to surface space*; its near and far
        already overridden where the map says so.
    own_camera: whether the source camera is the surface's own.
    edge_aware: softness keeps the outlines of the picture.
    tear: the relative step of depth that is cut (0.05 is 5 %), or None.
    tear_threshold: the same, on or off, for the matte of what is stretched.
    tolerance: pixels of error on screen that an automatic mesh may show; None: `step` was set by
        hand. Where the mesh is a fixed grid, `step` holds in either case.
    network: what makes the depth of a Global analysis, by name or as an absolute path of an ONNX
        file; empty: the best that is installed. stabilise: 0..1, how much its flicker is taken out.
    head_and_shoulders: a Face analysis has the bust around the face.
    smooth_steps: the steps of a media's whole numbers become slopes again, within half a step.
    nothing: the rule by which values mean "nothing", or the value that does: far if it is above 0
        after levels, otherwise missing. far_value, missing_value: what it was found to be in the
        media's pictures, as values of the map; None: no such value.
    holes: what stands where depth is missing.
    regions: limits of the map; outside the included ones and inside the excluded ones there is no
        depth. Without any included one the whole picture is included.
    region_softness: pixels of the picture over which it fades, within the edge: outside it an
        analysis may know nothing.
    """

    id: str
    analysis: AnalysisType
    media: MediaFrame
    range: DepthRange
    relief_depth: float
    depth_scale: float
    black: float
    white: float
    gamma: float
    invert: bool
    effect: float
    softness: tuple[float, float]
    displace: bool
    three_d: bool
    step: int
    bump: bool
    projection: Projection
    z_pass: bool
    fit: Fit
    repeat: Repeat
    to_surface: npt.NDArray[np.float64]
    z_offset: float
    source: EvaluatedCamera
    own_camera: bool
    edge_aware: bool = False
    tear: float | None = None
    tear_threshold: float = 0.05
    tolerance: float | None = None
    regions: tuple[EvaluatedRegion, ...] = ()
    network: str = ""
    stabilise: float = 0.5
    region_softness: float = 0.0
    head_and_shoulders: bool = False
    smooth_steps: bool = False
    nothing: NothingRule | float = NothingRule.NONE
    far_value: float | None = None
    missing_value: float | None = None
    holes: Holes = Holes.PLANE

    def levelled(self, value: float) -> float:
        """A value of the map after levels."""
        v = (value - self.black) / ((self.white - self.black) or 1e-9)
        return v if self.gamma == 1.0 else min(max(v, 0.0), 1e300) ** (1 / self.gamma)


@dataclass(frozen=True, slots=True)
class EvaluatedNormalMap:
    """A tangent-space normal map: X right, Y up, Z out of the surface.

    signed: values are the vector itself (float maps); else 0..1 stands for -1..1.
    flip_y: the map's green points down. strength: 0 = the surface's own normal, 1 = the map's.
    """

    id: str
    media: MediaFrame
    signed: bool
    flip_y: bool
    strength: float


@dataclass(frozen=True, slots=True)
class EvaluatedMotion:
    """Motion within a picture, in pixels of the vectors' own pictures and per frame.

    forward, backward: the vectors to the next and to the last frame; a backward None: not known.
    scale: what (u, v) of both are multiplied by; v then points up.
    """

    forward: MediaFrame
    backward: MediaFrame | None
    scale: tuple[float, float]


@dataclass(frozen=True, slots=True)
class DataMaps:
    """What maps give of a surface or geometry, besides its depth and normals. None: no such map.

    diffuse: the albedo. position: what the Position pass shows; uv: what the UV pass shows, from
    the bottom left, or with uv_down from the top left.
    """

    diffuse: MediaFrame | None = None
    position: MediaFrame | None = None
    uv: MediaFrame | None = None
    uv_down: bool = False
    motion: EvaluatedMotion | None = None


NO_MAPS = DataMaps()
"""Of what has none."""


@dataclass(frozen=True, slots=True)
class Shading:
    """lit: takes light when the scene has lights (else it shows its picture as it is).
    roughness 0..1, specular: reflectance at normal incidence, 0 = matte."""

    lit: bool
    casts_shadow: bool
    receives_shadow: bool
    roughness: float
    specular: float


@dataclass(frozen=True, slots=True)
class EvaluatedSurface:
    """A flat image plane. size: (width, height) in scene units. opacity 0..1.

    object_id: 1, 2, 3 ... in the order of the document's surfaces and geometries.
    matte: the media whose alpha (or luminance, where it has none) is used instead of the media's
        own.
    """

    id: str
    object_id: int
    world: Matrix
    size: tuple[float, float]
    media: MediaFrame
    matte: MediaFrame | None
    opacity: float
    shading: Shading
    z_map: EvaluatedZMap | None
    normal_map: EvaluatedNormalMap | None
    maps: DataMaps = NO_MAPS


@dataclass(frozen=True, slots=True)
class EvaluatedGeometry:
    """A triangle mesh. mesh: path of the mesh file, or "sphere", "torus", "box", "plane" (unit
    primitives). media None: `colour` alone. map_size: (width, height) in scene units of the plane
    that the square of its texture coordinates stands for where a map is measured.
    """

    id: str
    object_id: int
    world: Matrix
    mesh: str
    media: MediaFrame | None
    colour: Colour
    opacity: float
    shading: Shading
    normal_map: EvaluatedNormalMap | None
    z_map: EvaluatedZMap | None
    map_size: tuple[float, float] = (1.0, 1.0)
    maps: DataMaps = NO_MAPS


@dataclass(frozen=True, slots=True)
class EvaluatedFrame:
    """Everything a frame is drawn from."""

    frame: int
    fps: float
    camera: EvaluatedCamera
    lights: tuple[EvaluatedLight, ...]
    ambient: Colour
    surfaces: tuple[EvaluatedSurface, ...]
    geometries: tuple[EvaluatedGeometry, ...]
