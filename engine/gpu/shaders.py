"""Shader library: plain WGSL files joined by name.

A file may begin with header lines:

    // requires: camera, surface     other files, joined before it, each once
    // uniforms: Camera, ZMap        structs of registered uniform blocks, inserted before its text

Files live in the folder `wgsl/`. There is no template language: variants are `override` constants.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import wgpu

from engine.gpu.uniforms import UniformBlock

_HEADER = re.compile(r"//\s*(requires|uniforms)\s*:\s*(.*?)\s*$")
_PLACE = re.compile(r"┌─ .*?:(\d+):(\d+)")
_NUMBERED = re.compile(r"^\s*(\d+) │", re.MULTILINE)


class Line(NamedTuple):
    """One line of joined text and where it came from (line numbers from 1)."""

    text: str
    file: str
    number: int


class ShaderLibrary:
    """Joins, compiles and keeps shader modules.

    folder: where the `.wgsl` files are; the package `wgsl` unless told otherwise.
    """

    def __init__(self, device: Any, folder: Path | None = None) -> None:
        self._device = device
        self._folder = Path(str(files("wgsl"))) if folder is None else Path(folder)
        self._blocks: dict[str, UniformBlock] = {}
        self._joined: dict[str, list[Line]] = {}
        self._modules: dict[str, Any] = {}

    def register(self, *blocks: UniformBlock) -> None:
        """Make uniform blocks known to `// uniforms:` lines. The same again is fine."""
        for block in blocks:
            known = self._blocks.setdefault(block.name, block)
            assert known.wgsl == block.wgsl, (
                f"uniform block {block.name} is registered twice with different fields"
            )

    def source(self, name: str) -> str:
        """The whole joined text of `name`, ready to compile. Raises AssertionError (a bug)."""
        return "\n".join(line.text for line in self._lines(name)) + "\n"

    def module(self, name: str) -> Any:
        """The compiled shader module of `wgsl/<name>.wgsl`, compiled once.

        An error in the shader is a bug: AssertionError naming file, line and column of the
        original file.
        """
        if name not in self._modules:
            code = self.source(name)
            try:
                module = self._device.create_shader_module(label=f"{name}.wgsl", code=code)
            except wgpu.GPUError as error:
                if "device is lost" in str(error).lower():
                    raise  # not the shader's fault
                raise AssertionError(self._explain(name, str(error))) from error
            self._modules[name] = module
        return self._modules[name]

    def clear(self) -> None:
        """Forget all compiled modules and joined texts (files are read again when asked for)."""
        self._modules.clear()
        self._joined.clear()

    def _lines(self, name: str) -> list[Line]:
        if name not in self._joined:
            lines: list[Line] = []
            self._join(name, lines, set(), set(), ())
            # `enable` and `diagnostic` directives must come before everything else in WGSL.
            first = [line for line in lines if re.match(r"\s*(enable|diagnostic)\b", line.text)]
            rest = [line for line in lines if line not in first]
            self._joined[name] = first + rest
        return self._joined[name]

    def _join(
        self, name: str, out: list[Line], files: set[str], blocks: set[str], path: tuple[str, ...]
    ) -> None:
        assert name not in path, f"shaders require each other: {' → '.join((*path, name))}"
        if name in files:
            return
        files.add(name)
        file = self._folder / f"{name}.wgsl"
        by = f" (required by {path[-1]}.wgsl)" if path else ""
        assert file.is_file(), f"no shader {file.name} in {self._folder.name}/{by}"
        text = file.read_text(encoding="utf-8").splitlines()
        structs: list[str] = []
        for key, value in _headers(text):
            for item in filter(None, (part.strip() for part in value.split(","))):
                if key == "requires":
                    self._join(item, out, files, blocks, (*path, name))
                elif item not in blocks:
                    blocks.add(item)
                    structs.append(item)
        for item in structs:
            assert item in self._blocks, (
                f"{file.name} asks for uniform block {item}, which nobody registered"
            )
            struct = self._blocks[item].wgsl.splitlines()
            out.extend(Line(line, f"uniform block {item}", i) for i, line in enumerate(struct, 1))
        out.extend(Line(line, file.name, i) for i, line in enumerate(text, 1))

    def _explain(self, name: str, message: str) -> str:
        """wgpu's message with places of the joined text turned into those of the files."""
        lines = self._lines(name)

        def origin(number: str) -> Line | None:
            index = int(number) - 1
            return lines[index] if 0 <= index < len(lines) else None

        def place(match: re.Match[str]) -> str:
            line = origin(match[1])
            return f"┌─ {line.file}:{line.number}:{match[2]}" if line else match[0]

        def margin(match: re.Match[str]) -> str:
            line = origin(match[1])
            return f"{line.number:>{len(match[0]) - 2}} │" if line else match[0]

        summary = next(
            (part for part in message.splitlines() if "error:" in part.lower()), "shader error"
        ).strip()
        first = _PLACE.search(message)
        where = origin(first[1]) if first else None
        head = f"{where.file}:{where.number}" if where else f"{name}.wgsl"
        detail = _NUMBERED.sub(margin, _PLACE.sub(place, message))
        detail = detail[detail.find("┌─") :].rstrip() if "┌─" in detail else detail
        return f"{head}: {summary}\n{detail}"


def _headers(text: list[str]) -> list[tuple[str, str]]:
    """The `requires` and `uniforms` lines among the comment lines that open a file."""
    found: list[tuple[str, str]] = []
    for line in text:
        stripped = line.strip()
        if stripped and not stripped.startswith("//"):
            break
        match = _HEADER.match(stripped)
        if match:
            found.append((match[1], match[2]))
    return found
