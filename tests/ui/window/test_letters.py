"""Letters of many sizes, drawn by the window's own backend into a texture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import wgpu
from imgui_bundle import imgui

from engine.gpu import Gpu
from ui.window.overlay import Backend
from ui.window.theme import load_fonts

SIZE = (512, 64)
WORDS = "The quick brown fox jumps over the lazy dog"


@pytest.fixture
def context() -> Iterator[Any]:
    """imgui, with the window's fonts."""
    made = imgui.create_context()
    imgui.set_current_context(made)
    load_fonts()
    io = imgui.get_io()
    io.set_ini_filename("")
    io.display_size = imgui.ImVec2(*SIZE)
    yield made
    imgui.destroy_context(made)


def inked(gpu: Gpu, backend: Backend, target: Any, size: float) -> float:
    """Draw the words in a size, and how many pixels have ink."""
    imgui.get_io().delta_time = 1 / 60
    imgui.new_frame()
    imgui.get_foreground_draw_list().add_text(imgui.get_font(), size, (4.0, 4.0), 0xFFFFFFFF, WORDS)
    imgui.render()
    encoder = gpu.device.create_command_encoder()
    attachment = {
        "view": target.create_view(), "clear_value": (0, 0, 0, 1),
        "load_op": "clear", "store_op": "store",
    }  # fmt: skip
    drawing = encoder.begin_render_pass(color_attachments=[attachment])
    backend.render(imgui.get_draw_data(), drawing)
    drawing.end()
    gpu.device.queue.submit([encoder.finish()])
    data = gpu.device.queue.read_texture(
        {"texture": target}, {"bytes_per_row": SIZE[0] * 4}, (*SIZE, 1)
    )
    return float((np.frombuffer(data, np.uint8).reshape(SIZE[1], SIZE[0], 4)[..., 0] > 128).sum())


def test_letters_stay_when_their_texture_has_to_grow(gpu: Gpu, context: Any) -> None:
    backend = Backend(gpu.device, "rgba8unorm")
    target = gpu.device.create_texture(
        size=(*SIZE, 1), format="rgba8unorm",
        usage=wgpu.TextureUsage.RENDER_ATTACHMENT | wgpu.TextureUsage.COPY_SRC,
    )  # fmt: skip
    sizes = [12.0 + step for step in range(30)]
    first = {size: inked(gpu, backend, target, size) for size in sizes}
    assert all(count > 100 for count in first.values()), first
    assert [inked(gpu, backend, target, size) for size in sizes] == list(first.values())
    target.destroy()
