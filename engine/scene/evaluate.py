"""From the document to plain numbers at one frame.

Values of curves are brought back into their range, so that a Bezier that overshoots never makes a
negative softness. Nothing here raises or makes NaN for a valid document: an axis that would be
scaled to nothing keeps a tiny scale (`transforms.SMALLEST_SCALE`), and a surface or geometry whose
matrix leaves the range of numbers through a long chain of parents is not in the frame. Nor is one
whose opacity is 0: it is not seen, casts no shadow, and costs nothing.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pylinalg as la

from engine.scene.contents import Contents, media_frame
from engine.scene.curves import Number, Vector, value_at, vector_at
from engine.scene.evaluated import (
    NO_MAPS,
    AnalysisType,
    Colour,
    DataMaps,
    EvaluatedCamera,
    EvaluatedFrame,
    EvaluatedGeometry,
    EvaluatedLight,
    EvaluatedMotion,
    EvaluatedNormalMap,
    EvaluatedRegion,
    EvaluatedSurface,
    EvaluatedZMap,
    Holes,
    LightKind,
    Matrix,
    MediaFrame,
    NothingRule,
    Shading,
)
from engine.scene.lenses import evaluate_camera, framing_camera
from engine.scene.maps import (
    MAPS,
    DiffuseMap,
    MotionVectorsMap,
    NormalMap,
    PositionMap,
    Region,
    Shape,
    UVMap,
    ZDepthMap,
)
from engine.scene.node_base import Placed
from engine.scene.nodes import AnyNode, Camera, Geometry, Light, LightType, Shown, Surface
from engine.scene.transforms import local_matrix, plane_matrix, rigid

LIGHT_KINDS = {
    LightType.DIRECTIONAL: LightKind.DIRECTIONAL,
    LightType.POINT: LightKind.POINT,
    LightType.SPOT: LightKind.SPOT,
}
AnyMap = TypeVar("AnyMap", bound=AnyNode)
SMALLEST_SIDE = 1e-9
"""Scene units. A bounding box with less has no extent there."""

RELIEF_SHARE = 0.25
"""Automatic Relief Depth, as a share of the height of what the map is attached to."""

MOST_COLUMNS = 960


def automatic_step(size: tuple[int, int]) -> int:
    """Mesh step, in pixels, of a map whose Resolution is automatic, for a picture of this (width,
    height) where the mesh is a fixed grid: a vertex for every two pixels, and no more than 960
    along the longer side."""
    return max(2, math.ceil(max(size) / MOST_COLUMNS))


def evaluate(contents: Contents, frame: float) -> EvaluatedFrame:
    """The document at a frame, which may lie between two whole ones: cameras, axes and values move
    on, while media show the picture of the nearest whole frame."""
    with np.errstate(all="ignore"):
        return _Evaluation(contents, frame).result()


class _Evaluation:
    """One evaluation: the frame, and the world matrices found so far."""

    def __init__(self, contents: Contents, frame: float) -> None:
        self.contents = contents
        self.frame = frame
        self.whole_frame = math.floor(frame + 0.5)
        self.nodes: dict[str, AnyNode] = {node.id: node for node in contents.nodes}
        self.worlds: dict[str, Matrix] = {}
        self.maps: dict[str, dict[type[AnyNode], AnyNode]] = {}
        for node in contents.nodes:
            if isinstance(node, MAPS) and node.parent is not None:
                self.maps.setdefault(node.parent, {})[type(node)] = node

    def result(self) -> EvaluatedFrame:
        surfaces: list[EvaluatedSurface] = []
        geometries: list[EvaluatedGeometry] = []
        lights: list[EvaluatedLight] = []
        object_id = 0
        for node in self.contents.nodes:
            if isinstance(node, Surface | Geometry):
                object_id += 1
                if not _invertible(self.world(node)) or self.value(node.opacity) <= 0.0:
                    continue
                if isinstance(node, Surface):
                    surfaces.append(self.surface(node, object_id))
                else:
                    geometries.append(self.geometry(node, object_id))
            elif isinstance(node, Light):
                lights.append(self.light(node))
        return EvaluatedFrame(
            frame=self.whole_frame,
            fps=self.contents.fps,
            camera=self.render_camera(),
            lights=tuple(lights),
            ambient=self.colour(self.contents.ambient),
            surfaces=tuple(surfaces),
            geometries=tuple(geometries),
        )

    def value(self, number: Number, low: float = -math.inf, high: float = math.inf) -> float:
        return min(max(value_at(number, self.frame), low), high)

    def colour(self, vector: Vector) -> Colour:
        red, green, blue = vector_at(vector, self.frame)
        return max(red, 0.0), max(green, 0.0), max(blue, 0.0)

    def world(self, node: Placed) -> Matrix:
        """A node's matrix to the world. Walks up to the nearest ancestor already known."""
        chain: list[Placed] = []
        current: AnyNode | Placed | None = node
        while isinstance(current, Placed) and current.id not in self.worlds:
            chain.append(current)
            current = self.nodes[current.parent] if current.parent is not None else None
        matrix = np.eye(4) if current is None else self.worlds[current.id]
        for link in reversed(chain):
            matrix = matrix @ local_matrix(link, self.frame)
            self.worlds[link.id] = matrix
        return self.worlds[node.id]

    def is_ancestor(self, ancestor: str, node: Placed) -> bool:
        parent = node.parent
        while parent is not None and parent != ancestor:
            parent = self.nodes[parent].parent
        return parent is not None

    def render_camera(self) -> EvaluatedCamera:
        width, height = self.contents.size
        aspect = width * self.contents.pixel_aspect / height
        if self.contents.camera is None:
            return framing_camera((aspect, 1.0))
        camera = self.nodes[self.contents.camera]
        assert isinstance(camera, Camera)
        return evaluate_camera(camera, self.frame, rigid(self.world(camera)), aspect)

    def light(self, light: Light) -> EvaluatedLight:
        red, green, blue = self.colour(light.colour)
        intensity = self.value(light.intensity, 0.0)
        outer = 0.5 * self.value(light.cone, 0.1, 179.0)
        inner = max(outer - self.value(light.penumbra, 0.0), 0.0)
        return EvaluatedLight(
            id=light.id,
            kind=LIGHT_KINDS[light.kind],
            world=rigid(self.world(light)),
            colour=(red * intensity, green * intensity, blue * intensity),
            cone=(math.radians(inner), math.radians(outer)),
            shadows=light.shadows,
            shadow_bias=self.value(light.shadow_bias, 0.0),
            shadow_softness=self.value(light.shadow_softness, 0.0),
        )

    def media(self, number: int) -> MediaFrame:
        media = self.contents.media[number - 1]
        return MediaFrame(number - 1, media_frame(media, self.whole_frame, self.contents.fps))

    def optional_media(self, number: int | None) -> MediaFrame | None:
        return None if number is None else self.media(number)

    def shading(self, node: Shown) -> Shading:
        return Shading(
            lit=node.lit,
            casts_shadow=node.casts_shadow,
            receives_shadow=node.receives_shadow,
            roughness=self.value(node.roughness, 0.0, 1.0),
            specular=self.value(node.specular, 0.0, 1.0),
        )

    def surface(self, node: Surface, object_id: int) -> EvaluatedSurface:
        media = self.contents.media[node.media - 1]
        size = (media.size[0] * media.pixel_aspect / media.size[1], 1.0)
        return EvaluatedSurface(
            id=node.id,
            object_id=object_id,
            world=self.world(node),
            size=size,
            media=self.media(node.media),
            matte=self.optional_media(media.matte if node.matte is None else node.matte),
            opacity=self.value(node.opacity, 0.0, 1.0),
            shading=self.shading(node),
            z_map=self.z_map(node, size),
            normal_map=self.normal_map(node),
            maps=self.data_maps(node),
        )

    def geometry(self, node: Geometry, object_id: int) -> EvaluatedGeometry:
        return EvaluatedGeometry(
            id=node.id,
            object_id=object_id,
            world=self.world(node),
            mesh=node.mesh,
            media=self.optional_media(node.media),
            colour=self.colour(node.colour),
            opacity=self.value(node.opacity, 0.0, 1.0),
            shading=self.shading(node),
            normal_map=self.normal_map(node),
            z_map=self.z_map(node, self.map_size(node)),
            map_size=self.map_size(node),
            maps=self.data_maps(node),
        )

    def map_size(self, node: Geometry) -> tuple[float, float]:
        """Width and height, in scene units, of the plane that a map on a geometry is measured on:
        as high as the bounding box (or what is largest of one without height), and of the
        picture's aspect."""
        z_map = self.map_of(node, ZDepthMap)
        number = node.media or (z_map.media if z_map is not None else None)
        sides = (node.bounds[1], max(node.bounds), 1.0)
        height = next(side for side in sides if side > SMALLEST_SIDE)
        if number is None:
            return height, height
        media = self.contents.media[number - 1]
        return height * media.size[0] * media.pixel_aspect / media.size[1], height

    def map_of(self, carrier: Shown, kind: type[AnyMap]) -> AnyMap | None:
        node = self.maps.get(carrier.id, {}).get(kind)
        assert node is None or isinstance(node, kind)
        return node

    def data_maps(self, carrier: Shown) -> DataMaps:
        if carrier.id not in self.maps:
            return NO_MAPS
        diffuse, position = self.map_of(carrier, DiffuseMap), self.map_of(carrier, PositionMap)
        uv, motion = self.map_of(carrier, UVMap), self.map_of(carrier, MotionVectorsMap)
        if not (diffuse or position or uv or motion):
            return NO_MAPS
        return DataMaps(
            diffuse=None if diffuse is None else self.media(diffuse.media),
            position=None if position is None else self.media(position.media),
            uv=None if uv is None else self.media(uv.media),
            uv_down=uv is not None and uv.flip_v,
            motion=None if motion is None else self.motion(motion),
        )

    def motion(self, node: MotionVectorsMap) -> EvaluatedMotion:
        scale = self.value(node.scale)
        return EvaluatedMotion(
            forward=self.media(node.media),
            backward=self.optional_media(node.backward),
            scale=(scale, -scale if node.flip_v else scale),
        )

    def normal_map(self, carrier: Shown) -> EvaluatedNormalMap | None:
        node = self.map_of(carrier, NormalMap)
        if node is None:
            return None
        return EvaluatedNormalMap(
            id=node.id,
            media=self.media(node.media),
            signed=node.signed,
            flip_y=node.flip_y,
            strength=self.value(node.strength),
        )

    def z_map(self, carrier: Surface | Geometry, size: tuple[float, float]) -> EvaluatedZMap | None:
        node = self.map_of(carrier, ZDepthMap)
        if node is None:
            return None
        number = node.media if node.analysis is AnalysisType.MEDIA else carrier.media
        assert number is not None, f"{node.id} shows no media and was let through"
        shown = self.media(number)
        if node.analysis is AnalysisType.MEDIA and node.colour_map is not None:
            shown = replace(shown, colour_map=node.colour_map)
        picture = self.contents.media[(carrier.media or number) - 1]
        relief = node.relief_depth
        threshold = 0.01 * self.value(node.tear_threshold, 0.0)
        return EvaluatedZMap(
            id=node.id,
            analysis=node.analysis,
            media=shown,
            range=node.depth_range,
            relief_depth=RELIEF_SHARE * size[1] if relief is None else self.value(relief),
            depth_scale=self.value(node.depth_scale, 1e-9),
            black=self.value(node.black),
            white=self.value(node.white),
            gamma=self.value(node.gamma, 0.01, 100.0),
            invert=node.invert,
            effect=self.value(node.effect),
            softness=(self.value(node.softness[0], 0.0), self.value(node.softness[1], 0.0)),
            displace=node.displace,
            three_d=node.three_d,
            step=automatic_step(picture.size) if node.step is None else node.step,
            bump=node.bump,
            projection=node.project_along,
            z_pass=node.z_pass,
            fit=node.fit,
            repeat=node.repeat,
            to_surface=plane_matrix(node, self.frame),
            z_offset=self.value(node.translate[2]),
            source=self.source_camera(node, carrier, size),
            own_camera=node.source_camera is None,
            edge_aware=node.edge_aware,
            smooth_steps=node.smooth_steps and node.analysis is AnalysisType.MEDIA,
            nothing=node.nothing if node.analysis is AnalysisType.MEDIA else NothingRule.NONE,
            holes=node.holes if node.analysis is AnalysisType.MEDIA else Holes.PLANE,
            tear=threshold if node.tear else None,
            tear_threshold=threshold,
            tolerance=self.value(node.tolerance, 0.01) if node.step is None else None,
            regions=tuple(_region(region) for region in node.regions),
            network=node.network,
            stabilise=node.stabilise,
            region_softness=self.value(node.region_softness, 0.0),
            head_and_shoulders=node.head_and_shoulders and node.analysis is AnalysisType.FACE,
        )

    def source_camera(
        self, z_map: ZDepthMap, carrier: Surface | Geometry, size: tuple[float, float]
    ) -> EvaluatedCamera:
        """The camera of a map's picture, in the space of the surface it is attached to. On a
        geometry no camera takes part: the map is measured straight on."""
        if z_map.source_camera is None or isinstance(carrier, Geometry):
            camera = framing_camera(size)
        else:
            node = self.nodes[z_map.source_camera]
            assert isinstance(node, Camera)
            to_surface = la.mat_inverse(self.world(carrier))
            # A camera that belongs to the surface is scaled with it, distances included; any other
            # measures in scene units, whatever the surface is scaled by.
            if self.is_ancestor(carrier.id, node):
                world = rigid(to_surface @ self.world(node))
            else:
                world = to_surface @ rigid(self.world(node))
            camera = evaluate_camera(node, self.frame, world, size[0] / size[1])
        near = camera.near if z_map.near is None else self.value(z_map.near, 1e-6)
        far = camera.far if z_map.far is None else self.value(z_map.far, 1e-6)
        return replace(camera, near=near, far=max(far, near * (1.0 + 1e-6)))


def _invertible(matrix: Matrix) -> bool:
    """Whether a matrix and its inverse are made of numbers that single precision can hold."""
    if not (np.abs(matrix) < 1e30).all():
        return False
    return abs(float(np.linalg.det(matrix[:3, :3]))) > 1e-60


def _region(region: Region) -> EvaluatedRegion:
    points = region.points
    if region.shape is Shape.RECTANGLE:
        (left, top), (right, bottom) = points
        points = ((left, top), (right, top), (right, bottom), (left, bottom))
    return EvaluatedRegion(region.exclude, points)
