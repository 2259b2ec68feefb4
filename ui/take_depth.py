"""Depth maps in a take: 16 bits a pixel, as in the cache of analyses."""

from __future__ import annotations

import numpy as np

from engine.media import DepthMap
from models.packing import PackedMap, packed
from ui.take_lines import Depth


def depth_bytes(depth: DepthMap) -> tuple[bytes, PackedMap]:
    """What is put among the results, and what `Depth` says of it."""
    pack = packed(depth.values, depth.confidence)
    data = pack.codes.astype("<u2").tobytes()
    if pack.confidence is not None:
        data += pack.confidence.tobytes()
    return data, pack


def depth_of(told: Depth, data: bytes) -> DepthMap:
    """The inverse. Raises ValueError where the data is not as long as told."""
    columns, rows = told.size
    count = rows * columns
    codes = np.frombuffer(data, "<u2", count).astype(np.uint16).reshape(rows, columns)
    confidence = None
    if told.confident:
        confidence = np.frombuffer(data, np.uint8, count, 2 * count).reshape(rows, columns)
    pack = PackedMap(codes, told.low, told.high, confidence)
    return DepthMap(pack.values, pack.certainty, told.message)
