"""Things that random documents are built of: planes, solids, trees and people."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from engine.scene import Geometry, Scene, new_id

Vector = tuple[float, float, float]
SOLIDS = ("box", "sphere", "torus", "box")


def plane(
    scene: Scene, rng: Generator, at: Vector, turn: Vector, size: tuple[float, float]
) -> Scene:
    """A flat piece of wall or ground."""
    node = Geometry(
        id=new_id(scene, Geometry),
        mesh="plane",
        translate=at,
        rotate=turn,
        scale=(*size, 1.0),
        media=texture(scene, rng, 0.7),
        colour=paint(rng),
        roughness=rng.uniform(0.3, 1.0),
    )
    return scene.with_node(node)


def stand(scene: Scene, rng: Generator, at: Vector, size: Vector, mesh: str | None = None) -> Scene:
    """A thing of a size whose lowest point is at a place."""
    node = Geometry(
        id=new_id(scene, Geometry),
        mesh=mesh or SOLIDS[rng.integers(len(SOLIDS))],
        translate=(at[0], at[1] + size[1] / 2, at[2]),
        rotate=(0.0, rng.uniform(-180, 180) if mesh is None else 0.0, 0.0),
        scale=size,
        media=texture(scene, rng, 0.5),
        colour=paint(rng),
        roughness=rng.uniform(0.1, 1.0),
        specular=rng.uniform(0.0, 0.8),
    )
    return scene.with_node(node)


def tree(scene: Scene, rng: Generator, at: Vector) -> Scene:
    """A trunk and a crown of a few spheres."""
    high = rng.uniform(1.5, 5)
    scene = stand(scene, rng, at, (0.25, high, 0.25), "box")
    for _ in range(int(rng.integers(3, 9))):
        crown = rng.uniform(0.5, 1.6)
        place = (at[0] + rng.normal(0, 0.6), at[1] + high - crown / 2, at[2] + rng.normal(0, 0.6))
        scene = stand(scene, rng, place, (crown, crown, crown), "sphere")
    return scene


def person(scene: Scene, rng: Generator, face: Path, at: Vector) -> Scene:
    """A head with the canonical face, a neck, shoulders, a body and legs that reach the floor."""
    tan = rng.uniform(0.25, 1.0)
    skin = (0.95 * tan, 0.72 * tan, 0.58 * tan)
    hair = vector(rng.uniform(0.02, 0.35) * rng.uniform(0.5, 1.0, 3))
    cloth = texture(scene, rng, 0.4)
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

    top = paint(rng)
    part(str(face), 0.0, 0.055, (1.0, 1.0, 1.0), skin)
    part("sphere", 0.02, -0.025, (0.155, 0.23, 0.19), skin)
    part("sphere", 0.055, -0.045, (0.175, rng.uniform(0.18, 0.34), 0.2), hair)
    part("sphere", -0.15, -0.03, (0.11, 0.2, 0.12), skin)
    part("sphere", -0.3, -0.03, (rng.uniform(0.4, 0.52), 0.22, 0.22), top, cloth)
    part("sphere", -0.52, -0.03, (0.38, 0.7, 0.24), top, cloth)
    part("box", -0.8 - tall * 0.15, -0.03, (0.3, tall * 0.75, 0.18), paint(rng))
    return scene


def random_size(rng: Generator, least: float, most: float) -> Vector:
    """Sides around a length between two, small ones as likely as large ones."""
    base = math.exp(rng.uniform(math.log(least), math.log(most)))
    return vector(rng.uniform(0.4, 1.6, 3) * base)


def paint(rng: Generator) -> Vector:
    """More often dull than bright."""
    grey = rng.uniform(0.08, 0.9)
    return vector(np.clip(grey + rng.normal(0, 0.15, 3), 0.02, 1.0))


def texture(scene: Scene, rng: Generator, share: float) -> int | None:
    """The number of one of the document's media, for that share of what is painted."""
    return int(rng.integers(len(scene.media))) + 1 if rng.random() < share else None


def vector(values: npt.NDArray[np.float64]) -> Vector:
    """Three numbers as documents hold them."""
    a, b, c = values.tolist()
    return a, b, c
