"""The shipped network of Global Analysis: an EfficientNet-Lite0 encoder and a light decoder.

Encoder: Tan & Le, *EfficientNet* (2019), in the Lite form (no squeeze and excitation, ReLU6), with
the parameter names of the public PyTorch checkpoints so that ImageNet weights load as they are.
Decoder: depthwise separable convolutions from 1/32 up to 1/2 of the input with skip connections,
after Wofk et al., *FastDepth* (2019). Its output is relative inverse depth, larger is nearer.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

EPSILON = 1e-3  # what the checkpoint's batch norms were trained with
STAGES = (  # channels, kernel, stride, expansion, blocks
    (16, 3, 1, 1, 1),
    (24, 3, 2, 6, 2),
    (40, 5, 2, 6, 2),
    (80, 3, 2, 6, 3),
    (112, 5, 1, 6, 3),
    (192, 5, 2, 6, 4),
    (320, 3, 1, 6, 1),
)
TAPS = (0, 2, 4, 10, 15)  # the blocks whose outputs the decoder sees: 1/2, 1/4, 1/8, 1/16, 1/32
TAPPED = (16, 24, 40, 112, 320)
DECODED = (24, 40, 64, 112, 160)
FROZEN_BLOCKS = 3  # the stem and these keep their ImageNet weights: edges and colours of photos


class SameConv(nn.Conv2d):
    """A convolution padded as TensorFlow's "SAME", which the checkpoint was trained with."""

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride == 1:
            return functional.conv2d(x, self.weight, self.bias, 1, kernel // 2, 1, self.groups)
        # Sides are multiples of 32, so the padding does not depend on the size.
        total = kernel - stride
        before = total // 2
        x = functional.pad(x, (before, total - before, before, total - before))
        return functional.conv2d(x, self.weight, self.bias, stride, 0, 1, self.groups)


class Block(nn.Module):
    """An inverted bottleneck."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        middle = inputs * expansion
        self.expands = expansion > 1
        self.residual = stride == 1 and inputs == outputs
        if self.expands:
            self._expand_conv = SameConv(inputs, middle, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(middle, eps=EPSILON)
        self._depthwise_conv = SameConv(middle, middle, kernel, stride, groups=middle, bias=False)
        self._bn1 = nn.BatchNorm2d(middle, eps=EPSILON)
        self._project_conv = SameConv(middle, outputs, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(outputs, eps=EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.residual else y


class Encoder(nn.Module):
    """EfficientNet-Lite0 without its classifier; its batch norms keep ImageNet's statistics."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = SameConv(3, 32, 3, 2, bias=False)
        self._bn0 = nn.BatchNorm2d(32, eps=EPSILON)
        blocks: list[Block] = []
        channels = 32
        for outputs, kernel, stride, expansion, count in STAGES:
            for index in range(count):
                blocks.append(
                    Block(channels, outputs, kernel, stride if index == 0 else 1, expansion)
                )
                channels = outputs
        self._blocks = nn.ModuleList(blocks)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = functional.relu6(self._bn0(self._conv_stem(x)))
        taps: list[Tensor] = []
        for index, block in enumerate(self._blocks):
            x = block(x)
            if index in TAPS:
                taps.append(x)
        return taps


class Mix(nn.Module):
    """Joins what comes from below with a skip connection: 1×1, two depthwise 3×3 or 5×5, 1×1."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.norm0 = nn.BatchNorm2d(outputs)
        self.spread = nn.Conv2d(
            outputs, outputs, kernel, padding=kernel // 2, groups=outputs, bias=False
        )
        self.norm1 = nn.BatchNorm2d(outputs)
        self.blend = nn.Conv2d(outputs, outputs, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.norm0(self.reduce(x)))
        y = functional.relu(self.norm1(self.spread(x)))
        return functional.relu(x + self.norm2(self.blend(y)))


class DepthNet(nn.Module):
    """(n, 3, h, w) RGB from −1 to 1, sides multiples of 32, to (n, 1, h, w) inverse depth."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        # What the whole picture is of (indoors, a street, a table) says which cues to trust.
        self.scene = nn.Sequential(nn.Conv2d(TAPPED[4], DECODED[4], 1), nn.ReLU())
        self.mix4 = Mix(TAPPED[4] + DECODED[4], DECODED[4], 5)
        self.mix3 = Mix(DECODED[4] + TAPPED[3], DECODED[3], 5)
        self.mix2 = Mix(DECODED[3] + TAPPED[2], DECODED[2], 5)
        self.mix1 = Mix(DECODED[2] + TAPPED[1], DECODED[1], 3)
        self.mix0 = Mix(DECODED[1] + TAPPED[0], DECODED[0], 3)
        self.head = nn.Conv2d(DECODED[0], 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        half, quarter, eighth, sixteenth, last = self.encoder(x)
        scene = self.scene(last.mean((2, 3), keepdim=True)).expand(-1, -1, *last.shape[2:])
        y = self.mix4(torch.cat([last, scene], 1))
        y = self.mix3(torch.cat([_twice(y), sixteenth], 1))
        y = self.mix2(torch.cat([_twice(y), eighth], 1))
        y = self.mix1(torch.cat([_twice(y), quarter], 1))
        y = self.mix0(torch.cat([_twice(y), half], 1))
        return _twice(self.head(y))

    def train(self, mode: bool = True) -> DepthNet:
        super().train(mode)
        # A few thousand rendered frames must not move statistics gathered on a million photos.
        self.encoder.eval()
        return self


def pretrained(checkpoint: Path) -> DepthNet:
    """A network with ImageNet weights in its encoder, its first blocks frozen."""
    network = DepthNet()
    weights = torch.load(checkpoint, map_location="cpu", weights_only=True)
    missing = network.encoder.load_state_dict(weights, strict=False).missing_keys
    if missing:
        raise ValueError(f"{checkpoint} lacks {missing[0]}: it is not EfficientNet-Lite0")
    freeze(network)
    return network


def freeze(network: DepthNet) -> None:
    """Leaves the first blocks as they are."""
    encoder = network.encoder
    for part in (encoder._conv_stem, encoder._bn0, *list(encoder._blocks)[:FROZEN_BLOCKS]):
        part.requires_grad_(False)


def _twice(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
