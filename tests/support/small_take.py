"""A take as a recording of a small live source writes it, without a source and without a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.media import (
    AnalysisResult,
    DepthMap,
    Encoding,
    FaceAndDepth,
    FaceMesh,
    FaceResult,
    Picture,
)
from engine.scene import AnalysisType, Scene, new_media, new_scene
from models import LiveResult
from ui.drawn import DrawnFrame
from ui.take import TakeWriter

SIZE = (32, 24)
FPS = 30.0
FRAMES = (1001, 1002, 1005, 1010)


def write_take(
    path: Path,
    frames: Sequence[int] = FRAMES,
    analysis: AnalysisType = AnalysisType.FACE_GLOBAL,
) -> Path:
    """Each frame has a picture and a result of its own, but for the second, which has the first's
    result. The picture's grey goes up with the frames, by 20 from 40."""
    media = new_media(str(path), SIZE, kind="video", first=0, last=99, fps=FPS, name="made up")
    scene = new_scene(media, analysis=analysis, name="live")
    writer = TakeWriter(path, FPS, SIZE)
    result: LiveResult | None = None
    for index, number in enumerate(frames):
        picture = Picture(
            (np.full((*SIZE[::-1], 3), 40 + 20 * index, np.uint8),), Encoding(), index
        )
        if index != 1:
            result = LiveResult(_said(analysis, index), index, 0.1 * index, 9.0, 0.7, 0)
        assert result is not None
        writer.write(number, _drawn(scene, picture, result, number / FPS))
    writer.close()
    return path


def _said(analysis: AnalysisType, seed: int) -> AnalysisResult:
    rng = np.random.default_rng(seed)
    depth = DepthMap(
        rng.random((12, 16)).astype(np.float32), rng.random((12, 16)).astype(np.float32), "made up"
    )
    points = (rng.random((5, 3)) * 20 + 2).astype(np.float32)
    triangles = np.array([[0, 1, 2], [2, 3, 4]], np.int32)
    rim = np.arange(4, dtype=np.int32)
    bust = rng.normal(10, 3, (2, 4, 3)).astype(np.float32)
    face = FaceResult(SIZE, (FaceMesh(points, triangles, rim, 0.9, 2.0, bust),))
    if analysis is AnalysisType.FACE:
        return face
    return depth if analysis is AnalysisType.GLOBAL else FaceAndDepth(face, depth)


def _drawn(scene: Scene, picture: Picture, result: LiveResult, at: float) -> DrawnFrame:
    nothing: Any = None
    (z_map,) = [node.id for node in scene.nodes if node.id.startswith("Z-Depth")]
    evaluated = scene.evaluate(scene.first)
    return DrawnFrame(nothing, at, scene, evaluated, picture, {z_map: result})
