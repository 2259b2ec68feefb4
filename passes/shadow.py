"""Depth from each light that casts shadow, displaced surfaces included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.gpu import UniformArena, UniformSlot
from engine.graph import DepthAttachment, PassContext, TextureSpec, Use, Write
from engine.scene.evaluated import EvaluatedLight, LightKind
from passes.blocks import LIGHTS, MAX_LIGHTS, MAX_SHADOW_LAYERS, VIEW
from passes.draw import Drawing, Item, Stage, reads_of

SHADOWS = "shadow maps"
RESOLUTION = 2048
LARGEST_RADIUS = 4.0
"""Texels. A softer light draws a smaller map instead of reading more of it: at most 25 taps."""
Matrix = npt.NDArray[np.float64]

# Looking along +X, -X, +Y, -Y, +Z, -Z, in the order of cube_face in wgsl/lighting.wgsl.
CUBE_AXES = (
    ((1, 0, 0), (0, 1, 0)), ((-1, 0, 0), (0, 1, 0)), ((0, 1, 0), (0, 0, 1)),
    ((0, -1, 0), (0, 0, 1)), ((0, 0, 1), (0, 1, 0)), ((0, 0, -1), (0, 1, 0)),
)  # fmt: skip


@dataclass(frozen=True)
class ShadowView:
    """One layer: world to the light's clip space, and a texel's size in scene units (for points
    and spots: at a distance of one unit)."""

    matrix: Matrix
    texel: float


def looking(eye: Matrix, forward: Matrix, up: Matrix) -> Matrix:
    """(4, 4) world to a view that looks along -Z."""
    back = -forward / np.linalg.norm(forward) if forward.any() else np.array([0.0, 0.0, 1.0])
    right = np.cross(up, back)
    if np.linalg.norm(right) < 1e-6:
        right = np.cross(
            np.array([1.0, 0.0, 0.0]) if abs(back[0]) < 0.9 else np.array([0.0, 1, 0]), back
        )
    right /= np.linalg.norm(right)
    view = np.eye(4)
    view[0, :3], view[1, :3], view[2, :3] = right, np.cross(back, right), back
    view[:3, 3] = -view[:3, :3] @ eye
    return view


def directional_view(light: EvaluatedLight, corners: Matrix, resolution: int) -> ShadowView:
    """An orthographic view that just holds the scene's corners (n, 3), with square texels."""
    axis = light.world[:3, :3]
    view = looking(np.zeros(3), -axis[:, 2], axis[:, 1])
    seen = corners @ view[:3, :3].T
    low, high = seen.min(axis=0), seen.max(axis=0)
    margin = 1e-3 + 0.01 * (high - low).max()
    low, high = low - margin, high + margin
    centre, extent = (low + high) / 2, np.maximum(high - low, 1e-6)
    extent[:2] = extent[:2].max()
    scale = np.eye(4)
    scale[0, 0], scale[1, 1], scale[2, 2] = 2 / extent[0], 2 / extent[1], 1 / extent[2]
    # Reversed Z: what is nearest to the light has the largest z in its view, and depth 1.
    scale[:3, 3] = -2 * centre[0] / extent[0], -2 * centre[1] / extent[1], -low[2] / extent[2]
    return ShadowView(scale @ view, float(extent[0]) / resolution)


def perspective_views(
    light: EvaluatedLight, corners: Matrix, resolution: int, radius: float
) -> list[ShadowView]:
    """One view of a spot's cone, or of all that is drawn where that is less; six around a point
    among what is drawn. Reversed Z from close by to infinity."""
    eye = light.world[:3, 3]
    # A float depth buffer with reversed Z is as precise with a near plane next to the light.
    near = max(1e-6, 1e-4 * float(np.linalg.norm(corners - eye, axis=1).min()))
    scene = looking(eye, (corners.min(axis=0) + corners.max(axis=0)) / 2 - eye, light.world[:3, 1])
    views, tangent = [scene], widest(scene, corners)
    if light.kind is LightKind.SPOT:
        cone = float(np.tan(min(light.cone[1], np.radians(85))))
        if cone < tangent:
            views, tangent = [looking(eye, -light.world[:3, 2], light.world[:3, 1])], cone
    elif tangent > 1.5:
        views = [looking(eye, np.array(f, float), np.array(u, float)) for f, u in CUBE_AXES]
        tangent = 1.0
    # A rim, so that filtering stays inside the map: the reach of the filter, and what
    # wgsl/lighting.wgsl moves a point by.
    tangent /= 1 - 2 * (radius + 4) / resolution
    p = np.array([[1 / tangent, 0, 0, 0], [0, 1 / tangent, 0, 0], [0, 0, 0, near], [0, 0, -1.0, 0]])
    return [ShadowView(p @ view, 2 * tangent / resolution) for view in views]


def widest(view: Matrix, corners: Matrix) -> float:
    """The largest tangent from the axis, along X or Y, at which a view (4, 4) sees corners (n, 3);
    infinite where one is beside or behind it."""
    seen = corners @ view[:3, :3].T + view[:3, 3]
    depth = -seen[:, 2]
    if depth.min() <= 1e-6 * np.abs(seen).max():
        return np.inf
    return max(1e-3, float((np.abs(seen[:, :2]) / depth[:, None]).max()))


def map_shape(softness: float, resolution: int) -> tuple[int, float]:
    """Side of the map that a light of this softness (texels of `resolution`) draws, and the radius
    of the filter in texels of that. A softer light needs no finer one."""
    coarser = max(1.0, softness / LARGEST_RADIUS)
    side = max(64, round(resolution / coarser))
    return side, max(softness * side / resolution, 0.5)


def layers_needed(lights: Sequence[EvaluatedLight]) -> int:
    """Shadow maps that a frame's lights take: a point light six, the others one."""
    views = [6 if light.kind is LightKind.POINT else 1 for light in lights if light.shadows]
    return min(sum(views), MAX_SHADOW_LAYERS)


class Lighting:
    """The lights of a frame as uniforms, and where their shadow maps lie."""

    def __init__(self, arena: UniformArena, resolution: int = RESOLUTION) -> None:
        self.slot: UniformSlot = arena.slot(LIGHTS)
        self.views = [arena.slot(VIEW) for _ in range(MAX_SHADOW_LAYERS)]
        self.resolution = resolution
        self.layers = 0
        self.sides = [resolution] * MAX_SHADOW_LAYERS
        self.warnings: list[str] = []

    def update(
        self, lights: Sequence[EvaluatedLight], ambient: Sequence[float], corners: Matrix
    ) -> None:
        """Write the uniforms. corners: (n, 3) world points that bound all that is drawn."""
        self.warnings = []
        if len(lights) > MAX_LIGHTS:
            self.warnings.append(f"only the first {MAX_LIGHTS} of {len(lights)} lights are used")
        lights = lights[:MAX_LIGHTS]
        rows = {name: np.zeros((MAX_LIGHTS, 4)) for name in ("position", "direction", "colour")}
        cone, shadow = np.zeros((MAX_LIGHTS, 4)), np.full((MAX_LIGHTS, 4), -1.0)
        matrices = np.zeros((MAX_SHADOW_LAYERS, 4, 4))
        layer = 0
        for i, light in enumerate(lights):
            rows["position"][i] = [*light.world[:3, 3], float(light.kind)]
            forward = -light.world[:3, 2]
            rows["direction"][i, :3] = forward / max(float(np.linalg.norm(forward)), 1e-9)
            rows["colour"][i, :3] = light.colour
            outer = np.cos(light.cone[1])
            cone[i, :2] = max(np.cos(light.cone[0]), outer + 1e-6), outer
            # Softness is in texels of a full map: a coarse one is as soft in the picture.
            softness = light.shadow_softness * self.resolution / RESOLUTION
            side, radius = map_shape(softness, self.resolution)
            cone[i, 2] = side / self.resolution
            views = self._views_of(light, corners, side, radius)
            if not views:
                continue
            if layer + len(views) > MAX_SHADOW_LAYERS:
                self.warnings.append(
                    f"light '{light.id}' casts no shadow: the {MAX_SHADOW_LAYERS} shadow maps of a"
                    " frame are taken (a point light takes six)"
                )
                continue
            shadow[i] = layer, light.shadow_bias, radius, views[0].texel
            cone[i, 3] = len(views)
            for view in views:
                matrices[layer] = view.matrix
                self.sides[layer] = side
                self.views[layer].update(view_proj=view.matrix, eye=[*light.world[:3, 3], 1.0])
                layer += 1
        self.layers = layer
        self.slot.update(
            ambient=[*ambient, float(len(lights))],
            cone=cone,
            shadow=shadow,
            matrices=matrices,
            **rows,
        )

    def _views_of(
        self, light: EvaluatedLight, corners: Matrix, side: int, radius: float
    ) -> list[ShadowView]:
        if not light.shadows or len(corners) == 0:
            return []
        if light.kind is LightKind.DIRECTIONAL:
            return [directional_view(light, corners, side)]
        return perspective_views(light, corners, side, radius)


class ShadowPass:
    """Draw the casters once for each shadow layer."""

    # No bias here: what keeps a surface off itself is done where the map is read. A slope's bias
    # would let light through at the edges of what stands nearly along it.
    SOFT = Stage("shadow", "shadow", None, ())
    SOLID = Stage("shadow", None, None, ())

    def __init__(
        self, drawing: Drawing, lighting: Lighting, items: Sequence[Item], layers: int
    ) -> None:
        self.name = "shadow"
        self.drawing = drawing
        self.lighting = lighting
        self.items = list(items)
        self.reads = reads_of(items)
        # At least two layers: a texture of one is not an array.
        spec = TextureSpec(
            "depth32float", (lighting.resolution, lighting.resolution), layers=max(2, layers)
        )
        self.writes = (Write(SHADOWS, spec, use=Use.DEPTH, clear=0.0),)

    def encode(self, ctx: PassContext) -> None:
        casters = [i for i in self.items if i.shading and i.shading.casts_shadow]
        soft = [item for item in casters if item.blended]
        solid = [item for item in casters if not item.blended]
        for layer in range(self.lighting.layers):
            with ctx.render_pass([], DepthAttachment(SHADOWS, layer=layer)) as encoder:
                side = self.lighting.sides[layer]
                encoder.set_viewport(0, 0, side, side, 0, 1)
                view = self.lighting.views[layer]
                self.drawing.draw(encoder, ctx, self.SOLID, solid, view)
                self.drawing.draw(encoder, ctx, self.SOFT, soft, view)
