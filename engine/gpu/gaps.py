"""Colour attachments left out: WebGPU's `null`, which wgpu 0.32 has no spelling for.

A shader with outputs at locations 0, 1 and 2 may be drawn with attachments at 0 and 2 only. wgpu's
native interface takes a null view and an undefined format for that; its Python wrapper insists on
objects. `tests/gpu/test_gaps.py` shows that these pass through it.
"""

from __future__ import annotations

from typing import Any

from wgpu.backends.wgpu_native import GPUTextureView, ffi

NO_TARGET: dict[str, Any] = {"format": 0}
"""In a pipeline's fragment `targets`, the place of an output that is left out."""


class _NoView(GPUTextureView):
    """A null view: made without a native object, so there is none to count or release."""

    def __init__(self) -> None:
        self._internal = ffi.NULL

    def __del__(self) -> None:
        pass


NO_ATTACHMENT: dict[str, Any] = {"view": _NoView(), "load_op": "clear", "store_op": "discard"}
"""In a render pass's `color_attachments`, the place of an attachment that is left out."""
