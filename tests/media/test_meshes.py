"""Meshes from files and primitives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from trimesh.visual import TextureVisuals

from engine.errors import MediaError
from engine.media.meshes import PRIMITIVES, Mesh, load_mesh


def outward(mesh: Mesh) -> float:
    """Share of triangles whose winding agrees with the normals of their corners."""
    corners = mesh.vertices[mesh.triangles]
    face = np.cross(corners[:, 1, :3] - corners[:, 0, :3], corners[:, 2, :3] - corners[:, 0, :3])
    agree = np.einsum("ij,ij->i", face, corners[:, :, 3:6].mean(axis=1)) > 0
    return float(agree.mean())


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_primitive_is_of_unit_size_with_outward_normals(name: str) -> None:
    mesh = load_mesh(name)
    extent = mesh.bounds[1] - mesh.bounds[0]
    expected = {"torus": [1.25, 1.25, 0.25], "plane": [1, 1, 0]}.get(name, [1, 1, 1])
    np.testing.assert_allclose(extent, expected, atol=0.01)
    np.testing.assert_allclose(np.linalg.norm(mesh.vertices[:, 3:6], axis=1), 1, atol=1e-3)
    assert outward(mesh) > 0.999


def test_a_sphere_is_smooth_and_a_box_is_not() -> None:
    sphere, box = load_mesh("sphere"), load_mesh("box")
    radial = sphere.vertices[:, :3] / np.linalg.norm(sphere.vertices[:, :3], axis=1, keepdims=True)
    assert np.einsum("ij,ij->i", radial, sphere.vertices[:, 3:6]).min() > 0.995
    # Every corner of a box has one normal for each of its three sides.
    assert np.abs(box.vertices[:, 3:6]).max(axis=1).min() > 0.999


@pytest.mark.parametrize("ending", ["glb", "obj", "ply"])
def test_uv_has_its_origin_top_left_whatever_the_file(tmp_path: Path, ending: str) -> None:
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    quad = trimesh.Trimesh(
        corners,
        [[0, 1, 2], [0, 2, 3]],
        visual=TextureVisuals(uv=corners[:, :2]),
        process=False,
    )
    path = tmp_path / f"quad.{ending}"
    quad.export(path)
    mesh = load_mesh(str(path))
    if ending == "ply" and not mesh.vertices[:, 6:].any():
        pytest.fail("the PLY file lost its texture coordinates")
    for vertex in mesh.vertices:
        np.testing.assert_allclose(vertex[6:], [vertex[0], 1 - vertex[1]], atol=1e-6)


def test_a_scene_of_several_meshes_keeps_their_places(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    for x in (-2.0, 2.0):
        scene.add_geometry(
            trimesh.creation.box((1, 1, 1)),
            transform=trimesh.transformations.translation_matrix((x, 0, 0)),
        )
    path = tmp_path / "two.glb"
    scene.export(path)
    mesh = load_mesh(str(path))
    np.testing.assert_allclose(mesh.bounds, [[-2.5, -0.5, -0.5], [2.5, 0.5, 0.5]], atol=1e-6)


def test_a_textured_mesh_keeps_its_coordinates(tmp_path: Path) -> None:
    """Without Pillow trimesh drops the coordinates together with the texture."""
    box = trimesh.creation.box()
    uv = np.linspace(0.1, 0.9, 2 * len(box.vertices)).reshape(-1, 2)
    box.visual = TextureVisuals(uv=uv, image=Image.new("RGB", (4, 4), (200, 30, 30)))
    path = tmp_path / "textured.glb"
    box.export(path)
    found = load_mesh(str(path)).vertices[:, 6:]
    assert 0.09 < found.min() < found.max() < 0.91


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.obj", b""),
        ("lies.glb", b"not a mesh at all"),
        ("points.ply", None),
        ("no.xyzzy", b"?"),
    ],
)
def test_what_is_no_mesh_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    path = tmp_path / name
    if content is None:
        trimesh.PointCloud(np.eye(3)).export(path)
    else:
        path.write_bytes(content)
    with pytest.raises(MediaError, match=name) as caught:
        load_mesh(str(path))
    assert "\n" not in str(caught.value)


def test_a_missing_mesh_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"gone\.obj: no such mesh file"):
        load_mesh(str(tmp_path / "gone.obj"))


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_names_in_an_obj_may_be_in_latin_1(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "Würfel.mtl").write_bytes("newmtl Grün\nKd 0 1 0\n".encode(encoding))
    lines = ["# Größe", "mtllib Würfel.mtl", "o Fläche", "v 0 0 0", "v 1 0 0", "v 0 1 0",
             "vt 0 0", "vt 1 0", "vt 0 1", "usemtl Grün", "f 1/1 2/2 3/3"]  # fmt: skip
    path = tmp_path / "Fläche.OBJ"
    path.write_bytes("\n".join(lines).encode(encoding))
    mesh = load_mesh(str(path))
    assert len(mesh.triangles) == 1
    np.testing.assert_allclose(mesh.vertices[:, 6], mesh.vertices[:, 0], atol=1e-6)


@pytest.mark.parametrize("name", ["sphere", "torus", "box"])
def test_a_primitive_is_closed_and_shows_the_picture_upright(name: str) -> None:
    """Each edge belongs to two triangles, run through in opposite directions; seen from outside the
    picture is not mirrored anywhere, and all of it is shown."""
    mesh = load_mesh(name)
    _, weld = np.unique(mesh.vertices[:, :3] + np.float32(0), axis=0, return_inverse=True)
    corners = weld.reshape(-1)[mesh.triangles.astype(np.int64)]
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    assert len(np.unique(edges, axis=0)) == len(edges)
    assert {(a, b) for a, b in edges} == {(b, a) for a, b in edges}
    uv = mesh.vertices[:, 6:][mesh.triangles]
    first, second = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    area = 0.5 * (first[:, 1] * second[:, 0] - first[:, 0] * second[:, 1])  # v runs down
    assert area.min() > 0
    shows = {"sphere": 1 - 1 / 47, "torus": 1.0, "box": 6.0}[name]  # a sphere's poles end in teeth
    assert area.sum() == pytest.approx(shows, rel=1e-5)
    assert uv.min() >= 0
    assert uv.max() <= 1


def test_a_sphere_shows_an_equirectangular_picture() -> None:
    """u is the longitude, from -180 to 180 degrees with +Z in the middle; v falls from the pole +Y
    to -Y."""
    vertices = load_mesh("sphere").vertices.astype(np.float64)
    x, y, z = vertices[:, 0], vertices[:, 1], vertices[:, 2]
    u, v = vertices[:, 6], vertices[:, 7]
    np.testing.assert_allclose(v, 0.5 - np.arcsin(np.clip(2 * y, -1, 1)) / np.pi, atol=2e-4)
    ring = np.hypot(x, z) > 1e-3
    longitude = 2 * np.pi * (u - 0.5)
    away = np.hypot(x, z)[ring]
    np.testing.assert_allclose(np.sin(longitude)[ring], x[ring] / away, atol=1e-4)
    np.testing.assert_allclose(np.cos(longitude)[ring], z[ring] / away, atol=1e-4)


def test_each_face_of_a_box_shows_the_picture_upright() -> None:
    """From the front: right is +X, top is +Y; walking round it, up stays up."""
    box = load_mesh("box").vertices
    for right, up in (((1, 0, 0), (0, 1, 0)), ((-1, 0, 0), (0, 1, 0)), ((0, 0, -1), (0, 1, 0))):
        face = box[box[:, 3:6] @ np.cross(right, up) > 0.9]
        assert len(face) == 4
        np.testing.assert_allclose(face[:, 6], face[:, :3] @ right + 0.5, atol=1e-6)
        np.testing.assert_allclose(face[:, 7], 0.5 - face[:, :3] @ up, atol=1e-6)
