"""Colour attachments can be left out, with wgpu as it is."""

from __future__ import annotations

import numpy as np

from engine.gpu import NO_ATTACHMENT, NO_TARGET, Gpu, ReadbackRing

CODE = """
struct Out { @location(0) a: vec4f, @location(1) b: vec4f, @location(2) c: vec4f };
@vertex fn vertex(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
    return vec4f(f32(i & 1u) * 4.0 - 1.0, f32(i >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}
@fragment fn fragment() -> Out { return Out(vec4f(1.0), vec4f(0.5), vec4f(0.25)); }
"""


def test_an_output_in_the_middle_is_left_out(gpu: Gpu) -> None:
    module = gpu.device.create_shader_module(code=CODE)
    target = {"format": "rgba32float"}
    pipeline = gpu.device.create_render_pipeline(
        layout="auto",
        vertex={"module": module, "entry_point": "vertex"},
        primitive={"topology": "triangle-list"},
        fragment={
            "module": module,
            "entry_point": "fragment",
            "targets": [target, NO_TARGET, target],
        },
    )
    textures = [gpu.texture("rgba32float", (5, 3), "RENDER_ATTACHMENT | COPY_SRC") for _ in "ac"]
    attached = [
        {"view": gpu.view(texture), "load_op": "clear", "store_op": "store"} for texture in textures
    ]
    before = gpu.object_counts()["TextureView"]
    encoder = gpu.device.create_command_encoder()
    rp = encoder.begin_render_pass(color_attachments=[attached[0], NO_ATTACHMENT, attached[1]])
    rp.set_pipeline(pipeline)
    rp.draw(3)
    rp.end()
    ring = ReadbackRing(gpu)
    tickets = [ring.request(encoder, texture) for texture in textures]
    gpu.submit(encoder)
    ring.submitted()
    first, third = (ticket.array() for ticket in tickets)
    assert np.all(first == 1.0)
    assert np.all(third == 0.25)
    assert gpu.object_counts()["TextureView"] == before
    for texture in textures:
        gpu.drop(texture)
    ring.release()
