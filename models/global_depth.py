"""Global Analysis of clips and stills: depth for the whole picture that holds still over a shot.

A frame's depth is what the network says of it, freed of flicker by the frames around it, as a share
of the range of its shot. What the network says is kept on disk, and what comes of it too: so no
network runs twice for a picture, and none at all for a frame that was analysed before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import AnalysisError, MediaError
from engine.media import DepthMap, to_reduced_rgb8
from engine.scene import Media, MediaKind
from models.cache import digest
from models.looking import Rgb
from models.packing import PackedMap, packed
from models.raw_depth import F32, Asked, RawDepth
from models.recent import Recent
from models.shots import FrameFlicker, Look, Range, Shot, ShotDepth, ShotFrame, Steady, shots

_Answer = tuple[DepthMap, FrameFlicker | None]
RESULT_BYTES = 192 << 20  # kept in memory
CUT_SIZE = 160  # pixels of the longer side of the pictures that cuts are looked for in


class GivenUpError(AnalysisError):
    """The caller wants another frame now, or nothing more."""


@dataclass(frozen=True)
class Rules:
    """How depth is made to hold still. cuts: the numbers of the pictures that begin another shot.
    range: of a shot, from samples; range_type: what that is. steady: see `Steady`. version: changes
    when what they answer may."""

    cuts: Callable[[Iterable[Rgb]], Iterable[int]]
    range: Callable[[Sequence[F32]], Range]
    range_type: type[Range]
    steady: Steady
    version: str


@dataclass(frozen=True, slots=True, eq=False)
class KeptDepth:
    """A frame's depth on disk. flicker: None where it was not stabilised."""

    depth: PackedMap
    flicker: FrameFlicker | None


class GlobalAnalysis:
    """Answers for one thread at a time."""

    def __init__(self, raw: RawDepth, rules: Rules) -> None:
        self.raw = raw
        self._rules = rules
        self._shots: dict[Media, list[Shot]] = {}
        self._ranges: dict[tuple[Any, ...], Range] = {}
        self._results: Recent[tuple[Asked, int], _Answer] = Recent(RESULT_BYTES)
        self._running: tuple[tuple[Asked, Shot], ShotDepth] | None = None
        self.give_up: Callable[[], bool] = lambda: False
        """Asked after each frame that is analysed on the way to another; true raises GivenUpError,
        and nothing that was done is lost."""
        self.closing = False
        """Set from another thread: raises GivenUpError as soon as may be."""
        self.activity = ""
        """What is being done now, for people; empty in between."""

    def result(self, asked: Asked, frame: int) -> DepthMap:
        """The depth of a frame (of the media's own numbering). Raises AnalysisError, MediaError."""
        try:
            return self.kept(asked, frame) or self._made(asked, frame)
        finally:
            self.activity = ""

    def kept(self, asked: Asked, frame: int) -> DepthMap | None:
        """The same where no picture has to be read and no network to run for it, else None."""
        found = self._results.get((asked, frame))
        if found is not None:
            return found[0]
        name = self._name(asked, frame)
        kept = self.raw.cache.get(name, KeptDepth) if name is not None else None
        return self._remember(asked, frame, kept) if kept is not None else None

    def has(self, asked: Asked, frame: int) -> bool:
        """Whether `kept` would find something: a look, for which nothing is read or made. Also from
        another thread. Before the first result of a network it is not known, so false."""
        if (asked, frame) in self._results:
            return True
        if not self.raw.knows(asked.network):
            return False
        name = self._name(asked, frame)
        return name is not None and self.raw.cache.has(name)

    def flicker(self, asked: Asked, frame: int) -> FrameFlicker | None:
        """How much a frame flickers that was answered for just now; None: that is not known."""
        found = self._results.get((asked, frame))
        return None if found is None else found[1]

    def range_of(self, asked: Asked, frame: int) -> Range:
        """The range of the shot that a frame is in. Raises AnalysisError, MediaError."""
        return self._range(asked, self.shot_of(asked.media, frame))

    def fingerprint(self, asked: Asked) -> str:
        """Of the network, and of all that is done to what it says. Raises AnalysisError."""
        return f"{self.raw.network(asked.network).fingerprint} {self._rules.version[:12]}"

    def shot_of(self, media: Media, frame: int) -> Shot:
        """The shot that a frame of a media is in."""
        if media not in self._shots:
            self._shots[media] = self._found_shots(media)
        found = [shot for shot in self._shots[media] if shot.first <= frame <= shot.last]
        return found[0] if found else Shot(frame, frame)

    def close(self) -> None:
        """Close media, and look anew for what is in their files. Results stay."""
        self._running = None
        self._shots.clear()
        self._ranges.clear()
        self.raw.close()

    # -- a frame's depth --

    def _made(self, asked: Asked, frame: int) -> DepthMap:
        shot = self.shot_of(asked.media, frame)
        range_ = self._range(asked, shot)
        alone = self.raw.values(asked, frame)  # raises what is wrong with this very frame
        if asked.strength <= 0.0 or len(shot.frames) == 1:
            return self._keep(asked, frame, KeptDepth(packed(range_.share(alone)), None))
        chain = self._chain(asked, shot, range_, frame)
        found: DepthMap | None = None
        while chain.next <= frame:
            self._check(closing_only=True)
            self.activity = f"analysing frame {chain.next} of the shot {shot.first}-{shot.last}"
            step = self._step(chain)
            if step is not None:
                pack = packed(step.values, step.confidence)
                made = self._keep(asked, step.frame, KeptDepth(pack, step.flicker))
                found = made if step.frame == frame else found
            if found is None:
                self._check()
        if found is None:  # what the network said of it was known, and its picture is gone
            self.raw.look(asked, frame)  # says why
            raise MediaError(f"{asked.media.name}: frame {frame} could not be read just now")
        return found

    def _chain(self, asked: Asked, shot: Shot, range_: Range, frame: int) -> ShotDepth:
        """The one that runs, if it has not passed the frame; else one from the shot's start."""
        key = (asked, shot)
        if self._running is None or self._running[0] != key or self._running[1].next > frame:

            def look(wanted: int) -> Look | None:
                self._check(closing_only=True)
                try:
                    return self.raw.look(asked, wanted)
                except MediaError:
                    return None

            chain = ShotDepth(shot, look, self._rules.steady, asked.strength, range_)
            self._running = key, chain
        return self._running[1]

    def _step(self, chain: ShotDepth) -> ShotFrame | None:
        try:
            return chain.step()
        except BaseException:
            self._running = None  # what is raised within a chain ends it
            raise

    def _keep(self, asked: Asked, frame: int, kept: KeptDepth) -> DepthMap:
        name = self._name(asked, frame)
        if name is not None:
            self.raw.cache.put(name, kept)
        return self._remember(asked, frame, kept)

    def _remember(self, asked: Asked, frame: int, kept: KeptDepth) -> DepthMap:
        pack = kept.depth
        values, confidence = pack.values, pack.certainty
        bytes = values.nbytes
        if confidence is not None:
            bytes += confidence.nbytes
        name = self.raw.network(asked.network).fingerprint.rpartition(" ")[0]
        result = DepthMap(values, confidence, f"depth of the whole picture by {name}")
        self._results.put((asked, frame), (result, kept.flicker), bytes)
        return result

    def _name(self, asked: Asked, frame: int) -> str | None:
        identity = self.raw.identity(asked.media)
        more = (self._rules.version, asked.strength, frame)
        return self.raw.name("depth", asked, identity, *more)

    # -- what a frame's depth is a share of --

    def _range(self, asked: Asked, shot: Shot) -> Range:
        key = (asked.media, asked.network, shot)
        if key not in self._ranges:
            self._ranges[key] = self._found_range(asked, shot)
        return self._ranges[key]

    def _found_range(self, asked: Asked, shot: Shot) -> Range:
        identity = self.raw.identity(asked.media)
        more = (self._rules.version, shot.first, shot.last)
        name = self.raw.name("range", asked, identity, *more)
        found = self.raw.cache.get(name, self._rules.range_type) if name is not None else None
        if found is None:
            found = self._rules.range(self._samples(asked, shot))
            if name is not None:
                self.raw.cache.put(name, found)
        return found

    def _samples(self, asked: Asked, shot: Shot) -> list[F32]:
        found: list[F32] = []
        wanted = shot.samples()
        for number, frame in enumerate(wanted, 1):
            self._check(closing_only=True)
            runs = self.raw.runs
            shown = f"{shot.first}-{shot.last}"
            self.activity = f"range of the shot {shown}: sample {number} of {len(wanted)}"
            try:
                found.append(self.raw.values(asked, frame))
            except MediaError:
                if number == len(wanted) and not found:
                    raise
            if self.raw.runs > runs:
                self._check()
        return found

    def _found_shots(self, media: Media) -> list[Shot]:
        if media.last <= media.first or media.kind is MediaKind.STILL:
            return [Shot(media.first, media.last)]
        identity = self.raw.identity(media)
        name = digest("cuts", self._rules.version, identity) if identity is not None else None
        cuts = self.raw.cache.get(name, list[int]) if name is not None else None
        if cuts is None:
            numbers: list[int] = []
            found = list(self._rules.cuts(self._small_pictures(media, numbers)))
            cuts = [numbers[index] for index in found]
            if name is not None:
                self.raw.cache.put(name, cuts)
        return shots(media.first, media.last, cuts)

    def _small_pictures(self, media: Media, numbers: list[int]) -> Iterator[Rgb]:
        """All of a clip; `numbers` gets the frame of each. What cannot be read is left out."""
        for frame in range(media.first, media.last + 1):
            self._check(closing_only=True)
            self.activity = f"looking for cuts: frame {frame} of {media.first}-{media.last}"
            try:
                picture = self.raw.picture(media, frame)
            except MediaError:
                continue
            numbers.append(frame)
            yield to_reduced_rgb8(picture, CUT_SIZE)

    def _check(self, *, closing_only: bool = False) -> None:
        if self.closing or (not closing_only and self.give_up()):
            raise GivenUpError("the analysis was given up for another frame")
