"""What there is to say about a network: where it comes from, what it takes, what it answers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0)]
Side = Annotated[int, msgspec.Meta(ge=0, le=8192)]
Short = Annotated[int, msgspec.Meta(ge=1, le=4096)]
Step = Annotated[int, msgspec.Meta(ge=1, le=1024)]
Layout = Literal["NCHW", "NHWC", "NVCHW", "CHW", "HWC"]
"""N batch, V view (one picture of several), C channel, H row, W column."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


class Meaning(StrEnum):
    """What the numbers of a network are. Z is planar depth.

    `relative_inverse_depth`: a / Z + b with a and b unknown, larger is nearer.
    `relative_depth`: Z in an unknown unit, larger is farther.
    `metric_depth`: Z in metres. `metric_inverse_depth`: 1/Z in 1/metres.
    `points`: x, y, z of each pixel, of which z lacks a shift (MoGe); with a scale, in metres.
    """

    RELATIVE_INVERSE = "relative_inverse_depth"
    RELATIVE = "relative_depth"
    METRIC = "metric_depth"
    METRIC_INVERSE = "metric_inverse_depth"
    POINTS = "points"

    @property
    def short(self) -> str:
        """In a word or two, as the list of networks says it."""
        return {
            Meaning.RELATIVE_INVERSE: "inverse depth",
            Meaning.RELATIVE: "depth",
            Meaning.METRIC: "metres",
            Meaning.METRIC_INVERSE: "1 / metres",
            Meaning.POINTS: "metres",
        }[self]

    @property
    def metric(self) -> bool:
        """Whether the numbers are of a known unit."""
        return self in (Meaning.METRIC, Meaning.METRIC_INVERSE, Meaning.POINTS)


class InputRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a picture is made into what a network takes: (rgb / 255 · white − mean) / deviation.

    name: of the graph's input; its first where empty.
    width, height: the one size that it takes, in pixels; 0 where it takes any.
    keep_aspect: of a network of one size: the picture keeps its shape, and its border pixels fill
        what is left; else it is stretched.
    short_side: of a network of any size: the picture is resized so that its short side has these
        pixels or, where that changes it less, its long side. multiple: both sides become multiples
        of it.
    resize: bicubic and linear are for pictures that are little reduced; one that is to be half as
        large or less is averaged.
    channels, layout: their order. white: the value of a white pixel before mean and deviation.
    normalised_inside: the graph takes mean and deviation off itself; `unknown`: look into it.
    tokens: the name of an input that is told how many 14 x 14 patches to look at, or empty.
    """

    name: str = ""
    width: Side = 0
    height: Side = 0
    keep_aspect: bool = False
    short_side: Short = 518
    multiple: Step = 14
    resize: Literal["cubic", "linear", "area"] = "cubic"
    channels: Literal["RGB", "BGR"] = "RGB"
    layout: Layout = "NCHW"
    white: float = 1.0
    mean: tuple[float, float, float] = IMAGENET_MEAN
    deviation: tuple[float, float, float] = IMAGENET_DEVIATION
    normalised_inside: Literal["no", "yes", "unknown"] = "no"
    tokens: str = ""

    def __post_init__(self) -> None:
        if (self.width == 0) != (self.height == 0):
            raise ValueError("width and height: give both, or neither")
        if 0.0 in self.deviation:
            raise ValueError("deviation: a picture cannot be divided by 0")


class OutputRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a network answers. name: of the graph's output; its first where empty. channel: of
    several planes the one with the depth. gain: what its numbers are to be multiplied by, to be in
    metres for example. mask, scale: names of outputs of a network that answers points."""

    name: str = ""
    meaning: Meaning = Meaning.RELATIVE_INVERSE
    channel: Count = 0
    gain: float = 1.0
    mask: str = ""
    scale: str = ""

    def __post_init__(self) -> None:
        if self.gain == 0.0:
            raise ValueError("gain: numbers times 0 say nothing")


class SourceFile(msgspec.Struct, frozen=True, kw_only=True):
    """path: in its repository; also: other paths it may have there. size: bytes."""

    path: str
    size: int
    sha256: str
    also: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Without folders."""
        return self.path.rpartition("/")[2]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a network is fetched from: a repository of the Hugging Face hub at a revision (a whole
    commit hash), or a folder on the web (`url`, to which `/path` is added). The first file is the
    network, others hold its weights."""

    files: tuple[SourceFile, ...]
    repository: str = ""
    revision: str = ""
    url: str = ""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def words(self) -> str:
        """Where that is, for people."""
        return self.url or f"{self.repository} on Hugging Face"


class NetworkSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A network for depth.

    name: what people type. title: what it is called. licence: in plain words. commercial: whether
    that licence lets paid work use it. source: where it is fetched from, or None. path: where a
    network lies that is not fetched: shipped with Rilievo, or the user's own. note: one sentence on
    what had to be assumed, or what is in the way.
    """

    name: str
    title: str
    licence: str
    commercial: bool
    input: InputRules = InputRules()
    output: OutputRules = OutputRules()
    source: Source | None = None
    path: Path | None = None
    note: str = ""

    @property
    def bytes(self) -> int:
        """Size of its files; 0 where that is not known."""
        if self.source is not None:
            return self.source.size
        if self.path is not None and self.path.is_file():
            return self.path.stat().st_size
        return 0

    @property
    def metric(self) -> bool:
        """Whether it measures in metres."""
        return self.output.meaning.metric
