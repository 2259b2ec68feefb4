"""How far a map can move its surface: bounds for what must hold all that is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.scene.evaluated import EvaluatedCamera, EvaluatedZMap, Holes
from passes.camera import source_axes, source_row
from passes.zdepth import Reading, inverted, reading_of, relief_depth

# As in wgsl/zdepth.wgsl.
FAR_AWAY = 2.9e38
HUGE = 1e9
NEAREST = 1e-3


@dataclass(frozen=True, slots=True)
class Ratios:
    """Smallest and largest depth / plane depth that a map can give."""

    low: float
    high: float


def ratio_limits(
    z_map: EvaluatedZMap, limits: Sequence[float], size: tuple[float, float]
) -> Ratios:
    """Bounds of a displaced surface from its map.

    limits: the smallest and largest finite value of the map, and FAR_AWAY with its sign where it
    holds infinity. size: (width, height) of the surface in scene units.
    """
    corners = np.array([[x * size[0], y * size[1], 0, 1] for x in (-0.5, 0.5) for y in (-0.5, 0.5)])
    planes = corners @ source_row(z_map.source)
    if planes.max() <= 1e-6:
        return Ratios(1.0, 1.0)
    # Where the plane runs through the source camera's own plane there is no bound.
    nearest = max(float(planes.min()), 1e-3 * float(planes.max()))
    moved = [1.0]
    for plane in (nearest, float(planes.max())):
        for z in _depths(z_map, limits, size, plane):
            ratio = max((z + z_map.z_offset) / plane, NEAREST)
            moved.append(max(1 + z_map.effect * (ratio - 1), NEAREST))
    return Ratios(min(moved), max(moved))


def _depths(
    z_map: EvaluatedZMap, limits: Sequence[float], size: tuple[float, float], plane: float
) -> list[float]:
    """The planar distances between which all are that the map can mean, where the plane's is
    `plane`: what `decoded` of wgsl/zdepth.wgsl makes of the limits."""
    source, scale, kind = z_map.source, z_map.depth_scale, reading_of(z_map)
    flip = inverted(z_map)
    ends: list[float] = []
    if z_map.holes is Holes.FAR or z_map.far_value is not None:
        ends.append(source.far)
    for value in limits:
        if abs(value) >= FAR_AWAY:
            if kind is not Reading.RELIEF:
                ends.append(source.far)
            continue
        # All other values are above one that is missing, and more than 0.
        v = z_map.levelled(0.0 if value == z_map.missing_value else value)
        if kind is Reading.NORMALIZED:
            share = min(1 - v if flip else v, 1.0)
            ends.append(source.near + max(share, -HUGE) * (source.far - source.near))
        elif kind is Reading.ABSOLUTE:
            ends.append(_absolute(z_map, v * scale))
        elif kind is Reading.RAY:
            # Along the axis it is as far as along the ray, and nowhere as near as in a corner.
            ends += [
                _absolute(z_map, v * scale * share) for share in (1.0, _least_share(source, size))
            ]
        elif kind is Reading.INVERSE:
            inverse = scale / source.near + scale / source.far - v if flip else v
            ends.append(min(scale / max(inverse, 1e-30), source.far))
        elif kind is Reading.SHARE:
            ends.append(1 / (1 / source.far + max(v, 0.0) * (1 / source.near - 1 / source.far)))
        else:
            height = (1 - v if flip else v) * relief_depth(z_map, size)
            distance = float(source.world[2, 3])
            share = min(max(height, -HUGE), HUGE) / distance if abs(distance) >= 1e-6 else 0.0
            ends.append(plane * (1 - share))
    return ends


def _absolute(z_map: EvaluatedZMap, z: float) -> float:
    near, far = z_map.source.near, z_map.source.far
    z = min(z, far)
    return min(near + far - z, far) if inverted(z_map) else z


def _least_share(source: EvaluatedCamera, size: tuple[float, float]) -> float:
    """The smallest planar distance as a share of the distance along the ray, at the corners of a
    plane of that size."""
    corners = np.array([[x * size[0], y * size[1], 0, 1] for x in (-0.5, 0.5) for y in (-0.5, 0.5)])
    points = corners @ source_axes(source)[:3].T
    lengths = np.maximum(np.linalg.norm(points, axis=1), 1e-30)
    return max(float((points[:, 2] / lengths).min()), 0.0)
