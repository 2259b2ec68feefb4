"""Reading ahead changes nothing but the time it takes."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import MediaError
from engine.media import Encoding, Picture
from engine.media.ahead import PictureCache, ReadAhead


def picture(t: int, size: int = 10) -> Picture:
    return Picture((np.full((1, size, 1), t % 256, np.uint8),), Encoding(), t)


class Loader:
    def __init__(self) -> None:
        self.loaded: list[int] = []
        self.busy = threading.Lock()

    def __call__(self, t: int) -> Picture:
        assert self.busy.acquire(blocking=False), "two loads at a time"
        self.loaded.append(t)
        self.busy.release()
        if t == 13:
            raise MediaError("frame 13 is broken.")
        return picture(t)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 20), max_size=40), st.integers(1, 100))
def test_every_frame_is_its_own(asked: list[int], limit: int) -> None:
    ahead = ReadAhead(Loader(), lambda t: t <= 20, limit)
    for t in asked:
        if t == 13:
            with pytest.raises(MediaError, match="13"):
                ahead.frame(t)
        else:
            assert ahead.frame(t).frame == t
    ahead.close()


def test_the_next_frame_is_read_once_and_ahead() -> None:
    loader = Loader()
    ahead = ReadAhead(loader, lambda t: t <= 5)
    for t in range(6):
        ahead.frame(t)
    ahead.close()
    assert loader.loaded == [0, 1, 2, 3, 4, 5]


def test_the_cache_stays_within_its_bytes() -> None:
    cache = PictureCache(limit=35)
    for t in range(10):
        cache.put(t, picture(t))
    assert [t for t in range(10) if cache.get(t)] == [7, 8, 9]
    cache.put(99, picture(99, size=1000))
    assert cache.get(99) is not None and cache.get(9) is None


def test_many_threads_get_what_they_ask_for() -> None:
    ahead = ReadAhead(Loader(), lambda t: t <= 12, limit=40)
    wrong: list[tuple[int, int]] = []

    def use(seed: int) -> None:
        for t in np.random.default_rng(seed).integers(0, 12, 50).tolist():
            got = ahead.frame(t).frame
            if got != t:
                wrong.append((t, got))

    threads = [threading.Thread(target=use, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ahead.close()
    assert wrong == []
