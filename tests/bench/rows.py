"""Rows of the bench: figures, their goals, and how they are printed and written."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.table import Table

from engine.gpu import Gpu

PACKAGES = ("wgpu", "numpy", "onnxruntime", "pygfx", "moderngl", "depthflow", "shaderflow")


@dataclass
class Row:
    """One figure. ratio None: it could not be measured; `note` says why. goal: what it should
    reach, at most where `at_most`. own, peer: median milliseconds, or triangles."""

    name: str
    map: str
    ratio: float | None
    goal: float
    at_most: bool = False
    own: float | None = None
    peer: float | None = None
    note: str = ""
    met: bool = field(init=False)

    def __post_init__(self) -> None:
        if self.ratio is None:
            self.met = False
        else:
            self.met = self.ratio <= self.goal if self.at_most else self.ratio >= self.goal


@dataclass
class Results:
    """The rows of one run, on one adapter, of one size; rounds: of each timed case."""

    gpu: Gpu
    size: tuple[int, int]
    rounds: int
    rows: list[Row] = field(default_factory=list)

    def add(self, name: str, map_name: str, ratio: float | None, goal: float, **more: Any) -> None:
        self.rows.append(Row(name, map_name, ratio, goal, **more))

    def report(self) -> dict[str, Any]:
        """What bench.json holds."""
        versions: dict[str, str] = {"python": platform.python_version()}
        for package in PACKAGES:
            try:
                versions[package] = version(package)
            except ImportError:
                continue
        return {
            "adapter": self.gpu.summary,
            "cores": os.cpu_count(),
            "size": self.size,
            "rounds": self.rounds,
            "versions": versions,
            "rows": [asdict(row) for row in self.rows],
        }

    def write(self, path: Path) -> None:
        """Write what there is so far: a run that is cut short keeps its rows."""
        path.write_text(json.dumps(self.report(), indent=1) + "\n")

    def table(self) -> Table:
        columns = Table(title=f"{self.gpu.summary}, {self.size[0]}x{self.size[1]}")
        for name in ("row", "map", "ratio", "goal", "met", "own", "other", "note"):
            right = name in ("ratio", "own", "other")
            columns.add_column(name, justify="right" if right else "left")
        for row in self.rows:
            ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
            numbers = ["-" if n is None else f"{n:.4g}" for n in (row.own, row.peer)]
            goal = f"{'at most' if row.at_most else 'at least'} {row.goal:g}"
            columns.add_row(
                row.name, row.map, ratio, goal, "yes" if row.met else "no", *numbers, row.note
            )
        return columns
