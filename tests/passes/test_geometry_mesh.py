"""The subdivided mesh of a geometry with a map: whole on every mesh, and where it should be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import trimesh
from trimesh.visual import TextureVisuals

from engine.gpu import Gpu
from engine.media.meshes import load_mesh
from passes import Renderer, subdivide
from passes.mesh_topology import LEVELS, directions, topology_of
from passes.subdivide import lanes_for
from tests.support.create_counter import CreateCounter
from tests.support.geometry import (
    MAP,
    NAME,
    Drawn,
    drawn_mesh,
    geometry_shot,
    mesh_of,
    open_edges,
    uv_areas,
)
from tests.support.shots import with_camera_at

Floats = npt.NDArray[np.floating[Any]]
SMALL = {"scale": (0.5, 0.5, 0.5), "rotate": (20.0, 30.0, 0.0)}
CLOSED = ("sphere", "torus", "box")


def noise(width: int, height: int) -> Floats:
    return 0.05 * np.random.default_rng(3).random((height, width))


def steps(width: int, height: int) -> Floats:
    y, x = np.mgrid[0:height, 0:width]
    return np.where((x // 7 + y // 5) % 2, 0.05, 0.01)


def holes(width: int, height: int) -> Floats:
    found = 0.5 * noise(width, height) + 0.02
    found[np.random.default_rng(4).random(found.shape) < 0.2] = np.nan
    return found


def spike(width: int, height: int) -> Floats:
    found = np.zeros((height, width))
    found[height // 3, width // 2] = 0.1
    return found


def hills(width: int, height: int) -> Floats:
    y, x = np.mgrid[0:height, 0:width]
    return 0.03 * (1 + np.sin(2 * np.pi * 3 * x / width) * np.cos(2 * np.pi * 2 * y / height))


MAPS: tuple[Callable[[int, int], Floats], ...] = (noise, steps, holes, spike, hills)


@pytest.fixture(scope="module")
def bottle(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file: a lathed bottle with caps, a seam of its picture, hard edges and a hole of texture
    coordinates that go beyond the picture."""
    profile = np.array([[0, -0.5], [0.3, -0.5], [0.3, 0.1], [0.1, 0.3], [0.1, 0.5], [0, 0.5]])
    turned = trimesh.creation.revolve(profile, sections=14)
    angle = np.arctan2(turned.vertices[:, 1], turned.vertices[:, 0])
    uv = np.stack([1.3 * (angle / (2 * np.pi) + 0.5), turned.vertices[:, 2] + 0.5], axis=-1)
    mesh = trimesh.Trimesh(
        turned.vertices, turned.faces, visual=TextureVisuals(uv=uv), process=False
    )
    path = tmp_path_factory.mktemp("mesh") / "bottle.glb"
    mesh.export(path)
    return str(path)


def assert_whole(found: Drawn, mesh: str) -> None:
    assert np.isfinite(found.vertices).all()
    border = open_edges(found.welded)
    if mesh == "plane":
        # What is open is its outline, and that is whole: it is run round once.
        assert (np.bincount(border[:, 0]) == np.bincount(border[:, 1])).all()
        _, number = np.unique(found.vertices[:, :3].view(np.uint32), axis=0, return_inverse=True)
        place = np.zeros((int(number.max()) + 1, 2))
        place[number.reshape(-1)] = found.vertices[:, 6:]
        assert (np.isin(place[border], (0.0, 1.0)).any(axis=-1)).all()
    else:
        assert len(border) == 0
    base = load_mesh(mesh)
    expected = uv_areas(base.vertices, base.triangles.astype(np.int64))
    areas = uv_areas(found.vertices, found.triangles)
    if mesh in (*CLOSED, "plane"):
        assert areas.min() > -1e-7
    assert np.abs(areas).sum() == pytest.approx(np.abs(expected).sum(), rel=1e-4)


@pytest.mark.parametrize("mesh", [*CLOSED, "plane", "file"])
def test_mesh_is_whole(gpu: Gpu, tmp_path: Path, bottle: str, mesh: str) -> None:
    """Every edge has two triangles that agree about its ends to the last bit, over seams of the
    picture and hard edges too; nothing is turned over, nothing left out."""
    name = bottle if mesh == "file" else mesh
    scenes = [geometry_shot(tmp_path, name, made(37, 23), SMALL) for made in MAPS]
    with Renderer(scenes[0], passes=("z",), views=(), size=(48, 48), gpu=gpu) as renderer:
        for scene in scenes:
            counts: list[int] = []
            for tolerance in (0.1, 2.0, 50.0):
                renderer.show(scene.with_values(MAP, tolerance=tolerance))
                found = mesh_of(renderer)
                assert_whole(found, name)
                counts.append(len(found.triangles))
            assert counts[0] > counts[-1]
            assert sorted(counts, reverse=True) == counts


def test_a_flat_map_leaves_the_mesh_as_it_is(gpu: Gpu, tmp_path: Path) -> None:
    for mesh in CLOSED:
        base = load_mesh(mesh)
        found = drawn_mesh(geometry_shot(tmp_path, mesh, np.zeros((11, 11)), SMALL), gpu)
        assert len(found.triangles) == len(base.triangles)
        expected = np.unique(base.vertices[:, :3] + np.float32(0), axis=0)
        np.testing.assert_array_equal(
            np.unique(found.vertices[:, :3] + np.float32(0), axis=0), expected
        )


def test_a_sphere_is_raised_along_its_radius(gpu: Gpu, tmp_path: Path) -> None:
    """At the mesh's own points exactly by the map's height; between them on its facets, which are
    at most 0.2 % nearer to the centre."""
    heights = hills(128, 64)
    found = drawn_mesh(
        geometry_shot(tmp_path, "sphere", heights, SMALL, tolerance=0.01), gpu, (96, 96)
    )
    assert len(found.triangles) > 1.5 * len(load_mesh("sphere").triangles)
    uv = found.vertices[:, 6:].astype(np.float64)
    inside = (np.abs(uv - 0.5) < (0.492, 0.478)).all(axis=1)  # away from seam and poles
    expected = 0.5 + bilinear(heights, uv)
    radius = np.linalg.norm(found.vertices[:, :3].astype(np.float64), axis=1)
    assert (radius <= expected + 2e-6)[inside].all()
    assert (radius >= 0.998 * expected)[inside].all()
    own = np.abs(uv * (96, 47) - np.round(uv * (96, 47))).max(axis=1) < 1e-4
    assert (own & inside).sum() > 4000
    np.testing.assert_allclose(radius[own & inside], expected[own & inside], atol=2e-6)
    # On the seam both sides stand where the mean of theirs is.
    seam = (uv[:, 0] == 0) & own & (np.abs(uv[:, 1] - 0.5) < 0.499)
    sides = [bilinear(heights, np.stack([0 * uv[:, 1] + u, uv[:, 1]], axis=-1)) for u in (0, 1)]
    np.testing.assert_allclose(radius[seam], 0.5 + np.mean(sides, axis=0)[seam], atol=2e-6)


def bilinear(heights: Floats, uv: Floats) -> Floats:
    """A map (h, w) at picture coordinates (n, 2), held at its border."""
    height, width = heights.shape
    x = np.clip(uv[:, 0] * width - 0.5, 0, width - 1)
    y = np.clip(uv[:, 1] * height - 0.5, 0, height - 1)
    a, b = np.floor(x).astype(int), np.floor(y).astype(int)
    c, d = np.minimum(a + 1, width - 1), np.minimum(b + 1, height - 1)
    x, y = x - a, y - b
    upper = heights[b, a] * (1 - x) + heights[b, c] * x
    lower = heights[d, a] * (1 - x) + heights[d, c] * x
    return upper * (1 - y) + lower * y


def test_a_box_grows_evenly(gpu: Gpu, tmp_path: Path) -> None:
    """Edges and corners move so that each face stays flat and moves by the height."""
    scene = geometry_shot(tmp_path, "box", np.full((11, 11), 0.125), SMALL)
    found = drawn_mesh(scene, gpu)
    np.testing.assert_allclose(np.abs(found.vertices[:, :3]).max(axis=1), 0.625, atol=1e-6)
    assert len(found.triangles) == 12  # nothing bends


def test_what_is_drawn_is_within_its_bounds(gpu: Gpu, tmp_path: Path) -> None:
    """Shadow maps and the view's fit rely on them."""
    for mesh, heights in (("box", noise(16, 16)), ("plane", -3 * hills(16, 16))):
        found = drawn_mesh(geometry_shot(tmp_path, mesh, heights), gpu)
        low, high = found.corners.min(axis=0), found.corners.max(axis=0)
        assert (found.vertices[:, :3] >= low - 1e-6).all()
        assert (found.vertices[:, :3] <= high + 1e-6).all()
        assert (high - low).max() < 2.0


def test_a_step_by_hand(gpu: Gpu, tmp_path: Path) -> None:
    """A level for each edge that has a vertex for so many texels, wherever the camera is."""
    scene = geometry_shot(tmp_path, "plane", noise(64, 64))
    for step, segments in ((1, 64), (4, 16), (100, 4)):  # the plane has edges of 16 texels
        for eye in ((0.0, 0.0, 1.4), (0.0, 0.0, 30.0)):
            found = drawn_mesh(with_camera_at(scene.with_values(MAP, step=step), eye), gpu)
            assert found.path == "fixed grid"
            assert len(found.triangles) >= 2 * segments**2
            assert len(found.triangles) <= 8 * segments**2
            assert len(open_edges(found.welded)) in (4 * segments, 8 * segments)


def test_where_memory_ends_all_gets_coarser(
    gpu: Gpu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whole levels, and it stays whole."""
    scene = geometry_shot(tmp_path, "box", noise(61, 37), SMALL, tolerance=0.1)
    fine = drawn_mesh(scene, gpu)
    assert fine.path == "adaptive"
    for most in (20_000, 3000, 1):
        monkeypatch.setattr(subdivide, "MOST_TRIANGLES", most)
        found = drawn_mesh(scene, gpu)
        assert found.path == "coarser"
        assert len(found.triangles) <= max(most, topology_of(load_mesh("box"), (64, 64)).triangles)
        assert len(open_edges(found.welded)) == 0
    monkeypatch.undo()
    monkeypatch.setattr(subdivide, "MOST_VERTICES", 5000)
    assert drawn_mesh(scene, gpu).path == "coarser"


def test_nothing_is_made_anew(gpu: Gpu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No objects after the first frames; no work where neither map, mesh nor camera changed."""
    scene = geometry_shot(tmp_path, "sphere", hills(64, 32), SMALL)
    with Renderer(scene, passes=("z",), views=(), size=(64, 64), gpu=gpu) as renderer:
        first = mesh_of(renderer)
        ran: list[str] = []
        encode = subdivide.SubdividePass._encode
        monkeypatch.setattr(
            subdivide.SubdividePass, "_encode",
            lambda self, ctx: (ran.append("all" if self.stale else "camera"), encode(self, ctx)),
        )  # fmt: skip
        for shown, expected in (
            (scene, []),
            (with_camera_at(scene, (0.0, 0.3, 1.2)), ["camera"]),
            (with_camera_at(scene, (0.0, 0.3, 1.2)), []),
            (scene.with_values(MAP, effect=2.0), ["all"]),
            (scene.with_values(NAME, rotate=(0.0, 10.0, 0.0), scale=(0.5, 0.5, 0.5)), ["all"]),
        ):
            renderer.show(shown)
            with CreateCounter(gpu.device, "a later frame") as created:
                renderer.render(1001).wait()
            created.assert_nothing_made()
            assert ran == expected
            ran.clear()
        renderer.show(scene)
        again = mesh_of(renderer)
        assert len(again.triangles) == len(first.triangles)


@pytest.mark.parametrize("mesh", [*CLOSED, "plane"])
def test_topology(mesh: str) -> None:
    """Long edges are halved until the map's texels along them are few, without a crack."""
    base = load_mesh(mesh)
    for lattice in ((8, 8), (200, 100), (1000, 30)):
        found = topology_of(base, lattice)
        flat = 1 if mesh == "plane" else {"sphere": 2, "torus": 0, "box": 2}[mesh]
        assert found.points - found.edges + found.triangles == flat  # Euler's number
        edges = found.words[found.tables[0] : found.tables[1]].reshape(-1, 8)
        lengths = edges[:, 6].copy().view(np.float32)
        assert lengths.max() <= (16.0001 if found.triangles < 8000 else 32.0001)
        # A texel has two segments at the finest.
        assert (2.0 ** edges[:, 3] >= np.minimum(2 * lengths, 1 << LEVELS) - 1e-3).all()


def test_a_mesh_that_is_fine_already_is_not_split() -> None:
    sphere = load_mesh("sphere")
    assert topology_of(sphere, (64, 64)).triangles == len(sphere.triangles)
    assert lanes_for(len(sphere.triangles)) >= 1
    assert lanes_for(2) == 16
    assert lanes_for(10**6) == 1


def test_directions_carry_each_face_along_its_own_normal() -> None:
    x, y, z = np.eye(3)
    for normals in ([x], [x, y], [x, y, z], [x, x, y]):
        (moved,) = directions(np.array(normals), np.zeros(len(normals), np.int64), 1)
        np.testing.assert_allclose(np.array(normals) @ moved, 1.0, atol=1e-12)
    # The two sides of a sheet pull against each other.
    np.testing.assert_allclose(directions(np.array([x, -x]), np.zeros(2, np.int64), 1), 0.0)
    # A needle's tip goes no farther than twice the height.
    sharp = np.array([[0.1, 0.995, 0], [0.1, -0.995, 0]])
    assert np.linalg.norm(directions(sharp, np.zeros(2, np.int64), 1)) <= 2.0
