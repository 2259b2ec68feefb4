"""How a picture's stored pixels are turned so that it stands upright: EXIF's numbers 1 to 8."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import MediaError
from engine.media.picture import Picture

UPRIGHT = 1
"""The orientation of pixels that are stored as they are shown."""

OF_QUARTERS = (1, 8, 3, 6)
"""The orientation that turns by so many quarters counterclockwise, as films have them."""

_UNDONE = {6: 8, 8: 6}  # all others undo themselves


def check_orientation(orientation: int | None) -> None:
    """Raises MediaError for a number that EXIF does not have."""
    if orientation is not None and not 1 <= orientation <= 8:
        raise MediaError(f"orientation {orientation} is not known: choose 1 to 8, as EXIF has it.")


def swaps_sides(orientation: int) -> bool:
    """Whether width and height change places."""
    return orientation >= 5


def undone(orientation: int) -> int:
    """The orientation that brings upright pixels back to how they were stored."""
    return _UNDONE.get(orientation, orientation)


def then(first: int, second: int) -> int:
    """The orientation that does what one does, and then another."""
    corners = np.arange(6).reshape(2, 3)
    wanted = turned(turned(corners, first), second)
    return next(o for o in range(1, 9) if np.array_equal(turned(corners, o), wanted))


def turned(plane: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """(h, w, ...) upright, of pixels as stored: 2 to 4 mirror and turn half round, 5 to 8 also swap
    the sides. A view."""
    if swaps_sides(orientation):
        plane = plane.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        plane = plane[:, ::-1]
    if orientation in (3, 4, 7, 8):
        plane = plane[::-1]
    return plane


def turned_picture(picture: Picture, orientation: int) -> Picture:
    """A whole picture upright, with the place of its chroma samples."""
    if orientation == UPRIGHT:
        return picture
    x, y = picture.encoding.chroma_site
    if swaps_sides(orientation):
        x, y = y, x
    x = 1 - x if orientation in (2, 3, 6, 7) else x
    y = 1 - y if orientation in (3, 4, 7, 8) else y
    planes = tuple(np.ascontiguousarray(turned(plane, orientation)) for plane in picture.planes)
    return replace(picture, planes=planes, encoding=replace(picture.encoding, chroma_site=(x, y)))
