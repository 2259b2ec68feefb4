"""The bench of live use works: its rows come out, and time stamps survive coding and lamps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.gpu import Gpu
from tests.bench import latency, throughput
from tests.bench.rows import Results
from tests.support import stamps


@given(st.floats(0.0, 1e9), st.floats(0.0, 60_000.0))
@settings(deadline=None, max_examples=50)
def test_a_stamp_tells_the_age(when: float, age: float) -> None:
    drawn = np.repeat(stamps.strip(when)[..., None], 3, axis=2)
    told = stamps.age(drawn, when + age)
    assert told is not None and abs(told - age) <= stamps.STEP


def test_a_stamp_is_told_in_shade_and_after_coding(tmp_path: Path) -> None:
    size = stamps.WIDTH, stamps.HEIGHT
    path = str(tmp_path / "stamps.mkv")
    times = [12.5, 40.0, 777.25, 65_000.0]
    with av.open(path, "w") as out:
        stream: Any = out.add_stream("libx264", rate=30, options={"crf": "35"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for when in times:
            frame = av.VideoFrame.from_ndarray(stamps.strip(when), format="gray")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    ramp = np.linspace(1.0, 0.2, size[0])[:, None]  # a lamp at the left
    with av.open(path) as movie:
        for when, frame in zip(times, movie.decode(video=0), strict=True):
            lit = (frame.to_ndarray(format="rgb24") * ramp).astype(np.uint8)
            assert stamps.age(lit, when + 100.0) == pytest.approx(100.0)


def test_what_is_no_stamp_tells_nothing() -> None:
    rng = np.random.default_rng(1)
    shape = stamps.HEIGHT, stamps.WIDTH, 3
    assert stamps.age(np.full(shape, 90, np.uint8), 0.0) is None
    wrong = np.repeat(stamps.strip(5000.0)[..., None], 3, axis=2)
    first = wrong[:, : stamps.BLOCK].copy()
    wrong[:, : stamps.BLOCK] = first[::-1]  # one bit has turned
    assert stamps.age(wrong, 5000.0) is None
    assert stamps.age(rng.integers(0, 255, shape, np.uint8), 0.0) is None


@pytest.mark.slow
def test_the_rows_of_latency_come_out(gpu: Gpu) -> None:
    results = Results(gpu, (352, 320), rounds=1)
    latency.measure(results, seconds=0.6, rounds=1)
    assert len({(row.name, row.note.split(",")[0]) for row in results.rows}) == 6
    for row in results.rows:
        assert row.ratio is not None and row.own is not None and row.peer is not None
        # Younger than nothing is impossible; older than the patience of a stream as well.
        assert 0.0 < row.peer < 20_000.0 and 0.0 < row.own < 20_000.0
        assert abs((row.own - row.peer) / latency.FRAME - row.ratio) < 1e-6


@pytest.mark.slow
def test_the_rows_of_throughput_come_out(gpu: Gpu) -> None:
    results = Results(gpu, (352, 288), rounds=1)
    throughput.measure(results, seconds=0.3, rounds=1)
    assert [row.map for row in results.rows] == ["704 x 576", "352 x 288"]
    for row in results.rows:
        assert row.ratio is not None and row.own is not None and row.peer is not None
        # Not faster than could be, but for what such a short time leaves to chance.
        assert row.ratio > 0.3 and row.own > 0.0
        for stage in throughput.STAGES:
            assert f"{stage} " in row.note


def test_without_the_clip_the_rows_say_why(gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.clips.talking_head", lambda: None)
    results = Results(gpu, (352, 288), rounds=1)
    latency.measure(results)
    throughput.measure(results)
    assert len(results.rows) == 3
    assert all(row.ratio is None and "scikit-video" in row.note for row in results.rows)
