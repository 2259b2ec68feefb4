"""The graph over many frames: nothing is made anew, nothing is left behind."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.errors import DeviceError
from engine.gpu import Gpu, PassTimer, open_gpu
from engine.graph import (
    PassContext,
    history,
)
from tests.support.create_counter import CreateCounter
from tests.support.graph_runner import SIZE, Adder, Runner, clearing
from tests.support.passes import FakePass


def test_every_pass_is_timed_under_its_name(
    run: Callable[..., Runner], gpu: Gpu, adder: Adder
) -> None:
    if not gpu.timestamps:
        pytest.skip("this adapter has no timestamp queries")

    def compute(ctx: PassContext) -> None:
        with ctx.compute_pass():
            pass

    timer = PassTimer(gpu)
    runner = run(
        clearing("a"),
        adder.make("b", "a"),
        FakePass("compute", [], [], compute, always=True),
        timer=timer,
    )
    runner.frame("b")
    gpu.wait()
    while not timer.results():
        pass  # the test's own time limit ends this
    timed = {"clear a", "b"} | ({"compute"} if timer.writes("?", "compute") else set())
    assert set(timer.results()) == timed
    timer.release()


def test_after_three_frames_only_encoders_are_created(
    run: Callable[..., Runner], gpu: Gpu, adder: Adder
) -> None:
    timer = PassTimer(gpu)
    runner = run(
        clearing("a"),
        adder.make("b", "a"),
        adder.make("c", history("c")),
        adder.make("d", "b"),
        timer=timer,
    )
    for _ in range(3):
        runner.frame("d", "c")
    with CreateCounter(gpu.device, "ten frames") as created:
        for _ in range(10):
            runner.frame("d", "c")
    created.assert_nothing_made()
    assert created.counts == {"create_command_encoder": 10}
    timer.release()


def test_fifty_resizes_leave_the_counts_where_they_were(
    run: Callable[..., Runner], gpu: Gpu, adder: Adder
) -> None:
    runner = run(
        clearing("a"), adder.make("b", "a"), adder.make("c", history("c")), adder.make("d", "b")
    )
    for _ in range(3):
        runner.frame("d", "c")
    before = gpu.object_counts()
    rng = np.random.default_rng(0)
    for _ in range(50):
        width, height = (int(side) for side in rng.integers(1, 60, 2))
        seen = runner.frame("d", "c", size=(width, height))
        assert seen["d"].shape == (height, width, 4)
        assert np.all(seen["d"] == 2)
    for _ in range(3):
        runner.frame("d", "c")
    assert gpu.object_counts() == before


def test_release_frees_everything(gpu: Gpu, adder: Adder) -> None:
    before = gpu.object_counts()
    runner = Runner(gpu, clearing("a"), adder.make("b", "a"))
    runner.frame("b")
    runner.release()
    assert gpu.object_counts() == before


def test_a_lost_device_is_one_clear_sentence() -> None:
    gpu = open_gpu()
    runner = Runner(gpu, clearing("a"))
    runner.frame("a")
    plan = runner.graph.compile(SIZE, ["a"])
    encoder = gpu.device.create_command_encoder()
    gpu.device.destroy()
    # Which of the two notices depends on how much wgpu checks while encoding.
    with pytest.raises(DeviceError, match="The graphics device was lost"):  # noqa: PT012
        runner.graph.execute(encoder, plan)
        gpu.submit(encoder)
