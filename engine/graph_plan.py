"""The render graph's compilation: what runs, and what memory it needs. Needs no GPU.

`engine.graph` runs the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.errors import GraphError
from engine.gpu.formats import texture_bytes
from engine.graph_check import Check
from engine.graph_nodes import BUFFER_USAGE, TEXTURE_USAGE, Pass, Size, Spec, Use


@dataclass(slots=True)
class Resource:
    """One named texture or buffer in a plan.

    size: (width, height), or (bytes, 1) for a buffer. format: "" for a buffer. first, last: places
    in the order of the plan where it is first and last needed. slot: which piece of memory holds
    it; None for imported ones. back: the slot of last frame's content, with history.
    """

    name: str
    format: str
    size: Size
    layers: int
    usage: int
    imported: bool = False
    kept: bool = False  # an output, or read as history: its content outlives the frame
    first: int = -1
    last: int = -1
    slot: int | None = None
    back: int | None = None

    @property
    def bytes(self) -> int:
        if not self.format:
            return self.size[0]
        return texture_bytes(self.format, self.size, self.layers)


@dataclass(slots=True)
class Slot:
    """A piece of memory that several resources may use one after the other.

    own: its content must survive a new plan, so it is never taken over from another name.
    """

    label: str
    format: str
    size: Size
    layers: int
    usage: int
    free_after: int
    own: bool = False

    @property
    def bytes(self) -> int:
        if not self.format:
            return self.size[0]
        return texture_bytes(self.format, self.size, self.layers)


@dataclass(slots=True)
class Plan:
    """A compiled graph: what runs, in which order, and what memory it needs."""

    size: Size
    outputs: tuple[str, ...]
    passes: list[Pass]
    culled: list[str]
    resources: dict[str, Resource]
    slots: list[Slot]

    @property
    def bytes(self) -> int:
        """Bytes of memory for textures and buffers that are not imported."""
        return sum(slot.bytes for slot in self.slots)

    @property
    def bytes_unpooled(self) -> int:
        """What it would be if nothing shared memory."""
        made = [r for r in self.resources.values() if not r.imported]
        return sum(r.bytes * (2 if r.back is not None else 1) for r in made)

    def describe(self) -> str:
        """The plan as text: passes with what they read and write, resources, what was culled."""
        lines = [f"{self.size[0]}x{self.size[1]} → {', '.join(self.outputs) or 'nothing'}"]
        for index, item in enumerate(self.passes, 1):
            reads = ", ".join(
                r.name + (" (last frame)" if r.history else "") + f" {r.use}" for r in item.reads
            )
            writes = ", ".join(
                w.name + (" (in place)" if w.modifies else "") + f" {w.use}" for w in item.writes
            )
            lines.append(f"{index:3} {item.name}: {reads or 'nothing'} → {writes or 'nothing'}")
        for r in self.resources.values():
            what = f"{r.size[0]}x{r.size[1]}" + (f"x{r.layers}" if r.layers > 1 else "")
            what = f"{r.format} {what}, {r.bytes:,} bytes" if r.format else f"{r.bytes:,} bytes"
            where = "imported" if r.imported else f"memory {r.slot}"
            if r.back is not None:
                where += f", last frame's in memory {r.back}"
            lines.append(f"    {r.name}: {what}, {where}")
        lines.append(f"culled: {', '.join(self.culled) or 'nothing'}")
        lines.append(f"{self.bytes:,} bytes; {self.bytes_unpooled:,} without pooling")
        return "\n".join(lines)


def compile_plan(
    passes: Sequence[Pass],
    imports: Mapping[str, Spec],
    size: Size,
    outputs: Iterable[str],
    max_texture: int | None = None,
) -> Plan:
    """Check the passes in the order given, cull what no output needs, and assign memory.

    imports: resources from outside, with complete specs. size: (width, height) of the graph.
    Raises GraphError listing all faults.
    """
    outputs = tuple(dict.fromkeys(outputs))
    check = Check(passes, imports, size, outputs, max_texture)
    check.run()
    if check.faults:
        listed = "\n".join(f"- {fault}" for fault in check.faults)
        count = len(check.faults)
        raise GraphError(
            check.faults[0] if count == 1 else f"the render graph has {count} faults:\n{listed}"
        )
    live = _live(passes, check, outputs)
    kept = [item for item, alive in zip(passes, live, strict=True) if alive]
    culled = [item.name for item, alive in zip(passes, live, strict=True) if not alive]
    resources = _resources(kept, check, imports, outputs)
    slots = _assign(resources)
    return Plan(size, outputs, kept, culled, resources, slots)


def _live(passes: Sequence[Pass], check: Check, outputs: tuple[str, ...]) -> list[bool]:
    """Which passes are needed, backwards from the outputs and from those that always run."""
    maker = {made: index for index, makes in enumerate(check.makes) for made in makes}
    alive = [False] * len(passes)
    pending = [maker[key] for name in outputs if (key := (name, check.version[name])) in maker]
    pending += [index for index, item in enumerate(passes) if getattr(item, "always", False)]
    while pending:
        index = pending.pop()
        if not alive[index]:
            alive[index] = True
            pending += [maker[need] for need in check.needs[index] if need in maker]
    return alive


def _resources(
    passes: Sequence[Pass], check: Check, imports: Mapping[str, Spec], outputs: tuple[str, ...]
) -> dict[str, Resource]:
    """The resources that live passes touch, with usage and lifetime."""
    found: dict[str, Resource] = {}

    def touch(name: str, use: Use, index: int) -> Resource:
        if name not in found:
            format, size, layers = check.resolved(name)
            resource = Resource(name, format, size, layers, check.specs[name].usage)
            resource.imported = name in imports
            resource.first = index
            found[name] = resource
        resource = found[name]
        resource.usage |= int((TEXTURE_USAGE if resource.format else BUFFER_USAGE)[use])
        resource.last = max(resource.last, index)
        return resource

    for index, item in enumerate(passes):
        for read in item.reads:
            resource = touch(read.name, read.use, index)
            if read.history:
                resource.kept = True
                resource.back = -1  # marked; numbered with the slots
        for write in item.writes:
            touch(write.name, write.use, index)
    for name in outputs:
        if name in found:
            resource = found[name]
            resource.kept = True
            if resource.format and not resource.imported:
                # Whoever asked for it will show it or read it back.
                resource.usage |= int(TEXTURE_USAGE[Use.SAMPLED] | TEXTURE_USAGE[Use.COPY_SRC])
            elif not resource.imported:
                resource.usage |= int(BUFFER_USAGE[Use.COPY_SRC])
    return found


def _assign(resources: Mapping[str, Resource]) -> list[Slot]:
    """Give each resource a slot; those that are never alive together may share one.

    Greedy over first use: optimal for intervals of one kind (interval graph colouring). Outputs and
    resources with a history have a slot of their own.
    """
    slots: list[Slot] = []
    end = max((r.last for r in resources.values()), default=-1) + 1

    def new(r: Resource, label: str, free_after: int) -> int:
        slots.append(Slot(label, r.format, r.size, r.layers, r.usage, free_after))
        return len(slots) - 1

    for r in sorted(resources.values(), key=lambda r: r.first):
        if r.imported:
            continue
        if r.back is not None:
            r.slot = new(r, r.name, end)
            r.back = new(r, f"{r.name}, last frame", end)
            slots[r.slot].own = slots[r.back].own = True
            continue
        until = end if r.kept else r.last
        for number, slot in enumerate(slots):
            same = (slot.format, slot.size, slot.layers) == (r.format, r.size, r.layers)
            if same and slot.free_after < r.first:
                r.slot = number
                slot.usage |= r.usage
                slot.free_after = until
                slot.label += f" / {r.name}"
                break
        else:
            r.slot = new(r, r.name, until)
    return slots
