"""What a pass of the render graph encodes with: its textures, and passes begun the right way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from engine.gpu.device import Gpu
from engine.gpu.gaps import NO_ATTACHMENT
from engine.gpu.timing import PassTimer
from engine.graph_nodes import Size, Use
from engine.graph_plan import Plan, Resource


@dataclass(frozen=True, slots=True)
class Attachment:
    """A colour attachment, where its name alone does not say enough.

    layer: of an array texture. clear: instead of the clear value of the `Write`. load, store:
    instead of what is derived.
    """

    name: str
    layer: int | None = None
    clear: tuple[float, float, float, float] | None = None
    load: Literal["clear", "load"] | None = None
    store: bool | None = None


@dataclass(frozen=True, slots=True)
class DepthAttachment:
    """A depth attachment, where its name alone does not say enough.

    read_only: test without writing; derived when the pass only reads it (`Use.DEPTH_READ`).
    """

    name: str
    layer: int | None = None
    clear: float | None = None
    load: Literal["clear", "load"] | None = None
    store: bool | None = None
    read_only: bool | None = None


class PassContext:
    """What a pass gets to encode with. Valid only during its `encode`.

    encoder: the frame's command encoder. gpu, timer: the device; the timer or None. size: (width,
    height) of the graph.
    """

    def __init__(
        self, gpu: Gpu, plan: Plan, index: int, physical: Callable[[Resource, bool], Any]
    ) -> None:
        self.gpu: Gpu = gpu
        self.size: Size = plan.size
        self.encoder: Any = None
        self.timer: PassTimer | None = None
        self._physical = physical
        self._plan = plan
        self._index = index
        item = plan.passes[index]
        self._name = item.name
        self._writes = {write.name: write for write in item.writes}
        self._reads = {read.name for read in item.reads if not read.history}
        self._histories = {read.name for read in item.reads if read.history}
        self._depth_only = {
            read.name for read in item.reads if read.use is Use.DEPTH_READ
        } - self._writes.keys()
        self._begun: set[tuple[str, int | None]] = set()
        self._discarded: set[tuple[str, int | None]] = set()

    def start(self, encoder: Any, timer: PassTimer | None) -> None:
        """Called by the graph before each `encode`."""
        self.encoder, self.timer = encoder, timer
        self._begun.clear()
        self._discarded.clear()

    def texture(self, name: str, *, history: bool = False) -> Any:
        """The texture of a declared read or write; with `history`, last frame's."""
        return self._physical(self._declared(name, history), history)

    def view(
        self,
        name: str,
        *,
        layer: int | None = None,
        array: bool = False,
        history: bool = False,
    ) -> Any:
        """The cached view of a declared texture: of one layer, or of all (see `Gpu.view`)."""
        return self.gpu.view(self.texture(name, history=history), layer=layer, array=array)

    def history(self, name: str) -> Any:
        """The view of what a texture held at the end of the last frame."""
        return self.view(name, history=True)

    def buffer(self, name: str, *, history: bool = False) -> Any:
        """The buffer of a declared read or write."""
        return self.texture(name, history=history)

    def size_of(self, name: str) -> Size:
        """(width, height) of a declared texture, (bytes, 1) of a buffer."""
        return self._plan.resources[name].size

    @contextmanager
    def render_pass(
        self,
        colour: Sequence[Attachment | str | None],
        depth: DepthAttachment | str | None = None,
        label: str = "",
        queries: Any = None,
    ) -> Iterator[Any]:
        """`with ctx.render_pass(["beauty"], "depth") as rp:` — a timed render pass, ended on exit.

        The first write clears, later ones and further render passes of the same pass load; what
        nobody reads afterwards is discarded. Attachments come in the order of the shader's outputs;
        None leaves one out (in the pipeline's targets that is `engine.gpu.NO_TARGET`). queries: the
        query set of occlusion queries within the pass.
        """
        attachments = [NO_ATTACHMENT if item is None else self._colour(item) for item in colour]
        descriptor: dict[str, Any] = {"color_attachments": attachments}
        if depth is not None:
            wanted = depth if isinstance(depth, DepthAttachment) else DepthAttachment(depth)
            descriptor["depth_stencil_attachment"] = self._depth(wanted)
        if queries is not None:
            descriptor["occlusion_query_set"] = queries
        if self.timer is not None:
            descriptor["timestamp_writes"] = self.timer.writes(self._name, "render")
        encoder = self.encoder.begin_render_pass(label=label or self._name, **descriptor)
        try:
            yield encoder
        finally:
            encoder.end()

    @contextmanager
    def compute_pass(self, label: str = "") -> Iterator[Any]:
        """`with ctx.compute_pass() as cp:` — a timed compute pass, ended on exit."""
        writes = None if self.timer is None else self.timer.writes(self._name, "compute")
        encoder = self.encoder.begin_compute_pass(
            label=label or self._name, timestamp_writes=writes
        )
        try:
            yield encoder
        finally:
            encoder.end()

    def _declared(self, name: str, history: bool) -> Resource:
        known = name in (self._histories if history else self._reads | self._writes.keys())
        what = f"last frame's {name!r}" if history else repr(name)
        assert known, f"pass {self._name!r} uses {what} without declaring it"
        return self._plan.resources[name]

    def _load_store(
        self, wanted: Attachment | DepthAttachment
    ) -> tuple[Literal["clear", "load"], Literal["store", "discard"]]:
        key = (wanted.name, wanted.layer)
        write = self._writes.get(wanted.name)
        assert write is not None and write.use in (Use.COLOUR, Use.DEPTH), (
            f"pass {self._name!r} attaches {wanted.name!r} without declaring it as attachment"
        )
        again = key in self._begun
        load = wanted.load or ("load" if write.modifies or again else "clear")
        assert load == "clear" or key not in self._discarded, (
            f"pass {self._name!r} loads {wanted.name!r}, which its render pass before discarded "
            f"because nobody reads it later: give that attachment store=True"
        )
        self._begun.add(key)
        resource = self._plan.resources[wanted.name]
        last = resource.last == self._index and not resource.kept and not resource.imported
        unread = last and wanted.name not in self._reads
        store = not unread if wanted.store is None else wanted.store
        if store:
            self._discarded.discard(key)
        else:
            self._discarded.add(key)
        return load, "store" if store else "discard"

    def _colour(self, item: Attachment | str) -> dict[str, Any]:
        wanted = item if isinstance(item, Attachment) else Attachment(item)
        load, store = self._load_store(wanted)
        clear = self._writes[wanted.name].clear if wanted.clear is None else wanted.clear
        return {
            "view": self.view(wanted.name, layer=wanted.layer),
            "load_op": load,
            "store_op": store,
            "clear_value": (0.0, 0.0, 0.0, 0.0) if clear is None else clear,
        }

    def _depth(self, wanted: DepthAttachment) -> dict[str, Any]:
        view = self.view(wanted.name, layer=wanted.layer)
        only = wanted.name in self._depth_only if wanted.read_only is None else wanted.read_only
        if only:
            return {"view": view, "depth_read_only": True}
        load, store = self._load_store(wanted)
        clear = self._writes[wanted.name].clear if wanted.clear is None else wanted.clear
        return {
            "view": view,
            "depth_load_op": load,
            "depth_store_op": store,
            "depth_clear_value": 0.0 if clear is None else clear,
        }
