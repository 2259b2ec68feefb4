"""A decoded video frame as a `Picture`: planes copied as they are, meaning taken from its tags."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Interpolation

from engine.errors import MediaError
from engine.media.colour import WorkingSpace, to_working_matrix
from engine.media.decode import yuv_to_rgb
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

_PLANAR = re.compile(r"yuvj?(?P<alpha>a?)(?:420|422|440|444)p(?P<bits>9|10|12|14|16)?(?:le)?")
_RGB = re.compile(r"gbra?p(?P<bits>9|10|12|14|16)?(?:le)?")
_CHANNELS = {"gray": 1, "gray16le": 1, "ya8": 2, "ya16le": 2, "rgb24": 3, "rgb48le": 3}
# Luma pixels to a chroma sample, as the names of planar formats have them.
_SUBSAMPLED = {(1, 1): "444", (2, 1): "422", (2, 2): "420", (1, 2): "440"}
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

    Planar Y'CbCr of 8 to 16 bits stays as it is; packed Y'CbCr is unpacked; with alpha, and all
    else, becomes grey, RGB or both with straight alpha, of 8 or 16 bits. centred_chroma: for codecs
    that follow JPEG. quick_rgb: 8-bit RGB whatever it was, by FFmpeg's quickest way: for live
    pictures that are drawn without graphics hardware. orientation: in place of what the frame's
    display matrix says.
    """
    source = frame.format
    frame = _reformat(frame, "rgb24", _QUICK) if quick_rgb else _known_format(frame)
    name = frame.format.name
    primaries = _PRIMARIES.get(int(frame.color_primaries), "rec709")
    encoding = Encoding(
        transfer=_TRANSFERS.get(int(frame.color_trc), Transfer.SRGB),
        to_working=to_working_matrix(primaries, working),
    )
    match = _PLANAR.fullmatch(name)
    if match:
        picture = _coded(frame, encoding, int(match["bits"] or 8), centred_chroma, t)
        if match["alpha"]:
            picture = _with_alpha(picture, frame.planes[3])
    else:
        separate = _RGB.fullmatch(name)
        if separate:
            pixels = _joined(frame, int(separate["bits"] or 8))
        else:
            channels, wide = _CHANNELS.get(name, 4), name.endswith("le")
            pixels = _filled(_plane(frame.planes[0], channels, wide), source)
        channels, bits = pixels.shape[2], 8 * pixels.dtype.itemsize
        alpha = Alpha.STRAIGHT if channels in (2, 4) else Alpha.NONE
        picture = Picture((pixels,), replace(encoding, bits=bits, alpha=alpha), t)
    return turned_picture(picture, orientation or orientation_of(frame))


def _coded(
    frame: av.VideoFrame, encoding: Encoding, bits: int, centred_chroma: bool, t: int
) -> Picture:
    """The Y'CbCr of a planar frame, without its alpha."""
    name = frame.format.name
    return Picture(
        tuple(_plane(plane, 1, bits > 8) for plane in frame.planes[:3]),
        replace(
            encoding,
            model="yuv",
            bits=bits,
            full_range=name.startswith("yuvj") or int(frame.color_range) == _FULL,
            matrix=_matrix(frame),
            chroma_site=_site(frame, centred_chroma),
        ),
        t,
    )


def _with_alpha(coded: Picture, plane: Any) -> Picture:
    """A Y'CbCr picture as RGBA of 8 or 16 bits, straight. plane: its alpha, which knows no limited
    range: the largest number of its bits is opaque, whatever their count."""
    bits = coded.encoding.bits
    peak, kind, depth = (255, np.uint8, cv2.CV_8U) if bits == 8 else (65535, np.uint16, cv2.CV_16U)
    # OpenCV scales, rounds and cuts in one go: this is done for each frame of a film.
    rgb = yuv_to_rgb(coded)
    colour = cv2.addWeighted(rgb, peak, rgb, 0.0, 0.0, dtype=depth)
    steps = np.rint(np.arange(2**bits) * (peak / (2**bits - 1))).astype(kind)
    alpha = steps[np.minimum(_plane(plane, 1, bits > 8), 2**bits - 1)]
    rgba = np.empty((*colour.shape[:2], 4), kind)
    cv2.mixChannels([colour, alpha], [rgba], [0, 0, 1, 1, 2, 2, 3, 3])
    encoding = Encoding(
        transfer=coded.encoding.transfer,
        alpha=Alpha.STRAIGHT,
        bits=8 * rgba.dtype.itemsize,
        to_working=coded.encoding.to_working,
    )
    return replace(coded, planes=(rgba,), encoding=encoding)


def _joined(frame: av.VideoFrame, bits: int) -> npt.NDArray[Any]:
    """(h, w, 3 or 4) RGB and alpha of 8 or 16 bits from the planes G, B, R and A of so many."""
    planes = [_plane(frame.planes[n], 1, bits > 8) for n in (2, 0, 1, 3) if n < len(frame.planes)]
    pixels = np.concatenate(planes, axis=2)
    if bits in (8, 16):
        return pixels
    return np.rint(pixels * np.float32(65535 / (2**bits - 1))).astype(np.uint16)


def _filled(plane: npt.NDArray[Any], source: av.VideoFormat) -> npt.NDArray[Any]:
    """8-bit RGB that was made of fewer bits a channel, such as 5: FFmpeg leaves their low bits at
    0, so that white is 248; here it is 255."""
    sizes = [component.bits for component in source.components]
    if not source.is_rgb or plane.shape[2] != len(sizes) or max(sizes) >= 8:
        return plane
    peaks = np.array([2**bits - 1 for bits in sizes], np.float32)
    codes = plane >> np.array([8 - bits for bits in sizes], np.uint8)
    return np.rint(codes * (255 / peaks)).astype(np.uint8)


def orientation_of(frame: av.VideoFrame) -> int:
    """How a frame's display matrix turns it, in quarter turns."""
    return OF_QUARTERS[round(frame.rotation / 90) % 4]


def _known_format(frame: av.VideoFrame) -> av.VideoFrame:
    """The frame itself, or converted to a pixel format that `picture_of` can take apart."""
    name = frame.format.name
    if _PLANAR.fullmatch(name):
        return frame
    planar = _planar_name(frame.format)
    if planar is not None:
        return _reformat(frame, planar)
    if _RGB.fullmatch(name) or _RGB.fullmatch(name.removesuffix("be")):
        return _reformat(frame, name.removesuffix("be") + "le" if name.endswith("be") else name)
    components = frame.format.components
    bits = max((component.bits for component in components), default=8)
    grey_alpha = name.startswith("ya")
    if grey_alpha:
        return _reformat(frame, "ya8" if bits == 8 else "ya16le")
    if name.startswith("gray") and int(frame.color_range) != 1 and len(components) == 1:
        return _reformat(frame, "gray" if bits == 8 else "gray16le")
    alpha = name in ("pal8", "rgb32", "bgr32") or (len(components) == 4 and "0" not in name[:4])
    if bits > 8:
        return _reformat(frame, "rgba64le" if alpha else "rgb48le")
    return _reformat(frame, "rgba" if alpha else "rgb24")


def _planar_name(format: av.VideoFormat) -> str | None:
    """The planar Y'CbCr format, with alpha or without, that holds the same samples as another one
    in another order or with the other byte first: converted to it without loss. None: it is no
    Y'CbCr, or none of which there is such a format."""
    components = format.components
    if format.is_rgb or len(components) < 3 or format.name.startswith(("xyz", "bayer", "pal")):
        return None
    luma = components[0]
    sub = _SUBSAMPLED.get((64 // format.chroma_width(64), 64 // format.chroma_height(64)), "444")
    full = "j" if format.name.startswith("yuvj") else ""
    alpha = "a" if len(components) == 4 else ""
    bits = "" if luma.bits == 8 else f"{luma.bits}le"
    name = f"yuv{full}{alpha}{sub}p{bits}"
    try:
        return av.VideoFormat(name).name
    except ValueError:
        return None


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
