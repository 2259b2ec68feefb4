"""What is done to nodes by hand: put beside others, copied and pasted, taken away.

Each function takes a document and returns the one after it, or what goes into it. What would not be
valid raises SceneError, as every edit does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from engine.errors import SceneError
from engine.scene.aov import Aov
from engine.scene.document import Scene
from engine.scene.maps import MAPS, ZDepthMap
from engine.scene.nodes import AnyNode, Geometry, Surface


def carrier_of(scene: Scene, id: str | None) -> str | None:
    """The surface or geometry that a new map would hang on if this node is selected: the node
    itself, or the one that a map or a 3D AOV hangs on; None where it is neither."""
    node = next((node for node in scene.nodes if node.id == id), None)
    if isinstance(node, (*MAPS, Aov)):
        return node.parent
    return node.id if isinstance(node, Surface | Geometry) else None


def copied(scene: Scene, ids: Iterable[str]) -> tuple[AnyNode, ...]:
    """Nodes to be pasted later, in the document's order. Maps come with what carries them, as they
    do when it is removed."""
    wanted = set(ids)
    return tuple(
        node
        for node in scene.nodes
        if node.id in wanted or (isinstance(node, MAPS) and node.parent in wanted)
    )


def pasted(
    scene: Scene, nodes: Sequence[AnyNode], onto: str | None = None
) -> tuple[Scene, tuple[str, ...]]:
    """The document with copies of nodes, and what these are called.

    Among themselves they name each other as the originals do. One whose parent was not copied keeps
    that parent, if it is still there; a map hangs on `onto`, a surface or geometry, if given.
    """
    names: dict[str, str] = {}
    taken = {node.id for node in scene.nodes}
    for node in nodes:
        names[node.id] = name = _free(node.id, taken)
        taken.add(name)
    there = {node.id for node in scene.nodes}
    fresh = tuple(_copy(node, names, there, onto) for node in nodes)
    return scene.with_node(*fresh), tuple(names.values())


def removed(scene: Scene, ids: Iterable[str]) -> Scene:
    """The document without some nodes; see `Scene.without` for what becomes of their children."""
    for id in ids:
        if any(node.id == id for node in scene.nodes):  # a map is gone with what carried it
            scene = scene.without(id)
    return scene


def renamed(scene: Scene, old: str, new: str) -> Scene:
    """The document with another name for a node, which all that name it follow."""
    name = new.strip()
    if not name:
        raise SceneError(f'"{old}": expected a name, got nothing')
    return scene if name == old else scene.with_values(old, id=name)


def names_changed(before: Scene, after: Scene) -> dict[str, str]:
    """Old names and new ones, where a document is another but for renamed nodes: each that has
    another name stands where one did that is gone."""
    old, new = [n.id for n in before.nodes], [n.id for n in after.nodes]
    if len(old) != len(new):
        return {}
    gone, fresh = {*old} - {*new}, {*new} - {*old}
    return {a: b for a, b in zip(old, new, strict=True) if a in gone and b in fresh}


def _copy(node: AnyNode, names: dict[str, str], there: set[str], onto: str | None) -> AnyNode:
    parent = names.get(node.parent or "")
    if parent is None:
        parent = onto if onto is not None and isinstance(node, MAPS) else node.parent
        if parent not in there:
            parent = None
    changes = {"id": names[node.id], "parent": parent}
    if isinstance(node, ZDepthMap) and node.source_camera is not None:
        camera = names.get(node.source_camera, node.source_camera)
        changes["source_camera"] = camera if camera in (*names.values(), *there) else None
    return msgspec.structs.replace(node, **changes)


def _free(name: str, taken: set[str]) -> str:
    """A name like this one that no node has: after "Surface 2" the next free "Surface"."""
    base = re.sub(r" \d+$", "", name)
    number = 1
    while f"{base} {number}" in taken:
        number += 1
    return f"{base} {number}"
