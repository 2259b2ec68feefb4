"""Pictures decoded on the CPU: the reference for the GPU's upload pass; thumbnails; networks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.media.colour import WorkingSpace, from_working_matrix
from engine.media.picture import Alpha, Encoding, Picture, Transfer
from engine.media.transfer import TO_LINEAR, linear_to_srgb

F32 = npt.NDArray[np.float32]


def to_linear(picture: Picture) -> F32:
    """(h, w, 4) float32: premultiplied linear working-space RGB and alpha.

    Grey becomes R = G = B; `Alpha.NONE` is alpha 1, whatever the plane holds. A premultiplied
    picture with a curve is divided by its alpha before the curve and multiplied again after it
    (where alpha is 0 the code values are decoded as they are). `Transfer.RAW` is left alone: no
    curve, no matrix, never multiplied.
    NaN and infinity come through.
    """
    encoding = picture.encoding
    colour, alpha = _samples(picture)
    if encoding.transfer is Transfer.RAW:
        return np.concatenate([colour, alpha], axis=2)
    premultiplied = encoding.alpha is Alpha.PREMULTIPLIED
    if encoding.transfer is not Transfer.LINEAR:
        divisor = np.where(alpha > 0, alpha, 1) if premultiplied else None
        if divisor is not None:
            colour = colour / divisor
        colour = TO_LINEAR[encoding.transfer](colour)
        if divisor is not None:
            colour = colour * divisor
    matrix = np.array(encoding.to_working, np.float32)
    if not np.array_equal(matrix, np.eye(3)):
        colour = colour @ matrix.T
    if encoding.alpha is Alpha.STRAIGHT:
        colour = colour * alpha
    return np.concatenate([colour, alpha], axis=2, dtype=np.float32)


def to_display_rgb8(picture: Picture, working: WorkingSpace | None = None) -> npt.NDArray[np.uint8]:
    """(h, w, 3) uint8 sRGB over black, as networks and thumbnails see a picture.

    8-bit sRGB comes back bit for bit. Light above 1 is clipped, NaN is 0; RAW values are shown as
    if they were sRGB code values.
    """
    encoding = picture.encoding
    first = picture.planes[0]
    coded = encoding.transfer is Transfer.RAW or (
        encoding.transfer is Transfer.SRGB
        and np.allclose(_to_rec709(encoding, working), np.eye(3), atol=1e-5)
    )
    if coded and encoding.alpha is Alpha.NONE:
        if encoding.model == "rgb" and first.dtype == np.uint8 and encoding.bits == 8:
            rgb = first if first.shape[2] == 3 else np.repeat(first[..., :1], 3, axis=2)
            return np.ascontiguousarray(rgb, np.uint8)
        return _bytes(_samples(picture)[0])
    linear = to_linear(picture)[..., :3]
    if encoding.transfer is Transfer.RAW:
        return _bytes(linear)
    matrix = np.array(from_working_matrix("rec709", working), np.float32)
    with np.errstate(invalid="ignore", over="ignore"):  # infinity times a negative weight
        return _bytes(linear_to_srgb(np.maximum(linear @ matrix.T, 0)))


def to_code_rgb8(picture: Picture) -> npt.NDArray[np.uint8]:
    """(h, w, 3) uint8: a picture's own code values, whatever light they mean; linear light by the
    sRGB curve. Alpha counts for nothing."""
    colour = _samples(picture)[0]
    if picture.encoding.transfer is Transfer.LINEAR:
        colour = linear_to_srgb(np.maximum(np.nan_to_num(colour), 0))
    return _bytes(colour)


def yuv_to_rgb(picture: Picture) -> F32:
    """(h, w, 3) float32 code values R'G'B' of a `yuv` picture, not clipped, transfer still on.

    Ranges after ITU-R BT.709 / BT.2100 (limited: luma 16..235, chroma 16..240 in 8 bits; full:
    0..2^bits - 1); chroma is interpolated bilinearly from where `Encoding.chroma_site` puts it.
    """
    encoding = picture.encoding
    luma, blue, red = (plane[..., 0].astype(np.float32) for plane in picture.planes)
    height, width = luma.shape
    cb = _upsampled(blue, width, height, encoding.chroma_site)
    cr = _upsampled(red, width, height, encoding.chroma_site)
    rgb = cv2.transform(cv2.merge([luma, cb, cr]), _yuv_matrix(encoding, 1.0))
    return np.asarray(rgb, np.float32)


def _yuv_matrix(encoding: Encoding, peak: float = 255.0) -> npt.NDArray[np.float64]:
    """(3, 4): code values of Y'CbCr and 1 to R'G'B' of 0..peak."""
    step = 2.0 ** (encoding.bits - 8)
    if encoding.full_range:
        black, luma_range = 0.0, 256 * step - 1
        chroma_range = luma_range
    else:
        black, luma_range, chroma_range = 16 * step, 219 * step, 224 * step
    kr, kb = encoding.matrix
    kg = 1 - kr - kb
    scale = np.diag([1 / luma_range, 1 / chroma_range, 1 / chroma_range])
    matrix = np.array([
        [1, 0, 2 * (1 - kr)],
        [1, -2 * kb * (1 - kb) / kg, -2 * kr * (1 - kr) / kg],
        [1, 2 * (1 - kb), 0],
    ]) @ scale  # fmt: skip
    offset = matrix @ [-black, -128 * step, -128 * step]
    return np.column_stack([matrix, offset]) * peak


def _samples(picture: Picture) -> tuple[F32, F32]:
    """Code values as floats: colour (h, w, 3) and alpha (h, w, 1), each as the file has them."""
    if picture.encoding.model == "yuv":
        colour = yuv_to_rgb(picture)
        return colour, np.ones((*colour.shape[:2], 1), np.float32)
    plane = picture.planes[0]
    values = plane.astype(np.float32)
    if not np.issubdtype(plane.dtype, np.floating):
        values /= np.float32(2**picture.encoding.bits - 1)
    channels = values.shape[2]
    colour = values[..., :3] if channels >= 3 else np.repeat(values[..., :1], 3, axis=2)
    if channels in (2, 4) and picture.encoding.alpha is not Alpha.NONE:
        return colour, values[..., -1:]
    return colour, np.ones((*values.shape[:2], 1), np.float32)


def _upsampled(plane: F32, width: int, height: int, site: tuple[float, float]) -> F32:
    """Bilinear, at the places that `Encoding.chroma_site` defines; edges are repeated."""
    rows, columns = plane.shape
    if (columns, rows) == (width, height):
        return plane
    nx, ny = max(round(width / columns), 1), max(round(height / rows), 1)
    where = np.array([[1 / nx, 0, -site[0] * (nx - 1) / nx], [0, 1 / ny, -site[1] * (ny - 1) / ny]])
    out = cv2.warpAffine(
        plane,
        where,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(out, np.float32)


def _to_rec709(encoding: Encoding, working: WorkingSpace | None) -> npt.NDArray[Any]:
    return np.array(from_working_matrix("rec709", working)) @ np.array(encoding.to_working)


def _bytes(code: F32) -> npt.NDArray[np.uint8]:
    return (np.clip(np.nan_to_num(code), 0, 1) * 255 + 0.5).astype(np.uint8)


def to_reduced_rgb8(picture: Picture, longest: int = 1280) -> npt.NDArray[np.uint8]:
    """What `to_display_rgb8` gives, reduced by a whole number where a side is longer than
    `longest`, and made quickly: the numbers may be off by a few code values.

    For live networks. Size (ceil(w / n), ceil(h / n)), n the smallest that fits.
    """
    n = -(-max(picture.size) // longest)
    planes = tuple(_shrunk(plane, n) for plane in picture.planes)
    small = replace(picture, planes=planes) if n > 1 else picture
    encoding = small.encoding
    plain = encoding.transfer is Transfer.SRGB and planes[0].dtype == np.uint8
    if encoding.model != "yuv" or not plain or encoding.bits != 8:
        return to_display_rgb8(small)
    height, width = planes[0].shape[:2]
    chroma = [cv2.resize(plane, (width, height)) for plane in planes[1:]]
    # OpenCV's transform of bytes saturates to bytes, in one pass.
    rgb = cv2.transform(cv2.merge([planes[0], *chroma]), _yuv_matrix(encoding))
    return np.asarray(rgb, np.uint8)


def _shrunk(plane: npt.NDArray[Any], n: int) -> npt.NDArray[Any]:
    if n == 1:
        return plane
    height, width, channels = plane.shape
    size = (-(-width // n), -(-height // n))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return small.reshape(size[1], size[0], channels)
