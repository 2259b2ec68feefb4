"""How a Z-Depth map takes part in a frame, and which of its values cannot matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.scene import (
    AnalysisType,
    DepthRange,
    EvaluatedNormalMap,
    EvaluatedZMap,
    Geometry,
    Holes,
    Scene,
    ZDepthMap,
)


@dataclass(frozen=True, slots=True)
class MapUse:
    """How a surface's Z-Depth map takes part (the table of z-depth.md, section 2).

    surface_z: whether it is decoded at all. relief: extruded. normals: None, "shape" (of depth
    low-passed at 4 px) or "bump" (at full resolution). guided: its softness keeps the outlines of
    the surface's picture. tear: depth steps are cut. smooth: the terraces of whole numbers are made
    slopes. filled: holes get what their farther neighbours have.
    """

    surface_z: bool
    relief: bool
    normals: str | None
    soft: bool
    guided: bool = False
    tear: bool = False
    smooth: bool = False
    filled: bool = False


def map_use(
    z_map: EvaluatedZMap | None, normal_map: EvaluatedNormalMap | None, shaded: bool = True
) -> MapUse:
    """What has to be made of a map. A Normal map on the same surface wins over its normals, which
    are for nothing where it is not `shaded`."""
    if z_map is None:
        return MapUse(False, False, None, False)
    relief = z_map.displace and z_map.three_d
    normals = None
    if z_map.displace and normal_map is None and shaded:
        normals = "bump" if z_map.bump else ("shape" if relief else None)
    return MapUse(
        surface_z=z_map.displace or z_map.z_pass,
        relief=relief,
        normals=normals,
        soft=max(z_map.softness) > 0,
        guided=max(z_map.softness) > 0 and z_map.edge_aware,
        tear=relief and z_map.tear is not None,
        smooth=z_map.smooth_steps,
        filled=z_map.holes is Holes.FARTHER and z_map.analysis is AnalysisType.MEDIA,
    )


# Fields that say how the numbers of a media are meant, with what each is where nothing was set.
MEDIA_FIELDS = (
    ("Invert", "invert", (False,)),
    ("Depth Range", "depth_range", (DepthRange.NORMALIZED, DepthRange.RELIEF)),
    ("Relief Depth", "relief_depth", (None,)),
    ("Depth Scale", "depth_scale", (1.0,)),
    ("Near", "near", (None,)),
    ("Far", "far", (None,)),
)


# What of them counts for an analysis, and why no more does.
COUNTING = {
    AnalysisType.FACE: (
        (),
        "a Face analysis, whose depth is true to scale; Effect makes it deeper or turns it round",
    ),
    AnalysisType.GLOBAL: (
        ("depth_range", "relief_depth", "near", "far"),
        "a Global analysis, which knows its own range; Near and Far say where it lies",
    ),
    AnalysisType.FACE_GLOBAL: (
        ("near", "far"),
        "a Face and Global analysis, which knows its own range; Near and Far say where it lies",
    ),
}


def ignored(scene: Scene) -> list[str]:
    """What is set on a map and cannot matter: on an analysis, because it knows what its numbers
    are; on a mesh, which is no sheet over what it shows."""
    told: list[str] = []
    for node in scene.nodes:
        if not isinstance(node, ZDepthMap):
            continue
        if node.tear and node.parent and isinstance(scene.node(node.parent), Geometry):
            told.append(f"{node.id}: Tear has no effect on a Geometry; only surfaces are cut")
        kept = [region for region in node.regions if not region.exclude]
        if kept and not any(_meets_picture(region.points) for region in kept):
            told.append(
                f"{node.id}: its region of interest lies outside the picture, so that its depth"
                " shows nowhere; draw it on the picture, or clear it"
            )
        if node.analysis is AnalysisType.MEDIA:
            continue
        counting, what = COUNTING[node.analysis]
        names = [
            label
            for label, name, unset in MEDIA_FIELDS
            if name not in counting and getattr(node, name) not in unset
        ]
        if names:
            listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
            told.append(
                f"{node.id}: {listed} {'has' if len(names) == 1 else 'have'} no effect on {what}"
            )
    return told


def _meets_picture(points: Sequence[tuple[float, float]]) -> bool:
    """Whether the box around the corners of a region, fractions of the picture, is partly in it."""
    return all(min(axis) < 1.0 and max(axis) > 0.0 for axis in zip(*points, strict=True))
