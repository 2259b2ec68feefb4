"""What the artist does to nodes, whichever panel or key asks for it; each is one step of undo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from engine.errors import SceneError
from engine.scene import (
    KIND_NAMES,
    MAPS,
    AnyNode,
    Aov,
    Placed,
    Scene,
    Vector,
    ZDepthMap,
    carrier_of,
    copied,
    created_map,
    new_node,
    pasted,
    removed,
    renamed,
    spoken,
    value_at,
)
from ui.window.editor import Editor

Point = tuple[float, float, float]


class NodeActions:
    """Works on the document and the selection of an editor, and keeps what was copied."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._copied: tuple[AnyNode, ...] = ()

    @property
    def can_paste(self) -> bool:
        """Whether anything was copied."""
        return bool(self._copied)

    def add(
        self,
        kind: type[AnyNode],
        *,
        parent: str | None = None,
        at: Point | None = None,
        pivot: Point | None = None,
    ) -> str | None:
        """A new node, which is then the one that is selected; its name, or None if it could not be
        made, which is said. A map and a 3D AOV hang on `parent` or else on what is selected. at: in
        the world, where what can be placed lands; cameras and lights land before it, looking at it.
        pivot: of a Z-Depth map, on what it hangs on: its axis turns and scales about that point,
        and its depth stays where it is.
        """
        editor = self._editor
        scene, name = editor.scene, KIND_NAMES[kind]
        if kind in (*MAPS, Aov):
            chosen = editor.selection[-1] if editor.selection else editor.selected
            parent = carrier_of(scene, parent or chosen)
        made: list[str] = []

        def change(scene: Scene) -> Scene:
            node = new_node(scene, kind, parent=parent, media=self._media())
            if at is not None and isinstance(node, Placed):
                node = msgspec.structs.replace(node, translate=_moved(node.translate, at))
            if pivot is not None and isinstance(node, ZDepthMap):
                node = msgspec.structs.replace(node, pivot=pivot)
            made.append(node.id)
            return scene.with_node(node)

        if not editor.edit(change, f"Add {name}"):
            return None
        editor.shows(made, scene)
        editor.select(made[-1])
        return made[-1]

    def create_map(self, aov: str, media: int | None = None) -> str | None:
        """The map that a 3D AOV needs, on what that hangs on or else on what is selected with it;
        its name, which is then selected, or None if it could not be made, which is said. media: its
        number in the list; None is the one that was chosen for new maps."""
        made: list[str] = []

        def change(scene: Scene) -> Scene:
            node = self._map_for(aov, media)
            made.append(node.id)
            return scene.with_node(node)

        before = self._editor.scene
        if not self._editor.edit(change, f"Create Map for {aov}"):
            return None
        self._editor.shows(made, before)
        self._editor.select(made[-1])
        return made[-1]

    def map_refusal(self, aov: str) -> str:
        """Why `create_map` would make none; empty where it would."""
        try:
            self._map_for(aov)
        except SceneError as error:
            return spoken(str(error))
        return ""

    def copy(self) -> None:
        """Keep the selected nodes for `paste`."""
        self._copied = copied(self._editor.scene, self._editor.selection)
        if self._copied:
            self._editor.messages.note(f"Copied {_said(node.id for node in self._copied)}")

    def paste(self) -> None:
        """Put copies of what was copied into the document; maps hang on the surface or geometry
        that is selected."""
        editor, nodes = self._editor, self._copied
        if not nodes:
            return
        onto = carrier_of(editor.scene, editor.selection[-1] if editor.selection else None)
        names: list[str] = []

        def change(scene: Scene) -> Scene:
            scene, fresh = pasted(scene, nodes, onto)
            names.extend(fresh)
            return scene

        if editor.edit(change, f"Paste {_said(node.id for node in nodes)}"):
            editor.select(*names)

    def duplicate(self) -> None:
        """Copies of the selected nodes beside them; what was copied before stays."""
        kept = self._copied
        self._copied = copied(self._editor.scene, self._editor.selection)
        self.paste()
        self._copied = kept

    def delete(self, ids: Sequence[str] | None = None) -> None:
        """Take these nodes away, or the selected ones."""
        gone = self._editor.selection if ids is None else tuple(ids)
        if gone:
            self._editor.edit(lambda scene: removed(scene, gone), f"Remove {_said(gone)}")

    def rename(self, old: str, new: str) -> bool:
        """Another name for a node; whether it has that now."""
        return self._editor.edit(lambda scene: renamed(scene, old, new), f"Rename {old}")

    def hang(self, child: str, parent: str | None) -> bool:
        """Give a node another parent, or none; whether that was valid."""
        label = f"Hang {child} on {parent}" if parent else f"Detach {child}"
        return self._editor.edit(lambda scene: scene.with_values(child, parent=parent), label)

    def refusal(self, child: str, parent: str) -> str:
        """Why a node cannot have this parent; empty where it can."""
        try:
            self._editor.scene.with_values(child, parent=parent)
        except SceneError as error:
            return spoken(str(error))
        return ""

    def _map_for(self, aov: str, media: int | None = None) -> AnyNode:
        editor = self._editor
        others = (carrier_of(editor.scene, name) for name in editor.selection if name != aov)
        carrier = next((name for name in others if name is not None), None)
        return created_map(editor.scene, aov, carrier=carrier, media=media or self._media())

    def _media(self) -> int | None:
        number = self._editor.media
        return number if number is None or number <= len(self._editor.scene.media) else None


def _moved(translate: Vector, by: Point) -> Vector:
    x, y, z = (value_at(part, 0) + more for part, more in zip(translate, by, strict=True))
    return x, y, z


def _said(names: Iterable[str]) -> str:
    """Nodes in a sentence: "Axis 1", "Axis 1 and Light 2", "3 nodes"."""
    found = list(names)
    return " and ".join(found) if len(found) < 3 else f"{len(found)} nodes"
