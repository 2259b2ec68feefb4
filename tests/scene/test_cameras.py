"""Cameras of other programs, from files the tests write."""

# ruff: noqa: E501 (a table of whole sentences)

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pylinalg as la
import pytest

from engine.errors import SceneError
from engine.scene import Camera, Curve, RotationOrder, Scene, load_camera, value_at
from engine.scene.transforms import local_matrix, rotation
from tests.support.gltf_writer import GltfWriter


def world(camera: Camera, frame: float) -> np.ndarray:
    return Scene(nodes=(camera,), camera=camera.id).evaluate(frame).camera.world


def quaternion(axis: tuple[float, float, float], degrees: float) -> np.ndarray:
    return la.quat_from_axis_angle(axis, math.radians(degrees))


def test_chan(tmp_path: Path) -> None:
    path = tmp_path / "match.chan"
    path.write_text(
        "# frame tx ty tz rx ry rz vfov\n"
        "1001 1 2 3 10 20 30 40\n"
        "\n"
        "1003\t2 2 5.5 1e1 -20 30 42  # the last\n"
    )
    camera = load_camera(path, id="Match")
    assert camera.id == "Match"
    assert camera.rotation_order is RotationOrder.ZXY
    assert [value_at(v, 1002) for v in camera.translate] == [1.5, 2, 4.25]
    assert [value_at(v, 1002) for v in camera.rotate] == [10, 0, 30]
    assert value_at(camera.fov, 1002) == 41
    assert camera.translate[1] == 2.0
    # Nuke's ZXY: roll first, then tilt, then pan.
    expected = rotation((0, 20, 0)) @ rotation((10, 0, 0)) @ rotation((0, 0, 30))
    expected[:3, 3] = (1, 2, 3)
    np.testing.assert_allclose(world(camera, 1001), expected, atol=1e-12)
    other = load_camera(path, rotation_order=RotationOrder.XYZ)
    expected = rotation((0, 0, 30)) @ rotation((0, 20, 0)) @ rotation((10, 0, 0))
    np.testing.assert_allclose(world(other, 1001)[:3, :3], expected[:3, :3], atol=1e-12)


def test_chan_without_a_field_of_view_keeps_the_new_cameras(tmp_path: Path) -> None:
    path = tmp_path / "m.CHAN"
    path.write_text("2 0 0 1 0 0 0\n1 0 0 0 0 0 0\n")
    camera = load_camera(path)
    assert camera.fov == 40.0
    assert isinstance(camera.translate[2], Curve)
    assert [key.frame for key in camera.translate[2].keys] == [1, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 0 0 0 0 0 0\n2 0 0 x 0 0 0", 'line 2: expected a number, got "x"'),
        ("1 0 0 nan 0 0 0", 'line 1: expected a number, got "nan"'),
        ("\n1 0 0 0", "line 2: expected frame tx ty tz rx ry rz, and optionally the vertical"),
        ("1 0 0 0 0 0 0 40\n2 0 0 0 0 0 0", "line 2: got 7 numbers where the lines above have 8"),
        ("1 0 0 0 0 0 0\n1 0 0 0 0 0 0", "line 2: frame 1 is there already"),
        ("1 0 0 0 0 0 0 180", "line 1: expected a field of view from 0.01 to 179 degrees, got 180"),
        ("# nothing\n", "there is no camera in it; expected lines of frame tx"),
    ],
)
def test_a_bad_chan_names_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.chan"
    path.write_text(text)
    with pytest.raises(SceneError) as caught:
        load_camera(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_files_that_are_no_cameras(tmp_path: Path) -> None:
    (tmp_path / "noise.chan").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(SceneError, match=r"noise\.chan: this is not a \.chan file"):
        load_camera(tmp_path / "noise.chan")
    with pytest.raises(SceneError, match=r"ends in \.chan, \.gltf or \.glb"):
        load_camera(tmp_path / "camera.fbx")
    for name in ("gone.chan", "gone.glb"):
        with pytest.raises(SceneError, match=r"gone\.\w+: there is no such file"):
            load_camera(tmp_path / name)


@pytest.mark.parametrize("name", ["camera.glb", "camera.gltf", "beside.gltf"])
def test_a_moving_gltf_camera(tmp_path: Path, name: str) -> None:
    """Position and rotation in a straight line, below a parent that turns, scales and moves."""
    writer = GltfWriter()
    camera = writer.node(camera=writer.camera("Hero", yfov=math.radians(30), znear=0.25, zfar=80))
    turn = quaternion((0, 1, 0), 90)
    writer.node(children=[camera], rotation=turn.tolist(), scale=[2, 2, 2], translation=[0, 0, 5])
    writer.animate(camera, "translation", [0.0, 1.0], [[0, 0, 0], [4, 0, 0]])
    ends = [quaternion((1, 0, 0), 0), quaternion((1, 0, 0), 60)]
    writer.animate(camera, "rotation", [0.0, 1.0], ends)
    path = writer.write(tmp_path / name, beside=name.startswith("beside"))
    found = load_camera(path, id="Match", name="Hero", fps=24, first=1001)
    assert (found.near, found.far) == (0.25, 80)
    assert found.fov == pytest.approx(30)
    assert isinstance(found.rotate[0], Curve)
    assert len(found.rotate[0].keys) == 25
    for frame in (1001, 1007, 1025, 2000):
        share = min((frame - 1001) / 24, 1)
        expected = rotation((0, 90, 0)) @ rotation((60 * share, 0, 0))
        expected[:3, 3] = (0, 0, 5 - 8 * share)
        np.testing.assert_allclose(world(found, frame), expected, atol=2e-6)


@pytest.mark.parametrize("order", list(RotationOrder))
def test_turning_on_and_on_never_jumps(tmp_path: Path, order: RotationOrder) -> None:
    """Two whole turns about a slanted axis: between frames the angles stay near the true turn."""
    writer = GltfWriter()
    camera = writer.node(camera=writer.camera())
    times = np.linspace(0, 4, 97)
    axis = tuple(np.array([0.36, 0.48, 0.8]))
    turns = [quaternion(axis, 180 * time) for time in times]
    writer.animate(camera, "rotation", times, turns)
    found = load_camera(writer.write(tmp_path / "c.glb"), fps=24, first=0, rotation_order=order)
    for frame in np.linspace(0, 96, 193):
        expected = la.mat_from_quat(quaternion(axis, 7.5 * frame))
        exact = frame == int(frame)
        tolerance = 1e-5 if exact else 0.05
        np.testing.assert_allclose(world(found, frame), expected, atol=tolerance)


def test_steps_and_cubic_splines_and_integers(tmp_path: Path) -> None:
    writer = GltfWriter()
    camera = writer.node(camera=writer.camera(), name="Cam")
    # in tangent, value, out tangent for each key; a straight start, a flat end.
    spline = [[0, 0, 0], [0, 0, 0], [3, 0, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]]
    writer.animate(camera, "translation", [0.0, 2.0], spline, "CUBICSPLINE")
    turns = np.array([quaternion((0, 1, 0), 0), quaternion((0, 1, 0), 90)])
    whole = np.round(turns * 32767)
    writer.animate(camera, "rotation", [0.0, 1.0], whole, "STEP", dtype="<i2", normalized=True)
    found = load_camera(writer.write(tmp_path / "c.gltf"), fps=10, first=0)
    for frame in range(21):
        t = frame / 20
        hermite = (t**3 - 2 * t**2 + t) * 6 + (-2 * t**3 + 3 * t**2)
        matrix = world(found, frame)
        assert matrix[0, 3] == pytest.approx(hermite, abs=1e-6)
        turn = rotation((0, 90 if frame >= 10 else 0, 0))
        np.testing.assert_allclose(matrix[:3, :3], turn[:3, :3], atol=1e-4)


def test_a_still_camera_has_no_keys(tmp_path: Path) -> None:
    writer = GltfWriter()
    matrix = np.eye(4)
    matrix[:3, 3] = (1, 2, 3)
    lens = writer.camera()
    del writer.json["cameras"][0]["perspective"]["zfar"]
    writer.node(camera=lens, matrix=matrix.T.ravel().tolist())
    found = load_camera(writer.write(tmp_path / "c.gltf"))
    assert found.translate == (1.0, 2.0, 3.0)
    assert found.far == 1000.0
    np.testing.assert_allclose(local_matrix(found, 0), matrix, atol=1e-12)


def broken(change: Any) -> GltfWriter:
    writer = GltfWriter()
    camera = writer.node(camera=writer.camera("Hero"))
    writer.animate(camera, "translation", [0.0, 1.0], [[0, 0, 0], [1, 0, 0]])
    change(writer.json)
    return writer


def assign(*path: Any, value: Any) -> Any:
    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (assign("asset", "version", value="1.0"), "asset.version: expected glTF 2, got '1.0'"),
        (assign("nodes", value=[]), "there is no camera in it"),
        (assign("nodes", value=3), "nodes: has the wrong type (int)"),
        (assign("nodes", value=[3]), "nodes[0]: expected an object"),
        (assign("nodes", 0, "camera", value=4), "nodes[0].camera: there is no cameras[4]"),
        (assign("nodes", 0, "children", value=[0]), "nodes[0]: its parents form a cycle"),
        (assign("nodes", 0, "children", value=["x"]), "nodes[0].children: expected numbers"),
        (assign("nodes", 0, "scale", value=[1, 2]), "nodes[0].scale: expected 3 numbers"),
        (assign("cameras", 0, value={"orthographic": {}}), "it is not a perspective camera"),
        (assign("cameras", 0, "perspective", "yfov", value=4), "expected from 0.01 to 179 degrees"),
        (assign("cameras", 0, "perspective", "znear", value=0), "expected 0 < znear < zfar, got 0"),
        (assign("cameras", 0, "perspective", value={}), "cameras[0].perspective.znear: is missing"),
        (assign("animations", value=[{"channels": [1]}]), "animations[0].channels[0]: expected an"),
        (assign("animations", 0, "samplers", value=[]), "channels[0].sampler: there is no samplers[0]"),
        (assign("animations", 0, "samplers", 0, "interpolation", value="SLOW"), "expected LINEAR, STEP"),
        (assign("animations", 0, "samplers", 0, "output", value=0), "expected 2 values, got 2"),
        (assign("animations", 0, "samplers", 0, "input", value=9), "there is no accessors[9]"),
        (assign("accessors", 1, "count", value=3), "its values lie outside its buffer"),
        (assign("accessors", 1, "count", value=-3), "are not possible"),
        (assign("accessors", 1, "sparse", value={}), "accessors[1].sparse.count: is missing"),
        (assign("accessors", 0, "bufferView", value=1), "its times do not ascend"),
        (assign("bufferViews", 1, "byteLength", value=4000), "its values lie outside its buffer"),
    ],
)  # fmt: skip
def test_a_bad_gltf_names_the_place(tmp_path: Path, change: Any, message: str) -> None:
    path = broken(change).write(tmp_path / "bad.glb")
    with pytest.raises(SceneError) as caught:
        load_camera(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_a_gltf_that_is_cut_off(tmp_path: Path) -> None:
    path = broken(lambda document: None).write(tmp_path / "c.glb")
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(SceneError, match=r"c\.glb"):
            load_camera(path)


def test_which_camera(tmp_path: Path) -> None:
    writer = GltfWriter()
    writer.node(camera=writer.camera("Left"), translation=[1, 0, 0])
    writer.node(camera=writer.camera(), name="Right", translation=[2, 0, 0])
    path = writer.write(tmp_path / "c.gltf")
    assert load_camera(path).translate[0] == 1
    assert load_camera(path, name="Right").translate[0] == 2
    with pytest.raises(SceneError, match='there is no camera "Top"; it has "Left", "Right"'):
        load_camera(path, name="Top")


def test_data_that_is_missing_or_broken(tmp_path: Path) -> None:
    path = broken(lambda document: None).write(tmp_path / "c.gltf", beside=True)
    (tmp_path / "some data.bin").unlink()
    with pytest.raises(SceneError, match=r"c\.gltf: needs .*some data\.bin: there is no such file"):
        load_camera(path)
    document = json.loads(path.read_text())
    for uri, message in (("data:;base64,!", "not base64"), (3, "expected a string")):
        document["buffers"][0]["uri"] = uri
        path.write_text(json.dumps(document))
        with pytest.raises(SceneError, match=message):
            load_camera(path)
    del document["buffers"][0]["uri"]
    path.write_text(json.dumps(document))
    with pytest.raises(SceneError, match=r"buffers\[0\]\.uri: is missing"):
        load_camera(path)
    path.write_text("{")
    with pytest.raises(SceneError, match=r"c\.gltf, line 1: this is not a glTF file"):
        load_camera(path)


def test_a_clip_that_ends_a_hair_late_ends_on_its_frame(tmp_path: Path) -> None:
    writer = GltfWriter()
    camera = writer.node(camera=writer.camera())
    end = np.nextafter(np.float32(2.0), np.float32(3.0))
    writer.animate(camera, "translation", [0.0, float(end)], [[0, 0, 0], [1, 1, 1]])
    found = load_camera(writer.write(tmp_path / "c.glb"), fps=24, first=1)
    assert isinstance(found.translate[0], Curve)
    assert found.translate[0].keys[-1].frame == 49
