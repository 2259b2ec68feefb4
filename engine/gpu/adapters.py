"""Which graphics adapter to use, and how to say that there is none."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import wgpu

from engine.errors import DeviceError

_TYPES = ("DiscreteGPU", "IntegratedGPU", "CPU")
_NATIVE = ("Vulkan", "Metal", "D3D12")

NO_ADAPTER = (
    "No graphics adapter was found: install a Vulkan driver, "
    "for example `apt install mesa-vulkan-drivers` on Debian and Ubuntu."
)


def choose_adapter(wanted: str | None = None) -> Any:
    """The adapter to use.

    wanted: part of the name of the adapter, in any case; None or "" takes the environment variable
    RILIEVO_ADAPTER, and without that the fastest one: discrete before integrated before software,
    on Vulkan, Metal or D3D12.

    Raises DeviceError when there is none, none with that name, or none but on OpenGL.
    """
    provide_runtime_dir()
    wanted = wanted or os.environ.get("RILIEVO_ADAPTER") or None
    try:
        adapters = list(wgpu.gpu.enumerate_adapters_sync())
    except Exception as error:
        raise DeviceError(f"{NO_ADAPTER} ({error})") from error
    return pick(adapters, wanted)


def pick(adapters: Sequence[Any], wanted: str | None) -> Any:
    """The best of `adapters` whose name contains `wanted`. Raises DeviceError."""
    if not adapters:
        raise DeviceError(NO_ADAPTER)
    matching = [a for a in adapters if wanted is None or wanted.lower() in describe(a).lower()]
    if not matching:
        names = "; ".join(dict.fromkeys(describe(a) for a in adapters))
        raise DeviceError(f"No graphics adapter is called {wanted!r}; there are: {names}.")
    usable = [adapter for adapter in matching if adapter.info["backend_type"] in _NATIVE]
    if not usable:
        # wgpu's OpenGL cannot draw into textures of 32-bit floats, which depth is kept in.
        raise DeviceError(
            f"The graphics adapter {describe(matching[0])} cannot draw depth: install a Vulkan"
            " driver, for example `apt install mesa-vulkan-drivers` on Debian and Ubuntu."
        )
    return min(usable, key=_rank)


def describe(adapter: Any) -> str:
    """One line: name, interface and driver, such as "llvmpipe, Vulkan, Mesa 22.3.6"."""
    info = adapter.info
    # Mesa repeats the compiler in brackets, which is in the device's name already.
    driver = info["description"].partition(" (")[0].strip()
    name = info["device"] or info["vendor"] or "unnamed adapter"
    return ", ".join(part for part in (name, info["backend_type"], driver) if part)


def is_software(adapter: Any) -> bool:
    """Whether the adapter is the processor in disguise."""
    return adapter.info["adapter_type"] == "CPU"


def _rank(adapter: Any) -> int:
    kind = adapter.info["adapter_type"]
    # An unknown kind (virtual machines) comes before software and after real hardware.
    return _TYPES.index(kind) * 2 if kind in _TYPES else 3


def provide_runtime_dir() -> None:
    """Give the drivers a private XDG_RUNTIME_DIR where the system has none (Linux only).

    Without one EGL prints "XDG_RUNTIME_DIR is invalid or not set" for every adapter it looks at.
    """
    if not sys.platform.startswith("linux"):
        return
    known = os.environ.get("XDG_RUNTIME_DIR")
    if known and Path(known).is_dir():
        return
    folder = Path(tempfile.gettempdir()) / f"rilievo-runtime-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return
    # The folder's name can be guessed: use it only if it is really ours.
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    if private and found.st_uid == os.getuid():
        os.environ["XDG_RUNTIME_DIR"] = str(folder)
