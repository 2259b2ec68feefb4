"""Square windows of a picture, at any place, size and turn, as the networks take them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

# OpenCV cannot sample pictures of 32768 pixels or more; far fewer are enough to find a face in.
MAX_SIDE = 16384


@dataclass(frozen=True, slots=True)
class Window:
    """A square in a picture: centre and side in square pixels (pixel centres at .5), and its turn
    in radians: the direction of its own x axis, clockwise on screen since y points down."""

    x: float
    y: float
    side: float
    roll: float = 0.0

    def to_picture(self, size: int) -> Floats:
        """(2, 3): from pixels of the window sampled at `size` x `size` to square pixels."""
        scale = self.side / size
        c, s = np.cos(self.roll) * scale, np.sin(self.roll) * scale
        half = size / 2
        return np.array([[c, -s, self.x - half * (c - s)], [s, c, self.y - half * (s + c)]])


class Pyramid:
    """A picture and its halves, so that any reduction samples without aliasing.

    Places in it are given in *square pixels*: picture pixels, x times the pixel aspect; so a
    squeezed (anamorphic) picture shows the networks faces of a natural width.
    """

    def __init__(self, rgb: Rgb, pixel_aspect: float = 1.0) -> None:
        """rgb: (h, w, 3) uint8. pixel_aspect: width of a pixel over its height."""
        assert rgb.ndim == 3
        assert rgb.shape[2] == 3
        assert rgb.dtype == np.uint8
        height, width = rgb.shape[:2]
        self.size = (width * pixel_aspect, float(height))
        """(width, height) in square pixels."""
        if max(width, height) > MAX_SIDE:
            factor = MAX_SIDE / max(width, height)
            rgb = _reduced(rgb, max(1, round(width * factor)), max(1, round(height * factor)))
        self._levels = [np.ascontiguousarray(rgb)]

    def _level(self, reduction: float) -> Rgb:
        """The smallest level that is still sharp enough for a window reduced `reduction` times."""
        for level in self._levels:
            if len(level) * reduction < self.size[1] * 2:
                return level
        level = self._levels[-1]
        while min(level.shape[:2]) > 1 and len(level) * reduction >= self.size[1] * 2:
            level = _reduced(level, (level.shape[1] + 1) // 2, (level.shape[0] + 1) // 2)
            self._levels.append(level)
        return level

    def sample(self, window: Window, size: int, *, extend: bool) -> Rgb:
        """The window as (size, size, 3) uint8. Outside the picture: its border pixels when
        `extend`, else black."""
        level = self._level(window.side / size)
        matrix = window.to_picture(size)
        # to this level's pixels, then from centres at .5 to OpenCV's centres at 0
        matrix = np.diag(np.divide(level.shape[1::-1], self.size)) @ matrix
        matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
        sampled = cv2.warpAffine(
            level,
            matrix,
            (size, size),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE if extend else cv2.BORDER_CONSTANT,
        )
        return np.asarray(sampled, np.uint8)


def _reduced(rgb: Rgb, width: int, height: int) -> Rgb:
    return np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
