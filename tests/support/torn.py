"""Torn meshes of bare depth maps, read back from the GPU and taken apart with numpy."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import wgpu

from engine.gpu import Gpu, UniformArena
from engine.graph import RenderGraph
from passes.blocks import register_blocks
from passes.camera import NEAR_SHARE, view_projection
from passes.kernels import Toolbox
from passes.tear import TORN_INDICES, TearPass, torn_tile_indices
from passes.tessellate import GridShape
from passes.tessellate_adaptive import AdaptiveKernels, AdaptivePass
from passes.tessellate_torn import TornGridPass
from tests.support.shots import relief_shot, with_camera_at

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
MOST_STEP = 5  # of the grids that are looked at
CORNERS = np.array([[0, 0], [0, 1], [1, 1], [1, 0]])  # x, y; counter-clockwise seen from +Z


@dataclass(frozen=True)
class TornMesh:
    """torn: (h, w, 2) bool, the sides to the right and below. places: (n, 3, 2) corners of
    triangles in quarters of a pixel from the top left. nearness: (n, 3) 1 / depth. full: the list
    was too long, and every cell is drawn with all its points."""

    torn: npt.NDArray[np.bool_]
    places: Ints
    nearness: npt.NDArray[np.float64]
    full: bool


def torn_mesh(
    gpu: Gpu, folder: Path, z: Floats, threshold: float, step: int | None, tolerance: float = 1.0
) -> TornMesh:
    """The mesh of surface Z (h, w) before a plane at distance 1. step: None refines by error."""
    height, width = z.shape
    register_blocks(gpu)
    tools, arena, graph = Toolbox(gpu), UniformArena(gpu), RenderGraph(gpu)
    usage = wgpu.TextureUsage.TEXTURE_BINDING | wgpu.TextureUsage.COPY_DST
    texture = gpu.texture("rg32float", (width, height), usage, label="test z")
    gpu.write_texture(texture, np.stack([z, np.ones_like(z)], axis=-1).astype(np.float32))
    graph.import_texture("z", texture)
    tear = TearPass(tools, arena, "test", "z", (width, height))
    tear.update(threshold)
    graph.add(tear)
    grid = GridShape((width, height), step or 1)
    if step is None:
        scene = relief_shot(
            folder, np.zeros_like(z), displace=True, three_d=True, tolerance=tolerance
        )
        frame = with_camera_at(scene, (0.6, 0.3, 1.2)).evaluate(1)
        z_map = frame.surfaces[0].z_map
        assert z_map is not None
        mesh = AdaptivePass(
            tools, AdaptiveKernels(gpu), arena, "test", "z", (width, height), tear.torn
        )
        view = view_projection(frame.camera, frame.camera.tan_half)
        near = frame.camera.near * NEAR_SHARE
        size, half = (320, 180), frame.camera.tan_half[1]
        mesh.update(frame.surfaces[0], z_map, view, size, half, near)
        across = mesh.shape.blocks[0]
    else:
        mesh = TornGridPass(tools, arena, "test", tear, grid)
        mesh.update()
        across = 0
    graph.add(mesh)
    wanted = [tear.torn, mesh.indices, mesh.arguments]
    plan = graph.compile((320, 180), wanted)
    arena.upload()
    encoder = gpu.device.create_command_encoder()
    graph.execute(encoder, plan)
    gpu.submit(encoder)
    words, listed, draws = (
        np.frombuffer(gpu.queue.read_buffer(graph.texture(name)), np.uint32) for name in wanted
    )
    gpu.drop(texture)
    graph.release()
    arena.release()
    torn = sides_of(words, (width, height))
    full = draws[5] > 0 and draws[6] > 0
    indices = listed[: draws[0]].astype(np.int64)
    vertices, codes = vertices_of(indices >> 4, across, grid), indices & 15
    if full:
        columns, rows = grid.count
        y, x = np.mgrid[0 : rows - 1, 0 : columns - 1].reshape(2, -1)
        codes = np.tile(torn_tile_indices()[:TORN_INDICES].astype(np.int64), len(x))
        vertices = np.repeat(np.stack([x, y], axis=-1), TORN_INDICES, axis=0)
    places, nearness = points_of(vertices, codes, z, grid, torn)
    places, nearness = places.reshape(-1, 3, 2), nearness.reshape(-1, 3)
    some = areas(places) != 0 if full else np.ones(len(places), bool)
    return TornMesh(torn, places[some], nearness[some], bool(full))


def areas(places: Ints) -> Ints:
    """Twice the areas of triangles (n, 3, 2), positive counter-clockwise where y runs down."""
    a, b, c = (places[:, k] for k in range(3))
    return (b - a)[:, 1] * (c - a)[:, 0] - (b - a)[:, 0] * (c - a)[:, 1]


def sides_of(words: npt.NDArray[np.uint32], size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """(h, w, 2) from the words of wgsl/torn.wgsl."""
    width, height = size
    bits = (words.reshape(height, -1, 1) >> np.arange(32, dtype=np.uint32)) & 1
    return bits.reshape(height, -1, 2)[:, :width].astype(bool)


def vertices_of(numbers: Ints, across: int, grid: GridShape) -> Ints:
    """(n, 2) x, y of vertices by number: in blocks of 16 x 16, `across` to a row, or in rows."""
    if not across:
        return np.stack([numbers % grid.count[0], numbers // grid.count[0]], axis=-1)
    block = numbers >> 8
    x, y = block % across * 16 + (numbers & 15), block // across * 16 + ((numbers >> 4) & 15)
    return np.stack([x, y], axis=-1)


def points_of(
    vertices: Ints, codes: Ints, z: Floats, grid: GridShape, torn: npt.NDArray[np.bool_]
) -> tuple[Ints, npt.NDArray[np.float64]]:
    """Places (n, 2) in quarters of a pixel, and nearness (n,), of points of cells."""
    size = np.array(grid.lattice)
    count = np.array(grid.count)

    def pixel(v: Ints) -> Ints:
        inner = np.minimum((np.maximum(v, 1) - 1) * grid.step, size - 1)
        return np.where(v + 1 == count, size - 1, inner)

    def place(v: Ints) -> Ints:
        on_border = np.where(v == 0, 0, 4 * size)
        return np.where((v == 0) | (v + 1 == count), on_border, 4 * pixel(v) + 2)

    def near(v: Ints) -> npt.NDArray[np.float64]:
        at = pixel(v)
        return 1.0 / z[at[..., 1], at[..., 0]].astype(np.float64)

    def cut(a: Ints, b: Ints) -> bool:
        low, high = np.minimum(pixel(a), pixel(b)), np.maximum(pixel(a), pixel(b))
        axis = 0 if low[0] != high[0] else 1
        way = torn[low[1] : high[1] + 1, low[0] : high[0] + 1, axis].reshape(-1)
        return bool(way[:-1].any())

    @cache
    def sides(x: int, y: int) -> tuple[bool, ...]:
        corners = CORNERS + np.array([x, y])
        return tuple(cut(corners[n], corners[n - 3]) for n in range(4))

    places, nearness = np.zeros_like(vertices), np.zeros(len(vertices))
    for i, (v, code) in enumerate(zip(vertices, codes, strict=True)):
        kind, k = code >> 2, code & 3
        corners = v + np.roll(CORNERS, -k, axis=0)  # from corner k on
        torn_here = sides(*v.tolist()) if kind else (False,) * 4
        if kind == 3 and any(torn_here):
            first = k
            while first > k - 3 and not torn_here[first - 1]:
                first -= 1
            joined = np.roll(CORNERS, -first, axis=0) + v
            members = 1
            while members < 4 and not torn_here[(first + members - 1) % 4]:
                members += 1
            places[i] = place(corners).sum(axis=0) // 4
            nearness[i] = near(joined[:members]).mean()
        elif kind and torn_here[k]:
            places[i] = (place(corners[0]) + place(corners[1])) // 2
            nearness[i] = near(corners[kind - 1])
        else:
            corner = corners[0] if kind == 0 else corners[1] if kind < 3 else v + CORNERS[1]
            places[i], nearness[i] = place(corner), near(corner)
    return places, nearness


def assert_whole(mesh: TornMesh) -> None:
    """Every place of the picture lies in one triangle, and only cuts part triangles."""
    height, width = mesh.torn.shape[:2]
    area = areas(mesh.places)
    assert area.min() > 0
    assert area.sum() == 2 * 16 * width * height

    flat: Counter[tuple[int, ...]] = Counter()
    raised: Counter[tuple[float, ...]] = Counter()
    for triangle, near in zip(mesh.places.tolist(), np.round(mesh.nearness, 9), strict=True):
        for k in range(3):
            p, q = triangle[k], triangle[(k + 1) % 3]
            flat[(*p, *q)] += 1
            raised[(*p, near[k], *q, near[(k + 1) % 3])] += 1
    assert max(flat.values()) == 1
    assert max(raised.values()) == 1
    for x, y, to_x, to_y in flat:
        border = (x == to_x and x in (0, 4 * width)) or (y == to_y and y in (0, 4 * height))
        assert border != ((to_x, to_y, x, y) in flat)
    for x, y, near, to_x, to_y, to_near in raised:
        if (to_x, to_y, to_near, x, y, near) not in raised and (to_x, to_y, x, y) in flat:
            assert crosses_a_cut(mesh.torn, (x, y), (to_x, to_y)), (x, y, to_x, to_y)


def crosses_a_cut(
    torn: npt.NDArray[np.bool_], p: tuple[float, float], q: tuple[float, float]
) -> bool:
    """Whether an edge between triangles that lie apart runs along the middle between two pixels (or
    grid vertices) whose side is torn: one end is the middle of that side."""
    height, width = torn.shape[:2]
    for x, y in (p, q):
        column, row = (x - 2) / 4, (y - 2) / 4  # of pixels
        for axis, along, across in ((0, column, row), (1, row, column)):
            limit = (width, height) if axis == 0 else (height, width)
            lane = int(np.clip(np.round(across), 0, limit[1] - 1))
            if abs(across - np.clip(across, 0, limit[1] - 1)) > 0.5:
                continue
            sides = torn[lane, :, 0] if axis == 0 else torn[:, lane, 1]
            reach = np.flatnonzero(sides) + 0.5
            if len(reach) and np.abs(reach - along).min() <= MOST_STEP / 2:
                return True
    return False
