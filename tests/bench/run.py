"""The numbers of 3D mode against a uniform grid, pygfx and DepthFlow: `make bench`.

All cases of a row run in one process and in turn, so that a busy machine slows them alike; figures
are ratios of medians. Printed as a table and written to bench.json.
"""

from __future__ import annotations

import json
import platform
import tempfile
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer
from rich.console import Console
from rich.table import Table

from engine.gpu import Gpu, open_gpu
from tests.bench.maps import MAPS
from tests.bench.peers import DepthFlow, PeerMissingError, Pygfx, grid_points
from tests.bench.stage import RELIEF, TARGET, Floats, Stage, checked_picture, eye, interleaved
from tests.support.shots import DISTANCE as SOURCE_DISTANCE

FULL_HD = (1920, 1080)
STEPS = (32, 24, 16, 12, 8, 6, 4, 3, 2, 1)
OFF = 2.0  # pixels by which a pixel must be off to count


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


@dataclass(frozen=True)
class Error:
    """Against the full lattice, one sample a pixel. off: share of pixels off by more than OFF.
    outline: pixels that only one of the two covers."""

    off: float
    outline: int


@dataclass
class Seen:
    """What a mesh shows: the place of the picture (pixels) and whether there is any."""

    uv: Floats
    covered: npt.NDArray[np.bool_]

    def against(self, truth: Seen) -> Error:
        both = self.covered & truth.covered
        outline = int(np.count_nonzero(self.covered != truth.covered))
        apart = np.linalg.norm(self.uv - truth.uv, axis=-1)
        wrong = int(np.count_nonzero(both & (apart > OFF))) + outline
        return Error(wrong / max(1, int(np.count_nonzero(truth.covered))), outline)


@dataclass
class Bench:
    """One run. rounds: of each timed case."""

    gpu: Gpu
    folder: Path
    size: tuple[int, int]
    rounds: int
    rows: list[Row] = field(default_factory=list)

    def run(self, maps: list[str], peers: bool) -> None:
        for name in maps:
            heights = MAPS[name](*self.size)
            self._map(name, heights)
            if peers:
                self._peers(name, heights)

    def _stage(self, name: str, heights: Floats, **values: Any) -> Stage:
        kept = self.folder / f"{name} {len(list(self.folder.iterdir()))}"
        return Stage(self.gpu, kept, heights, self.size, **values)

    def _seen(self, name: str, heights: Floats, **values: Any) -> tuple[Seen, int]:
        stage = self._stage(name, heights, passes=("uv", "object_id"), **values)
        uv = stage.picture("uv")[..., :2] * np.array(self.size, np.float32)
        covered = np.squeeze(stage.picture("object_id")) > 0
        triangles = stage.triangles()
        stage.close()
        return Seen(uv, covered), triangles

    def _map(self, name: str, heights: Floats) -> None:
        """Own figures: against the coarsest uniform grid that is no worse."""
        truth, _ = self._seen(name, heights, step=1)
        auto, triangles = self._seen(name, heights, step=None)
        own = auto.against(truth)
        equal, equal_outline = STEPS[-1], STEPS[-1]
        grids: dict[int, int] = {}
        found = False
        for step in STEPS:
            seen, grids[step] = self._seen(name, heights, step=step)
            error = seen.against(truth)
            if error.outline <= own.outline and equal_outline == STEPS[-1]:
                equal_outline = step
            if error.off <= own.off and not found:
                equal, found = step, True
            if found and equal_outline != STEPS[-1]:
                break
        detailed = name in ("steps", "network")
        note = f"{own.off:.2e} of pixels off by more than {OFF:g} px; uniform step {equal}"
        self._add("triangles, uniform / adaptive, equal share off", name, grids[equal] / triangles,
                  30 if detailed else 1, own=triangles, peer=grids[equal], note=note)  # fmt: skip
        note = f"{own.outline} px of outline; uniform step {equal_outline}"
        self._add("triangles, uniform / adaptive, equal outline", name,
                  grids[equal_outline] / triangles, 5, own=triangles,
                  peer=grids[equal_outline], note=note)  # fmt: skip
        self._times(name, heights, equal, detailed)

    def _times(self, name: str, heights: Floats, step: int, detailed: bool) -> None:
        adaptive = self._stage(name, heights, step=None)
        uniform = self._stage(name, heights, step=step)
        flat = self._stage(name, heights, flat=True)
        cases: dict[str, Any] = {}
        for label, stage in (("adaptive", adaptive), ("uniform", uniform), ("flat", flat)):
            cases[label] = lambda n, stage=stage: stage.draw(_angle(n))
        for label, stage in (("adaptive live", adaptive), ("uniform live", uniform)):
            cases[label] = lambda n, stage=stage: stage.draw(_angle(n), new_map=True)
        for label, stage in (("adaptive mesh", adaptive), ("uniform mesh", uniform)):
            cases[label] = lambda n, stage=stage: stage.draw(_angle(n), new_mesh=True)
        t = interleaved(cases, self.rounds)
        for stage in (adaptive, uniform, flat):
            stage.close()
        note = f"against uniform step {step}"
        self._add("time, uniform / adaptive, still map", name,
                  t["uniform"] / t["adaptive"], 10 if detailed else 1,
                  own=t["adaptive"], peer=t["uniform"], note=note)  # fmt: skip
        self._add("time, adaptive / flat quad", name, t["adaptive"] / t["flat"], 1.4,
                  at_most=True, own=t["adaptive"], peer=t["flat"])  # fmt: skip
        self._add("time, uniform / adaptive, new surface Z and camera", name,
                  t["uniform mesh"] / t["adaptive mesh"], 5 if detailed else 1,
                  own=t["adaptive mesh"], peer=t["uniform mesh"], note=note)  # fmt: skip
        note += "; with upload, decoding and normals"
        self._add("time, uniform / adaptive, new map and camera", name,
                  t["uniform live"] / t["adaptive live"], 5 if detailed else 1,
                  own=t["adaptive live"], peer=t["uniform live"], note=note)  # fmt: skip

    def _peers(self, name: str, heights: Floats) -> None:
        picture = checked_picture(*self.size)
        self._pygfx(name, heights, picture)
        self._depthflow(name, heights, picture)

    def _pygfx(self, name: str, heights: Floats, picture: npt.NDArray[np.uint8]) -> None:
        same, live = "pygfx / ours, same mesh and picture", "pygfx / ours, new depth every frame"
        python = "Python per frame, ours / pygfx's render call"
        try:
            peer, peer_live = Pygfx(picture, self.size), Pygfx(picture, self.size)
        except PeerMissingError as why:
            for row, goal in ((same, 5), (live, 25)):
                self._add(row, name, None, goal, note=str(why))
            return
        step = 2
        mesh = grid_points(heights, RELIEF, SOURCE_DISTANCE, step)
        peer.take(mesh)
        peer_live.take(grid_points(heights, RELIEF, SOURCE_DISTANCE, 1))
        maps = [heights, np.ascontiguousarray(heights[:, ::-1])]

        def positions(n: int) -> Floats:
            return grid_points(maps[n % 2], RELIEF, SOURCE_DISTANCE, 1)[0]

        ours = self._stage(name, heights, step=step)
        auto = self._stage(name, heights, step=None)
        calls: list[float] = []

        def pygfx(n: int) -> float:
            whole, python_part = peer.draw(eye(_angle(n)), TARGET)
            calls.append(python_part)
            return whole

        t = interleaved(
            {
                "ours": lambda n: ours.draw(_angle(n)),
                "pygfx": pygfx,
                "ours live": lambda n: auto.draw(_angle(n), new_map=True),
                "pygfx live": lambda n: peer_live.draw(
                    eye(_angle(n)), TARGET, lambda: positions(n)
                )[0],
            },
            self.rounds,
        )
        python_ours = float(np.median(auto.python[1:]))
        for stage in (ours, auto):
            stage.close()
        self._add(same, name, t["pygfx"] / t["ours"], 5, own=t["ours"], peer=t["pygfx"],
                  note=f"{peer.name}, {len(mesh[2])} triangles")  # fmt: skip
        self._add(live, name, t["pygfx live"] / t["ours live"], 25, own=t["ours live"],
                  peer=t["pygfx live"], note=f"{peer.name}, a vertex per pixel")  # fmt: skip
        python_peer = float(np.median(calls[1:]))
        self._add(python, name, python_ours / python_peer, 0.3, at_most=True, own=python_ours,
                  peer=python_peer, note=f"{peer.name}; ours with a new map")  # fmt: skip

    def _depthflow(self, name: str, heights: Floats, picture: npt.NDArray[np.uint8]) -> None:
        row = "DepthFlow (quality 50) / ours, 3D live"
        try:
            peer = DepthFlow(picture, heights, self.size)
        except PeerMissingError as why:
            self._add(row, name, None, 30, note=str(why))
            return
        auto = self._stage(name, heights, step=None)
        maps = [np.ascontiguousarray(h[::-1]) for h in (heights, heights[:, ::-1])]
        t = interleaved(
            {
                "ours": lambda n: auto.draw(_angle(n), new_map=True),
                "peer": lambda n: peer.draw(_angle(n), maps[n % 2]),
            },
            self.rounds,
        )
        auto.close()
        self._add(row, name, t["peer"] / t["ours"], 30, own=t["ours"], peer=t["peer"],
                  note=peer.name)  # fmt: skip

    def _add(self, name: str, map_name: str, ratio: float | None, goal: float, **more: Any) -> None:
        self.rows.append(Row(name, map_name, ratio, goal, **more))


def _angle(number: int) -> float:
    return 0.25 + 0.02 * (number % 5)


def report(bench: Bench) -> dict[str, Any]:
    """What bench.json holds."""
    packages = ("wgpu", "numpy", "pygfx", "moderngl", "depthflow", "shaderflow")
    versions: dict[str, str] = {"python": platform.python_version()}
    for package in packages:
        try:
            versions[package] = version(package)
        except ImportError:
            continue
    return {
        "adapter": bench.gpu.summary,
        "size": bench.size,
        "rounds": bench.rounds,
        "versions": versions,
        "rows": [asdict(row) for row in bench.rows],
    }


def table(bench: Bench) -> Table:
    columns = Table(title=f"{bench.gpu.summary}, {bench.size[0]}x{bench.size[1]}")
    for name in ("row", "map", "ratio", "goal", "met", "own", "other", "note"):
        columns.add_column(name, justify="right" if name in ("ratio", "own", "other") else "left")
    for row in bench.rows:
        ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
        numbers = ["-" if n is None else f"{n:.4g}" for n in (row.own, row.peer)]
        goal = f"{'at most' if row.at_most else 'at least'} {row.goal:g}"
        columns.add_row(
            row.name, row.map, ratio, goal, "yes" if row.met else "no", *numbers, row.note
        )
    return columns


def main(
    out: Annotated[Path, typer.Option(help="where the rows are written")] = Path("bench.json"),
    rounds: Annotated[int, typer.Option(min=1, help="of each timed case")] = 7,
    size: Annotated[tuple[int, int], typer.Option(help="picture and map")] = FULL_HD,
    maps: Annotated[str, typer.Option(help="with commas between")] = ",".join(MAPS),
    peers: Annotated[bool, typer.Option(help="time pygfx and DepthFlow too")] = True,
) -> None:
    """Measure, print a table of ratios, write bench.json."""
    with tempfile.TemporaryDirectory() as folder:
        gpu = open_gpu()
        bench = Bench(gpu, Path(folder), size, rounds)
        bench.run(maps.split(","), peers)
        Console(width=200).print(table(bench))
        out.write_text(json.dumps(report(bench), indent=1) + "\n")
        gpu.close()


if __name__ == "__main__":
    typer.run(main)
