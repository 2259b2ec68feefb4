"""Random edits by the same calls that the window's panels, menus and keys make."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from engine.scene import (
    AnyNode,
    Aov,
    Interpolation,
    Media,
    Parameter,
    Region,
    Shape,
    Surface,
    ZDepthMap,
    channels_of,
    parameters,
    set_at,
)
from ui.window import shared_fields
from ui.window.animation import Animation
from ui.window.editor import Editor
from ui.window.fields import Field
from ui.window.kinds import KINDS
from ui.window.node_actions import MAPS, NodeActions
from ui.window.region_shapes import new_region, with_corner
from ui.window.region_tool import RegionTool

WORDS = ("Head", "Backdrop", "Key", "Rim", "Plate", "Cup")


class RandomEdits:
    """Edits an editor's document. done: how often each kind of edit has changed it."""

    def __init__(self, editor: Editor, seed: int) -> None:
        self.editor = editor
        self.done: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()  # of fields that were changed
        self._random = random.Random(seed)
        self._actions = NodeActions(editor)
        self._animation = Animation(editor)
        self._regions = RegionTool(editor)
        self._edits: dict[str, Callable[[], object]] = {
            "field": self._field, "another field": self._field, "slide": self._slide,
            "reset": self._reset,
            "several": self._several, "add": self._add, "add map": self._add_map,
            "delete": self._delete, "rename": self._rename, "hang": self._hang,
            "create map": self._create_map,
            "paste": self._paste, "duplicate": self._duplicate, "media": self._media,
            "region": self._region, "corner": self._corner, "key": self._key,
            "keys": self._keys, "move keys": self._move_keys, "marks": self._marks,
            "settings": self._settings,
        }  # fmt: skip

    @property
    def names(self) -> set[str]:
        """Of all kinds of edit."""
        return {*self._edits}

    def step(self) -> bool:
        """One edit, somewhere, as one press or drag makes it; whether it changed the document."""
        before = self.editor.scene
        self.editor.go(self._random.randint(before.first, before.last))
        chosen = self._random.sample(self._names(), min(self._random.randint(0, 3), self._count()))
        self.editor.select(*chosen)
        self._animation.refresh()
        name = self._random.choice([*self._edits])
        self._edits[name]()
        self.editor.history.end_merge()  # the pointer is let go
        changed = self.editor.scene != before
        self.done[name] += changed
        return changed

    # -- fields of nodes, as the controls of the panels set them --

    def _field(self) -> None:
        node = self._node()
        found = [p for p in parameters(type(node)) if p.name != "id"]
        kind = self._random.choice(sorted({p.kind for p in found}))
        parameter = self._random.choice([p for p in found if p.kind == kind])
        value = getattr(node, parameter.name)
        before = self.editor.scene
        Field(self.editor, node.id, parameter, value)._put(self._value(parameter, value))
        self.kinds[parameter.kind] += self.editor.scene != before

    def _slide(self) -> None:
        """A number is dragged: many values, one step."""
        node = self._node()
        numbers = [p for p in parameters(type(node)) if p.kind == "number"]
        for parameter in self._random.sample(numbers, min(1, len(numbers))):
            for _ in range(5):
                value = getattr(self.editor.scene.node(node.id), parameter.name)
                field = Field(self.editor, node.id, parameter, value)
                field._put(self._value(parameter, value))

    def _reset(self) -> None:
        """The button that brings a default back."""
        node = self._node()
        fields = [
            Field(self.editor, node.id, p, getattr(node, p.name))
            for p in parameters(type(node))
            if p.default is not msgspec.NODEFAULT
        ]
        differing = [field for field in fields if field._differs()]
        if differing:
            self._random.choice(differing)._reset()

    def _several(self) -> None:
        """A field of several nodes at once."""
        names = self._random.sample(self._names(), min(3, self._count()))
        nodes = [self.editor.scene.node(name) for name in names]
        found = [p for p in shared_fields.shared(nodes) if p.kind != "list"]
        if found:
            parameter = self._random.choice(found)
            field = shared_fields.SharedField(self.editor, nodes, parameter)
            field._put(self._value(parameter, field.value))

    def _value(self, parameter: Parameter, old: Any) -> Any:
        """Another value for a field, as its control may give it."""
        pick = self._random
        if parameter.optional and parameter.kind != "text" and pick.random() < 0.2:
            return None
        match parameter.kind:
            case "number":
                return set_at(old, self.editor.frame, self._number(parameter))
            case "vector" | "pair":
                return tuple(set_at(part, self.editor.frame, self._number(parameter))
                             for part in old)  # fmt: skip
            case "integer":
                return int(self._number(parameter))
            case "switch":
                return not old
            case "choice":
                return pick.choice(parameter.choices)
            case "choice_or_number":
                return pick.choice((*parameter.choices, self._number(parameter)))
            case "node":
                return pick.choice(self._names())
            case "media":
                return pick.randint(1, len(self.editor.scene.media))
            case "list":
                return old[:-1] if old else (self._new_region(),)
            case _:
                return pick.choice(WORDS)

    def _number(self, parameter: Parameter) -> float:
        low = -5.0 if parameter.low is None else parameter.low
        high = low + 10.0 if parameter.high is None else min(parameter.high, low + 100.0)
        return self._random.uniform(low, high)

    # -- nodes --

    def _add(self) -> None:
        at = tuple(self._random.uniform(-1, 1) for _ in range(3))
        self._actions.add(self._random.choice(KINDS), at=at)  # type: ignore[arg-type]

    def _add_map(self) -> None:
        surfaces = [n.id for n in self.editor.scene.nodes if isinstance(n, Surface)]
        self.editor.media = self._random.randint(1, len(self.editor.scene.media))
        if surfaces:
            kind = self._random.choice(MAPS)
            self._actions.add(kind, parent=self._random.choice(surfaces))

    def _delete(self) -> None:
        if self._count() > 6:
            self._actions.delete()

    def _rename(self) -> None:
        name = f"{self._random.choice(WORDS)} {self._random.randint(1, 40)}"
        self._actions.rename(self._node().id, name)

    def _hang(self) -> None:
        """A link is pulled to another node, or off; one that would be refused is seldom let go."""
        pairs = [(self._node().id, self._random.choice(self._names())) for _ in range(8)]
        fitting = [pair for pair in pairs if not self._actions.refusal(*pair)]
        child, parent = (fitting or pairs)[0]
        self._actions.hang(child, None if self._random.random() < 0.2 else parent)

    def _create_map(self) -> None:
        """The map that a 3D AOV needs, or the AOV first."""
        found = [node.id for node in self.editor.scene.nodes if isinstance(node, Aov)]
        if not found or self._actions.create_map(self._random.choice(found)) is None:
            self._actions.add(Aov)

    def _paste(self) -> None:
        self._actions.copy()
        self.editor.select(*self._random.sample(self._names(), 1))
        self._actions.paste()

    def _duplicate(self) -> None:
        self._actions.duplicate()

    def _media(self) -> None:
        """A surface shows a picture that is new on the list."""
        surfaces = [n.id for n in self.editor.scene.nodes if isinstance(n, Surface)]
        if surfaces:
            name = f"{self._random.choice(WORDS).lower()}.{self._random.randint(1, 9)}.png"
            media = Media(name=name, path=f"/pictures/{name}", size=(64, 48))
            surface = self._random.choice(surfaces)
            number = len(self.editor.scene.media) + 1
            self.editor.edit(
                lambda s: s.with_media(media).with_values(surface, media=number),
                f"Media of {surface}",
            )

    # -- regions --

    def _new_region(self) -> Region:
        """As the pointer drew it: a slip of the hand is drawn again."""
        while True:
            shape = self._random.choice([*Shape])
            count = 2 if shape is Shape.RECTANGLE else self._random.randint(3, 6)
            points = [(self._random.random(), self._random.random()) for _ in range(count)]
            made = new_region(shape, points, exclude=self._random.random() < 0.3)
            if made is not None:
                return made

    def _region(self) -> None:
        regions = self._of_map()
        if regions is None:
            return
        if regions and self._random.random() < 0.4:
            self._regions.remove(self._random.randrange(len(regions)))
        else:
            self._regions.put((*regions, self._new_region()))

    def _corner(self) -> None:
        """A corner of a region is dragged: one step."""
        for _ in range(4):
            regions = self._of_map()
            if not regions or self.editor.selected is None:
                return
            place = self._random.random(), self._random.random()
            changed = with_corner(regions[0], 0, place) or regions[0]
            self.editor.set(self.editor.selected, "Region", regions=(changed, *regions[1:]))

    def _of_map(self) -> tuple[Region, ...] | None:
        chosen = self.editor.selected
        node = next((n for n in self.editor.scene.nodes if n.id == chosen), None)
        return node.regions if isinstance(node, ZDepthMap) else None

    # -- time --

    def _key(self) -> None:
        """The diamond beside a number."""
        node = self._node()
        able = [p for p in parameters(type(node)) if p.animated and getattr(node, p.name)]
        if able:
            parameter = self._random.choice(able)
            self._animation.toggle_key(channels_of(self.editor.scene, node.id, parameter.name))

    def _keys(self) -> None:
        """What the Timeline does to the keys that are selected in it."""
        self._animation.select_all()
        self._animation.copy()
        self._random.choice((
            self._animation.set_key, self._animation.delete, self._animation.paste,
            lambda: self._animation.shape(self._random.choice([*Interpolation])),
            lambda: self._animation.freeze(self._animation.chosen),
        ))()  # fmt: skip

    def _move_keys(self) -> None:
        self._animation.select_all()
        start, chosen = self._animation.curves, self._animation.selected
        for _ in range(4):
            by, up = self._random.randint(-3, 3), self._random.uniform(-1, 1)
            self._animation.move(start, chosen, by, up)
        self._animation.end()

    def _marks(self) -> None:
        frame = self.editor.frame
        if self._random.random() < 0.5:
            self.editor.mark(start=frame)
        else:
            self.editor.mark(end=frame)

    def _settings(self) -> None:
        """The shot's range, and the light from everywhere."""
        frame = self.editor.frame
        last = self._random.randint(frame, frame + 30)
        ambient = tuple(set_at(part, frame, self._random.uniform(0, 1))
                        for part in self.editor.scene.ambient)  # fmt: skip
        values: dict[str, Any] = self._random.choice([{"last": last}, {"ambient": ambient}])
        self.editor.edit(lambda scene: scene.with_settings(**values), "Shot")

    # -- picking --

    def _names(self) -> list[str]:
        return [node.id for node in self.editor.scene.nodes]

    def _count(self) -> int:
        return len(self.editor.scene.nodes)

    def _node(self) -> AnyNode:
        return self._random.choice(self.editor.scene.nodes)
