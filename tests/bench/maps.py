"""The depth maps that are measured: heights 0 (the picture's plane) to 1, (h, w) float32."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Maker = Callable[[int, int], Floats]
ROOT = Path(__file__).parents[2]


def steps(width: int, height: int) -> Floats:
    """What a 3D renderer writes: a floor, a rolling wall, balls, boxes and poles before it, all
    with outlines one pixel wide."""
    rng = np.random.default_rng(20)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = (x + 0.5) / height, (y + 0.5) / height
    result = np.where(v > 0.6, 0.1 + (v - 0.6) * 0.9, 0.1 + 0.03 * np.sin(4 * u) * np.cos(6 * v))
    aspect = width / height
    for kind in ("ball",) * 6 + ("box",) * 4 + ("pole",) * 3:
        centre = rng.uniform(0.1, aspect - 0.1), rng.uniform(0.25, 0.75)
        near = rng.uniform(0.3, 0.7)
        du, dv = u - centre[0], v - centre[1]
        if kind == "ball":
            radius = rng.uniform(0.06, 0.18)
            bulge = np.sqrt(np.clip(1 - (du**2 + dv**2) / radius**2, 0, 1))
            inside, depth = bulge > 0, near + 0.8 * radius * bulge
        else:
            half = (0.012, 0.4) if kind == "pole" else rng.uniform(0.06, 0.2, 2)
            inside = (np.abs(du) < half[0]) & (np.abs(dv) < half[1])
            depth = near + 0.2 * du + 0.0 * dv
        result = np.where(inside & (depth > result), depth, result)
    return np.clip(result, 0, 1).astype(np.float32)


def network(width: int, height: int) -> Floats:
    """The same scene as networks give it: small, and brought to size with soft edges."""
    small = steps(min(518, width), min(292, height))
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)


def smooth(width: int, height: int) -> Floats:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return (0.5 + 0.4 * np.sin(5 * x / width) * np.cos(4 * y / height)).astype(np.float32)


def face(width: int, height: int) -> Floats:
    """The relief that the face analysis makes of the demo's portrait."""
    from engine.scene import AnalysisType, new_media, new_scene
    from models import Analyses
    from passes import Renderer

    picture = new_media(ROOT / "ui" / "demo" / "astronaut.png", (512, 512))
    scene = new_scene(picture, analysis=AnalysisType.FACE)
    scene = scene.with_values("Z-Depth 1", displace=True, three_d=True, step=1)
    size = (height, height)
    with Renderer(scene, Analyses(scene), size=size, passes=("z",), views=()) as renderer:
        z = np.squeeze(renderer.render(1).array("z"))
    near = z.max() - z
    wide = np.zeros((height, width), np.float32)
    left = (width - height) // 2
    wide[:, max(left, 0) : max(left, 0) + height] = near[:, max(-left, 0) : max(-left, 0) + width]
    return wide / max(float(wide.max()), 1e-6)


MAPS: dict[str, Maker] = {"steps": steps, "network": network, "smooth": smooth, "face": face}
