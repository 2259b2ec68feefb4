"""Which fields of a Z-Depth map have no effect as the document is now, and why: for whoever shows
them. Plain rules over the document, the same as the passes follow."""

from __future__ import annotations

from engine.scene.curves import Curve
from engine.scene.document import Scene
from engine.scene.evaluated import AnalysisType, DepthRange
from engine.scene.maps import NormalMap, ZDepthMap
from engine.scene.nodes import Geometry

HIDDEN = "the map shows nowhere while Displace Vertices and Z-Depth Pass are off"
FLAT = "only where the surface is extruded: turn on Displace Vertices and 3D"
ALWAYS = frozenset({
    "id", "parent", "analysis", "media", "network", "head_and_shoulders", "displace", "z_pass",
    "regions",
})  # fmt: skip
"""What one sets before a map is to be seen."""

ENDS = "Near and Far are for Normalized, Absolute, Inverse, Ray and Global"


def without_effect(scene: Scene, name: str) -> dict[str, str]:
    """Field → why it has no effect on anything that is drawn, a phrase without a full stop. name:
    of a Z-Depth map. A field that it does not name has an effect, or may have one at some frame."""
    node = scene.node(name)
    assert isinstance(node, ZDepthMap)
    found: dict[str, str] = {}
    for rule in (_shown, _analysis, _geometry, _range, _switches, _mesh):
        for field, why in rule(scene, node).items():
            found.setdefault(field, why)
    return found


def _shown(_: Scene, node: ZDepthMap) -> dict[str, str]:
    if node.displace or node.z_pass:
        return {}
    return {name: HIDDEN for name in node.__struct_fields__ if name not in ALWAYS}


def _analysis(scene: Scene, node: ZDepthMap) -> dict[str, str]:
    """What belongs to a depth picture, and what to an analysis."""
    kind = node.analysis
    found: dict[str, str] = {}
    if kind is not AnalysisType.FACE:
        found["head_and_shoulders"] = "for Analysis Type Face only"
    if not kind.sees_all:
        found |= dict.fromkeys(("network", "stabilise"), "for Analysis Type Global only")
    if kind is AnalysisType.MEDIA:
        return found
    found["media"] = f'the analysis looks at the picture of "{node.parent}"'
    found["invert"] = "for depth pictures of the other polarity; an analysis knows its own"
    found["depth_scale"] = "for depth pictures; an analysis knows its own scale"
    pictures_only = ("nothing", "holes", "smooth_steps", "colour_map")
    found |= dict.fromkeys(pictures_only, "for depth pictures only")
    if kind.finds_faces:
        found["depth_range"] = found["relief_depth"] = "a face is true to scale: use Effect"
    if kind is AnalysisType.FACE:
        found["near"] = found["far"] = "a face is true to scale: use Effect"
    return found


def _geometry(scene: Scene, node: ZDepthMap) -> dict[str, str]:
    if node.parent is None or not isinstance(scene.node(node.parent), Geometry):
        return {}
    found: dict[str, str] = {}
    found["tear"] = found["tear_threshold"] = "only surfaces are cut, no Geometry"
    found["project_along"] = "Surface Normal is the only choice on a Geometry"
    found["source_camera"] = "on a Geometry the map is measured straight on"
    if node.analysis is not AnalysisType.FACE:
        found["depth_range"] = "Relief is the only choice on a Geometry"
    return found


def _range(_: Scene, node: ZDepthMap) -> dict[str, str]:
    """What some Depth Ranges alone ask for."""
    kind, auto = node.depth_range, node.depth_range is DepthRange.AUTO
    relief = kind is DepthRange.RELIEF
    found: dict[str, str] = {}
    if not relief and not auto:
        found["relief_depth"] = "for Depth Range Relief only"
    if relief or kind is DepthRange.NORMALIZED:
        found["depth_scale"] = "for Depth Range Absolute, Inverse and Ray only"
    if relief and node.analysis is not AnalysisType.FACE_GLOBAL:
        found["near"] = found["far"] = ENDS
    return found


def _switches(scene: Scene, node: ZDepthMap) -> dict[str, str]:
    """What another switch, or a map beside it, leaves nothing to do for."""
    found: dict[str, str] = {}
    if not node.displace:
        found |= dict.fromkeys(("three_d", "bump"), "turn on Displace Vertices first")
    elif node.parent is not None:
        normal = [n.id for n in scene.children(node.parent) if isinstance(n, NormalMap)]
        if normal:
            found["bump"] = f'the normals come from "{normal[0]}"'
    if node.displace and node.three_d:
        found["z_pass"] = "in 3D the Z output shows the relief itself"
    if all(not isinstance(part, Curve) and part == 0.0 for part in node.softness):
        found["edge_aware"] = "Softness is 0"
    if not node.regions:
        found["region_softness"] = "there is no region"
    return found


def _mesh(_: Scene, node: ZDepthMap) -> dict[str, str]:
    found: dict[str, str] = {}
    if not (node.displace and node.three_d):
        found |= dict.fromkeys(("step", "tolerance", "tear", "tear_threshold"), FLAT)
    if node.step is not None:
        found["tolerance"] = "for automatic Resolution only"
    if not node.tear:
        found["tear_threshold"] = "Tear is off"
    return found
