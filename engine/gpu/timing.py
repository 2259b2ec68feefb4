"""How long each pass takes on the GPU, by timestamp queries."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import wgpu
import wgpu.backends.wgpu_native

from engine.gpu.device import Gpu
from engine.gpu.readback import is_settled, map_for_reading


class _Frame:
    """One frame's timestamps on their way back."""

    def __init__(self, gpu: Gpu, size: int) -> None:
        usage = wgpu.BufferUsage.MAP_READ | wgpu.BufferUsage.COPY_DST
        self.buffer = gpu.buffer(size, usage, label="pass timings, mapped")
        self.names: list[str] = []
        self.promise: Any = None
        self.number = -1
        self.copied = False


class PassTimer:
    """Times passes. Without the feature `timestamp-query` it does nothing and answers nothing.

    llvmpipe (Mesa 22.3) computes at once but takes its timestamps when it next draws, so that
    compute passes would show as nothing: there, only render passes are timed.

    capacity: how many passes of a frame are timed; those beyond are not.

    Per frame: `writes(...)` for each pass, `resolve(encoder)` at the end, submit, `submitted()`.
    `results()` at any time: the last frame that has come back.
    """

    def __init__(self, gpu: Gpu, capacity: int = 64) -> None:
        self._gpu = gpu
        self._capacity = capacity if gpu.timestamps else 0
        self._compute = "llvmpipe" not in gpu.summary
        self._names: list[str] = []
        self._results: dict[str, float] = {}
        self._shown = -1
        self._number = 0
        self._frames: list[_Frame] = []
        self._queries: Any = None
        if self._capacity:
            self._period = _timestamp_period(gpu)
            self._queries = gpu.device.create_query_set(
                label="pass timings", type="timestamp", count=2 * capacity
            )
            usage = wgpu.BufferUsage.QUERY_RESOLVE | wgpu.BufferUsage.COPY_SRC
            self._resolved = gpu.buffer(16 * capacity, usage, label="pass timings, resolved")
            self._frames = [_Frame(gpu, 16 * capacity) for _ in range(3)]

    @property
    def summary(self) -> str:
        """One line on whether passes are timed."""
        if self._capacity:
            scope = "all passes" if self._compute else "render passes only"
            return f"GPU timestamps of {scope}, {self._period:g} ns per tick"
        return "this adapter cannot time passes (no timestamp-query)"

    def writes(self, name: str, kind: Literal["render", "compute"] = "render") -> Any:
        """The `timestamp_writes` of a render or compute pass, or None where nothing is timed.

        A name may come several times in a frame; its times are added.
        """
        if len(self._names) >= self._capacity or (kind == "compute" and not self._compute):
            return None
        index = 2 * len(self._names)
        self._names.append(name)
        return {
            "query_set": self._queries,
            "beginning_of_pass_write_index": index,
            "end_of_pass_write_index": index + 1,
        }

    def resolve(self, encoder: Any) -> None:
        """Close the frame: copy its timestamps to where they can be read, within `encoder`."""
        self.submitted()  # a frame whose submit nobody announced: it lies behind us by now
        self._collect()
        names, self._names = self._names, []
        frame = next((f for f in self._frames if f.promise is None and not f.copied), None)
        if not names or frame is None:
            return  # all are in flight: this frame goes untimed rather than waiting
        count = 2 * len(names)
        encoder.resolve_query_set(self._queries, 0, count, self._resolved, 0)
        encoder.copy_buffer_to_buffer(self._resolved, 0, frame.buffer, 0, 8 * count)
        frame.names, frame.copied, frame.number = names, True, self._number
        self._number += 1

    def submitted(self) -> None:
        """Start to map what was resolved. Call it right after the submit."""
        for frame in self._frames:
            if frame.copied:
                frame.promise = map_for_reading(frame.buffer, 16 * len(frame.names))
                frame.copied = False

    def results(self) -> dict[str, float]:
        """Pass name → milliseconds of the last frame that came back; empty before the first."""
        self._collect()
        return dict(self._results)

    def release(self) -> None:
        """Free the buffers and queries."""
        if self._capacity:
            self._capacity = 0
            for frame in self._frames:
                self._gpu.drop(frame.buffer)
            self._gpu.drop(self._resolved)
            self._queries.destroy()
        self._frames.clear()

    def _collect(self) -> None:
        if any(frame.promise is not None for frame in self._frames):
            self._gpu.device._poll()  # non-blocking: lets finished mappings be known
        for frame in self._frames:
            if frame.promise is None or not is_settled(frame.promise):
                continue
            promise, frame.promise = frame.promise, None
            promise.sync_wait()
            size = 16 * len(frame.names)
            ticks = np.frombuffer(frame.buffer.read_mapped(0, size), np.uint64).reshape(-1, 2)
            frame.buffer.unmap()
            if frame.number < self._shown:
                continue
            self._shown = frame.number
            # Some drivers put the end before the beginning of an empty pass.
            spans = np.maximum(ticks[:, 1].astype(np.int64) - ticks[:, 0].astype(np.int64), 0)
            self._results = {}
            for name, span in zip(frame.names, spans * (self._period * 1e-6), strict=True):
                self._results[name] = self._results.get(name, 0.0) + float(span)


def _timestamp_period(gpu: Gpu) -> float:
    """Nanoseconds per tick. wgpu-native hands out raw ticks and the period apart from them."""
    native: Any = wgpu.backends.wgpu_native.lib
    return float(native.wgpuQueueGetTimestampPeriod(gpu.queue._internal))
