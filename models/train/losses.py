"""What a predicted inverse depth is judged by: its shape, its outlines and its order.

Predictions and truth are (n, h, w) inverse depths; a prediction is right up to a scale and a shift
(Ranftl et al., *Towards Robust Monocular Depth Estimation*, 2020), and `valid` says where the truth
is known.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

GRADIENT_SCALES = 4
PAIRS = 2048  # per picture
LEAST_STEP = 0.03  # share of the range from which on two depths count as ordered
WORST = 3.0  # normalised error from which on a pixel counts no more: a thin near rod is not all


def total(predicted: Tensor, truth: Tensor, valid: Tensor) -> Tensor:
    """The loss that is trained on."""
    predicted, truth = normalised(predicted, valid), normalised(truth, valid)
    error = (predicted - truth) * valid
    shape = error.abs().clamp(max=WORST).sum() / valid.sum()
    return shape + 0.5 * outlines(error, valid) + 0.7 * order(predicted, truth, valid)


def normalised(depth: Tensor, valid: Tensor) -> Tensor:
    """Median 0 and mean absolute deviation 1 over the valid pixels of each picture."""
    flat = depth.flatten(1)
    known = valid.flatten(1)
    middle = torch.where(known > 0, flat, torch.nan).nanmedian(1, keepdim=True).values
    deviation = ((flat - middle).abs() * known).sum(1, keepdim=True) / known.sum(1, keepdim=True)
    return ((flat - middle) / (deviation + 1e-4)).view_as(depth)


def outlines(error: Tensor, valid: Tensor) -> Tensor:
    """Differences between neighbours at several scales: steps sharp, surfaces smooth."""
    loss = error.new_zeros(())
    for level in range(GRADIENT_SCALES):
        step = 2**level
        e, v = error[:, ::step, ::step], valid[:, ::step, ::step]
        across = (e[:, :, 1:] - e[:, :, :-1]).abs() * v[:, :, 1:] * v[:, :, :-1]
        down = (e[:, 1:] - e[:, :-1]).abs() * v[:, 1:] * v[:, :-1]
        loss = loss + (across.clamp(max=WORST).sum() + down.clamp(max=WORST).sum()) / v.sum()
    return loss


def order(predicted: Tensor, truth: Tensor, valid: Tensor) -> Tensor:
    """Logistic loss on random pairs that truth orders clearly (Chen et al., *DIW*, 2016)."""
    count, pixels = predicted.shape[0], predicted[0].numel()
    pairs = torch.randint(pixels, (2, count, PAIRS), device=predicted.device)
    p, t, v = (m.flatten(1) for m in (predicted, truth, valid))
    step = t.gather(1, pairs[0]) - t.gather(1, pairs[1])
    known = v.gather(1, pairs[0]) * v.gather(1, pairs[1])
    low, high = torch.quantile(t, torch.linspace(0.02, 0.98, 2, device=t.device), dim=1)
    spread = high - low
    counts = known * (step.abs() > LEAST_STEP * spread[:, None])
    guess = p.gather(1, pairs[0]) - p.gather(1, pairs[1])
    loss = functional.softplus(-3.0 * guess * step.sign()) * counts
    return loss.sum() / counts.sum().clamp(min=1.0)
