"""Cameras from other programs: matchmoves as `.chan` or glTF."""

from __future__ import annotations

import os
from pathlib import Path

from engine.errors import SceneError
from engine.scene.chan import read_chan
from engine.scene.contents import FIRST_FRAME
from engine.scene.gltf import read_gltf
from engine.scene.node_base import RotationOrder
from engine.scene.nodes import Camera


def load_camera(
    path: str | os.PathLike[str],
    *,
    id: str = "Camera 1",
    name: str | None = None,
    fps: float = 24.0,
    first: int = FIRST_FRAME,
    rotation_order: RotationOrder = RotationOrder.ZXY,
) -> Camera:
    """The camera of a `.chan`, `.gltf` or `.glb` file, with a key per frame where it moves.

    Near and far of a `.chan` file are those of a Camera node; it knows none.

    rotation_order: for `.chan`, the order its angles are meant in, which the file does not say
    (Nuke writes ZXY unless told otherwise); for glTF the order that is wanted.
    name, fps, first: for glTF: which camera (none is the first), the frames per second at which its
    time in seconds is keyed, and the frame that its second 0 becomes.

    Raises SceneError naming the file, and the line or the place in it.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind == ".chan":
        return read_chan(path, id, rotation_order)
    if kind in (".gltf", ".glb"):
        return read_gltf(path, id, rotation_order, name, fps, first)
    raise SceneError(f"{path}: expected a camera file that ends in .chan, .gltf or .glb")
