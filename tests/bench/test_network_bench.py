"""The rows of networks come out."""

from __future__ import annotations

from pathlib import Path

from engine.gpu import Gpu
from tests.bench import networks
from tests.bench.rows import Results


def test_the_rows_of_networks_come_out(gpu: Gpu, tmp_path: Path) -> None:
    results = Results(gpu, (96, 54), rounds=1)
    networks.measure(results, tmp_path, size=(512, 288), layers=1)
    assert len({row.name for row in results.rows}) == 2
    for row in results.rows:
        assert row.ratio is not None and row.own is not None and row.peer is not None
        assert row.peer > 0 and row.at_most and row.note
