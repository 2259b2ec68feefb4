"""Depth that is kept: packed, and put back where it was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.looking import placed_back
from models.packing import packed


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    low=st.floats(-1e3, 1e3),
    span=st.floats(1e-3, 1e4),
    holes=st.floats(0, 1),
)
def test_a_packed_map_is_the_same_but_for_its_last_digits(
    seed: int, low: float, span: float, holes: float
) -> None:
    rng = np.random.default_rng(seed)
    values = (low + span * rng.random((9, 13))).astype(np.float32)
    values[rng.random(values.shape) < holes] = np.nan
    confidence = rng.random((9, 13)).astype(np.float32)
    pack = packed(values, confidence)
    np.testing.assert_array_equal(np.isnan(pack.values), np.isnan(values))
    error = np.nan_to_num(np.abs(pack.values - values))
    assert error.max() <= span / 131068 * 1.01 + 1e-6 * (abs(low) + span)
    assert pack.certainty is not None
    np.testing.assert_allclose(pack.certainty, confidence, atol=0.5 / 255 + 1e-6)
    again = packed(pack.values)
    np.testing.assert_array_equal(again.codes, pack.codes)  # packed twice is packed once


def test_what_is_not_finite_is_no_depth() -> None:
    values = np.array([[1.0, np.inf, -np.inf, np.nan, 3.0]], np.float32)
    np.testing.assert_array_equal(packed(values).values, [[1.0, np.nan, np.nan, np.nan, 3.0]])
    assert np.isnan(packed(np.full((3, 3), np.nan, np.float32)).values).all()
    flat = packed(np.full((3, 3), 7.5, np.float32)).values
    np.testing.assert_array_equal(flat, 7.5)


@pytest.mark.parametrize("part_size", [(30, 20), (60, 40), (240, 160)])
def test_a_part_is_put_where_it_was(part_size: tuple[int, int]) -> None:
    """A plane over the whole picture, seen in a box at three resolutions."""
    size, box = (200, 100), (60, 30, 120, 70)
    columns, rows = part_size
    x = box[0] + (np.arange(columns) + 0.5) * (box[2] - box[0]) / columns
    y = box[1] + (np.arange(rows) + 0.5) * (box[3] - box[1]) / rows
    part = (0.01 * x[None, :] + 0.02 * y[:, None]).astype(np.float32)
    whole = placed_back(part, box, size)
    height, width = whole.shape
    assert width <= 200 and abs(width / 200 - min(columns / 60, 1)) < 0.02
    at_x = (np.arange(width) + 0.5) * 200 / width
    at_y = (np.arange(height) + 0.5) * 100 / height
    expected = 0.01 * at_x[None, :] + 0.02 * at_y[:, None]
    inside = ((at_x >= 60) & (at_x <= 120))[None, :] & ((at_y >= 30) & (at_y <= 70))[:, None]
    np.testing.assert_array_equal(np.isnan(whole), ~inside)
    middle = (
        inside & ((at_x >= 63) & (at_x <= 117))[None, :] & ((at_y >= 33) & (at_y <= 67))[:, None]
    )
    np.testing.assert_allclose(whole[middle], expected[middle], atol=2e-3)
    full = (0, 0, 200, 100)
    assert placed_back(part, full, size) is part


def test_a_small_part_of_a_large_picture_stays_small() -> None:
    whole = placed_back(np.ones((518, 518), np.float32), (100, 100, 300, 300), (8192, 4096))
    assert whole.shape == (2048, 4096)
