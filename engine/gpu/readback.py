"""Reading textures back without stopping the GPU: a ring of buffers that stay and are mapped."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import wgpu

from engine.errors import DeviceError
from engine.gpu.device import Gpu
from engine.gpu.formats import FORMATS, Format

ROW_ALIGNMENT = 256  # WebGPU: bytes_per_row of a copy between textures and buffers
KEPT_ROUNDS = 60  # submits with readbacks after which an unused buffer beyond the depth is freed


def map_for_reading(buffer: Any, size: int) -> Any:
    """Start to map a buffer; returns the promise.

    "READ_NOSYNC" leaves out the empty submit that wgpu-py makes for every mapping: ours follow the
    submit that fills the buffer.
    """
    return buffer.map_async("READ_NOSYNC", 0, size)


def is_settled(promise: Any) -> bool:
    """Whether a mapping is done, without waiting. (wgpu-py has no public question for it.)"""
    return promise._state != "pending"


class _Buffer:
    """One persistent buffer of the ring and what is in flight in it."""

    def __init__(self, gpu: Gpu, size: int) -> None:
        self.size = size
        usage = wgpu.BufferUsage.MAP_READ | wgpu.BufferUsage.COPY_DST
        self.gpu_buffer = gpu.buffer(size, usage, label="readback")
        self.needed = 0
        self.promise: Any = None
        self.busy = False
        self.abandoned = False
        self.round = 0

    def reclaim(self) -> bool:
        """Free an abandoned buffer once its mapping is done; whether the buffer is free now."""
        if self.busy and self.abandoned and self.promise is not None and is_settled(self.promise):
            self.finish()
        return not self.busy

    def wait(self) -> None:
        """Wait for the mapping. Raises DeviceError."""
        try:
            self.promise.sync_wait()
        except Exception as error:
            self.promise, self.busy = None, False
            raise DeviceError(f"A picture could not be read back from the GPU: {error}") from error

    def finish(self) -> None:
        """Unmap and set free."""
        if self.gpu_buffer.map_state != "mapped":
            self.wait()
        self.gpu_buffer.unmap()
        self.promise, self.busy, self.abandoned = None, False, False


class Ticket:
    """A readback under way. Ask `done()`, take `array()` once, or `discard()` it."""

    def __init__(
        self, gpu: Gpu, buffer: _Buffer, format: Format, size: tuple[int, int], label: str
    ) -> None:
        self._gpu = gpu
        self._buffer: _Buffer | None = buffer
        self._format, self._size, self._label = format, size, label

    def done(self) -> bool:
        """Whether `array()` would return without waiting."""
        if self._buffer is None:
            return True
        return self._buffer.promise is not None and is_settled(self._buffer.promise)

    def array(self) -> npt.NDArray[Any]:
        """The pixels: a new contiguous array (h, w, c) in the format's own type, top row first.

        `bgra8unorm` comes as red, green, blue, alpha. Waits if need be; gives the buffer back to
        the ring, so it can be asked once. Raises DeviceError when the device was lost.
        """
        buffer = self._buffer
        assert buffer is not None, f"readback of {self._label!r}: the array was taken already"
        assert buffer.promise is not None, (
            f"readback of {self._label!r}: submit the encoder and call ring.submitted() first"
        )
        self._buffer = None
        with self._gpu.watched():
            buffer.wait()
            pixels = self._copy(buffer)
            buffer.finish()
        if self._format.name.startswith("bgra"):
            pixels = np.ascontiguousarray(pixels[..., [2, 1, 0, 3]])
        return pixels

    def _copy(self, buffer: _Buffer) -> npt.NDArray[Any]:
        """Out of the mapped memory, which is gone after `unmap`."""
        width, height = self._size
        row = width * self._format.bytes
        data = np.frombuffer(buffer.gpu_buffer.read_mapped(0, buffer.needed, copy=False), np.uint8)
        pixels = np.empty((height, width, self._format.channels), self._format.dtype)
        pixels.view(np.uint8).reshape(height, row)[:] = data.reshape(height, -1)[:, :row]
        return pixels

    def discard(self) -> None:
        """Give the buffer back without reading it."""
        if self._buffer is not None:
            self._buffer.abandoned = True
            self._buffer = None

    def __del__(self) -> None:
        self.discard()


class ReadbackRing:
    """Persistent buffers through which textures are read back, several frames in flight.

    The ring grows only when all its buffers are in flight. depth: how many it keeps when they are
    no longer used (after a burst of requests, those beyond are freed in time).

    Per frame: `request` while encoding, submit, `submitted()`, later `ticket.array()`.
    """

    def __init__(self, gpu: Gpu, depth: int = 3) -> None:
        assert depth > 0, "ReadbackRing: depth must be at least 1"
        self._gpu = gpu
        self._depth = depth
        self._buffers: list[_Buffer] = []
        self._encoded: list[_Buffer] = []
        self._round = 0

    @property
    def size(self) -> int:
        """How many buffers the ring holds."""
        return len(self._buffers)

    @property
    def bytes(self) -> int:
        """Bytes of all buffers of the ring."""
        return sum(buffer.size for buffer in self._buffers)

    def request(
        self,
        encoder: Any,
        texture: Any,
        *,
        layer: int = 0,
        region: tuple[int, int, int, int] | None = None,
    ) -> Ticket:
        """Copy a texture, or a part of it, into a buffer of the ring, within the caller's encoder.

        texture: usage COPY_SRC, a format of `engine.gpu.formats`. layer: of an array texture.
        region: (x, y, width, height) in pixels; the whole picture without it (depth formats can
        only be read whole).
        """
        format = FORMATS.get(texture.format)
        assert format is not None, f"readback of {texture.label!r}: unknown {texture.format}"
        x, y, width, height = region or (0, 0, texture.size[0], texture.size[1])
        row = -(-width * format.bytes // ROW_ALIGNMENT) * ROW_ALIGNMENT
        buffer = self._take(row * height)
        encoder.copy_texture_to_buffer(
            {"texture": texture, "origin": (x, y, layer)},
            {"buffer": buffer.gpu_buffer, "bytes_per_row": row, "rows_per_image": height},
            (width, height, 1),
        )
        return Ticket(self._gpu, buffer, format, (width, height), texture.label)

    def make_room(self, frames: int) -> None:
        """Have buffers for so many frames in flight that each ask for what was requested since the
        last submit. Raises GpuMemoryError, now and not in a later frame."""
        others = [buffer for buffer in self._buffers if buffer not in self._encoded]
        sizes = sorted((buffer.size for buffer in self._encoded), reverse=True)
        for size in sizes * (frames - 1):
            fitting = [buffer for buffer in others if buffer.size >= size]
            free = [buffer for buffer in others if buffer.reclaim()]
            if fitting:
                others.remove(min(fitting, key=lambda buffer: buffer.size))
                continue
            if free:  # sizes have changed: one that is too small makes room
                smallest = min(free, key=lambda buffer: buffer.size)
                others.remove(smallest)
                self._drop(smallest)
            self._buffers.append(_Buffer(self._gpu, size))

    def submitted(self) -> None:
        """Start to map what was requested. Call it right after the submit of that encoder."""
        encoded, self._encoded = self._encoded, []
        with self._gpu.watched():
            for buffer in encoded:
                buffer.promise = map_for_reading(buffer.gpu_buffer, buffer.needed)
        if encoded:
            self._round += 1
            self._trim()

    def release(self) -> None:
        """Free all buffers. Tickets that were not read are lost."""
        for buffer in self._buffers:
            self._gpu.drop(buffer.gpu_buffer)
        self._buffers.clear()
        self._encoded.clear()

    def _take(self, needed: int) -> _Buffer:
        free = [buffer for buffer in self._buffers if buffer.reclaim()]
        fitting = [buffer for buffer in free if buffer.size >= needed]
        if fitting:
            # The one used last, so that those the ring could do without grow old.
            buffer = min(fitting, key=lambda candidate: (candidate.size, -candidate.round))
        else:
            if free:  # sizes have changed: one that is too small makes room for the new one
                self._drop(min(free, key=lambda candidate: candidate.size))
            buffer = _Buffer(self._gpu, needed)
            self._buffers.append(buffer)
        buffer.round = self._round
        buffer.needed, buffer.busy, buffer.abandoned = needed, True, False
        self._encoded.append(buffer)
        return buffer

    def _trim(self) -> None:
        old = [b for b in self._buffers if b.round < self._round - KEPT_ROUNDS and b.reclaim()]
        for buffer in old[: max(0, len(self._buffers) - self._depth)]:
            self._drop(buffer)

    def _drop(self, buffer: _Buffer) -> None:
        self._buffers.remove(buffer)
        self._gpu.drop(buffer.gpu_buffer)
