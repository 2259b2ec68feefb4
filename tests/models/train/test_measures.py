"""How a depth network is judged: by hand-made maps whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from models.train.evaluate import lower_is_nearer, ordinal_error, rank_correlation

RNG = np.random.default_rng


def test_order_is_all_that_counts() -> None:
    truth = RNG(1).random((40, 50))
    assert ordinal_error(truth**3 + 7, truth, RNG(0)) == 0.0
    assert ordinal_error(-truth, truth, RNG(0)) == 1.0
    assert ordinal_error(np.ones_like(truth), truth, RNG(0)) == 0.5


def test_two_halves_ordered_and_one_wrong_quarter() -> None:
    """Four strips of depths 0..3, the guess swaps the middle two: 1 of 6 kinds of pair is wrong."""
    truth = np.repeat(np.arange(4.0), 25)[None] * np.ones((20, 1))
    guess = np.choose(truth.astype(int), [0.0, 2.0, 1.0, 3.0])
    assert ordinal_error(guess, truth, RNG(0)) == pytest.approx(1 / 6, abs=0.01)


def test_steps_below_a_twentieth_of_the_range_do_not_count() -> None:
    truth = np.zeros((10, 30))
    truth[:, 10:20], truth[:, 20:] = 0.04, 1.0
    guess = truth.copy()
    guess[:, 10:20] = -0.04  # wrong, by less than is looked at
    assert ordinal_error(guess, truth, RNG(0)) == 0.0
    guess[:, 10:20] = 1.1  # wrong against the nearest third too: half of the pairs that count
    assert ordinal_error(guess, truth, RNG(0)) == pytest.approx(0.5, abs=0.01)


def test_what_is_not_known_is_left_out() -> None:
    truth = np.arange(600.0).reshape(20, 30)
    guess = truth.copy()
    guess[:10] = -guess[:10]
    truth[:10] = np.nan
    assert ordinal_error(guess, truth, RNG(0)) == 0.0
    assert rank_correlation(guess, truth) == pytest.approx(1.0)


def test_a_flat_picture_has_no_figures() -> None:
    flat, slope = np.ones((8, 8)), np.arange(64.0).reshape(8, 8)
    assert np.isnan(ordinal_error(slope, flat, RNG(0)))
    assert np.isnan(rank_correlation(slope, flat))
    assert np.isnan(ordinal_error(slope, np.full((8, 8), np.nan), RNG(0)))


def test_rank_correlation_is_spearmans_also_with_ties() -> None:
    rng = RNG(3)
    a = rng.integers(0, 12, (30, 20)).astype(float)
    b = a + rng.normal(0, 4, a.shape).round()
    expected, _ = stats.spearmanr(a.ravel(), b.ravel())
    assert rank_correlation(a, b) == pytest.approx(expected, abs=1e-12)


def test_the_baseline_is_right_on_a_floor_and_wrong_on_a_ceiling() -> None:
    height = np.arange(1.0, 41.0)[:, None] * np.ones((1, 30))
    base = lower_is_nearer((40, 30))
    assert ordinal_error(base, height, RNG(0)) == 0.0
    assert ordinal_error(base, height[::-1], RNG(0)) == 1.0
