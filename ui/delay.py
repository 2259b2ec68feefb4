"""Delay picture to depth: live pictures are shown later, with the depth that was made of them."""

from __future__ import annotations

from collections.abc import Callable

from engine.media import Picture
from engine.scene import EvaluatedZMap
from models import LiveResult

Newest = Callable[[EvaluatedZMap], LiveResult | None]


class Delay:
    """Which picture is analysed now, and which is shown with what.

    One picture at a time is looked at, by all analyses that a frame is drawn with; when all of them
    have said something of it, it is shown, and the newest that has come meanwhile is looked at
    next. What came between is left out, so the delay stays that of one analysis.
    """

    def __init__(self, newest: Newest) -> None:
        """newest: what is known of a map; see `LiveAnalyses.newest`."""
        self._newest = newest
        self._maps: dict[str, EvaluatedZMap] = {}
        self.looked_at: Picture | None = None
        """The picture that is analysed."""
        self.results: dict[str, LiveResult] = {}
        """Of the picture that is shown, by the map's id."""

    @property
    def waits(self) -> bool:
        """Whether a frame is drawn with any analysis at all."""
        return bool(self._maps)

    def begin(self, results: dict[str, LiveResult]) -> None:
        """From now on; what is shown stays with these results until there is something better."""
        self.looked_at, self.results = None, dict(results)

    def forget(self) -> None:
        """The source is another one."""
        self.looked_at = None

    def drawn_with(self, maps: dict[str, EvaluatedZMap]) -> None:
        """A frame was drawn with the analyses of these maps; only those are waited for."""
        self._maps = dict(maps)

    def next(self, picture: Picture | None, shown: Picture | None) -> Picture | None:
        """The picture to show now, or None where that which is shown stays. picture: the newest."""
        if self.looked_at is None or (self.looked_at is shown and self._complete(shown)):
            self.looked_at = picture
        looked_at = self.looked_at
        if looked_at is None:
            return None
        if shown is None:
            return looked_at  # the very first: what its depth is to be is known once it is drawn
        found = {id: self._newest(z_map) for id, z_map in self._maps.items()}
        results = {id: result for id, result in found.items() if result is not None}
        if len(results) < len(found) or any(
            result.captured != looked_at.capture_time for result in results.values()
        ):
            return None
        if looked_at is shown and all(results[id] is self.results.get(id) for id in results):
            return None
        self.results = results
        return looked_at

    def _complete(self, picture: Picture | None) -> bool:
        """Whether what is shown with a picture was made of it."""
        return (
            picture is not None
            and self._maps.keys() <= self.results.keys()
            and all(self.results[id].captured == picture.capture_time for id in self._maps)
        )
