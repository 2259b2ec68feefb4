"""The document: loaded, edited, evaluated, saved."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from itertools import count
from typing import Any, Self, TypeVar

import msgspec
import numpy as np

from engine.errors import SceneError
from engine.frames import check_count, parse_frames
from engine.scene.aov import Aov
from engine.scene.checks import check_media, check_node, check_references, check_settings
from engine.scene.contents import Contents, Media
from engine.scene.evaluate import evaluate
from engine.scene.evaluated import EvaluatedFrame
from engine.scene.files import read_document, write_document
from engine.scene.maps import MAPS, ZDepthMap
from engine.scene.nodes import MEDIA_FIELDS, NODE_TYPES, AnyNode
from engine.scene.places import converted
from engine.timecode import Timecode, rational

AnyStruct = TypeVar("AnyStruct", bound=msgspec.Struct)


class Scene(Contents, frozen=True, kw_only=True):
    """A valid document. It never changes: what edits it returns a new one, which shares all that is
    unchanged. Anything that would make it invalid raises SceneError with the place and what was
    expected there."""

    def __post_init__(self) -> None:
        settings = _typed(self, Contents)
        for field in Contents.__struct_fields__:
            msgspec.structs.force_setattr(self, field, getattr(settings, field))
        check_settings(self)
        for index, media in enumerate(self.media):
            check_media(media, index)
        for index, node in enumerate(self.nodes):
            check_node(node, index)
        check_references(self)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The document in a file. Raises SceneError naming the file and the place in it."""
        raw = read_document(path)
        try:
            contents = converted(raw, Contents)
            return cls(**{name: getattr(contents, name) for name in contents.__struct_fields__})
        except SceneError as error:
            raise SceneError(f"{path}: {error}") from None

    def save(self, path: str | os.PathLike[str], rest: Callable[[], object] = lambda: None) -> None:
        """Writes the document. The file appears whole or stays as it was. rest: is called again and
        again meanwhile, for a thread that writes a long one beside others. Raises SceneError."""
        write_document(self, path, rest)

    def frames(self, text: str | None = None) -> list[int]:
        """Frame numbers from a range as people write it: `1001-1048`, `1-10x2`, `1,5,9-12`,
        `-5--1`. Without one, the document's own range. Raises RilievoError."""
        if text is None:
            check_count(self.last - self.first + 1, "the document")
            return list(range(self.first, self.last + 1))
        return parse_frames(text)

    @property
    def played(self) -> tuple[int, int]:
        """The first and last frame that are played: from In to Out, within the document's range;
        all of it where that leaves nothing."""
        first = self.first if self.mark_in is None else max(self.mark_in, self.first)
        last = self.last if self.mark_out is None else min(self.mark_out, self.last)
        return (first, last) if first <= last else (self.first, self.last)

    def evaluate(self, frame: float) -> EvaluatedFrame:
        """Everything the frame is drawn from, as plain numbers."""
        return evaluate(self, frame)

    def node(self, id: str) -> AnyNode:
        """The node of that name."""
        return self.nodes[self._index(id)]

    def children(self, id: str | None) -> tuple[AnyNode, ...]:
        """The nodes whose parent it is; of None: those without a parent."""
        return tuple(node for node in self.nodes if node.parent == id)

    def unique_id(self, base: str) -> str:
        """A name no node has: "Surface" gives "Surface 1", "Surface 2" …"""
        taken = {node.id for node in self.nodes}
        return next(name for n in count(1) if (name := f"{base} {n}") not in taken)

    def with_node(self, *nodes: AnyNode) -> Self:
        """The document with new nodes at the end."""
        return self._edited(nodes=(*self.nodes, *nodes))

    def replace_node(self, id: str, node: AnyNode) -> Self:
        """The document with another node in the place of one. If its name is another, everything
        that names the old one follows."""
        index = self._index(id)
        nodes = list(self.nodes)
        nodes[index] = node
        if node.id == id:
            return self._edited(nodes=tuple(nodes))
        renamed = tuple(_renamed(other, id, node.id) for other in nodes)
        return self._edited(nodes=renamed, camera=node.id if self.camera == id else self.camera)

    def with_values(self, id: str, /, **values: Any) -> Self:
        """The document with some fields of a node changed."""
        node = self.node(id)
        for name in values:
            if name not in node.__struct_fields__:
                fields = ", ".join(node.__struct_fields__)
                raise SceneError(f'"{id}": unknown field "{name}"; expected one of {fields}')
        return self.replace_node(id, msgspec.structs.replace(node, **values))

    def without(self, id: str) -> Self:
        """The document without a node. Its maps go with it; its other children move to its parent,
        keeping their own axes, but a 3D AOV hangs on nothing then; a map that used it as source
        camera falls back to its own, and so does the document's camera."""
        gone = self.node(id)
        nodes: list[AnyNode] = []
        for node in self.nodes:
            if node.id == id or (isinstance(node, MAPS) and node.parent == id):
                continue
            if node.parent == id:
                parent = None if isinstance(node, Aov) else gone.parent
                node = msgspec.structs.replace(node, parent=parent)
            if isinstance(node, ZDepthMap) and node.source_camera == id:
                node = msgspec.structs.replace(node, source_camera=None)
            nodes.append(node)
        return self._edited(nodes=tuple(nodes), camera=None if self.camera == id else self.camera)

    def with_media(self, *media: Media) -> Self:
        """The document with new media at the end of the list; the last one's number is then
        `len(scene.media)`."""
        return self._edited(media=(*self.media, *media))

    def replace_media(self, number: int, media: Media) -> Self:
        """The document with another media under a number (the first is 1)."""
        entries = list(self.media)
        entries[self._media_index(number)] = media
        return self._edited(media=tuple(entries))

    def without_media(self, number: int) -> Self:
        """The document without a media; those after it move up. SceneError where it is in use."""
        index = self._media_index(number)
        for place, user in self.users_of_media(number):
            raise SceneError(f'media {number} ("{self.media[index].name}") is {place} of "{user}"')

        def moved(other: int | None) -> int | None:
            return other - 1 if other is not None and other > number else other

        media = self.media[:index] + self.media[index + 1 :]
        return self._edited(
            media=tuple(_media_moved(entry, moved) for entry in media),
            nodes=tuple(_media_moved(node, moved) for node in self.nodes),
        )

    def users_of_media(self, number: int) -> list[tuple[str, str]]:
        """What names a media: its place ("the matte") and the name of the node or media."""
        users = [
            (f"the {field}", node.id)
            for node in self.nodes
            for field in MEDIA_FIELDS
            if getattr(node, field, None) == number
        ]
        return users + [("the matte", media.name) for media in self.media if media.matte == number]

    def with_settings(self, **values: Any) -> Self:
        """The document with some of its own fields changed (name, fps, size, camera …). A first
        frame that moves takes the time code along: each frame keeps its own."""
        first = values.get("first")
        if isinstance(first, int) and self.timecode is not None and "timecode" not in values:
            moved = self.timecode_of(first)
            values["timecode"] = None if moved is None else str(moved)
        return self._edited(**values)

    def timecode_of(self, frame: int) -> Timecode | None:
        """The time code of a frame, where the document has one."""
        start = None if self.timecode is None else Timecode.parsed(self.timecode)
        return None if start is None else start.later(frame - self.first, rational(self.fps))

    def _edited(self, **values: Any) -> Self:
        """A copy with other fields, of which only what is new is checked in depth: a document can
        hold thousands of keys, and a drag edits one node sixty times a second."""
        for name in values:
            if name not in Contents.__struct_fields__:
                fields = ", ".join(Contents.__struct_fields__)
                raise SceneError(f'unknown field "{name}"; expected one of {fields}')
        known = {id(entry) for entry in (*self.nodes, *self.media)}
        new_settings = {k: v for k, v in values.items() if k not in ("nodes", "media")}
        edited = copy.copy(self)
        if new_settings:
            plain = Contents(**{name: getattr(self, name) for name in _SETTINGS} | new_settings)
            plain = _typed(plain, Contents)
            for name in new_settings:
                msgspec.structs.force_setattr(edited, name, getattr(plain, name))
        entries: dict[str, Callable[[Any, int], None]] = {"media": check_media, "nodes": check_node}
        for name, check in entries.items():
            if name not in values:
                continue
            found = tuple(
                entry if id(entry) in known else _typed_entry(entry, name, index)
                for index, entry in enumerate(values[name])
            )
            for index, entry in enumerate(found):
                if id(entry) not in known:
                    check(entry, index)
            msgspec.structs.force_setattr(edited, name, found)
        check_settings(edited)
        check_references(edited)
        return edited

    def _index(self, id: str) -> int:
        for index, node in enumerate(self.nodes):
            if node.id == id:
                return index
        raise SceneError(f'there is no node "{id}" in the document')

    def _media_index(self, number: int) -> int:
        if not 1 <= number <= len(self.media):
            raise SceneError(f"there is no media {number} in the document")
        return number - 1


_SETTINGS = tuple(name for name in Contents.__struct_fields__ if name not in ("nodes", "media"))


def _plain(value: Any) -> Any:
    """Numbers of numpy, which scripts are full of, as plain ones."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise SceneError(f"a document cannot hold a value of type {type(value).__name__}")


def _typed(struct: msgspec.Struct, kind: type[AnyStruct]) -> AnyStruct:
    """The same values as a `kind` whose fields all have their declared types."""
    return converted(msgspec.to_builtins(struct, enc_hook=_plain), kind)


def _typed_entry(entry: AnyStruct, field: str, index: int) -> AnyStruct:
    """The same for a node or media that will be at this index, so that errors name its place."""
    if not isinstance(entry, Media if field == "media" else NODE_TYPES):
        wanted = "a media" if field == "media" else "a node"
        raise SceneError(f"{field}[{index}]: expected {wanted}, got a {type(entry).__name__}")
    raw = msgspec.to_builtins(entry, enc_hook=_plain)
    return converted(raw, type(entry), Contents, f"{field}[{index}]")


def _renamed(node: AnyNode, old: str, new: str) -> AnyNode:
    changes: dict[str, str] = {}
    if node.parent == old:
        changes["parent"] = new
    if isinstance(node, ZDepthMap) and node.source_camera == old:
        changes["source_camera"] = new
    return msgspec.structs.replace(node, **changes) if changes else node


def _media_moved(entry: Any, moved: Callable[[int | None], int | None]) -> Any:
    changes = {
        field: moved(getattr(entry, field))
        for field in MEDIA_FIELDS
        if field in entry.__struct_fields__
        and moved(getattr(entry, field)) != getattr(entry, field)
    }
    return msgspec.structs.replace(entry, **changes) if changes else entry
