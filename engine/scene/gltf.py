"""Cameras from glTF 2.0 files, with the animation of their node and of its ancestors.

Trimesh, which reads our meshes, leaves animation out; so this reads the few parts it needs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pylinalg as la

from engine.errors import SceneError
from engine.gltf_file import GltfFile
from engine.scene.curves import keyed
from engine.scene.evaluated import Matrix
from engine.scene.node_base import FAR_AWAY, SMALLEST_DEPTH, RotationOrder
from engine.scene.nodes import Camera
from engine.scene.transforms import Triple, euler, rigid

Array = npt.NDArray[np.float64]

FAR_WHERE_INFINITE = 1000.0
"""Far of a camera whose file says it sees endlessly: Normalized needs a number."""

MOST_FRAMES = 1_000_000

PATHS = {"translation": 3, "rotation": 4, "scale": 3}
REST = {"translation": (0.0, 0.0, 0.0), "rotation": (0.0, 0.0, 0.0, 1.0), "scale": (1.0, 1.0, 1.0)}


@dataclass(frozen=True, slots=True)
class Track:
    """An animated property. times: (n,) seconds, ascending. values: (n, c), or (3 n, c) of in
    tangent, value, out tangent for a cubic spline."""

    times: Array
    values: Array
    interpolation: str
    is_rotation: bool

    def at(self, time: float) -> Array:
        """The value at a time in seconds (glTF 2.0, appendix C)."""
        cubic = self.interpolation == "CUBICSPLINE"
        values = self.values[1::3] if cubic else self.values
        after = int(np.searchsorted(self.times, time, side="right"))
        if after == 0 or after == len(self.times):
            return values[min(after, len(values) - 1)]
        before = after - 1
        if self.interpolation == "STEP":
            return values[before]
        length = float(self.times[after] - self.times[before])
        t = (time - float(self.times[before])) / length
        if cubic:
            leaving = self.values[3 * before + 2] * length
            arriving = self.values[3 * after] * length
            mixed = (
                (2 * t**3 - 3 * t**2 + 1) * values[before] + (t**3 - 2 * t**2 + t) * leaving
                + (-2 * t**3 + 3 * t**2) * values[after] + (t**3 - t**2) * arriving
            )  # fmt: skip
        elif self.is_rotation:
            return _slerp(values[before], values[after], t)
        else:
            mixed = (1.0 - t) * values[before] + t * values[after]
        return _unit(mixed) if self.is_rotation else mixed


def read_gltf(
    path: Path, id: str, order: RotationOrder, name: str | None, fps: float, first: int
) -> Camera:
    """A perspective camera of a `.gltf` or `.glb` file; `load_camera` says what is what."""
    file = GltfFile(path, SceneError)
    index, lens = _camera_node(file, name)
    chain = _ancestors(file, index)
    tracks = _tracks(file, chain)
    end = max((float(track.times[-1]) for track in tracks.values()), default=0.0)
    # A clip that ends a hair after a frame because of single precision ends on that frame.
    count = math.ceil(end * fps - 1e-3) + 1 if tracks else 1
    if count > MOST_FRAMES:
        raise SceneError(f"{path}: the animation is {end:g} seconds long, too long to be keyed")
    frames = [first + number for number in range(count)]
    worlds = [rigid(_world(file, chain, tracks, number / fps)) for number in range(count)]
    positions = [world[:3, 3] for world in worlds]
    angles = continuous([euler(world, order) for world in worlds], order)

    def column(values: list[Any], axis: int) -> Any:
        return keyed([(frame, float(v[axis])) for frame, v in zip(frames, values, strict=True)])

    place = f"cameras[{file.json['nodes'][index]['camera']}].perspective"
    near = float(file.get(lens, "znear", int | float, ..., place))
    far = float(file.get(lens, "zfar", int | float, max(FAR_WHERE_INFINITE, 2.0 * near), place))
    fov = math.degrees(float(file.get(lens, "yfov", int | float, ..., place)))
    if not 0.01 <= fov <= 179.0:
        file.fault(f"{place}.yfov", f"expected from 0.01 to 179 degrees, got {fov:g}")
    if not SMALLEST_DEPTH <= near < far <= FAR_AWAY:
        file.fault(place, f"expected 0 < znear < zfar, got {near:g} and {far:g}")
    return Camera(
        id=id,
        translate=(column(positions, 0), column(positions, 1), column(positions, 2)),
        rotate=(column(angles, 0), column(angles, 1), column(angles, 2)),
        rotation_order=order,
        fov=fov,
        near=near,
        far=far,
    )


def continuous(angles: list[Triple], order: RotationOrder) -> list[Triple]:
    """The same rotations by angles (X, Y, Z in degrees) that never jump: each triple is the one of
    its equals that is nearest to the triple before."""
    middle = "xyz".index(order.value[1])
    result = angles[:1]
    for triple in angles[1:]:
        other = [angle + 180.0 for angle in triple]
        other[middle] = 180.0 - triple[middle]
        before = result[-1]
        equals = [_turned(triple, before), _turned((other[0], other[1], other[2]), before)]
        result.append(min(equals, key=lambda item: math.dist(item, before)))
    return result


def _turned(angles: Triple, near: Triple) -> Triple:
    """The same angles with whole turns added that bring each nearest to another."""
    x, y, z = (a + 360.0 * round((b - a) / 360.0) for a, b in zip(angles, near, strict=True))
    return x, y, z


def _camera_node(file: GltfFile, name: str | None) -> tuple[int, dict[str, Any]]:
    """The index of the node that carries the camera, and its perspective."""
    found: list[str] = []
    for index, node in enumerate(file.objects(file.json, "nodes", "")):
        if "camera" not in node:
            continue
        camera = file.entry("cameras", node["camera"], f"nodes[{index}].camera")
        names = [str(entry["name"]) for entry in (node, camera) if "name" in entry]
        found.append(names[0] if names else f"camera {node['camera']}")
        if name is not None and name not in names:
            continue
        if "perspective" not in camera:
            file.fault(f'camera "{found[-1]}"', "it is not a perspective camera")
        place = f"cameras[{node['camera']}]"
        return index, file.get(camera, "perspective", dict, ..., place)
    if not found:
        raise SceneError(f"{file.path}: there is no camera in it")
    words = ", ".join(f'"{other}"' for other in found)
    raise SceneError(f'{file.path}: there is no camera "{name}"; it has {words}')


def _ancestors(file: GltfFile, index: int) -> list[int]:
    """A node and its ancestors, the outermost first."""
    parents: dict[int, int] = {}
    for parent, entry in enumerate(file.objects(file.json, "nodes", "")):
        for child in file.get(entry, "children", list, [], f"nodes[{parent}]"):
            if not isinstance(child, int):
                file.fault(f"nodes[{parent}].children", "expected numbers of nodes")
            parents[child] = parent
    chain = [index]
    while chain[-1] in parents:
        if parents[chain[-1]] in chain:
            file.fault(f"nodes[{chain[-1]}]", "its parents form a cycle")
        chain.append(parents[chain[-1]])
    return chain[::-1]


def _tracks(file: GltfFile, chain: list[int]) -> dict[tuple[int, str], Track]:
    """The animated properties of these nodes; of several animations the first that has each."""
    tracks: dict[tuple[int, str], Track] = {}
    for number, animation in enumerate(file.objects(file.json, "animations", "")):
        place = f"animations[{number}]"
        samplers = file.objects(animation, "samplers", place)
        for position, channel in enumerate(file.objects(animation, "channels", place)):
            at = f"{place}.channels[{position}]"
            target = file.get(channel, "target", dict, {}, at)
            at_target = f"{at}.target"
            key = (
                file.get(target, "node", int, -1, at_target),
                file.get(target, "path", str, ..., at_target),
            )
            if key[0] not in chain or key[1] not in PATHS or key in tracks:
                continue
            sampler = channel.get("sampler")
            if not isinstance(sampler, int) or not 0 <= sampler < len(samplers):
                file.fault(f"{at}.sampler", f"there is no samplers[{sampler}]")
            tracks[key] = _track(file, samplers[sampler], key[1], f"{place}.samplers[{sampler}]")
    return tracks


def _track(file: GltfFile, sampler: dict[str, Any], path: str, place: str) -> Track:
    times = file.accessor(sampler.get("input"), f"{place}.input")[:, 0]
    values = file.accessor(sampler.get("output"), f"{place}.output")
    how = sampler.get("interpolation", "LINEAR")
    if how not in ("LINEAR", "STEP", "CUBICSPLINE"):
        file.fault(f"{place}.interpolation", f"expected LINEAR, STEP or CUBICSPLINE, got {how!r}")
    expected = len(times) * (3 if how == "CUBICSPLINE" else 1)
    if values.shape != (expected, PATHS[path]):
        file.fault(f"{place}.output", f"expected {expected} values, got {len(values)}")
    if np.any(np.diff(times) <= 0.0):
        file.fault(f"{place}.input", "its times do not ascend")
    return Track(times, values, how, path == "rotation")


def _world(
    file: GltfFile, chain: list[int], tracks: dict[tuple[int, str], Track], time: float
) -> Matrix:
    world = np.eye(4)
    for index in chain:
        node, at = file.entry("nodes", index, "nodes"), f"nodes[{index}]"
        animated = any((index, path) in tracks for path in PATHS)
        if "matrix" in node and not animated:
            # Stored by columns (3.5.3).
            world = world @ _numbers(file, node, "matrix", 16, at).reshape(4, 4).T
            continue
        parts: dict[str, Array] = {}
        for path, length in PATHS.items():
            track = tracks.get((index, path))
            parts[path] = track.at(time) if track else _numbers(file, node, path, length, at)
        turn = _unit(parts["rotation"])
        world = world @ la.mat_compose(parts["translation"], turn, parts["scale"])
    return world


def _numbers(file: GltfFile, node: dict[str, Any], field: str, count: int, place: str) -> Array:
    values = node.get(field, REST.get(field))
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.shape != (count,) or not np.isfinite(array).all():
        file.fault(f"{place}.{field}", f"expected {count} numbers")
    return array


def _unit(quaternion: Array) -> Array:
    length = float(np.linalg.norm(quaternion))
    return quaternion / length if length > 0.0 else np.array(REST["rotation"])


def _slerp(start: Array, end: Array, t: float) -> Array:
    """The shorter way between two quaternions (glTF 2.0, C.4)."""
    start, end = _unit(start), _unit(end)
    cosine = float(start @ end)
    if cosine < 0.0:
        end, cosine = -end, -cosine
    if cosine > 1.0 - 1e-9:
        return _unit((1.0 - t) * start + t * end)
    angle = math.acos(cosine)
    return (math.sin((1.0 - t) * angle) * start + math.sin(t * angle) * end) / math.sin(angle)
