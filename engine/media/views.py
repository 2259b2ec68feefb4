"""The views of a stereo or multi-view EXR file: which channels belong to which.

After "Storing Multi-View Images in OpenEXR Files": the attribute `view` of a part; the attribute
`multiView` of a file of one part, whose first view has the channels without a view's name, those of
others having it next to last ("diffuse.right.R"). Files without either say it by their names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import MediaError

EYES = ("left", "right")
"""Views that are known by their names, where no header names any."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part (subimage) of a file: its name ('' if it has none) and channels in file order. view:
    the one that all of it is of; views: those that its channels are of; as its header says."""

    name: str
    channels: tuple[str, ...]
    view: str = ""
    views: tuple[str, ...] = ()


def views_in(parts: Sequence[Part]) -> tuple[str, ...]:
    """The views of a file, the one that is taken unasked first: the hero's, or the left eye's, else
    the first in the file. None where it has one view only."""
    named = dict.fromkeys(part.view for part in parts if part.view)
    for part in parts:
        named.update(dict.fromkeys(part.views))
    if not named:
        named = dict.fromkeys(_eyes(parts))
    if len(named) < 2:
        return ()
    found = list(named)
    hero = next((view for view in found if view.lower() == "hero"), None)
    first_of_file = next((part.views[0] for part in parts if part.views), None)
    left = next((view for view in found if view.lower() in ("left", "l")), None)
    default = hero or first_of_file or left or found[0]
    return (default, *(view for view in found if view != default))


def of_view(path: str, parts: Sequence[Part], view: str) -> tuple[list[Part], list[list[int]]]:
    """The parts with the channels of one view alone, their names without that of the view; and for
    each part where its channels are in the file. Parts keep their numbers, so some may be empty.
    Raises MediaError where the file has no such view."""
    views = views_in(parts)
    if view not in views:
        has = f"it has {', '.join(views)}" if views else "it has only one"
        raise MediaError(f"{path} has no view {view!r}: {has}.")
    seen: list[Part] = []
    places: list[list[int]] = []
    for part in parts:
        of_part = part.view or _token(part.name, views)
        names: list[str] = []
        here: list[int] = []
        for index, channel in enumerate(part.channels):
            its, plain = _of_channel(channel, views)
            if (its or of_part or views[0]) == view and plain not in names:
                names.append(plain)
                here.append(index)
        seen.append(Part(_without(part.name, view), tuple(names)))
        places.append(here)
    return seen, places


def _eyes(parts: Sequence[Part]) -> list[str]:
    """Left and right, where the names of parts or layers say so; the left one may go unsaid."""
    spelt: dict[str, str] = {}
    for part in parts:
        words = [*re.split(r"[^A-Za-z0-9]+", part.name)]
        for channel in part.channels:
            words += channel.split(".")[:-1]
        for word in words:
            if word.lower() in EYES:
                spelt.setdefault(word.lower(), word)
    if "right" not in spelt:
        return []
    left = "Left" if spelt["right"][0].isupper() else "left"
    return [spelt.get("left", left), spelt["right"]]


def _of_channel(channel: str, views: tuple[str, ...]) -> tuple[str, str]:
    """The view that a channel's name holds, or '', and its name without."""
    *layers, component = channel.split(".")
    for index in reversed(range(len(layers))):
        if layers[index] in views:
            return layers[index], ".".join((*layers[:index], *layers[index + 1 :], component))
    return "", channel


def _token(name: str, views: tuple[str, ...]) -> str:
    """The view whose name is among the words of a part's name, or ''."""
    words = re.split(r"[^A-Za-z0-9]+", name)
    return next((view for view in views if view in words), "")


def _without(name: str, view: str) -> str:
    """A part's name without that of its view: of "rgba.right" "rgba"."""
    pattern = rf"(^|[^A-Za-z0-9]+){re.escape(view)}(?=$|[^A-Za-z0-9])"
    return re.sub(pattern, "", name).strip("._- ")
