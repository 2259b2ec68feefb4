"""What a bug report needs, as plain text; works where nothing else does."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Callable, Iterator

import wgpu

from engine.errors import RilievoError
from engine.gpu import Gpu, open_gpu
from engine.gpu.adapters import describe
from engine.output.software import requirements, version

LIMITS = (
    "max-texture-dimension-2d",
    "max-buffer-size",
    "max-storage-buffer-binding-size",
    "max-color-attachment-bytes-per-sample",
    "max-storage-buffers-per-shader-stage",
)

# Variables that change what Rilievo, the graphics driver or the colour does.
VARIABLES = ("RILIEVO_", "OCIO", "WGPU_", "VK_", "LP_NUM_THREADS", "MESA_", "DISPLAY", "WAYLAND_",
             "HF_HOME", "HF_HUB_", "HF_ENDPOINT")  # fmt: skip


def report() -> str:
    """The whole report, one fact a line."""
    lines: list[str] = []
    for title, section in SECTIONS:
        lines.append(title)
        try:
            lines.extend(f"  {line}" for line in section())
        except RilievoError as error:
            lines.append(f"  {error}")
        lines.append("")
    return "\n".join(lines).rstrip()


def _program() -> Iterator[str]:
    yield f"rilievo {version()}"
    yield f"Python {platform.python_version()} ({platform.python_implementation()})"
    yield f"{platform.platform()}, {platform.machine()}, {os.cpu_count()} processors"


def _adapters() -> Iterator[str]:
    gpu = open_gpu()
    try:
        yield f"{gpu.summary} (used)"
        others = {describe(adapter) for adapter in wgpu.gpu.enumerate_adapters_sync()}
        for name in sorted(others - {describe(gpu.adapter)}):
            yield f"{name} (choose with RILIEVO_ADAPTER)"
        yield from _capabilities(gpu)
    finally:
        gpu.close()


def _capabilities(gpu: Gpu) -> Iterator[str]:
    yield f"features: {', '.join(sorted(gpu.features)) or 'none'}"
    for name in LIMITS:
        yield f"{name}: {gpu.limits[name]}"


def _inference() -> Iterator[str]:
    from models import providers

    yield f"providers: {', '.join(providers())}"


def _models() -> Iterator[str]:
    from models import shipped
    from models.depth.registry import NETWORKS, installed

    for name, checksum in shipped.SHA256.items():
        try:
            content = shipped.read(name)
        except RilievoError as error:
            yield str(error)
        else:
            yield f"{name}: {len(content)} bytes, sha256 {checksum}"
    fetched = [spec.name for spec in NETWORKS if installed(spec)]
    yield f"fetched networks: {', '.join(fetched) or 'none'}"


def _libraries() -> Iterator[str]:
    for requirement in requirements():
        name = requirement.partition(";")[0]
        for character in " <>=!~[":
            name = name.partition(character)[0]
        try:
            yield f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            # The other onnxruntime: its marker is about another system.
            if "sys_platform" not in requirement:
                yield f"{name} is missing"


def _colour() -> Iterator[str]:
    from engine.media.colour import working_space

    space = working_space()
    yield f"config: {space.config}"
    yield f"working space: {space.name}"


def _environment() -> Iterator[str]:
    found = sorted(name for name in os.environ if name.startswith(VARIABLES))
    for name in found:
        yield f"{name}={os.environ[name]}"
    if not found:
        yield "nothing set that matters here"


SECTIONS: tuple[tuple[str, Callable[[], Iterator[str]]], ...] = (
    ("Program", _program),
    ("Graphics", _adapters),
    ("Inference", _inference),
    ("Model files", _models),
    ("Colour", _colour),
    ("Libraries", _libraries),
    ("Environment", _environment),
)
