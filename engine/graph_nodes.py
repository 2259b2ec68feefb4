"""What a pass declares to the render graph: resources, and how it touches them. Needs no GPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import wgpu

Size = tuple[int, int]


class Use(StrEnum):
    """How a pass touches a texture or buffer."""

    SAMPLED = "sampled"
    STORAGE = "storage"
    COLOUR = "colour"
    DEPTH = "depth"
    DEPTH_READ = "depth-read"
    COPY_SRC = "copy-src"
    COPY_DST = "copy-dst"
    UNIFORM = "uniform"
    VERTEX = "vertex"
    INDEX = "index"
    INDIRECT = "indirect"


_T, _B = wgpu.TextureUsage, wgpu.BufferUsage
TEXTURE_USAGE: Mapping[Use, int] = {
    Use.SAMPLED: _T.TEXTURE_BINDING,
    Use.STORAGE: _T.STORAGE_BINDING,
    Use.COLOUR: _T.RENDER_ATTACHMENT,
    Use.DEPTH: _T.RENDER_ATTACHMENT,
    Use.DEPTH_READ: _T.RENDER_ATTACHMENT,
    Use.COPY_SRC: _T.COPY_SRC,
    Use.COPY_DST: _T.COPY_DST,
}
BUFFER_USAGE: Mapping[Use, int] = {
    Use.STORAGE: _B.STORAGE,
    Use.UNIFORM: _B.UNIFORM,
    Use.VERTEX: _B.VERTEX,
    Use.INDEX: _B.INDEX,
    Use.INDIRECT: _B.INDIRECT,
    Use.COPY_SRC: _B.COPY_SRC,
    Use.COPY_DST: _B.COPY_DST,
}
ATTACHED = (Use.COLOUR, Use.DEPTH)
# Uses of one texture that exclude each other within one render pass or dispatch. Depth that is
# only tested against may be sampled at the same time.
EXCLUSIVE = {
    (Use.SAMPLED, Use.COLOUR), (Use.SAMPLED, Use.DEPTH), (Use.SAMPLED, Use.STORAGE),
    (Use.STORAGE, Use.COLOUR), (Use.STORAGE, Use.DEPTH),
    (Use.DEPTH_READ, Use.DEPTH),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TextureSpec:
    """A texture a pass makes.

    size: (width, height) in pixels; None means `scale` times the graph's size, rounded up.
    layers: more than one makes an array texture. usage: wgpu flags beyond those that follow from
    how the passes use it.
    """

    format: str
    size: Size | None = None
    scale: float = 1.0
    layers: int = 1
    usage: int = 0


@dataclass(frozen=True, slots=True)
class BufferSpec:
    """A buffer a pass makes. size: bytes. usage: wgpu flags beyond those derived."""

    size: int
    usage: int = 0


Spec = TextureSpec | BufferSpec


@dataclass(frozen=True, slots=True)
class Read:
    """A pass reads a resource; with `history`, what it held at the end of the last frame."""

    name: str
    use: Use = Use.SAMPLED
    history: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """A pass writes a resource.

    spec: what it is; may be None for an imported resource and with `modifies` (it is known then).
    modifies: changes it in place: reads what was there and makes a new version.
    clear: what an attachment is cleared to before its first write: (r, g, b, a), or a number for
    depth. None: transparent black, and depth 0 (far, in reversed Z). A first write by another use
    (STORAGE, COPY_DST) starts from undefined content.
    """

    name: str
    spec: Spec | None = None
    use: Use = Use.COLOUR
    modifies: bool = False
    clear: tuple[float, float, float, float] | float | None = None


def history(name: str, use: Use = Use.SAMPLED) -> Read:
    """Read what `name` held at the end of the last frame (zero before the first)."""
    return Read(name, use, history=True)


class Pass(Protocol):
    """One step of a frame. An attribute `always = True` keeps it from being culled."""

    @property
    def name(self) -> str: ...

    @property
    def reads(self) -> tuple[Read, ...]: ...

    @property
    def writes(self) -> tuple[Write, ...]: ...

    def encode(self, ctx: Any) -> None:
        """Record the pass's commands. ctx: engine.graph.PassContext."""
        ...
