"""Depth that was made visible by a colour map: told from other pictures, and turned back into
numbers.

Most of the curves are OpenCV's, which shares those of the perceptual families (viridis, magma,
turbo ...) with matplotlib; the rest are matplotlib's, by their published anchors (ColorBrewer's
Spectral, RdYlBu and RdYlGn, Moreland's coolwarm). A map that runs the other way round (Spectral_r)
has the same colours: which end is near is for the numbers to say.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import KDTree

from engine.errors import MediaError
from engine.media.decode import to_code_rgb8
from engine.media.picture import Alpha, Encoding, Picture, Transfer

Floats = npt.NDArray[np.float64]

_OPENCV = (
    "turbo", "jet", "inferno", "magma", "plasma", "viridis", "cividis", "parula", "rainbow", "hot",
    "bone", "pink", "ocean", "deepgreen", "cool", "spring", "summer", "autumn", "winter",
)  # fmt: skip
# matplotlib's, as evenly spaced colours between which it interpolates.
_ANCHORS = {
    "spectral": "9e0142 d53e4f f46d43 fdae61 fee08b ffffbf e6f598 abdda4 66c2a5 3288bd 5e4fa2",
    "rdylbu": "a50026 d73027 f46d43 fdae61 fee090 ffffbf e0f3f8 abd9e9 74add1 4575b4 313695",
    "rdylgn": "a50026 d73027 f46d43 fdae61 fee08b ffffbf d9ef8b a6d96a 66bd63 1a9850 006837",
}
# matplotlib's 33 of coolwarm.
_COOLWARM = (
    "3b4cc0 445acc 4d68d7 5775e1 6282ea 6c8ef1 779af7 82a5fb 8db0fe 98b9ff a3c2ff "
    "aec9fd b8d0f9 c2d5f4 ccd9ee d5dbe6 dddddd e5d8d1 ecd3c5 f1ccb9 f5c4ad f7bba0 "
    "f7b194 f7a687 f49a7b f18d6f ec7f63 e57058 de604d d55042 cb3e38 c0282f b40426"
)
# matplotlib's, as (place, value) of red, green and blue between which it interpolates.
_SEGMENTS = {
    "jet_matplotlib": (
        ((0, 0), (0.35, 0), (0.66, 1), (0.89, 1), (1, 0.5)),
        ((0, 0), (0.125, 0), (0.375, 1), (0.64, 1), (0.91, 0), (1, 0)),
        ((0, 0.5), (0.11, 1), (0.34, 1), (0.65, 0), (1, 0)),
    ),
    "hot_matplotlib": (
        ((0, 0.0416), (0.365079, 1), (1, 1)),
        ((0, 0), (0.365079, 0), (0.746032, 1), (1, 1)),
        ((0, 0), (0.746032, 0), (1, 1)),
    ),
}
NAMES = (*_OPENCV, *_ANCHORS, *_SEGMENTS, "rainbow_matplotlib", "coolwarm")
"""What the curves are called."""

_STEPS = 256
_SAMPLES = 4_000  # pixels by which a curve is recognised
_COLOURFUL = 14  # codes between the channels from which on a pixel has a colour
_SHARE = 0.05  # of a picture that has colours, from which on it is no grey picture
_NEAR, _WIDE = 5.0, 14.0  # codes from the curve: of half the pixels, of nine in ten of them
_SPAN = 0.12  # of the curve that a map uses at least
_OFF = 40.0  # codes from the curve at which a pixel without colour is none of the map


def recognised(picture: Picture) -> str | None:
    """The curve on which a picture's colours lie; None where they lie on none, as those of a grey
    map and of a photo do. Colours that JPEG or a film has moved a little still lie on it."""
    rgb = _sample(to_code_rgb8(picture))
    colourful = rgb[np.ptp(rgb, axis=1) > _COLOURFUL]
    if len(colourful) < max(_SHARE * len(rgb), 16):
        return None
    best, least = None, np.inf
    for name in NAMES:
        distance, index = _tree(name).query(colourful)
        low, high = np.percentile(index, (2, 98))
        half, most = np.percentile(distance, (50, 90))
        fits = half <= _NEAR and most <= _WIDE and high - low >= _SPAN * _STEPS
        if fits and float(distance.mean()) < least:
            best, least = name, float(distance.mean())
    return best


def is_colourful(picture: Picture) -> bool:
    """Whether a picture has colours, as a photo has and a grey depth map has not."""
    rgb = _sample(to_code_rgb8(picture))
    return float(np.mean(np.ptp(rgb, axis=1) > _COLOURFUL)) > _SHARE


def without_colours(picture: Picture, name: str) -> Picture:
    """A picture's numbers along a curve, as codes of 8 bits: grey, with an alpha that is 0 where
    its own is and where a grey pixel (a background, a label) is none of the curve. Raises
    MediaError for a curve that is not known."""
    if name not in NAMES:
        raise MediaError(f"colour map {name!r} is not known: choose {', '.join(NAMES)}.")
    rgb = to_code_rgb8(picture).astype(np.int32)
    keys = (rgb[..., 0] << 16) | (rgb[..., 1] << 8) | rgb[..., 2]
    table = _table(name)
    new = np.unique(keys[table[keys] < 0])
    if new.size:
        table[new] = _codes(name, np.stack([new >> 16, (new >> 8) & 255, new & 255], axis=1))
    codes = table[keys]
    there = codes < _STEPS
    plane = picture.planes[0]
    if picture.encoding.alpha is not Alpha.NONE and plane.shape[2] in (2, 4):
        there &= plane[..., -1] != 0
    planes = np.stack([np.where(there, codes, 0), np.where(there, 255, 0)], axis=2)
    encoding = Encoding(transfer=Transfer.RAW, alpha=Alpha.STRAIGHT)
    return Picture((planes.astype(np.uint8),), encoding, picture.frame, picture.capture_time)


def _sample(rgb: npt.NDArray[np.uint8]) -> Floats:
    """(n, 3): some pixels of a picture, evenly spread."""
    flat = rgb.reshape(-1, 3)
    # An odd stride, so that no column of the picture is met alone.
    stride = max(1, len(flat) // _SAMPLES) | 1
    return flat[::stride].astype(np.float64)


@cache
def _table(name: str) -> npt.NDArray[np.int16]:
    """For each of the 2^24 colours its code, 256 for one that is none of the curve; below 0 where
    it was not looked up yet: that is done as they are met, since a map has few of them."""
    return np.full(1 << 24, -1, np.int16)


def _codes(name: str, colours: npt.NDArray[np.int32]) -> npt.NDArray[np.int16]:
    """The codes of colours (n, 3) on a curve."""
    distance, index = _tree(name).query(colours.astype(np.float64))
    none = (distance > _OFF) & (np.ptp(colours, axis=1) < _COLOURFUL)
    return np.where(none, _STEPS, index).astype(np.int16)


@cache
def _tree(name: str) -> KDTree:
    return KDTree(_curve(name))


@cache
def _curve(name: str) -> Floats:
    """(256, 3): a curve's colours as codes, not rounded. Writers round or cut: a quarter less
    serves both."""
    if name in _OPENCV:
        ramp = np.arange(_STEPS, dtype=np.uint8)[:, None]
        codes = cv2.applyColorMap(ramp, getattr(cv2, f"COLORMAP_{name.upper()}"))[:, 0, ::-1]
        # What rounding took from a smooth curve comes back by looking at its neighbours.
        exact = ndimage.uniform_filter1d(codes.astype(np.float64), 3, axis=0, mode="nearest")
        exact[[0, -1]] = codes[[0, -1]]
        return exact - 0.25
    at = np.linspace(0, 1, _STEPS)
    if name == "rainbow_matplotlib":
        rgb = np.stack([abs(2 * at - 0.5), np.sin(np.pi * at), np.cos(np.pi * at / 2)], axis=1)
        return 255 * np.clip(rgb, 0, 1) - 0.25
    if name == "coolwarm":
        return _between(_COOLWARM) - 0.25
    if name in _ANCHORS:
        return _between(_ANCHORS[name]) - 0.25
    parts = [
        np.interp(at, [place for place, _ in points], [value for _, value in points])
        for points in _SEGMENTS[name]
    ]
    return 255 * np.stack(parts, axis=1) - 0.25


def _between(anchors: str) -> Floats:
    """(256, 3): colours in hexadecimal, evenly spaced, and what lies between them."""
    colours = np.array([list(bytes.fromhex(one)) for one in anchors.split()], np.float64)
    at = np.linspace(0, len(colours) - 1, _STEPS)
    return np.stack([np.interp(at, np.arange(len(colours)), c) for c in colours.T], axis=1)
