"""Multi-channel EXR files, as renderers write them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenEXR


def write_layered(path: Path, size: tuple[int, int] = (64, 48), *, near: float = 2.0) -> Path:
    """Beauty, distances from `near` at the bottom to three times that, normals, positions, texture
    coordinates, motion both ways, albedo, shadow, object numbers and Cryptomatte in one part.
    size: (width, height). Returns the path."""
    width, height = size
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(1, 0, height))
    # A plane through the camera's rays is straight in 1/Z.
    depth = 1 / (1 / (3 * near) + (1 - y) * (1 / near - 1 / (3 * near)))
    slope = np.full_like(x, 0.6)
    planes = {
        "R": x, "G": y, "B": 1 - x, "A": np.ones_like(x),
        "depth.Z": depth,
        "N.X": 0 * x, "N.Y": -slope, "N.Z": np.sqrt(1 - slope**2),
        "P.X": x, "P.Y": y, "P.Z": -depth,
        "uv.U": x, "uv.V": y,
        "forward.u": x, "forward.v": y, "backward.u": -x, "backward.v": -y,
        "albedo.R": x, "albedo.G": x, "albedo.B": x,
        "shadow.R": x, "shadow.G": x, "shadow.B": x,
        **{f"crypto{n:02d}.{c}": x for n in range(2) for c in "RGBA"},
    }  # fmt: skip
    channels = {name: plane.astype(np.float32) for name, plane in planes.items()}
    channels["objectId.ID"] = np.ones((height, width), np.uint32)
    OpenEXR.File({"type": OpenEXR.scanlineimage}, channels).write(str(path))
    return path


def write_channels(
    path: Path, planes: Mapping[Any, npt.NDArray[Any]], header: dict[str, Any] | None = None
) -> Path:
    """An EXR file of one part with these channels. Returns the path."""
    whole = {"type": OpenEXR.scanlineimage, **(header or {})}
    for name in ("dataWindow", "displayWindow"):
        if name in whole:
            low, high = whole[name]
            whole[name] = (np.array(low, np.int32), np.array(high, np.int32))
    OpenEXR.File(whole, dict(planes)).write(str(path))
    return path
