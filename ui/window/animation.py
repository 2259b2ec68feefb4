"""Keys set, moved, shaped and copied by hand, on the channels that are chosen; each one undo step.

Knows the document and nothing of how the curves are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from engine.scene import (
    Channel,
    Curve,
    Interpolation,
    Key,
    Number,
    Scene,
    animated,
    number_of,
    parameter_of,
    title_of,
    value_at,
    with_numbers,
)
from engine.scene import key_edits as keys
from ui.window.editor import Editor

KeyAt = tuple[Channel, float]
"""A key: its channel and its frame."""


class Animation:
    """chosen: the channels whose curves are shown. selected: keys on them."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.selected: frozenset[KeyAt] = frozenset()
        self._copied: tuple[tuple[Channel, tuple[Key, ...]], ...] = ()

    # -- what there is --

    @property
    def chosen(self) -> tuple[Channel, ...]:
        """As the editor has them."""
        return self.editor.channels

    @chosen.setter
    def chosen(self, channels: tuple[Channel, ...]) -> None:
        self.editor.channels = channels

    def refresh(self) -> tuple[Channel, ...]:
        """All channels that have keys; what was chosen or selected and is gone is let go of, and
        something is chosen where there is anything."""
        found = tuple(animated(self.editor.scene))
        self.chosen = tuple(channel for channel in self.chosen if channel in found) or found[:1]
        curves = self.curves
        self.selected = frozenset(
            (channel, frame)
            for channel, frame in self.selected
            if channel in curves and keys.has_key(curves[channel], frame)
        )
        return found

    @property
    def curves(self) -> dict[Channel, Curve]:
        """The curves that are shown."""
        scene = self.editor.scene
        found = {channel: number_of(scene, channel) for channel in self.chosen}
        return {channel: curve for channel, curve in found.items() if isinstance(curve, Curve)}

    @property
    def can_paste(self) -> bool:
        """Whether keys were copied."""
        return bool(self._copied)

    # -- setting --

    def toggle_key(self, channels: Collection[Channel]) -> None:
        """Set a key at this frame in each channel, or take them away where all have one."""
        scene, frame = self.editor.scene, float(self.editor.frame)
        numbers = {channel: number_of(scene, channel) for channel in channels}
        given = {channel: number for channel, number in numbers.items() if number is not None}
        if not given:
            return
        if all(keys.has_key(number, frame) for number in given.values()):
            new = {channel: keys.without(number, (frame,)) for channel, number in given.items()}
            self._put(new, f"Remove the key of {self._named(given)}")
            return
        self._put(
            {c: keys.with_value(n, frame, value_at(n, frame)) for c, n in given.items()},
            f"Set a key of {self._named(given)}",
        )
        self.chosen = tuple(given)
        self.selected = frozenset((channel, frame) for channel in given)

    def set_key(self) -> None:
        """The same for the chosen channels, which keep a key that is there."""
        self.refresh()
        if not self.chosen:
            self.editor.messages.note("Nothing has keys yet: click the diamond beside a value")
            return
        frame = float(self.editor.frame)
        self._put(
            {c: keys.with_value(n, frame, n.at(frame)) for c, n in self.curves.items()},
            f"Set a key of {self._named(self.curves)}",
        )
        self.selected = frozenset((channel, frame) for channel in self.curves)

    def set_value(self, channel: Channel, frame: float, value: float) -> None:
        """Set a key of a curve at a frame."""
        parameter = parameter_of(self.editor.scene, channel)
        curve = self.curves[channel]
        value = keys.within(value, parameter.low, parameter.high)
        self._put({channel: curve.keyed(frame, value)}, f"Set a key of {self._named((channel,))}")
        self.selected = frozenset({(channel, frame)})

    def freeze(self, channels: Collection[Channel]) -> None:
        """Take all keys away; the values stay as they are at this frame."""
        scene, frame = self.editor.scene, self.editor.frame
        numbers = {channel: number_of(scene, channel) for channel in channels}
        new: dict[Channel, Number] = {
            channel: value_at(number, frame)
            for channel, number in numbers.items()
            if isinstance(number, Curve)
        }
        if new:
            self._put(new, f"Remove all keys of {self._named(new)}")

    # -- what is selected --

    def delete(self) -> None:
        """Take the selected keys away."""
        self._each(keys.without, "Delete")
        self.refresh()

    def shape(self, how: Interpolation) -> None:
        """How the curves leave the selected keys."""
        self._each(lambda curve, frames: keys.shaped(curve, frames, how), how.value.capitalize())

    def select_all(self) -> None:
        """Every key of the chosen curves."""
        self.selected = frozenset(
            (c, key.frame) for c, curve in self.curves.items() for key in curve.keys
        )

    def copy(self) -> None:
        """Keep the selected keys for `paste`."""
        self._copied = tuple(
            (channel, tuple(key for key in curve.keys if (channel, key.frame) in self.selected))
            for channel, curve in self.curves.items()
            if _frames(self.selected, channel)
        )
        count = sum(len(found) for _, found in self._copied)
        self.editor.messages.note(f"Copied {_keys(count)}")

    def cut(self) -> None:
        """Copy the selected keys, and take them away."""
        self.copy()
        self.delete()

    def paste(self) -> None:
        """Set the copied keys, the first of them at this frame: those of one channel in each that
        is chosen, those of several each in its own."""
        if not self._copied:
            return
        scene, frame = self.editor.scene, self.editor.frame
        by = frame - min(key.frame for _, found in self._copied for key in found)
        alone = len(self._copied) == 1 and self.chosen
        pairs = [(c, self._copied[0][1]) for c in self.chosen] if alone else self._copied
        new: dict[Channel, Number] = {}
        selected: set[KeyAt] = set()
        for channel, copied in pairs:
            number = number_of(scene, channel)
            if number is None:
                continue
            parameter = parameter_of(scene, channel)
            new[channel] = keys.pasted(number, copied, by, parameter.low, parameter.high)
            selected |= {(channel, key.frame + by) for key in copied}
        if new:
            self._put(new, f"Paste {_keys(len(selected))}")
            self.chosen, self.selected = tuple(new), frozenset(selected)

    def neighbour(self, step: int) -> None:
        """Go to the next key of the chosen curves (step 1), or the one before (step -1)."""
        self.refresh()
        found = keys.neighbour(list(self.curves.values()), self.editor.frame, step)
        if found is not None:
            self.editor.go(round(found))

    # -- drags: one step of undo each, until `end` --

    def move(
        self, start: Mapping[Channel, Curve], chosen: Collection[KeyAt], by: float, up: float
    ) -> None:
        """Move keys of curves as they were at the start of a drag, by frames and by a value."""
        scene = self.editor.scene
        new: dict[Channel, Number] = {}
        for channel, curve in start.items():
            frames = _frames(chosen, channel)
            if frames:
                parameter = parameter_of(scene, channel)
                new[channel] = keys.moved(curve, frames, by, up, parameter.low, parameter.high)
        self._put(new, f"Move {_keys(len(chosen))}", "move keys")
        self.selected = frozenset((channel, frame + by) for channel, frame in chosen)

    def bend(
        self, start: Curve, key: KeyAt, side: keys.Side, to: tuple[float, float], *, broken: bool
    ) -> None:
        """Pull a handle of a key to a place relative to it. broken: the other one stays."""
        bent = keys.bent(start, key[1], side, to, broken=broken)
        self._put({key[0]: bent}, f"Bend {self._named((key[0],))}", "bend")

    def end(self) -> None:
        """The drag is over."""
        self.editor.history.end_merge()

    # -- parts --

    def _each(self, change: Callable[[Curve, set[float]], Number], verb: str) -> None:
        new: dict[Channel, Number] = {}
        for channel, curve in self.curves.items():
            frames = _frames(self.selected, channel)
            if frames:
                new[channel] = change(curve, frames)
        if new:
            self._put(new, f"{verb} {_keys(len(self.selected))}")

    def _put(self, numbers: Mapping[Channel, Number], label: str, merge: str | None = None) -> None:
        def change(scene: Scene) -> Scene:
            return with_numbers(scene, numbers)

        self.editor.edit(change, label, merge)

    def _named(self, channels: Collection[Channel]) -> str:
        first = next(iter(channels))
        if len(channels) == 1:
            name = title_of(self.editor.scene, first)
        else:
            name = parameter_of(self.editor.scene, first).label
        nodes = {channel.node for channel in channels}
        if len(nodes) > 1:
            return f"{name} of {len(nodes)} nodes"
        return f"{name} of {first.node}" if first.node else name


def _frames(chosen: Collection[KeyAt], channel: Channel) -> set[float]:
    return {frame for other, frame in chosen if other == channel}


def _keys(count: int) -> str:
    return "1 key" if count == 1 else f"{count} keys"
