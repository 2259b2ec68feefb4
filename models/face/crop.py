"""Square windows of a picture, at any place, size and turn, as the networks take them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Window:
    """A square in a picture: centre and side in picture pixels (pixel centres at .5), and its turn
    in radians: the direction of its own x axis, clockwise on screen since y points down."""

    x: float
    y: float
    side: float
    roll: float = 0.0

    def to_picture(self, size: int) -> npt.NDArray[np.float64]:
        """(2, 3): from pixels of the window sampled at `size` x `size` to picture pixels."""
        scale = self.side / size
        c, s = np.cos(self.roll) * scale, np.sin(self.roll) * scale
        half = size / 2
        return np.array([[c, -s, self.x - half * (c - s)], [s, c, self.y - half * (s + c)]])


class Pyramid:
    """A picture and its halves, so that any reduction samples without aliasing."""

    def __init__(self, rgb: Rgb) -> None:
        """rgb: (h, w, 3) uint8."""
        assert rgb.ndim == 3
        assert rgb.shape[2] == 3
        assert rgb.dtype == np.uint8
        self._levels = [np.ascontiguousarray(rgb)]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the full picture."""
        height, width = self._levels[0].shape[:2]
        return width, height

    def _level(self, reduction: float) -> Rgb:
        """The smallest level that is still sharp enough for a window reduced `reduction` times."""
        index = max(0, int(np.floor(np.log2(max(reduction, 1.0)) + 1e-6)))
        while len(self._levels) <= index:
            height, width = self._levels[-1].shape[:2]
            if min(width, height) < 2:
                break
            half = (max(1, round(width / 2)), max(1, round(height / 2)))
            smaller = cv2.resize(self._levels[-1], half, interpolation=cv2.INTER_AREA)
            self._levels.append(np.asarray(smaller, np.uint8))
        return self._levels[min(index, len(self._levels) - 1)]

    def sample(self, window: Window, size: int, *, extend: bool) -> Rgb:
        """The window as (size, size, 3) uint8. Outside the picture: its border pixels when
        `extend`, else black."""
        level = self._level(window.side / size)
        width, height = self.size
        matrix = window.to_picture(size)
        # to this level's pixels, then from centres at .5 to OpenCV's centres at 0
        matrix = np.diag([level.shape[1] / width, level.shape[0] / height]) @ matrix
        matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
        sampled = cv2.warpAffine(
            level,
            matrix,
            (size, size),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE if extend else cv2.BORDER_CONSTANT,
        )
        return np.asarray(sampled, np.uint8)
