"""The triangles of a glTF 2.0 file, with the normals and texture coordinates that it has.

Trimesh packs the textures of several materials into one and moves the coordinates with them, and
drops those of a mesh without a material; so this reads what core glTF 2.0 says of geometry. Section
numbers are those of the Khronos specification.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pylinalg as la

from engine.errors import MediaError
from engine.gltf_file import GltfFile
from engine.media.mesh_piece import Piece

Array = npt.NDArray[np.float64]
Triangles = npt.NDArray[np.int64]

POINTS, STRIP, FAN = (0, 1, 2, 3), 5, 6
"""Primitive modes (3.7.2.1); 4 is a list of triangles."""

READ_ALL_THE_SAME = (
    "KHR_mesh_quantization", "KHR_materials_", "KHR_texture_", "EXT_texture_", "KHR_lights_",
    "KHR_animation_pointer", "KHR_xmp",
)  # fmt: skip
"""Required extensions that leave positions, normals and texture coordinates where they are."""

COMPRESSED = ("draco", "meshopt")


def read_gltf_mesh(path: Path) -> list[Piece]:
    """The triangles of all meshes of the file's scene, where its nodes put them (3.6). Raises
    MediaError naming the place in the file."""
    file = GltfFile(path, MediaError)
    _check_extensions(file)
    pieces: list[Piece] = []
    worlds = _worlds(file)
    for index, world in worlds.items():
        node = file.entry("nodes", index, "nodes")
        if "mesh" not in node:
            continue
        at = f"nodes[{index}]"
        mesh = file.entry("meshes", node["mesh"], f"{at}.mesh")
        place = f"meshes[{node['mesh']}]"
        weights = _morph_weights(file, node, mesh, at, place)
        joints = _joints(file, node, worlds, at)
        for number, primitive in enumerate(file.objects(mesh, "primitives", place)):
            piece = _piece(file, primitive, weights, joints, f"{place}.primitives[{number}]")
            if piece is not None:
                # Joints alone say where a skinned mesh is (3.7.3.2).
                pieces.append(piece if joints is not None else piece.moved(world))
    return pieces


def _check_extensions(file: GltfFile) -> None:
    """Refuse what only an extension can unpack or place."""
    for name in file.get(file.json, "extensionsRequired", list, [], ""):
        if any(word in str(name) for word in COMPRESSED):
            file.fault("", f"it is compressed ({name}), which is not read: export it without")
        if not str(name).startswith(READ_ALL_THE_SAME):
            file.fault("", f"it needs the extension {name}, which is not read: export it without")


def _worlds(file: GltfFile) -> dict[int, Array]:
    """(4, 4) node to world, of each node of the scene that is shown; of all where none is named."""
    nodes = file.objects(file.json, "nodes", "")
    scenes = file.objects(file.json, "scenes", "")
    if scenes:
        scene = file.entry("scenes", file.json.get("scene", 0), "scene")
        roots = file.get(scene, "nodes", list, [], "scenes")
    else:
        children = {c for node in nodes for c in file.get(node, "children", list, [], "nodes")}
        roots = [index for index in range(len(nodes)) if index not in children]
    worlds: dict[int, Array] = {}
    waiting: list[tuple[Any, Array, str]] = [(root, np.eye(4), "scenes") for root in roots]
    while waiting:
        index, parent, place = waiting.pop()
        node = file.entry("nodes", index, place)
        if index in worlds:
            file.fault(f"nodes[{index}]", "has two parents or is its own ancestor")
        worlds[index] = parent @ _local(file, node, f"nodes[{index}]")
        for child in file.get(node, "children", list, [], f"nodes[{index}]"):
            waiting.append((child, worlds[index], f"nodes[{index}].children"))
    return dict(sorted(worlds.items()))


def _local(file: GltfFile, node: dict[str, Any], place: str) -> Array:
    """(4, 4) of a node's own transform (3.5.3)."""
    if "matrix" in node:
        return _numbers(file, node, "matrix", np.eye(4).ravel(), place).reshape(4, 4).T
    turn = _numbers(file, node, "rotation", np.array([0.0, 0.0, 0.0, 1.0]), place)
    length = float(np.linalg.norm(turn))
    return la.mat_compose(
        _numbers(file, node, "translation", np.zeros(3), place),
        turn / length if length > 0 else np.array([0.0, 0.0, 0.0, 1.0]),
        _numbers(file, node, "scale", np.ones(3), place),
    )


def _numbers(
    file: GltfFile, entry: dict[str, Any], field: str, default: Array, place: str
) -> Array:
    try:
        array = np.asarray(entry.get(field, default), dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.shape != default.shape or not np.isfinite(array).all():
        file.fault(f"{place}.{field}", f"expected {default.size} numbers")
    return array


def _morph_weights(
    file: GltfFile, node: dict[str, Any], mesh: dict[str, Any], node_at: str, mesh_at: str
) -> Array:
    """How much of each morph target is applied at rest: the node's own, else the mesh's (3.7.2.2);
    an empty one where there are none."""
    for entry, place in ((node, node_at), (mesh, mesh_at)):
        if "weights" in entry:
            count = len(file.get(entry, "weights", list, [], place))
            return _numbers(file, entry, "weights", np.zeros(count), place)
    return np.zeros(0)


def _joints(
    file: GltfFile, node: dict[str, Any], worlds: dict[int, Array], place: str
) -> Array | None:
    """(n, 4, 4) what moves a vertex with each joint of a node's skin (3.7.3.1); None: no skin."""
    if "skin" not in node:
        return None
    skin = file.entry("skins", node["skin"], f"{place}.skin")
    at = f"skins[{node['skin']}]"
    joints = file.get(skin, "joints", list, ..., at)
    if any(not isinstance(joint, int) or joint not in worlds for joint in joints):
        file.fault(f"{at}.joints", "names a node that is not in the scene")
    moved = np.array([worlds[joint] for joint in joints]).reshape(-1, 4, 4)
    if "inverseBindMatrices" not in skin:
        return moved
    # Stored by columns.
    bind = file.accessor(skin["inverseBindMatrices"], f"{at}.inverseBindMatrices")
    if bind.shape[1] != 16 or len(bind) < len(joints):
        file.fault(f"{at}.inverseBindMatrices", f"expected {len(joints)} matrices")
    return moved @ bind[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1)


def _piece(
    file: GltfFile, primitive: dict[str, Any], weights: Array, joints: Array | None, place: str
) -> Piece | None:
    """The triangles of a primitive; None of points and lines."""
    mode = file.get(primitive, "mode", int, 4, place)
    attributes = file.get(primitive, "attributes", dict, {}, place)
    if mode in POINTS or "POSITION" not in attributes:
        return None
    if mode not in (4, STRIP, FAN):
        file.fault(f"{place}.mode", f"{mode} is no kind of primitive")
    for name in primitive.get("extensions") or ():
        position = file.entry("accessors", attributes["POSITION"], f"{place}.attributes.POSITION")
        if any(word in name for word in COMPRESSED) and "bufferView" not in position:
            file.fault(place, f"is compressed ({name}), which is not read: export it without")

    def read(name: str, width: int) -> Array | None:
        if name not in attributes:
            return None
        at = f"{place}.attributes.{name}"
        values = _morphed(file, primitive, name, width, weights, attributes[name], place, at)
        if positions is not None and len(values) != len(positions):
            file.fault(at, f"has {len(values)} values for {len(positions)} vertices")
        return values

    positions: Array | None = None
    positions = read("POSITION", 3)
    assert positions is not None
    normals = read("NORMAL", 3)
    uv = read(f"TEXCOORD_{_uv_set(file, primitive, place)}", 2)
    triangles = _triangles(file, primitive, mode, len(positions), place)
    piece = Piece(positions, normals, uv, triangles)
    return piece if joints is None else _skinned(file, piece, attributes, joints, place)


def _morphed(
    file: GltfFile, primitive: dict[str, Any], name: str, width: int, weights: Array,
    index: Any, place: str, at: str,
) -> Array:  # fmt: skip
    """(n, width): an attribute with its morph targets at rest applied."""

    def values(accessor: Any, where: str) -> Array:
        found = file.accessor(accessor, where)
        if found.shape[1] != width:
            file.fault(where, f"expected {width} components, got {found.shape[1]}")
        return found

    made = values(index, at)
    for number, target in enumerate(file.objects(primitive, "targets", place)):
        if number < len(weights) and weights[number] != 0 and name in target:
            where = f"{place}.targets[{number}].{name}"
            delta = values(target[name], where)
            if len(delta) != len(made):
                file.fault(where, f"has {len(delta)} values for {len(made)} vertices")
            made = made + weights[number] * delta
    return made


def _uv_set(file: GltfFile, primitive: dict[str, Any], place: str) -> int:
    """Which set of texture coordinates the material's base colour has; 0 where nothing says."""
    if "material" not in primitive:
        return 0
    material = file.entry("materials", primitive["material"], f"{place}.material")
    at = f"materials[{primitive['material']}]"
    surface = file.get(material, "pbrMetallicRoughness", dict, {}, at)
    texture = file.get(surface, "baseColorTexture", dict, {}, at)
    return file.get(texture, "texCoord", int, 0, at)


def _triangles(
    file: GltfFile, primitive: dict[str, Any], mode: int, vertices: int, place: str
) -> Triangles:
    """(m, 3) of a list, a strip or a fan (3.7.2.1)."""
    if "indices" in primitive:
        indices = file.accessor(primitive["indices"], f"{place}.indices")[:, 0].astype(np.int64)
    else:
        indices = np.arange(vertices)
    if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < vertices:
        file.fault(f"{place}.indices", f"names vertex {int(indices.max())} of {vertices}")
    if mode == 4:
        if len(indices) % 3:
            file.fault(f"{place}.indices", f"{len(indices)} corners are no whole triangles")
        return indices.reshape(-1, 3)
    first = np.arange(max(0, len(indices) - 2))
    if mode == FAN:
        order = np.stack([first + 1, first + 2, np.zeros_like(first)], axis=1)
    else:  # every second triangle of a strip runs the other way
        odd = first % 2
        order = np.stack([first, first + 1 + odd, first + 2 - odd], axis=1)
    found = indices[order]
    a, b, c = found.T
    return found[(a != b) & (b != c) & (c != a)]


def _skinned(
    file: GltfFile, piece: Piece, attributes: dict[str, Any], joints: Array, place: str
) -> Piece:
    """The piece where its joints hold it at rest (3.7.3.3)."""
    blend = np.zeros((len(piece.positions), 4, 4))
    number = 0
    while f"JOINTS_{number}" in attributes and f"WEIGHTS_{number}" in attributes:
        at = f"{place}.attributes.JOINTS_{number}"
        which = file.accessor(attributes[f"JOINTS_{number}"], at).astype(np.int64)
        share = file.accessor(attributes[f"WEIGHTS_{number}"], at)
        if which.shape != share.shape or which.shape != (len(blend), 4):
            file.fault(at, f"expected four joints and weights for each of {len(blend)} vertices")
        if which.max() >= len(joints):
            file.fault(at, f"names joint {int(which.max())} of {len(joints)}")
        for column in range(4):
            blend += share[:, column, None, None] * joints[which[:, column]]
        number += 1
    return piece.moved(blend) if number else piece
