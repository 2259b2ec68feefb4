"""Pictures made into what networks take: resized once, normalised once, in buffers that stay."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.depth.spec import InputRules

Rgb = npt.NDArray[np.uint8]

LONGEST = 4
"""Sides of a picture, longer to shorter, up to which the short one keeps its rule: a network's
memory grows with the area, or faster."""

_METHODS = {"cubic": cv2.INTER_CUBIC, "linear": cv2.INTER_LINEAR, "area": cv2.INTER_AREA}


@dataclass(frozen=True, slots=True)
class Prepared:
    """tensor: as the network takes it; valid until the next picture. inside: (left, top, right,
    bottom) of the picture in it, 0..1."""

    tensor: npt.NDArray[np.generic]
    inside: tuple[float, float, float, float]


def network_size(rules: InputRules, width: float, height: float) -> tuple[int, int]:
    """(width, height) at which a network of any size looks at a picture of square pixels.

    As the processor of DPT and Depth Anything has it: of the two scales that bring a side to
    `short_side`, the one nearer to 1, kept for both; then each side rounded to `multiple`.
    """
    if rules.width:
        return rules.width, rules.height
    across, down = rules.short_side / width, rules.short_side / height
    scale = across if abs(1.0 - across) < abs(1.0 - down) else down
    area = width * height * scale * scale
    most = LONGEST * rules.short_side**2
    if area > most:
        scale *= (most / area) ** 0.5
    step = rules.multiple
    return (
        max(step, round(width * scale / step) * step),
        max(step, round(height * scale / step) * step),
    )


def resized(rgb: Rgb, width: int, height: int, how: str = "cubic") -> Rgb:
    """The picture at another size. One that is to be half as large or less is first averaged over
    whole pixels: a cubic looks at four of them, and what it passes over flickers in a video. For
    `area` that is a matter of time: averaging over parts of pixels takes OpenCV ten times as long.
    """
    have = rgb.shape[1], rgb.shape[0]
    whole = min(have[0] // width, have[1] // height)
    if whole >= 2:
        size = max(width, have[0] // whole), max(height, have[1] // whole)
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    if rgb.shape[1::-1] == (width, height):
        return rgb
    return np.asarray(cv2.resize(rgb, (width, height), interpolation=_METHODS[how]), np.uint8)


class Preparation:
    """The rules of one network, as tables. For one thread at a time."""

    def __init__(self, rules: InputRules, dtype: str = "float32") -> None:
        """dtype: what the network takes: float32, float16 or uint8."""
        self._rules = rules
        self._dtype = np.dtype(dtype)
        code = np.arange(256, dtype=np.float64) / 255.0 * rules.white
        inside = rules.normalised_inside == "yes"
        mean = (0.0, 0.0, 0.0) if inside else rules.mean
        deviation = (1.0, 1.0, 1.0) if inside else rules.deviation
        # (3, 256): the value of each code of each channel, in the network's own order
        pairs = list(zip(mean, deviation, strict=True))
        order = (0, 1, 2) if rules.channels == "RGB" else (2, 1, 0)
        self._order = order
        self._tables = np.array([(code - pairs[c][0]) / pairs[c][1] for c in order], np.float32)
        self._buffer = np.empty((0, 0, 0), np.float32)

    def prepare(self, rgb: Rgb, pixel_aspect: float = 1.0) -> Prepared:
        """rgb: (h, w, 3) uint8 sRGB. pixel_aspect: width of a pixel over its height."""
        rules = self._rules
        height, width = rgb.shape[:2]
        size = network_size(rules, width * pixel_aspect, height)
        inside = (0.0, 0.0, 1.0, 1.0)
        if rules.width and rules.keep_aspect:
            picture, inside = _fitted(rgb, size, pixel_aspect, rules.resize)
        else:
            picture = resized(rgb, *size, rules.resize)
        tensor = self._normalised(picture)
        if self._dtype != np.float32:
            tensor = (np.rint(tensor) if self._dtype.kind == "u" else tensor).astype(self._dtype)
        leading = rules.layout.count("N") + rules.layout.count("V")
        return Prepared(tensor.reshape((1,) * leading + tensor.shape), inside)

    def _normalised(self, picture: Rgb) -> npt.NDArray[np.float32]:
        """(3, h, w) or (h, w, 3) float32: a table look-up a channel, without copies between."""
        height, width = picture.shape[:2]
        planes = cv2.split(picture)
        last = self._rules.layout.endswith("C")
        shape = (height, width, 3) if last else (3, height, width)
        if self._buffer.shape != shape:
            self._buffer = np.empty(shape, np.float32)
        for place, channel in enumerate(self._order):
            table = self._tables[place]
            if last:
                self._buffer[..., place] = cv2.LUT(planes[channel], table)
            else:
                cv2.LUT(planes[channel], table, dst=self._buffer[place])
        return self._buffer


def _fitted(
    rgb: Rgb, size: tuple[int, int], pixel_aspect: float, how: str
) -> tuple[Rgb, tuple[float, float, float, float]]:
    """The picture as large as fits, in the middle; its border pixels fill the rest. And where it
    is, 0..1."""
    height, width = rgb.shape[:2]
    scale = min(size[0] / (width * pixel_aspect), size[1] / height)
    inner = (
        max(1, min(size[0], round(width * pixel_aspect * scale))),
        max(1, min(size[1], round(height * scale))),
    )
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    right, bottom = size[0] - inner[0] - left, size[1] - inner[1] - top
    framed = cv2.copyMakeBorder(
        resized(rgb, *inner, how), top, bottom, left, right, cv2.BORDER_REPLICATE
    )
    box = left / size[0], top / size[1], 1 - right / size[0], 1 - bottom / size[1]
    return np.asarray(framed, np.uint8), box
