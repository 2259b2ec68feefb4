"""Which nodes a node can hang on."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from engine.errors import SceneError
from engine.scene.aov import Aov
from engine.scene.document import Scene
from engine.scene.maps import MAPS, ZDepthMap
from engine.scene.moving import below
from engine.scene.nodes import AnyNode, Geometry, Surface


def possible_parents(scene: Scene, ids: Iterable[str]) -> tuple[str | None, ...]:
    """The parents that each of these nodes can have, None, which is none, first; the others in the
    document's order. Never a node itself or one below it."""
    allowed: list[set[str | None]] = [_of(scene, scene.node(id)) for id in ids]
    common = set[str | None].intersection(*allowed) if allowed else set()
    return tuple(id for id in (None, *(node.id for node in scene.nodes)) if id in common)


def _of(scene: Scene, node: AnyNode) -> set[str | None]:
    if isinstance(node, MAPS):
        others = {n.parent for n in scene.nodes if type(n) is type(node) and n is not node}
        return {n.id for n in scene.nodes if n.id not in others and _carries(scene, n, node)}
    if isinstance(node, Aov):
        return {None, *(n.id for n in scene.nodes if isinstance(n, Surface | Geometry))}
    own = {node.id, *below(scene, node.id)}
    carrying = (n.id for n in scene.nodes if not isinstance(n, (*MAPS, Aov)))
    return {None, *(id for id in carrying if id not in own)}


def _carries(scene: Scene, carrier: AnyNode, node: AnyNode) -> bool:
    """Whether a map can hang on a node: on any surface, on a geometry if what it says fits that."""
    if not isinstance(carrier, Geometry) or not isinstance(node, ZDepthMap):
        return isinstance(carrier, Surface | Geometry)
    with suppress(SceneError):
        scene.with_values(node.id, parent=carrier.id)
        return True
    return False
