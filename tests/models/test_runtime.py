"""Which provider runs the networks, and what is said when the wished one cannot."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest

from engine.errors import AnalysisError
from models import runtime, shipped

DETECTOR = shipped.read(shipped.FACE_DETECTOR)


def offer(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Make onnxruntime say that it offers these."""
    full = [runtime.NAMES.get(name, name) for name in names]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: full)


def test_processor_is_always_there() -> None:
    assert "cpu" in runtime.providers()
    assert "auto" not in runtime.providers()


@pytest.mark.parametrize(
    ("platform", "offered", "order"),
    [
        ("win32", ("cpu", "directml"), ("directml", "cpu")),
        ("win32", ("cpu",), ("cpu",)),
        ("darwin", ("coreml", "cpu"), ("coreml", "cpu")),
        ("linux", ("cuda", "tensorrt", "cpu"), ("cuda", "cpu")),
        ("linux", ("AzureExecutionProvider", "cpu"), ("cpu",)),
        ("freebsd14", ("cpu",), ("cpu",)),
    ],
)
def test_automatic_choice(
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    offered: tuple[str, ...],
    order: tuple[str, ...],
) -> None:
    offer(monkeypatch, *offered)
    assert runtime.choose("auto", platform) == order


@pytest.mark.parametrize("name", ["cpu", "CPU", " cpu ", "CPUExecutionProvider"])
def test_names_are_taken_as_people_type_them(name: str) -> None:
    assert runtime.choose(name) == ("cpu",)


@pytest.mark.parametrize("name", ["warp", "", "directml", "CUDAExecutionProvider", "cp"])
def test_unknown_or_absent_provider_lists_what_is_there(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    offer(monkeypatch, "openvino", "cpu")
    with pytest.raises(AnalysisError) as caught:
        runtime.load("face detector", DETECTOR, name)
    assert f"'{name}'" in str(caught.value)
    assert "auto" in str(caught.value)
    assert "openvino" in str(caught.value)
    assert "cpu" in str(caught.value)


def test_threads_do_not_spin() -> None:
    network = runtime.load("face detector", DETECTOR, "cpu")
    options = network.session.get_session_options()
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert 1 <= options.intra_op_num_threads <= 4
    assert options.inter_op_num_threads == 1


def test_result_is_plain_float32_in_the_networks_order() -> None:
    network = runtime.load("face detector", DETECTOR, "cpu")
    regressors, logits = network.run(np.zeros((1, 128, 128, 3), np.float32))
    assert regressors.shape == (1, 896, 16)
    assert logits.shape == (1, 896, 1)
    assert regressors.dtype == logits.dtype == np.float32


def failing_cuda(monkeypatch: pytest.MonkeyPatch, *, silent: bool) -> None:
    """CUDA is offered but does not start: onnxruntime raises, or silently takes the CPU."""
    offer(monkeypatch, "cuda", "cpu")
    made = onnxruntime.InferenceSession

    def session(content: bytes, options: Any, providers: list[str]) -> Any:
        if not silent and providers[0] != runtime.CPU:
            raise RuntimeError("CUDA failure 100: no CUDA-capable device\nstack trace")
        return made(content, options, providers=[runtime.CPU])

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    monkeypatch.setattr("sys.platform", "linux")


@pytest.mark.parametrize("silent", [False, True])
def test_automatic_falls_back_to_the_processor_and_says_so(
    monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    failing_cuda(monkeypatch, silent=silent)
    network = runtime.load("face detector", DETECTOR, "auto")
    assert network.provider == "cpu"
    assert "face detector runs on cpu" in network.message
    assert "cuda" in network.message
    assert "\n" not in network.message


@pytest.mark.parametrize("silent", [False, True])
def test_a_named_provider_that_fails_is_an_error(
    monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    failing_cuda(monkeypatch, silent=silent)
    with pytest.raises(AnalysisError, match=r"face detector cannot run: cuda .*provider cpu"):
        runtime.load("face detector", DETECTOR, "cuda")


def test_something_that_is_no_network() -> None:
    with pytest.raises(AnalysisError, match="face detector"):
        runtime.load("face detector", b"not a network at all", "cpu")


def test_sigmoid_at_its_ends() -> None:
    values = runtime.sigmoid(np.array([-1e9, 0.0, 1e9], np.float32))
    assert values[0] < 1e-20
    assert values[1] == 0.5
    assert values[2] == pytest.approx(1.0)


def test_a_damaged_network_is_not_sent_to_where_it_is() -> None:
    with pytest.raises(AnalysisError, match="choose another network") as told:
        runtime.load("broken", b"no network", "cpu")
    assert "provider cpu" not in str(told.value)
