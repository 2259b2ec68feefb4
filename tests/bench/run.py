"""The numbers of `make bench`: 3D mode against a uniform grid, pygfx and DepthFlow; live use; depth
networks; the interface of the window.

All cases of a row run in one process and in turn, so that a busy machine slows them alike; figures
are ratios of medians. Printed as a table and written to bench.json.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from engine.gpu import open_gpu
from tests.bench import interface, latency, networks, python_time, terraces, throughput
from tests.bench.against import Against
from tests.bench.maps import MAPS
from tests.bench.meshes import Meshes
from tests.bench.rows import Results

FULL_HD = (1920, 1080)


def run(
    results: Results, folder: Path, maps: list[str], peers: bool, out: Path | None = None
) -> None:
    """All rows. out: written anew after each map."""
    meshes, against = Meshes(results, folder), Against(results, folder)
    for name in maps:
        heights = MAPS[name](*results.size)
        meshes.measure(name, heights)
        terraces.measure(results, folder, name, heights)
        if peers:
            against.measure(name, heights)
        if out is not None:
            results.write(out)
    python_time.measure(results, folder, MAPS["steps"](*results.size), peers)
    if out is not None:
        results.write(out)


def run_window(results: Results, folder: Path, out: Path | None = None) -> None:
    """The rows of the window's interface."""
    interface.measure(results, folder, MAPS["steps"](*interface.SIZE))
    if out is not None:
        results.write(out)


def run_live(results: Results, out: Path | None = None) -> None:
    """The rows of live use. out: written anew after each part."""
    for measure in (latency.measure, throughput.measure):
        measure(results)
        if out is not None:
            results.write(out)


def run_networks(results: Results, folder: Path, out: Path | None = None) -> None:
    """The rows of Global Analysis."""
    networks.measure(results, folder)
    if out is not None:
        results.write(out)


def main(
    out: Annotated[Path, typer.Option(help="where the rows are written")] = Path("bench.json"),
    rounds: Annotated[int, typer.Option(min=1, help="of each timed case")] = 7,
    size: Annotated[tuple[int, int], typer.Option(help="picture and map")] = FULL_HD,
    maps: Annotated[str, typer.Option(help="with commas between")] = ",".join(MAPS),
    peers: Annotated[bool, typer.Option(help="time pygfx and DepthFlow too")] = True,
    live: Annotated[bool, typer.Option(help="time live use too")] = True,
    relief: Annotated[bool, typer.Option(help="time 3D mode")] = True,
    depth: Annotated[bool, typer.Option(help="time networks for depth")] = True,
    window: Annotated[bool, typer.Option(help="time the window's interface")] = True,
) -> None:
    """Measure, print a table of ratios, write bench.json."""
    with tempfile.TemporaryDirectory() as folder:
        gpu = open_gpu()
        results = Results(gpu, size, rounds)
        if relief:
            run(results, Path(folder), maps.split(","), peers, out)
        if live:
            run_live(results, out)
        if depth:
            run_networks(results, Path(folder), out)
        if window:
            run_window(results, Path(folder), out)
        Console(width=200).print(results.table())
        gpu.close()


if __name__ == "__main__":
    typer.run(main)
