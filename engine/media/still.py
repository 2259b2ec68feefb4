"""One picture file, read through OpenImageIO with the bit depth it has."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import OpenImageIO

from engine.errors import MediaError
from engine.media.channels import Choice, choose_channels
from engine.media.colour import (
    WorkingSpace,
    check_colour_space,
    convert_to_working,
    to_working_matrix,
    working_space,
)
from engine.media.foreign import check_known, depth_within
from engine.media.orientation import UPRIGHT, check_orientation, swaps_sides, turned
from engine.media.picture import Alpha, Encoding, Picture, Source, SourceInfo, Transfer
from engine.media.tags import check_pixels, check_whole, clock_of, colour_of
from engine.media.transfer import cineon_to_linear
from engine.media.views import Part
from engine.oiio import take_error, text_of

MAX_SIDE = 16384
"""Pixels a side that every graphics adapter of the field can take as a texture."""

RAW_NAMES = frozenset({"raw", "data", "non-color"})
"""Values of `colour_space` that mean: numbers, not light."""

_LUMINANCE = (
    "keeps colour as luminance and chroma (Y, RY, BY), which is not read: save it as RGB first."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a media's files are to be read: `open_source` says what each means."""

    layer: str | None = None
    part: str | int | None = None
    colour_space: str | None = None
    working: WorkingSpace | None = None
    orientation: int | None = None
    view: str | None = None
    track: int | None = None
    deinterlace: bool = False

    def check(self) -> None:
        """Raises MediaError if the colour space or the orientation does not exist."""
        check_orientation(self.orientation)
        if self.colour_space is not None and self.colour_space.lower() not in RAW_NAMES:
            check_colour_space(self.colour_space)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file's header says. size: (width, height) upright, before any reduction. orientation:
    how its pixels are turned, as EXIF has it. timecode, fps: see `SourceInfo`."""

    size: tuple[int, int]
    channels: tuple[str, ...]
    pixel_aspect: float
    orientation: int = UPRIGHT
    timecode: str | None = None
    fps: float | None = None


def probe(path: str, reading: Reading) -> Probe:
    """Read the header. Raises MediaError."""
    file, choice, spec = _open(path, reading)
    file.close()
    width, height = spec.full_width, spec.full_height
    aspect = spec.get_float_attribute("PixelAspectRatio", 1.0)
    aspect = aspect if np.isfinite(aspect) and aspect > 0 else 1.0
    orientation = _orientation(spec, reading)
    if swaps_sides(orientation):
        width, height, aspect = height, width, 1 / aspect
    timecode, fps = clock_of(spec)
    return Probe((width, height), choice.names, aspect, orientation, timecode, fps)


def parts_of(path: str) -> list[Part]:
    """The parts of a picture file, each with its channels. Raises MediaError."""
    file = _plain(path)
    try:
        return _parts(path, file)
    finally:
        file.close()


def software_of(path: str) -> str:
    """What wrote a picture file, as it says itself; empty where it does not. Raises MediaError."""
    file = _plain(path)
    try:
        return text_of(file.spec(), "Software")
    finally:
        file.close()


def header_names(path: str) -> tuple[str, ...]:
    """The names of what the header of a picture file says, by which renderers are known
    ("vrayInfo/vrayversion"), and what wrote it at the end. Raises MediaError."""
    file = _plain(path)
    try:
        spec = file.spec()
        return (*(entry.name for entry in spec.extra_attribs), text_of(spec, "Software"))
    finally:
        file.close()


def read_picture(path: str, reading: Reading, frame: int = 0) -> Picture:
    """Read one file whole, upright, in its display window. Raises MediaError."""
    file, choice, spec = _open(path, reading)
    try:
        pixels = _pixels(path, file, choice, spec)
    finally:
        file.close()
    if choice.depth:
        pixels, choice = _one_channel(pixels, choice)
    pixels = _placed(pixels, spec, np.nan if choice.depth else 0)
    pixels = turned(pixels, _orientation(spec, reading))
    pixels = _reduced(pixels, nearest=choice.data)
    colour_channels = pixels.shape[2] - choice.alpha
    if colour_channels == 2:  # two data channels (U, V) are not grey and alpha
        pixels = np.insert(pixels, 2, 0, axis=2)
    encoding = _encoding(spec, choice, pixels, reading)
    pixels = np.ascontiguousarray(pixels)
    return converted(Picture((pixels,), encoding, frame), reading, _is_log(spec))


def converted(picture: Picture, reading: Reading, log: bool = False) -> Picture:
    """Apply what the GPU has no curve for: an explicit colour space, or printing density."""
    space = reading.colour_space
    if space is not None and space.lower() in RAW_NAMES:
        return replace(picture, encoding=replace(picture.encoding, transfer=Transfer.RAW))
    if space is None and not log:
        return picture
    values = _floats(picture)
    alpha = picture.encoding.alpha is not Alpha.NONE
    colour = values[..., :-1] if alpha else values
    divisor = np.ones((1, 1, 1), np.float32)
    if picture.encoding.alpha is Alpha.PREMULTIPLIED:
        divisor = np.where(values[..., -1:] > 0, values[..., -1:], 1)
    if space is None:
        light = cineon_to_linear(colour / divisor) * divisor
        to_working = picture.encoding.to_working
    else:
        rgb = np.repeat(colour, 3, axis=2) if colour.shape[2] == 1 else colour
        light = convert_to_working(rgb / divisor, space, reading.working) * divisor
        to_working = Encoding().to_working
    plane = np.concatenate([light, values[..., -1:]], axis=2) if alpha else light
    encoding = Encoding(
        transfer=Transfer.LINEAR, alpha=picture.encoding.alpha, to_working=to_working
    )
    return replace(picture, planes=(plane.astype(np.float32),), encoding=encoding)


def reduced_size(size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) once no side is longer than MAX_SIDE, in the same proportions."""
    scale = min(1.0, MAX_SIDE / max(size))
    width, height = (max(1, min(MAX_SIDE, round(side * scale))) for side in size)
    return width, height


def warn_if_reduced(path: str, size: tuple[int, int]) -> None:
    """Say in a Python warning that the picture at `path` is larger than a texture may be."""
    if reduced_size(size) != size:
        width, height = reduced_size(size)
        warnings.warn(
            f"{path}: {size[0]} x {size[1]} pixels is more than {MAX_SIDE} on a side,"
            f" so it is reduced to {width} x {height}.",
            stacklevel=3,
        )


class StillSource(Source):
    """A media of one picture, which is its answer for any frame. The picture is read once."""

    def __init__(self, path: str, reading: Reading) -> None:
        header = probe(path, reading)
        warn_if_reduced(path, header.size)
        if (sentence := depth_within(path)) is not None:
            warnings.warn(sentence, stacklevel=3)
        self._reading = reading
        self._picture: Picture | None = None
        self._info = SourceInfo(
            name=os.path.basename(path),
            path=path,
            size=reduced_size(header.size),
            first=0,
            last=0,
            fps=None,
            kind="still",
            pixel_aspect=header.pixel_aspect,
            channels=header.channels,
            orientation=header.orientation,
            timecode=header.timecode,
            header_fps=header.fps,
        )

    @property
    def info(self) -> SourceInfo:
        return self._info

    def frame(self, t: int) -> Picture:
        """The picture, whatever `t` is; its `frame` is always 0."""
        if self._picture is None:
            self._picture = read_picture(self._info.path, self._reading)
        return self._picture

    def close(self) -> None:
        self._picture = None


def _plain(path: str) -> OpenImageIO.ImageInput:
    return _opened(path, OpenImageIO.ImageSpec())


def _opened(path: str, hints: OpenImageIO.ImageSpec) -> OpenImageIO.ImageInput:
    check_whole(path)
    check_known(path)
    file = OpenImageIO.ImageInput.open(path, hints)
    if file is None:
        error = take_error()
        if "subsampled" in error.lower():
            raise MediaError(f"{path} {_LUMINANCE}")
        raise MediaError(f"{path} is no picture that can be read: {_reason(error)}.")
    return file


def _open(
    path: str, reading: Reading
) -> tuple[OpenImageIO.ImageInput, Choice, OpenImageIO.ImageSpec]:
    hints = OpenImageIO.ImageSpec()
    hints.attribute("oiio:UnassociatedAlpha", 1)  # straight alpha stays straight: see Encoding
    file = _opened(path, hints)
    try:
        parts = _parts(path, file)
        if reading.layer is None:
            _check_colours(path, parts)
        choice = choose_channels(path, parts, reading.layer, reading.part, reading.view)
        spec = file.spec() if file.seek_subimage(choice.part, 0) else OpenImageIO.ImageSpec()
        _check_flat(path, spec)
    except MediaError:
        file.close()
        raise
    return file, choice, spec


def _check_colours(path: str, parts: list[Part]) -> None:
    """Raises MediaError for an EXR that keeps colour as luminance and two differences at half the
    size (Y, RY, BY): OpenImageIO does not put them together again."""
    for part in parts:
        ends = {channel.rpartition(".")[2].upper() for channel in part.channels}
        if {"Y", "RY", "BY"} <= ends:
            raise MediaError(f"{path} {_LUMINANCE}")


def _check_flat(path: str, spec: OpenImageIO.ImageSpec) -> None:
    """Raises MediaError for a part that is no flat picture, or one of more pixels than are read:
    nothing has been allocated for it yet."""
    if spec.deep:
        raise MediaError(f"{path} is a deep EXR, which is not supported: flatten it first.")
    if min(spec.width, spec.height, spec.full_width, spec.full_height) < 1 or spec.depth > 1:
        raise MediaError(f"{path} holds no flat picture of at least one pixel.")
    check_pixels(path, (spec.width, spec.height))
    check_pixels(path, (spec.full_width, spec.full_height), "a display window of ")


def _parts(path: str, file: OpenImageIO.ImageInput) -> list[Part]:
    """All parts of an open file. Leaves it at any of them. Raises MediaError."""
    try:
        return _parts_of(file)
    except UnicodeDecodeError:
        raise MediaError(f"{path} has a damaged header: a name in it is no text.") from None


def _parts_of(file: OpenImageIO.ImageInput) -> list[Part]:
    parts = [_part(file.spec())]
    if file.format_name() in ("openexr", "tiff"):  # webp cannot go back to its first subimage
        while file.seek_subimage(len(parts), 0):
            parts.append(_part(file.spec()))
        take_error(file)  # looking for one part more than there are is no error
    return parts


def _part(spec: OpenImageIO.ImageSpec) -> Part:
    views = spec.getattribute("multiView")
    return Part(
        text_of(spec, "oiio:subimagename"),
        tuple(spec.channelnames),
        text_of(spec, "view"),
        tuple(str(view) for view in views) if isinstance(views, tuple) else (),
    )


def _pixels(
    path: str, file: OpenImageIO.ImageInput, choice: Choice, spec: OpenImageIO.ImageSpec
) -> npt.NDArray[Any]:
    """(h, w, c) of the data window: uint8, uint16 or float32."""
    kinds = spec.channelformats or (spec.format,) * spec.nchannels
    bases = {kinds[i].basetype for i in choice.indices}
    exr = file.format_name() == "openexr"

    def read(begin: int, end: int, kind: Any) -> npt.NDArray[Any]:
        block = file.read_image(choice.part, 0, begin, end, kind)
        error = take_error(file)
        harmless = "extraneous bytes" in error  # libjpeg's word for padding between segments
        if block is None or (error and not harmless):
            raise MediaError(f"{path} cannot be read to its end: {_reason(error)}.")
        return np.asarray(block).reshape(spec.height, spec.width, -1)

    if bases == {OpenImageIO.UINT8} or bases == {OpenImageIO.UINT16}:
        kind = OpenImageIO.UINT8 if bases == {OpenImageIO.UINT8} else OpenImageIO.UINT16
    elif exr and OpenImageIO.UINT32 in bases:
        # Object numbers: asked for as float, OpenImageIO would scale them to 0..1.
        planes = [
            read(
                i,
                i + 1,
                OpenImageIO.UINT32
                if kinds[i].basetype == OpenImageIO.UINT32
                else OpenImageIO.FLOAT,
            )
            for i in choice.indices
        ]
        return np.concatenate(planes, axis=2, dtype=np.float32, casting="unsafe")
    else:
        kind = OpenImageIO.FLOAT
    begin, end = min(choice.indices), max(choice.indices) + 1
    block = read(begin, end, kind)
    order = [i - begin for i in choice.indices]
    return block if order == list(range(block.shape[2])) else block[..., order]


def _one_channel(pixels: npt.NDArray[Any], choice: Choice) -> tuple[npt.NDArray[Any], Choice]:
    """Depth that was written as grey R, G and B as the one channel that it is; without its alpha
    where that is 0 everywhere, as renderers leave it where they have none for such a layer."""
    colours = pixels.shape[2] - choice.alpha
    if colours != 3:
        return pixels, choice
    kept = [0]
    first = pixels[..., 0]
    floating = np.issubdtype(pixels.dtype, np.floating)
    if not all(np.array_equal(first, pixels[..., n], equal_nan=floating) for n in (1, 2)):
        kept = [0, 1, 2]
    alpha = choice.alpha and bool(np.any(pixels[..., -1]))
    kept += [colours] if alpha else []
    return pixels[..., kept], replace(choice, alpha=alpha)


def _placed(
    pixels: npt.NDArray[Any], spec: OpenImageIO.ImageSpec, empty: float
) -> npt.NDArray[Any]:
    """The data window's pixels in the display window; what lies outside it is cut off."""
    x, y = spec.x - spec.full_x, spec.y - spec.full_y
    if (x, y, spec.width, spec.height) == (0, 0, spec.full_width, spec.full_height):
        return pixels
    shape = (spec.full_height, spec.full_width, pixels.shape[2])
    floating = np.issubdtype(pixels.dtype, np.floating)
    out = np.full(shape, empty if floating else 0, pixels.dtype)
    top, left = max(y, 0), max(x, 0)
    bottom = min(y + spec.height, spec.full_height)
    right = min(x + spec.width, spec.full_width)
    if bottom > top and right > left:
        out[top:bottom, left:right] = pixels[top - y : bottom - y, left - x : right - x]
    return out


def _orientation(spec: OpenImageIO.ImageSpec, reading: Reading) -> int:
    """How the stored pixels are turned: as is asked for, else as the file says."""
    said = spec.get_int_attribute("Orientation", UPRIGHT)
    return reading.orientation or (said if 1 <= said <= 8 else UPRIGHT)


def _reduced(pixels: npt.NDArray[Any], *, nearest: bool) -> npt.NDArray[Any]:
    height, width, channels = pixels.shape
    size = reduced_size((width, height))
    if size == (width, height):
        return pixels
    method = cv2.INTER_NEAREST if nearest else cv2.INTER_AREA
    pixels = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=method)
    return pixels.reshape(size[1], size[0], channels)


def _encoding(
    spec: OpenImageIO.ImageSpec, choice: Choice, pixels: npt.NDArray[Any], reading: Reading
) -> Encoding:
    floating = np.issubdtype(pixels.dtype, np.floating)
    transfer, primaries = colour_of(spec, floating)
    working = reading.working or working_space()
    alpha = Alpha.NONE
    if choice.alpha:
        straight = spec.get_int_attribute("oiio:UnassociatedAlpha", 0) != 0
        alpha = Alpha.STRAIGHT if straight else Alpha.PREMULTIPLIED
    return Encoding(
        transfer=Transfer.RAW if choice.data else transfer,
        alpha=alpha,
        bits=8 * pixels.dtype.itemsize,
        to_working=to_working_matrix(primaries or working.chromaticities, working),
    )


def _floats(picture: Picture) -> npt.NDArray[np.float32]:
    plane = picture.planes[0]
    if np.issubdtype(plane.dtype, np.floating):
        return plane.astype(np.float32)
    return plane.astype(np.float32) / np.float32(2**picture.encoding.bits - 1)


def _is_log(spec: OpenImageIO.ImageSpec) -> bool:
    return text_of(spec, "oiio:ColorSpace").lower() in ("kodaklog", "cineon")


def _reason(error: str) -> str:
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    # OpenImageIO says of what it does not know that it does not, and then asks.
    if not lines or "could not find a format reader" in lines[-1]:
        return "its format is not known"
    return lines[-1].rstrip(".")
