"""Rows of what a depth network costs beyond the network itself: resizing, normalising, checking.

The recommended network is not on the machines that measure. The one that stands in for it has its
input, output and sizes, and computes for a shorter time, so that the share that is shown is too
large rather than too small.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from models import runtime
from models.depth.network import DepthNetwork
from models.depth.prepare import Preparation
from models.depth.spec import InputRules, NetworkSpec
from tests.bench.rows import Results
from tests.support.small_networks import costly_network, depth_network, write

FULL_HD = (1920, 1080)
SMALL = (256, 256)
ROUNDS_MORE = 8  # of the small network: such runs are short


def measure(
    results: Results, folder: Path, size: tuple[int, int] = FULL_HD, layers: int = 12
) -> None:
    """Both rows, on the processor. size: of the picture. layers: of the network that computes."""
    noise = np.random.default_rng(2).integers(0, 256, (size[1], size[0], 3), np.uint8)
    picture = np.asarray(cv2.GaussianBlur(noise, (0, 0), 3), np.uint8)
    large = write(folder / "large.onnx", costly_network(layers=layers))
    ours, bare = _pair(large, InputRules(), picture)
    whole, alone = _timed((ours, bare), results.rounds)
    results.add(
        "depth network / its bare session.run", "-", whole / alone, 1.05, at_most=True, own=whole,
        peer=alone, note=f"{size[0]}x{size[1]}, stands in for Depth Anything V2 Small",
    )  # fmt: skip
    small = write(folder / "small.onnx", depth_network(SMALL))
    ours, bare = _pair(small, InputRules(width=SMALL[0], height=SMALL[1]), picture)

    def resize() -> object:
        return cv2.resize(picture, SMALL, interpolation=cv2.INTER_AREA)

    whole, alone, once = _timed((ours, bare, resize), ROUNDS_MORE * results.rounds)
    results.add(
        "small depth network, all but session.run / one resize", "-", (whole - alone) / once, 1.0,
        at_most=True, own=whole - alone, peer=once,
        note=f"{size[0]}x{size[1]} to {SMALL[0]}x{SMALL[1]}, averaging, by OpenCV",
    )  # fmt: skip


def _pair(
    path: Path, rules: InputRules, picture: np.ndarray
) -> tuple[Callable[[], object], Callable[[], object]]:
    """A picture to inverse depth; and the same network on the tensor made from it."""
    spec = NetworkSpec(
        name="bench", title="bench", licence="", commercial=True, input=rules, path=path
    )
    network = DepthNetwork(spec, "cpu")
    session = runtime.load("bench", path, "cpu").session
    tensor = Preparation(rules).prepare(picture).tensor.copy()
    name = session.get_inputs()[0].name
    return lambda: network.inverse_depth(picture), lambda: session.run(None, {name: tensor})


def _timed(cases: tuple[Callable[[], object], ...], rounds: int) -> list[float]:
    """Median milliseconds of each, in turn, after one round that is not counted."""
    times: list[list[float]] = [[] for _ in cases]
    for number in range(rounds + 1):
        for case, spent in zip(cases, times, strict=True):
            begun = time.perf_counter()
            case()
            if number:
                spent.append((time.perf_counter() - begun) * 1e3)
    return [median(spent) for spent in times]
