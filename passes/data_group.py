"""The bind group of what data outputs alone read of an item: its maps of data, and its motion."""

from __future__ import annotations

from typing import Any, Protocol

from engine.gpu import UniformSlot
from engine.graph import PassContext
from passes.blocks import MOTION
from passes.kernels import Toolbox

FRAGMENT = 2
DataNames = tuple[str | None, str | None, str | None, str | None]
"""The graph's textures of position, UV, and motion forward and backward."""
NO_DATA: DataNames = (None, None, None, None)


class HasData(Protocol):
    """An item of the draw list, as far as this group is about it."""

    data_maps: DataNames
    motion: UniformSlot | None


class DataGroups:
    """Group 2 of wgsl/data_maps.wgsl. What has neither maps nor motion shares one group."""

    def __init__(self, tools: Toolbox, blank: Any) -> None:
        """blank: a view that stands for a map where there is none."""
        self._tools, self._blank = tools, blank
        texture = {"sample_type": "unfilterable-float", "view_dimension": "2d"}
        self.layout = tools.gpu.device.create_bind_group_layout(
            entries=[
                *({"binding": n, "visibility": FRAGMENT, "texture": texture} for n in range(4)),
                {"binding": 4, "visibility": FRAGMENT, "buffer": {"type": "uniform"}},
            ]
        )
        self._still = tools.gpu.device.create_buffer(
            label="no motion", size=MOTION.size, usage="UNIFORM"
        )

        entries = dict.fromkeys(range(4), blank) | {4: self._still}
        self._none = tools.gpu.bind_group(self.layout, entries)

    def of(self, ctx: PassContext, item: HasData) -> Any:
        """The group of an item."""
        names, motion = item.data_maps, item.motion
        if motion is None and names is NO_DATA:
            return self._none
        entries = {n: ctx.view(name) if name else self._blank for n, name in enumerate(names)}
        entries[4] = self._still if motion is None else motion.binding()
        return self._tools.gpu.bind_group(self.layout, entries)
