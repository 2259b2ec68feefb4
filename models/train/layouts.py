"""Random documents: rooms, streets, table tops, portraits, and things that hang from above.

A layout takes an empty document with textures as its media, and returns it with nodes, lights and a
camera. Lengths are metres, the floor is y = 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.random import Generator

from engine.scene import Camera, Light, LightType, Scene, aim, new_id
from models.train.furniture import Part, furnish, hung, laid
from models.train.things import Vector, person, plane, random_size, stand, tree, vector


def room(scene: Scene, rng: Generator, face: Path) -> Scene:
    """Four walls, things on the floor and along them; sometimes someone stands there."""
    wide, deep, high = rng.uniform(2.5, 8), rng.uniform(3, 14), rng.uniform(2.3, 4)
    scene = _walls(scene, rng, wide, deep, high)
    for _ in range(int(rng.integers(4, 16))):
        size = random_size(rng, 0.15, 1.2)
        x = rng.uniform(-wide / 2, wide / 2)
        if rng.random() < 0.5:
            x = math.copysign(wide / 2 - size[0] / 2, x)
        scene = stand(scene, rng, (x, 0.0, rng.uniform(-deep / 2, deep / 2 - 0.8)), size)
    for _ in range(int(rng.integers(0, 3))):
        at = (rng.uniform(-wide / 3, wide / 3), 0.0, rng.uniform(-deep / 2, deep / 4))
        scene = person(scene, rng, face, at)
    eye = (rng.uniform(-wide / 3, wide / 3), rng.uniform(0.5, high - 0.4), deep / 2 - 0.2)
    look = (rng.uniform(-wide / 2, wide / 2), rng.uniform(0.2, high * 0.8), -deep / 2)
    return _lit(_seen(scene, rng, eye, look), rng, (wide, high, deep))


def corridor(scene: Scene, rng: Generator, face: Path) -> Scene:
    """Long and narrow: what is far is in the middle, not at the top."""
    wide, deep, high = rng.uniform(1.2, 2.6), rng.uniform(8, 30), rng.uniform(2.2, 3.2)
    scene = _walls(scene, rng, wide, deep, high)
    for _ in range(int(rng.integers(2, 10))):
        size = random_size(rng, 0.1, 0.6)
        side = math.copysign(wide / 2 - size[0] / 2, rng.normal())
        scene = stand(scene, rng, (side, 0.0, rng.uniform(-deep / 2, deep / 2 - 1.5)), size)
    eye = (rng.uniform(-wide / 4, wide / 4), rng.uniform(0.6, high - 0.3), deep / 2 - 0.1)
    look = (rng.uniform(-0.5, 0.5), rng.uniform(0.6, high - 0.6), -deep / 2)
    return _lit(_seen(scene, rng, eye, look), rng, (wide, high, deep))


def street(scene: Scene, rng: Generator, face: Path) -> Scene:
    """Open ground under a sky, houses at the sides, things and people between them."""
    scene = plane(scene, rng, (0.0, 0.0, -40.0), (-90.0, 0.0, 0.0), (120.0, 120.0))
    gap = rng.uniform(4, 16)
    for side in (-1.0, 1.0):
        z = 0.0
        while z > -60 and rng.random() < 0.9:
            size = (rng.uniform(4, 10), rng.uniform(3, 14), rng.uniform(4, 12))
            scene = stand(scene, rng, (side * (gap + size[0]) / 2, 0.0, z), size, "box")
            z -= size[2] + rng.uniform(0, 4)
    for _ in range(int(rng.integers(4, 14))):
        at = (rng.uniform(-gap / 2, gap / 2), 0.0, -rng.uniform(1.5, 30))
        scene = stand(scene, rng, at, random_size(rng, 0.3, 2.0))
    for _ in range(int(rng.integers(0, 6))):
        at = (rng.uniform(-gap / 2, gap / 2), 0.0, -rng.uniform(2, 20))
        scene = tree(scene, rng, at) if rng.random() < 0.5 else person(scene, rng, face, at)
    eye = (rng.uniform(-gap / 4, gap / 4), rng.uniform(0.4, 4.0), 1.0)
    look = (rng.uniform(-4, 4), rng.uniform(0.0, 3.0), -20.0)
    return _lit(_seen(scene, rng, eye, look), rng, (gap, 8.0, 40.0), sun=True)


def table(scene: Scene, rng: Generator, face: Path) -> Scene:
    """Small things on a table, from its height or from above."""
    scene = _walls(scene, rng, 5.0, 6.0, 3.0)
    top = (rng.uniform(0.6, 1.8), 0.05, rng.uniform(0.5, 1.2))
    scene = stand(scene, rng, (0.0, 0.7, 0.0), top, "box")
    for _ in range(int(rng.integers(3, 14))):
        at = (rng.uniform(-0.5, 0.5) * top[0], 0.75, rng.uniform(-0.5, 0.5) * top[2])
        scene = stand(scene, rng, at, random_size(rng, 0.04, 0.25))
    angle, far = math.radians(rng.uniform(5, 85)), rng.uniform(0.5, 1.6)
    eye = (rng.uniform(-0.4, 0.4), 0.75 + far * math.sin(angle), far * math.cos(angle) + 0.01)
    look = (rng.uniform(-0.2, 0.2), 0.8, rng.uniform(-0.2, 0.2))
    return _lit(_seen(scene, rng, eye, look), rng, (4.0, 2.8, 5.0))


def portrait(scene: Scene, rng: Generator, face: Path) -> Scene:
    """Someone close, before a wall, a room or a view."""
    open_air = rng.random() < 0.35
    far = rng.uniform(1.0, 8.0)
    if open_air:
        scene = plane(scene, rng, (0.0, 0.0, -20.0), (-90.0, 0.0, 0.0), (80.0, 60.0))
    else:
        scene = _walls(scene, rng, rng.uniform(3, 7), 2 * far, 3.0)
    scene = person(scene, rng, face, (rng.normal(0, 0.12), 0.0, 0.0))
    for _ in range(int(rng.integers(0, 8))):
        at = (rng.uniform(-2.5, 2.5), rng.uniform(0, 1.2), -rng.uniform(0.6, far))
        scene = stand(scene, rng, at, random_size(rng, 0.2, 1.2))
    if rng.random() < 0.4:
        scene = person(scene, rng, face, (rng.uniform(-1.2, 1.2), 0.0, -rng.uniform(0.5, 2.5)))
    eye = (rng.normal(0, 0.25), 1.55 + rng.normal(0, 0.15), rng.uniform(0.5, 1.6))
    look = (rng.normal(0, 0.1), 1.45 + rng.normal(0, 0.12), 0.0)
    return _lit(_seen(scene, rng, eye, look), rng, (3.0, 2.8, 2 * far), sun=open_air)


def overhead(scene: Scene, rng: Generator, face: Path) -> Scene:
    """Beams, lamps and cloths from above, seen from below: higher is nearer."""
    wide, deep, high = rng.uniform(3, 8), rng.uniform(4, 14), rng.uniform(2.4, 6)
    scene = _walls(scene, rng, wide, deep, high)
    for _ in range(int(rng.integers(4, 14))):
        size = random_size(rng, 0.1, 0.7)
        at = (rng.uniform(-wide / 2, wide / 2), rng.uniform(1.3, high), rng.uniform(-deep / 2, 1.0))
        scene = stand(scene, rng, at, size)
    eye = (rng.uniform(-wide / 4, wide / 4), rng.uniform(0.4, 1.4), deep / 2 - 0.2)
    look = (rng.uniform(-1, 1), rng.uniform(0.7, 1.1) * high, -deep / 2 * rng.uniform(0, 1))
    return _lit(_seen(scene, rng, eye, look), rng, (wide, high, deep))


def furnished(scene: Scene, rng: Generator, face: Path) -> Scene:
    """A room with furniture, seen from standing, sitting or crouching height."""
    wide, deep, high = rng.uniform(2.5, 9), rng.uniform(3, 12), rng.uniform(2.3, 3.5)
    scene = _walls(scene, rng, wide, deep, high)
    scene = furnish(hung(scene, rng, wide, deep, high), rng, face, wide, deep)
    eye = (rng.uniform(-0.4, 0.4) * wide, rng.uniform(0.4, 2.0), deep / 2 - 0.15)
    look = (rng.uniform(-0.5, 0.5) * wide, rng.uniform(0.0, 1.6), rng.uniform(-0.5, 0.2) * deep)
    return _lit(_seen(scene, rng, eye, look), rng, (wide, high, deep))


def worktop(scene: Scene, rng: Generator, face: Path) -> Scene:
    """A long board along a wall with things on it, seen along it or across."""
    wide, deep, high = rng.uniform(2.5, 6), rng.uniform(2.5, 6), rng.uniform(2.3, 3.2)
    scene = hung(_walls(scene, rng, wide, deep, high), rng, wide, deep, high)
    long, broad, top = rng.uniform(1.4, wide), rng.uniform(0.4, 0.8), rng.uniform(0.7, 1.0)
    back = -deep / 2 + broad / 2
    board: list[Part] = [
        ("box", (0, top - 0.03, 0), (long, 0.06, broad), 0),
        ("box", (0, top / 2 - 0.03, -0.03), (long - 0.02, top - 0.06, broad - 0.06), 1),
    ]
    scene = laid(scene, rng, board, (0.0, 0.0, back), 0.0, most=24)
    if rng.random() < 0.5:
        scene = stand(scene, rng, (0.0, top + 0.5, -deep / 2 + 0.17), (long, 0.7, 0.34), "box")
    scene = furnish(scene, rng, face, wide, deep) if rng.random() < 0.3 else scene
    side = math.copysign(rng.uniform(0.0, 0.5) * long, rng.normal())
    eye = (side, top + rng.uniform(0.1, 0.9), back + rng.uniform(0.3, 1.5))
    look = (-side * rng.uniform(0.0, 1.0), top + rng.uniform(-0.2, 0.3), back)
    return _lit(_seen(scene, rng, eye, look), rng, (wide, high, deep))


LAYOUTS: list[tuple[str, float, Callable[[Scene, Generator, Path], Scene]]] = [
    ("room", 3.0, room),
    ("corridor", 1.5, corridor),
    ("street", 2.0, street),
    ("tabletop", 2.0, table),
    ("portrait", 3.0, portrait),
    ("hanging", 1.5, overhead),
    ("furnished", 5.0, furnished),
    ("worktop", 2.0, worktop),
]


def _walls(scene: Scene, rng: Generator, wide: float, deep: float, high: float) -> Scene:
    middle = high / 2
    for at, turn, size in (
        ((0.0, 0.0, 0.0), (-90.0, 0.0, 0.0), (wide, deep)),
        ((0.0, high, 0.0), (90.0, 0.0, 0.0), (wide, deep)),
        ((0.0, middle, -deep / 2), (0.0, 0.0, 0.0), (wide, high)),
        ((-wide / 2, middle, 0.0), (0.0, 90.0, 0.0), (deep, high)),
        ((wide / 2, middle, 0.0), (0.0, -90.0, 0.0), (deep, high)),
    ):
        scene = plane(scene, rng, at, turn, size)
    return scene


def _seen(scene: Scene, rng: Generator, eye: Vector, look: Vector) -> Scene:
    turn = aim(eye, look)
    camera = Camera(
        id=new_id(scene, Camera),
        translate=eye,
        rotate=(turn[0], turn[1], turn[2] + rng.normal(0, 2.0)),
        fov=rng.uniform(25, 75),
        near=0.05,
        far=500.0,
    )
    return scene.with_node(camera).with_settings(camera=camera.id)


def another_view(scene: Scene, rng: Generator) -> Scene:
    """The same document from somewhere near its camera, turned and with another lens."""
    first = scene.node(scene.camera) if scene.camera else None
    assert isinstance(first, Camera)  # every layout ends with one
    eye = np.array(first.translate) + rng.normal(0, 0.25, 3)
    turn = np.array(first.rotate) + rng.normal(0, (12.0, 20.0, 4.0))
    camera = Camera(
        id=new_id(scene, Camera),
        translate=vector(eye),
        rotate=vector(turn),
        fov=rng.uniform(22, 85),
        near=0.05,
        far=500.0,
    )
    return scene.with_node(camera).with_settings(camera=camera.id)


def _lit(scene: Scene, rng: Generator, extent: Vector, *, sun: bool = False) -> Scene:
    """A sun, or lamps below the ceiling, and light from everywhere."""
    wide, high, deep = extent
    base = rng.uniform(0.15, 0.5)
    tint = rng.uniform(0.8, 1.2, 3) * base
    scene = scene.with_settings(ambient=vector(tint))
    for _ in range(1 if sun else int(rng.integers(1, 4))):
        if sun:
            at = (rng.normal() * 30, rng.uniform(15, 50), rng.normal() * 30)
        else:
            at = (rng.uniform(-0.4, 0.4) * wide, high * 0.95, rng.uniform(-0.4, 0.4) * deep)
        light = Light(
            id=new_id(scene, Light),
            kind=LightType.DIRECTIONAL if sun else LightType.POINT,
            translate=at,
            rotate=aim(at, (0.0, 0.0, 0.0)),
            colour=vector(rng.uniform(0.75, 1.0, 3)),
            intensity=rng.uniform(0.6, 1.6) * (1.0 if sun else 0.25 * high * high),
            shadow_softness=rng.uniform(0.0, 0.05),
        )
        scene = scene.with_node(light)
    return scene
