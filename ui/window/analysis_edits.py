"""Which analysis a Z-Depth map is made by: one step of undo, and what it brings with it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.scene import (
    AnalysisType,
    Geometry,
    Light,
    Scene,
    Surface,
    ZDepthMap,
    as_relief,
    readable,
    with_analysis,
)
from ui.window.editor import Editor

DARK = (0.0, 0.0, 0.0)


def choose(editor: Editor, maps: Sequence[str], analysis: AnalysisType) -> bool:
    """Maps get their depth this way from now on, as new ones of that kind would, but for what was
    set by hand; whether that was done.

    A map that had a depth picture is shown as a relief then, as a picture that is opened is. A
    first light comes with it where it shines on nothing else.
    """
    media, count = editor.media, len(editor.scene.media)
    chosen = media if media is not None and media <= count else None
    before = editor.scene

    def change(scene: Scene) -> Scene:
        for name in maps:
            scene = _switched(scene, name, analysis, chosen)
        return scene

    title = readable(analysis.value)
    if not editor.edit(
        change, f"{title} Analysis" if analysis is not AnalysisType.MEDIA else title
    ):
        return False
    editor.shows(maps, before)
    lit = any(isinstance(n, Light) and n not in before.nodes for n in editor.scene.nodes)
    if lit:
        editor.messages.note(f"{', '.join(maps)}: {title}, with 3D and a first light")
    elif analysis is not AnalysisType.MEDIA and _is_unlit(editor.scene):
        editor.messages.note(f"{', '.join(maps)}: {title}; a light would show its shape")
    return True


def _switched(scene: Scene, name: str, analysis: AnalysisType, media: int | None) -> Scene:
    node = scene.node(name)
    assert isinstance(node, ZDepthMap)
    scene = with_analysis(scene, name, analysis, media=media)
    if node.analysis is not AnalysisType.MEDIA or analysis is AnalysisType.MEDIA:
        return scene
    if not node.displace:  # it was taken out of the picture on purpose
        return scene
    alone = sum(isinstance(other, Surface | Geometry) for other in scene.nodes) == 1
    return as_relief(scene, name) if alone else scene.with_values(name, three_d=True)


def _is_unlit(scene: Scene) -> bool:
    return scene.ambient == DARK and not any(isinstance(n, Light) for n in scene.nodes)
