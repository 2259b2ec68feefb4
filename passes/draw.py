"""The draw list: what is drawn, in which order, and the pipelines that draw it.

Shadow, beauty and aov draw the same list; they differ in their fragment entry and their targets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.gpu import UniformSlot
from engine.graph import PassContext, Read, Use
from engine.scene.evaluated import Shading
from passes.data_group import NO_DATA, DataGroups, DataNames
from passes.kernels import Toolbox

SHADER_STAGES = 3  # vertex and fragment
DRAW_LIST, DRAW_FULL = 0, 20  # bytes: where an adaptive mesh's two draws' arguments begin


class Kind(IntEnum):
    """The kinds of item; wgsl/draw.wgsl has the same numbers."""

    PLANE = 0
    RELIEF = 1
    MESH = 2
    ADAPTIVE = 3
    FULL = 4
    TORN = 5
    TORN_FULL = 6
    TORN_GRID = 7
    TORN_GRID_FULL = 8
    BACKGROUND = 9


# What stands for a list of triangles where it would be too long.
FULL_OF = {
    Kind.ADAPTIVE: Kind.FULL, Kind.TORN: Kind.TORN_FULL, Kind.TORN_GRID: Kind.TORN_GRID_FULL,
}  # fmt: skip


class Flag(IntFlag):
    """What an item has and does; wgsl/draw.wgsl has the same bits."""

    HAS_COLOUR = 1
    HAS_MATTE = 2
    DISPLACE = 4
    Z_PASS = 8
    ALONG_NORMAL = 16
    RELIEF_NORMALS = 32
    NORMAL_MAP = 64
    SIGNED_NORMALS = 128
    FLIP_Y = 256
    LIT = 512
    RECEIVES_SHADOW = 1024
    HAS_Z = 2048
    MATTE_IS_LUMA = 4096
    MIRRORED = 8192
    GLOSSY = 16384
    SOFT = 32768
    CLIPPED = 65536
    TEXEL_A_PIXEL = 131072
    PIERCED = 262144
    DIFFUSE_MAP = 524288
    POSITION_MAP = 1048576
    UV_MAP = 2097152
    UV_DOWN = 4194304
    FORWARD_MAP = 8388608
    BACKWARD_MAP = 16777216


NOTHING = Flag(0)


@dataclass
class Item:
    """One draw. Texture names are those of the graph; None is an empty texture.

    order: its place in the document: of items in one plane the later one lies on top.
    vertices: a buffer, or the name of one in the graph. corners: (n, 3) world points that bound it.
    flags: what it has and does; each set of them has pipelines of its own.
    For an adaptive mesh, `triangles` and `arguments` name the graph's buffers with its list of
    triangles and the two draws' arguments: of the list, and of the full grid, which is drawn by
    tiles of `indices`. A subdivided mesh and a background have the list alone.
    behind: the item that it is the background of, and never shows through.
    diffuse: the albedo's texture, where light meets another than the picture. data_maps: see
    `passes.data_group`. motion: how it moves.
    """

    name: str
    kind: Kind
    slot: UniformSlot
    flags: Flag = NOTHING
    order: int = 0
    colour: str | None = None
    matte: str | None = None
    z: str | None = None
    normals: str | None = None
    normal_map: str | None = None
    diffuse: str | None = None
    data_maps: DataNames = NO_DATA
    motion: UniformSlot | None = None
    vertices: Any = None
    triangles: str | None = None
    arguments: str | None = None
    indices: Any = None
    index_count: int = 4
    instances: int = 1
    replaces_depth: bool = False
    behind: Item | None = None
    shading: Shading | None = None
    plane: npt.NDArray[np.float64] | None = None
    corners: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))

    @property
    def blended(self) -> bool:
        """Whether it may be seen through anywhere."""
        return Flag.SOFT in self.flags

    def reads(self) -> list[Read]:
        """The graph's textures and buffers that drawing it reads."""
        names = (
            self.colour, self.matte, self.z, self.normals, self.normal_map, self.diffuse,
            *self.data_maps,
        )  # fmt: skip
        found = [Read(name) for name in names if name is not None]
        vertices = self.vertices if isinstance(self.vertices, str) else None
        for name, use in (
            (vertices, Use.STORAGE),
            (self.triangles, Use.INDEX),
            (self.arguments, Use.INDIRECT),
        ):
            if name is not None:
                found.append(Read(name, use))
        return found


def reads_of(items: Iterable[Item]) -> tuple[Read, ...]:
    """What drawing these items reads, each once."""
    return tuple(dict.fromkeys(read for item in items for read in item.reads()))


def in_front(a: Item, b: Item, eye: npt.NDArray[np.float64]) -> bool:
    """Whether item `a` must be drawn after item `b`.

    Exact where one lies wholly on one side of the other's plane; otherwise the nearer centre wins.
    """
    if a.plane is not None and b.plane is not None and _coplanar(a, b):
        return a.order > b.order
    over, under = _may_hide(a, b, eye), _may_hide(b, a, eye)
    if over != under:
        return over
    distance_a = np.linalg.norm(a.corners.mean(axis=0) - eye)
    distance_b = np.linalg.norm(b.corners.mean(axis=0) - eye)
    return over and bool(distance_a < distance_b)


def _may_hide(a: Item, b: Item, eye: npt.NDArray[np.float64]) -> bool:
    """Whether any of `a` may lie before any of `b` (the plane tests of Newell, Newell and Sancha,
    "A solution to the hidden surface problem", 1972)."""
    for plane, corners, side in ((b.plane, a.corners, -1.0), (a.plane, b.corners, 1.0)):
        if plane is None or len(corners) == 0:
            continue
        sides = corners @ plane[:3] + plane[3]
        eye_side = float(eye @ plane[:3] + plane[3])
        tolerance = 1e-6 * max(1.0, float(np.abs(sides).max()))
        if abs(eye_side) <= tolerance:  # seen from its edge, a plane neither hides nor is hidden
            return False
        # All of a lies behind b's plane, or all of b before a's.
        if np.all(sides * np.sign(eye_side) * side >= -tolerance):
            return False
    return True


def _coplanar(a: Item, b: Item) -> bool:
    assert b.plane is not None
    sides = a.corners @ b.plane[:3] + b.plane[3]
    return bool(np.abs(sides).max() <= 1e-6 * max(1.0, float(np.abs(a.corners).max())))


def back_to_front(items: Sequence[Item], eye: npt.NDArray[np.float64]) -> list[Item]:
    """The items in painter's order: each after all those that it is in front of.

    Where items enclose each other in a ring there is no such order; then the farthest goes first.
    """
    distance = [float(np.linalg.norm(item.corners.mean(axis=0) - eye)) for item in items]
    hides = np.zeros((len(items), len(items)), bool)
    for a, b in permutations(range(len(items)), 2):
        hides[a, b] = in_front(items[a], items[b], eye)
    remaining = list(range(len(items)))
    ordered: list[Item] = []
    while remaining:
        free = [index for index in remaining if not hides[index, remaining].any()]
        # Equals keep the order of the document: the later one lies on top.
        chosen = max(free or remaining, key=distance.__getitem__)
        ordered.append(items[chosen])
        remaining.remove(chosen)
    return ordered


@dataclass(frozen=True)
class Stage:
    """How a pass draws: shader file, fragment entries, targets and depth.

    entry: None where depth alone is drawn, of items that are there all over. entry_replacing: the
    entry that writes depth as well; None where depth is never replaced. vertex: the vertex entry,
    which takes so many `vertices` of a list of triangles instead of the item's own. lit: group 2 is
    the lights; data: it is the item's maps of data and its motion.
    """

    shader: str
    entry: str | None
    entry_replacing: str | None
    targets: tuple[str, ...]
    depth_format: str = "depth32float"
    depth_write: bool = True
    blend: bool = False
    colour_write: bool = True
    constants: tuple[tuple[str, float], ...] = ()
    lit: bool = False
    data: bool = False
    vertex: str = "vertex"
    vertices: int | None = None


OVER = {
    "color": {"src_factor": "one", "dst_factor": "one-minus-src-alpha", "operation": "add"},
    "alpha": {"src_factor": "one", "dst_factor": "one-minus-src-alpha", "operation": "add"},
}


class Drawing:
    """Layouts, pipelines and bind groups of the draw list."""

    def __init__(self, tools: Toolbox) -> None:
        self.tools = tools
        self.view_layout = self._layout([_block(0)])
        self.item_layout = self._layout(
            [
                _block(0),
                *(_texture(n, "float") for n in (1, 2)),
                _texture(3, "unfilterable-float"),
                *(_texture(n, "float") for n in (4, 5)),
                {"binding": 6, "visibility": SHADER_STAGES, "sampler": {"type": "filtering"}},
                {
                    "binding": 7,
                    "visibility": SHADER_STAGES,
                    "buffer": {"type": "read-only-storage"},
                },
                _texture(8, "float"),
            ]
        )
        self.light_layout = self._layout(
            [
                _block(0, "read-only-storage"),
                {
                    "binding": 1,
                    "visibility": SHADER_STAGES,
                    "texture": {"sample_type": "depth", "view_dimension": "2d-array"},
                },
                {"binding": 2, "visibility": SHADER_STAGES, "sampler": {"type": "comparison"}},
            ]
        )
        self._pipelines: dict[Any, Any] = {}
        self._queries: Any = None
        device = tools.gpu.device
        self._blank = device.create_texture(
            label="blank", size=(1, 1, 1), format="rgba16float", usage="TEXTURE_BINDING"
        )
        self._blank_z = device.create_texture(
            label="blank z", size=(1, 1, 1), format="rg32float", usage="TEXTURE_BINDING"
        )
        self._blank_shadow = device.create_texture(
            label="blank shadow", size=(1, 1, 1), format="depth32float",
            usage="TEXTURE_BINDING | RENDER_ATTACHMENT",
        )  # fmt: skip
        self.blank = self._blank.create_view()
        self.blank_z = self._blank_z.create_view()
        self.data = DataGroups(tools, self.blank)
        self.blank_shadow = self._blank_shadow.create_view(dimension="2d-array")
        self._no_vertices = device.create_buffer(label="no vertices", size=16, usage="STORAGE")

    def light_group(self, lights: UniformSlot, shadows: Any) -> Any:
        """The bind group of the lights and their shadow maps (None: no shadows)."""
        view = self.blank_shadow if shadows is None else shadows
        gpu = self.tools.gpu
        entries = {0: lights.binding(), 1: view, 2: gpu.samplers.shadow}
        return gpu.bind_group(self.light_layout, entries)

    def queries(self, count: int) -> Any:
        """So many occlusion queries, the same ones at every call."""
        if self._queries is None:
            self._queries = self.tools.gpu.device.create_query_set(
                label="hidden", type="occlusion", count=count
            )
        return self._queries

    def draw(
        self,
        encoder: Any,
        ctx: PassContext,
        stage: Stage,
        items: Sequence[Item],
        view: UniformSlot,
        lights: Any = None,
        quads: tuple[Any, Sequence[int | None]] | None = None,
    ) -> None:
        """Draw items in order. lights: the bind group of `light_group`, for lit stages. quads: a
        buffer with arguments for the draws of flat items, and where each one's begin."""
        encoder.set_bind_group(0, self.tools.gpu.bind_group(self.view_layout, {0: view.binding()}))
        if stage.lit:
            encoder.set_bind_group(2, lights)
        bound: Any = None  # the group of data, of which most items have the same
        for number, item in enumerate(items):
            encoder.set_pipeline(self._pipeline(stage, item))
            encoder.set_bind_group(1, self._item_group(ctx, item))
            if stage.data:
                data = self.data.of(ctx, item)
                if data is not bound:
                    encoder.set_bind_group(2, data)
                bound = data
            if item.triangles is not None and item.arguments is not None:
                arguments = ctx.buffer(item.arguments)
                encoder.set_index_buffer(ctx.buffer(item.triangles), "uint32")
                encoder.draw_indexed_indirect(arguments, DRAW_LIST)
                if item.kind not in FULL_OF:
                    continue
                encoder.set_pipeline(self._pipeline(stage, item, FULL_OF[item.kind]))
                encoder.set_index_buffer(item.indices, "uint32")
                encoder.draw_indexed_indirect(arguments, DRAW_FULL)
            elif item.indices is None:
                offset = None if quads is None else quads[1][number]
                if quads is None or offset is None:
                    encoder.draw(stage.vertices or item.index_count)
                else:
                    encoder.draw_indirect(quads[0], offset)
            else:
                encoder.set_index_buffer(item.indices, "uint32")
                encoder.draw_indexed(item.index_count, item.instances)

    def _item_group(self, ctx: PassContext, item: Item) -> Any:
        def view(name: str | None, blank: Any) -> Any:
            return blank if name is None else ctx.view(name)

        vertices = item.vertices
        if isinstance(vertices, str):
            vertices = ctx.buffer(vertices)
        return self.tools.gpu.bind_group(
            self.item_layout,
            {
                0: item.slot.binding(),
                1: view(item.colour, self.blank),
                2: view(item.matte, self.blank),
                3: view(item.z, self.blank_z),
                4: view(item.normals, self.blank),
                5: view(item.normal_map, self.blank),
                6: self.tools.smooth,
                7: self._no_vertices if vertices is None else vertices,
                8: view(item.diffuse, self.blank),
            },
        )

    def _pipeline(self, stage: Stage, item: Item, kind: Kind | None = None) -> Any:
        replaces = item.replaces_depth and stage.entry_replacing is not None
        kind = item.kind if kind is None else kind
        # Data is exact between texels too.
        flags = item.flags if stage.lit else item.flags & ~Flag.TEXEL_A_PIXEL
        key = (stage, kind, replaces, flags)
        if key not in self._pipelines:
            self._pipelines[key] = self._make_pipeline(stage, kind, replaces, flags)
        return self._pipelines[key]

    def _make_pipeline(self, stage: Stage, kind: Kind, replaces: bool, flags: Flag) -> Any:
        device = self.tools.gpu.device
        module = self.tools.gpu.shaders.module(stage.shader)
        constants = {"KIND": float(kind), "FLAGS": float(flags)}
        chosen = {**constants, **dict(stage.constants)}
        layouts = [self.view_layout, self.item_layout]
        layouts += [self.light_layout] if stage.lit else [self.data.layout] if stage.data else []
        how: dict[str, Any] = {"blend": OVER} if stage.blend else {}
        if not stage.colour_write:
            how["write_mask"] = 0
        targets = [{"format": format, **how} for format in stage.targets]
        entry = stage.entry_replacing if replaces else stage.entry
        strip = kind is Kind.PLANE and stage.vertices is None
        fragment = {
            "fragment": {
                "module": module,
                "entry_point": entry,
                "targets": targets,
                "constants": chosen,
            }
        }
        return device.create_render_pipeline(
            label=f"{stage.shader} {kind.name.lower()}",
            layout=device.create_pipeline_layout(bind_group_layouts=layouts),
            vertex={"module": module, "entry_point": stage.vertex, "constants": constants},
            primitive={
                "topology": "triangle-strip" if strip else "triangle-list",
                "cull_mode": "none",
            },
            depth_stencil={
                "format": stage.depth_format,
                "depth_write_enabled": stage.depth_write,
                "depth_compare": "greater-equal",
            },
            **({} if entry is None else fragment),
        )

    def _layout(self, entries: list[dict[str, Any]]) -> Any:
        return self.tools.gpu.device.create_bind_group_layout(entries=entries)


def _block(binding: int, kind: str = "uniform") -> dict[str, Any]:
    return {"binding": binding, "visibility": SHADER_STAGES, "buffer": {"type": kind}}


def _texture(binding: int, sample_type: str) -> dict[str, Any]:
    return {
        "binding": binding,
        "visibility": SHADER_STAGES,
        "texture": {"sample_type": sample_type, "view_dimension": "2d"},
    }
