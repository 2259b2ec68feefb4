"""Rows of 3D mode against itself: the adaptive mesh, a uniform grid of the same error, a flat quad;
and of default mode with and without its replaced depth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.scene import Geometry
from tests.bench.rows import Results
from tests.bench.stage import Floats, Stage, angle, interleaved

STEPS = (32, 24, 16, 12, 8, 6, 4, 3, 2, 1)
OFF = 2.0  # pixels by which a pixel must be off to count


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
class Meshes:
    """results: where rows go. folder: for pictures and maps."""

    results: Results
    folder: Path

    def measure(self, name: str, heights: Floats) -> None:
        """All rows of one map."""
        step = self._triangles(name, heights)
        self._times(name, heights, step)
        self._default_mode(name, heights)

    def _stage(self, name: str, heights: Floats, **values: Any) -> Stage:
        kept = self.folder / f"{name} {len(list(self.folder.iterdir()))}"
        return Stage(self.results.gpu, kept, heights, self.results.size, **values)

    def _seen(self, name: str, heights: Floats, **values: Any) -> tuple[Seen, int]:
        stage = self._stage(name, heights, passes=("uv", "object_id"), **values)
        uv = stage.picture("uv")[..., :2] * np.array(self.results.size, np.float32)
        covered = np.squeeze(stage.picture("object_id")) > 0
        triangles = stage.triangles()
        stage.close()
        return Seen(uv, covered), triangles

    def _triangles(self, name: str, heights: Floats) -> int:
        """Against the coarsest uniform grid that is no worse, whose step is returned."""
        truth, _ = self._seen(name, heights, step=1)
        auto, triangles = self._seen(name, heights, step=None)
        own = auto.against(truth)
        grids: dict[int, int] = {}
        equal: int | None = None
        equal_outline: int | None = None
        for step in STEPS:
            seen, grids[step] = self._seen(name, heights, step=step)
            error = seen.against(truth)
            if error.outline <= own.outline and equal_outline is None:
                equal_outline = step
            if error.off <= own.off and equal is None:
                equal = step
            if equal is not None and equal_outline is not None:
                break
        assert equal is not None and equal_outline is not None, "a step of 1 px is the truth itself"
        note = f"{own.off:.2e} of pixels off by more than {OFF:g} px; uniform step {equal}"
        self.results.add("triangles, uniform / adaptive, equal share off", name,
                         grids[equal] / triangles, 30 if detailed(name) else 1,
                         own=triangles, peer=grids[equal], note=note)  # fmt: skip
        note = f"{own.outline} px of outline; uniform step {equal_outline}"
        self.results.add("triangles, uniform / adaptive, equal outline", name,
                         grids[equal_outline] / triangles, 5, own=triangles,
                         peer=grids[equal_outline], note=note)  # fmt: skip
        return equal

    def _times(self, name: str, heights: Floats, step: int) -> None:
        adaptive = self._stage(name, heights, step=None)
        uniform = self._stage(name, heights, step=step)
        flat = self._stage(name, heights, flat=True)
        cases: dict[str, Any] = {}
        for label, stage in (("adaptive", adaptive), ("uniform", uniform), ("flat", flat)):
            cases[label] = lambda n, stage=stage: stage.draw(angle(n))
        for label, stage in (("adaptive live", adaptive), ("uniform live", uniform)):
            cases[label] = lambda n, stage=stage: stage.draw(angle(n), new_map=True)
        t = interleaved(cases, self.results.rounds)
        for stage in (adaptive, uniform, flat):
            stage.close()
        note = f"against uniform step {step}"
        add = self.results.add
        add("time, uniform / adaptive, still map", name, t["uniform"] / t["adaptive"],
            10 if detailed(name) else 1, own=t["adaptive"], peer=t["uniform"],
            note=note)  # fmt: skip
        add("time, adaptive / flat quad", name, t["adaptive"] / t["flat"], 1.4,
            at_most=True, own=t["adaptive"], peer=t["flat"])  # fmt: skip
        note += "; with upload and decoding"
        add("time, uniform / adaptive, new map and camera", name,
            t["uniform live"] / t["adaptive live"], 5 if detailed(name) else 1,
            own=t["adaptive live"], peer=t["uniform live"], note=note)  # fmt: skip

    def _default_mode(self, name: str, heights: Floats) -> None:
        """With and without replaced depth, seen, and behind something that hides all of it."""
        stages: dict[str, Stage] = {}
        for depth in ("replaced", "flat"):
            for place in ("visible", "hidden"):
                stage = self._stage(name, heights, three_d=False, flat=depth == "flat")
                if place == "hidden":
                    _hide(stage)
                stages[f"{depth} {place}"] = stage
        cases = {label: lambda n, s=stage: s.draw(0.0) for label, stage in stages.items()}
        t = interleaved(cases, self.results.rounds)
        for stage in stages.values():
            stage.close()
        for place, goal in (("visible", 1.1), ("hidden", 1.5)):
            with_it, without = t[f"replaced {place}"], t[f"flat {place}"]
            self.results.add(f"default mode, with / without replaced depth, {place}", name,
                             with_it / without, goal, at_most=True, own=with_it,
                             peer=without)  # fmt: skip


def detailed(name: str) -> bool:
    return name in ("steps", "network")


def _hide(stage: Stage) -> None:
    """Put something before the picture that covers all of the view, and is drawn before it."""
    scene = stage.renderer.scene
    occluder = Geometry(
        id="Occluder", mesh="plane", translate=(0.0, 0.0, 0.9), scale=(9, 9, 1), lit=False
    )
    stage.show(scene.with_settings(nodes=(occluder, *scene.nodes)))
