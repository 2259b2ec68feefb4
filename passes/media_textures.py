"""Pictures on the GPU: one texture for each media and use, refilled when its frame changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import MediaError
from engine.gpu import UniformArena
from engine.gpu.formats import texture_bytes
from engine.media import Alpha, Picture, Transfer
from engine.media.code_steps import code_step
from passes.blocks import UPLOAD
from passes.kernels import Toolbox

TRANSFERS = {
    Transfer.LINEAR: 0, Transfer.SRGB: 1, Transfer.BT1886: 2,
    Transfer.GAMMA22: 3, Transfer.PQ: 4, Transfer.HLG: 5, Transfer.RAW: 0,
}  # fmt: skip
ALPHAS = {Alpha.NONE: 0, Alpha.STRAIGHT: 1, Alpha.PREMULTIPLIED: 2}
SAMPLE_KINDS = {np.dtype(np.uint8): 0, np.dtype(np.uint16): 1, np.dtype(np.float32): 2}


class Use(StrEnum):
    """What a media's numbers are: light, depth, other numbers that may be interpolated (vectors,
    mattes), or numbers that may not (positions, texture coordinates, motion)."""

    COLOUR = "colour"
    DATA = "data"
    VECTOR = "vector"
    VALUES = "values"


FAR_AWAY = 3.0e38  # stands for infinity in wgsl/upload.wgsl
FORMATS = {
    Use.COLOUR: "rgba16float", Use.DATA: "rg32float", Use.VECTOR: "rgba16float",
    Use.VALUES: "rgba32float",
}  # fmt: skip
# The entry of wgsl/upload.wgsl that makes each, and the binding that it writes to.
_ENTRIES = {
    Use.COLOUR: ("colour", 2), Use.VECTOR: ("colour", 2),
    Use.DATA: ("data", 3), Use.VALUES: ("values", 4),
}  # fmt: skip


def mip_levels(size: tuple[int, int]) -> int:
    """Levels of a full mip chain down to 1 x 1."""
    return max(size).bit_length()


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows of a picture whose bytes fit one storage binding.

    offset, size: in the staging buffer. planes: for each its rows (first, one past the last) and
    where they begin within the band.
    """

    first_row: int
    rows: int
    offset: int
    size: int
    planes: tuple[tuple[int, int, int], ...]


class MediaTexture:
    """One media's picture in one use.

    texture: rgba16float linear premultiplied light with mips, rgba16float numbers as the file has
    them with mips, rg32float (value, whether it is there: 0..1), or rgba32float (three values,
    whether they are there). has_alpha: of the current
    picture. limits: the smallest and largest finite value of a depth map, and infinities it holds.
    bounds: what its kind of numbers can stand for. picture: of a depth map, what it was made of.
    whole: no pixel of it is missing.
    """

    def __init__(
        self,
        tools: Toolbox,
        arena: UniformArena,
        index: int,
        use: Use,
        colour_map: str | None = None,
    ) -> None:
        self.tools = tools
        self._colour_map = colour_map
        self.index = index
        self.use = use
        self.texture: Any = None
        self.size = (0, 0)
        self.frame: int | None = None
        self.has_alpha = False
        self.limits: tuple[float, ...] = (0.0,)
        self.picture: Picture | None = None
        self.whole = True
        self.version = 0
        self._arena = arena
        self._staging: Any = None
        self._bands: list[_Band] = []
        self._slots: list[Any] = []
        self._views: list[Any] = []
        self._constants: dict[str, float] = {}
        self.pending = False
        self.bounds = (-FAR_AWAY, FAR_AWAY)
        self._unseen: Picture | None = None
        self._step = 0.0

    @property
    def step(self) -> float:
        """The step between neighbouring values of a depth map's whole numbers; 0 for floats."""
        if self._unseen is not None:  # looked at when first asked for: few maps are
            self._step = code_step(self._unseen)
            self._unseen = None
        return self._step

    @property
    def name(self) -> str:
        """Its name in the render graph."""
        mapped = f" of {self._colour_map}" if self._colour_map else ""
        return f"media {self.index + 1} {self.use.value}{mapped}"

    def load(self, picture: Picture) -> None:
        """Take a picture: its bytes go to the GPU as they are, `encode` makes the texture of them.

        The caller checks whether the picture is already there. A picture of another size makes a
        new texture: compare `texture` before and after.
        """
        planes = [np.ascontiguousarray(plane) for plane in picture.planes]
        for plane in planes:
            if plane.dtype not in SAMPLE_KINDS:
                raise MediaError(
                    f"media {self.index + 1}: samples of type {plane.dtype} cannot be shown;"
                    " expected 8 or 16 bit integers or 32 bit floats"
                )
        limit = self.tools.gpu.max_texture
        if max(picture.size) > limit:
            width, height = picture.size
            raise MediaError(
                f"media {self.index + 1}: a picture of {width} x {height} pixels is larger than the"
                f" {limit} a side that this graphics adapter takes; reduce it"
            )
        if picture.size != self.size:
            self._resize(picture.size)
        self.frame = picture.frame
        self.has_alpha = picture.encoding.alpha is not Alpha.NONE
        if self.use is Use.DATA:
            self.limits, self.picture = _limits(picture), picture
            self.whole = _is_whole(picture)
            self.bounds = _bounds(picture)
            self._unseen, self._step = (picture if _counts(picture) else None), 0.0
        self._stage(planes, picture)
        self.version += 1
        self.pending = True

    def encode(self, encoder: Any) -> None:
        """Convert what `load` staged, in a compute pass encoder. Nothing to do: nothing done."""
        if not self.pending:
            return
        self.pending = False
        entry, target = _ENTRIES[self.use]
        kernel = self.tools.kernel("upload", entry, **self._constants)
        for band, slot in zip(self._bands, self._slots, strict=False):
            words = {"buffer": self._staging, "offset": band.offset, "size": band.size}
            kernel.dispatch(
                encoder, (self.size[0], band.rows), {0: slot, 1: words, target: self._views[0]}
            )
        halve = self.tools.kernel("mipmap", "halve") if len(self._views) > 1 else None
        for level in range(1, len(self._views)):
            assert halve is not None
            size = (max(1, self.size[0] >> level), max(1, self.size[1] >> level))
            halve.dispatch(encoder, size, {0: self._views[level - 1], 1: self._views[level]})

    def release(self) -> None:
        """Free the texture and the staging buffer."""
        for resource in (self.texture, self._staging):
            if resource is not None:
                self.tools.gpu.drop(resource)
        self.texture = self._staging = None
        self.size = (0, 0)

    def _resize(self, size: tuple[int, int]) -> None:
        self.release()
        levels = 1 if self.use in (Use.DATA, Use.VALUES) else mip_levels(size)
        with self.tools.gpu.asking(texture_bytes(FORMATS[self.use], size), self.name):
            self.texture = self.tools.gpu.device.create_texture(
                label=self.name,
                size=(*size, 1),
                format=FORMATS[self.use],
                mip_level_count=levels,
                usage="TEXTURE_BINDING | STORAGE_BINDING | COPY_SRC",
            )
        self._views = [
            self.texture.create_view(base_mip_level=level, mip_level_count=1)
            for level in range(levels)
        ]
        self.size = size

    def _stage(self, planes: list[npt.NDArray[Any]], picture: Picture) -> None:
        limits = self.tools.gpu.limits
        bands = split(planes, picture, int(limits["max-storage-buffer-binding-size"]))
        end = bands[-1].offset + bands[-1].size if bands else 0
        if not bands or end > int(limits["max-buffer-size"]):
            width, height = picture.size
            raise MediaError(
                f"media {self.index + 1}: a picture of {width} x {height} pixels is more than this"
                " graphics adapter takes at once; reduce it"
            )
        if self._staging is None or self._staging.size < end:
            if self._staging is not None:
                self.tools.gpu.drop(self._staging)
            self._staging = None
            self._staging = self.tools.gpu.buffer(
                end, "STORAGE | COPY_DST", label=f"{self.name} bytes"
            )
        for band in bands:
            for plane, (first, last, offset) in zip(planes, band.planes, strict=True):
                self._write(plane[first:last], band.offset + offset)
        self._bands = bands
        while len(self._slots) < len(bands):
            self._slots.append(self._arena.slot(UPLOAD))
        for band, slot in zip(bands, self._slots, strict=False):
            self._describe(slot, picture, planes, band)
        self._constants = self._kind(picture, planes[0])

    def _write(self, rows: npt.NDArray[Any], offset: int) -> None:
        queue = self.tools.gpu.queue
        flat = rows.reshape(-1).view(np.uint8)
        whole = flat.size & ~3
        if whole:
            queue.write_buffer(self._staging, offset, flat, 0, whole)
        if whole != flat.size:  # the last bytes: buffers are written in fours
            rest = np.zeros(4, np.uint8)
            rest[: flat.size - whole] = flat[whole:]
            queue.write_buffer(self._staging, offset + whole, rest)

    def _describe(
        self, slot: Any, picture: Picture, planes: list[npt.NDArray[Any]], band: _Band
    ) -> None:
        encoding = picture.encoding
        padded = [0] * (4 - len(planes))
        slot.update(
            size=picture.size,
            chroma_size=planes[1].shape[1::-1] if len(planes) == 3 else picture.size,
            plane_offset=[*(offset for _, _, offset in band.planes), *padded],
            plane_stride=[*(plane.strides[0] for plane in planes), *padded],
            plane_row=[*(first for first, _, _ in band.planes), *padded],
            to_working=np.array(encoding.to_working) if self._light(picture) else np.eye(3),
            yuv=_yuv_ranges(encoding.full_range, encoding.bits),
            luma_weights=encoding.matrix,
            chroma_site=encoding.chroma_site,
            first_row=band.first_row,
            rows=band.rows,
            max_code=_largest(picture) if planes[0].dtype.kind == "u" else 1.0,
        )

    def _kind(self, picture: Picture, plane: npt.NDArray[Any]) -> dict[str, float]:
        """What wgsl/upload.wgsl is compiled for."""
        encoding = picture.encoding
        alpha = ALPHAS[encoding.alpha]
        if self.use is Use.VECTOR and alpha:
            alpha = ALPHAS[Alpha.PREMULTIPLIED]  # kept beside the numbers, never multiplied
        return {
            "SAMPLES": SAMPLE_KINDS[plane.dtype],
            "CHANNELS": plane.shape[2],
            "YUV": float(encoding.model == "yuv"),
            "TRANSFER": TRANSFERS[encoding.transfer] if self._light(picture) else 0,
            "ALPHA": alpha,
        }

    def _light(self, picture: Picture) -> bool:
        """Whether its numbers are light, and not depth or vectors."""
        return self.use is Use.COLOUR and picture.encoding.transfer is not Transfer.RAW


def split(planes: Sequence[npt.NDArray[Any]], picture: Picture, limit: int) -> list[_Band]:
    """Cut a picture into as few bands of rows as fit `limit` bytes each; none where even a row is
    too much. Bands and the planes in them begin at multiples of 256."""
    height, rows = picture.size[1], picture.size[1]
    while rows >= 1:
        bands: list[_Band] = []
        end = 0
        for first in range(0, height, rows):
            band = _band(planes, picture, first, min(first + rows, height), end)
            bands.append(band)
            end += band.size
        if all(band.size <= limit for band in bands):
            return bands
        rows = (rows + 1) // 2 if rows > 1 else 0
    return []


def _band(
    planes: Sequence[npt.NDArray[Any]], picture: Picture, first: int, last: int, offset: int
) -> _Band:
    parts, size = [], 0
    for plane in planes:
        rows = plane.shape[0]
        # The rows of smaller planes between which those of the band lie, and one on either side.
        block = max(1, round(picture.size[1] / rows))
        begin = max(0, first // block - 1) if rows < picture.size[1] else first
        end = min(rows, -(-last // block) + 1) if rows < picture.size[1] else last
        begin = min(begin, rows - 1)
        parts.append((begin, max(end, begin + 1), size))
        size += -(-(max(end, begin + 1) - begin) * plane.strides[0] // 256) * 256
    return _Band(first, last - first, offset, size, tuple(parts))


def _largest(picture: Picture) -> float:
    """The code value that stands for 1."""
    return float(2**picture.encoding.bits - 1)


def _yuv_ranges(full: bool, bits: int) -> tuple[float, float, float, float]:
    """Luma offset and scale, chroma offset and scale on 0..1 code values (ITU-R BT.709, 2020)."""
    top = float(2**bits - 1)
    step = float(2 ** (bits - 8))
    if full:
        return 0.0, 1.0, 128.0 * step / top, 1.0
    return 16 * step / top, top / (219 * step), 128 * step / top, top / (224 * step)


def _counts(picture: Picture) -> bool:
    """Whether its numbers are whole ones."""
    return picture.planes[0].dtype.kind == "u"


def _bounds(picture: Picture) -> tuple[float, float]:
    """The least and most that a data picture's values can stand for: codes that are full stand for
    all that is more. Floats, and video with room beyond black and white, go on."""
    encoding = picture.encoding
    whole = _counts(picture) and (encoding.model == "rgb" or encoding.full_range)
    return (0.0, 1.0) if whole else (-FAR_AWAY, FAR_AWAY)


def _is_whole(picture: Picture) -> bool:
    """Whether each pixel of a data picture holds finite numbers, and is there by its alpha."""
    plane: npt.NDArray[Any] = picture.planes[0]
    has_alpha = picture.encoding.alpha is not Alpha.NONE and plane.shape[2] in (2, 4)
    if has_alpha and not bool((plane[..., -1] > 0).all()):
        return False
    return plane.dtype.kind == "u" or bool(np.isfinite(plane).all())


def _limits(picture: Picture) -> tuple[float, ...]:
    """Smallest and largest finite value of a data picture, and infinities where it has them."""
    plane: npt.NDArray[Any] = picture.planes[0][..., : 3 if picture.channels >= 3 else 1]
    if plane.dtype.kind == "u":
        low, high = float(plane.min()), float(plane.max())
        top = _largest(picture)
        if picture.encoding.model == "rgb":
            return low / top, high / top
        offset, scale, _, _ = _yuv_ranges(picture.encoding.full_range, picture.encoding.bits)
        return (low / top - offset) * scale, (high / top - offset) * scale
    finite = plane[np.isfinite(plane)]
    ends = [float(finite.min()), float(finite.max())] if finite.size else []
    if np.isposinf(plane).any():
        ends.append(FAR_AWAY)
    if np.isneginf(plane).any():
        ends.append(-FAR_AWAY)
    return tuple(ends) or (0.0,)
