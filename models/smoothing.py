"""Faces that hold still while the person does, without lagging when the person moves.

The landmark network looks at each picture anew, so a still face trembles by about 0.2 % of its
width. Each point is smoothed by a one-euro filter: Casiez, Roussel, Vogel, "1 € Filter: A Simple
Speed-based Low-pass Filter for Noisy Input in Interactive Systems" (CHI 2012). It differs from the
paper in two things. The speed that opens the filter is the larger of the point's own and that of
the face as a whole: the mean over the face's points has little noise, so it may be followed at
once, and it is the movement of the whole face whose lag would be seen. And the cut-off grows with
the square of the speed, so that the trembling itself, which is slow, hardly opens it. Measured on
a noisy still: 0.17 % of the face's width becomes 0.05 %, from picture to picture a seventh, and a
head that sways by 0.3 face widths lags less than a tenth of a picture at 30 a second; opened in
proportion to the speed it was 0.08 % and a quarter of a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.media import FaceMesh, FaceResult
from models.face.overlap import overlap

HOLD = 0.3
"""Seconds for which a face that was lost stays as it was."""
FADE = 0.7
"""Seconds in which it then sinks to the plane."""
RISE = 0.15
"""Seconds in which a face that is new, or found again, rises from where it is."""
MATCH = 0.2
"""Intersection over union of the boxes above which a face is the one of the last picture."""
LONGEST_STEP = 0.5
"""Seconds between two pictures after which a face is taken as it is, not smoothed."""

_FIRST_LEVEL = 0.25  # of a face that is new
_REST = 0.6  # Hz, cut-off for a face at rest at the default smoothing
_OPENING = 700.0  # Hz of cut-off at one face width a second
_OWN_SPEED = 1.0  # Hz, cut-off for the speed of a point: slow, since it is noisy
_FACE_SPEED = 4.0  # Hz, the same for the whole face

Points = npt.NDArray[np.float64]
Finish = Callable[[FaceMesh], FaceMesh]


class FaceFilter:
    """One-euro filter for the points of one face. Times in seconds, points (n, 3) in any unit."""

    def __init__(self) -> None:
        self._last: Points | None = None  # as it came
        self._smooth: Points | None = None
        self._speed: Points | None = None
        self._common = np.zeros(3)
        self._time = 0.0

    def apply(self, points: Points, time: float, strength: float) -> Points:
        """The smoothed points. strength: 0 changes nothing, 0.5 is the default, 1 is most."""
        step = time - self._time
        last, smooth = self._last, self._smooth
        fits = last is not None and last.shape == points.shape and 0.0 < step <= LONGEST_STEP
        if strength <= 0.0 or not fits or last is None or smooth is None:
            self._restart(points, time)
            return points.copy()
        width = max(float(np.ptp(points[:, 0])), 1e-6)
        velocity = (points - last) / (step * width)
        assert self._speed is not None
        self._speed += _share(_OWN_SPEED, step) * (velocity - self._speed)
        self._common += _share(_FACE_SPEED, step) * (velocity.mean(axis=0) - self._common)
        squared = (self._speed[:, :2] ** 2).sum(axis=1)  # z trembles most: it has no say
        squared = np.maximum(squared, float((self._common[:2] ** 2).sum()))
        rest = _REST * 2.0 ** (6.0 * (0.5 - strength))
        share = _share(rest + _OPENING * squared, step)[:, None]
        self._smooth = smooth + share * (points - smooth)
        self._last, self._time = points.copy(), time
        return self._smooth.copy()

    def _restart(self, points: Points, time: float) -> None:
        self._last, self._smooth = points.copy(), points.copy()
        self._speed = np.zeros_like(points)
        self._common = np.zeros(3)
        self._time = time


def _share(cutoff: npt.ArrayLike, step: float) -> npt.NDArray[np.float64]:
    """How much of a new value a low-pass filter of that cut-off (Hz) takes after `step` seconds:
    equation 5 of the paper."""
    return 1.0 / (1.0 + 1.0 / (2.0 * np.pi * np.asarray(cutoff, np.float64) * step))


@dataclass(slots=True, eq=False)
class _Track:
    """A face followed from picture to picture. level: 0 flat to 1 as it is."""

    face: FaceMesh
    filter: FaceFilter
    seen: float
    level: float


class FaceTracks:
    """The faces of a live picture over time: each one smoothed, held when lost, and let sink."""

    def __init__(self, strength: float = 0.5) -> None:
        self.strength = strength
        """How much is smoothed: 0 nothing to 1 most. May be changed at any time."""
        self._tracks: list[_Track] = []
        self._time: float | None = None
        self._first = True

    def update(self, found: FaceResult, time: float, finish: Finish = lambda f: f) -> FaceResult:
        """The faces to show, from those found in the picture taken at `time` (seconds).

        finish: makes what follows from a face's points, its bust; it gets the smoothed ones, so
        that the bust holds still as they do.
        """
        if self._time is not None and time < self._time:
            self.reset()  # another source
        # The faces of the first picture are there at once: nothing was shown before them.
        self._first = self._time is None
        step = 0.0 if self._time is None else time - self._time
        self._time = time
        free = list(self._tracks)
        for face in found.faces:
            shares = [overlap(track.face, face) for track in free]
            if max(shares, default=0.0) >= MATCH:
                best = free.pop(int(np.argmax(shares)))
                self._take(best, face, time, step)
                best.face = finish(best.face)
            else:
                self._tracks.append(self._new(finish(face), time))
        for track in free:
            if time - track.seen > HOLD:
                track.level -= min(step, time - track.seen - HOLD) / FADE
        self._tracks = [track for track in self._tracks if track.level > 0.0]
        faces = tuple(_lowered(track.face, track.level) for track in self._tracks)
        return FaceResult(found.size, faces)

    @property
    def lost(self) -> int:
        """Faces that are shown though the newest picture does not have them."""
        return sum(track.seen != self._time for track in self._tracks)

    def reset(self) -> None:
        """Forget all faces."""
        self._tracks.clear()
        self._time = None

    def _new(self, face: FaceMesh, time: float) -> _Track:
        filter = FaceFilter()
        filter.apply(face.points.astype(np.float64), time, self.strength)
        return _Track(face, filter, time, 1.0 if self._first else _FIRST_LEVEL)

    def _take(self, track: _Track, face: FaceMesh, time: float, step: float) -> None:
        points = track.filter.apply(face.points.astype(np.float64), time, self.strength)
        points[:, 2] -= points[face.rim, 2].min()
        track.face = replace(face, points=points.astype(np.float32))
        track.seen = time
        track.level = min(1.0, track.level + step / RISE)


def _lowered(face: FaceMesh, level: float) -> FaceMesh:
    if level >= 1.0:
        return face
    # A smooth step, so that the relief neither starts nor stops moving with a jolt.
    factors = np.array([1.0, 1.0, level * level * (3.0 - 2.0 * level)], np.float32)
    bust = None if face.bust is None else face.bust * factors
    return replace(face, points=face.points * factors, bust=bust)
