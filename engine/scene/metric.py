"""A scene in metres, from something in a picture whose size is known."""

from __future__ import annotations

import numpy as np

from engine.errors import SceneError
from engine.scene.curves import Curve
from engine.scene.document import Scene
from engine.scene.nodes import Surface

FLAT = 1e-5  # scene units: a surface that is scaled to nothing still has a millionth


def unit_in_centimetres(scene: Scene, surface: str, height: float, frame: int) -> float:
    """Centimetres that one scene unit stands for, where the picture on a surface shows a height of
    that many centimetres. Raises SceneError for what is no surface, or has no height."""
    world = next((s.world for s in scene.evaluate(frame).surfaces if s.id == surface), None)
    units = 0.0 if world is None else float(np.linalg.norm(world[:3, 1]))
    if units < FLAT:
        raise SceneError(f"{surface} has no height at frame {frame}: a metric scale needs one")
    return height / units


def in_metres(scene: Scene, surface: str, height: float, frame: int) -> Scene:
    """The document with that surface scaled so that one scene unit is one metre there.

    height: of what its picture shows, in centimetres. Only the surface's own Scale changes, and
    what is a child of it follows; cameras stay where they are. Raises SceneError where Scale is
    animated.
    """
    node = scene.node(surface)
    assert isinstance(node, Surface)
    factor = unit_in_centimetres(scene, surface, height, frame) / 100.0
    scale: list[float] = []
    for part in node.scale:
        if isinstance(part, Curve):
            raise SceneError(
                f"the Scale of {surface} is animated: set a metric scale on an axis above it, by"
                f" {factor:.4g}"
            )
        scale.append(part * factor)
    return scene.with_values(surface, scale=tuple(scale))
