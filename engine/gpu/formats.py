"""What is known of the texture formats the project uses: bytes, channels and numpy type."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Format:
    """One texture format.

    channels: number of channels; dtype: numpy type of one channel; depth: whether it is a depth
    format (attached as depth, never as colour).
    """

    name: str
    channels: int
    dtype: np.dtype
    depth: bool = False

    @property
    def bytes(self) -> int:
        """Bytes of one texel."""
        return self.channels * self.dtype.itemsize


def _table() -> dict[str, Format]:
    formats: dict[str, Format] = {}
    kinds = {
        "8unorm": "u1", "8snorm": "i1", "8uint": "u1", "8sint": "i1",
        "16unorm": "<u2", "16snorm": "<i2", "16uint": "<u2", "16sint": "<i2", "16float": "<f2",
        "32uint": "<u4", "32sint": "<i4", "32float": "<f4",
    }  # fmt: skip
    for prefix, channels in (("r", 1), ("rg", 2), ("rgba", 4)):
        for kind, dtype in kinds.items():
            name = prefix + kind
            formats[name] = Format(name, channels, np.dtype(dtype))
    for name in ("rgba8unorm-srgb", "bgra8unorm", "bgra8unorm-srgb"):
        formats[name] = Format(name, 4, np.dtype("u1"))
    formats["depth32float"] = Format("depth32float", 1, np.dtype("<f4"), depth=True)
    formats["depth16unorm"] = Format("depth16unorm", 1, np.dtype("<u2"), depth=True)
    return formats


FORMATS: dict[str, Format] = _table()


def texture_bytes(format: str, size: tuple[int, int], layers: int = 1) -> int:
    """Bytes of a texture without mip levels (the driver may pad). size: (width, height)."""
    return FORMATS[format].bytes * size[0] * size[1] * layers
