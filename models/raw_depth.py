"""What a network says of a media's pictures, kept on disk, so that it says it once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import msgspec
import numpy as np
import numpy.typing as npt

from engine.errors import MediaError
from engine.media import Picture, Source, open_media, to_display_rgb8, to_reduced_rgb8
from engine.scene import EvaluatedZMap, Media, Missing
from models.cache import ResultCache, digest
from models.identity import Identity, code_version, media_identity, picture_identity
from models.looking import Box, Rgb, guide_of
from models.packing import PackedMap, packed
from models.recent import Recent

F32 = npt.NDArray[np.float32]
CODE = (
    "models/depth", "models/global_depth.py", "models/looking.py", "models/packing.py",
    "models/raw_depth.py", "models/shots.py",
)  # fmt: skip
"""What a result on disk comes from, besides the network."""
RAW_BYTES = 96 << 20  # kept in memory


class DepthNet(Protocol):
    """What `models.depth.network.DepthNetwork` does."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def messages(self) -> tuple[str, ...]: ...
    def inverse_depth(
        self, rgb: Rgb, box: Box | None = None, *, pixel_aspect: float = 1.0
    ) -> F32: ...


@runtime_checkable
class TakesBatches(Protocol):
    """What it can do besides."""

    @property
    def gains_by_batches(self) -> bool: ...
    def inverse_depths(
        self, pictures: Sequence[Rgb], box: Box | None = None, *, pixel_aspect: float = 1.0
    ) -> list[F32]: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What a map wants of its media: of the whole picture, whatever part of it the map shows.
    network: as its document names it."""

    media: Media
    network: str
    strength: float

    @classmethod
    def by(cls, z_map: EvaluatedZMap, media: Media) -> Asked:
        return cls(media, z_map.network, z_map.stabilise)


class RawDepth:
    """Answers for one thread at a time."""

    def __init__(
        self,
        networks: Callable[[str], DepthNet],
        cache: ResultCache,
        lent: Callable[[Media], Source] | None = None,
        batch: int = 1,
    ) -> None:
        """networks: makes the network of a name; it is asked once for each. lent: opens media that
        have no file of their own; others are opened here, as they are read in another order than
        they are drawn. batch: pictures of a clip that are analysed in one run, where the network
        gains by it: those that come next are."""
        self.cache = cache
        self._batch = batch
        self.runs = 0
        """How often a network ran."""
        self._make, self._lent = networks, lent
        self._networks: dict[str, DepthNet] = {}
        self._sources: dict[Media, Source] = {}
        self._identities: dict[Media, Identity | None] = {}
        self._raws: Recent[tuple[Media, str, int], PackedMap] = Recent(RAW_BYTES)

    @property
    def messages(self) -> tuple[str, ...]:
        """What the user should know about how the networks run."""
        return tuple(text for network in list(self._networks.values()) for text in network.messages)

    @property
    def loading(self) -> str:
        """Which network is being loaded, for people; empty at other times."""
        loading = (getattr(network, "loading", "") for network in list(self._networks.values()))
        return next(filter(None, loading), "")

    def network(self, name: str) -> DepthNet:
        """The network of a name. Raises AnalysisError."""
        if name not in self._networks:
            self._networks[name] = self._make(name)
        return self._networks[name]

    def knows(self, name: str) -> bool:
        """Whether a network was made already, so that `network` costs nothing."""
        return name in self._networks

    def values(self, asked: Asked, frame: int) -> F32:
        """(h, w) inverse depth, at a scale and shift of its own; larger is nearer. Raises
        AnalysisError, MediaError."""
        return self._look(asked, frame, guided=False)[0].values

    def look(self, asked: Asked, frame: int) -> tuple[F32, Rgb]:
        """The same with the picture, (h, w, 3), as large or smaller."""
        raw, guide = self._look(asked, frame, guided=True)
        assert guide is not None
        return raw.values, guide

    def picture(self, media: Media, frame: int) -> Picture:
        """A picture of a media. Raises MediaError."""
        return self._source(media).frame(frame)

    def identity(self, media: Media) -> Identity | None:
        """What tells the whole media from others; None where it is no file."""
        if media not in self._identities:
            self._identities[media] = media_identity(media)
        return self._identities[media]

    def name(self, what: str, asked: Asked, identity: Identity | None, *more: Any) -> str | None:
        """Under which a result is kept on disk; None: it is not."""
        if identity is None:
            return None
        fingerprint = self.network(asked.network).fingerprint
        return digest(what, code_version(*CODE), fingerprint, identity, *more)

    def close(self) -> None:
        """Close the media that were opened here, and look anew for what is in their files."""
        for source in self._sources.values():
            source.close()
        self._sources.clear()
        self._identities.clear()
        self._raws.clear()

    def _look(self, asked: Asked, frame: int, *, guided: bool) -> tuple[PackedMap, Rgb | None]:
        raw = self._known(asked, frame)
        picture = self.picture(asked.media, frame) if raw is None or guided else None
        if raw is None:
            assert picture is not None
            raw = self._analysed(asked, frame, picture)
        return raw, _guide(picture, raw) if guided and picture is not None else None

    def _known(self, asked: Asked, frame: int) -> PackedMap | None:
        """What was said of a frame before, in memory or on disk."""
        raw = self._raws.get(_key(asked, frame))
        if raw is None:
            name = self._file(asked, frame)
            raw = self.cache.get(name, PackedMap) if name is not None else None
            if raw is not None:
                self._raws.put(_key(asked, frame), raw, raw.codes.nbytes)
        return raw

    def _file(self, asked: Asked, frame: int) -> str | None:
        return self.name("raw", asked, picture_identity(asked.media, frame))

    def _analysed(self, asked: Asked, frame: int, picture: Picture) -> PackedMap:
        """Run the network for a picture, and for those that come next where that is a gain."""
        network = self.network(asked.network)
        aspect = asked.media.pixel_aspect
        pictures = {frame: picture}
        if self._batch > 1 and isinstance(network, TakesBatches) and network.gains_by_batches:
            pictures |= self._following(asked, frame, picture.size)
            shown = [to_display_rgb8(one) for one in pictures.values()]
            answers = network.inverse_depths(shown, pixel_aspect=aspect)
        else:
            answers = [network.inverse_depth(to_display_rgb8(picture), pixel_aspect=aspect)]
        self.runs += 1
        for number, values in zip(pictures, answers, strict=True):
            raw = packed(values)
            name = self._file(asked, number)
            if name is not None:
                self.cache.put(name, raw)
            self._raws.put(_key(asked, number), raw, raw.codes.nbytes)
        return packed(answers[0])

    def _following(self, asked: Asked, frame: int, size: tuple[int, int]) -> dict[int, Picture]:
        """The pictures after a frame that are not analysed yet, to make up a batch."""
        found: dict[int, Picture] = {}
        for number in range(frame + 1, min(frame + self._batch, asked.media.last + 1)):
            if self._known(asked, number) is not None:
                break
            try:
                picture = self.picture(asked.media, number)
            except MediaError:
                break  # it is told when it is asked for
            if picture.size != size:
                break
            found[number] = picture
        return found

    def _source(self, media: Media) -> Source:
        if media not in self._sources:
            if self._lent is not None and self.identity(media) is None:
                return self._lent(media)
            # A black picture has no depth, and would be the nearest or the farthest of its shot and
            # a cut on both sides: what was there before stays.
            hold = Missing.HOLD if media.missing is Missing.BLACK else media.missing
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # whoever draws the media is told the same
                self._sources[media] = open_media(msgspec.structs.replace(media, missing=hold))
        return self._sources[media]


def _guide(picture: Picture, raw: PackedMap) -> Rgb:
    rows, columns = raw.codes.shape
    return guide_of(to_reduced_rgb8(picture), (columns, rows))


def _key(asked: Asked, frame: int) -> tuple[Media, str, int]:
    return asked.media, asked.network, frame
