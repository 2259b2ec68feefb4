"""Random documents: rooms, streets, table tops, portraits, and things that hang from above.

A layout takes an empty document with textures as its media, and returns it with nodes, lights and a
camera. Lengths are metres, the floor is y = 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from engine.scene import Camera, Geometry, Light, LightType, Scene, aim, new_id

Vector = tuple[float, float, float]
SOLIDS = ("box", "sphere", "torus", "box")


def room(scene: Scene, rng: Generator, face: Path) -> Scene:
    """Four walls, things on the floor and along them; sometimes someone stands there."""
    wide, deep, high = rng.uniform(2.5, 8), rng.uniform(3, 14), rng.uniform(2.3, 4)
    scene = _walls(scene, rng, wide, deep, high)
    for _ in range(int(rng.integers(4, 16))):
        size = _size(rng, 0.15, 1.2)
        x = rng.uniform(-wide / 2, wide / 2)
        if rng.random() < 0.5:
            x = math.copysign(wide / 2 - size[0] / 2, x)
        scene = _stand(scene, rng, (x, 0.0, rng.uniform(-deep / 2, deep / 2 - 0.8)), size)
    for _ in range(int(rng.integers(0, 3))):
        at = (rng.uniform(-wide / 3, wide / 3), 0.0, rng.uniform(-deep / 2, deep / 4))
        scene = _person(scene, rng, face, at)
    eye = (rng.uniform(-wide / 3, wide / 3), rng.uniform(0.5, high - 0.4), deep / 2 - 0.2)
    look = (rng.uniform(-wide / 2, wide / 2), rng.uniform(0.2, high * 0.8), -deep / 2)
    return _lit(_seen(scene, rng, eye, look), rng, (wide, high, deep))


def corridor(scene: Scene, rng: Generator, face: Path) -> Scene:
    """Long and narrow: what is far is in the middle, not at the top."""
    wide, deep, high = rng.uniform(1.2, 2.6), rng.uniform(8, 30), rng.uniform(2.2, 3.2)
    scene = _walls(scene, rng, wide, deep, high)
    for _ in range(int(rng.integers(2, 10))):
        size = _size(rng, 0.1, 0.6)
        side = math.copysign(wide / 2 - size[0] / 2, rng.normal())
        scene = _stand(scene, rng, (side, 0.0, rng.uniform(-deep / 2, deep / 2 - 1.5)), size)
    eye = (rng.uniform(-wide / 4, wide / 4), rng.uniform(0.6, high - 0.3), deep / 2 - 0.1)
    look = (rng.uniform(-0.5, 0.5), rng.uniform(0.6, high - 0.6), -deep / 2)
    return _lit(_seen(scene, rng, eye, look), rng, (wide, high, deep))


def street(scene: Scene, rng: Generator, face: Path) -> Scene:
    """Open ground under a sky, houses at the sides, things and people between them."""
    scene = _plane(scene, rng, (0.0, 0.0, -40.0), (-90.0, 0.0, 0.0), (120.0, 120.0))
    gap = rng.uniform(4, 16)
    for side in (-1.0, 1.0):
        z = 0.0
        while z > -60 and rng.random() < 0.9:
            size = (rng.uniform(4, 10), rng.uniform(3, 14), rng.uniform(4, 12))
            scene = _stand(scene, rng, (side * (gap + size[0]) / 2, 0.0, z), size, "box")
            z -= size[2] + rng.uniform(0, 4)
    for _ in range(int(rng.integers(4, 14))):
        at = (rng.uniform(-gap / 2, gap / 2), 0.0, -rng.uniform(1.5, 30))
        scene = _stand(scene, rng, at, _size(rng, 0.3, 2.0))
    for _ in range(int(rng.integers(0, 6))):
        at = (rng.uniform(-gap / 2, gap / 2), 0.0, -rng.uniform(2, 20))
        scene = _tree(scene, rng, at) if rng.random() < 0.5 else _person(scene, rng, face, at)
    eye = (rng.uniform(-gap / 4, gap / 4), rng.uniform(0.4, 4.0), 1.0)
    look = (rng.uniform(-4, 4), rng.uniform(0.0, 3.0), -20.0)
    return _lit(_seen(scene, rng, eye, look), rng, (gap, 8.0, 40.0), sun=True)


def table(scene: Scene, rng: Generator, face: Path) -> Scene:
    """Small things on a table, from its height or from above."""
    scene = _walls(scene, rng, 5.0, 6.0, 3.0)
    top = (rng.uniform(0.6, 1.8), 0.05, rng.uniform(0.5, 1.2))
    scene = _stand(scene, rng, (0.0, 0.7, 0.0), top, "box")
    for _ in range(int(rng.integers(3, 14))):
        at = (rng.uniform(-0.5, 0.5) * top[0], 0.75, rng.uniform(-0.5, 0.5) * top[2])
        scene = _stand(scene, rng, at, _size(rng, 0.04, 0.25))
    angle, far = math.radians(rng.uniform(5, 85)), rng.uniform(0.5, 1.6)
    eye = (rng.uniform(-0.4, 0.4), 0.75 + far * math.sin(angle), far * math.cos(angle) + 0.01)
    look = (rng.uniform(-0.2, 0.2), 0.8, rng.uniform(-0.2, 0.2))
    return _lit(_seen(scene, rng, eye, look), rng, (4.0, 2.8, 5.0))


def portrait(scene: Scene, rng: Generator, face: Path) -> Scene:
    """Someone close, before a wall, a room or a view."""
    open_air = rng.random() < 0.35
    far = rng.uniform(1.0, 8.0)
    if open_air:
        scene = _plane(scene, rng, (0.0, 0.0, -20.0), (-90.0, 0.0, 0.0), (80.0, 60.0))
    else:
        scene = _walls(scene, rng, rng.uniform(3, 7), 2 * far, 3.0)
    scene = _person(scene, rng, face, (rng.normal(0, 0.12), 0.0, 0.0))
    for _ in range(int(rng.integers(0, 8))):
        at = (rng.uniform(-2.5, 2.5), rng.uniform(0, 1.2), -rng.uniform(0.6, far))
        scene = _stand(scene, rng, at, _size(rng, 0.2, 1.2))
    if rng.random() < 0.4:
        scene = _person(scene, rng, face, (rng.uniform(-1.2, 1.2), 0.0, -rng.uniform(0.5, 2.5)))
    eye = (rng.normal(0, 0.25), 1.55 + rng.normal(0, 0.15), rng.uniform(0.5, 1.6))
    look = (rng.normal(0, 0.1), 1.45 + rng.normal(0, 0.12), 0.0)
    return _lit(_seen(scene, rng, eye, look), rng, (3.0, 2.8, 2 * far), sun=open_air)


def overhead(scene: Scene, rng: Generator, face: Path) -> Scene:
    """Beams, lamps and cloths from above, seen from below: higher is nearer."""
    wide, deep, high = rng.uniform(3, 8), rng.uniform(4, 14), rng.uniform(2.4, 6)
    scene = _walls(scene, rng, wide, deep, high)
    for _ in range(int(rng.integers(4, 14))):
        size = _size(rng, 0.1, 0.7)
        at = (rng.uniform(-wide / 2, wide / 2), rng.uniform(1.3, high), rng.uniform(-deep / 2, 1.0))
        scene = _stand(scene, rng, at, size)
    eye = (rng.uniform(-wide / 4, wide / 4), rng.uniform(0.4, 1.4), deep / 2 - 0.2)
    look = (rng.uniform(-1, 1), rng.uniform(0.7, 1.1) * high, -deep / 2 * rng.uniform(0, 1))
    return _lit(_seen(scene, rng, eye, look), rng, (wide, high, deep))


LAYOUTS: list[tuple[str, float, Callable[[Scene, Generator, Path], Scene]]] = [
    ("room", 3.0, room),
    ("corridor", 1.5, corridor),
    ("street", 2.0, street),
    ("tabletop", 2.0, table),
    ("portrait", 3.0, portrait),
    ("hanging", 1.5, overhead),
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
        scene = _plane(scene, rng, at, turn, size)
    return scene


def _plane(
    scene: Scene, rng: Generator, at: Vector, turn: Vector, size: tuple[float, float]
) -> Scene:
    node = Geometry(
        id=new_id(scene, Geometry),
        mesh="plane",
        translate=at,
        rotate=turn,
        scale=(*size, 1.0),
        media=_texture(scene, rng, 0.7),
        colour=_paint(rng),
        roughness=rng.uniform(0.3, 1.0),
    )
    return scene.with_node(node)


def _stand(
    scene: Scene, rng: Generator, at: Vector, size: Vector, mesh: str | None = None
) -> Scene:
    """A thing of a size whose lowest point is at a place."""
    node = Geometry(
        id=new_id(scene, Geometry),
        mesh=mesh or SOLIDS[rng.integers(len(SOLIDS))],
        translate=(at[0], at[1] + size[1] / 2, at[2]),
        rotate=(0.0, rng.uniform(-180, 180) if mesh is None else 0.0, 0.0),
        scale=size,
        media=_texture(scene, rng, 0.5),
        colour=_paint(rng),
        roughness=rng.uniform(0.1, 1.0),
        specular=rng.uniform(0.0, 0.8),
    )
    return scene.with_node(node)


def _tree(scene: Scene, rng: Generator, at: Vector) -> Scene:
    high = rng.uniform(1.5, 5)
    scene = _stand(scene, rng, at, (0.25, high, 0.25), "box")
    for _ in range(int(rng.integers(3, 9))):
        crown = rng.uniform(0.5, 1.6)
        place = (at[0] + rng.normal(0, 0.6), at[1] + high - crown / 2, at[2] + rng.normal(0, 0.6))
        scene = _stand(scene, rng, place, (crown, crown, crown), "sphere")
    return scene


def _person(scene: Scene, rng: Generator, face: Path, at: Vector) -> Scene:
    """A head with the canonical face, a neck, shoulders, a body and legs that reach the floor."""
    tan = rng.uniform(0.25, 1.0)
    skin = (0.95 * tan, 0.72 * tan, 0.58 * tan)
    hair = _vector(rng.uniform(0.02, 0.35) * rng.uniform(0.5, 1.0, 3))
    cloth = _texture(scene, rng, 0.4)
    tall, turn = rng.uniform(1.35, 1.65), rng.normal(0, 25)
    side, ahead = math.sin(math.radians(turn)), math.cos(math.radians(turn))

    def part(
        mesh: str, up: float, forward: float, size: Vector, colour: Vector, media: int | None = None
    ) -> None:
        nonlocal scene
        node = Geometry(
            id=new_id(scene, Geometry),
            mesh=mesh,
            translate=(at[0] + forward * side, at[1] + tall + up, at[2] + forward * ahead),
            rotate=(0.0, turn, 0.0),
            scale=size,
            colour=colour,
            media=media,
            roughness=0.6,
            specular=0.2,
        )
        scene = scene.with_node(node)

    top = _paint(rng)
    part(str(face), 0.0, 0.055, (1.0, 1.0, 1.0), skin)
    part("sphere", 0.02, -0.025, (0.155, 0.23, 0.19), skin)
    part("sphere", 0.055, -0.045, (0.175, rng.uniform(0.18, 0.34), 0.2), hair)
    part("sphere", -0.15, -0.03, (0.11, 0.2, 0.12), skin)
    part("sphere", -0.3, -0.03, (rng.uniform(0.4, 0.52), 0.22, 0.22), top, cloth)
    part("sphere", -0.52, -0.03, (0.38, 0.7, 0.24), top, cloth)
    part("box", -0.8 - tall * 0.15, -0.03, (0.3, tall * 0.75, 0.18), _paint(rng))
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


def _lit(scene: Scene, rng: Generator, extent: Vector, *, sun: bool = False) -> Scene:
    """A sun, or lamps below the ceiling, and light from everywhere."""
    wide, high, deep = extent
    base = rng.uniform(0.15, 0.5)
    tint = rng.uniform(0.8, 1.2, 3) * base
    scene = scene.with_settings(ambient=_vector(tint))
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
            colour=_vector(rng.uniform(0.75, 1.0, 3)),
            intensity=rng.uniform(0.6, 1.6) * (1.0 if sun else 0.25 * high * high),
            shadow_softness=rng.uniform(0.0, 0.05),
        )
        scene = scene.with_node(light)
    return scene


def _size(rng: Generator, least: float, most: float) -> Vector:
    base = math.exp(rng.uniform(math.log(least), math.log(most)))
    return _vector(rng.uniform(0.4, 1.6, 3) * base)


def _paint(rng: Generator) -> Vector:
    grey = rng.uniform(0.08, 0.9)
    return _vector(np.clip(grey + rng.normal(0, 0.15, 3), 0.02, 1.0))


def _texture(scene: Scene, rng: Generator, share: float) -> int | None:
    """The number of one of the document's media, for that share of what is painted."""
    return int(rng.integers(len(scene.media))) + 1 if rng.random() < share else None


def _vector(values: npt.NDArray[np.float64]) -> Vector:
    a, b, c = values.tolist()
    return a, b, c
