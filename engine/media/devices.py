"""Cameras and screens of this machine, and how each is opened."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import av.device
from av.error import FFmpegError

from engine.errors import MediaError

CAMERA_FORMATS = {"linux": "v4l2", "darwin": "avfoundation", "win32": "dshow"}
SCREEN_FORMATS = {"linux": "x11grab", "darwin": "avfoundation", "win32": "gdigrab"}

_SYSFS = Path("/sys/class/video4linux")
_SCREEN_OF_MAC = "capture screen"  # avfoundation lists screens among the cameras


@dataclass(frozen=True, slots=True)
class Device:
    """index: counts from 0 within its kind. name: as people know it. address: what FFmpeg opens.
    problem: why it cannot be used now, or empty."""

    kind: Literal["camera", "screen"]
    index: int
    name: str
    address: str
    problem: str = ""

    @property
    def source(self) -> str:
        """What to give as `--source`."""
        return f"{self.kind}:{self.index}"


def list_devices(platform: str = sys.platform, sysfs: Path = _SYSFS) -> list[Device]:
    """The cameras, then the screens, of this machine. Nothing is opened for longer than it takes
    to ask; a system that cannot be asked has none."""
    return [*cameras(platform, sysfs), *screens(platform)]


def cameras(platform: str = sys.platform, sysfs: Path = _SYSFS) -> list[Device]:
    """The cameras, in the system's own order."""
    if platform.startswith("linux"):
        return _v4l2(sysfs)
    found = [
        (name, text)
        for name, text in _enumerated(CAMERA_FORMATS.get(platform, ""))
        if not text.lower().startswith(_SCREEN_OF_MAC)
    ]
    if platform == "win32":
        return [
            Device("camera", index, text or name, f"video={text or name}")
            for index, (name, text) in enumerate(found)
        ]
    return [
        Device("camera", index, text, f"{name}:none") for index, (name, text) in enumerate(found)
    ]


def screens(platform: str = sys.platform) -> list[Device]:
    """The screens; none where the system or the session has nothing that can be captured."""
    if platform.startswith("linux"):
        display = os.environ.get("DISPLAY", "")
        return [Device("screen", 0, f"X display {display}", display)] if display else []
    if platform == "win32":
        return [Device("screen", 0, "desktop", "desktop")]
    found = [
        (name, text)
        for name, text in _enumerated(SCREEN_FORMATS.get(platform, ""))
        if text.lower().startswith(_SCREEN_OF_MAC)
    ]
    return [
        Device("screen", index, text, f"{name}:none") for index, (name, text) in enumerate(found)
    ]


def find_device(kind: Literal["camera", "screen"], wanted: str, devices: list[Device]) -> Device:
    """The device of that index, address or name (a part of it will do, in any case).

    Raises MediaError that lists what there is.
    """
    there = [device for device in devices if device.kind == kind]
    lower = wanted.strip().lower()
    if wanted.strip().isdigit():
        tests = [lambda d: d.index == int(wanted)]
    else:
        tests = [
            lambda d: lower in (d.address.lower(), d.name.lower()),
            lambda d: lower in d.name.lower(),
        ]
    for test in tests:
        for device in there:
            if test(device):
                if device.problem:
                    raise MediaError(device.problem)
                return device
    if not there:
        raise MediaError(
            f"there is no {kind} {wanted}: this machine has none"
            f"{' that can be seen from here' if kind == 'screen' else ''}."
        )
    have = ", ".join(f"{device.index} ({device.name})" for device in there)
    raise MediaError(f"there is no {kind} {wanted}: choose {have}.")


def _v4l2(sysfs: Path) -> list[Device]:
    """Cameras of Linux. One camera makes several nodes; only the first of each gives pictures."""
    nodes: list[tuple[int, Path]] = []
    if sysfs.is_dir():
        for node in sysfs.iterdir():
            match = re.fullmatch(r"video(\d+)", node.name)
            if match and _read(node / "index") in ("", "0"):
                nodes.append((int(match[1]), node))
    found: list[Device] = []
    for index, (_, node) in enumerate(sorted(nodes)):
        address = f"/dev/{node.name}"
        name = _read(node / "name") or node.name
        found.append(Device("camera", index, name, address, _problem(name, address)))
    return found


def _problem(name: str, address: str) -> str:
    if not os.path.exists(address) or os.access(address, os.R_OK | os.W_OK):
        return ""
    return (
        f"camera {name} ({address}) may not be opened:"
        " give your user the right to it, such as by adding it to the group video."
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _enumerated(name: str) -> list[tuple[str, str]]:
    """(identifier, description) of an input format's video devices."""
    try:
        devices = av.device.enumerate_input_devices(name)
    except (FFmpegError, ValueError, OSError):
        return []
    return [(d.name, d.description) for d in devices if "video" in (d.media_types or ["video"])]
