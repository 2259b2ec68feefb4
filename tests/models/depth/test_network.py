"""Depth networks: what they are shown, and what is made of their answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import numpy.typing as npt
import onnxruntime
import OpenImageIO
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import AnalysisError
from engine.media import open_media, to_display_rgb8
from engine.scene import Media
from models import runtime
from models.depth.network import DepthNetwork
from models.depth.prepare import Preparation, network_size, resized
from models.depth.spec import InputRules, Meaning, NetworkSpec, OutputRules
from tests.support.small_networks import beside_content, depth_network, write

PLAIN: dict[str, Any] = {"mean": (0.0, 0.0, 0.0), "deviation": (1.0, 1.0, 1.0)}
SMALL: dict[str, Any] = {"short_side": 56, "multiple": 14}


def spec(path: Path, rules: dict[str, Any], **output: Any) -> NetworkSpec:
    return NetworkSpec(
        name="test",
        title="Test network",
        licence="none",
        commercial=True,
        input=InputRules(**rules),
        output=OutputRules(**output),
        path=path,
    )


@pytest.fixture
def red(tmp_path: Path) -> Path:
    """A network that answers with the first channel it is given."""
    return write(tmp_path / "red.onnx", depth_network())


def ramp(width: int, height: int) -> npt.NDArray[np.uint8]:
    """Red rises to the right, green downwards."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.dstack([x, y, np.full_like(x, 40)]).round().astype(np.uint8)


# -- the size at which a network looks --


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        ((1920, 1080), (924, 518)),  # 920.9 x 518
        ((1080, 1920), (518, 924)),
        ((518, 518), (518, 518)),
        ((640, 480), (686, 518)),  # 690.7: nearer to 49 x 14 than to 50 x 14
        ((100, 190), (266, 518)),  # enlarging: the smaller of the two scales is nearer to 1
        ((3840, 2160), (924, 518)),
    ],
)
def test_size_of_depth_anything(picture: tuple[int, int], expected: tuple[int, int]) -> None:
    assert network_size(InputRules(), *picture) == expected


@given(st.integers(1, 9000), st.integers(1, 9000))
@settings(deadline=None, max_examples=60)
def test_size_is_a_multiple_bounded_and_of_the_same_shape(width: int, height: int) -> None:
    w, h = network_size(InputRules(), width, height)
    assert w % 14 == 0 and h % 14 == 0 and min(w, h) >= 14
    assert w * h <= 4 * 518**2 * 1.1 + 14 * (w + h)
    if min(w, h) > 14:
        # One scale of the picture has both sides within half a multiple.
        least, most = ((w - 7) / width, (h - 7) / height), ((w + 7) / width, (h + 7) / height)
        assert max(least) <= min(most) * (1 + 1e-9)


def test_a_network_of_one_size_gets_it(tmp_path: Path) -> None:
    path = write(tmp_path / "fixed.onnx", depth_network((64, 48)))
    network = DepthNetwork(spec(path, PLAIN), "cpu")  # the rules do not say so: the graph does
    assert network.inverse_depth(ramp(200, 100)).shape == (48, 64)


def test_a_picture_keeps_its_shape_in_a_network_of_one_size(tmp_path: Path) -> None:
    path = write(tmp_path / "fixed.onnx", depth_network((64, 64)))
    network = DepthNetwork(spec(path, PLAIN | {"keep_aspect": True}), "cpu")
    answer = network.inverse_depth(ramp(128, 64))
    assert answer.shape == (32, 64)
    expected = cv2.resize(ramp(128, 64), (64, 32), interpolation=cv2.INTER_AREA)[..., 0] / 255
    assert np.abs(answer - expected).max() < 1e-6


def test_squeezed_pictures_are_shown_as_they_are_meant(red: Path) -> None:
    network = DepthNetwork(spec(red, PLAIN | SMALL), "cpu")
    assert network.inverse_depth(ramp(100, 100)).shape == (56, 56)
    assert network.inverse_depth(ramp(100, 100), pixel_aspect=2.0).shape == (56, 112)


# -- what it is shown --


@pytest.mark.parametrize("layout", ["NCHW", "NHWC", "NVCHW"])
@pytest.mark.parametrize("channels", ["RGB", "BGR"])
def test_normalised_as_the_formula_says(tmp_path: Path, layout: Any, channels: Any) -> None:
    """Against plain arithmetic on the same pixels: the network hands back what it is shown."""
    rules = InputRules(layout=layout, channels=channels, white=2.0, **SMALL)
    picture = ramp(56, 56)
    for place in range(3):
        weights = (float(place == 0), float(place == 1), float(place == 2))
        path = write(tmp_path / f"{place}.onnx", depth_network(weights=weights, layout=layout))
        network = DepthNetwork(spec(path, msgspec.structs.asdict(rules)), "cpu")
        channel = place if channels == "RGB" else 2 - place
        expected = (picture[..., channel] / 255 * 2.0 - rules.mean[channel]) / rules.deviation[
            channel
        ]
        assert np.abs(network.inverse_depth(picture) - expected).max() < 2e-6


@pytest.mark.parametrize(("dtype", "white", "error"), [("float16", 1.0, 1e-3), ("uint8", 255.0, 0)])
def test_other_numbers_than_float32(tmp_path: Path, dtype: str, white: float, error: float) -> None:
    path = write(tmp_path / "other.onnx", depth_network(dtype=dtype))
    network = DepthNetwork(spec(path, PLAIN | SMALL | {"white": white}), "cpu")
    answer = network.inverse_depth(ramp(56, 56))
    assert answer.dtype == np.float32
    assert np.abs(answer - ramp(56, 56)[..., 0] * (white / 255)).max() <= error


@pytest.mark.parametrize("how", ["cubic", "linear", "area"])
def test_reduction_averages(how: str) -> None:
    """Every pixel counts, so that fine detail does not flicker: against the mean of its area."""
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (960, 1280, 3), np.uint8)
    small = resized(noise, 128, 96, how)
    assert np.abs(small - noise.reshape(96, 10, 128, 10, 3).mean((1, 3))).max() <= 1.0
    assert resized(noise, 1280, 960, how) is noise


def test_averaging_in_two_steps_is_as_in_one() -> None:
    """At a size that is no whole part of the picture's, on a picture with detail."""
    noise = np.random.default_rng(1).integers(0, 256, (540, 960, 3), np.uint8)
    picture = np.asarray(cv2.GaussianBlur(noise, (0, 0), 4), np.float32)
    low, high = picture.min(), picture.max()
    picture = ((picture - low) * (255 / (high - low))).astype(np.uint8)
    exact = cv2.resize(picture, (352, 192), interpolation=cv2.INTER_AREA)
    difference = np.abs(resized(picture, 352, 192, "area").astype(int) - exact)
    assert difference.mean() < 1.0 and np.percentile(difference, 99) <= 4


def test_the_buffer_stays(red: Path) -> None:
    preparation = Preparation(InputRules(**SMALL))
    first = preparation.prepare(ramp(100, 80)).tensor
    assert np.shares_memory(first, preparation.prepare(ramp(90, 72)).tensor)


def test_a_graph_that_normalises_is_left_to_it(tmp_path: Path) -> None:
    """Of MiDaS sources disagree whether it does; its graph is looked into."""
    mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    inside = write(tmp_path / "a.onnx", depth_network(mean=mean, deviation=deviation))
    outside = write(tmp_path / "b.onnx", depth_network())
    rules = SMALL | {"normalised_inside": "unknown"}
    one, other = (
        DepthNetwork(spec(p, rules), "cpu").inverse_depth(ramp(56, 56)) for p in (inside, outside)
    )
    assert np.abs(one - other).max() < 1e-5
    assert np.abs(one - (ramp(56, 56)[..., 0] / 255 - 0.485) / 0.229).max() < 1e-5


def test_scene_linear_media_are_shown_as_srgb(red: Path, tmp_path: Path) -> None:
    coded = ramp(56, 56)
    value = coded / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    path = str(tmp_path / "linear.exr")
    picture = OpenImageIO.ImageBuf(np.ascontiguousarray(linear, np.float32))
    assert picture.write(path)
    source = open_media(Media(name="linear", path=path, size=(56, 56)))
    shown = to_display_rgb8(source.frame(1))
    source.close()
    network = DepthNetwork(spec(red, PLAIN | SMALL), "cpu")
    difference = network.inverse_depth(shown) - network.inverse_depth(coded)
    assert np.abs(difference).max() <= 1.01 / 255


def test_a_box_is_looked_at_with_all_pixels(red: Path) -> None:
    picture = ramp(400, 300)
    network = DepthNetwork(spec(red, PLAIN | SMALL), "cpu")
    answer = network.inverse_depth(picture, (100, 50, 300, 150))
    assert answer.shape == (56, 112)
    part = np.ascontiguousarray(picture[50:150, 100:300])
    assert np.array_equal(answer, network.inverse_depth(part))
    over = network.inverse_depth(picture, (-50, -9, 200, 100))
    assert np.array_equal(over, network.inverse_depth(picture[:100, :200]))
    with pytest.raises(AnalysisError, match="400x300"):
        network.inverse_depth(picture, (400, 0, 500, 100))


# -- loading --


@pytest.mark.parametrize("beside", ["a.onnx_data", "weights/a.bin"])
def test_weights_may_lie_beside(tmp_path: Path, beside: str) -> None:
    weights = (0.0, 0.5, 0.5)
    path = write(tmp_path / "a.onnx", depth_network(weights=weights, beside=beside))
    (tmp_path / beside).parent.mkdir(exist_ok=True)
    write(tmp_path / beside, beside_content(weights))
    network = DepthNetwork(spec(path, PLAIN | SMALL), "cpu")
    assert network.fingerprint.startswith("a ")
    expected = (ramp(56, 56)[..., 1] / 255.0 + 40 / 255) / 2
    assert np.abs(network.inverse_depth(ramp(56, 56)) - expected).max() < 1e-6


def test_fingerprint_is_of_content_and_rules(tmp_path: Path) -> None:
    one = write(tmp_path / "one.onnx", depth_network())
    other = write(tmp_path / "other.onnx", depth_network(bias=1.0))
    prints = {
        DepthNetwork(spec(one, PLAIN), "cpu").fingerprint,
        DepthNetwork(spec(other, PLAIN), "cpu").fingerprint,
        DepthNetwork(spec(one, SMALL), "cpu").fingerprint,
        DepthNetwork(spec(one, PLAIN, meaning=Meaning.METRIC), "cpu").fingerprint,
    }
    assert len(prints) == 4
    moved = write(tmp_path / "elsewhere" / "one.onnx", one.read_bytes())
    assert DepthNetwork(spec(moved, PLAIN), "cpu").fingerprint in prints


def test_messages_while_it_loads_and_where_it_runs(
    red: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    network = DepthNetwork(spec(red, PLAIN | SMALL), "cpu")
    load = runtime.load

    def slow(name: str, content: Any, provider: str) -> Any:
        seen.append(network.loading)
        return load(name, content, provider)

    monkeypatch.setattr(runtime, "load", slow)
    assert network.provider == "" and network.messages == ()
    network.warm_up((64, 36))
    assert seen == ["Test network is being loaded"]
    assert network.messages == () and network.loading == "" and network.provider == "cpu"
    with pytest.raises(AnalysisError, match="'warp'"):
        DepthNetwork(spec(red, PLAIN), "warp")


class Stubborn:
    """A session of CUDA that loads and does not run."""

    def __init__(self, session: Any, answer: Any = None) -> None:
        self._session, self._answer = session, answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def get_providers(self) -> list[str]:
        return [runtime.NAMES["cuda"], runtime.CPU]

    def run(self, names: list[str], feeds: dict[str, Any]) -> list[Any]:
        if self._answer is None:
            raise RuntimeError("out of memory")
        return [np.full((1, 8, 8), self._answer, np.float32)]


@pytest.mark.parametrize("failure", ["load", "run", "nan"])
def test_a_provider_that_fails_gives_way_and_it_is_said(
    red: Path, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    made = onnxruntime.InferenceSession

    def session(content: Any, options: Any, providers: list[str]) -> Any:
        if providers[0] == runtime.CPU:
            return made(content, options, providers=providers)
        if failure == "load":
            raise RuntimeError("no CUDA-capable device")
        whole = made(content, options, providers=[runtime.CPU])
        return Stubborn(whole, np.nan if failure == "nan" else None)

    offered = [runtime.NAMES["cuda"], runtime.CPU]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: offered)
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    monkeypatch.setitem(runtime.AUTOMATIC, sys.platform, ("cuda", "cpu"))
    network = DepthNetwork(spec(red, PLAIN | SMALL))
    answer = network.inverse_depth(ramp(56, 56))
    assert np.abs(answer - ramp(56, 56)[..., 0] / 255).max() < 1e-6
    (message,) = network.messages
    assert "Test network runs on cpu: " in message
    assert {"load": "cuda", "run": "out of memory", "nan": "no numbers"}[failure] in message
    assert network.provider == "cpu"
    named = DepthNetwork(spec(red, PLAIN | SMALL), "cuda")
    with pytest.raises(AnalysisError, match="provider"):  # who names one gets that one
        named.inverse_depth(ramp(56, 56))


@pytest.mark.parametrize(
    ("rules", "output", "words"),
    [
        ({"name": "image"}, {}, "no 'image' (input.name): it has pixel_values"),
        ({}, {"name": "disparity"}, "no 'disparity' (output): it has predicted_depth"),
        ({"layout": "NVCHW"}, {}, "takes 4 dimensions"),
    ],
)
def test_rules_that_do_not_fit_the_graph(
    red: Path, rules: dict[str, Any], output: dict[str, Any], words: str
) -> None:
    network = DepthNetwork(spec(red, rules, **output), "cpu")
    with pytest.raises(AnalysisError) as caught:
        network.inverse_depth(ramp(20, 20))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


# -- several pictures in one run --


@pytest.mark.parametrize("box", [None, (4, 2, 44, 32)])
def test_several_pictures_in_one_run_answer_as_each_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, box: tuple[int, int, int, int] | None
) -> None:
    path = write(tmp_path / "several.onnx", depth_network(batch="batch"))
    network = DepthNetwork(spec(path, PLAIN | SMALL), "cpu")
    pictures = [np.roll(ramp(60, 40), shift, axis=1) for shift in (0, 7, 30)]
    alone = [network.inverse_depth(picture, box) for picture in pictures]
    shapes: list[tuple[int, ...]] = []
    answer = runtime.Network.answer

    def noted(self: runtime.Network, feeds: dict[str, Any], outputs: list[str]) -> list[Any]:
        shapes.extend(np.shape(tensor) for tensor in feeds.values())
        return answer(self, feeds, outputs)

    monkeypatch.setattr(runtime.Network, "answer", noted)
    together = network.inverse_depths(pictures, box)
    assert [shape[0] for shape in shapes] == [3]
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not network.gains_by_batches  # on a processor


def test_a_network_of_one_picture_at_a_time_is_asked_one_by_one(tmp_path: Path) -> None:
    path = write(tmp_path / "one.onnx", depth_network((42, 28)))
    network = DepthNetwork(spec(path, PLAIN), "cpu")
    pictures = [np.roll(ramp(60, 40), shift, axis=1) for shift in (0, 20)]
    alone = [network.inverse_depth(picture) for picture in pictures]
    for one, other in zip(alone, network.inverse_depths(pictures), strict=True):
        np.testing.assert_array_equal(one, other)
