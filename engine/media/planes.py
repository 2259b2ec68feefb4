"""A decoded video frame as a `Picture`: planes copied as they are, meaning taken from its tags."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Interpolation

from engine.errors import MediaError
from engine.media.colour import WorkingSpace, to_working_matrix
from engine.media.orientation import OF_QUARTERS, turned_picture
from engine.media.picture import Alpha, Encoding, Picture, Transfer

# Numbers are those of ITU-T H.273, which FFmpeg uses as they are.
_MATRICES = {
    1: (0.2126, 0.0722),  # BT.709
    4: (0.30, 0.11),  # FCC
    5: (0.299, 0.114),  # BT.601, PAL
    6: (0.299, 0.114),  # BT.601, NTSC
    7: (0.212, 0.087),  # SMPTE 240M
    9: (0.2627, 0.0593),  # BT.2020
    10: (0.2627, 0.0593),  # BT.2020, constant luminance: shown as if it were not
}
_PRIMARIES = {
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte170m",
    9: "rec2020",
    11: "p3dci",
    12: "p3d65",
}
_TRANSFERS = {
    4: Transfer.GAMMA22,
    8: Transfer.LINEAR,
    16: Transfer.PQ,
    18: Transfer.HLG,
}
_FULL = 2
_SD_LINES = 576

_PLANAR = re.compile(r"yuvj?(?:420|422|440|444)p(10|12|16)?(?:le)?")
# The same samples in another order or number of bits: converted without loss.
_REPACK = {
    "nv12": "yuv420p",
    "nv21": "yuv420p",
    "nv16": "yuv422p",
    "nv24": "yuv444p",
    "yuyv422": "yuv422p",
    "uyvy422": "yuv422p",
    "yuv411p": "yuv444p",
    "yuv410p": "yuv444p",
    "p010le": "yuv420p10le",
    "p210le": "yuv422p10le",
}
_ACCURATE = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
_QUICK = Interpolation.FAST_BILINEAR


def picture_of(
    frame: av.VideoFrame,
    t: int,
    working: WorkingSpace,
    *,
    centred_chroma: bool = False,
    quick_rgb: bool = False,
    orientation: int | None = None,
) -> Picture:
    """A frame's planes and what they mean, turned upright.

    Planar Y'CbCr of 8, 10, 12 or 16 bits stays as it is; packed Y'CbCr is unpacked; everything else
    becomes grey, RGB or RGBA of 8 or 16 bits. centred_chroma: for codecs that follow JPEG.
    quick_rgb: 8-bit RGB whatever it was, by FFmpeg's quickest way: for live pictures that are drawn
    without graphics hardware. orientation: in place of what the frame's display matrix says.
    """
    frame = _reformat(frame, "rgb24", _QUICK) if quick_rgb else _known_format(frame)
    name = frame.format.name
    primaries = _PRIMARIES.get(int(frame.color_primaries), "rec709")
    encoding = Encoding(
        transfer=_TRANSFERS.get(int(frame.color_trc), Transfer.SRGB),
        to_working=to_working_matrix(primaries, working),
    )
    match = _PLANAR.fullmatch(name)
    if match:
        planes = tuple(_plane(plane, 1, bool(match[1])) for plane in frame.planes)
        encoding = replace(
            encoding,
            model="yuv",
            bits=int(match[1] or 8),
            full_range=name.startswith("yuvj") or int(frame.color_range) == _FULL,
            matrix=_matrix(frame),
            chroma_site=_site(frame, centred_chroma),
        )
    else:
        channels = {"gray": 1, "gray16le": 1, "rgb24": 3, "rgb48le": 3}.get(name, 4)
        wide = name.endswith("le")
        planes = (_plane(frame.planes[0], channels, wide),)
        alpha = Alpha.STRAIGHT if channels == 4 else Alpha.NONE
        encoding = replace(encoding, bits=16 if wide else 8, alpha=alpha)
    return turned_picture(Picture(planes, encoding, t), orientation or orientation_of(frame))


def orientation_of(frame: av.VideoFrame) -> int:
    """How a frame's display matrix turns it, in quarter turns."""
    return OF_QUARTERS[round(frame.rotation / 90) % 4]


def _known_format(frame: av.VideoFrame) -> av.VideoFrame:
    """The frame itself, or converted to a pixel format that `picture_of` can take apart."""
    name = frame.format.name
    if _PLANAR.fullmatch(name):
        return frame
    if name in _REPACK:
        return _reformat(frame, _REPACK[name])
    components = frame.format.components
    bits = max((component.bits for component in components), default=8)
    if name.startswith("gray") and int(frame.color_range) != 1 and len(components) == 1:
        return _reformat(frame, "gray" if bits == 8 else "gray16le")
    alpha = name in ("pal8", "rgb32", "bgr32") or (len(components) == 4 and "0" not in name[:4])
    if bits > 8:
        return _reformat(frame, "rgba64le" if alpha else "rgb48le")
    return _reformat(frame, "rgba" if alpha else "rgb24")


def _reformat(
    frame: av.VideoFrame, name: str, interpolation: Interpolation = _ACCURATE
) -> av.VideoFrame:
    if frame.format.name == name:
        return frame
    to_rgb = "rgb" in name and not frame.format.is_rgb
    matrix = int(frame.colorspace)
    if to_rgb and matrix not in (1, 4, 5, 6, 7, 9):
        matrix = 6 if frame.height <= _SD_LINES else 1
    side_data = frame.rotation
    out = frame.reformat(
        format=name,
        src_colorspace=matrix if to_rgb else None,
        src_color_range=(int(frame.color_range) or 1) if to_rgb else None,
        dst_color_range=_FULL if to_rgb else None,
        interpolation=interpolation,
    )
    assert out.rotation == side_data, "reformat keeps the display matrix"
    return out


def _matrix(frame: av.VideoFrame) -> tuple[float, float]:
    number = int(frame.colorspace)
    if number in (0, 2, 3):  # unspecified: what BT.601 and BT.709 were made for
        number = 6 if frame.height <= _SD_LINES else 1
    if number not in _MATRICES:
        raise MediaError(f"video with colour matrix {number} of ITU-T H.273 is not supported.")
    return _MATRICES[number]


def _site(frame: av.VideoFrame, centred: bool) -> tuple[float, float]:
    """FFmpeg's bindings do not hand over the tag, so: what each family of codecs writes."""
    if centred:
        return 0.5, 0.5
    if int(frame.colorspace) in (9, 10):  # BT.2020 asks for top left
        return 0.0, 0.0
    return 0.0, 0.5


def _plane(plane: Any, channels: int, wide: bool) -> npt.NDArray[Any]:
    """(h, w, c) copy of a plane, without the padding at the end of its lines."""
    dtype = np.dtype("<u2") if wide else np.dtype(np.uint8)
    lines = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    lines = lines[:, : plane.width * channels * dtype.itemsize]
    return np.ascontiguousarray(lines).view(dtype).reshape(plane.height, plane.width, channels)
