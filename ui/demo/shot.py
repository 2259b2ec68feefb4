"""The demo's document: a portrait with a golden chain around the head.

First the flat picture: its depth is replaced by that of the face, so the chain goes round the head
and is hidden where it passes behind. Then the same picture as a real relief: the light wanders, the
chain and the nose throw shadows, and the camera orbits 15° to each side.
"""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import trimesh

from engine.output import atomic
from engine.scene import (
    AnalysisType,
    Axis,
    Camera,
    Curve,
    Geometry,
    Interpolation,
    Light,
    Scene,
    Surface,
    curve,
    new_camera,
    new_light,
    new_z_map,
)
from ui.demo import PORTRAIT
from ui.recorded import recorded

FPS = 24.0
FIRST = 1001
CUT = 1033
"""The first frame of the relief; before it the picture is flat."""
LAST = 1088
SIZE = (960, 720)

ORBIT = 15.0  # degrees to each side

# Where the chain lies on the portrait, in scene units from the surface's centre: over the fringe in
# front, and at the temples, where the hair is widest, behind the picture. The head is 0.29 wide
# with its hair, and the face stands out by 0.18.
FOREHEAD = (-0.057, 0.335, 0.04)

CHAIN_RADIUS = 0.131
CHAIN_LINKS = 26
# Leaning as the head does, a little higher in front.
CHAIN_TILT = (-9.0, 0.0, -6.0)
# Pixels. The sides of a face stand almost upright on the picture: this gives their walls a slope.
SOFTNESS = (1.5, 1.5)

WALL = (0.075, 0.072, 0.07)
GOLD = (0.83, 0.5, 0.14)


def chain(radius: float = CHAIN_RADIUS, links: int = CHAIN_LINKS) -> trimesh.Trimesh:
    """A closed chain in the plane y = 0 around the origin, every other link turned by 90°.

    radius: of the circle through the middles of the links, in scene units. links: an even number.
    """
    assert links % 2 == 0, "with an odd number two neighbours would lie alike"
    spacing = 2.0 * math.pi * radius / links
    # A link is two neighbours' wire longer than the spacing at each end, so that they interlock.
    wire = 0.13 * spacing
    link = trimesh.creation.torus(
        major_radius=0.42 * spacing, minor_radius=wire, major_sections=28, minor_sections=12
    )
    link.apply_transform(np.diag([1.75, 1.0, 1.0, 1.0]))
    parts = []
    for index in range(links):
        part = link.copy()
        quarter = trimesh.transformations.rotation_matrix(
            math.radians(45.0 + 90.0 * (index % 2)), (1.0, 0.0, 0.0)
        )
        part.apply_transform(quarter)
        part.apply_translation((0.0, 0.0, radius))
        around = trimesh.transformations.rotation_matrix(
            2.0 * math.pi * index / links, (0.0, 1.0, 0.0)
        )
        part.apply_transform(around)
        parts.append(part)
    whole = trimesh.util.concatenate(parts)
    assert isinstance(whole, trimesh.Trimesh)
    return whole


def prepare(folder: Path) -> tuple[Path, Path]:
    """Put the portrait and the chain's mesh beside the document. Raises OutputError."""
    portrait, mesh = folder / PORTRAIT.name, folder / "chain.glb"
    glb = chain().export(file_type="glb")
    assert isinstance(glb, bytes)
    with atomic(portrait) as copy:
        shutil.copyfile(PORTRAIT, copy)
    with atomic(mesh) as copy:
        copy.write_bytes(glb)
    return portrait, mesh


def demo_scene(portrait: Path, mesh: Path) -> Scene:
    """The document. portrait, mesh: the files that `prepare` wrote."""
    media = recorded(str(portrait))
    scene = Scene(
        name="Relief",
        fps=FPS,
        first=FIRST,
        last=LAST,
        size=SIZE,
        media=(media,),
        ambient=(0.22, 0.22, 0.24),
    )
    scene = _with_portraits(scene)
    scene = _with_wall(scene)
    scene = _with_chain(scene, mesh)
    scene = _with_camera(scene)
    return scene.with_node(_light(scene))


def _with_portraits(scene: Scene) -> Scene:
    """The same picture twice: flat up to the cut, a relief from there on."""
    cut = Interpolation.HOLD
    flat = Surface(
        id="Flat portrait",
        media=1,
        lit=False,
        opacity=curve([(FIRST, 1.0), (CUT, 0.0)], cut),
        casts_shadow=False,
    )
    relief = Surface(id="Relief", media=1, opacity=curve([(FIRST, 0.0), (CUT, 1.0)], cut))
    scene = scene.with_node(flat, relief)
    for surface, three_d in ((flat, False), (relief, True)):
        z_map = new_z_map(scene, surface.id, analysis=AnalysisType.FACE)
        scene = scene.with_node(z_map)
        scene = scene.with_values(
            z_map.id, three_d=three_d, z_pass=True, bump=three_d, softness=SOFTNESS
        )
    return scene


def _with_wall(scene: Scene) -> Scene:
    """A wall behind the picture, far enough for the chain to turn between them, and no larger than
    the camera sees: what the light has to cover is what its shadows' sharpness is spread over."""
    wall = Geometry(
        id="Wall",
        mesh="plane",
        translate=(0.0, 0.0, -0.14),
        scale=(2.2, 1.6, 1.0),
        colour=WALL,
        casts_shadow=False,
    )
    return scene.with_node(wall)


def _with_chain(scene: Scene, mesh: Path) -> Scene:
    collar = Axis(id="Collar", translate=FOREHEAD, rotate=CHAIN_TILT)
    # A whole number of pairs of links, so that the film can loop.
    turn = curve([(FIRST, 0.0), (LAST + 1, 360.0 * 8 / CHAIN_LINKS)])
    links = Geometry(
        id="Chain",
        parent=collar.id,
        mesh=str(mesh),
        rotate=(0.0, turn, 0.0),
        colour=GOLD,
        specular=0.8,
        roughness=0.3,
    )
    return scene.with_node(collar, links)


def _with_camera(scene: Scene) -> Scene:
    """From the whole portrait to the head, and then round it."""
    smooth = Interpolation.BEZIER
    camera: Camera = new_camera(scene)
    start = camera.translate[2]
    assert isinstance(start, float)
    arrive = CUT - 8

    def move(before: float, after: float) -> Curve:
        return curve([(FIRST + 4, before), (arrive, after)], smooth)

    quarter = (LAST - CUT) / 4
    swing = [(CUT, 0.0), (CUT + quarter, ORBIT), (CUT + 3 * quarter, -ORBIT), (LAST + 1, 0.0)]
    rig = Axis(
        id="Orbit",
        translate=(move(0.0, -0.05), move(0.0, 0.2), 0.04),
        rotate=(0.0, curve(swing, smooth), 0.0),
    )
    camera = Camera(
        id=camera.id,
        parent=rig.id,
        translate=(0.0, 0.0, move(start, 0.78)),
        fov=camera.fov,
        near=0.4,
        far=1.6,
    )
    return scene.with_node(rig, camera).with_settings(camera=camera.id)


def _light(scene: Scene) -> Light:
    """A key light that wanders from the upper left to the upper right and back."""
    smooth = Interpolation.BEZIER
    middle = (CUT + LAST) / 2
    light = new_light(scene)
    return Light(
        id="Key",
        translate=light.translate,
        rotate=(-24.0, curve([(CUT, -50.0), (middle, 46.0), (LAST + 1, -50.0)], smooth), 0.0),
        colour=(1.0, 0.97, 0.92),
        intensity=0.92,
        shadow_softness=1.5,
    )
