"""Cameras from Nuke's `.chan` files: a line a frame, `frame tx ty tz rx ry rz [vfov]`."""

from __future__ import annotations

import math
from pathlib import Path

from engine.errors import SceneError
from engine.limits import Limits
from engine.regular import read_regular
from engine.scene.curves import Curve, keyed
from engine.scene.lenses import DEFAULT_FOV
from engine.scene.node_base import RotationOrder
from engine.scene.nodes import Camera

COLUMNS = "frame tx ty tz rx ry rz, and optionally the vertical field of view"


def read_chan(path: Path, id: str, order: RotationOrder) -> Camera:
    """The camera of a `.chan` file. Raises SceneError naming the file and the line."""
    rows: dict[float, list[float]] = {}
    columns = 0
    for number, line in enumerate(_text(path).splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        where = f"{path}, line {number}"
        row = [_number(word, where) for word in words]
        if len(row) not in (7, 8):
            raise SceneError(f"{where}: expected {COLUMNS}; got {len(row)} numbers")
        if columns and len(row) != columns:
            raise SceneError(
                f"{where}: got {len(row)} numbers where the lines above have {columns}"
            )
        columns = len(row)
        if columns == 8 and not 0.01 <= row[7] <= 179.0:
            raise SceneError(
                f"{where}: expected a field of view from 0.01 to 179 degrees, got {row[7]:g}"
            )
        if row[0] in rows:
            raise SceneError(f"{where}: frame {row[0]:g} is there already")
        rows[row[0]] = row[1:]
    if not rows:
        raise SceneError(f"{path}: there is no camera in it; expected lines of {COLUMNS}")
    frames = sorted(rows)

    def column(index: int) -> float | Curve:
        return keyed([(frame, rows[frame][index]) for frame in frames])

    return Camera(
        id=id,
        translate=(column(0), column(1), column(2)),
        rotate=(column(3), column(4), column(5)),
        rotation_order=order,
        fov=DEFAULT_FOV if columns == 7 else column(6),
    )


def _text(path: Path) -> str:
    try:
        return read_regular(path, Limits.TEXT).decode("utf-8-sig")
    except FileNotFoundError:
        raise SceneError(f"{path}: there is no such file") from None
    except UnicodeDecodeError:
        raise SceneError(f"{path}: this is not a .chan file (it is not text)") from None
    except OSError as error:
        raise SceneError(f"{path}: cannot be read ({error.strerror})") from None


def _number(word: str, where: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SceneError(f'{where}: expected a number, got "{word}"')
    return value
