"""Measures a depth network's file on pictures with known depth.

    python models/train/evaluate.py models/weights/depth_small.onnx --pairs DIR

DIR holds `NAME.jpg` (or .png) and `NAME.npz` with `z`: planar depth in metres, NaN where it is not
known, of the same view and perhaps smaller. Printed per picture and as a mean: the ordinal error
and Spearman's rank correlation of the network and of "lower is nearer".
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

PAIRS = 50_000
LEAST_STEP = 0.05  # share of the range from which on truth orders a pair

Map = NDArray[np.floating]


def ordinal_error(guess: Map, truth: Map, rng: Generator) -> float:
    """The share of random pixel pairs that `guess` orders wrongly; a tie is half an error.

    Both are (h, w) inverse depths, larger is nearer; `truth` is NaN where it is not known. Counted
    are the pairs whose true inverse depths differ by more than 5 % of their range (2nd to 98th
    percentile, so that a single pixel does not set it). NaN when there is no such pair.
    """
    known = np.isfinite(truth) & np.isfinite(guess)
    g, t = guess[known].astype(np.float64), truth[known].astype(np.float64)
    if len(t) < 2:
        return float("nan")
    low, high = np.percentile(t, [2, 98])
    a, b = rng.integers(len(t), size=(2, PAIRS))
    step = t[a] - t[b]
    clear = np.abs(step) > LEAST_STEP * (high - low)
    clear &= step != 0
    if not clear.any():
        return float("nan")
    agreement = np.sign(g[a] - g[b])[clear] * np.sign(step)[clear]
    return float(np.mean((1 - agreement) / 2))


def rank_correlation(guess: Map, truth: Map) -> float:
    """Spearman's rank correlation over the pixels known in both; NaN when one is flat."""
    known = np.isfinite(truth) & np.isfinite(guess)
    a, b = _ranks(guess[known]), _ranks(truth[known])
    if len(a) < 2:
        return float("nan")
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / scale) if scale > 0 else float("nan")


def lower_is_nearer(shape: tuple[int, int]) -> NDArray[np.float64]:
    """The baseline: what stands lower in the picture is nearer."""
    return np.repeat(np.arange(shape[0], dtype=np.float64)[:, None], shape[1], axis=1)


def _ranks(values: Map) -> NDArray[np.float64]:
    """Mean ranks, as Spearman wants them for ties."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2 - 1)[place.ravel()]


def _inverse(z: Map) -> NDArray[np.float64]:
    z = z.astype(np.float64)
    return np.where(np.isfinite(z) & (z > 0), 1 / np.maximum(z, 1e-9), np.nan)


class Network:
    """A depth network's file with its sidecar, run on the CPU by itself."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read when it is imported
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        rules = json.loads(path.with_suffix(".json").read_text())["input"]
        self._name: str = rules["name"]
        self._short: int = rules["short_side"]
        self._multiple: int = rules["multiple"]
        self._mean = np.array(rules["mean"], np.float32)
        self._deviation = np.array(rules["deviation"], np.float32)

    def prepared(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(1, 3, h, w): the (h, w, 3) sRGB picture as the network takes it."""
        height, width = rgb.shape[:2]
        scale = self._short / min(height, width)
        size = [max(1, round(s * scale / self._multiple)) * self._multiple for s in (width, height)]
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        normal = (small - self._mean) / self._deviation
        return normal.transpose(2, 0, 1)[None].astype(np.float32)

    def run(self, prepared: NDArray[np.float32]) -> NDArray[np.float32]:
        """(h, w) relative inverse depth, larger is nearer."""
        return np.asarray(self._session.run(None, {self._name: prepared})[0], np.float32)[0, 0]

    def milliseconds(self, size: tuple[int, int] = (256, 192), runs: int = 20) -> float:
        """Median time of a bare run at a size (w, h)."""
        picture = np.zeros((1, 3, size[1], size[0]), np.float32)
        times: list[float] = []
        for _ in range(runs + 3):
            began = time.perf_counter()
            self.run(picture)
            times.append(time.perf_counter() - began)
        return 1000 * float(np.median(times[3:]))


def measure(network: Network, picture: Path) -> tuple[float, float, float, float]:
    """Ordinal error and rank correlation of the network, then of "lower is nearer"."""
    bgr = cv2.imread(str(picture), cv2.IMREAD_COLOR)
    if bgr is None:
        raise FileNotFoundError(f"{picture} cannot be read as a picture")
    with np.load(picture.with_suffix(".npz")) as arrays:
        truth = _inverse(arrays["z"])
    guess = network.run(network.prepared(np.ascontiguousarray(bgr[..., ::-1]).astype(np.uint8)))
    guess = cv2.resize(guess, truth.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)
    base = lower_is_nearer((truth.shape[0], truth.shape[1]))
    scores: list[float] = []
    for candidate in (guess, base):
        scores.append(ordinal_error(candidate, truth, np.random.default_rng(0)))
        scores.append(rank_correlation(candidate, truth))
    return scores[0], scores[1], scores[2], scores[3]


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    parser.add_argument("--pairs", type=Path, required=True)
    options = parser.parse_args()
    network = Network(options.network)
    pictures = sorted(
        p for p in options.pairs.iterdir() if p.suffix in (".jpg", ".png") and _has_depth(p)
    )
    if not pictures:
        raise SystemExit(f"{options.pairs} has no picture with an .npz of the same name beside it")
    rows = np.array([measure(network, picture) for picture in pictures])
    print(f"{'picture':24} {'ordinal error':>22} {'Spearman':>22}")
    print(f"{'':24} {'network':>11}{'baseline':>11} {'network':>11}{'baseline':>11}")
    for name, row in [
        *zip((p.stem for p in pictures), rows, strict=True),
        ("mean", np.nanmean(rows, axis=0)),
    ]:
        print(f"{name:24} {row[0]:11.3f}{row[2]:11.3f} {row[1]:11.3f}{row[3]:11.3f}")
    print(f"{options.network.stat().st_size} bytes, {network.milliseconds():.1f} ms on one thread")


def _has_depth(picture: Path) -> bool:
    return picture.with_suffix(".npz").is_file()


if __name__ == "__main__":
    main()
