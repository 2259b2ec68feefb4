"""Rows against others: pygfx, and DepthFlow's shader."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.bench.peers import DepthFlow, PeerMissingError, Pygfx, grid_points
from tests.bench.rows import Results
from tests.bench.stage import (
    RELIEF,
    TARGET,
    Floats,
    Stage,
    angle,
    checked_picture,
    eye,
    interleaved,
)
from tests.support.shots import DISTANCE as SOURCE_DISTANCE

SAME_STEP = 2  # pixels: of the mesh that both draw


@dataclass
class Against:
    """results: where rows go. folder: for pictures and maps."""

    results: Results
    folder: Path

    def measure(self, name: str, heights: Floats) -> None:
        """All rows of one map."""
        picture = checked_picture(*self.results.size)
        self._pygfx(name, heights, picture)
        self._depthflow(name, heights, picture)

    def _stage(self, name: str, heights: Floats, **values: Any) -> Stage:
        kept = self.folder / f"against {name} {len(list(self.folder.iterdir()))}"
        return Stage(self.results.gpu, kept, heights, self.results.size, **values)

    def _pygfx(self, name: str, heights: Floats, picture: npt.NDArray[np.uint8]) -> None:
        same, live = "pygfx / ours, same mesh and picture", "pygfx / ours, new depth every frame"
        size, add = self.results.size, self.results.add
        try:
            peer, peer_live = Pygfx(picture, size), Pygfx(picture, size)
        except PeerMissingError as why:
            for row, goal in ((same, 5), (live, 25)):
                add(row, name, None, goal, note=str(why))
            return
        mesh = grid_points(heights, RELIEF, SOURCE_DISTANCE, SAME_STEP)
        peer.take(mesh)
        peer_live.take(grid_points(heights, RELIEF, SOURCE_DISTANCE, 1))
        maps = [heights, np.ascontiguousarray(heights[:, ::-1])]

        def positions(n: int) -> Floats:
            return grid_points(maps[n % 2], RELIEF, SOURCE_DISTANCE, 1)[0]

        ours = self._stage(name, heights, step=SAME_STEP)
        auto = self._stage(name, heights, step=None)
        t = interleaved(
            {
                "ours": lambda n: ours.draw(angle(n)),
                "pygfx": lambda n: peer.draw(eye(angle(n)), TARGET)[0],
                "ours live": lambda n: auto.draw(angle(n), new_map=True),
                "pygfx live": lambda n: peer_live.draw(eye(angle(n)), TARGET, lambda: positions(n))[
                    0
                ],
            },
            self.results.rounds,
        )
        for stage in (ours, auto):
            stage.close()
        add(same, name, t["pygfx"] / t["ours"], 5, own=t["ours"], peer=t["pygfx"],
            note=f"{peer.name}, {len(mesh[2])} triangles")  # fmt: skip
        add(live, name, t["pygfx live"] / t["ours live"], 25, own=t["ours live"],
            peer=t["pygfx live"], note=f"{peer.name}, a vertex per pixel")  # fmt: skip

    def _depthflow(self, name: str, heights: Floats, picture: npt.NDArray[np.uint8]) -> None:
        row = "DepthFlow (quality 50) / ours, 3D live"
        try:
            peer = DepthFlow(picture, heights, self.results.size)
        except PeerMissingError as why:
            self.results.add(row, name, None, 30, note=str(why))
            return
        auto = self._stage(name, heights, step=None)
        maps = [np.ascontiguousarray(h[::-1]) for h in (heights, heights[:, ::-1])]
        t = interleaved(
            {
                "ours": lambda n: auto.draw(angle(n), new_map=True),
                "peer": lambda n: peer.draw(angle(n), maps[n % 2]),
            },
            self.results.rounds,
        )
        auto.close()
        self.results.add(row, name, t["peer"] / t["ours"], 30, own=t["ours"], peer=t["peer"],
                         note=peer.name)  # fmt: skip
