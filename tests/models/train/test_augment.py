"""Frames made into other photos of the same thing: pictures change, order in depth does not."""

from __future__ import annotations

import numpy as np
import pytest

from models.train.augment import Depth, Picture, develop, occlude, reflect, reframe

SIZE = (96, 64)  # width, height


def _frame() -> tuple[Picture, Depth]:
    """A smooth depth, and a picture that shows it."""
    y, x = np.mgrid[0:96, 0:128].astype(np.float32)
    depth = 0.5 + 0.3 * np.sin(x / 25) * np.cos(y / 20)
    return np.repeat(depth[..., None], 3, -1).astype(np.float32), depth.astype(np.float32)


@pytest.mark.parametrize("seed", range(8))
def test_picture_and_depth_are_cut_alike(seed: int) -> None:
    picture, depth = reframe(*_frame(), SIZE, np.random.default_rng(seed))
    assert picture.shape == (64, 96, 3)
    assert depth.shape == (64, 96)
    # Depth is taken from the nearest pixel, the picture between them: half a pixel of slope.
    assert np.abs(picture[..., 0] - depth).max() < 0.02
    assert np.ptp(depth) > 0.05


@pytest.mark.parametrize("seed", range(8))
def test_what_is_pasted_is_nearer_than_what_it_covers(seed: int) -> None:
    picture, depth = _frame()
    other = np.zeros_like(picture)
    other_depth = np.full_like(depth, 0.1)
    other_depth[30:60, 40:80] = 0.2 + np.linspace(0, 0.01, 40, dtype=np.float32)
    other[30:60, 40:80] = (0, 1, 0)
    pasted, deeper = occlude(picture, depth, other, other_depth, np.random.default_rng(seed))
    changed = deeper != depth
    assert changed.any()
    assert not changed[:30].any() and not changed[:, :40].any()
    # All but the nearest fiftieth of what is covered lies behind all that is pasted.
    assert np.mean(depth[changed] < deeper[changed].min()) >= 0.97
    inside = pasted[35:55, 60:78]
    covered = changed[35:55, 60:78]
    assert np.allclose(inside[covered], (0, 1, 0), atol=0.3)


def test_development_stays_a_picture_and_is_repeatable() -> None:
    picture, _ = _frame()
    seen = [develop(picture, np.random.default_rng(seed)) for seed in range(24)]
    for made in seen:
        assert made.shape == picture.shape
        assert made.dtype == np.float32
        assert 0 <= made.min() <= made.max() <= 1
    assert np.array_equal(seen[3], develop(picture, np.random.default_rng(3)))
    assert sum(not np.allclose(made, picture, atol=0.02) for made in seen) > 18


def test_a_reflection_changes_the_picture_in_places_and_weakly() -> None:
    picture, _ = _frame()
    other = np.zeros_like(picture)
    other[::8] = 1
    made = [reflect(picture, other, np.random.default_rng(seed)) for seed in range(16)]
    changes = [np.abs(each - picture) for each in made]
    assert all(change.max() < 0.55 for change in changes)
    assert sum(0.05 < (change > 0.01).mean() < 0.9 for change in changes) > 8
