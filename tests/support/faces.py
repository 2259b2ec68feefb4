"""Faces drawn into maps, and maps looked at between their pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.gpu import Gpu, ReadbackRing, UniformArena
from engine.graph import RenderGraph
from engine.media import FaceResult
from passes.blocks import register_blocks
from passes.face_depth import FaceDepthPass
from passes.kernels import Toolbox

Array = npt.NDArray[Any]


def face_map(gpu: Gpu, result: FaceResult, times: int, bust: bool = False) -> Array:
    """(h, w, 2): height in heights of the picture, and confidence, drawn `times` as large as it.
    bust: with the head and shoulders."""
    register_blocks(gpu)
    tools, arena = Toolbox(gpu), UniformArena(gpu, 4096)
    lattice = result.size[0] * times, result.size[1] * times
    item = FaceDepthPass(tools, arena, "test", lattice)
    item.update(result, bust)
    arena.upload()
    graph, ring = RenderGraph(gpu), ReadbackRing(gpu)
    graph.add(item)
    plan = graph.compile(lattice, [item.map])
    encoder = gpu.device.create_command_encoder()
    graph.execute(encoder, plan)
    ticket = ring.request(encoder, graph.texture(item.map))
    gpu.submit(encoder)
    ring.submitted()
    pixels = ticket.array()
    for used in (item, graph, ring, arena):
        used.release()
    return pixels


def at(picture: Array, xy: Array) -> Array:
    """Bilinear samples of (h, w) at points (n, 2), pixel centres at .5."""
    x = np.clip(xy[:, 0] - 0.5, 0, picture.shape[1] - 1.001)
    y = np.clip(xy[:, 1] - 0.5, 0, picture.shape[0] - 1.001)
    i, j = x.astype(int), y.astype(int)
    a, b = x - i, y - j
    top = picture[j, i] * (1 - a) + picture[j, i + 1] * a
    low = picture[j + 1, i] * (1 - a) + picture[j + 1, i + 1] * a
    return top * (1 - b) + low * b
