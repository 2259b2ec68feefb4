"""Textures from outside the graph: bound late, exchanged, and refused where they do not fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.errors import GraphError
from engine.gpu import Gpu
from engine.graph import (
    PassContext,
    Write,
)
from tests.support.graph_runner import FLOAT, SIZE, Adder, Runner
from tests.support.passes import FakePass


def test_imports_are_bound_late_and_anew(
    run: Callable[..., Runner], gpu: Gpu, adder: Adder
) -> None:
    runner = run(adder.make("a", "video"))
    usage = "TEXTURE_BINDING | COPY_DST"
    frames = [gpu.texture("rgba32float", (20, 10), usage) for _ in range(2)]
    for value, texture in enumerate(frames):
        gpu.write_texture(texture, np.full((10, 20, 4), value * 10, np.float32))
    runner.graph.import_texture("video", None, FLOAT)
    with pytest.raises(GraphError, match="'video' is imported, but no texture"):
        runner.frame("a")
    for number in range(4):
        runner.graph.rebind("video", frames[number % 2])
        assert np.all(runner.frame("a")["a"] == (number % 2) * 10 + 1)
    for texture in frames:
        gpu.drop(texture)


@pytest.mark.parametrize(
    ("format", "size", "usage", "message"),
    [
        ("rgba32float", (20, 11), "TEXTURE_BINDING", r"'video' is \('rgba32float', 20, 11, 1\)"),
        ("rgba16float", (20, 10), "TEXTURE_BINDING", r"'video' is \('rgba16float', 20, 10, 1\)"),
        ("rgba32float", (20, 10), "COPY_DST", "'video' needs the usage TEXTURE_BINDING"),
    ],
)
def test_imports_that_do_not_fit_are_refused(
    run: Callable[..., Runner], gpu: Gpu, adder: Adder, format: str, size: Any, usage: str,
    message: str,
) -> None:  # fmt: skip
    runner = run(adder.make("a", "video"))
    texture = gpu.texture(format, size, usage)
    runner.graph.import_texture("video", None, FLOAT)
    runner.graph.rebind("video", texture)
    with pytest.raises(GraphError, match=message):
        runner.frame("a")
    gpu.drop(texture)


def test_an_imported_texture_can_be_drawn_to(run: Callable[..., Runner], gpu: Gpu) -> None:
    canvas = gpu.texture("rgba32float", SIZE, "RENDER_ATTACHMENT | COPY_SRC")

    def encode(ctx: PassContext) -> None:
        with ctx.render_pass(["canvas"]):
            pass

    runner = run(FakePass("show", [], [Write("canvas", clear=(0.5, 0.5, 0.5, 1.0))], encode))
    runner.graph.import_texture("canvas", canvas)
    seen = runner.frame("canvas")["canvas"]
    assert np.all(seen == [0.5, 0.5, 0.5, 1.0])
    gpu.drop(canvas)
