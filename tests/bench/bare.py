"""The same frame without the program around it: every call on the GPU that a frame makes, noted
once and made again with nothing in between, as if recorded by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.gpu import Gpu

Call = tuple[str, tuple[Any, ...], dict[str, Any]]


class _Noted:
    """Passes calls on to an object of wgpu and notes them. Passes within it become lists of their
    own."""

    def __init__(self, target: Any, calls: list[Call | tuple[Call, list[Call]]]) -> None:
        self._target = target
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)
        if not callable(method):
            return method

        def noted(*args: Any, **kwargs: Any) -> Any:
            call = (name, args, kwargs)
            if not name.startswith("begin_"):
                self._calls.append(call)
                return method(*args, **kwargs)
            inner: list[Any] = []
            self._calls.append((call, inner))
            return _Noted(method(*args, **kwargs), inner)

        return noted


class BareFrame:
    """The calls of one frame."""

    def __init__(self, gpu: Gpu, encode: Callable[[Any], object]) -> None:
        """encode: records a frame in an encoder that it is given; it is submitted here once."""
        self._gpu = gpu
        self._calls: list[Any] = []
        self._writes: list[Call] = []
        write = gpu.queue.write_buffer

        def noted_write(buffer: Any, offset: int, data: Any, *rest: Any) -> None:
            self._writes.append(("write_buffer", (buffer, offset, data, *rest), {}))
            write(buffer, offset, data, *rest)

        encoder = gpu.device.create_command_encoder()
        gpu.queue.write_buffer = noted_write
        try:
            encode(_Noted(encoder, self._calls))
        finally:
            del gpu.queue.write_buffer
        gpu.queue.submit([encoder.finish()])
        gpu.wait()

    @property
    def calls(self) -> int:
        """How many calls a frame makes."""
        inner = sum(len(entry[1]) for entry in self._calls if isinstance(entry[0], tuple))
        return len(self._calls) + inner + len(self._writes)

    def replay(self) -> None:
        """Make the calls again and submit them."""
        queue = self._gpu.queue
        for _, args, _ in self._writes:
            queue.write_buffer(*args)
        encoder = self._gpu.device.create_command_encoder()
        for entry in self._calls:
            if isinstance(entry[0], str):
                name, args, kwargs = entry
                getattr(encoder, name)(*args, **kwargs)
                continue
            (name, args, kwargs), inner = entry
            within = getattr(encoder, name)(*args, **kwargs)
            for method, arguments, options in inner:
                getattr(within, method)(*arguments, **options)
        queue.submit([encoder.finish()])
