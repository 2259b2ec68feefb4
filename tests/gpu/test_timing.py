"""Pass timings. No test here says how fast anything is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Literal, cast

import pytest

from engine.gpu import Gpu, PassTimer
from engine.gpu.readback import is_settled
from tests.support.create_counter import CreateCounter

BUSY = """
override ROUNDS: u32 = 1u;
@vertex fn vertex(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
    return vec4f(f32(i & 1u) * 4.0 - 1.0, f32(i >> 1u) * 4.0 - 1.0, 0.5, 1.0);
}
fn work(start: f32) -> f32 {
    var x = start;
    for (var i = 0u; i < ROUNDS; i++) { x = sin(x) + 1.0; }
    return x;
}
@fragment fn fragment(@builtin(position) p: vec4f) -> @location(0) vec4f {
    return vec4f(work(p.x));
}
@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(64) fn compute(@builtin(global_invocation_id) g: vec3u) {
    out[g.x] = work(f32(g.x));
}"""


class Work:
    """A render or compute pass that takes as long as wanted: 1 round or 3000 of some work."""

    def __init__(self, gpu: Gpu) -> None:
        self.gpu = gpu
        self.target = gpu.texture("r32float", (64, 64), "RENDER_ATTACHMENT")
        self.out = gpu.buffer(4096 * 4, "STORAGE")
        module = gpu.device.create_shader_module(code=BUSY)
        entries = [{"binding": 0, "visibility": 4, "buffer": {"type": "storage"}}]
        layout = gpu.device.create_bind_group_layout(entries=entries)
        self.group = gpu.bind_group(layout, {0: self.out})
        self.draws, self.dispatches = {}, {}
        for rounds in (1, 3000):
            constants = {"ROUNDS": rounds}
            self.draws[rounds] = gpu.device.create_render_pipeline(
                layout="auto",
                vertex={"module": module, "entry_point": "vertex"},
                primitive={"topology": "triangle-list"},
                fragment={
                    "module": module,
                    "entry_point": "fragment",
                    "targets": [{"format": "r32float"}],
                    "constants": constants,
                },
            )
            self.dispatches[rounds] = gpu.device.create_compute_pipeline(
                layout=gpu.device.create_pipeline_layout(bind_group_layouts=[layout]),
                compute={"module": module, "entry_point": "compute", "constants": constants},
            )

    def encode(self, encoder: Any, rounds: int, writes: Any, kind: str = "render") -> None:
        if kind == "compute":
            cp = encoder.begin_compute_pass(timestamp_writes=writes)
            cp.set_pipeline(self.dispatches[rounds])
            cp.set_bind_group(0, self.group)
            cp.dispatch_workgroups(64)
            cp.end()
            return
        target = {"view": self.gpu.view(self.target), "load_op": "clear", "store_op": "store"}
        rp = encoder.begin_render_pass(color_attachments=[target], timestamp_writes=writes)
        rp.set_pipeline(self.draws[rounds])
        rp.draw(3)
        rp.end()


@pytest.fixture
def timer(gpu: Gpu) -> PassTimer:
    if not gpu.timestamps:
        pytest.skip("this adapter has no timestamp queries")
    return PassTimer(gpu, capacity=4)


def finish(gpu: Gpu, timer: PassTimer) -> dict[str, float]:
    gpu.wait()
    while timer.results() == {}:
        pass  # the test's own time limit ends this
    return timer.results()


@pytest.mark.parametrize("kind", ["render", "compute"])
def test_longer_work_takes_longer(
    gpu: Gpu, timer: PassTimer, kind: Literal["render", "compute"]
) -> None:
    work = Work(gpu)
    encoder = gpu.device.create_command_encoder()
    work.encode(encoder, 1, None)  # llvmpipe's stamps change once something was drawn
    for name, rounds in (("short", 1), ("long", 3000)):
        writes = timer.writes(name, kind)
        if writes is None:
            assert kind == "compute"
            assert "render passes only" in timer.summary
            pytest.skip("this adapter cannot time compute passes")
        work.encode(encoder, rounds, writes, kind)
    timer.resolve(encoder)
    assert timer.results() == {}
    gpu.submit(encoder)
    timer.submitted()
    results = finish(gpu, timer)
    assert list(results) == ["short", "long"]
    assert 0 <= results["short"] < results["long"]  # 1 round against 3000
    timer.release()


def test_a_name_that_comes_twice_is_added_up(gpu: Gpu, timer: PassTimer) -> None:
    work = Work(gpu)
    encoder = gpu.device.create_command_encoder()
    for _ in range(3):
        work.encode(encoder, 3000, timer.writes("all"))
    work.encode(encoder, 3000, timer.writes("one"))
    timer.resolve(encoder)
    gpu.submit(encoder)
    timer.submitted()
    results = finish(gpu, timer)
    assert set(results) == {"all", "one"}
    assert results["all"] > results["one"]  # three times the same work
    timer.release()


def test_more_passes_than_fit_go_untimed(gpu: Gpu, timer: PassTimer) -> None:
    work = Work(gpu)
    encoder = gpu.device.create_command_encoder()
    for index in range(6):
        writes = timer.writes(str(index))
        assert (writes is None) == (index >= 4)
        work.encode(encoder, 1, writes)
    timer.resolve(encoder)
    gpu.submit(encoder)
    timer.submitted()
    assert list(finish(gpu, timer)) == ["0", "1", "2", "3"]
    timer.release()


@pytest.mark.parametrize("announced", [True, False])
def test_frames_go_on_without_waiting_or_making_anything(
    gpu: Gpu, timer: PassTimer, announced: bool
) -> None:
    work = Work(gpu)
    with CreateCounter(gpu.device, "12 timed frames") as created:
        for number in range(12):
            encoder = gpu.device.create_command_encoder()
            work.encode(encoder, 1, timer.writes(f"frame {number}"))
            timer.resolve(encoder)
            gpu.submit(encoder)
            if announced:
                timer.submitted()
    created.assert_nothing_made()
    (name,) = finish(gpu, timer)
    assert name.startswith("frame ")
    timer.release()


def test_without_the_feature_nothing_is_timed_and_it_says_so() -> None:
    timer = PassTimer(cast(Gpu, SimpleNamespace(timestamps=False, summary="none")))
    assert timer.writes("beauty", "render") is None
    timer.resolve(None)
    timer.submitted()
    assert timer.results() == {}
    assert "cannot time passes" in timer.summary
    timer.release()


def test_results_are_those_of_the_newest_frame(
    gpu: Gpu, timer: PassTimer, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(gpu)
    monkeypatch.setattr(timer, "_collect", lambda: None)
    for number in range(3):
        encoder = gpu.device.create_command_encoder()
        work.encode(encoder, 1, timer.writes(f"frame {number}"))
        timer.resolve(encoder)
        gpu.submit(encoder)
        timer.submitted()
    monkeypatch.undo()
    gpu.wait()
    while not all(is_settled(frame.promise) for frame in timer._frames):
        pass  # the test's own time limit ends this
    timer._frames.reverse()  # as if they came back in another order
    assert list(timer.results()) == ["frame 2"]
    timer.release()
