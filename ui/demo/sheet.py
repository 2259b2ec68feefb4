"""A contact sheet: every pass of one frame, with its name."""

from __future__ import annotations

import math
from collections.abc import Mapping

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]

GAP = 12
CAPTION = 30
BACKGROUND = 24
INK = (214, 214, 214)


def contact_sheet(pictures: Mapping[str, Rgb], *, columns: int = 4, width: int = 400) -> Rgb:
    """Pictures of one shape (h, w, 3) on one sheet, each under its name.

    width: of each on the sheet, in pixels.
    """
    first = next(iter(pictures.values()))
    height = round(width * first.shape[0] / first.shape[1])
    columns = min(columns, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    sheet = np.full(
        (rows * (height + CAPTION) + GAP, columns * (width + GAP) + GAP, 3), BACKGROUND, np.uint8
    )
    for index, (name, picture) in enumerate(pictures.items()):
        row, column = divmod(index, columns)
        top = row * (height + CAPTION)
        left = GAP + column * (width + GAP)
        cv2.putText(
            sheet, name, (left, top + CAPTION - 9), cv2.FONT_HERSHEY_SIMPLEX, 0.55, INK, 1,
            cv2.LINE_AA,
        )  # fmt: skip
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        sheet[top + CAPTION : top + CAPTION + height, left : left + width] = small
    return sheet
