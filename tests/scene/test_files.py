"""Documents saved and loaded again."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from engine.errors import SceneError
from engine.scene import (
    Geometry,
    Media,
    Scene,
    Surface,
    ZDepthMap,
    curve,
    new_media,
    new_scene,
)
from engine.scene.document_text import formatted
from engine.scene.files import upgraded
from tests.scene.strategies import scenes

QUICK = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@QUICK
@given(scene=scenes())
def test_a_saved_document_is_loaded_again_exactly(tmp_path: Path, scene: Scene) -> None:
    path = tmp_path / "shot.rilievo"
    scene.save(path)
    loaded = Scene.load(path)
    assert loaded == scene
    first = path.read_bytes()
    loaded.save(path)
    assert path.read_bytes() == first


def test_a_document_is_readable(tmp_path: Path) -> None:
    scene = new_scene(new_media(tmp_path / "plate.exr", (64, 32)))
    scene = scene.with_values("Surface 1", translate=(0, curve([(1, 0), (2, 5)]), 0))
    scene.save(tmp_path / "shot.rilievo")
    lines = (tmp_path / "shot.rilievo").read_text().splitlines()
    assert lines[1] == '  "version": 1,'
    assert '      "path": "plate.exr",' in lines
    assert '      "rotate": [0.0, 0.0, 0.0],' in lines
    assert '            {"frame": 1.0, "value": 0.0},' in lines
    assert max(map(len, lines)) <= 100


def test_the_layout_changes_no_value() -> None:
    value = {"a": [1, [2.5, {"b": None}]], "c": "ü" * 120, "d": [], "e": {}, "f": list(range(80))}
    assert json.loads(formatted(value)) == value


@QUICK
@given(scene=scenes())
def test_a_document_written_piece_by_piece_reads_as_one_written_at_once(scene: Scene) -> None:
    assert formatted(scene) == formatted(msgspec.to_builtins(scene))
    assert json.loads(formatted(scene)) == json.loads(msgspec.json.encode(scene))


def test_paths_are_relative_below_the_document_and_absolute_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "shot"
    (folder / "media").mkdir(parents=True)
    below = new_media(folder / "media" / "plate.####.exr", (4, 4))
    beside = new_media(tmp_path / "other.png", (4, 4))
    live = new_media("rtsp://camera/1", (4, 4))
    scene = Scene(
        media=(below, beside, live),
        nodes=(
            Geometry(id="a", mesh=str(folder / "head.glb")),
            Geometry(id="b", mesh="sphere"),
            Geometry(id="c", mesh=str(folder / "sphere")),
            Surface(id="s", media=1),
            ZDepthMap(id="y", parent="s", media=1, network="depth_small"),
            Surface(id="t", media=1),
            ZDepthMap(id="z", parent="t", media=1, network=str(folder / "nets" / "my.onnx")),
        ),
    )
    scene.save(folder / "shot.rilievo")
    raw = json.loads((folder / "shot.rilievo").read_text())
    paths = [entry["path"] for entry in raw["media"]]
    assert paths == ["media/plate.####.exr", str(tmp_path / "other.png"), "rtsp://camera/1"]
    assert [node["mesh"] for node in raw["nodes"][:3]] == ["head.glb", "sphere", "./sphere"]
    networks = [node["network"] for node in raw["nodes"] if "network" in node]
    assert networks == ["depth_small", "nets/my.onnx"]
    assert Scene.load(folder / "shot.rilievo") == scene
    folder.rename(tmp_path / "moved")
    moved = Scene.load(tmp_path / "moved" / "shot.rilievo")
    assert moved.media[0].path == str(tmp_path / "moved" / "media" / "plate.####.exr")
    assert moved.media[1].path == beside.path


def test_a_relative_path_in_memory_is_meant_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    Scene(media=(Media(name="a", path="a.png", size=(1, 1)),)).save("out/shot.rilievo")
    assert Scene.load("out/shot.rilievo").media[0].path == str(tmp_path / "a.png")


def test_a_hand_written_document_needs_only_what_has_no_default(tmp_path: Path) -> None:
    path = tmp_path / "shot.rilievo"
    path.write_text(
        '\ufeff{"version": 1, "media": [{"name": "a", "path": "a.png", "size": [2, 1]}],'
        ' "nodes": [{"type": "surface", "id": "Surface 1", "media": 1, "opacity": 1}]}',
        encoding="utf-8",
    )
    scene = Scene.load(path)
    assert scene.nodes == (Surface(id="Surface 1", media=1),)
    assert scene.frames() == [1001]


def test_a_failed_save_leaves_the_old_document_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shot.rilievo"
    Scene(name="old").save(path)
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SceneError, match=r"shot\.rilievo: cannot be written \(No space left"):
        Scene(name="new").save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["shot.rilievo"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither these permissions nor free links")
def test_saving_keeps_permissions_and_follows_links(tmp_path: Path) -> None:
    path = tmp_path / "shot.rilievo"
    Scene().save(path)
    path.chmod(0o640)
    (tmp_path / "link.rilievo").symlink_to(path)
    Scene(name="new").save(tmp_path / "link.rilievo")
    assert (tmp_path / "link.rilievo").is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert Scene.load(path).name == "new"


def test_saving_into_a_missing_folder_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"gone.shot\.rilievo: cannot be written"):
        Scene().save(tmp_path / "gone" / "shot.rilievo")


def test_older_formats_are_brought_up_step_by_step() -> None:
    steps = {
        1: lambda raw: raw | {"b": raw["a"] + 1},
        2: lambda raw: {key: value for key, value in raw.items() if key != "a"},
    }
    assert upgraded({"version": 1, "a": 4}, steps, 3) == {"version": 3, "b": 5}
    assert upgraded({"version": 3}, steps, 3) == {"version": 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: this is not JSON"),
        ('{"version": 1,\n "nodes": [}', "line 2, column 12: this is not JSON"),
        ("[1, 2]", "the document: expected an object with a version and nodes"),
        ("{}", "version: expected a whole number from 1 to 1"),
        ('{"version": true}', "version: expected a whole number from 1 to 1"),
        ('{"version": 7}', "version: the document has format 7, and this Rilievo reads up to 1"),
        ('{"version": 1, "fps": NaN}', "this is not JSON (NaN is not a number JSON knows)"),
        ('{"version": 1, "fps": 1e999}', "fps: expected a number from 0.01 to 1000 1/s, got inf"),
        ('{"version": 1, "nodes": 3}', "nodes: expected a list, got a number"),
        ('{"version": 1, "nodes": [3]}', "nodes[0]: expected an object, got a number"),
        ('{"version": 1, "media": [{"path": 3}]}', "media[0]"),
        ("[" * 100_000, "this is not a Rilievo document (nested too deeply)"),
    ],
)
def test_a_file_that_is_no_document_says_so(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.rilievo"
    path.write_text(text)
    with pytest.raises(SceneError) as caught:
        Scene.load(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"gone\.rilievo: there is no such file"):
        Scene.load(tmp_path / "gone.rilievo")
    with pytest.raises(SceneError, match="cannot be read"):
        Scene.load(tmp_path)
    (tmp_path / "noise").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(SceneError, match="this is not a Rilievo document"):
        Scene.load(tmp_path / "noise")


def test_an_error_in_a_file_names_the_file_and_the_place(tmp_path: Path) -> None:
    path = tmp_path / "shot.rilievo"
    scene = new_scene(new_media("/a.png", (4, 4)), z_media=new_media("/z.exr", (4, 4)))
    scene.save(path)
    text = path.read_text()
    path.write_text(text.replace('"effect": 1.0', '"effect": "full"'))
    with pytest.raises(SceneError) as caught:
        Scene.load(path)
    expected = 'nodes[2].effect ("Z-Depth 1"): expected a number or keys, got a string'
    assert str(caught.value) == f"{path}: {expected}"
    path.write_text(text.replace('"effect"', '"efect"'))
    with pytest.raises(SceneError) as caught:
        Scene.load(path)
    expected = 'nodes[2] ("Z-Depth 1"): unknown field "efect"; did you mean "effect"?'
    assert str(caught.value) == f"{path}: {expected}"
