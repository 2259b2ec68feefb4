"""The bench of the window's interface works: its rows come out, and nothing of it stays behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.gpu import Gpu
from tests.bench import interface
from tests.bench.maps import MAPS
from tests.bench.rows import Results


@pytest.mark.slow
def test_the_rows_of_the_interface_come_out(gpu: Gpu, tmp_path: Path) -> None:
    before = dict(os.environ)
    size = (640, 480)  # no window is smaller
    results = Results(gpu, size, rounds=1)
    interface.measure(results, tmp_path, MAPS["steps"](*size), size)
    assert [row.note.split(",")[0] for row in results.rows] == [*interface.KINDS]
    for row in results.rows:
        assert row.ratio is not None and row.own is not None and row.peer is not None
        assert row.peer > 0 and row.ratio == pytest.approx(row.own / row.peer)
    assert dict(os.environ) == before


def test_without_a_screen_the_rows_say_why(
    gpu: Gpu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr("shutil.which", lambda _: None)
    results = Results(gpu, (64, 36), rounds=1)
    interface.measure(results, tmp_path, MAPS["steps"](64, 36), (64, 36))
    assert all(row.ratio is None and "screen" in row.note for row in results.rows)
