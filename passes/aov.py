"""Data outputs: the same draws again, one sample at the pixel's centre, never anti-aliased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.gpu import Gpu, UniformSlot
from engine.graph import Attachment, PassContext, Read, TextureSpec, Use, Write
from passes.draw import Drawing, Item, Stage, reads_of

MAX_ATTACHMENTS = 6  # outputs of wgsl/aov.wgsl


@dataclass(frozen=True, slots=True)
class Datum:
    """number: in wgsl/aov.wgsl. format: of its texture. bytes: a sample takes of the device's
    limit for all attachments together."""

    number: int
    format: str
    bytes: int


DATA = {
    "z": Datum(0, "r32float", 4),
    "position": Datum(1, "rgba32float", 16),
    "normals": Datum(2, "rgba16float", 8),
    "uv": Datum(3, "rg32float", 8),
    "object_id": Datum(4, "r32float", 4),
    "confidence": Datum(5, "r32float", 4),
    "stretch": Datum(6, "r32float", 4),
    "forward": Datum(7, "rg32float", 8),
    "backward": Datum(8, "rg32float", 8),
}


def grouped(names: Sequence[str], gpu: Gpu) -> list[list[str]]:
    """The wanted outputs in as few groups as the device can draw at once."""
    limit = int(gpu.limits.get("max-color-attachment-bytes-per-sample", 32))
    groups: list[list[str]] = []
    room = 0
    for name in names:
        if not groups or DATA[name].bytes > room or len(groups[-1]) == MAX_ATTACHMENTS:
            groups.append([])
            room = limit
        groups[-1].append(name)
        room -= DATA[name].bytes
    return groups


class AovPass:
    """One group of data outputs. far: what Z holds where there is nothing."""

    def __init__(
        self, drawing: Drawing, index: int, view: UniformSlot, outputs: Sequence[str]
    ) -> None:
        self.name = f"aov {index}"
        self.drawing = drawing
        self.view = view
        self.outputs = list(outputs)
        self.items: list[Item] = []
        self.far = 0.0
        self._depth = f"aov depth {index}"
        chosen = tuple((f"OUT_{i}", float(DATA[n].number)) for i, n in enumerate(outputs))
        formats = tuple(DATA[name].format for name in outputs)
        self._stage = Stage(
            "aov", "aov", "aov_replacing_depth", formats, constants=chosen, data=True
        )
        self.reads: tuple[Read, ...] = ()
        self.writes = (
            *(Write(name, TextureSpec(DATA[name].format)) for name in outputs),
            Write(self._depth, TextureSpec("depth32float"), use=Use.DEPTH, clear=0.0),
        )

    def take(self, items: Sequence[Item]) -> None:
        """The draw list, in the document's order."""
        self.items = list(items)
        self.reads = reads_of(sorted(items, key=lambda item: item.name))

    def encode(self, ctx: PassContext) -> None:
        targets = [
            Attachment(name, clear=(self.far if name == "z" else 0.0, 0.0, 0.0, 0.0))
            for name in self.outputs
        ]
        with ctx.render_pass(targets, self._depth) as encoder:
            self.drawing.draw(encoder, ctx, self._stage, self.items, self.view)
