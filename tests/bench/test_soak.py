"""The short form of `make soak`: live for a while without growth."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.gpu import Gpu
from tests.bench.soak import Growth, soak


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_live_on_a_stream_does_not_grow(gpu: Gpu, talking_head: Path) -> None:
    growth = soak(gpu, talking_head, 6.0, samples=20)
    assert growth.frames > 10
    assert growth.back == 1
    assert growth.more() == {}
    assert growth.grown() < 24.0, growth.resident


def test_growth_is_told() -> None:
    steady, leaking = Growth(), Growth()
    for number in range(40):
        steady.resident.append(200.0 + number % 3)
        leaking.resident.append(200.0 + number)
        steady.objects.append({"Texture": 9, "Buffer": 4 + number % 2})
        leaking.objects.append({"Texture": 9 + number // 10, "Buffer": 4})
    assert abs(steady.grown()) <= 1.0 and leaking.grown() > 20.0
    assert leaking.more() == {"Texture": 3}
