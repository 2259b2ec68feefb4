"""Textures and buffers that outlive one plan: the next plan takes those that fit, the rest go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import DeviceError
from engine.gpu.device import Gpu
from engine.gpu.formats import texture_bytes


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What makes two resources interchangeable.

    format: a texture format, or "" for a buffer. size: (width, height) of a texture, (bytes, 1) of
    a buffer. usage: wgpu flags.
    """

    format: str
    size: tuple[int, int]
    layers: int
    usage: int

    @property
    def bytes(self) -> int:
        if not self.format:
            return self.size[0]
        return texture_bytes(self.format, self.size, self.layers)


class TexturePool:
    """Holds the textures and buffers of the current plan, each under a label."""

    def __init__(self, gpu: Gpu) -> None:
        self.gpu = gpu
        self._held: list[tuple[str, Descriptor, Any]] = []

    @property
    def bytes(self) -> int:
        """Bytes of everything held."""
        return sum(descriptor.bytes for _, descriptor, _ in self._held)

    def __len__(self) -> int:
        return len(self._held)

    def exchange(self, wanted: Sequence[tuple[str, Descriptor, bool]]) -> list[Any]:
        """Hold exactly `wanted` from now on; returns the resources in that order.

        wanted: (label, descriptor, own). What is held already and fits is kept, with its content
        if the label is the same too; with `own`, only then. Everything else is destroyed. New
        resources are zero.
        """
        spare = list(self._held)
        chosen: list[tuple[str, Descriptor, Any] | None] = [None] * len(wanted)
        for same_label in (True, False):
            for index, (label, descriptor, own) in enumerate(wanted):
                if chosen[index] is None:
                    for held in spare:
                        same = held[0] == label
                        if held[1] == descriptor and (same or not (same_label or own)):
                            chosen[index] = (label, descriptor, held[2])
                            spare.remove(held)
                            break
        # The old ones go first, so that both never need memory at the same time.
        for _, _, resource in spare:
            self.gpu.drop(resource)
        self._held = []
        made: list[tuple[str, Descriptor, Any]] = []
        try:
            for held, (label, descriptor, _) in zip(chosen, wanted, strict=True):
                made.append(held or (label, descriptor, self._make(label, descriptor)))
        except DeviceError:
            kept = [held for held in chosen if held is not None]
            for held in {id(item): item for item in (*made, *kept)}.values():
                self.gpu.drop(held[2])
            raise
        self._held = made
        return [resource for _, _, resource in self._held]

    def release(self) -> None:
        """Destroy everything."""
        self.exchange(())

    def _make(self, label: str, descriptor: Descriptor) -> Any:
        if not descriptor.format:
            return self.gpu.buffer(descriptor.size[0], descriptor.usage, label=label)
        return self.gpu.texture(
            descriptor.format,
            descriptor.size,
            descriptor.usage,
            layers=descriptor.layers,
            label=label,
        )
