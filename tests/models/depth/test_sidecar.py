"""Networks of the user's own, and the sidecars that describe them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import AnalysisError
from models.depth import registry
from models.depth.network import DepthNetwork
from models.depth.onnx_graph import read_graph
from models.depth.registry import own_network, spec_of
from models.depth.spec import IMAGENET_MEAN, Meaning
from tests.support.small_networks import (
    beside_content,
    costly_network,
    depth_network,
    points_network,
    write,
)

FLAME: dict[str, Any] = {
    "ModelDescription": {
        "MinimumVersion": "2025.1",
        "Name": "HouseDepth",
        "Description": "Depth of our house",
        "SupportsSceneLinear": False,
        "KeepAspectRatio": True,
        "Padding": 32,
        "Inputs": [
            {"Name": "pixel_values", "Description": "", "Type": "Front", "Gain": 255.0,
             "Channels": "BGR"}
        ],
        "Outputs": [
            {"Name": "predicted_depth", "Description": "", "Type": "Result", "InverseGain": 4.0,
             "ScalingFactor": 1.0, "Channels": "A"}
        ],
    }
}  # fmt: skip


def given(folder: Path, sidecar: Any = None, content: bytes | None = None) -> Path:
    path = write(folder / "mine.onnx", content or depth_network())
    if sidecar is not None:
        text = sidecar if isinstance(sidecar, str) else json.dumps(sidecar)
        (folder / "mine.json").write_text(text, encoding="utf-8")
    return path


# -- looking into graphs --


def test_a_graph_tells_its_ports(tmp_path: Path) -> None:
    graph = read_graph(write(tmp_path / "a.onnx", depth_network((64, 48), layout="NVCHW")))
    (port,) = graph.inputs
    assert (port.name, port.dtype, port.shape) == ("pixel_values", "float32", (1, 1, 3, 48, 64))
    assert [port.name for port in graph.outputs] == ["predicted_depth"]
    assert not graph.normalises
    points = read_graph(write(tmp_path / "b.onnx", points_network()))
    assert [p.name for p in points.inputs] == ["image", "num_tokens"]
    assert points.inputs[0].shape == (1, 3, 0, 0)
    assert points.inputs[1].dtype == "int64"


@pytest.mark.parametrize("layout", ["NCHW", "NHWC", "NVCHW"])
def test_a_graph_tells_whether_it_normalises(tmp_path: Path, layout: str) -> None:
    inside = depth_network(mean=(0.5,) * 3, deviation=(0.2,) * 3, layout=layout)
    assert read_graph(write(tmp_path / "a.onnx", inside)).normalises
    assert not read_graph(write(tmp_path / "b.onnx", depth_network(layout=layout))).normalises
    assert not read_graph(write(tmp_path / "c.onnx", costly_network())).normalises


def test_a_file_that_was_cut_short_is_refused_by_name(tmp_path: Path) -> None:
    content = depth_network(mean=(0.5,) * 3, deviation=(0.2,) * 3)
    whole = content.index(b"predicted_depth", len(content) - 80)  # what comes after may be missing
    for length in range(1, whole, 3):
        path = write(tmp_path / "cut.onnx", content[:length])
        with pytest.raises(AnalysisError, match=r"cut\.onnx"):
            read_graph(path)


@pytest.mark.parametrize("content", [b"", b"\x00", b"not a network", b"\xff" * 200, b"\x3a\x7f"])
def test_what_is_no_network_is_said(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "photo.onnx", content)
    with pytest.raises(AnalysisError, match=r"photo\.onnx"):
        spec_of(str(path))


# -- sidecars --


def test_without_a_sidecar_what_was_assumed_is_said(tmp_path: Path) -> None:
    path = given(tmp_path)
    spec = spec_of(str(path))
    assert spec.name == str(path) and spec.path == path
    assert spec.input.short_side == 518 and spec.input.mean == IMAGENET_MEAN
    for words in ("mine.onnx", "no sidecar", "518", "ImageNet", "larger is nearer"):
        assert words in spec.note
    assert DepthNetwork(spec, "cpu").messages == (spec.note,)


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (depth_network((64, 48)), {"width": 64, "height": 48, "layout": "NCHW"}),
        (depth_network((64, 48), layout="NHWC"), {"width": 64, "height": 48, "layout": "NHWC"}),
        (depth_network(layout="NVCHW"), {"width": 0, "layout": "NVCHW"}),
        (depth_network(dtype="uint8"), {"white": 255.0, "mean": (0.0, 0.0, 0.0)}),
        (
            depth_network(mean=(0.4,) * 3, deviation=(0.2,) * 3),
            {"normalised_inside": "yes"},
        ),
    ],
)
def test_the_graph_tells_what_it_can(
    tmp_path: Path, network: bytes, expected: dict[str, Any]
) -> None:
    spec = spec_of(str(given(tmp_path, content=network)))
    assert {key: getattr(spec.input, key) for key in expected} == expected
    answer = DepthNetwork(spec, "cpu").inverse_depth(np.full((30, 40, 3), 128, np.uint8))
    assert np.isfinite(answer).all()


def test_a_sidecar_of_our_own(tmp_path: Path) -> None:
    path = given(
        tmp_path,
        {
            "title": "Depth of our house",
            "licence": "ours",
            "commercial": False,
            "input": {"short_side": 28, "mean": [0, 0, 0], "deviation": [1, 1, 1], "multiple": 7},
            "output": {"name": "predicted_depth", "meaning": "metric_depth", "gain": 10},
        },
    )
    spec = spec_of(str(path))
    assert (spec.title, spec.licence, spec.commercial) == ("Depth of our house", "ours", False)
    assert spec.note == "" and spec.metric
    network = DepthNetwork(spec, "cpu")
    answer = network.inverse_depth(np.full((28, 28, 3), 51, np.uint8))
    assert answer == pytest.approx(np.full((28, 28), 0.5))  # 1 / (51 / 255 · 10 m)


def test_a_sidecar_as_flame_writes_it(tmp_path: Path) -> None:
    spec = spec_of(str(given(tmp_path, FLAME)))
    assert spec.title == "HouseDepth"
    assert spec.input.white == 255.0 and spec.input.channels == "BGR"
    assert spec.input.multiple == 32 and spec.input.keep_aspect
    assert spec.output.name == "predicted_depth" and spec.output.gain == 0.25
    assert "larger is nearer" in spec.note and "ImageNet" not in spec.note
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[..., 2] = 100  # blue: the network's first channel
    assert DepthNetwork(spec, "cpu").inverse_depth(picture) == pytest.approx(25.0)


def test_flames_sidecar_with_ours_beside_it(tmp_path: Path) -> None:
    beside = {"output": {"meaning": "relative_depth"}, "input": {"short_side": 64}}
    spec = spec_of(str(given(tmp_path, FLAME | beside)))
    assert spec.output.meaning is Meaning.RELATIVE and spec.output.gain == 0.25
    assert spec.input.short_side == 64 and spec.note == ""


@pytest.mark.parametrize(
    ("sidecar", "words"),
    [
        ("{", ""),
        ("[]", "Expected 'object', got 'array'"),
        ({"inputs": {}}, "inputs"),
        ({"input": {"shortside": 5}}, "shortside"),
        ({"input": {"short_side": "5"}}, "input.short_side: Expected 'int', got 'str'"),
        ({"input": {"short_side": 0}}, "input.short_side"),
        ({"input": {"short_side": 100_000}}, "input.short_side"),  # more memory than there is
        ({"input": {"width": 100_000, "height": 100_000}}, "input.width"),
        ({"ModelDescription": {"Padding": 100_000}}, "input.multiple"),
        ({"input": {"mean": [1, 2]}}, "input.mean"),
        ({"input": {"deviation": [1, 0, 1]}}, "deviation"),
        ({"input": {"width": 64}}, "give both"),
        ({"input": {"layout": "HWCN"}}, "input.layout"),
        ({"output": {"meaning": "disparity"}}, "output.meaning"),
        ({"output": {"gain": 0}}, "gain"),
        ({"commercial": "no"}, "commercial"),
        ({"ModelDescription": {"Inputs": [{}, {}]}}, "ModelDescription.Inputs"),
        ({"ModelDescription": {"Inputs": [{"Channels": "A"}]}}, "'A'"),
        ({"ModelDescription": {"Inputs": [{"Gain": "1"}]}}, "ModelDescription.Inputs[0].Gain"),
        ({"ModelDescription": {"Padding": 0}}, "ModelDescription.Padding"),
        ({"ModelDescription": {"Outputs": [{"InverseGain": 0}]}}, "InverseGain"),
    ],
)
def test_a_wrong_sidecar_is_named_with_its_key(tmp_path: Path, sidecar: Any, words: str) -> None:
    path = given(tmp_path, sidecar)
    with pytest.raises(AnalysisError) as caught:
        spec_of(str(path))
    sentence = str(caught.value)
    assert str(path.with_suffix(".json")) in sentence
    assert words in sentence
    assert "\n" not in sentence and "$" not in sentence and "`" not in sentence


# -- names --


def test_no_network_at_all_is_one_sentence_that_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RILIEVO_MODELS", str(tmp_path))
    monkeypatch.setattr(registry, "installed", lambda spec: False)
    with pytest.raises(AnalysisError, match="rilievo models fetch depth-anything-v2-small"):
        spec_of()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("depth-anything-v9", "choose an .onnx file, or one of depth-anything-v2-small,"),
        ("depth-anything-v2-large", "CC BY-NC 4.0"),
        ("nowhere/mine.onnx", "nowhere/mine.onnx is not there"),
    ],
)
def test_names_that_lead_nowhere(name: str, words: str) -> None:
    with pytest.raises(AnalysisError) as caught:
        spec_of(name)
    assert words in str(caught.value)


def test_what_is_listed_is_whole() -> None:
    names = [spec.name for spec in registry.NETWORKS]
    assert len(set(names)) == len(names)
    assert registry.NETWORKS[0].name == registry.RECOMMENDED
    for spec in registry.NETWORKS:
        assert spec.title and spec.licence
        if spec.source is None:
            assert not spec.commercial and "CC BY-NC 4.0" in spec.licence and spec.note
            continue
        assert bool(spec.source.url) != bool(spec.source.repository)
        if spec.source.repository:
            assert len(spec.source.revision) == 40
        for file in spec.source.files:
            assert file.size > 100_000 and len(bytes.fromhex(file.sha256)) == 32


def test_the_shipped_network_is_listed_where_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert own_network(tmp_path) is None
    path = write(tmp_path / registry.OWN_FILE, depth_network((64, 48)))
    assert own_network(tmp_path) is None  # its rules are not there
    rules = {"licence": "Apache-2.0", "output": {"meaning": "relative_inverse_depth"}}
    path.with_suffix(".json").write_text(json.dumps(rules))
    spec = own_network(tmp_path)
    assert (
        spec is not None
        and spec.name == "own"
        and (spec.input.width, spec.input.height)
        == (
            64,
            48,
        )
    )
    monkeypatch.setenv("RILIEVO_MODELS", str(tmp_path / "none"))
    monkeypatch.setattr(registry.shipped, "FOLDER", tmp_path)
    assert spec_of("own") == spec
    monkeypatch.setattr(registry.cache, "found", lambda source: None)
    assert spec_of() == spec


def test_weights_beside_count_in_the_fingerprint(tmp_path: Path) -> None:
    content = depth_network(beside="mine.onnx_data")
    path = given(tmp_path, content=content)
    with pytest.raises(AnalysisError, match=r"needs mine\.onnx_data beside it"):
        spec_of(str(path))
    prints: set[str] = set()
    for weights in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)):
        write(tmp_path / "mine.onnx_data", beside_content(weights))
        prints.add(DepthNetwork(spec_of(str(path)), "cpu").fingerprint)
    assert len(prints) == 2
