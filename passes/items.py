"""From the evaluated document to the draw list: what each surface and geometry needs drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.gpu import UniformArena
from engine.scene import (
    EvaluatedGeometry,
    EvaluatedNormalMap,
    EvaluatedSurface,
    EvaluatedZMap,
    Projection,
    Shading,
)
from passes.adaptive_view import LatticeShape
from passes.blocks import ITEM
from passes.bounds import Ratios
from passes.camera import source_row
from passes.data_group import DataNames
from passes.data_maps import flags_of
from passes.draw import Flag, Item, Kind
from passes.map_use import MapUse
from passes.tessellate import GridShape

Matrix = npt.NDArray[np.float64]
PLANE_CORNERS = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])


def normal_matrix(world: Matrix) -> Matrix:
    """(4, 4) for normals: the inverse transpose of the linear part."""
    matrix = np.zeros((4, 4))
    matrix[:3, :3] = np.linalg.inv(world[:3, :3]).T
    matrix[3, 3] = 1
    # Its scale does not matter, but very small or large worlds would leave float32's range.
    return matrix / max(float(np.abs(matrix[:3, :3]).max()), 1e-30)


def transformed(world: Matrix, points: Matrix) -> Matrix:
    """(n, 3) points by a (4, 4) matrix."""
    return points @ world[:3, :3].T + world[:3, 3]


def surface_corners(surface: EvaluatedSurface, ratios: Ratios | None) -> Matrix:
    """(n, 3) world points that bound a surface, displaced by its map where `ratios` are given."""
    flat = np.zeros((4, 3))
    flat[:, :2] = PLANE_CORNERS * surface.size
    points = [flat]
    z_map = surface.z_map
    if ratios is not None and z_map is not None:
        origin = z_map.source.world[:3, 3]
        for t in (ratios.low, ratios.high):
            if z_map.projection is Projection.SURFACE_NORMAL:
                points.append(flat + np.array([0, 0, origin[2] * (1 - t)]))
            else:
                points.append(origin + t * (flat - origin))
    return transformed(surface.world, np.concatenate(points))


def plane_of(world: Matrix) -> Matrix:
    """(4,) plane equation (unit normal, offset) of a surface's plane z = 0 in the world."""
    normal = normal_matrix(world)[:3, 2]
    normal = normal / max(float(np.linalg.norm(normal)), 1e-30)
    return np.array([*normal, -normal @ world[:3, 3]])


def _kind(use: MapUse, grid: GridShape | None) -> Kind:
    if not use.relief:
        return Kind.PLANE
    if grid is not None:
        return Kind.TORN_GRID if use.tear else Kind.RELIEF
    return Kind.TORN if use.tear else Kind.ADAPTIVE


class SurfaceItem:
    """A surface in the draw list, with its uniforms."""

    def __init__(
        self,
        arena: UniformArena,
        surface: EvaluatedSurface,
        use: MapUse,
        lattice: tuple[int, int],
        colour: str,
        matte: str | None,
        normal_map: str | None,
        diffuse: str | None,
        data_maps: DataNames,
        grid: GridShape | None,
        tile: tuple[object, int],
    ) -> None:
        """grid: of an extruded surface; None: its mesh is adaptive. tile: index buffer of one tile,
        and how many indices."""
        z_map = surface.z_map
        self.use = use
        self.lattice = lattice
        self.grid = grid
        slot = arena.slot(ITEM)
        self.item = Item(
            surface.id,
            _kind(use, grid),
            slot,
            colour=colour,
            matte=matte,
            z=f"{surface.id} z" if use.surface_z else None,
            normals=f"normals {surface.id}" if use.normals else None,
            normal_map=normal_map,
            diffuse=diffuse,
            data_maps=data_maps,
            replaces_depth=z_map is not None and z_map.displace and not use.relief,
        )
        if self.grid is not None and not use.tear:
            across, down = self.grid.tiles
            self.item.vertices = f"{surface.id} vertices"
            self.item.indices, self.item.index_count = tile
            self.item.instances = across * down
        elif use.relief:
            self.item.triangles = f"{surface.id} triangles"
            self.item.arguments = f"{surface.id} draw"
            self.item.vertices = f"{surface.id} torn" if use.tear else None
            self.item.indices, self.item.index_count = tile

    def update(
        self,
        surface: EvaluatedSurface,
        lit: bool,
        has_alpha: bool,
        matte_is_luma: bool,
        ratios: Ratios | None,
    ) -> None:
        """Write the uniforms. lit: the scene has lights."""
        item, z_map = self.item, surface.z_map
        flags = shading_flags(surface.shading, surface.world, lit) | Flag.HAS_COLOUR
        flags |= _normal_flags(surface.normal_map) | flags_of(surface.maps)
        if has_alpha or surface.matte is not None or surface.opacity < 1:
            flags |= Flag.SOFT
        if surface.matte is not None:
            flags |= Flag.HAS_MATTE
            if matte_is_luma:
                flags |= Flag.MATTE_IS_LUMA
        if z_map is not None:
            flags |= _map_flags(z_map, self.use)
        threshold = z_map.tear_threshold if z_map is not None else 0.0
        write_item(item, surface, flags, (1.0, 1.0, 1.0), threshold)
        item.slot.update(size=surface.size, lattice=self.lattice)
        if z_map is not None:
            item.slot.update(
                source_origin=[*z_map.source.world[:3, 3], 1.0], source_z=source_row(z_map.source)
            )
        if ratios is not None:
            item.slot["reach"] = [ratios.low, ratios.high, 0.0, 0.0]
        if self.grid is not None:
            item.slot["grid"] = [*self.grid.count, self.grid.step, self.grid.tiles[0]]
        elif self.use.relief:
            shape = LatticeShape(self.lattice)
            full = GridShape(self.lattice, 1)
            item.slot["grid"] = [*shape.cells, shape.blocks[0], full.tiles[0]]
        item.shading = surface.shading
        item.plane = plane_of(surface.world)
        item.corners = surface_corners(surface, ratios if self.use.relief else None)

    def take_scale(self, pixels_per_texel: float) -> None:
        """How large the picture is on screen: where nothing of it is enlarged (but for rounding),
        each pixel's own depth is all that there is to see."""
        if pixels_per_texel <= 1.001:
            self.item.flags |= Flag.TEXEL_A_PIXEL


class GeometryItem:
    """A triangle mesh in the draw list, with its uniforms."""

    def __init__(
        self,
        arena: UniformArena,
        geometry: EvaluatedGeometry,
        use: MapUse,
        buffers: tuple[object, object, int],
        colour: str | None,
        normal_map: str | None,
        diffuse: str | None,
        data_maps: DataNames,
    ) -> None:
        """buffers: vertices, indices and their count of the mesh as it is."""
        vertices, indices, count = buffers
        self.use = use
        z_map, name = geometry.z_map, geometry.id
        self.item = Item(
            name, Kind.MESH, arena.slot(ITEM), colour=colour, normal_map=normal_map,
            diffuse=diffuse, data_maps=data_maps,
            z=f"{name} z" if use.surface_z else None,
            normals=f"normals {name}" if use.normals else None,
            vertices=vertices, indices=indices, index_count=count,
            replaces_depth=z_map is not None and z_map.displace and not use.relief,
        )  # fmt: skip
        if use.relief:
            self.item.vertices = f"{name} vertices"
            self.item.triangles = f"{name} triangles"
            self.item.arguments = f"{name} draw"

    def update(
        self,
        geometry: EvaluatedGeometry,
        lit: bool,
        has_alpha: bool,
        corners: Matrix,
        plane: EvaluatedSurface | None = None,
        lattice: tuple[int, int] = (1, 1),
    ) -> None:
        """Write the uniforms. corners: of what is drawn, in its own space. plane, lattice: where
        its map is measured, and on how many points; None: it has no map."""
        flags = shading_flags(geometry.shading, geometry.world, lit)
        flags |= _normal_flags(geometry.normal_map) | flags_of(geometry.maps)
        if geometry.media is not None:
            flags |= Flag.HAS_COLOUR
        if has_alpha or geometry.opacity < 1:
            flags |= Flag.SOFT
        if plane is not None and plane.z_map is not None:
            flags |= _map_flags(plane.z_map, self.use)
            source = plane.z_map.source
            self.item.slot.update(
                size=plane.size, lattice=lattice, source_z=source_row(source),
                source_origin=[*source.world[:3, 3], 1.0],
            )  # fmt: skip
        write_item(self.item, geometry, flags, geometry.colour)
        self.item.shading = geometry.shading
        self.item.corners = transformed(geometry.world, corners)


def write_item(
    item: Item,
    drawn: EvaluatedSurface | EvaluatedGeometry,
    flags: Flag,
    colour: Sequence[float],
    last: float = 0.0,
) -> None:
    """Write the uniforms that all items have. last: number of the material (passes/blocks.py)."""
    strength = drawn.normal_map.strength if drawn.normal_map is not None else 1.0
    item.flags = flags
    item.slot.update(
        world=drawn.world,
        normal_matrix=normal_matrix(drawn.world),
        colour=[*colour, drawn.opacity],
        material=[drawn.shading.roughness, drawn.shading.specular, strength, last],
        object_id=drawn.object_id,
    )


def shading_flags(shading: Shading, world: Matrix, lit: bool) -> Flag:
    """How an item meets light. lit: the scene has lights."""
    flags = Flag(0)
    if lit and shading.lit:
        flags |= Flag.LIT
    if shading.receives_shadow:
        flags |= Flag.RECEIVES_SHADOW
    if shading.specular > 0:
        flags |= Flag.GLOSSY
    if np.linalg.det(world[:3, :3]) < 0:
        flags |= Flag.MIRRORED
    return flags


def _map_flags(z_map: EvaluatedZMap, use: MapUse) -> Flag:
    flags = Flag.RELIEF_NORMALS if use.normals else Flag(0)
    if not use.surface_z:
        return flags
    flags |= Flag.HAS_Z
    if z_map.displace and not use.relief:
        flags |= Flag.DISPLACE
    if z_map.z_pass and not use.relief:
        flags |= Flag.Z_PASS
    if z_map.projection is Projection.SURFACE_NORMAL:
        flags |= Flag.ALONG_NORMAL
    return flags


def _normal_flags(normal_map: EvaluatedNormalMap | None) -> Flag:
    if normal_map is None:
        return Flag(0)
    flags = Flag.NORMAL_MAP
    if normal_map.signed:
        flags |= Flag.SIGNED_NORMALS
    if normal_map.flip_y:
        flags |= Flag.FLIP_Y
    return flags
