"""Furniture out of boxes, spheres and rings, and rooms that are full of it.

A piece is a list of parts around its own origin on the floor, its front towards +z; lengths are
metres. Parts of one number share their colour and picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from numpy.random import Generator

from engine.scene import Geometry, Scene, new_id
from models.train.things import Vector, paint, person, plane, random_size, stand, texture

Part = tuple[str, Vector, Vector, int]  # mesh, centre, size, which colour
Piece = Callable[[Generator], list[Part]]


def table(rng: Generator, *, high: float | None = None) -> list[Part]:
    """A top on four legs, a middle foot or two sides."""
    wide, deep = rng.uniform(0.6, 2.0), rng.uniform(0.5, 1.0)
    high = high or rng.uniform(0.4, 1.05)
    parts: list[Part] = [("box", (0, high - 0.02, 0), (wide, 0.04, deep), 0)]
    kind, thick = rng.integers(3), rng.uniform(0.03, 0.08)
    if kind == 0:
        parts += _legs(wide - thick, deep - thick, high - 0.04, thick)
    elif kind == 1:
        parts += [("box", (0, high / 2, 0), (thick, high - 0.04, thick), 1)]
        parts += [("sphere", (0, 0, 0), (0.6 * wide, 0.08, 0.8 * deep), 1)]
    else:
        for side in (-1, 1):
            centre = (side * (wide - thick) / 2, (high - 0.04) / 2, 0)
            parts.append(("box", centre, (thick, high - 0.04, 0.9 * deep), 1))
    return parts


def chair(rng: Generator) -> list[Part]:
    """A seat, its legs, a back of one board or of bars."""
    wide, high, back = rng.uniform(0.38, 0.5), rng.uniform(0.4, 0.5), rng.uniform(0.3, 0.55)
    parts: list[Part] = [("box", (0, high, 0), (wide, 0.05, wide), 0)]
    parts += _legs(wide - 0.04, wide - 0.04, high, 0.035)
    if rng.random() < 0.5:
        parts.append(("box", (0, high + back / 2, -wide / 2), (wide, back, 0.03), 0))
    else:
        for x in (-0.45, 0.0, 0.45):
            parts.append(("box", (x * wide, high + back / 2, -wide / 2), (0.03, back, 0.03), 1))
        parts.append(("box", (0, high + back, -wide / 2), (wide, 0.08, 0.03), 1))
    return parts


def sofa(rng: Generator) -> list[Part]:
    """A bench with arms and cushions; with one seat an armchair, with long ones a bed."""
    wide, deep = rng.uniform(0.8, 2.4), rng.uniform(0.75, 2.0)
    seat, arm = rng.uniform(0.35, 0.5), rng.uniform(0.12, 0.25)
    parts: list[Part] = [("box", (0, seat / 2, 0), (wide, seat, deep), 0)]
    parts.append(("box", (0, 0.45, -deep / 2), (wide, 0.9, 0.2), 0))
    for side in (-1, 1):
        parts.append(("box", (side * wide / 2, 0.3, 0), (arm, 0.6, deep), 0))
    for _ in range(int(rng.integers(0, 4))):
        x = rng.uniform(-0.4, 0.4) * wide
        parts.append(("sphere", (x, seat + 0.18, -deep / 2 + 0.2), (0.45, 0.4, 0.2), 1))
    return parts


def shelf(rng: Generator) -> list[Part]:
    """Boards between two sides, most of them with books."""
    wide, high, deep = rng.uniform(0.5, 1.8), rng.uniform(0.8, 2.2), rng.uniform(0.22, 0.4)
    parts: list[Part] = [("box", (0, high / 2, -deep / 2), (wide, high, 0.02), 0)]
    for side in (-1, 1):
        parts.append(("box", (side * wide / 2, high / 2, 0), (0.03, high, deep), 0))
    count = int(rng.integers(2, 6))
    for row in range(count + 1):
        y = 0.05 + row * (high - 0.07) / count
        parts.append(("box", (0, y, 0), (wide, 0.025, deep), 0))
        x = -wide / 2 + 0.05
        while row < count and x < wide / 2 - 0.08 and rng.random() < 0.9:
            size = (rng.uniform(0.03, 0.2), rng.uniform(0.5, 0.9) * high / count, 0.7 * deep)
            centre = (x + size[0] / 2, y + size[1] / 2, rng.uniform(-0.04, 0.04))
            parts.append(("box", centre, size, int(rng.integers(2, 6))))
            x += size[0] + (0.003 if rng.random() < 0.8 else 0.15)
    return parts


def cupboard(rng: Generator) -> list[Part]:
    """A block with doors and handles."""
    wide, high, deep = rng.uniform(0.5, 2.2), rng.uniform(0.6, 2.2), rng.uniform(0.4, 0.65)
    parts: list[Part] = [("box", (0, high / 2, 0), (wide, high, deep), 0)]
    count = max(1, round(wide / 0.5))
    for door in range(count):
        x = ((door + 0.5) / count - 0.5) * wide
        size = (wide / count - 0.02, high - 0.1, 0.02)
        parts.append(("box", (x, high / 2 + 0.02, deep / 2 + 0.01), size, 1))
        parts.append(
            ("box", (x + 0.4 * size[0], 0.6 * high, deep / 2 + 0.035), (0.02, 0.15, 0.03), 2)
        )
    return parts


def lamp(rng: Generator) -> list[Part]:
    """A standing lamp."""
    high, shade = rng.uniform(0.4, 1.8), rng.uniform(0.2, 0.5)
    return [
        ("box", (0, high / 2, 0), (0.03, high, 0.03), 0),
        ("sphere", (0, 0.01, 0), (0.3, 0.05, 0.3), 0),
        ("sphere" if rng.random() < 0.5 else "box", (0, high, 0), (shade, 0.7 * shade, shade), 1),
    ]


def plant(rng: Generator) -> list[Part]:
    """A pot with leaves."""
    pot, high = rng.uniform(0.15, 0.4), rng.uniform(0.3, 1.4)
    parts: list[Part] = [("box", (0, pot / 2, 0), (pot, pot, pot), 0)]
    for _ in range(int(rng.integers(6, 18))):
        where = rng.normal(0, 0.28, 3) * high
        size = random_size(rng, 0.08, 0.3)
        parts.append(("sphere", (where[0], pot + high / 2 + where[1], where[2]), size, 1))
    return parts


def vase(rng: Generator) -> list[Part]:
    """A vase, bottle, bowl or cup: rounds on top of each other."""
    base, high = rng.uniform(0.05, 0.22), rng.uniform(0.05, 0.35)
    parts: list[Part] = [("sphere", (0, high / 2, 0), (base, high, base), 0)]
    if rng.random() < 0.6:
        neck = base * rng.uniform(0.3, 0.7)
        parts.append(("sphere", (0, 1.05 * high, 0), (neck, 0.8 * high, neck), 0))
    if rng.random() < 0.5:
        parts.append(("torus", (0, high, 0), (0.8 * base, 0.03, 0.8 * base), 1))
    return parts


PIECES: tuple[Piece, ...] = (table, chair, sofa, shelf, cupboard, lamp, plant)


def put(
    scene: Scene, rng: Generator, piece: list[Part], at: Vector, turn: float, size: float = 1.0
) -> Scene:
    """Stands a piece at a place, turned about the vertical by degrees."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    looks = [(paint(rng), texture(scene, rng, 0.5), rng.uniform(0.1, 1.0)) for _ in range(6)]
    for mesh, (x, y, z), (wide, high, deep), look in piece:
        colour, media, roughness = looks[look]
        node = Geometry(
            id=new_id(scene, Geometry),
            mesh=mesh,
            translate=(
                at[0] + size * (cos * x + sin * z),
                at[1] + size * y,
                at[2] + size * (cos * z - sin * x),
            ),
            rotate=(0.0, turn, 0.0),
            scale=(size * wide, size * high, size * deep),
            media=media,
            colour=colour,
            roughness=roughness,
            specular=0.5 * (1 - roughness),
        )
        scene = scene.with_node(node)
    return scene


def laid(
    scene: Scene, rng: Generator, piece: list[Part], at: Vector, turn: float, *, most: int = 8
) -> Scene:
    """A piece with small things on its first part."""
    scene = put(scene, rng, piece, at, turn)
    _, (_, y, _), (wide, high, deep), _ = piece[0]
    top = at[1] + y + high / 2
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    for _ in range(int(rng.integers(0, most + 1))):
        x, z = rng.uniform(-0.42, 0.42) * wide, rng.uniform(-0.42, 0.42) * deep
        place = (at[0] + cos * x + sin * z, top, at[2] + cos * z - sin * x)
        if rng.random() < 0.5:
            scene = put(scene, rng, vase(rng), place, rng.uniform(0, 360))
        else:
            scene = stand(scene, rng, place, random_size(rng, 0.04, 0.22))
    return scene


def hung(scene: Scene, rng: Generator, wide: float, deep: float, high: float) -> Scene:
    """Pictures, windows and doors on three walls of a room, a rug and a lamp."""
    for _ in range(int(rng.integers(1, 7))):
        size = (rng.uniform(0.3, 1.8), rng.uniform(0.3, 1.5))
        y = rng.uniform(0.5, 0.7) * high
        wall, along = rng.integers(3), rng.uniform(-0.4, 0.4)
        if wall == 0:
            scene = plane(scene, rng, (along * wide, y, 0.01 - deep / 2), (0.0, 0.0, 0.0), size)
        else:
            side = -1.0 if wall == 1 else 1.0
            at = (side * (wide / 2 - 0.01), y, along * deep)
            scene = plane(scene, rng, at, (0.0, -90.0 * side, 0.0), size)
    if rng.random() < 0.4:
        rug = (rng.uniform(1, 2.5), rng.uniform(1, 2.5))
        scene = plane(scene, rng, (0.0, 0.01, rng.uniform(-1, 1)), (-90.0, 0.0, 0.0), rug)
    if rng.random() < 0.5:
        drop = rng.uniform(0.2, 1.2)
        at = (rng.uniform(-0.3, 0.3) * wide, high - drop, rng.uniform(-0.4, 0.3) * deep)
        scene = stand(scene, rng, at, (0.02, drop, 0.02), "box")
        scene = stand(scene, rng, at, random_size(rng, 0.2, 0.5), "sphere")
    return scene


def furnish(scene: Scene, rng: Generator, face: Path, wide: float, deep: float) -> Scene:
    """Pieces along the walls, tables with chairs between them, sometimes people."""
    for _ in range(int(rng.integers(3, 9))):
        piece = PIECES[rng.integers(len(PIECES))](rng)
        wall, along = rng.integers(3), rng.uniform(-0.42, 0.42)
        if wall == 0:
            at, turn = (along * wide, 0.0, 0.35 - deep / 2), 0.0
        else:
            side = -1.0 if wall == 1 else 1.0
            at, turn = (side * (wide / 2 - 0.35), 0.0, along * deep), -90.0 * side
        scene = put(scene, rng, piece, at, turn + rng.normal(0, 4))
    for _ in range(int(rng.integers(0, 4))):
        at = (rng.uniform(-0.35, 0.35) * wide, 0.0, rng.uniform(-0.4, 0.25) * deep)
        turn = rng.uniform(0, 360)
        scene = laid(scene, rng, table(rng), at, turn)
        for _ in range(int(rng.integers(0, 5))):
            angle, far = rng.uniform(0, 2 * math.pi), rng.uniform(0.6, 1.1)
            beside = (at[0] + far * math.sin(angle), 0.0, at[2] + far * math.cos(angle))
            facing = 180 + math.degrees(angle) + rng.normal(0, 20)
            scene = put(scene, rng, chair(rng), beside, facing)
    if rng.random() < 0.3:
        at = (rng.uniform(-0.3, 0.3) * wide, 0.0, rng.uniform(-0.4, 0.1) * deep)
        scene = person(scene, rng, face, at)
    return scene


def _legs(wide: float, deep: float, high: float, thick: float) -> list[Part]:
    corners = [(x * wide / 2, z * deep / 2) for x in (-1, 1) for z in (-1, 1)]
    return [("box", (x, high / 2, z), (thick, high, thick), 1) for x, z in corners]
