"""Batches come whole from other processes, differ, and a failing process is reported."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray

from models.train import batches
from models.train.batches import Batches

SIZES = ((64, 32), (32, 32), (32, 64))  # width, height


class _Made:
    """Each picture one random tone, its depth the same tone."""

    def batch(
        self, count: int, size: tuple[int, int], rng: Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        tones = rng.integers(256, size=count).astype(np.float32) / 255
        shape = (count, size[1], size[0])
        depths = np.broadcast_to(tones[:, None, None], shape).astype(np.float32)
        return np.repeat(depths[:, None] * 2 - 1, 3, 1), depths


class _Broken:
    def batch(
        self, count: int, size: tuple[int, int], rng: Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        raise ValueError("a frame cannot be read")


@pytest.fixture
def made() -> Iterator[Batches]:
    batches = Batches(_Made(), 3, 2, 64 * 32, 5)
    yield batches
    batches.close()


def test_batches_have_the_sizes_asked_for_and_all_differ(made: Batches) -> None:
    for turn in range(made.slots):
        made.ask(SIZES[turn % 3])
    seen: set[tuple[float, ...]] = set()
    sizes: list[tuple[int, int]] = []
    for turn in range(12):
        pictures, depths = made.take()
        made.ask(SIZES[turn % 3])
        assert pictures.shape == (3, 3, *depths.shape[1:])
        assert np.array_equal(pictures[:, 1], np.rint(depths * 255))
        sizes.append((depths.shape[2], depths.shape[1]))
        seen.add(tuple(depths[:, 0, 0].tolist()))
    assert set(sizes) == set(SIZES)
    assert len(seen) == 12


def test_what_was_taken_is_not_written_over(made: Batches) -> None:
    made.ask(SIZES[0])
    _, depths = made.take()
    before = depths.copy()
    for _ in range(3 * made.slots):
        made.ask(SIZES[0])
        made.take()
    assert np.array_equal(depths, before)


def test_a_process_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LOOK_UP", 0.2)
    broken = Batches(_Broken(), 3, 1, 64 * 32, 5)
    broken.ask(SIZES[0])
    with pytest.raises(RuntimeError, match="has ended"):
        broken.take()
    broken.close()
