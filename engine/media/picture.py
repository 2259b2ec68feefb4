"""What media hands over: pictures, and the small results that networks make from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt


class Transfer(StrEnum):
    """How code values become light. The GPU decodes everything to the linear working space."""

    LINEAR = "linear"
    SRGB = "srgb"  # IEC 61966-2-1, also used for BT.709 video so that it matches its own preview
    BT1886 = "bt1886"  # ITU-R BT.1886 with zero black: gamma 2.4
    GAMMA22 = "gamma22"
    PQ = "pq"  # SMPTE ST 2084, 1.0 = 100 cd/m2
    HLG = "hlg"  # ARIB STD-B67
    RAW = "raw"  # data, not light (depth, normals): never decoded


class Alpha(StrEnum):
    """How the alpha channel relates to the colour channels."""

    NONE = "none"
    STRAIGHT = "straight"
    PREMULTIPLIED = "premultiplied"


IDENTITY3: tuple[tuple[float, float, float], ...] = ((1, 0, 0), (0, 1, 0), (0, 0, 1))


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the numbers in a `Picture` mean.

    model: `rgb` (one interleaved plane) or `yuv` (three planes Y, Cb, Cr; chroma may be smaller).
    bits: significant bits of integer samples (8, 10, 12, 16); ignored for floats.
    full_range: for `yuv`, whether code values use the full range (else the "limited" video range).
    matrix: for `yuv`, the luma weights (Kr, Kb), e.g. BT.709 (0.2126, 0.0722).
    to_working: 3x3, linear RGB of the picture's primaries to linear RGB of the working space.
    chroma_site: for `yuv` with smaller chroma planes, where a chroma sample lies within the block
        of luma pixels it stands for: (0, 0) on the top left pixel's centre, (0.5, 0.5) in the
        middle of the block. With n = round(luma width / chroma width), luma pixel x meets chroma
        at index (x - site * (n - 1)) / n; the same for y.
    """

    model: Literal["rgb", "yuv"] = "rgb"
    transfer: Transfer = Transfer.SRGB
    alpha: Alpha = Alpha.NONE
    bits: int = 8
    full_range: bool = True
    matrix: tuple[float, float] = (0.2126, 0.0722)
    to_working: tuple[tuple[float, float, float], ...] = IDENTITY3
    chroma_site: tuple[float, float] = (0.5, 0.5)


@dataclass(frozen=True, slots=True, eq=False)  # arrays do not compare to yes or no
class Picture:
    """One frame of a media.

    planes: one array (h, w, c) for `rgb` with c = 1 (grey), 2 (grey, alpha), 3 or 4; or three
        arrays (h, w, 1), (ch, cw, 1), (ch, cw, 1) for `yuv`. dtype uint8, uint16 or float32; row 0
        is the top row. Integers stand for 0..1 (value / (2**bits - 1)); floats are kept as they
        are, NaN and infinity included.
    capture_time: seconds on the monotonic clock when a live source took it; None for files.
    """

    planes: tuple[npt.NDArray[np.generic], ...]
    encoding: Encoding
    frame: int = 0
    capture_time: float | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        height, width = self.planes[0].shape[:2]
        return width, height

    @property
    def channels(self) -> int:
        """Channels of the first plane for `rgb`; 3 for `yuv`."""
        return 3 if self.encoding.model == "yuv" else self.planes[0].shape[2]


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a media before a frame of it is read.

    size: (width, height) after orientation tags are applied. first, last: frame numbers, inclusive
    (a still: first == last). fps: None where the media has no rate (stills, sequences).
    orientation: by which stored pixels are turned upright, 1 to 8 as EXIF has it. timecode: of the
    first frame ("10:59:58:20"; with drop frame "10:59:58;20"), None where the file has none.
    header_fps: the rate that the header of a still or sequence tells, by which nothing is played.
    sound: whether a film has any.
    """

    name: str
    path: str
    size: tuple[int, int]
    first: int
    last: int
    fps: float | None
    kind: Literal["still", "sequence", "video"]
    pixel_aspect: float = 1.0
    channels: tuple[str, ...] = ("R", "G", "B")
    orientation: int = 1
    timecode: str | None = None
    header_fps: float | None = None
    sound: bool = False


class Source(Protocol):
    """A media that answers with a picture for a frame."""

    @property
    def info(self) -> SourceInfo: ...

    def frame(self, t: int) -> Picture:
        """The picture at media frame `t`; a still answers any `t`. Raises MediaError."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class KeepsPictures(Protocol):
    """A source that keeps pictures it has read."""

    @property
    def held(self) -> frozenset[int]:
        """Media frames that it answers at once, from memory."""
        ...


@dataclass(frozen=True, slots=True, eq=False)  # arrays do not compare to yes or no
class FaceMesh:
    """One face found in a picture.

    points: (n, 3) float32, the first 468 the landmarks. x, y in pixels of the picture (x right, y
        down, top left corner of the picture is 0, 0; a pixel's centre is at .5); z in the same
        pixels, larger is nearer to the camera, zero at the rim's farthest point.
    triangles: (n, 3) int32 into points.
    rim: (k,) int32, the outline of the face as a closed loop of point indices, in order.
    score: 0..1, how sure the networks are that this is a face.
    scale: picture pixels (of z, so of the picture's height) per centimetre; None: not known.
    bust: (rings, k, 3) float32, the head and shoulders around the face, or None: rings of points
        from the rim outwards, one point for each of the rim's, in the same pixels. Their z is that
        of the body; how it begins at the rim is for who draws it. The last ring lies in the plane
        on which the bust stands, which is behind zero.
    """

    points: npt.NDArray[np.float32]
    triangles: npt.NDArray[np.int32]
    rim: npt.NDArray[np.int32]
    score: float
    scale: float | None = None
    bust: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class FaceResult:
    """What Face Analysis says of one picture of size (width, height). No faces: an empty tuple."""

    size: tuple[int, int]
    faces: tuple[FaceMesh, ...] = field(default=())

    @property
    def centimetres(self) -> float | None:
        """How high the whole picture is at its largest face, in centimetres: what one unit of a
        surface's own height stands for. None: not known."""
        scale = self.faces[0].scale if self.faces else None
        return self.size[1] / scale if scale else None

    @property
    def message(self) -> str:
        """One line for the status line and the console."""
        if not self.faces:
            return "no face found: the surface stays flat"
        best = max(face.score for face in self.faces)
        count = "1 face" if len(self.faces) == 1 else f"{len(self.faces)} faces"
        return f"{count} found, best score {best:.2f}"


@dataclass(frozen=True, slots=True, eq=False)  # arrays do not compare to yes or no
class DepthMap:
    """A depth picture at network size, for the whole picture.

    values: (h, w) float32, inverse depth as a share of the shot's range: 0 is the shot's far, 1 its
        near, linear in 1/Z; single frames may go beyond. NaN where there is none.
    confidence: (h, w) float32 in 0..1 or None.
    message: one line for the status line and the console, or empty.
    """

    values: npt.NDArray[np.float32]
    confidence: npt.NDArray[np.float32] | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class FaceAndDepth:
    """The faces of a picture and the depth of all of it: the faces give their shape, the depth map
    where they are and the rest."""

    face: FaceResult
    depth: DepthMap

    @property
    def message(self) -> str:
        """One line for the status line and the console."""
        return "; ".join(filter(None, (self.face.message, self.depth.message)))


AnalysisResult = FaceResult | DepthMap | FaceAndDepth
