"""What makes a document valid, beyond the types of its fields.

Every fault is a SceneError that names the place in the document and what was expected there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import msgspec

from engine.errors import SceneError
from engine.scene.aov import PASS_NAMES, Aov
from engine.scene.contents import Contents, Media
from engine.scene.curves import Curve, Number, values_of
from engine.scene.evaluated import AnalysisType, DepthRange, Projection
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
from engine.scene.node_base import Node
from engine.scene.nodes import KIND_NAMES, MEDIA_FIELDS, AnyNode, Camera, Geometry, Surface
from engine.scene.parameters import Parameter, parameters
from engine.timecode import Timecode

MAP_NAMES: dict[type[Node], str] = {
    ZDepthMap: "Z-Depth map",
    NormalMap: "Normal map",
    PositionMap: "Position map",
    UVMap: "UV map",
    MotionVectorsMap: "Motion Vectors map",
    DiffuseMap: "Diffuse map",
}


def check_settings(contents: Contents) -> None:
    """The document's own fields, without media and nodes."""
    _check_fields(contents, "", "")
    if contents.last < contents.first:
        _fault("last", "", f"expected first ({contents.first}) or later, got {contents.last}")
    code = contents.timecode
    if code is not None and Timecode.parsed(code) is None:
        _fault("timecode", "", f'expected hours:minutes:seconds:frames, got "{code}"')
    start, end = contents.mark_in, contents.mark_out
    if start is not None and end is not None and end < start:
        _fault("mark_out", "", f"expected mark_in ({start}) or later, got {end}")


def check_media(media: Media, index: int) -> None:
    """One entry of the media list."""
    where, name = f"media[{index}]", f' ("{media.name}")'
    _check_fields(media, where + ".", name)
    if media.last < media.first:
        _fault(f"{where}.last", name, f"expected first ({media.first}) or later, got {media.last}")
    if not media.path:
        _fault(f"{where}.path", name, "expected the path of a file, got nothing")


def check_node(node: AnyNode, index: int) -> None:
    """One node by itself: ranges, curves, and values that must go together."""
    where, name = f"nodes[{index}]", f' ("{node.id}")'
    if not node.id.strip():
        _fault(f"{where}.id", "", "expected a name, got nothing")
    _check_fields(node, where + ".", name)
    if isinstance(node, Camera | ZDepthMap):
        _check_order(node.near, node.far, where, name)
    if isinstance(node, ZDepthMap):
        _check_map(node, where, name)
    if isinstance(node, Aov):
        _check_aov_name(node.id, f"{where}.id")


def _check_aov_name(name: str, place: str) -> None:
    """It is asked for among the names of passes, in a list with commas or by "all"."""
    if name in PASS_NAMES:
        _fault(place, "", f'expected a name that no pass has, got "{name}"')
    if name == "all":
        _fault(place, "", 'expected a name of its own, got "all", which asks for all passes')
    if "," in name or name != name.strip() or not name.isprintable():
        expected = "a name without commas, line breaks or blanks at its ends"
        _fault(place, "", f'expected {expected}, got "{name}"')


def check_references(contents: Contents) -> None:
    """Everything that names something else: ids, parents, cameras, media numbers, maps."""
    known: dict[str, tuple[int, AnyNode]] = {}
    for index, node in enumerate(contents.nodes):
        if node.id in known:
            first = known[node.id][0]
            _fault(f"nodes[{index}].id", "", f'"{node.id}" is already the name of nodes[{first}]')
        known[node.id] = (index, node)
    for index, media in enumerate(contents.media):
        place, name = f"media[{index}].matte", f' ("{media.name}")'
        _check_media_number(media.matte, contents, place, name)
        if media.matte == index + 1:
            _fault(place, name, "expected another media, got the media itself")
    if contents.camera is not None:
        _check_camera(contents.camera, known, "camera", "")
    taken: dict[tuple[type, str], str] = {}
    for index, node in enumerate(contents.nodes):
        where, name = f"nodes[{index}]", f' ("{node.id}")'
        for field in MEDIA_FIELDS:
            number = getattr(node, field, None)
            _check_media_number(number, contents, f"{where}.{field}", name)
        _check_parent(node, known, where, name)
        if isinstance(node, MAPS) and node.parent is not None:
            other = taken.setdefault((type(node), node.parent), node.id)
            if other != node.id:
                kind = MAP_NAMES[type(node)]
                message = f'"{node.parent}" already has the {kind} "{other}"; it can have one'
                _fault(f"{where}.parent", name, message)
        if isinstance(node, ZDepthMap):
            if node.source_camera is not None:
                _check_camera(node.source_camera, known, f"{where}.source_camera", name)
            _check_carrier(node, known, where, name)
    _check_cycles(contents.nodes, known)


def _fault(place: str, name: str, message: str) -> NoReturn:
    raise SceneError(f"{place}{name}: {message}")


def _check_fields(struct: msgspec.Struct, prefix: str, name: str) -> None:
    for parameter in parameters(type(struct)):
        value = getattr(struct, parameter.name)
        for suffix, number in _numbers(value, parameter):
            _check_number(number, parameter, f"{prefix}{parameter.name}{suffix}", name)


def _numbers(value: Any, parameter: Parameter) -> Iterator[tuple[str, Number]]:
    """The numbers in a value, each with how it is reached from the value."""
    if parameter.kind in ("number", "integer", "choice_or_number"):
        if value is not None and not isinstance(value, str):
            yield "", value
    elif parameter.kind in ("vector", "pair"):
        for index, item in enumerate(value):
            yield f"[{index}]", item


def _check_number(number: Number, parameter: Parameter, place: str, name: str) -> None:
    if isinstance(number, Curve):
        _check_curve(number, place, name)
    low, high = parameter.low, parameter.high
    for index, value in enumerate(values_of(number)):
        inside = (low is None or value >= low) and (high is None or value <= high)
        if inside and math.isfinite(value):
            continue
        at = f"{place}.keys[{index}].value" if isinstance(number, Curve) else place
        _fault(at, name, f"expected {_range(parameter)}, got {value:g}")


def _range(parameter: Parameter) -> str:
    unit = f" {parameter.unit}" if parameter.unit else ""
    if parameter.low is None or parameter.high is None:
        return f"a finite number{unit and ' of' + unit}"
    return f"a number from {parameter.low:.10g} to {parameter.high:.10g}{unit}"


def _check_curve(curve: Curve, place: str, name: str) -> None:
    if not curve.keys:
        _fault(f"{place}.keys", name, "expected at least one key, got none")
    for index, key in enumerate(curve.keys):
        at = f"{place}.keys[{index}]"
        numbers = (key.frame, *(key.tangent_in or ()), *(key.tangent_out or ()))
        if not all(math.isfinite(number) for number in numbers):
            _fault(at, name, "expected finite numbers")
        if index and key.frame <= curve.keys[index - 1].frame:
            before = curve.keys[index - 1].frame
            _fault(f"{at}.frame", name, f"expected a frame after {before:g}, got {key.frame:g}")
        if key.tangent_in and key.tangent_in[0] > 0.0:
            _fault(f"{at}.tangent_in", name, "expected a handle that points back in time")
        if key.tangent_out and key.tangent_out[0] < 0.0:
            _fault(f"{at}.tangent_out", name, "expected a handle that points on in time")


def _check_order(near: Number | None, far: Number | None, where: str, name: str) -> None:
    if isinstance(near, Curve) or isinstance(far, Curve) or near is None or far is None:
        return
    if far <= near:
        _fault(f"{where}.far", name, f"expected more than near ({near:g}), got {far:g}")


def _check_map(node: ZDepthMap, where: str, name: str) -> None:
    black, white = node.black, node.white
    if not isinstance(black, Curve) and not isinstance(white, Curve) and black == white:
        _fault(f"{where}.white", name, f"expected another value than black, both are {white:g}")
    if node.analysis is AnalysisType.MEDIA and node.media is None:
        _fault(f"{where}.media", name, 'expected a media number, because analysis is "media"')
    for index, region in enumerate(node.regions):
        _check_region(region, f"{where}.regions[{index}].points", name)


def _check_region(region: Region, place: str, name: str) -> None:
    (points,) = (item for item in parameters(Region) if item.name == "points")
    for corner, point in enumerate(region.points):
        for axis, coordinate in enumerate(point):
            _check_number(coordinate, points, f"{place}[{corner}][{axis}]", name)
    count = len(region.points)
    if region.shape is Shape.RECTANGLE and count != 2:
        _fault(place, name, f"expected two opposite corners of a rectangle, got {count}")
    if region.shape is Shape.POLYGON and count < 3:
        _fault(place, name, f"expected three or more corners of a polygon, got {count}")


def _check_media_number(number: int | None, contents: Contents, place: str, name: str) -> None:
    count = len(contents.media)
    if number is None or 1 <= number <= count:
        return
    has = f"it has 1 to {count}" if count > 1 else "it has only 1" if count else "it is empty"
    _fault(place, name, f"media {number} is not in the media list; {has}")


Known = dict[str, tuple[int, AnyNode]]


def _check_parent(node: Node, known: Known, where: str, name: str) -> None:
    if node.parent is None:
        if isinstance(node, MAPS):
            _fault(f"{where}.parent", name, "expected the surface or geometry that has this map")
        return
    parent = known.get(node.parent, (0, None))[1]
    if parent is None:
        _fault(f"{where}.parent", name, f'there is no node "{node.parent}"')
    if isinstance(node, MAPS):
        if not isinstance(parent, Surface | Geometry):
            _fault(f"{where}.parent", name, f"expected a surface or geometry; {_is(parent)}")
    elif isinstance(node, Aov):
        if not isinstance(parent, Surface | Geometry):
            message = f"expected none, or a surface or geometry for its map; {_is(parent)}"
            _fault(f"{where}.parent", name, message)
    elif isinstance(parent, (*MAPS, Aov)):
        _fault(f"{where}.parent", name, f"expected a node that can carry others; {_is(parent)}")


def _is(node: Node) -> str:
    kind = MAP_NAMES.get(type(node)) or KIND_NAMES[type(node)]
    kind = kind if isinstance(node, (*MAPS, Aov)) else kind.lower()
    article = "an" if kind[0] in "aeiou" else "a"
    return f'"{node.id}" is {article} {kind}'


def _check_camera(id: str, known: Known, place: str, name: str) -> None:
    node = known.get(id, (0, None))[1]
    if node is None:
        _fault(place, name, f'there is no node "{id}"')
    if not isinstance(node, Camera):
        _fault(place, name, f"expected a camera; {_is(node)}")


def _check_carrier(node: ZDepthMap, known: Known, where: str, name: str) -> None:
    """What only the surface or geometry that has the map can tell."""
    carrier = known[node.parent or ""][1]
    if not isinstance(carrier, Geometry):
        return
    if node.analysis is not AnalysisType.MEDIA and carrier.media is None:
        message = f'"{carrier.id}" shows no media that could be analysed; expected "media"'
        _fault(f"{where}.analysis", name, message)
    if node.project_along is not Projection.SURFACE_NORMAL:
        message = 'expected "surface_normal", the only choice on a geometry'
        _fault(f"{where}.project_along", name, message)
    if node.analysis is AnalysisType.FACE_GLOBAL:
        message = 'expected "media", "face" or "global", the choices on a geometry'
        _fault(f"{where}.analysis", name, message)
    if node.analysis is not AnalysisType.FACE and node.depth_range is not DepthRange.RELIEF:
        message = f'expected "relief", the only choice on a geometry, got "{node.depth_range}"'
        _fault(f"{where}.depth_range", name, message)


def _check_cycles(nodes: Sequence[AnyNode], known: Known) -> None:
    sound: set[str] = set()
    for index, node in enumerate(nodes):
        chain: dict[str, None] = {}
        id: str | None = node.id
        while id is not None and id not in sound:
            if id in chain:
                ring = [*chain][[*chain].index(id) :]
                loop = " → ".join(f'"{link}"' for link in (*ring, id))
                _fault(f"nodes[{index}].parent", f' ("{node.id}")', f"parents form a cycle: {loop}")
            chain[id] = None
            id = known[id][1].parent
        sound.update(chain)
