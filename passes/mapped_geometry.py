"""Z-Depth maps on geometry: the plane they are measured on, and how far they move a mesh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt

from engine.scene import EvaluatedCamera, EvaluatedFrame, EvaluatedGeometry, EvaluatedSurface
from passes.bounds import Ratios, ratio_limits
from passes.mesh_topology import LONGEST_DIRECTION

Floats = npt.NDArray[np.float64]

FAR_AWAY = 1e6
FAREST = 0.5  # of the plane's distance: as far as a map moves it, for precision's sake


def measured(
    geometry: EvaluatedGeometry, limits: Sequence[float] | None = None
) -> EvaluatedSurface:
    """The square of a geometry's texture coordinates as a surface, on which its map is decoded like
    any other. A height is how far surface Z is before the plane.

    limits: smallest and largest value of the map. The camera stands far enough away that no height
    reaches it, and no farther than that: what a float can tell of a height depends on it.
    """
    z_map = geometry.z_map
    assert z_map is not None, f"{geometry.id} has no Z-Depth map"
    surface = EvaluatedSurface(
        id=geometry.id,
        object_id=geometry.object_id,
        world=geometry.world,
        size=geometry.map_size,
        media=geometry.media or z_map.media,
        matte=None,
        opacity=geometry.opacity,
        shading=geometry.shading,
        z_map=z_map,
        normal_map=geometry.normal_map,
    )
    if limits is None:
        return surface
    distance = float(z_map.source.world[2, 3])
    # From so far away nothing is clamped to the camera.
    far = FAR_AWAY * distance
    ratios = ratio_limits(replace(z_map, source=_at(z_map.source, far)), limits, surface.size)
    highest = far * max(abs(1 - ratios.low), abs(1 - ratios.high))
    source = _at(z_map.source, max(distance, highest / FAREST))
    return replace(surface, z_map=replace(z_map, source=source))


def heights(surface: EvaluatedSurface, ratios: Ratios) -> tuple[float, float]:
    """The lowest and the highest that a map moves what it is on."""
    assert surface.z_map is not None
    distance = float(surface.z_map.source.world[2, 3])
    return distance * (1 - ratios.high), distance * (1 - ratios.low)


def raised(corners: Floats, heights: tuple[float, float]) -> Floats:
    """(8, 3) corners of a box that holds a mesh in this one, (8, 3), wherever heights move it."""
    reach = LONGEST_DIRECTION * max(abs(heights[0]), abs(heights[1]))
    low, high = corners.min(axis=0) - reach, corners.max(axis=0) + reach
    return np.array(list(product(*np.stack([low, high], axis=1))))


def mapped(frame: EvaluatedFrame) -> list[EvaluatedSurface]:
    """The plane of every geometry of a frame that has a map (see `measured`)."""
    return [measured(geometry) for geometry in frame.geometries if geometry.z_map is not None]


def _at(source: EvaluatedCamera, distance: float) -> EvaluatedCamera:
    """A camera that looks straight on, from another distance."""
    world = source.world.copy()
    world[2, 3] = distance
    return replace(source, world=world)
