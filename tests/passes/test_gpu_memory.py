"""Memory that the graphics device has not: one sentence before the first frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import wgpu

from engine.errors import DeviceError
from engine.gpu import Gpu
from engine.scene import new_scene
from passes import Renderer
from tests.support.shots import white


def refuse(patch: pytest.MonkeyPatch, gpu: Gpu, kind: str, label: str, after: int) -> None:
    """Let the device refuse what has this in its label, but for the first few."""
    make = getattr(gpu.device, kind)
    seen = [0]

    def made(*given: Any, **more: Any) -> Any:
        if label in more.get("label", ""):
            seen[0] += 1
            if seen[0] > after:
                raise wgpu.GPUOutOfMemoryError("Not enough memory left.")
        return make(*given, **more)

    patch.setattr(gpu.device, kind, made)


@pytest.mark.parametrize(
    ("kind", "label", "after"),
    [("create_texture", "beauty", 0), ("create_buffer", "readback", 0),
     ("create_buffer", "readback", 1), ("create_texture", "media 1", 0)],
)  # fmt: skip
def test_it_is_said_before_the_first_frame(
    gpu: Gpu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, label: str, after: int
) -> None:
    scene = new_scene(white(tmp_path, (64, 36)))
    with Renderer(scene, views=(), gpu=gpu, samples=1) as renderer:
        with monkeypatch.context() as patch:
            refuse(patch, gpu, kind, label, after)
            with pytest.raises(DeviceError, match="no room for") as told:
                renderer.render(1001)
        said = str(told.value)
        assert "a frame of 64x36 with 1 pass takes" in said
        assert "smaller size (--size)" in said
        assert "\n" not in said
        assert renderer.render(1001).array("beauty").shape == (36, 64, 4)  # with room again


def test_a_fault_of_ours_stays_a_fault(gpu: Gpu) -> None:
    with pytest.raises(wgpu.GPUValidationError):
        gpu.buffer(64, "MAP_READ | STORAGE", label="wrong")
