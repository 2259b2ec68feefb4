from __future__ import annotations

import numpy as np
import pytest

from models.depth.align import align
from tests.support.moving_depth import F32


def hills(seed: int = 0) -> F32:
    y, x = np.mgrid[0:96, 0:128] / 128
    values = 0.3 + 0.4 * y + 0.2 * np.sin(9 * x + seed) * np.cos(7 * y)
    return values.astype(np.float32)


EVERYWHERE = np.ones((96, 128), np.float32)


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (2.5, -1.0), (1e-3, 7.0), (4e3, 1e3)])
def test_an_exact_change_is_undone(scale: float, shift: float) -> None:
    target = hills()
    found = align((target * scale + shift).astype(np.float32), target, EVERYWHERE)
    assert found is not None
    assert found.scale == pytest.approx(1 / scale, rel=1e-3)
    np.testing.assert_allclose(
        found.apply((target * scale + shift).astype(np.float32)), target, atol=2e-3
    )


def test_a_third_that_moved_has_no_say() -> None:
    target = hills()
    values = 0.5 * target + 0.2
    values[:, :40] = 0.9
    found = align(values, target, EVERYWHERE)
    assert found is not None
    assert found.scale == pytest.approx(2, rel=0.01)
    assert found.shift == pytest.approx(-0.4, abs=0.01)


def test_what_is_not_trusted_has_no_say() -> None:
    target = hills()
    values = target.copy()
    values[:, :80] = 1 - values[:, :80]
    trust = EVERYWHERE.copy()
    trust[:, :80] = 0
    found = align(values, target, trust)
    assert found is not None
    assert found.scale == pytest.approx(1, abs=1e-3)


def test_noise_does_not_flatten() -> None:
    """The mean scale over many noisy frames is right to a thousandth: least squares of one on the
    other is not."""
    rng = np.random.default_rng(0)
    target = hills()
    scales = []
    for _ in range(40):
        noisy = (target + 0.2 * rng.standard_normal(target.shape)).astype(np.float32)
        base = (target + 0.05 * rng.standard_normal(target.shape)).astype(np.float32)
        found = align(noisy, base, EVERYWHERE, steadiness=16.0)
        assert found is not None
        scales.append(found.scale)
    assert np.mean(scales) == pytest.approx(1, abs=0.002)


def test_nothing_to_go_by_is_said() -> None:
    target = hills()
    assert align(target, target, np.zeros_like(target)) is None
    assert align(target, np.full_like(target, 0.5), EVERYWHERE) is None
    assert align(-target, target, EVERYWHERE) is None  # upside down is no alignment
    assert align(np.full_like(target, np.nan), target, EVERYWHERE) is None
