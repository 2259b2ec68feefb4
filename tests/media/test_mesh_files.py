"""Meshes as the files mean them: normals, texture coordinates and places."""

from __future__ import annotations

import itertools
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

from engine.errors import MediaError
from engine.media.meshes import Mesh, load_mesh
from tests.support.gltf_writer import GltfWriter

CORNERS = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
UV = np.array([[0.0, 1], [1, 1], [1, 0], [0, 0]])  # origin top left, as glTF has it
INDICES = np.array([0, 1, 2, 0, 2, 3])


def quad(**accessors: int) -> tuple[GltfWriter, dict[str, int]]:
    file = GltfWriter()
    return file, {"POSITION": file.accessor(CORNERS), **accessors}


def loaded(file: GltfWriter, mesh: int, path: Path, **node: object) -> Mesh:
    file.node(mesh=mesh, **node)
    return load_mesh(str(file.write(path)))


def shows(mesh: Mesh, atol: float = 1e-6) -> None:
    """Fails unless the mesh is the quad, each corner with its own coordinates."""
    for vertex in mesh.vertices:
        np.testing.assert_allclose(vertex[6:], [vertex[0], 1 - vertex[1]], atol=atol)


@pytest.mark.parametrize("ending", ["glb", "gltf", "obj"])
def test_two_textured_materials_keep_their_coordinates(tmp_path: Path, ending: str) -> None:
    """As files come from any modeller: one object, two materials with a texture each."""
    scene = trimesh.Scene()
    for number, colour in enumerate(["red", "blue"]):
        image = Image.new("RGB", (64, 64), colour)
        material = PBRMaterial(name=f"m{number}", baseColorTexture=image)
        part = trimesh.Trimesh(
            CORNERS + np.array([2.0 * number, 0, 0]), INDICES.reshape(-1, 3), process=False,
            visual=TextureVisuals(uv=UV * (1, -1) + (0, 1), material=material),
        )  # fmt: skip
        scene.add_geometry(part, node_name=f"part{number}")
    if ending == "obj":
        rows = [f"v {x} {y} {z}" for p in (0, 2) for x, y, z in CORNERS + np.array([p, 0, 0])]
        rows += [f"vt {u} {1 - v}" for u, v in UV]
        for number in (0, 1):
            rows.append(f"usemtl m{number}")
            rows += [
                "f " + " ".join(f"{4 * number + i + 1}/{i + 1}" for i in face)
                for face in INDICES.reshape(-1, 3)
            ]
        Image.new("RGB", (4, 4), "red").save(tmp_path / "t.png")
        materials = "".join(f"newmtl m{n}\nmap_Kd t.png\n" for n in (0, 1))
        (tmp_path / "two.mtl").write_text(materials)
        (tmp_path / "two.obj").write_text("mtllib two.mtl\n" + "\n".join(rows) + "\n")
    else:
        written = scene.export(file_type=ending)
        if isinstance(written, dict):
            for name, data in written.items():
                (tmp_path / name).write_bytes(data)
            (tmp_path / "model.gltf").rename(tmp_path / "two.gltf")
        else:
            assert isinstance(written, bytes)
            (tmp_path / "two.glb").write_bytes(written)
    mesh = load_mesh(str(tmp_path / f"two.{ending}"))
    assert len(mesh.triangles) == 4
    assert {0.0, 1.0} == set(mesh.vertices[:, 6]) == set(mesh.vertices[:, 7])
    for x, y, *_, u, v in mesh.vertices:
        assert (u, v) == pytest.approx((x % 2 if x < 2 else x - 2, 1 - y), abs=1e-6)


@pytest.mark.parametrize(("dtype", "normalized"), [("<f4", False), ("<u1", True), ("<u2", True)])
@pytest.mark.parametrize("indices", ["<u1", "<u2", "<u4", None])
@pytest.mark.parametrize("material", [False, True])
def test_every_component_type_and_no_material(
    tmp_path: Path, dtype: str, normalized: bool, indices: str | None, material: bool
) -> None:
    file, attributes = quad()
    half = UV * 0.5 + 0.25
    codes = half if dtype == "<f4" else np.round(half * np.iinfo(dtype).max)
    attributes["TEXCOORD_0"] = file.accessor(codes, dtype, normalized)
    attributes["NORMAL"] = file.accessor([[0, 0, 1]] * 4)
    fields: dict[str, object] = {}
    if indices is None:
        for name in attributes:
            entry = file.json["accessors"][attributes[name]]
            view = file.json["bufferViews"][entry["bufferView"]]
            width = view["byteLength"] // 4
            start = view["byteOffset"]
            rows = np.frombuffer(file.data, np.uint8)[start : start + 4 * width].reshape(4, width)
            raw = rows[INDICES].tobytes()
            file.data += b"\0" * (-len(file.data) % 4)
            view |= {"byteOffset": len(file.data), "byteLength": len(raw)}
            file.data += raw
            entry["count"] = 6
    else:
        fields["indices"] = file.accessor(INDICES, indices)
    if material:
        file.json["materials"] = [{"name": "plain"}]
        fields["material"] = 0
    mesh = loaded(file, file.mesh(attributes, **fields), tmp_path / "quad.glb")
    assert len(mesh.triangles) == 2
    for x, y, *_, u, v in mesh.vertices:
        assert (u, v) == pytest.approx((0.25 + x / 2, 0.75 - y / 2), abs=0.003)
    np.testing.assert_allclose(mesh.vertices[:, 3:6], [[0, 0, 1]] * len(mesh.vertices), atol=1e-6)


def test_interleaved_values(tmp_path: Path) -> None:
    file = GltfWriter()
    rows = np.hstack([CORNERS, [[0, 0, 1]] * 4, UV]).astype("<f4")
    file.accessor(rows.reshape(-1, 4))
    view = file.json["bufferViews"][0]
    view["byteStride"] = 32
    file.json["accessors"] = [
        {"bufferView": 0, "byteOffset": at, "componentType": 5126, "count": 4, "type": kind}
        for at, kind in ((0, "VEC3"), (12, "VEC3"), (24, "VEC2"))
    ]
    attributes = {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2}
    mesh = file.mesh(attributes, indices=file.accessor(INDICES, "<u2"))
    shows(loaded(file, mesh, tmp_path / "quad.glb"))


@pytest.mark.parametrize("base", [True, False])
def test_sparse_values(tmp_path: Path, base: bool) -> None:
    """Corner 2 is moved; without a base all others are at 0."""
    file, attributes = quad()
    entry = file.json["accessors"][attributes["POSITION"]]
    if not base:
        del entry["bufferView"]
    rows, values = file.accessor([2, 3], "<u2"), file.accessor([[5, 6, 7], [0, 1, 0]])
    accessors = file.json["accessors"]
    entry["sparse"] = {
        "count": 2,
        "indices": {"bufferView": accessors[rows]["bufferView"], "componentType": 5123},
        "values": {"bufferView": accessors[values]["bufferView"]},
    }
    indices = file.accessor(INDICES, "<u1")
    mesh = loaded(file, file.mesh(attributes, indices=indices), tmp_path / "sparse.glb")
    places = {tuple(map(float, row)) for row in mesh.vertices[:, :3]}
    first = {(1.0, 0.0, 0.0)} if base else set()
    assert places == {(0.0, 0.0, 0.0), (5.0, 6.0, 7.0), (0.0, 1.0, 0.0)} | first


@pytest.mark.parametrize("mode", [4, 5, 6])
def test_strips_and_fans(tmp_path: Path, mode: int) -> None:
    file, attributes = quad()
    attributes["TEXCOORD_0"] = file.accessor(UV)
    order = {4: INDICES, 5: [0, 1, 3, 2], 6: [0, 1, 2, 3]}[mode]
    mesh = file.mesh(attributes, indices=file.accessor(order, "<u1"), mode=mode)
    found = loaded(file, mesh, tmp_path / "quad.glb")
    assert len(found.triangles) == 2
    shows(found)
    corners = found.vertices[found.triangles][:, :, :3]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (facing[:, 2] > 0).all()


def test_the_set_of_coordinates_that_the_material_names(tmp_path: Path) -> None:
    file, attributes = quad()
    attributes |= {"TEXCOORD_0": file.accessor(UV * 0), "TEXCOORD_1": file.accessor(UV)}
    texture = {"index": 0, "texCoord": 1}
    file.json["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": texture}}]
    indices = file.accessor(INDICES, "<u1")
    shows(loaded(file, file.mesh(attributes, indices=indices, material=0), tmp_path / "uv.glb"))


def test_a_files_own_normals_are_kept(tmp_path: Path) -> None:
    tilted = np.array([[0.6, 0, 0.8]] * 4)
    file, attributes = quad()
    attributes["NORMAL"] = file.accessor(tilted)
    mesh = file.mesh(attributes, indices=file.accessor(INDICES, "<u1"))
    np.testing.assert_allclose(
        loaded(file, mesh, tmp_path / "n.glb").vertices[:, 3:6], tilted, atol=1e-6
    )
    lines = ["v 0 0 0", "v 1 0 0", "v 0 1 0", "vn 0.6 0 0.8", "f 1//1 2//1 3//1"]
    (tmp_path / "n.obj").write_text("\n".join(lines))
    found = load_mesh(str(tmp_path / "n.obj")).vertices[:, 3:6]
    np.testing.assert_allclose(found, tilted[:3], atol=1e-6)


def test_a_sphere_without_normals_is_smooth_and_a_box_is_not(tmp_path: Path) -> None:
    for name, made in (("s", trimesh.creation.icosphere(3)), ("b", trimesh.creation.box())):
        file = GltfWriter()
        attributes = {"POSITION": file.accessor(made.vertices)}
        indices = file.accessor(made.faces.ravel(), "<u2")
        mesh = loaded(file, file.mesh(attributes, indices=indices), tmp_path / f"{name}.glb")
        normals, places = mesh.vertices[:, 3:6], mesh.vertices[:, :3]
        if name == "s":
            assert np.einsum("ij,ij->i", normals, places).min() > 0.99
        else:
            assert np.abs(normals).max(axis=1).min() > 0.999


def test_nodes_place_turn_and_mirror(tmp_path: Path) -> None:
    file, attributes = quad()
    attributes["NORMAL"] = file.accessor([[0, 0, 1]] * 4)
    mesh = file.mesh(attributes, indices=file.accessor(INDICES, "<u1"))
    half = np.sqrt(0.5)
    child = file.node(mesh=mesh, scale=[2, 1, 1], rotation=[0, half, 0, half])
    file.node(children=[child], translation=[0, 0, 5])
    mirrored = file.node(mesh=mesh, scale=[-1, 1, 1], translation=[10, 0, 0])
    file.node(mesh=mesh, translation=[99, 0, 0])  # in no scene
    file.json |= {"scenes": [{"nodes": [1, mirrored]}], "scene": 0}
    found = load_mesh(str(file.write(tmp_path / "placed.glb")))
    np.testing.assert_allclose(found.bounds, [[0, 0, 0], [10, 1, 5]], atol=1e-6)
    corners = found.vertices[found.triangles].astype(np.float64)
    facing = np.cross(corners[:, 1, :3] - corners[:, 0, :3], corners[:, 2, :3] - corners[:, 0, :3])
    facing /= np.linalg.norm(facing, axis=1, keepdims=True)
    np.testing.assert_allclose(facing[:2], [[1, 0, 0]] * 2, atol=1e-6)
    np.testing.assert_allclose(facing[2:], [[0, 0, 1]] * 2, atol=1e-6)  # front stays front
    for which in range(4):
        np.testing.assert_allclose(corners[which, :, 3:6], facing[[which] * 3], atol=1e-6)


def test_shapes_and_joints_at_rest(tmp_path: Path) -> None:
    file, attributes = quad()
    up = file.accessor([[0, 0, 4]] * 4)
    mesh = file.mesh(
        attributes, indices=file.accessor(INDICES, "<u1"), targets=[{"POSITION": up}] * 2
    )
    file.json["meshes"][mesh]["weights"] = [0.25, 0.0]
    found = loaded(file, mesh, tmp_path / "shapes.glb")
    np.testing.assert_allclose(found.vertices[:, 2], 1.0, atol=1e-6)

    file, attributes = quad()
    attributes["JOINTS_0"] = file.accessor([[0, 1, 0, 0]] * 4, "<u1")
    attributes["WEIGHTS_0"] = file.accessor([[0.5, 0.5, 0, 0]] * 4)
    mesh = file.mesh(attributes, indices=file.accessor(INDICES, "<u1"))
    joints = [file.node(translation=[0, 0, z]) for z in (2.0, 6.0)]
    bind = np.tile(np.eye(4).T.ravel(), (2, 1))
    file.json["skins"] = [{"joints": joints, "inverseBindMatrices": file.accessor(bind)}]
    found = loaded(file, mesh, tmp_path / "skin.glb", skin=0, translation=[50, 0, 0])
    np.testing.assert_allclose(found.bounds, [[0, 0, 4], [1, 1, 4]], atol=1e-6)


@pytest.mark.parametrize(
    "extension", ["KHR_draco_mesh_compression", "EXT_meshopt_compression", "EXT_of_tomorrow"]
)
def test_what_an_extension_packs_is_told(tmp_path: Path, extension: str) -> None:
    file, attributes = quad()
    mesh = file.mesh(attributes, indices=file.accessor(INDICES, "<u1"))
    file.json |= {"extensionsRequired": [extension], "extensionsUsed": [extension]}
    with pytest.raises(MediaError, match=f"{extension}.*export it without"):
        loaded(file, mesh, tmp_path / "packed.glb")


def test_a_compressed_primitive_that_nobody_requires(tmp_path: Path) -> None:
    file, attributes = quad()
    del file.json["accessors"][attributes["POSITION"]]["bufferView"]
    mesh = file.mesh(attributes, extensions={"KHR_draco_mesh_compression": {"bufferView": 0}})
    with pytest.raises(MediaError, match="is compressed"):
        loaded(file, mesh, tmp_path / "packed.glb")


def test_quantised_positions(tmp_path: Path) -> None:
    """KHR_mesh_quantization asks for nothing but other component types."""
    file = GltfWriter()
    attributes = {"POSITION": file.accessor(CORNERS * 100, "<i2")}
    mesh = file.mesh(attributes, indices=file.accessor(INDICES, "<u1"))
    file.json["extensionsRequired"] = ["KHR_mesh_quantization"]
    found = loaded(file, mesh, tmp_path / "q.glb", scale=[0.01, 0.01, 0.01])
    np.testing.assert_allclose(found.bounds, [[0, 0, 0], [1, 1, 0]], atol=1e-6)


def test_random_meshes_read_as_trimesh_wrote_them(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    for number, ending in enumerate(itertools.islice(itertools.cycle(["glb", "ply", "obj"]), 6)):
        made = trimesh.creation.icosphere(2)
        uv = random.random((len(made.vertices), 2))
        made.visual = TextureVisuals(uv=uv)
        path = tmp_path / f"{number}.{ending}"
        made.export(path)
        found = load_mesh(str(path))
        corners = {
            tuple(np.round([*made.vertices[i], uv[i, 0], 1 - uv[i, 1]], 4)) for i in range(len(uv))
        }
        got = {tuple(np.round([*v[:3], *v[6:]], 4).astype(float)) for v in found.vertices}
        missed = [c for c in corners if min(np.abs(np.subtract(c, g)).max() for g in got) > 2e-4]
        assert not missed, ending
        assert len(found.triangles) == len(made.faces)


# --- what is damaged, or made to harm -----------------------------------------------------------


def refused(path: Path, content: bytes, match: str) -> None:
    path.write_bytes(content)
    with pytest.raises(MediaError, match=match) as told:
        load_mesh(str(path))
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)


def test_relative_indices_of_an_obj(tmp_path: Path) -> None:
    """They count from where they stand, not from the end of the file."""
    lines = [
        "v 0 0 0",
        "v 1 0 0",
        "v 0 1 0",
        "vt 0 0",
        "vt 1 0",
        "vt 0 1",
        "f -3/-3 -2/-2 -1/-1",
        "v 5 0 0",
        "v 6 0 0",
        "v 5 1 0",
        "vt 0 0",
        "vt 0 0",
        "vt 0 0",
        "f -3/-3 -2/-2 -1/-1",
    ]
    (tmp_path / "r.obj").write_text("\n".join(lines))
    mesh = load_mesh(str(tmp_path / "r.obj"))
    np.testing.assert_allclose(mesh.bounds, [[0, 0, 0], [6, 1, 0]])
    first = mesh.vertices[mesh.vertices[:, 0] < 2]
    np.testing.assert_allclose(first[:, 6], first[:, 0], atol=1e-6)


def ply(faces: int, count: int = 2, value: str = "1") -> bytes:
    rows = ["0 0 0", f"{value} 0 0", "1 1 0", "0 1 0", "3 0 1 2", "3 0 2 3"][: 4 + count]
    axes = "".join(f"property float {axis}\n" for axis in "xyz")
    head = f"ply\nformat ascii 1.0\nelement vertex 4\n{axes}"
    head += f"element face {faces}\nproperty list uchar int vertex_indices\nend_header\n"
    return (head + "\n".join(rows) + "\n").encode()


def test_fewer_faces_than_it_says(tmp_path: Path) -> None:
    (tmp_path / "whole.ply").write_bytes(ply(2))
    assert len(load_mesh(str(tmp_path / "whole.ply")).triangles) == 2
    refused(tmp_path / "cut.ply", ply(2, 1), "it says 4 of vertex and 2 of face")
    off = b"OFF\n4 2 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2\n"
    refused(tmp_path / "cut.off", off, "2 faces, and has 1 faces")
    (tmp_path / "whole.off").write_bytes(off + b"3 0 2 3\n")
    assert len(load_mesh(str(tmp_path / "whole.off")).triangles) == 2
    solid = trimesh.creation.box().export(file_type="stl_ascii")
    assert isinstance(solid, str)
    refused(tmp_path / "cut.stl", solid[: len(solid) // 2].encode(), "cut short")
    binary = trimesh.creation.box().export(file_type="stl")
    assert isinstance(binary, bytes)
    refused(tmp_path / "cut2.stl", binary[:-60], "says 12 triangles and has bytes for 10")
    whole = trimesh.creation.icosphere(1).export(file_type="ply")
    assert isinstance(whole, bytes)
    refused(tmp_path / "cut2.ply", whole[:-100], "not a mesh that can be read")


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e39"])
def test_vertices_at_no_place(tmp_path: Path, value: str) -> None:
    refused(tmp_path / "far.ply", ply(2, 2, value), "vertex 1 is at no finite place")
    obj = f"v 0 0 0\nv {value} 0 0\nv 0 1 0\nf 1 2 3\n"
    refused(tmp_path / "far.obj", obj.encode(), "finite place|can be read")


@pytest.mark.parametrize("ending", ["glb", "obj", "ply", "off"])
def test_an_index_out_of_range(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"wrong.{ending}"
    if ending == "glb":
        file, attributes = quad()
        indices = file.accessor([0, 1, 9], "<u1")
        file.node(mesh=file.mesh(attributes, indices=indices))
        content = file.write(path).read_bytes()
    elif ending == "obj":
        content = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n"
    elif ending == "ply":
        content = ply(2).replace(b"3 0 1 2", b"3 0 1 9")
    else:
        content = b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 9\n"
    refused(path, content, "names vertex 9 of 4" if ending in ("glb", "ply") else "wrong")


@pytest.mark.parametrize("ending", ["stl", "ply", "off", "obj"])
def test_latin_1_in_text_that_is_no_geometry(tmp_path: Path, ending: str) -> None:
    box = trimesh.creation.box()
    if ending == "stl":
        text = str(box.export(file_type="stl_ascii")).replace("solid ", "solid Würfel ", 1)
    elif ending == "ply":
        text = ply(2).decode().replace("format ascii 1.0", "format ascii 1.0\ncomment Größe")
    elif ending == "off":
        text = "OFF # Größe\n" + str(box.export(file_type="off")).partition("\n")[2]
    else:
        text = "# Größe\n" + str(box.export(file_type="obj"))
    path = tmp_path / f"alt.{ending}"
    path.write_bytes(text.encode("latin-1"))
    assert len(load_mesh(str(path)).triangles) == (2 if ending == "ply" else 12)


def test_archives_and_what_is_no_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w") as archive:
        archive.writestr("box.obj", "v 0 0 0\n")
    refused(tmp_path / "bomb.zip", (tmp_path / "bomb.zip").read_bytes(), r"must end in \.glb")
    (tmp_path / "folder.obj").mkdir()
    with pytest.raises(MediaError, match="is a folder"):
        load_mesh(str(tmp_path / "folder.obj"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    for name in ("pipe.obj", "pipe.glb", "pipe.stl", "m.mtl", "b.bin"):
        os.mkfifo(tmp_path / name)
    for name in ("pipe.obj", "pipe.glb", "pipe.stl"):
        with pytest.raises(MediaError, match="is a pipe"):
            load_mesh(str(tmp_path / name))
    text = "mtllib m.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl a\nf 1 2 3\n"
    (tmp_path / "named.obj").write_text(text)
    assert len(load_mesh(str(tmp_path / "named.obj")).triangles) == 1
    file, attributes = quad()
    file.node(mesh=file.mesh(attributes))
    path = file.write(tmp_path / "named.gltf", beside=True)
    path.write_text(path.read_text().replace("some%20data.bin", "b.bin"))
    with pytest.raises(MediaError, match="is a pipe"):
        load_mesh(str(path))


@pytest.mark.parametrize(
    "uri", ["/etc/hostname", "../secret.bin", "file:///etc/hostname", "a/../../secret.bin"]
)
def test_a_buffer_outside_the_folder_is_not_read(tmp_path: Path, uri: str) -> None:
    (tmp_path / "secret.bin").write_bytes(bytes(1000))
    folder = tmp_path / "shot"
    folder.mkdir()
    file, attributes = quad()
    file.node(mesh=file.mesh(attributes), camera=file.camera())
    path = file.write(folder / "c.gltf", beside=True)
    path.write_text(path.read_text().replace("some%20data.bin", uri))
    with pytest.raises(MediaError, match="outside the folder"):
        load_mesh(str(path))


def test_a_claim_that_no_buffer_holds(tmp_path: Path) -> None:
    file, attributes = quad()
    entry = file.json["accessors"][attributes["POSITION"]]
    del entry["bufferView"]
    entry["count"] = 2**40
    mesh = file.mesh(attributes)
    with pytest.raises(MediaError, match="that no buffer holds"):
        loaded(file, mesh, tmp_path / "claim.glb")


@pytest.mark.parametrize("end", ["f 2 3", "f 1 2 ", "f 1", "f 1/1 2/2\n", "f 3 4 # end"])
def test_an_obj_that_ends_in_a_face(tmp_path: Path, end: str) -> None:
    text = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 1 1 0\nf 1 2 3\n"
    refused(tmp_path / "cut.obj", (text + end).encode(), "fewer than three corners")


def test_the_vertex_that_is_not_there_is_named(tmp_path: Path) -> None:
    text = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\nf 1 2 9\n"
    refused(tmp_path / "wrong.obj", text, "a face names vertex 9 of 3")
    split = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 \\\n3\n"
    (tmp_path / "split.obj").write_bytes(split)
    assert len(load_mesh(str(tmp_path / "split.obj")).triangles) == 1
