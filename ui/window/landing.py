"""Nodes dragged from the node bin into the picture: where they land."""

from __future__ import annotations

import numpy as np

from engine.scene import MAPS, AnyNode, Aov
from ui.window.desk import Desk
from ui.window.dropping import Place, carrier_at, surface_at
from ui.window.node_actions import Point
from ui.window.projection import Projector


def land(window: Desk, kind: type[AnyNode], at: Place) -> None:
    """Make a node of this kind under the pointer: a map or a 3D AOV on the surface there, others at
    the point of that surface. at: in the window, in points."""
    frame = window.preview.drawn
    surface = surface_at(window, at)
    if kind in MAPS:
        carrier = carrier_at(window, at)
        if carrier is None:
            window.messages.fail("there is no surface to hang the map on: drop it on one")
        else:
            window.actions.add(kind, parent=carrier, pivot=pivot_at(window, carrier, at))
    elif frame is None or kind is Aov:
        window.actions.add(kind, parent=None if frame is None else carrier_at(window, at))
    else:
        drawn = next((s for s in frame.surfaces if surface and s.id == surface.id), None)
        window.actions.add(kind, at=_point(window, at, None if drawn is None else drawn.world))


def pivot_at(window: Desk, carrier: str, at: Place) -> Point | None:
    """The point of a surface under the pointer, in its own units from its middle; None beside its
    plane, and on what is no surface, whose maps have no place in a plane."""
    frame = window.preview.drawn
    drawn = None if frame is None else next((s for s in frame.surfaces if s.id == carrier), None)
    if frame is None or drawn is None:
        return None
    met = Projector(frame.camera).on_plane(*window.view.to_picture(*at), drawn.world)
    return None if met is None else (float(met[0]), float(met[1]), 0.0)


def _point(window: Desk, at: Place, world: np.ndarray | None) -> Point:
    """Where the ray under the pointer meets a surface's plane; beside all of them, the plane
    through the origin that faces the camera."""
    frame = window.preview.drawn
    assert frame is not None
    projector, place = Projector(frame.camera), window.view.to_picture(*at)
    facing = np.eye(4)
    facing[:3, :3] = frame.camera.world[:3, :3]
    for plane in (facing,) if world is None else (world, facing):
        met = projector.on_plane(*place, plane)
        if met is not None:
            x, y, z = plane[:3, :3] @ (*met, 0.0) + plane[:3, 3]
            return float(x), float(y), float(z)
    return 0.0, 0.0, 0.0
