"""Pictures as a camera of this machine, so that a call or a recorder can use them.

Through pyvirtualcam, which is not a part of Rilievo: it is under the GPL, version 2, and only the
extra `virtual-camera` brings it. It is imported when a camera is made and not before.
"""

from __future__ import annotations

import importlib
import sys
import threading
import time
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.errors import OutputError

MODULE = "pyvirtualcam"
LONGEST = 2.0  # seconds that closing may wait for a device that hangs

_GET_MODULE = (
    "a virtual camera needs the package pyvirtualcam (GPL, version 2), which is not installed:"
    " `uv sync --extra virtual-camera` gets it"
)
_GET_DEVICE = {
    "linux": "load the kernel module v4l2loopback (`sudo modprobe v4l2loopback`)",
    "win32": "install OBS Studio, which brings one",
    "darwin": "install OBS Studio, which brings one, and start its virtual camera once",
}

Image = npt.NDArray[np.uint8]


class VirtualCamera:
    """Sends the newest picture again and again, at a steady rate, from a thread of its own: a
    camera goes on also while nothing changes, and whoever draws never waits for it.

    size: (width, height) of the device's pictures, even; other pictures are fitted into it, with
    black around. sent: pictures that went to the device. shown: different ones among them.
    replaced: those that a newer one took the place of before they were sent. problem: why it
    stopped by itself, one sentence; else empty.
    """

    def __init__(self, size: tuple[int, int], fps: float) -> None:
        """size: (width, height) in pixels; odd sides lose one, since such devices share colours
        between neighbours. fps: pictures a second. Raises OutputError with how to get what is
        missing: the package, or a device."""
        self.size = (max(2, size[0] - size[0] % 2), max(2, size[1] - size[1] % 2))
        self.fps = fps
        self.sent = self.shown = self.replaced = 0
        self.problem = ""
        self._camera = _open(self.size, fps)
        self.device = str(self._camera.device)
        self._lock = threading.Lock()
        self._newest: Image | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="virtual camera", daemon=True)
        self._thread.start()

    def offer(self, picture: Image) -> None:
        """Show this from now on. picture: (h, w, 3) sRGB, which must not be changed afterwards.
        Never waits."""
        with self._lock:
            self.replaced += self._newest is not None
            self._newest = picture

    def close(self) -> None:
        """Give the device back."""
        self._closing.set()
        self._thread.join(LONGEST)

    def _run(self) -> None:
        fitted: Image | None = None
        due = time.monotonic()
        try:
            while not self._closing.wait(max(0.0, due - time.monotonic())):
                due = max(due + 1.0 / self.fps, time.monotonic() - 1.0 / self.fps)
                with self._lock:
                    newest, self._newest = self._newest, None
                if newest is not None:
                    fitted = fit(newest, self.size)
                    self.shown += 1
                if fitted is not None:
                    self._camera.send(fitted)
                    self.sent += 1
        except Exception as error:  # noqa: BLE001 - whatever the driver raises must be said
            self.problem = f"the virtual camera {self.device} stopped: {_first_line(error)}"
        finally:
            self._camera.close()


def fit(picture: Image, size: tuple[int, int]) -> Image:
    """A picture (h, w, 3) as large as `size` (width, height) allows, whole, black around it."""
    height, width = picture.shape[:2]
    if (width, height) == size:
        return np.ascontiguousarray(picture)
    scale = min(size[0] / width, size[1] / height)
    inner = (
        min(size[0], max(1, round(width * scale))),
        min(size[1], max(1, round(height * scale))),
    )
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    whole = np.zeros((size[1], size[0], 3), np.uint8)
    whole[top : top + inner[1], left : left + inner[0]] = cv2.resize(
        picture, inner, interpolation=method
    )
    return whole


def _open(size: tuple[int, int], fps: float) -> Any:
    try:
        module = importlib.import_module(MODULE)
    except ImportError:
        raise OutputError(_GET_MODULE) from None
    try:
        return module.Camera(width=size[0], height=size[1], fps=fps, fmt=module.PixelFormat.RGB)
    except (RuntimeError, OSError, ValueError) as error:
        how = _GET_DEVICE.get(sys.platform, "set one up")
        raise OutputError(
            f"there is no virtual camera to send to ({_first_line(error)}): {how}"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
