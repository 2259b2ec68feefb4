"""Pictures on the GPU: one texture for each media and use, refilled when its frame changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import MediaError
from engine.gpu import UniformArena
from engine.media import Alpha, Picture, Transfer
from passes.blocks import UPLOAD
from passes.kernels import GROUP, Toolbox

TRANSFERS = {
    Transfer.LINEAR: 0, Transfer.SRGB: 1, Transfer.BT1886: 2,
    Transfer.GAMMA22: 3, Transfer.PQ: 4, Transfer.HLG: 5, Transfer.RAW: 0,
}  # fmt: skip
ALPHAS = {Alpha.NONE: 0, Alpha.STRAIGHT: 1, Alpha.PREMULTIPLIED: 2}
SAMPLE_KINDS = {np.dtype(np.uint8): 0, np.dtype(np.uint16): 1, np.dtype(np.float32): 2}


class Use(StrEnum):
    """What a media's numbers are: light, or data such as depth and vectors."""

    COLOUR = "colour"
    DATA = "data"
    VECTOR = "vector"


FORMATS = {Use.COLOUR: "rgba16float", Use.DATA: "rg32float", Use.VECTOR: "rgba16float"}


def mip_levels(size: tuple[int, int]) -> int:
    """Levels of a full mip chain down to 1 x 1."""
    return max(size).bit_length()


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows of a picture whose bytes fit one storage binding."""

    first_row: int
    rows: int
    offset: int
    size: int


class MediaTexture:
    """One media's picture in one use.

    texture: rgba16float linear premultiplied light with mips, rgba16float vectors with mips, or
    rg32float (value, whether it is there: 0..1). has_alpha: of the current picture.
    """

    def __init__(self, tools: Toolbox, arena: UniformArena, index: int, use: Use) -> None:
        self.tools = tools
        self.index = index
        self.use = use
        self.texture: Any = None
        self.size = (0, 0)
        self.frame: int | None = None
        self.has_alpha = False
        self.limits = (0.0, 0.0)
        self.version = 0
        self._arena = arena
        self._staging: Any = None
        self._bands: list[_Band] = []
        self._slots: list[Any] = []
        self._views: list[Any] = []
        self.pending = False

    @property
    def name(self) -> str:
        """Its name in the render graph."""
        return f"media {self.index + 1} {self.use.value}"

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
        if picture.size != self.size:
            self._resize(picture.size)
        self.frame = picture.frame
        self.has_alpha = picture.encoding.alpha is not Alpha.NONE
        if self.use is Use.DATA:
            self.limits = _limits(picture)
        self._stage(planes, picture)
        self.version += 1
        self.pending = True

    def encode(self, encoder: Any) -> None:
        """Convert what `load` staged, in a compute pass encoder. Nothing to do: nothing done."""
        if not self.pending:
            return
        self.pending = False
        kernel = self.tools.kernel("upload", "data" if self.use is Use.DATA else "colour")
        target = 3 if self.use is Use.DATA else 2
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
        levels = 1 if self.use is Use.DATA else mip_levels(size)
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
        limit = int(self.tools.gpu.limits["max-storage-buffer-binding-size"])
        offsets, end = [], 0
        for plane in planes:
            offsets.append(end)
            end += -(-plane.nbytes // 256) * 256
        if end <= limit:
            bands = [_Band(0, picture.size[1], 0, end)]
            layout = list(zip(planes, offsets, strict=True))
        elif len(planes) == 1:
            bands, layout = _split(planes[0], limit)
            end = bands[-1].offset + bands[-1].size
        else:
            raise MediaError(
                f"media {self.index + 1}: a video frame of {picture.size} is too large"
            )
        if self._staging is None or self._staging.size < end:
            if self._staging is not None:
                self.tools.gpu.drop(self._staging)
            self._staging = self.tools.gpu.device.create_buffer(
                label=f"{self.name} bytes", size=end, usage="STORAGE | COPY_DST"
            )
        for plane, offset in layout:
            flat = plane.reshape(-1).view(np.uint8)
            whole = flat.size & ~3
            if whole:
                self.tools.gpu.queue.write_buffer(self._staging, offset, flat, 0, whole)
            if whole != flat.size:  # the last bytes: buffers are written in fours
                rest = np.zeros(4, np.uint8)
                rest[: flat.size - whole] = flat[whole:]
                self.tools.gpu.queue.write_buffer(self._staging, offset + whole, rest)
        self._bands = bands
        while len(self._slots) < len(bands):
            self._slots.append(self._arena.slot(UPLOAD))
        for band, slot in zip(bands, self._slots, strict=False):
            self._describe(slot, picture, planes, offsets, band)

    def _describe(
        self,
        slot: Any,
        picture: Picture,
        planes: list[npt.NDArray[Any]],
        offsets: list[int],
        band: _Band,
    ) -> None:
        encoding = picture.encoding
        depth = 8 * planes[0].itemsize if encoding.model == "rgb" else encoding.bits
        max_code = float(2**depth - 1) if planes[0].dtype.kind == "u" else 1.0
        strides = [plane.strides[0] for plane in planes]
        padded = [0] * (4 - len(planes))
        light = self.use is Use.COLOUR
        slot.update(
            size=picture.size,
            chroma_size=planes[1].shape[1::-1] if len(planes) == 3 else picture.size,
            plane_offset=[*(offsets if len(planes) == 3 else [0]), *padded],
            plane_stride=[*strides, *padded],
            to_working=np.array(encoding.to_working) if light else np.eye(3),
            yuv=_yuv_ranges(encoding.full_range, encoding.bits),
            luma_weights=encoding.matrix,
            chroma_site=encoding.chroma_site,
            first_row=band.first_row,
            rows=band.rows,
            sample_kind=SAMPLE_KINDS[planes[0].dtype],
            channels=planes[0].shape[2],
            model=1 if encoding.model == "yuv" else 0,
            transfer=TRANSFERS[encoding.transfer] if light else 0,
            alpha=ALPHAS[encoding.alpha] if light else 0,
            max_code=max_code,
        )


def _split(plane: npt.NDArray[Any], limit: int) -> tuple[list[_Band], list[tuple[Any, int]]]:
    """Cut a plane into bands of rows that fit `limit` bytes, each at a multiple of 256."""
    row = plane.strides[0]
    rows = max(GROUP, (limit // row) - 1)
    bands, layout, end = [], [], 0
    for first in range(0, plane.shape[0], rows):
        part = plane[first : first + rows]
        size = -(-part.nbytes // 256) * 256
        bands.append(_Band(first, part.shape[0], end, size))
        layout.append((part, end))
        end += size
    return bands, layout


def _yuv_ranges(full: bool, bits: int) -> tuple[float, float, float, float]:
    """Luma offset and scale, chroma offset and scale on 0..1 code values (ITU-R BT.709, 2020)."""
    top = float(2**bits - 1)
    step = float(2 ** (bits - 8))
    if full:
        return 0.0, 1.0, 128.0 * step / top, 1.0
    return 16 * step / top, top / (219 * step), 128 * step / top, top / (224 * step)


def _limits(picture: Picture) -> tuple[float, float]:
    """Smallest and largest finite value of a data picture."""
    plane = picture.planes[0][..., :3]
    if plane.dtype.kind == "u":
        depth = 8 * plane.itemsize if picture.encoding.model == "rgb" else picture.encoding.bits
        top = float(2**depth - 1)
        return float(plane.min()) / top, float(plane.max()) / top
    finite = plane[np.isfinite(plane)]
    if finite.size == 0:
        return 0.0, 0.0
    return float(finite.min()), float(finite.max())
