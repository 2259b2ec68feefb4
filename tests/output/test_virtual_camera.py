"""The virtual camera, against a stand-in for pyvirtualcam that keeps what is sent to it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.errors import OutputError
from engine.output import VirtualCamera
from engine.output.virtual_camera import MODULE, fit

Image = npt.NDArray[np.uint8]


class StandIn(types.ModuleType):
    """pyvirtualcam with one device. hold: sending waits for this, as a device that hangs does."""

    def __init__(self) -> None:
        super().__init__(MODULE)
        self.made: list[dict[str, Any]] = []
        self.sent: list[tuple[float, Image]] = []
        self.closed = 0
        self.error: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()
        self.PixelFormat = types.SimpleNamespace(RGB="RGB")
        self.Camera = self._camera

    def _camera(self, **asked: Any) -> Any:
        if self.error is not None:
            raise self.error
        self.made.append(asked)
        return types.SimpleNamespace(device="/dev/video9", send=self._send, close=self._close)

    def _send(self, frame: Image) -> None:
        self.hold.wait(10)
        if self.error is not None:
            raise self.error
        self.sent.append((time.monotonic(), frame.copy()))

    def _close(self) -> None:
        self.closed += 1


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn()
    monkeypatch.setitem(sys.modules, MODULE, stand_in)
    return stand_in


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)


def flat(value: int, size: tuple[int, int] = (32, 16)) -> Image:
    return np.full((size[1], size[0], 3), value, np.uint8)


def test_the_newest_picture_is_sent_again_and_again_at_the_rate(device: StandIn) -> None:
    camera = VirtualCamera((32, 16), 50.0)
    try:
        assert device.made == [{"width": 32, "height": 16, "fps": 50.0, "fmt": "RGB"}]
        assert camera.device == "/dev/video9"
        time.sleep(0.05)
        assert not device.sent  # there is no picture yet
        camera.offer(flat(10))
        until(lambda: len(device.sent) >= 26)
        camera.offer(flat(20))
        until(lambda: device.sent[-1][1][0, 0, 0] == 20)
    finally:
        camera.close()
    times = [when for when, _ in device.sent[:26]]
    # A busy machine may be late, never early in the mean.
    assert times[-1] - times[0] > 25 / 50.0 * 0.9
    assert (camera.shown, camera.replaced) == (2, 0)
    assert camera.sent == len(device.sent)
    assert device.closed == 1


def test_a_device_that_hangs_holds_nobody_up_and_gets_the_newest(device: StandIn) -> None:
    device.hold.clear()
    camera = VirtualCamera((32, 16), 100.0)
    camera.offer(flat(1))
    until(lambda: camera.shown == 1)  # and hangs
    start = time.monotonic()
    for value in range(2, 102):
        camera.offer(flat(value))
    assert time.monotonic() - start < 0.5
    device.hold.set()
    until(lambda: len(device.sent) >= 3)
    camera.close()
    values = [int(picture[0, 0, 0]) for _, picture in device.sent]
    assert values[0] == 1 and set(values[1:]) == {101}
    assert (camera.shown, camera.replaced) == (2, 99)


def test_a_picture_of_another_shape_is_whole_in_the_middle(device: StandIn) -> None:
    camera = VirtualCamera((33, 17), 100.0)
    assert camera.size == (32, 16)  # such devices want even sides
    camera.offer(flat(200, (20, 20)))
    until(lambda: bool(device.sent))
    camera.close()
    picture = device.sent[0][1]
    assert picture.shape == (16, 32, 3)
    assert (picture[:, 8:24] == 200).all()
    assert not picture[:, :8].any() and not picture[:, 24:].any()


@pytest.mark.parametrize("size", [(2000, 3), (3, 2000), (1, 1), (32, 16)])
def test_any_picture_fits(size: tuple[int, int]) -> None:
    picture = fit(flat(255, size), (32, 16))
    assert picture.shape == (16, 32, 3)
    assert picture.max() == 255


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, MODULE, None)  # an import of it fails
    with pytest.raises(OutputError, match=r"GPL.*uv sync --extra virtual-camera"):
        VirtualCamera((32, 16), 30.0)


@pytest.mark.parametrize(
    ("platform", "how"), [("linux", "v4l2loopback"), ("win32", "OBS"), ("darwin", "OBS")]
)
def test_without_a_device_it_is_said_how_to_get_one(
    device: StandIn, monkeypatch: pytest.MonkeyPatch, platform: str, how: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    device.error = RuntimeError("'v4l2loopback' backend: No device found.\nand more")
    with pytest.raises(OutputError) as caught:
        VirtualCamera((32, 16), 30.0)
    assert how in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_device_that_goes_away_is_told(device: StandIn) -> None:
    camera = VirtualCamera((32, 16), 100.0)
    camera.offer(flat(1))
    until(lambda: bool(device.sent))
    device.error = OSError("No such device")
    until(lambda: bool(camera.problem))
    assert "/dev/video9 stopped: No such device" in camera.problem
    camera.offer(flat(2))  # is not an error
    camera.close()
    assert device.closed == 1


def test_only_a_camera_that_is_made_imports_the_package(tmp_path: Path) -> None:
    """It is under the GPL: where it is installed, nothing else loads it."""
    (tmp_path / f"{MODULE}.py").write_text("", encoding="utf-8")
    root = Path(__file__).parents[2]
    code = f"import sys, engine.output, ui.window.virtual; print({MODULE!r} in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import {MODULE}; print({MODULE!r} in sys.modules)"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["False", "True"]
