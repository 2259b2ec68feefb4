"""The map that a 3D AOV needs, made for the surface that it is about."""

from __future__ import annotations

from engine.errors import SceneError
from engine.scene.aov import NEEDED_MAPS, Aov
from engine.scene.defaults import new_node
from engine.scene.document import Scene
from engine.scene.editing import carrier_of
from engine.scene.nodes import KIND_NAMES, AnyNode
from engine.scene.words import readable


def created_map(
    scene: Scene, aov: str, *, carrier: str | None = None, media: int | None = None
) -> AnyNode:
    """The map that the Type of this 3D AOV needs, to be added to the document.

    carrier: the surface or geometry that it hangs on, where the AOV hangs on none, or a map of it.
    media: its number in the media list; none is the last. Raises SceneError where the Type needs no
    map, where it is not known what it is for, and where that has one already.
    """
    node = scene.node(aov)
    if not isinstance(node, Aov):
        raise SceneError(f'"{aov}" is a {KIND_NAMES[type(node)].lower()}, not a 3D AOV')
    kind = NEEDED_MAPS.get(node.kind)
    if kind is None:
        label = readable(node.kind.value)
        raise SceneError(f'"{aov}" needs no map: {label} is known of everything that is drawn')
    on = node.parent or carrier_of(scene, carrier)
    if on is None:
        raise SceneError(
            f'"{aov}" hangs on nothing: hang it on the surface or geometry that its'
            f" {KIND_NAMES[kind]} is for, or select that as well"
        )
    for other in scene.children(on):
        if isinstance(other, kind):
            raise SceneError(f'"{on}" has the {KIND_NAMES[kind]} that "{aov}" needs: "{other.id}"')
    return new_node(scene, kind, parent=on, media=media)
