"""Outputs by name: the passes, and the 3D AOVs of a document, which are passes by other names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.errors import RilievoError
from engine.scene import Aov, AovDepth, AovMotion, AovType, Scene
from passes.rendered import PASS_NAMES

Names = Sequence[str] | Mapping[str, str]
"""Passes and 3D AOVs by name, or names with the passes that they show."""

_DEPTHS = {
    AovDepth.PLANAR: "z", AovDepth.NORMALIZED: "z_normalized", AovDepth.AVERAGED: "z_aa",
}  # fmt: skip
_MOTIONS = {AovMotion.FORWARD: "forward", AovMotion.BACKWARD: "backward"}
_TYPES = {
    AovType.NORMALS: "normals", AovType.POSITION: "position", AovType.UV: "uv",
    AovType.OBJECT_ID: "object_id", AovType.ALBEDO: "albedo", AovType.SHADOW: "shadow",
    AovType.MATTE: "matte",
}  # fmt: skip


def pass_of(aov: Aov) -> str:
    """The pass that a 3D AOV shows."""
    if aov.kind is AovType.Z_DEPTH:
        return _DEPTHS[aov.depth]
    return _MOTIONS[aov.motion] if aov.kind is AovType.MOTION_VECTORS else _TYPES[aov.kind]


def aov_passes(scene: Scene) -> dict[str, str]:
    """The 3D AOVs of a document, in its order: name → the pass that it shows."""
    return {node.id: pass_of(node) for node in scene.nodes if isinstance(node, Aov)}


def output_names(scene: Scene) -> tuple[str, ...]:
    """All that can be rendered of a document: the passes, then its 3D AOVs."""
    return (*PASS_NAMES, *aov_passes(scene))


def resolved(scene: Scene, names: Names) -> dict[str, str]:
    """Name → pass, in the order in which they stand in a file. Raises RilievoError for a name that
    is neither a pass nor one of the document's 3D AOVs."""
    if isinstance(names, Mapping):
        return dict(names)
    aovs = aov_passes(scene)
    known = {name: name for name in PASS_NAMES} | aovs
    for name in names:
        if name not in known:
            also = f" and the 3D AOVs {', '.join(aovs)}" if aovs else ""
            raise RilievoError(
                f"there is no pass {name!r}; choose from {', '.join(PASS_NAMES)}{also}"
            )
    return {name: shown for name, shown in known.items() if name in names}
