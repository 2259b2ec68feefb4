"""The working space, and the ways into and out of it, through OpenColorIO.

The working space is the role `scene_linear` of the config that `$OCIO` names. Without `$OCIO` it is
"Linear Rec.709 (sRGB)" of OpenColorIO's built-in CG config, and not that config's own choice
(ACEScg): the beauty pass of a photo then holds the photo's own linear values, which every tool
shows rightly, also one that knows nothing of ACES or of EXR chromaticities.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import PyOpenColorIO

from engine.errors import MediaError
from engine.media.transfer import (
    PRIMARIES,
    Chromaticities,
    Floats,
    linear_to_srgb,
    rgb_to_rgb,
    rgb_to_xyz,
    srgb_to_linear,
)

Matrix3 = tuple[tuple[float, float, float], ...]

OCIO: Any = PyOpenColorIO  # its module fills itself in at import: type checkers see it empty
_FAULTS = (OCIO.Exception, OCIO.ExceptionMissingFile)

_BUILTIN = "ocio://default"
_REC709 = "Linear Rec.709 (sRGB)"  # a space of every built-in config; also OpenColorIO's exchange


@dataclass(frozen=True, slots=True)
class WorkingSpace:
    """name: of the colour space in the config. config: where that came from, for `rilievo info`.

    chromaticities: CIE xy of red, green, blue, white, for EXR headers.
    """

    name: str
    config: str
    chromaticities: Chromaticities


def working_space(name: str | None = None) -> WorkingSpace:
    """The linear space all rendering happens in; `name` asks for another space of the config.

    Raises MediaError when the config that $OCIO names cannot be read, or has no such space.
    """
    return _working_space(_config_path(), name)


def primaries(name: str | Chromaticities) -> Chromaticities:
    """Chromaticities by name ('rec709', 'rec2020', 'p3d65', 'ap1', ...), or those given."""
    if not isinstance(name, str):
        return name
    if name not in PRIMARIES:
        raise MediaError(f"unknown primaries {name!r}: choose one of {', '.join(PRIMARIES)}.")
    return PRIMARIES[name]


def to_working_matrix(source: str | Chromaticities, working: WorkingSpace | None = None) -> Matrix3:
    """3x3 (rows): linear RGB of the named primaries to linear RGB of the working space."""
    working = working or working_space()
    return _rows(rgb_to_rgb(primaries(source), working.chromaticities))


def from_working_matrix(
    target: str | Chromaticities, working: WorkingSpace | None = None
) -> Matrix3:
    """3x3 (rows): linear RGB of the working space to linear RGB of the named primaries."""
    working = working or working_space()
    return _rows(rgb_to_rgb(working.chromaticities, primaries(target)))


def check_colour_space(name: str) -> None:
    """Raises MediaError, listing what there is, if the config has no such colour space."""
    config = _config(_config_path())
    if config.getColorSpace(name) is None:
        where = config.getName() or _config_path()
        known = ", ".join(config.getColorSpaceNames())
        raise MediaError(
            f"colour space {name!r} is not in the OpenColorIO config {where}: it has {known}."
        )


def convert_to_working(
    pixels: npt.NDArray[Any], colour_space: str, working: WorkingSpace | None = None
) -> npt.NDArray[np.float32]:
    """(h, w, 3) straight RGB code values of an OpenColorIO space to linear working space.

    Integers of `pixels` are not scaled: pass 0..1 floats. Returns a new float32 array.
    Raises MediaError when the config has no such space.
    """
    working = working or working_space()
    check_colour_space(colour_space)
    config = _config(_config_path())
    try:
        processor = _cpu(config.getProcessor(colour_space, working.name))
    except _FAULTS as error:  # a lookup table that the config names is not there
        raise MediaError(
            f"OpenColorIO cannot convert {colour_space!r} to {working.name!r}: {_one_line(error)}"
        ) from error
    out = np.array(pixels, np.float32, order="C")
    processor.applyRGB(out)
    return out


@dataclass(frozen=True, slots=True)
class Shaper:
    """Spreads scene-linear light over the LUT's cube, where the eye would have the steps.

    s(x) = knee * sRGB OETF(x) for x in 0..1, knee + (1 - knee) * log2(x) / log2(peak) above,
    clamped to 0..peak; negative is 0. With 65 nodes and knee 0.75, node 48 is exactly 1.0.
    """

    knee: float = 0.75
    peak: float = 64.0


class DisplayLut(NamedTuple):
    """table: (n, n, n, 4) float32, display code values RGB and 1, indexed [blue][green][red] (so
    that the bytes are a 3D texture whose x is red). shaper: linear light to LUT coordinate 0..1,
    where 0 is the first node's centre and 1 the last's."""

    table: npt.NDArray[np.float32]
    shaper: Shaper


def shaper(x: Floats, curve: Shaper = Shaper()) -> Floats:
    """Linear light to LUT coordinate 0..1. NaN becomes 0."""
    x = np.clip(np.nan_to_num(x, nan=0.0, posinf=curve.peak, neginf=0.0), 0, curve.peak)
    low = curve.knee * linear_to_srgb(np.minimum(x, 1))
    high = curve.knee + (1 - curve.knee) * np.log2(np.maximum(x, 1)) / np.log2(curve.peak)
    return np.where(x <= 1, low, high).astype(x.dtype)


def inverse_shaper(s: Floats, curve: Shaper = Shaper()) -> Floats:
    """LUT coordinate 0..1 to linear light."""
    s = np.clip(s, 0, 1)
    low = srgb_to_linear(np.minimum(s / curve.knee, 1))
    above = (np.maximum(s, curve.knee) - curve.knee) / (1 - curve.knee)
    high = np.exp2(above * np.log2(curve.peak))
    return np.where(s <= curve.knee, low, high).astype(s.dtype)


def display_names() -> dict[str, list[str]]:
    """Displays of the config, each with its views, in the config's order."""
    config = _config(_config_path())
    return {name: list(config.getViews(name)) for name in config.getDisplays()}


def display_lut(
    display: str | None = None,
    view: str | None = None,
    size: int = 65,
    working: WorkingSpace | None = None,
) -> DisplayLut:
    """Working space to display code values, baked for the GPU.

    Default: with the built-in config the sRGB display's "Un-tone-mapped" view, so that a picture
    comes back as it was; with $OCIO the config's own default. Raises MediaError for unknown names.
    """
    path = _config_path()
    config = _config(path)
    if display is None:
        display = config.getDefaultDisplay()
        if path == _BUILTIN:
            view = view or "Un-tone-mapped"
    if display not in list(config.getDisplays()):
        known = ", ".join(config.getDisplays())
        raise MediaError(f"display {display!r} is not in the OpenColorIO config: it has {known}.")
    view = view or config.getDefaultView(display)
    if view not in list(config.getViews(display)):
        known = ", ".join(config.getViews(display))
        raise MediaError(f"display {display!r} has no view {view!r}: it has {known}.")
    return _display_lut(path, working or working_space(), display, view, size)


@cache
def _display_lut(
    path: str, working: WorkingSpace, display: str, view: str, size: int
) -> DisplayLut:
    curve = Shaper()
    nodes = inverse_shaper(np.arange(size, dtype=np.float64) / (size - 1), curve)
    table = np.ones((size, size, size, 4), np.float32)
    table[..., 0] = nodes[None, None, :]
    table[..., 1] = nodes[None, :, None]
    table[..., 2] = nodes[:, None, None]
    transform = OCIO.DisplayViewTransform(src=working.name, display=display, view=view)
    try:
        _cpu(_config(path).getProcessor(transform)).applyRGBA(table)
    except _FAULTS as error:
        raise MediaError(
            f"OpenColorIO cannot show {view!r} on {display!r}: {_one_line(error)}"
        ) from error
    table[..., 3] = 1
    table.setflags(write=False)
    return DisplayLut(table, curve)


def apply_lut_cpu(linear: npt.NDArray[Any], lut: DisplayLut) -> npt.NDArray[np.float32]:
    """(..., 3) linear to (..., 3) display code values by trilinear lookup, as the shader does."""
    size = lut.table.shape[0]
    where = shaper(np.asarray(linear, np.float64), lut.shaper) * (size - 1)
    low = np.minimum(where.astype(np.intp), size - 2)
    share = where - low
    out = np.zeros(where.shape)
    for corner in np.ndindex(2, 2, 2):
        bit = np.array(corner)
        weight = np.prod(np.where(bit, share, 1 - share), axis=-1, keepdims=True)
        r, g, b = np.moveaxis(low + bit, -1, 0)
        out += weight * lut.table[b, g, r, :3]
    return out.astype(np.float32)


def _config_path() -> str:
    return os.environ.get("OCIO") or _BUILTIN


@cache
def _config(path: str) -> Any:
    try:
        return OCIO.Config.CreateFromFile(path)
    except _FAULTS as error:
        raise MediaError(
            f"$OCIO names {path!r}, which is no readable OpenColorIO config: {_one_line(error)}"
        ) from error


@cache
def _working_space(path: str, name: str | None) -> WorkingSpace:
    config = _config(path)
    if name is None:
        name = _REC709 if path == _BUILTIN else config.getRoleColorSpace("scene_linear")
        if not name:
            raise MediaError(f"the OpenColorIO config {path!r} has no role scene_linear.")
    else:
        check_colour_space(name)
    where = config.getName() or path
    return WorkingSpace(name, where, _chromaticities(config, name))


def _chromaticities(config: Any, name: str) -> Chromaticities:
    """Where the space's red, green, blue and white lie, measured through OpenColorIO itself."""
    unit = np.vstack([np.eye(3), np.ones(3)]).astype(np.float32)
    try:
        _cpu(OCIO.Config.GetProcessorToBuiltinColorSpace(config, name, _REC709)).applyRGB(unit)
    except _FAULTS:
        return PRIMARIES["rec709"]  # a config without interchange roles: nothing better is known
    matrix = unit[:3].T.astype(np.float64)
    for known in PRIMARIES.values():
        if np.allclose(rgb_to_rgb(known, PRIMARIES["rec709"]), matrix, atol=2e-3):
            return known
    xyz = rgb_to_xyz(PRIMARIES["rec709"]) @ unit.T.astype(np.float64)
    xy = (xyz[:2] / xyz.sum(axis=0)).T
    rx, ry, gx, gy, bx, by, wx, wy = (float(value) for value in xy.ravel())
    return rx, ry, gx, gy, bx, by, wx, wy


def _cpu(processor: Any) -> Any:
    # No optimisation: OpenColorIO's fast powers are off by up to 1e-4, which shows in float tests
    # and costs nothing that anyone waits for.
    return processor.getOptimizedCPUProcessor(OCIO.OPTIMIZATION_NONE)


def _rows(matrix: npt.NDArray[np.float64]) -> Matrix3:
    a, b, c = ((float(row[0]), float(row[1]), float(row[2])) for row in matrix)
    return a, b, c


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
