"""Runs a render graph frame by frame, with small passes whose results are known."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.gpu import Gpu, PassTimer, ReadbackRing
from engine.graph import PassContext, Read, RenderGraph, TextureSpec, Write
from tests.support.passes import FakePass

FLOAT = TextureSpec("rgba32float")
SIZE = (20, 10)

# Adds one to what it reads. Blends onto the target by replacing.
ADD = """
@group(0) @binding(0) var before: texture_2d<f32>;
@vertex fn vertex(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
    return vec4f(f32(i & 1u) * 4.0 - 1.0, f32(i >> 1u) * 4.0 - 1.0, 0.5, 1.0);
}
@fragment fn fragment(@builtin(position) p: vec4f) -> @location(0) vec4f {
    return textureLoad(before, vec2i(p.xy), 0) + vec4f(1.0);
}
"""


class Runner:
    """A graph that is run frame by frame and whose outputs are read back."""

    def __init__(self, gpu: Gpu, *passes: FakePass, timer: PassTimer | None = None) -> None:
        self.gpu = gpu
        self.graph = RenderGraph(gpu, timer)
        self.ring = ReadbackRing(gpu)
        for item in passes:
            self.graph.add(item)

    def frame(self, *outputs: str, size: tuple[int, int] = SIZE) -> dict[str, np.ndarray]:
        plan = self.graph.compile(size, outputs)
        encoder = self.gpu.device.create_command_encoder()
        self.graph.execute(encoder, plan)
        tickets = {name: self.ring.request(encoder, self.graph.texture(name)) for name in outputs}
        if self.graph.timer is not None:
            self.graph.timer.resolve(encoder)
        self.gpu.submit(encoder)
        self.ring.submitted()
        if self.graph.timer is not None:
            self.graph.timer.submitted()
        return {name: ticket.array() for name, ticket in tickets.items()}

    def release(self) -> None:
        self.graph.release()
        self.ring.release()


class Adder:
    """Draws `before + 1` over the whole of a target."""

    def __init__(self, gpu: Gpu) -> None:
        self.gpu = gpu
        entries = [
            {"binding": 0, "visibility": 2, "texture": {"sample_type": "unfilterable-float"}}
        ]
        self.layout = gpu.device.create_bind_group_layout(entries=entries)
        module = gpu.device.create_shader_module(code=ADD)
        self.pipeline = gpu.device.create_render_pipeline(
            layout=gpu.device.create_pipeline_layout(bind_group_layouts=[self.layout]),
            vertex={"module": module, "entry_point": "vertex"},
            primitive={"topology": "triangle-list"},
            fragment={
                "module": module,
                "entry_point": "fragment",
                "targets": [{"format": "rgba32float"}],
            },
        )

    def draw(self, rp: Any, view: Any) -> None:
        rp.set_pipeline(self.pipeline)
        rp.set_bind_group(0, self.gpu.bind_group(self.layout, {0: view}))
        rp.draw(3)

    def make(self, name: str, before: Read | str) -> FakePass:
        """A pass called `name` that writes `name` = `before` + 1."""
        read = before if isinstance(before, Read) else Read(before)

        def encode(ctx: PassContext) -> None:
            view = ctx.history(read.name) if read.history else ctx.view(read.name)
            with ctx.render_pass([name]) as rp:
                self.draw(rp, view)

        return FakePass(name, [read], [Write(name, FLOAT)], encode)


def clearing(name: str, **write: Any) -> FakePass:
    def encode(ctx: PassContext) -> None:
        with ctx.render_pass([name]):
            pass

    return FakePass(f"clear {name}", [], [Write(name, write.pop("spec", FLOAT), **write)], encode)
