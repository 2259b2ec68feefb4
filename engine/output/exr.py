"""Multi-part OpenEXR, as compositors read it without relinking."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO
from OpenImageIO import ImageOutput, ImageSpec, TypeDesc

from engine.errors import OutputError
from engine.oiio import take_error
from engine.output.atomic import atomic, output_error
from engine.output.camera import world_to_camera, world_to_ndc
from engine.output.software import software
from engine.timecode import Timecode, packed_timecode, rational

Matrix = npt.NDArray[np.float64]

HALF_MAX = 65504.0
_REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the file.

    name: of the part, unique in the file ('beauty', 'depth'). channels: full names, as many as
    pixels has ('R' ... for beauty, else with the layer: 'depth.Z'). pixels: (h, w, c) or (h, w),
    float32, float16 or uint32. half: write floats as half (values beyond its range become the
    largest half; infinity stays); float16 pixels are always written as half.
    """

    name: str
    channels: tuple[str, ...]
    pixels: npt.NDArray[Any]
    half: bool = False


@dataclass(frozen=True, slots=True)
class ExrHeader:
    """What every part's header says; None leaves an attribute out.

    world_to_camera: (4, 4) for column vectors, camera looking along -Z (ours). projection: (4, 4)
    for column vectors: camera space to clip space (x right, y up); only x, y and w matter, so any
    depth convention will do. Both are turned into OpenEXR's own convention: `engine.output.camera`.
    fps: frames a second. frame: becomes imageCounter, and with fps the time code unless that is
    given. extra: further attributes by name (strings, whole numbers, floats of 32 bits), such as
    when a live picture was taken. chromaticities: CIE xy of red, green, blue, white of the working
    space. pixel_aspect: width of a pixel over its height.
    """

    world_to_camera: Matrix | None = None
    projection: Matrix | None = None
    fps: Fraction | float | None = None
    frame: int | None = None
    timecode: Timecode | None = None
    chromaticities: tuple[float, ...] = _REC709
    pixel_aspect: float = 1.0
    extra: Mapping[str, str | int | float] = field(default_factory=dict)


def write_exr(path: str | os.PathLike[str], parts: Sequence[Part], header: ExrHeader) -> None:
    """Write all parts into one ZIP-compressed file, whole or not at all.

    All parts have the same size; data window = display window. May be called from many threads.
    Raises OutputError with one sentence that names the file.
    """
    _check(path, parts)
    specs: Any = tuple(_spec(part, header) for part in parts)
    with atomic(path) as temporary:
        name = os.fspath(temporary)
        file = ImageOutput.create(name)
        if file is None:
            raise OutputError(f"{path} could not be written: its name should end in .exr.")
        try:
            if not file.open(name, specs):
                raise _failed(path, file)
            for number, (part, spec) in enumerate(zip(parts, specs, strict=True)):
                if number and not file.open(name, spec, "AppendSubimage"):
                    raise _failed(path, file)
                if not file.write_image(_pixels(part)):
                    raise _failed(path, file)
        finally:
            closed = file.close()
        if not closed:
            raise _failed(path, file)
        _check_whole(path, temporary)


def _check(path: str | os.PathLike[str], parts: Sequence[Part]) -> None:
    if not os.fspath(path).lower().endswith(".exr"):
        raise OutputError(f"{path} could not be written as OpenEXR: its name should end in .exr.")
    assert parts, "an EXR has at least one part"
    assert len({part.name for part in parts}) == len(parts), "part names are unique"
    assert len({part.pixels.shape[:2] for part in parts}) == 1, "all parts have the same size"
    for part in parts:
        count = 1 if part.pixels.ndim == 2 else part.pixels.shape[2]
        assert count == len(part.channels), f"part {part.name}: {count} channels, {part.channels}"
        assert part.pixels.dtype in (np.float32, np.float16, np.uint32), part.pixels.dtype


def _spec(part: Part, header: ExrHeader) -> ImageSpec:
    height, width = part.pixels.shape[:2]
    spec = ImageSpec(width, height, len(part.channels), _format(part))
    spec.channelnames = part.channels
    spec.attribute("oiio:subimagename", part.name)
    spec.attribute("compression", "zip")
    spec.attribute("software", software())
    spec.attribute("PixelAspectRatio", float(header.pixel_aspect))
    spec.attribute("chromaticities", TypeDesc("float[8]"), tuple(header.chromaticities))
    if header.world_to_camera is not None:
        matrix = world_to_camera(header.world_to_camera)
        spec.attribute("worldToCamera", TypeDesc("matrix"), _flat(matrix))
        if header.projection is not None:
            matrix = world_to_ndc(header.world_to_camera, header.projection)
            spec.attribute("worldToNDC", TypeDesc("matrix"), _flat(matrix))
    if header.fps is not None:
        rate = rational(header.fps)
        spec.attribute("framesPerSecond", TypeDesc("rational"), (rate.numerator, rate.denominator))
    if header.frame is not None:
        spec.attribute("imageCounter", int(header.frame))
    timecode = header.timecode
    if timecode is None and header.frame is not None and header.fps is not None:
        timecode = Timecode.of_frame(header.frame, rational(header.fps))
    if timecode is not None:
        if header.timecode is not None and header.fps is not None:
            timecode = timecode.two_digits(rational(header.fps))
        spec.attribute("smpte:TimeCode", TypeDesc("timecode"), (packed_timecode(timecode), 0))
    for name, value in header.extra.items():
        spec.attribute(name, value)
    return spec


def _format(part: Part) -> Any:
    if part.pixels.dtype == np.uint32:
        return OpenImageIO.UINT32
    half = part.half or part.pixels.dtype == np.float16
    return OpenImageIO.HALF if half else OpenImageIO.FLOAT


def _pixels(part: Part) -> npt.NDArray[Any]:
    pixels = part.pixels
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if part.half and pixels.dtype == np.float32:
        # A bright light may pass 65504 and would become infinity, which compositors choke on.
        finite = np.isfinite(pixels)
        clipped = np.clip(pixels, -HALF_MAX, HALF_MAX)
        pixels = np.where(finite, clipped, pixels).astype(np.float16)
    return np.ascontiguousarray(pixels)


def _flat(matrix: Matrix) -> tuple[float, ...]:
    return tuple(float(value) for value in matrix.ravel())


def _failed(path: str | os.PathLike[str], file: ImageOutput) -> OutputError:
    text = take_error(file)
    disk = shutil.disk_usage(Path(path).parent)
    if disk.total and disk.free < 2**20:  # what is no disk, as /proc, has no size
        return OutputError(f"{path} could not be written: the disk is full.")
    if "write" in text.lower():  # the text names the temporary file, which nobody asked for
        return OutputError(f"{path} could not be written: the system took only a part of it.")
    return output_error(path, text or "the encoder gives no reason")


def _check_whole(path: str | os.PathLike[str], temporary: Path) -> None:
    """Read the last lines back: OpenEXR may lose the error of a disk that fills at the very end."""
    if not is_whole(temporary):
        raise OutputError(f"{path} could not be written: its end is missing, the disk may be full.")


def is_whole(path: str | os.PathLike[str]) -> bool:
    """Whether the last lines of an EXR's last part can be read: a file that was cut short has a
    perfect header."""
    file = OpenImageIO.ImageInput.open(os.fspath(path))
    whole = False
    if file is not None:
        parts = 1
        while file.seek_subimage(parts, 0):
            parts += 1
        if file.seek_subimage(parts - 1, 0):
            spec = file.spec()
            last = spec.y + spec.height - 1
            lines = file.read_scanlines(
                parts - 1, 0, last, last + 1, 0, 0, spec.nchannels, "unknown"
            )
            whole = lines is not None
            take_error(file)
        file.close()
    take_error()
    return whole


def read_attribute(path: str | os.PathLike[str], name: str) -> str | int | float | None:
    """An attribute of an EXR's header by its name, as `ExrHeader.extra` gives it; None where there
    is none, or no whole header."""
    file = OpenImageIO.ImageInput.open(os.fspath(path))
    if file is None:
        take_error()
        return None
    try:
        return file.spec().getattribute(name)
    except UnicodeDecodeError:  # text, but not ours
        return None
    finally:
        file.close()
