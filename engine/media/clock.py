"""When a live picture was taken, on the monotonic clock of `time.monotonic`."""

from __future__ import annotations

import time
from collections import deque

LONGEST_DELAY = 2.0
"""Seconds: a device's own time stamp that is older than this belongs to some other clock."""


def capture_time(stamp: float | None, arrived: float) -> float:
    """Seconds on the monotonic clock. arrived: when the program got the picture, on that clock.

    stamp: the device's own time stamp in seconds, where it has one. Cameras under Linux stamp with
    the monotonic clock, screen capture with the time of day; either tells more truly when the
    picture was taken than its arrival does. Any other clock is told by a stamp that is not of the
    last two seconds, and then the arrival counts.
    """
    if stamp is None:
        return arrived
    if 0.0 <= arrived - stamp < LONGEST_DELAY:
        return stamp
    of_day = time.time() - (time.monotonic() - arrived)
    if 0.0 <= of_day - stamp < LONGEST_DELAY:
        return arrived - (of_day - stamp)
    return arrived


class Rate:
    """How often something happened, over the last `window` seconds. Not for several threads."""

    def __init__(self, window: float = 2.0) -> None:
        self._window = window
        self._times: deque[float] = deque()

    def add(self, when: float) -> None:
        """It happened now, at `when` on the monotonic clock."""
        self._times.append(when)
        self._forget(when)

    def per_second(self, now: float) -> float:
        """Times a second; 0 once it has not happened for a while."""
        times = list(self._times)  # another thread may be adding
        recent = [when for when in times if now - when <= self._window]
        if len(recent) < 2:
            return 0.0
        mean = (recent[-1] - recent[0]) / (len(recent) - 1)
        # A pause that is longer than usual counts as far as it has lasted.
        waiting = now - recent[-1]
        span = recent[-1] - recent[0] + (waiting if waiting > 2 * mean else 0.0)
        return (len(recent) - 1) / span if span > 0 else 0.0

    def clear(self) -> None:
        self._times.clear()

    def _forget(self, now: float) -> None:
        while self._times and now - self._times[0] > self._window:
            self._times.popleft()


class Backlog:
    """How far pictures of a stream have fallen behind their own time stamps: by that much has this
    program, not the line, become late."""

    def __init__(self) -> None:
        self._base: float | None = None
        self._last = 0.0

    def behind(self, stamp: float, now: float) -> float:
        """Seconds. stamp: the picture's own time; now: when it was decoded; any clocks.

        Measured from the least delay so far. What stays late becomes the rule at 2 % a second: then
        it is the line, or clocks that drift. Stamps that jump start the count again.
        """
        delay = now - stamp
        if self._base is None or abs(delay - self._base) > 10.0:
            self._base = delay
        else:
            self._base = min(delay, self._base + 0.02 * max(0.0, now - self._last))
        self._last = now
        return delay - self._base


class Pace:
    """Holds the pictures of a file back to the times at which they are due, as a camera would."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._first = 0.0
        self._last: tuple[float, float] | None = None
        self._step = 0.0

    def due(self, stamp: float, now: float) -> float:
        """When a picture is due, on the monotonic clock. stamp: its time in the file, seconds.

        The first one is due now. One that is due more than a second from now or was a second ago
        starts the count again: the machine slept, or the file's times jump.
        """
        if self._start is None and self._last is not None:  # another round: keep the rhythm
            self._start, self._first = self._last[1] + self._step, stamp
        if self._start is None or abs(self._start + stamp - self._first - now) > 1.0:
            self._start, self._first = now, stamp
        when = self._start + stamp - self._first
        if self._last is not None and stamp > self._last[0]:
            self._step = stamp - self._last[0]
        self._last = stamp, when
        return when

    def next_round(self) -> None:
        """The next picture is the first one again, due one step after the last."""
        self._start = None
