"""New nodes and new documents that look right at once.

The functions that make a node take the document it will be part of and return the node alone, to be
added with `scene.with_node`.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import msgspec

from engine.errors import SceneError
from engine.scene.aov import Aov
from engine.scene.contents import FIRST_FRAME, Media, MediaKind
from engine.scene.document import Scene
from engine.scene.evaluated import AnalysisType, DepthRange, Projection
from engine.scene.lenses import DEFAULT_FOV, FAR_SHARE, NEAR_SHARE, framing_distance
from engine.scene.maps import MAPS, Region, ZDepthMap
from engine.scene.nodes import (
    KIND_NAMES,
    AnyNode,
    Axis,
    Camera,
    Geometry,
    Light,
    LightType,
    Surface,
)
from engine.scene.transforms import aim

GLOBAL_NEAR_SHARE, GLOBAL_FAR_SHARE = 0.6, 1.6
"""Near and far of a Global analysis, as shares of the source camera's distance to the surface."""

REGION_SOFTNESS_SHARE = 0.02
"""Of the picture's height: how wide a new region of interest fades inside its edge."""

FACE_SOFTNESS = (1.5, 1.5)
"""Pixels. The sides of a face stand almost upright on the picture; this gives their walls a slope,
where a mesh would show saw teeth."""

AMBIENT = (0.25, 0.25, 0.25)
"""Light from everywhere besides a key light: the shaded side of a relief keeps its drawing."""


def new_id(scene: Scene, kind: type[AnyNode]) -> str:
    """A free name for a new node of a kind: "Surface 2"."""
    return scene.unique_id(KIND_NAMES[kind])


def new_media(
    path: str | os.PathLike[str],
    size: tuple[int, int],
    *,
    kind: str | None = None,
    first: int = 1,
    last: int | None = None,
    fps: float | None = None,
    pixel_aspect: float = 1.0,
    name: str | None = None,
) -> Media:
    """A media as `engine.media` describes it (the fields of its `SourceInfo`), with an absolute
    path. size: (width, height) in pixels."""
    text = os.fspath(path)
    if "://" not in text:
        text = os.path.abspath(text)
    return Media(
        name=name or Path(text).name,
        path=text,
        size=size,
        kind=None if kind is None else MediaKind(kind),
        first=first,
        last=first if last is None else last,
        fps=fps,
        pixel_aspect=pixel_aspect,
    )


def new_camera(scene: Scene, *, height: float = 1.0) -> Camera:
    """A camera that frames a surface of this height at the origin exactly: vertical field of view
    40°, near half and far twice the distance."""
    distance = framing_distance(height)
    return Camera(
        id=new_id(scene, Camera),
        translate=(0.0, 0.0, distance),
        fov=DEFAULT_FOV,
        near=NEAR_SHARE * distance,
        far=FAR_SHARE * distance,
    )


def new_light(scene: Scene, kind: LightType = LightType.DIRECTIONAL) -> Light:
    """A key light from the upper left in front of the origin, which it looks at. A point or spot
    light is as bright there as a directional one."""
    position = (-0.9, 1.1, 1.6)
    distance_squared = sum(part * part for part in position)
    return Light(
        id=new_id(scene, Light),
        kind=kind,
        translate=position,
        rotate=aim(position, (0.0, 0.0, 0.0)),
        intensity=1.0 if kind is LightType.DIRECTIONAL else distance_squared,
    )


def map_defaults(
    scene: Scene, parent: str, analysis: AnalysisType, source_camera: str | None = None
) -> dict[str, Any]:
    """What a new Z-Depth map of this analysis is, field by field, whatever way it is made: by
    `new`, by the node bin, by an analysis that is chosen in the window. parent: the surface or
    geometry that it hangs on.

    The one place for it; `new_z_map` makes a map of it, `with_analysis` turns one into another.
    What depends on the pictures of a depth media is no matter of this room.

    A Global analysis, with a face's shape or without, gets its near and far now, from where the
    source camera stands at the first frame: an animated camera does not make the depth pump.
    """
    on_geometry = isinstance(scene.node(parent), Geometry)
    near = far = None
    if analysis.sees_all:
        distance = _source_distance(scene, parent, source_camera)
        near, far = GLOBAL_NEAR_SHARE * distance, GLOBAL_FAR_SHARE * distance
    only_face = analysis is AnalysisType.FACE
    return {
        "near": near,
        "far": far,
        "head_and_shoulders": only_face,
        "displace": True,
        "softness": FACE_SOFTNESS if only_face else (0.0, 0.0),
        "smooth_steps": analysis is AnalysisType.MEDIA,
        "depth_range": DepthRange.RELIEF if on_geometry else DepthRange.NORMALIZED,
        "project_along": Projection.SURFACE_NORMAL if on_geometry else Projection.CAMERA_RAYS,
    }


def new_z_map(
    scene: Scene,
    parent: str,
    *,
    media: int | None = None,
    analysis: AnalysisType = AnalysisType.MEDIA,
    source_camera: str | None = None,
) -> ZDepthMap:
    """A Z-Depth map for a surface or geometry of the document, taking part in the 3D render with 3D
    off, as `map_defaults` says. media: number in the media list, for `AnalysisType.MEDIA`."""
    return ZDepthMap(
        id=new_id(scene, ZDepthMap),
        parent=parent,
        media=media if analysis is AnalysisType.MEDIA else None,
        analysis=analysis,
        source_camera=source_camera,
        **map_defaults(scene, parent, analysis, source_camera),
    )


def with_analysis(
    scene: Scene, name: str, analysis: AnalysisType, *, media: int | None = None
) -> Scene:
    """The document in which a Z-Depth map has another Analysis Type. What still is as a new map of
    the old type has it becomes what a new map of the new type has; what was set otherwise stays,
    and so does the media, for the way back. media: for a map that gets its depth from a media now
    and has none yet. Raises SceneError."""
    node = scene.node(name)
    assert isinstance(node, ZDepthMap)
    values: dict[str, Any] = {"analysis": analysis}
    if analysis is AnalysisType.MEDIA and node.media is None:
        if media is None:
            raise SceneError(f'"{name}" has no depth picture: choose it in the Media panel first')
        values["media"] = media
    if node.parent is not None and node.analysis is not analysis:
        old = map_defaults(scene, node.parent, node.analysis, node.source_camera)
        new = map_defaults(scene, node.parent, analysis, node.source_camera)
        ends = ("near", "far")  # one of them alone might lie on the wrong side of the other
        for fields in (ends, *((field,) for field in new if field not in ends)):
            if all(_same(getattr(node, field), old[field]) for field in fields):
                values |= {field: new[field] for field in fields}
        if isinstance(scene.node(node.parent), Geometry):
            values["depth_range"] = new["depth_range"]  # there is no other choice
    return scene.with_values(name, **values)


def _same(value: object, default: object) -> bool:
    """Whether a field still has its default, which may have been computed a little otherwise."""
    if isinstance(value, float) and isinstance(default, float):
        return math.isclose(value, default, rel_tol=1e-6)
    return value == default


def with_region(scene: Scene, name: str, region: Region) -> Scene:
    """The document in which a Z-Depth map has one more region of interest. The first one fades at
    its edge, unless how is set already: depth that ends at once stands up like a wall."""
    node = scene.node(name)
    assert isinstance(node, ZDepthMap)
    carrier = scene.node(node.parent or "")
    number = carrier.media if isinstance(carrier, Surface | Geometry) else None
    number = number or node.media
    values: dict[str, Any] = {"regions": (*node.regions, region)}
    if not node.regions and node.region_softness == 0.0 and number is not None:
        values["region_softness"] = REGION_SOFTNESS_SHARE * scene.media[number - 1].size[1]
    return scene.with_values(name, **values)


def as_relief(scene: Scene, name: str) -> Scene:
    """The document in which what has this Z-Depth map is extruded and seen to be: 3D on, and a
    first light."""
    return with_first_light(scene.with_values(name, three_d=True))


def with_first_light(scene: Scene) -> Scene:
    """The document with a key light and some light from everywhere, where it has neither."""
    if scene.ambient != (0.0, 0.0, 0.0) or any(isinstance(node, Light) for node in scene.nodes):
        return scene
    return scene.with_node(new_light(scene)).with_settings(ambient=AMBIENT)


def new_node(
    scene: Scene, kind: type[AnyNode], *, parent: str | None = None, media: int | None = None
) -> AnyNode:
    """A node of any kind, as the node bin makes it. parent: for a map, the surface or geometry that
    it hangs on; for a 3D AOV the one that takes its map, if any. media: what a surface, a geometry
    or a map shows; a map's is the last of the list by default, a surface's the first. A geometry is
    a small sphere. Raises SceneError where the document lacks what it needs.
    """
    name = KIND_NAMES[kind]
    if kind in MAPS and parent is None:
        raise SceneError(f"a {name} hangs on a surface or geometry: select the one that it is for")
    if kind in (*MAPS, Surface) and not scene.media:
        raise SceneError(f"the document has no media for a {name}: drop a picture on a surface")
    last = len(scene.media) if media is None else media
    if kind is ZDepthMap:
        return new_z_map(scene, parent or "", media=last)
    id = new_id(scene, kind)
    if kind in MAPS:
        return kind(id=id, parent=parent, media=last)
    if kind is Aov:
        return Aov(id=id, parent=parent)
    if kind is Surface:
        return Surface(id=id, parent=parent, media=1 if media is None else media)
    if kind is Geometry:
        small = (0.3, 0.3, 0.3)  # beside a surface, which is 1 unit high
        return Geometry(id=id, parent=parent, mesh="sphere", media=media, scale=small)
    if kind is Axis:
        return Axis(id=id, parent=parent)
    made = new_camera(scene) if kind is Camera else new_light(scene)
    return msgspec.structs.replace(made, parent=parent)


def new_scene(
    media: Media,
    *,
    z_media: Media | None = None,
    analysis: AnalysisType | None = None,
    name: str = "",
    fps: float | None = None,
    timecode: str | None = None,
) -> Scene:
    """A document that shows a picture with its depth: the media, a surface, a camera that frames it
    exactly, and a Z-Depth map from `z_media` or by `analysis` (neither: no map).

    It has the size of the picture. A still is one frame, 1001, by habit; a clip has its own range
    and rate. A map whose frames are numbered elsewhere altogether (1 to 48 for a clip of 1001 to
    1048) starts with the clip. fps: in place of the media's own rate. timecode: of the first
    frame. Displace Vertices is on, 3D is off.
    """
    is_clip = media.last > media.first
    first, last = (media.first, media.last) if is_clip else (FIRST_FRAME, FIRST_FRAME)
    if not is_clip and z_media is not None and z_media.last > z_media.first:
        first, last = z_media.first, z_media.last
    elif z_media is not None and z_media.last > z_media.first:
        apart = z_media.last < media.first or z_media.first > media.last
        if apart and z_media.offset == 0.0:
            offset = float(media.first - z_media.first)
            z_media = msgspec.structs.replace(z_media, offset=offset)
    rate = fps or media.fps or (z_media.fps if z_media else None) or 24.0
    scene = Scene(
        name=name or Path(media.path).stem,
        fps=rate,
        timecode=timecode,
        first=first,
        last=first if last is None else last,
        size=media.size,
        pixel_aspect=media.pixel_aspect,
        media=(media,) if z_media is None else (media, z_media),
    )
    surface = Surface(id=new_id(scene, Surface), media=1)
    camera = new_camera(scene)
    scene = scene.with_node(surface, camera).with_settings(camera=camera.id)
    if z_media is not None:
        scene = scene.with_node(new_z_map(scene, surface.id, media=2))
    elif analysis is not None and analysis is not AnalysisType.MEDIA:
        scene = scene.with_node(new_z_map(scene, surface.id, analysis=analysis))
    return scene


def _source_distance(scene: Scene, parent: str, source_camera: str | None) -> float:
    """Planar distance from the source camera to the origin of the surface, at the first frame."""
    if source_camera is None:
        return framing_distance()
    probe = ZDepthMap(
        id=scene.unique_id("probe"), parent=parent, source_camera=source_camera,
        analysis=AnalysisType.FACE, project_along=Projection.SURFACE_NORMAL,
    )  # fmt: skip
    others = tuple(
        node for node in scene.nodes if not isinstance(node, ZDepthMap) or node.parent != parent
    )
    frame = scene.with_settings(nodes=(*others, probe)).evaluate(scene.first)
    maps = [item.z_map for item in (*frame.surfaces, *frame.geometries) if item.id == parent]
    if not maps or maps[0] is None:
        return framing_distance()
    world = maps[0].source.world
    # The origin of the surface, seen from the camera: its depth along the view axis.
    depth = float(world[:3, 2] @ world[:3, 3]) / float(world[:3, 2] @ world[:3, 2])
    return depth if math.isfinite(depth) and depth > 1e-3 else framing_distance()
