"""A part of a picture, put back where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.depth.network import DepthNetwork
from models.depth.region import in_picture
from models.depth.spec import InputRules, NetworkSpec
from tests.support.small_networks import depth_network, write

SIZE = (320, 200)


def test_a_part_lies_where_it_was_cut_from(tmp_path: Path) -> None:
    """A ramp across the picture, of which a part is looked at at half and at twice its size."""
    x = np.linspace(0, 255, SIZE[0])
    picture = np.repeat(np.tile(x, (SIZE[1], 1))[..., None], 3, axis=2).round().astype(np.uint8)
    box = (80, 40, 240, 120)
    for short_side in (40, 160):
        rules = InputRules(short_side=short_side, multiple=8, mean=(0, 0, 0), deviation=(1, 1, 1))
        network = DepthNetwork(
            NetworkSpec(
                name="ramp", title="ramp", licence="", commercial=True, input=rules,
                path=write(tmp_path / "ramp.onnx", depth_network()),
            ),
            "cpu",
        )  # fmt: skip
        whole = in_picture(network.inverse_depth(picture, box), box, SIZE)
        scale = min(1.0, short_side / 80)
        assert whole.shape == (round(200 * scale), round(320 * scale))
        there = np.isfinite(whole)
        rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
        edges = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        assert edges == tuple(round(edge * scale) for edge in box)
        assert there.sum() == (edges[2] - edges[0]) * (edges[3] - edges[1])
        expected = (np.arange(whole.shape[1]) + 0.5) / scale / SIZE[0]
        assert np.nanmax(np.abs(whole - expected)) < 0.01


@given(
    st.integers(-20, 300), st.integers(-20, 180), st.integers(21, 200), st.integers(21, 150),
    st.integers(1, 90), st.integers(1, 90),
)  # fmt: skip
@settings(deadline=None, max_examples=40)
def test_any_box_fits(left: int, top: int, width: int, height: int, w: int, h: int) -> None:
    box = (left, top, left + width, top + height)
    whole = in_picture(np.full((h, w), 2.0, np.float32), box, SIZE)
    assert whole.shape[0] <= SIZE[1] and whole.shape[1] <= SIZE[0]
    assert np.isfinite(whole).any()
    assert np.nanmax(np.abs(whole - 2.0)) < 1e-6
