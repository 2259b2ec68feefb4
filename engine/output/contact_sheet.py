"""Labelled pictures side by side on one sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Rgb8 = npt.NDArray[np.uint8]

BACKGROUND = (24, 24, 27)
_FRAME = (52, 52, 58)
_TEXT = (228, 228, 231)


@dataclass(frozen=True, slots=True)
class Tile:
    """rgb: (h, w, 3) uint8 sRGB. title: one line under the picture."""

    title: str
    rgb: Rgb8


def contact_sheet(
    tiles: Sequence[Tile], columns: int | None = None, tile_width: int = 480, title: str = ""
) -> Rgb8:
    """Lay out tiles row by row: (h, w, 3) uint8.

    Every cell is `tile_width` wide and as high as the tallest picture at that width (at most twice
    the width); pictures keep their proportions and are centred. columns: by default what makes the
    sheet near to 16:9 with few gaps. title: a line on top.
    """
    assert tiles, "a sheet has at least one tile"
    heights = [tile.rgb.shape[0] * tile_width / tile.rgb.shape[1] for tile in tiles]
    # Up, so that a picture of a few rows is not made narrower for a part of one.
    cell_height = min(math.ceil(max(heights) - 1e-6), 2 * tile_width)
    gap = max(8, tile_width // 24)
    text = max(12, tile_width // 22)
    label = text + gap
    head = 2 * text + gap if title else 0
    pitch_x, pitch_y = tile_width + gap, cell_height + label + gap
    columns = columns or _columns(len(tiles), pitch_x, pitch_y)
    rows = -(-len(tiles) // columns)
    sheet = np.empty((gap + head + rows * pitch_y, gap + columns * pitch_x, 3), np.uint8)
    sheet[:] = BACKGROUND
    if title:
        _write(sheet, title, gap, gap + head - text, round(text * 1.4), sheet.shape[1] - 2 * gap)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        x, y = gap + column * pitch_x, gap + head + row * pitch_y
        _place(sheet, tile.rgb, x, y, tile_width, cell_height)
        _write(sheet, tile.title, x, y + cell_height + gap // 2 + text, text, tile_width)
    return sheet


def _columns(count: int, pitch_x: int, pitch_y: int) -> int:
    def badness(columns: int) -> tuple[float, int]:
        rows = -(-count // columns)
        shape = abs(math.log(columns * pitch_x / (rows * pitch_y) / (16 / 9)))
        return shape + 0.3 * (rows * columns - count) / count, columns  # gaps look untidy

    return min(range(1, count + 1), key=badness)


def _place(sheet: Rgb8, rgb: Rgb8, x: int, y: int, width: int, height: int) -> None:
    scale = min(width / rgb.shape[1], height / rgb.shape[0])
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(np.ascontiguousarray(rgb), size, interpolation=method)
    left, top = x + (width - size[0]) // 2, y + (height - size[1]) // 2
    sheet[y - 1 : y + height + 1, x - 1 : x + width + 1] = _FRAME
    sheet[y : y + height, x : x + width] = BACKGROUND
    sheet[top : top + size[1], left : left + size[0]] = picture


def _write(sheet: Rgb8, text: str, x: int, y: int, size: int, width: int) -> None:
    """Text with its baseline's left end at (x, y), shortened to `width` pixels."""
    face = cv2.FontFace("sans")  # OpenCV carries the font with it: no system font is needed
    while text and _text_width(text, face, size) > width:
        text = text[:-2].rstrip() + "…"
        if len(text) <= 1:
            return
    cv2.putText(sheet, text, (x, y), _TEXT, face, size, 400)


def _text_width(text: str, face: cv2.FontFace, size: int) -> int:
    left, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), face, size, 400)
    return left + width
