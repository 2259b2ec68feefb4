"""Nodes moved, turned and scaled in the world, whatever they hang on. What is animated gets keys.

Each function takes a document and a frame and returns the document after it. What would not be
valid raises SceneError, as every edit does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from engine.scene.curves import Curve, Number, Vector, curve, keyed, set_at, vector_at
from engine.scene.document import Scene
from engine.scene.evaluated import Matrix
from engine.scene.node_base import Placed, RotationOrder
from engine.scene.transforms import euler, local_matrix, rotation

Vector3 = npt.NDArray[np.float64]
Triple = tuple[float, float, float]
SMALLEST_FACTOR = 1e-3  # a scale that is dragged through zero could not be dragged back


def world_of(scene: Scene, id: str | None, frame: float) -> Matrix:
    """(4, 4): from a node's space to the world. Of None, or of a node that is nowhere: unit."""
    nodes = {node.id: node for node in scene.nodes}
    matrix = np.eye(4)
    node = nodes.get(id or "")
    while isinstance(node, Placed):
        matrix = local_matrix(node, frame) @ matrix
        node = nodes.get(node.parent or "")
    return matrix


def pivot_of(scene: Scene, id: str, frame: float) -> Vector3:
    """(3,): where in the world a node's pivot is, about which it turns."""
    node = _placed(scene, id)
    parent = world_of(scene, node.parent, frame)
    place = np.add(vector_at(node.translate, frame), vector_at(node.pivot, frame))
    return parent[:3, :3] @ place + parent[:3, 3]


def below(scene: Scene, id: str) -> frozenset[str]:
    """The nodes that move with a node: its children, theirs, and so on."""
    found: set[str] = set()
    fresh = {id}
    while fresh:
        fresh = {node.id for node in scene.nodes if node.parent in fresh} - found
        found |= fresh
    return frozenset(found)


def roots(scene: Scene, ids: Iterable[str]) -> tuple[str, ...]:
    """Those of some nodes that none of the others carries along."""
    chosen = tuple(ids)
    carried = frozenset[str]().union(*(below(scene, id) for id in chosen))
    return tuple(id for id in chosen if id not in carried)


def translate_to(scene: Scene, id: str, frame: float, point: npt.ArrayLike) -> Vector3:
    """(3,): the Translate by which a node's pivot is at a point (3,) of the world."""
    node = _placed(scene, id)
    to_parent = np.linalg.inv(world_of(scene, node.parent, frame))
    place = to_parent[:3, :3] @ np.asarray(point, np.float64) + to_parent[:3, 3]
    return place - vector_at(node.pivot, frame)


def put_at(scene: Scene, id: str, frame: float, point: npt.ArrayLike) -> Scene:
    """A node whose pivot is at a point (3,) of the world."""
    place = translate_to(scene, id, frame, point)
    return scene.with_values(id, translate=_keyed(_placed(scene, id).translate, frame, place))


def moved(scene: Scene, ids: Sequence[str], frame: float, by: npt.ArrayLike) -> Scene:
    """Nodes moved by (3,) scene units in the world."""
    for id in roots(scene, ids):
        scene = put_at(scene, id, frame, pivot_of(scene, id, frame) + np.asarray(by, np.float64))
    return scene


def turned(
    scene: Scene, ids: Sequence[str], frame: float, turn: Matrix, about: npt.ArrayLike
) -> Scene:
    """Nodes turned in the world. turn: a rotation, (3, 3). about: the point (3,) that stays.

    Where a parent is scaled unevenly, a turned node would be sheared; then it gets the rotation
    that comes nearest.
    """
    centre = np.asarray(about, np.float64)
    for id in roots(scene, ids):
        node = _placed(scene, id)
        arm = pivot_of(scene, id, frame) - centre
        parent = world_of(scene, node.parent, frame)[:3, :3]
        old = vector_at(node.rotate, frame)
        own = rotation(old, node.rotation_order)[:3, :3]
        u, _, vt = np.linalg.svd(np.linalg.inv(parent) @ turn @ parent @ own)
        flip = np.diag([1.0, 1.0, np.linalg.det(u @ vt)])
        wanted = nearest_angles(u @ flip @ vt, node.rotation_order, old)
        scene = put_at(scene, id, frame, centre + turn @ arm)
        scene = scene.with_values(id, rotate=_keyed(node.rotate, frame, np.array(wanted)))
    return scene


def scaled(scene: Scene, ids: Sequence[str], frame: float, factors: npt.ArrayLike) -> Scene:
    """Nodes scaled along their own axes, about their pivots. factors: (3,), of X, Y and Z."""
    by = np.maximum(np.asarray(factors, np.float64), SMALLEST_FACTOR)
    for id in roots(scene, ids):
        node = _placed(scene, id)
        size = np.array(vector_at(node.scale, frame)) * by
        scene = scene.with_values(id, scale=_keyed(node.scale, frame, size))
    return scene


def baked(number: Number, pairs: Sequence[tuple[float, float]]) -> Number:
    """A number that has these (frame, value) pairs, in ascending order, in place of what it was
    between the first and the last of them. Keys before and after stay."""
    fresh = keyed(pairs)
    outside = [
        key
        for key in (number.keys if isinstance(number, Curve) else ())
        if not pairs[0][0] <= key.frame <= pairs[-1][0]
    ]
    if not outside:
        return fresh
    inside = fresh if isinstance(fresh, Curve) else curve(dict((pairs[0], pairs[-1])).items())
    return Curve(tuple(sorted((*outside, *inside.keys), key=lambda key: key.frame)))


def nearest_angles(matrix: Matrix, order: RotationOrder, old: Triple) -> Triple:
    """Of the angles in degrees (about X, Y, Z) that mean a rotation (3, 3), those nearest to the
    old ones: keys of an animation must not jump by a full turn."""
    whole = np.eye(4)
    whole[:3, :3] = matrix
    found = np.array(euler(whole, order))
    i, j, k = ("xyz".index(letter) for letter in order.value)
    other = found.copy()
    other[i], other[j], other[k] = found[i] + 180, 180 - found[j], found[k] + 180
    choices = [angles + 360 * np.round((old - angles) / 360) for angles in (found, other)]
    x, y, z = min(choices, key=lambda angles: float(np.abs(angles - old).sum()))
    return float(x), float(y), float(z)


def _placed(scene: Scene, id: str) -> Placed:
    node = scene.node(id)
    assert isinstance(node, Placed), f"{id} has no axis"
    return node


def _keyed(old: Vector, frame: float, new: npt.NDArray[np.float64]) -> Vector:
    x, y, z = (set_at(o, frame, float(n)) for o, n in zip(old, new, strict=True))
    return x, y, z
