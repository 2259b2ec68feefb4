"""Files damaged at random are read, or refused in one sentence: nothing else may happen."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import SceneError
from engine.scene import Scene, load_camera
from tests.scene.strategies import scenes
from tests.support.gltf_writer import GltfWriter

JUNK: list[Any] = [None, True, -1, 0, 3, 10**30, 1e309, -0.5, "", "x", "Surface 2", "\ud800"]
JUNK += [[], [1], [[]], {}, {"keys": []}, {"keys": [{}]}, {"type": "camera", "id": "c"}, {"id": 3}]
junk = st.sampled_from(JUNK)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to all values inside a JSON value."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [
        found for key, item in items for found in ((*path, key), *places(item, (*path, key)))
    ]  # fmt: skip


def damaged(value: Any, path: tuple[Any, ...], with_what: Any) -> Any:
    value = copy.deepcopy(value)
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = with_what
    return value


def read_or_refused(path: Path, read: Callable[[], object]) -> None:
    message = f"{path}: fine"
    try:
        read()
    except SceneError as error:
        message = str(error)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert "`" not in message


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(scene=scenes(most=3), data=st.data())
def test_a_damaged_document(tmp_path: Path, scene: Scene, data: st.DataObject) -> None:
    raw = json.loads(msgspec.json.encode(scene))
    place = data.draw(st.sampled_from(places(raw)))
    bad = damaged(raw, place, data.draw(junk))
    path = tmp_path / "shot.rilievo"
    path.write_text(json.dumps(bad))
    read_or_refused(path, lambda: Scene.load(path).evaluate(1))


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_gltf(tmp_path: Path, data: st.DataObject) -> None:
    writer = GltfWriter()
    camera = writer.node(camera=writer.camera("Hero"), rotation=[0, 0, 0, 1])
    writer.node(children=[camera], scale=[1, 2, 3])
    writer.animate(camera, "translation", [0.0, 1.0], [[0, 0, 0], [1, 0, 0]])
    writer.animate(camera, "rotation", [0.0, 1.0], [[0, 0, 0, 1], [1, 0, 0, 0]], "STEP")
    place = data.draw(st.sampled_from(places(writer.json)))
    writer.json = damaged(writer.json, place, data.draw(junk))
    path = writer.write(tmp_path / "camera.glb")
    read_or_refused(path, lambda: load_camera(path))
