"""How each kind of node is shown wherever nodes are: its icon, its colour, what is said of it."""

from __future__ import annotations

from imgui_bundle import icons_fontawesome_6 as icons

from engine.scene import (
    KIND_NAMES,
    MAPS,
    AnalysisType,
    AnyNode,
    Aov,
    AovDepth,
    AovMotion,
    AovType,
    Axis,
    Camera,
    DiffuseMap,
    Geometry,
    Lens,
    Light,
    MotionVectorsMap,
    NormalMap,
    PositionMap,
    Scene,
    Surface,
    UVMap,
    ZDepthMap,
    readable,
    value_at,
)

KINDS: tuple[type[AnyNode], ...] = (Axis, Camera, Light, Surface, Geometry, *MAPS, Aov)
"""In the order of the node bin."""

ICONS: dict[type[AnyNode], str] = {
    Axis: icons.ICON_FA_UP_DOWN_LEFT_RIGHT,
    Camera: icons.ICON_FA_VIDEO,
    Light: icons.ICON_FA_LIGHTBULB,
    Surface: icons.ICON_FA_IMAGE,
    Geometry: icons.ICON_FA_CUBE,
    ZDepthMap: icons.ICON_FA_MOUNTAIN,
    NormalMap: icons.ICON_FA_COMPASS,
    PositionMap: icons.ICON_FA_LOCATION_CROSSHAIRS,
    UVMap: icons.ICON_FA_TABLE_CELLS,
    MotionVectorsMap: icons.ICON_FA_WIND,
    DiffuseMap: icons.ICON_FA_PALETTE,
    Aov: icons.ICON_FA_LAYER_GROUP,
}

# Blue, yellow, orange and grey: told apart also by those who see red and green alike.
COLOURS: dict[type[AnyNode], tuple[float, float, float, float]] = {
    Axis: (0.72, 0.72, 0.74, 1.0),
    Camera: (0.55, 0.74, 0.95, 1.0),
    Light: (0.98, 0.88, 0.42, 1.0),
    Surface: (0.36, 0.62, 0.9, 1.0),
    Geometry: (0.62, 0.58, 0.9, 1.0),
    ZDepthMap: (0.96, 0.66, 0.26, 1.0),
    NormalMap: (0.86, 0.5, 0.3, 1.0),
    PositionMap: (0.9, 0.56, 0.36, 1.0),
    UVMap: (0.9, 0.56, 0.36, 1.0),
    MotionVectorsMap: (0.9, 0.56, 0.36, 1.0),
    DiffuseMap: (0.9, 0.56, 0.36, 1.0),
    Aov: (0.66, 0.82, 0.86, 1.0),
}

BIN_NAMES = {**KIND_NAMES, ZDepthMap: "Z-Depth Map", MotionVectorsMap: "Motion Vectors"}
"""What the node bin calls them."""

MENU_NAMES: dict[type[AnyNode], str] = {
    ZDepthMap: "Z-Depth",
    NormalMap: "Normal",
    PositionMap: "Position",
    UVMap: "UV",
    MotionVectorsMap: "Motion Vectors",
    DiffuseMap: "Diffuse",
}
"""What Add Map calls the kinds of map."""


def title(scene: Scene, node: AnyNode) -> str:
    """A node's name, and in brackets the media that it shows: "Z-Depth 1 [2]". An analysis shows
    the media of what it hangs on."""
    number = getattr(node, "media", None)
    if isinstance(node, ZDepthMap) and node.analysis is not AnalysisType.MEDIA:
        number = getattr(scene.node(node.parent or ""), "media", None)
    return node.id if number is None else f"{node.id} [{number}]"


def detail(scene: Scene, node: AnyNode, frame: float) -> str:
    """One more thing worth knowing of a node."""
    if isinstance(node, Camera):
        lens = node.lens is Lens.FIELD_OF_VIEW
        value = value_at(node.fov if lens else node.focal_length, frame)
        return f"{value:.3g}{'°' if lens else ' mm'}"
    if isinstance(node, Light):
        return str(node.kind.value).title()
    if isinstance(node, Aov):
        more = ""
        if node.kind is AovType.Z_DEPTH and node.depth is not AovDepth.PLANAR:
            more = f", {node.depth.value}"
        elif node.kind is AovType.MOTION_VECTORS and node.motion is AovMotion.BACKWARD:
            more = ", backward"
        return readable(node.kind.value) + more
    if isinstance(node, Axis):
        return "Transform"
    if isinstance(node, ZDepthMap) and node.analysis is not AnalysisType.MEDIA:
        return readable(node.analysis.value)
    if isinstance(node, Geometry) and node.media is None:
        return node.mesh.replace("\\", "/").rpartition("/")[2]
    number = getattr(node, "media", None)
    return "" if number is None else scene.media[number - 1].name
