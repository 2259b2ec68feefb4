"""Finds every fault in a list of passes before any of them runs. Needs no GPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.gpu.formats import FORMATS
from engine.graph_nodes import (
    ATTACHED,
    BUFFER_USAGE,
    EXCLUSIVE,
    TEXTURE_USAGE,
    BufferSpec,
    Pass,
    Size,
    Spec,
    TextureSpec,
    Use,
    Write,
)


class Check:
    """Walks the passes once: versions, specs and faults."""

    def __init__(
        self,
        passes: Sequence[Pass],
        imports: Mapping[str, Spec],
        size: Size,
        outputs: tuple[str, ...],
        max_texture: int | None,
    ) -> None:
        self.passes, self.imports, self.size = passes, imports, size
        self.outputs, self.max_texture = outputs, max_texture
        self.faults: list[str] = []
        self.specs: dict[str, Spec] = {}
        self.version: dict[str, int] = {}  # how often a name was written so far; 0: imported
        self.writer: dict[str, str] = {}
        # Per pass: versions needed (name, version), and versions made.
        self.needs: list[list[tuple[str, int]]] = []
        self.makes: list[list[tuple[str, int]]] = []

    def run(self) -> None:
        for name, spec in self.imports.items():
            self.specs[name] = spec
            self.version[name] = 0
            self._spec(name, spec, "imported as")
        names: set[str] = set()
        for item in self.passes:
            if item.name in names:
                self.faults.append(f"two passes are called {item.name!r}")
            names.add(item.name)
            self._pass(item)
        self._histories()
        for name in self.outputs:
            if name not in self.version:
                known = ", ".join(self.version) or "none"
                self.faults.append(
                    f"output {name!r} is written by no pass; written or imported are: {known}"
                )

    def resolved(self, name: str) -> tuple[str, Size, int]:
        """(format, size, layers) of a resource; "" and (bytes, 1) for a buffer."""
        spec = self.specs[name]
        if isinstance(spec, BufferSpec):
            return "", (spec.size, 1), 1
        if spec.size is not None:
            return spec.format, spec.size, spec.layers
        width, height = (max(1, -int(-side * spec.scale // 1)) for side in self.size)
        return spec.format, (width, height), spec.layers

    def _pass(self, item: Pass) -> None:
        needs: list[tuple[str, int]] = []
        for read in item.reads:
            if read.history:
                continue  # looked at when all passes are known
            if read.name in self.version:
                needs.append((read.name, self.version[read.name]))
                self._kind(item, read.name, read.use, "reads")
            else:
                later = [p.name for p in self.passes if any(w.name == read.name for w in p.writes)]
                hint = f" (pass {later[0]!r} writes it later)" if later else ""
                self.faults.append(
                    f"pass {item.name!r} reads {read.name!r}, which no earlier pass writes{hint}"
                )
        makes: list[tuple[str, int]] = []
        mine: set[str] = set()
        for write in item.writes:
            if write.name in mine:
                self.faults.append(f"pass {item.name!r} writes {write.name!r} twice")
                continue
            mine.add(write.name)
            if write.modifies and write.name in self.version:
                needs.append((write.name, self.version[write.name]))
            if self._write(item, write):
                makes.append((write.name, self.version[write.name]))
        self._exclusive(item)
        self._attachments(item)
        self.needs.append(needs)
        self.makes.append(makes)

    def _write(self, item: Pass, write: Write) -> bool:
        name = write.name
        if write.modifies and name not in self.version:
            self.faults.append(
                f"pass {item.name!r} modifies {name!r}, which no earlier pass writes"
            )
            return False
        if not write.modifies and name in self.writer:
            self.faults.append(
                f"passes {self.writer[name]!r} and {item.name!r} both write {name!r}; if the "
                f"second changes it in place, declare modifies=True"
            )
            return False
        known = self.specs.get(name)
        if write.spec is None and known is None:
            self.faults.append(f"pass {item.name!r} writes {name!r} without saying what it is")
            return False
        if write.spec is not None and known is None:
            self.specs[name] = write.spec
            self._spec(name, write.spec, f"as pass {item.name!r} writes it,")
        elif write.spec is not None and known is not None:
            self._same(item, name, write.spec, known)
        self.writer[name] = item.name
        self.version[name] = self.version.get(name, 0) + 1
        self._kind(item, name, write.use, "writes")
        return True

    def _same(self, item: Pass, name: str, spec: Spec, known: Spec) -> None:
        """A later writer must mean the same resource as the first."""
        kept = self.resolved(name)
        self.specs[name] = spec
        other = self.resolved(name)
        self.specs[name] = known
        if kept != other:
            self.faults.append(
                f"pass {item.name!r} writes {name!r} as {_what(*other)}, but it is {_what(*kept)}"
            )

    def _spec(self, name: str, spec: Spec, how: str) -> None:
        if isinstance(spec, BufferSpec):
            if spec.size <= 0:
                self.faults.append(f"{name!r}, {how} has {spec.size} bytes")
            return
        if spec.format not in FORMATS:
            self.faults.append(f"{name!r}, {how} has the unknown format {spec.format!r}")
        _, size, layers = self.resolved(name)
        if min(size) <= 0 or layers <= 0 or spec.scale <= 0:
            self.faults.append(f"{name!r}, {how} has no pixels: {size[0]}x{size[1]}x{layers}")
        if self.max_texture is not None and max(size) > self.max_texture:
            self.faults.append(
                f"{name!r}, {how} is {size[0]}x{size[1]}, but this adapter's textures end at "
                f"{self.max_texture} pixels"
            )

    def _kind(self, item: Pass, name: str, use: Use, verb: str) -> None:
        spec = self.specs.get(name)
        if spec is None:
            return
        buffer = isinstance(spec, BufferSpec)
        if use not in (BUFFER_USAGE if buffer else TEXTURE_USAGE):
            kind = "buffer" if buffer else "texture"
            self.faults.append(f"pass {item.name!r} {verb} {kind} {name!r} as {use}")
        elif isinstance(spec, TextureSpec) and spec.format in FORMATS:
            depth = FORMATS[spec.format].depth
            if (use is Use.COLOUR and depth) or (use in (Use.DEPTH, Use.DEPTH_READ) and not depth):
                self.faults.append(
                    f"pass {item.name!r} {verb} {name!r} as {use}, but its format is {spec.format}"
                )

    def _exclusive(self, item: Pass) -> None:
        reads = {(r.name, r.use) for r in item.reads if not r.history}
        for write in item.writes:
            if isinstance(self.specs.get(write.name), BufferSpec):
                continue
            for name, use in sorted(reads):
                if name == write.name and (use, write.use) in EXCLUSIVE:
                    self.faults.append(
                        f"pass {item.name!r} uses {name!r} as {use} and as {write.use} at the "
                        f"same time; write to another texture, or declare only the one use"
                    )

    def _attachments(self, item: Pass) -> None:
        attached = [w.name for w in item.writes if w.use in ATTACHED and w.name in self.specs]
        attached += [
            r.name
            for r in item.reads
            if r.use is Use.DEPTH_READ and not r.history and r.name in self.specs
        ]
        for name in attached[1:]:
            first, other = self.resolved(attached[0])[1], self.resolved(name)[1]
            if first != other:
                self.faults.append(
                    f"pass {item.name!r} attaches {attached[0]!r} of {first[0]}x{first[1]} and "
                    f"{name!r} of {other[0]}x{other[1]}; attachments must have one size"
                )

    def _histories(self) -> None:
        for item, needs in zip(self.passes, self.needs, strict=True):
            for read in item.reads:
                if not read.history:
                    continue
                if read.name not in self.writer:
                    self.faults.append(
                        f"pass {item.name!r} reads last frame's {read.name!r}, which no pass writes"
                    )
                elif read.name in self.imports:
                    self.faults.append(
                        f"pass {item.name!r} reads last frame's {read.name!r}, which is imported; "
                        f"only what a pass makes has a history"
                    )
                else:
                    needs.append((read.name, self.version[read.name]))
                    self._kind(item, read.name, read.use, "reads")


def _what(format: str, size: Size, layers: int) -> str:
    if not format:
        return f"a buffer of {size[0]} bytes"
    return f"{format} {size[0]}x{size[1]}" + (f"x{layers}" if layers > 1 else "")
