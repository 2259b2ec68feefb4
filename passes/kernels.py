"""Compute kernels by name, and the sampler and pipelines that the passes of a renderer share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.gpu import Gpu, UniformSlot

GROUP = 8  # threads of a workgroup along x and y, in every kernel


def as_entry(resource: Any) -> Any:
    """A bind group entry's resource from a uniform slot, or what is one already."""
    return resource.binding() if isinstance(resource, UniformSlot) else resource


class Kernel:
    """One compute entry point of a shader file, working on 8 x 8 tiles.

    Bindings are given by their number in group 0 and must be just those that the entry uses.
    constants: of the shader's `override`s, what its branches depend on: software adapters run both
    sides of all others.
    """

    def __init__(self, gpu: Gpu, shader: str, entry: str, constants: Mapping[str, float]) -> None:
        self._gpu = gpu
        self._pipeline = gpu.device.create_compute_pipeline(
            label=f"{shader} {entry}",
            layout="auto",
            compute={
                "module": gpu.shaders.module(shader),
                "entry_point": entry,
                "constants": dict(constants),
            },
        )
        self._layout = self._pipeline.get_bind_group_layout(0)

    def dispatch(self, encoder: Any, size: tuple[int, int], bindings: Mapping[int, Any]) -> None:
        """Run over size (width, height) items in a compute pass encoder."""
        entries = {number: as_entry(resource) for number, resource in bindings.items()}
        encoder.set_pipeline(self._pipeline)
        encoder.set_bind_group(0, self._gpu.bind_group(self._layout, entries))
        encoder.dispatch_workgroups(-(-size[0] // GROUP), -(-size[1] // GROUP))


class Toolbox:
    """What the passes of one renderer share: the device, its kernels, one sampler."""

    def __init__(self, gpu: Gpu) -> None:
        self.gpu = gpu
        self._kernels: dict[Any, Kernel] = {}
        self.smooth = gpu.device.create_sampler(
            label="smooth", mag_filter="linear", min_filter="linear", mipmap_filter="linear"
        )

    def kernel(self, shader: str, entry: str, **constants: float) -> Kernel:
        """The kernel `entry` of `wgsl/<shader>.wgsl`, compiled once for each set of constants."""
        key = (shader, entry, *constants.items())
        if key not in self._kernels:
            self._kernels[key] = Kernel(self.gpu, shader, entry, constants)
        return self._kernels[key]
