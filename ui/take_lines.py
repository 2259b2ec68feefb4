"""The lines of a take's log, each with what its values may be: a file from anywhere is checked as
it is read, so that whoever draws a take need not."""

from __future__ import annotations

from typing import Annotated

import msgspec

from engine.media import Encoding

_MOST = 2**31 - 1  # as frame numbers go
Count = Annotated[int, msgspec.Meta(ge=0, le=_MOST)]
Place = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Side = Annotated[int, msgspec.Meta(ge=1, le=2**16)]
Number = Annotated[int, msgspec.Meta(ge=-_MOST, le=_MOST)]
Real = Annotated[float, msgspec.Meta(ge=-1e12, le=1e12)]
Above = Annotated[float, msgspec.Meta(ge=1e-9, le=1e12)]
Corner = tuple[Real, Real, Real]
Row = Annotated[list[Real], msgspec.Meta(min_length=4, max_length=4)]
Matrix = Annotated[list[Row], msgspec.Meta(min_length=4, max_length=4)]
StateName = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{1,9}\.rilievo\Z")]
# Far more than a network's mesh has, and little enough to be allocated on somebody's word.
Points = Annotated[int, msgspec.Meta(ge=3, le=2**16)]
Triangles = Annotated[int, msgspec.Meta(ge=1, le=2**18)]
Rim = Annotated[int, msgspec.Meta(ge=0, le=2**12)]
Rings = Annotated[int, msgspec.Meta(ge=0, le=2**8)]


class Head(msgspec.Struct, tag="take", tag_field="is"):
    """The first line. live: index of the live media. file: path of a source that is a file itself,
    else None. size: (width, height) of the frames."""

    version: Annotated[int, msgspec.Meta(ge=1)]
    fps: Annotated[float, msgspec.Meta(gt=0, le=1e6)]
    size: tuple[Side, Side]
    started: str
    live: Count
    file: str | None


class Kind(msgspec.Struct, tag="kind", tag_field="is"):
    """The source's pictures are of this kind from now on. shapes: (rows, columns) of each plane."""

    encoding: Encoding
    shapes: Annotated[list[tuple[Side, Side]], msgspec.Meta(min_length=1, max_length=3)]


class State(msgspec.Struct, tag="state", tag_field="is"):
    """The document is `states/NAME` from now on."""

    name: StateName


class Shape(msgspec.Struct, tag="shape", tag_field="is"):
    """A mesh's triangles and rim, at a place in the results: int32, zlib."""

    shape: Count
    offset: Place
    length: Place
    triangles: Triangles
    rim: Rim


class Face(msgspec.Struct):
    """A face of a result. low, high: of its points, x, y and z. scale: pixels per centimetre.
    bust: rings of its bust (0: it has none), whose points follow its own; bust_low, bust_high: of
    those."""

    shape: Count
    points: Points
    score: Real
    low: Corner
    high: Corner
    scale: Above | None = None
    bust: Rings = 0
    bust_low: Corner = (0.0, 0.0, 0.0)
    bust_high: Corner = (0.0, 0.0, 0.0)


class Depth(msgspec.Struct, tag="depth", tag_field="is"):
    """A depth map at a place in the results: `PackedMap.codes`, then its confidence where it has
    one, all zlib. size: (width, height)."""

    depth: Count
    offset: Place
    length: Place
    size: tuple[Side, Side]
    low: Real
    high: Real
    confident: bool
    message: str


class Result(msgspec.Struct, tag="result", tag_field="is"):
    """A result of an analysis, at a place in the results: of each face its points, axis after axis
    as 16 bits between low and high, all zlib. captured: seconds before the time of the take's
    start are negative. depth: number of its depth map; without one it is of faces.
    both: of faces and depth."""

    result: Count
    offset: Place
    length: Place
    size: tuple[Side, Side]
    faces: Annotated[list[Face], msgspec.Meta(max_length=64)]
    picture: Number
    captured: Real
    depth: Count | None = None
    both: bool = False


class View(msgspec.Struct):
    """The camera that a frame was seen by, see `EvaluatedCamera`. world: rows."""

    id: str
    world: Matrix
    tan_half: tuple[Above, Above]
    shift: tuple[Real, Real]
    near: Above
    far: Above
    clip: bool


class Frame(msgspec.Struct, tag="frame", tag_field="is"):
    """A recorded frame. at: the document's frame. time: when it was taken, seconds from the first.
    source: frame of the source's movie or file; None without a live source. results: of each map
    by its id."""

    frame: Number
    at: Number
    time: Real
    source: Count | None
    results: dict[str, Count]
    camera: View


Line = Head | Kind | State | Shape | Depth | Result | Frame
