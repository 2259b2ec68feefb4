"""What the window shows where it is opened without a document: a portrait that is a relief, to be
played, lit and looked at from the side at once."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.errors import OutputError
from engine.folders import state_folder
from engine.output import atomic
from engine.scene import AnalysisType, Axis, DepthRange, Interpolation, Light, Scene, curve
from ui.demo import PORTRAIT
from ui.new import new_document

NAME = "First Look"
FPS = 24.0
FIRST, LAST = 1001, 1096
SWING = 12.0  # degrees that the camera goes to each side
WANDER = (-50.0, 46.0)  # degrees between which the light goes about


def first_scene() -> Scene:
    """The portrait of the demo, with Face Analysis, a light that wanders and a camera that swings.
    Raises MediaError where the portrait cannot be read."""
    portrait = _portrait()
    scene = new_document(
        str(portrait), None, AnalysisType.FACE, DepthRange.NORMALIZED, three_d=True
    )
    assert scene.camera is not None
    smooth, length = Interpolation.BEZIER, LAST + 1 - FIRST
    swing = [(0.0, 0.0), (0.25, SWING), (0.75, -SWING), (1.0, 0.0)]
    orbit = Axis(
        id="Orbit",
        rotate=(0.0, curve([(FIRST + at * length, turn) for at, turn in swing], smooth), 0.0),
    )
    scene = scene.with_node(orbit).with_values(scene.camera, parent=orbit.id)
    left, right = WANDER
    wander = curve([(FIRST, left), (FIRST + length / 2, right), (LAST + 1, left)], smooth)
    light = next(node for node in scene.nodes if isinstance(node, Light))
    scene = scene.with_values(light.id, rotate=(-24.0, wander, 0.0))
    return scene.with_settings(name=NAME, first=FIRST, last=LAST, fps=FPS)


def _portrait() -> Path:
    """The portrait in a place of the user's own, where documents find it again: that of the program
    may go with its next version."""
    kept = state_folder() / "first" / "portrait.png"
    if not kept.is_file():
        try:
            with atomic(kept) as copy:
                shutil.copyfile(PORTRAIT, copy)
        except OutputError:
            return PORTRAIT
    return kept
