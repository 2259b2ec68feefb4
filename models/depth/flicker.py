"""How much depth flickers, as a number that the artist sees."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from models.depth.motion import F32, Motion, MotionTracker, Rgb

_TRUSTED = 0.5  # trust below which a pixel is not compared
_LEAST = 0.02  # of the picture that must be comparable
_MEMORY = 1 / 30  # of the live figure that the newest frame makes


def difference(values: F32, before: F32, motion: Motion) -> float:
    """Mean absolute difference of two frames' depth (h, w) after motion compensation, over the
    pixels that both show. NaN where too little can be compared."""
    change = np.abs(values - motion.carry(before))
    compared = (motion.trust > _TRUSTED) & np.isfinite(change)
    if compared.mean() < _LEAST:
        return float("nan")
    return float(change[compared].mean())


def flicker(frames: Iterable[tuple[F32, Rgb]]) -> float:
    """Flicker of a shot: mean temporal difference after motion compensation as a share of the
    range of its values (2nd to 98th percentile over all frames). 0: it holds still.

    frames: (h, w) inverse depth and its (h, w, 3) uint8 picture, in order. NaN for fewer than two
    frames that can be compared.
    """
    meter = FlickerMeter(memory=None)
    for values, rgb in frames:
        meter.update(values, rgb)
    return meter.raw


class _Mean:
    """Of all that came, or of the newest with a memory; and of what range it is."""

    def __init__(self, memory: float | None) -> None:
        self._memory = memory
        self._count = 0
        self._difference = 0.0
        self._ranges = 0
        self._range = 0.0

    def see(self, values: F32) -> None:
        known = values[::3, ::3]
        known = known[np.isfinite(known)]
        if known.size:
            low, high = np.percentile(known, (2, 98))
            self._ranges += 1
            self._range += self._share(self._ranges) * (float(high - low) - self._range)

    def add(self, difference: float) -> None:
        if np.isfinite(difference):
            self._count += 1
            self._difference += self._share(self._count) * (difference - self._difference)

    def _share(self, count: int) -> float:
        return max(1 / count, self._memory or 0.0)

    @property
    def value(self) -> float:
        if not self._count or self._range <= 0:
            return float("nan")
        return self._difference / self._range


class FlickerMeter:
    """The figure while frames come in: of the network's own depth, and of what is shown.

    memory: share that the newest frame has in the figure; None: the mean of all.
    """

    def __init__(
        self, memory: float | None = _MEMORY, tracker: MotionTracker | None = None
    ) -> None:
        self._memory = memory
        self._tracker = tracker or MotionTracker()
        self._start()

    def update(
        self,
        values: F32,
        rgb: Rgb,
        motion: Motion | None = None,
        stabilised: F32 | None = None,
    ) -> None:
        """Take a frame. values: (h, w) as the network gave them. motion: since the frame before,
        if it is known already (then it is not measured again). stabilised: the (h, w) shown."""
        if motion is None:
            motion = self._tracker.update(rgb, (values.shape[1], values.shape[0]))
        for now, before, mean in zip(
            (values, stabilised), self._before, (self._raw, self._shown), strict=True
        ):
            if now is None:
                continue
            mean.see(now)
            if before is not None and motion is not None and before.shape == now.shape:
                mean.add(difference(now, before, motion))
        self._before = (values, stabilised)

    @property
    def raw(self) -> float:
        """Flicker of the network's depth as a share of its range; NaN before it is known."""
        return self._raw.value

    @property
    def stabilised(self) -> float:
        """The same of what is shown."""
        return self._shown.value

    def cut(self) -> None:
        """What comes next is another shot: not compared with what was."""
        self._before = (None, None)
        self._tracker.reset()

    def reset(self) -> None:
        """Forget all."""
        self.cut()
        self._start()

    def _start(self) -> None:
        self._raw, self._shown = _Mean(self._memory), _Mean(self._memory)
        self._before: tuple[F32 | None, F32 | None] = (None, None)
