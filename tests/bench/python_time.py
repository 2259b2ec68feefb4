"""Rows of what Python itself costs in a frame: against the same calls made bare, and pygfx."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

from engine.scene import new_light
from passes import PASS_NAMES
from tests.bench.bare import BareFrame
from tests.bench.peers import PeerMissingError, Pygfx, grid_points
from tests.bench.rows import Results
from tests.bench.stage import RELIEF, TARGET, Floats, Stage, angle, checked_picture, eye
from tests.support.shots import DISTANCE as SOURCE_DISTANCE

SMALL = (64, 36)  # what Python costs does not depend on the size, and the GPU is soon done
ROUNDS_MORE = 6  # times the rounds of other rows: such frames are short


def measure(results: Results, folder: Path, heights: Floats, peers: bool) -> None:
    """A lit relief with all passes on. Milliseconds are those that the calling thread computed."""
    gpu = results.gpu
    stage = Stage(gpu, folder / "python", heights, SMALL, passes=PASS_NAMES, step=None)
    scene = stage.renderer.scene
    stage.show(scene.with_node(new_light(scene)))
    for number in range(3):
        stage.draw(angle(number))
    frame = stage.at(angle(0))
    bare = BareFrame(gpu, lambda encoder: stage.renderer.encode(frame, encoder))
    bare.replay()
    gpu.wait()
    peer = _pygfx(heights) if peers else "peers were not asked for"
    ours: list[float] = []
    by_hand: list[float] = []
    theirs: list[float] = []
    for number in range(ROUNDS_MORE * results.rounds):
        stage.draw(angle(number))
        ours.append(stage.python[-1])
        begun = time.thread_time()
        bare.replay()
        by_hand.append((time.thread_time() - begun) * 1e3)
        gpu.wait()
        if not isinstance(peer, str):
            theirs.append(peer.draw(eye(angle(number)), TARGET)[1])
    stage.close()
    own = median(ours)
    note = f"a lit relief, {len(PASS_NAMES)} passes, {bare.calls} calls"
    results.add("Python per frame, all passes on / the same calls bare", "-", own / median(by_hand),
                1.15, at_most=True, own=own, peer=median(by_hand), note=note)  # fmt: skip
    row = "Python per frame, all passes on / pygfx's one render call"
    if isinstance(peer, str):
        results.add(row, "-", None, 0.3, at_most=True, note=peer)
    else:
        results.add(row, "-", own / median(theirs), 0.3, at_most=True, own=own,
                    peer=median(theirs), note=f"{peer.name}, one mesh, one pass")  # fmt: skip


def _pygfx(heights: Floats) -> Pygfx | str:
    try:
        peer = Pygfx(checked_picture(*SMALL), SMALL)
    except PeerMissingError as why:
        return str(why)
    peer.take(grid_points(heights, RELIEF, SOURCE_DISTANCE, 8))
    for number in range(3):
        peer.draw(eye(angle(number)), TARGET)
    return peer
