"""What a picture file says of itself: whether it is whole, and what its numbers mean."""

from __future__ import annotations

import os
import struct
import zlib
from typing import BinaryIO

import OpenImageIO

from engine.errors import MediaError
from engine.limits import Limits
from engine.media.picture import Transfer
from engine.media.transfer import PRIMARIES, Chromaticities
from engine.oiio import text_of
from engine.regular import what_it_is
from engine.timecode import Timecode

_TRANSFERS = {
    "lin": Transfer.LINEAR,
    "srgb": Transfer.SRGB,
    "g22": Transfer.GAMMA22,
    "g24": Transfer.BT1886,
    "pq": Transfer.PQ,
    "hlg": Transfer.HLG,
}
_PROFILES = (  # words of an ICC profile's description, lower case
    ("display p3", Transfer.SRGB, "p3d65"),
    ("adobe rgb", Transfer.GAMMA22, "adobergb"),
)


def colour_of(
    spec: OpenImageIO.ImageSpec, floating: bool
) -> tuple[Transfer, Chromaticities | None]:
    """Transfer and primaries from the file's own tags; None: it does not say, so they are ours.

    Looked at in this order: EXR chromaticities, a known ICC profile, the colour space OpenImageIO
    reads from the header (PNG chunks, DPX, Radiance). Else floats are linear and integers sRGB.
    """
    fallback = Transfer.LINEAR if floating else Transfer.SRGB
    measured = spec.getattribute("chromaticities")
    if isinstance(measured, tuple) and len(measured) == 8 and measured[7] > 0:
        rx, ry, gx, gy, bx, by, wx, wy = (float(value) for value in measured)
        return fallback, _named((rx, ry, gx, gy, bx, by, wx, wy))
    profile = text_of(spec, "ICCProfile:profile_description").lower()
    for word, transfer, name in _PROFILES:
        if word in profile and not floating:
            return transfer, PRIMARIES[name]
    space = text_of(spec, "oiio:ColorSpace").lower()
    curve, _, rest = space.partition("_")
    name = rest.split("_")[0]
    if curve in _TRANSFERS and name in PRIMARIES:
        return _TRANSFERS[curve], PRIMARIES[name]
    if space in ("linear", "scene_linear"):
        return Transfer.LINEAR, None
    return fallback, None if floating else PRIMARIES["rec709"]


def clock_of(spec: OpenImageIO.ImageSpec) -> tuple[str | None, float | None]:
    """Time code and frames a second of a picture that was shot or rendered, as its header has them
    (OpenEXR's timeCode and framesPerSecond, those of DPX); None where it does not say."""
    timecode = None
    packed = spec.getattribute("smpte:TimeCode")
    if isinstance(packed, tuple) and packed and 0 < packed[0] < 0xFFFFFFFF:
        found = Timecode.unpacked(packed[0])
        timecode = str(found) if found is not None else None
    rate = spec.getattribute("framesPerSecond") or spec.getattribute("FramesPerSecond")
    if isinstance(rate, tuple) and len(rate) == 2:
        whole, part = (int(number) for number in rate)
        rate = whole / part if part else None
    for name in ("dpx:FrameRate", "dpx:TemporalFrameRate"):
        rate = rate or spec.getattribute(name)
    if not isinstance(rate, int | float) or not 0.01 <= rate <= 1000:  # nor NaN
        return timecode, None
    return timecode, float(rate)


def check_whole(path: str) -> None:
    """Find the faults that readers answer with half a picture, or with noise on the console.

    Raises MediaError for a file that is missing, empty, no regular file, or a PNG that is damaged.
    """
    try:
        what = what_it_is(path)
        if what:
            raise MediaError(f"{path} {what}, not a picture or video.")
        with open(path, "rb") as file:
            head = file.read(8)
            if not head:
                raise MediaError(f"{path} is empty (zero bytes).")
            fault = _png_fault(file) if head == b"\x89PNG\r\n\x1a\n" else ""
            if fault:
                raise MediaError(f"{path} cannot be read to its end: {fault}.")
    except FileNotFoundError:
        raise MediaError(f"{path} does not exist.") from None
    except OSError as error:
        raise MediaError(f"{path} cannot be opened: {error.strerror or error}.") from error


def check_pixels(path: str, size: tuple[int, int], what: str = "") -> None:
    """Raises MediaError for a picture of more pixels than are read. size: (width, height) that its
    header claims, of the picture or of what words say."""
    excess = Limits.PIXELS.excess(size[0] * size[1])
    if excess:
        raise MediaError(f"{path} has {what}{size[0]} x {size[1]} pixels, {excess}")


def _png_fault(file: BinaryIO) -> str:
    """What is wrong with the chunks after a PNG's signature, up to IEND; empty: they are whole.
    libpng would say it on the console. Chunks that hold no picture may be damaged."""
    size = os.fstat(file.fileno()).st_size
    while len(header := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        end = file.tell() + length + 4
        if end > size:
            break
        if kind in (b"IHDR", b"PLTE", b"IDAT"):
            checksum = zlib.crc32(file.read(length), zlib.crc32(kind))
            if checksum != int.from_bytes(file.read(4), "big"):
                return f"the PNG is damaged, its {kind.decode()} has another checksum"
        if kind == b"IEND":
            return ""
        file.seek(end)
    return "the PNG is cut short"


def _named(measured: Chromaticities) -> Chromaticities:
    """The known set, if these are its numbers to header precision: then the matrix is exact."""
    for known in PRIMARIES.values():
        if all(abs(a - b) < 1e-4 for a, b in zip(known, measured, strict=True)):
            return known
    return measured
