"""Depth that is kept: packed, and put back where it was."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

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
