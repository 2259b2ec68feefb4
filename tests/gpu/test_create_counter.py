"""The counter that other tests rely on must be able to fail."""

from __future__ import annotations

import numpy as np
import pytest

from engine.gpu import Gpu
from tests.support.create_counter import CreateCounter


def test_every_creation_is_counted_and_named(gpu: Gpu) -> None:
    with CreateCounter(gpu.device, "this frame") as created:
        gpu.texture("r32float", (4, 4), "COPY_DST", label="new map")
        gpu.buffer(16, "COPY_DST")
        gpu.device.create_buffer(size=16, usage="COPY_DST")
        gpu.submit(gpu.device.create_command_encoder())
        gpu.device.create_sampler()
    assert created.counts == {
        "create_texture": 1,
        "create_buffer": 2,
        "create_command_encoder": 1,
        "create_sampler": 1,
    }
    with pytest.raises(AssertionError) as caught:
        created.assert_nothing_made()
    assert str(caught.value).startswith("this frame created 4 objects: create_texture('new map')")
    with pytest.raises(AssertionError, match="created 5 objects"):
        created.assert_nothing_made(allowed=())


def test_blocking_helpers_of_wgpu_are_seen(gpu: Gpu) -> None:
    texture = gpu.texture("r32float", (4, 4), "COPY_SRC | COPY_DST")
    gpu.write_texture(texture, np.zeros((4, 4), np.float32))
    with CreateCounter(gpu.device) as created:
        gpu.queue.read_texture({"texture": texture}, {"bytes_per_row": 16}, (4, 4, 1))
    assert created.counts["_create_buffer"] == 1
    gpu.drop(texture)


def test_the_device_is_as_before_afterwards(gpu: Gpu) -> None:
    before = dict(vars(gpu.device))
    with pytest.raises(RuntimeError), CreateCounter(gpu.device):
        raise RuntimeError
    assert dict(vars(gpu.device)) == before
    with CreateCounter(gpu.device) as outer:
        with CreateCounter(gpu.device) as inner:
            gpu.device.create_sampler()
        gpu.device.create_sampler()
    assert inner.counts["create_sampler"] == 1
    assert outer.counts["create_sampler"] == 2
    assert dict(vars(gpu.device)) == before


def test_nothing_made_is_said_to_be_nothing(gpu: Gpu) -> None:
    with CreateCounter(gpu.device) as created:
        pass
    created.assert_nothing_made()
