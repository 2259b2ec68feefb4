"""What is made of the answers of depth networks, whatever they mean by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.errors import AnalysisError
from models.depth import moge
from models.depth.network import DepthNetwork
from models.depth.spec import InputRules, Meaning, NetworkSpec, OutputRules
from tests.support.small_networks import depth_network, points_network, write

PLAIN: dict[str, Any] = {"mean": (0.0, 0.0, 0.0), "deviation": (1.0, 1.0, 1.0)}
SMALL: dict[str, Any] = {"short_side": 56, "multiple": 14}


def network(path: Path, rules: dict[str, Any], **output: Any) -> DepthNetwork:
    spec = NetworkSpec(
        name="test",
        title="Test network",
        licence="none",
        commercial=True,
        input=InputRules(**rules),
        output=OutputRules(**output),
        path=path,
    )
    return DepthNetwork(spec, "cpu")


DEPTHS = np.array([[0.5, 1.0], [2.0, 4.0]], np.float32)


def answered(tmp_path: Path, values: npt.NDArray[np.float32], **output: Any) -> Any:
    """What comes of a network that answers `values`, given as red codes of 1/32."""
    path = write(tmp_path / "n.onnx", depth_network((values.shape[1], values.shape[0])))
    picture = np.zeros((*values.shape, 3), np.uint8)
    picture[..., 0] = np.rint(values * 32)
    rules = PLAIN | {"white": 255.0 / 32.0}
    return network(path, rules, **output).inverse_depth(picture)


@pytest.mark.parametrize(
    ("meaning", "expected"),
    [
        (Meaning.RELATIVE_INVERSE, DEPTHS),
        (Meaning.METRIC_INVERSE, DEPTHS),
        (Meaning.RELATIVE, 1 / DEPTHS),
        (Meaning.METRIC, 1 / DEPTHS),
    ],
)
def test_larger_is_nearer_whatever_it_means(
    tmp_path: Path, meaning: Meaning, expected: npt.NDArray[np.float32]
) -> None:
    assert answered(tmp_path, DEPTHS, meaning=meaning) == pytest.approx(expected, rel=1e-5)
    factor = 1 / 2.5 if meaning in (Meaning.RELATIVE, Meaning.METRIC) else 2.5
    scaled = answered(tmp_path, DEPTHS, meaning=meaning, gain=2.5)
    assert scaled == pytest.approx(expected * factor, rel=1e-5)


def test_depth_of_nothing_is_near_and_finite(tmp_path: Path) -> None:
    values = np.array([[0.0, 1.0], [2.0, 3.0]], np.float32)
    metric = answered(tmp_path, values, meaning=Meaning.METRIC)
    assert metric[0, 0] == pytest.approx(100.0)  # a centimetre
    relative = answered(tmp_path, values, meaning=Meaning.RELATIVE)
    assert np.isfinite(relative).all() and relative.argmax() == 0


def test_no_numbers_at_all_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "nan.onnx", depth_network(bias=float("nan")))
    with pytest.raises(AnalysisError, match="Test network answers no numbers"):
        network(path, SMALL).inverse_depth(np.zeros((20, 20, 3), np.uint8))


@pytest.mark.parametrize(("shift", "focal"), [(0.0, 1.2), (0.7, 1.2), (-0.4, 2.5)])
def test_moge_finds_focal_length_and_shift(shift: float, focal: float) -> None:
    """A slanted wavy wall seen through a known lens, moved along Z by an unknown amount."""
    width, height = 96, 64
    plane = moge.view_plane(width, height)
    depth = 2.0 + 0.6 * plane[..., 0] + 0.3 * np.sin(4 * plane[..., 1])
    points = np.dstack([plane * depth[..., None] / focal, depth - shift]).astype(np.float32)
    seen = np.ones((height, width), bool)
    seen[:10] = False
    points[:10] = 99.0  # sky: whatever stands there does not count
    found = moge.focal_and_shift(points, seen)
    assert found == pytest.approx((focal, shift), abs=2e-3)
    inverse = moge.inverse_depth(points, seen.astype(np.float32), 3.0)
    assert np.abs(inverse[10:] * 3.0 * depth[10:] - 1).max() < 2e-3
    assert not inverse[:10].any()


def test_a_network_of_points(tmp_path: Path) -> None:
    """Its points are the picture itself: x red, y green, z blue; its scale the tokens."""
    path = write(tmp_path / "moge.onnx", points_network())
    rules = PLAIN | SMALL | {"name": "image", "tokens": "num_tokens"}
    output = {"meaning": Meaning.POINTS, "name": "points", "mask": "mask", "scale": "metric_scale"}
    points_of = network(path, rules, **output)
    assert points_of.metric
    picture = np.random.default_rng(4).integers(90, 250, (56, 84, 3), np.uint8)
    points = (picture / 255).astype(np.float32)
    expected = moge.inverse_depth(points, None, float(moge.tokens(84, 56)))
    assert points_of.inverse_depth(picture) == pytest.approx(expected, rel=1e-5)
