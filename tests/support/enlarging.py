"""Depth maps of a network's size as the renderer draws them at picture size, and how far off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.gpu import Gpu
from engine.media import DepthMap
from engine.scene import AnalysisType, Scene, new_media, new_scene
from passes import Renderer
from tests.support.truth import MAP, write_png
from tests.support.upsampling import Answers, Floats, Truth, bilinear, to_outlines


def document(folder: Path, picture: Any, **values: Any) -> Scene:
    path = write_png(folder / "picture.png", picture)
    size = picture.shape[1], picture.shape[0]
    scene = new_scene(new_media(path, size), analysis=AnalysisType.GLOBAL)
    return scene.with_values(MAP, **{"z_pass": True, **values})


def shares(scene: Scene, z: Any) -> Floats:
    """Planar Z as shares of the inverse depths between the map's near and far."""
    z_map = scene.evaluate(1001).surfaces[0].z_map
    assert z_map is not None
    near, far = z_map.source.near, z_map.source.far
    return (1 / z.squeeze().astype(np.float64) - 1 / far) / (1 / near - 1 / far)


def enlarged(gpu: Gpu, folder: Path, picture: Any, *depths: DepthMap) -> list[Floats]:
    """What the renderer makes of each of these maps of one picture, as shares: (h, w) each."""
    scene = document(folder, picture)
    found: list[Floats] = []
    with Renderer(scene, Answers(*depths), passes=("z",), views=(), gpu=gpu, samples=1) as renderer:
        for frame in range(1001, 1001 + len(depths)):
            rendered = renderer.render(frame)
            assert not rendered.warnings
            found.append(shares(scene, rendered.array("z")))
    return found


def assert_crisp(found: Floats, truth: Truth, depth: DepthMap, share: float = 0.5) -> None:
    """At most that share of bilinear's error beside outlines, and none of the picture elsewhere."""
    size = truth.depth.shape[1], truth.depth.shape[0]
    pixel = max(size[0] / depth.values.shape[1], size[1] / depth.values.shape[0])
    away = to_outlines(truth.depth)
    off, plain = abs(found - truth.depth), abs(bilinear(depth, size) - truth.depth)
    beside = away <= 1.5 * pixel
    assert off[beside].mean() <= share * plain[beside].mean()
    ring = (away > 1.5 * pixel) & (away <= 4 * pixel)
    assert off[ring].mean() <= plain[ring].mean() + 0.003
    rest = away > 4 * pixel
    assert off[rest].mean() <= plain[rest].mean() + 0.001
