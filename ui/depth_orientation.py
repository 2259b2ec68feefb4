"""Whether a depth map stands as its picture does: a photo that its EXIF tag turns upright often
comes with a map of the pixels as they are stored, and the other way round."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from engine.media import Picture, Source, open_media, to_reduced_rgb8
from engine.media.orientation import UPRIGHT, swaps_sides, then, turned, undone
from engine.scene import Media, Missing
from passes.auto_range import map_values

_ALIKE = 0.03  # logarithm of two aspects up to which they are the same shape
_LONGEST = 160  # pixels at which outlines are compared
_CLEAR = 0.08  # by how much outlines must agree better to count
_QUARTERS = (6, 8)

Floats = npt.NDArray[np.floating[Any]]
WORDS = {
    2: "mirrored", 3: "turned half round", 4: "mirrored and turned half round",
    5: "mirrored and turned by a quarter", 6: "turned by a quarter clockwise",
    7: "mirrored and turned by a quarter", 8: "turned by a quarter counterclockwise",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Seen:
    """A media as its header says. tag: by which it is turned upright. shape: width over height as
    it is shown, pixels that are not square included."""

    media: Media
    tag: int
    shape: float


def stands_as(media: Media, picture: Media) -> tuple[Media, str]:
    """A depth media, turned as its picture is, and what was done, a sentence; as it was and an
    empty one where there is nothing to be said. Raises MediaError."""
    z, shown = _seen(media), _seen(picture)
    fits = abs(math.log(z.shape / shown.shape)) <= _ALIKE
    others = _others(z.tag, shown.tag, fits)
    others = [o for o in others if fits == (swaps_sides(o) == swaps_sides(z.tag))]
    if not fits and abs(math.log(z.shape * shown.shape)) > _ALIKE:
        others = []  # it has another shape however it is turned
    best = _best(z, shown, others, fits) if others else None
    if best is not None:
        return _as(z, best), _said(z, shown, best)
    return media, "" if fits else _stretched(z, shown, bool(others))


def _others(tag: int, shown: int, fits: bool) -> list[int]:
    """How else a map's stored pixels may stand, the likeliest first: as the picture's do, or as
    they are stored. tag, shown: how they stand, and how those of the picture do."""
    found = [shown] if tag == UPRIGHT else [UPRIGHT, shown] if shown != tag else [UPRIGHT]
    if not fits and tag == shown == UPRIGHT:
        found = [*_QUARTERS]
    return [other for other in dict.fromkeys(found) if other != tag]


def _best(z: _Seen, shown: _Seen, others: list[int], fits: bool) -> int | None:
    """The way in which the map's outlines agree best with the picture's; None: as it stands. A tag
    that makes the shapes fit is believed where the outlines do not speak against it."""
    rgb = to_reduced_rgb8(_first(shown.media), _LONGEST)
    grey = rgb.astype(np.float32).mean(axis=2)
    stored = turned(map_values(_first(z.media)), undone(z.tag))
    agree = {other: _agreement(turned(stored, other), grey) for other in (z.tag, *others)}
    best = max(others, key=lambda other: agree[other])
    if fits:
        return best if agree[best] > agree[z.tag] + _CLEAR else None
    first = others[0]
    if len(others) == 1 or (first == shown.tag != UPRIGHT and agree[best] < agree[first] + _CLEAR):
        return first
    worst = min(agree[other] for other in others)
    return best if agree[best] > worst + _CLEAR else None


def _agreement(values: Floats, grey: Floats) -> float:
    """How well outlines of a map lie on those of a picture: the correlation of both, -1 to 1."""
    depth = np.ascontiguousarray(values, np.float32)
    known = depth[np.isfinite(depth)]
    if not known.size:
        return 0.0
    low, high = np.percentile(known, (1, 99))
    depth = np.clip(np.nan_to_num(depth, nan=high, posinf=high, neginf=low), low, high)
    small = cv2.resize(depth, grey.shape[1::-1], interpolation=cv2.INTER_AREA)
    one, other = _outlines(grey), _outlines(np.asarray(small, np.float32))
    if one.std() <= 0 or other.std() <= 0:
        return 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def _outlines(values: Floats) -> Floats:
    """How steep values are, blurred a little: outlines of a map are often a pixel off."""
    smooth = cv2.GaussianBlur(values.astype(np.float32), (0, 0), 1.0)
    steep = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    return np.sqrt(steep)


def _seen(media: Media) -> _Seen:
    with _opened(media) as source:
        width, height = source.info.size
        return _Seen(media, source.info.orientation, width * source.info.pixel_aspect / height)


def _first(media: Media) -> Picture:
    with _opened(media) as source:
        return source.frame(source.info.first)


@contextmanager
def _opened(media: Media) -> Iterator[Source]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said when the picture itself is shown
        source = open_media(msgspec.structs.replace(media, missing=Missing.NEAREST))
        try:
            yield source
        finally:
            source.close()


def turned_by(media: Media, by: int) -> Media:
    """A media that is turned by an orientation on top of its own. Raises MediaError."""
    seen = _seen(media)
    return _as(seen, then(seen.tag, by))


def _as(z: _Seen, orientation: int) -> Media:
    """A media with its stored pixels turned so."""
    media = z.media
    if swaps_sides(orientation) != swaps_sides(z.tag):
        width, height = media.size
        media = msgspec.structs.replace(
            media, size=(height, width), pixel_aspect=1 / media.pixel_aspect
        )
    return msgspec.structs.replace(media, orientation=orientation)


def _said(z: _Seen, shown: _Seen, orientation: int) -> str:
    if orientation == UPRIGHT:
        done = "is taken as it is stored, against its own tag"
    elif orientation == shown.tag:
        done = f"is {WORDS[orientation]} as {shown.media.name} is by its EXIF tag"
    else:
        done = f"is {WORDS[orientation]}, since its outlines lie on the picture's then"
    return f"{z.media.name} {done} (Orientation {orientation})"


def _stretched(z: _Seen, shown: _Seen, lies: bool) -> str:
    sizes = [f"{media.size[0]} x {media.size[1]}" for media in (z.media, shown.media)]
    what = "if it lies on its side, turn it (its Orientation to 6 or 8)" if lies else (
        "where it shows only a part of it, choose another Fit"
    )  # fmt: skip
    return (
        f"{z.media.name} is {sizes[0]} pixels and {shown.media.name} {sizes[1]}: it is stretched to"
        f" the picture's shape; {what}"
    )
