"""Rows of Smooth Steps: a depth map of 8 bits, new in every frame, with and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.scene import LightType
from tests.bench.rows import Results
from tests.bench.stage import Floats, Stage, angle, interleaved
from tests.support.shots import lit_from

GOAL = 1.2  # times the frame without it
LIGHT = (1.5, 0.5, 0.55)  # 70 degrees from the view's axis: terraces show


def measure(results: Results, folder: Path, name: str, heights: Floats) -> None:
    """Both modes of one map: the lit relief, and its depth alone."""
    for mode, three_d in (("3D", True), ("default mode", False)):
        stages: dict[str, Stage] = {}
        for on in (True, False):
            kept = folder / f"{name} {len(list(folder.iterdir()))}"
            stage = Stage(
                results.gpu, kept, heights, results.size, three_d=three_d, step=None,
                smooth_steps=on,
            )  # fmt: skip
            stage.heights.round_to_8_bits()
            if three_d:
                stage.show(lit_from(stage.renderer.scene, LIGHT, LightType.DIRECTIONAL))
            stages["with" if on else "without"] = stage
        cases: dict[str, Any] = {
            label: lambda n, s=stage: s.draw(angle(n), new_map=True)
            for label, stage in stages.items()
        }
        t = interleaved(cases, results.rounds)
        for stage in stages.values():
            stage.close()
        results.add(f"new 8-bit map, with / without Smooth Steps, {mode}", name,
                    t["with"] / t["without"], GOAL, at_most=True, own=t["with"],
                    peer=t["without"])  # fmt: skip
