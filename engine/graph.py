"""The render graph: passes in order, with everything between them derived.

A pass declares what it reads and writes (`engine.graph_nodes`); `compile` checks that, leaves out
what nobody asked for and assigns memory (`engine.graph_plan`); `execute` lets the passes record
their commands through a `PassContext` (`engine.graph_context`), with load and store derived.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.errors import DeviceError, GraphError
from engine.gpu.device import Gpu
from engine.gpu.pool import Descriptor, TexturePool
from engine.gpu.timing import PassTimer
from engine.graph_context import Attachment, DepthAttachment, PassContext
from engine.graph_nodes import (
    BufferSpec,
    Pass,
    Read,
    Size,
    Spec,
    TextureSpec,
    Use,
    Write,
    history,
)
from engine.graph_plan import Plan, Resource, compile_plan

__all__ = [
    "Attachment",
    "BufferSpec",
    "DepthAttachment",
    "Pass",
    "PassContext",
    "Plan",
    "Read",
    "RenderGraph",
    "TextureSpec",
    "Use",
    "Write",
    "history",
]


class RenderGraph:
    """Passes in the order they are added, compiled when structure or size changes.

    gpu: the device; None to compile and describe only. timer: times every pass, if given.
    """

    def __init__(self, gpu: Gpu | None, timer: PassTimer | None = None) -> None:
        self.gpu = gpu
        self.timer = timer
        self._passes: list[Pass] = []
        self._imports: dict[str, Spec] = {}
        self._bound: dict[str, Any] = {}
        self._pool = None if gpu is None else TexturePool(gpu)
        self._memory: list[Any] = []
        self._contexts: list[PassContext] = []
        self._plan: Plan | None = None
        self._key: Any = None
        self._frame = 0
        self._unchecked = True

    def add(self, item: Pass) -> None:
        """Append a pass. The order of adding is the order of running."""
        self._passes.append(item)

    def clear(self) -> None:
        """Forget passes and imports, to add them anew; memory and plan stay until `compile`."""
        self._passes.clear()
        self._imports.clear()
        self._bound.clear()
        self._unchecked = True

    def import_texture(
        self, name: str, texture: Any | None, spec: TextureSpec | None = None
    ) -> None:
        """Make a texture from outside known: canvas, video, anything that stays resident.

        spec: may be left out when the texture is given. texture: None if it comes later by
        `rebind`. Importing the same name again replaces it.
        """
        if texture is not None:
            width, height, layers = texture.size
            spec = TextureSpec(texture.format, (width, height), layers=layers)
        assert spec is not None, f"import of {name!r}: give a texture or its spec"
        self._imports[name] = spec
        self._bound[name] = texture
        self._unchecked = True

    def import_buffer(self, name: str, buffer: Any | None, spec: BufferSpec | None = None) -> None:
        """Make a buffer from outside known, as `import_texture`."""
        if buffer is not None:
            spec = BufferSpec(buffer.size)
        assert spec is not None, f"import of {name!r}: give a buffer or its spec"
        self._imports[name] = spec
        self._bound[name] = buffer
        self._unchecked = True

    def rebind(self, name: str, resource: Any) -> None:
        """Put another texture or buffer of the same kind in the place of an imported one.

        Needs no new compile; a different format or size does: import it again.
        """
        assert name in self._imports, f"rebind of {name!r}, which is not imported"
        self._bound[name] = resource
        self._unchecked = True

    def compile(self, size: Size, outputs: Iterable[str]) -> Plan:
        """Check, cull and assign memory for these outputs; size: (width, height) in pixels.

        Does next to nothing when structure, size and outputs are the same as last time. Raises
        GraphError that lists all faults; the plan before stays in force then.
        """
        outputs = tuple(outputs)
        shape = tuple(
            (p.name, p.reads, p.writes, getattr(p, "always", False)) for p in self._passes
        )
        key = (size, outputs, shape, tuple(self._imports.items()))
        if self._plan is not None and key == self._key:
            current = {item.name: item for item in self._passes}
            self._plan.passes[:] = [current[item.name] for item in self._plan.passes]
            return self._plan
        limit = None if self.gpu is None else self.gpu.max_texture
        plan = compile_plan(self._passes, self._imports, size, outputs, limit)
        self._plan, self._key, self._unchecked = plan, key, True
        if self._pool is not None:
            wanted = [
                (slot.label, Descriptor(slot.format, slot.size, slot.layers, slot.usage), slot.own)
                for slot in plan.slots
            ]
            try:
                self._memory = self._pool.exchange(wanted)
            except DeviceError:
                self._key = None  # nothing of the plan is there: the next frame asks anew
                raise
            self._contexts = [
                PassContext(self._pool.gpu, plan, index, self._physical)
                for index in range(len(plan.passes))
            ]
        return plan

    def execute(self, encoder: Any, plan: Plan) -> None:
        """Let each live pass record its commands into `encoder`. Submitting is the caller's.

        Raises GraphError when an imported resource is missing or does not fit, DeviceError when the
        device is lost.
        """
        assert self.gpu is not None, "a graph without a GPU cannot execute"
        assert plan is self._plan, "the graph was compiled again: execute its newest plan"
        if self._unchecked:
            self._check_imports(plan)
        self._frame += 1
        with self.gpu.watched():
            for item, context in zip(plan.passes, self._contexts, strict=True):
                context.start(encoder, self.timer)
                try:
                    item.encode(context)
                except Exception as error:
                    error.add_note(f"in pass {item.name!r}")
                    raise

    @property
    def bytes(self) -> int:
        """Bytes of what the compiled plan makes on the GPU."""
        return 0 if self._plan is None else self._plan.bytes

    def describe(self) -> str:
        """The compiled plan as text: passes, resources, bytes, what was culled."""
        return "not compiled" if self._plan is None else self._plan.describe()

    def texture(self, name: str) -> Any:
        """The texture of a name in the compiled plan; its content is defined for outputs only."""
        assert self._plan is not None, "compile the graph first"
        assert name in self._plan.resources, f"{name!r} is not part of the compiled plan"
        return self._physical(self._plan.resources[name], False)

    def buffer(self, name: str) -> Any:
        """The buffer of a name in the compiled plan, as `texture`."""
        return self.texture(name)

    def release(self) -> None:
        """Free all memory, passes and imports."""
        self.clear()
        if self._pool is not None:
            self._pool.release()
        self._memory, self._contexts, self._plan, self._key = [], [], None, None

    def _physical(self, resource: Resource, history: bool) -> Any:
        if resource.imported:
            return self._bound[resource.name]
        assert resource.slot is not None
        if resource.back is None:
            return self._memory[resource.slot]
        # The two change places every frame.
        swapped = self._frame % 2 == 1
        return self._memory[resource.back if history != swapped else resource.slot]

    def _check_imports(self, plan: Plan) -> None:
        faults: list[str] = []
        for resource in plan.resources.values():
            if not resource.imported:
                continue
            name, bound = resource.name, self._bound.get(resource.name)
            if bound is None:
                faults.append(f"{name!r} is imported, but no texture or buffer was given for it")
                continue
            if not resource.format:
                if bound.size < resource.size[0]:
                    faults.append(f"{name!r} has {bound.size} bytes, not {resource.size[0]}")
            else:
                planned = (resource.format, *resource.size, resource.layers)
                given = (bound.format, *bound.size)
                if planned != given:
                    faults.append(f"{name!r} is {given}, but was imported as {planned}")
            missing = resource.usage & ~bound.usage
            if missing:
                names = ", ".join(_usage_names(missing, texture=bool(resource.format)))
                faults.append(f"{name!r} needs the usage {names}, which it was not made with")
        if faults:
            raise GraphError("; ".join(faults))
        self._unchecked = False


def _usage_names(flags: int, *, texture: bool) -> list[str]:
    import wgpu

    kinds: Any = wgpu.TextureUsage if texture else wgpu.BufferUsage
    return [name for name in dir(kinds) if name.isupper() and flags & int(getattr(kinds, name))]
