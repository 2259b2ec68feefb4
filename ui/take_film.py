"""The film of a take: what is held, so that it keeps the take's time, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.frames import frame_ranges
from ui.take_reading import Take


def recorded(take: Take, wanted: Sequence[int] | None) -> tuple[list[int], list[int]]:
    """Of the frames that are wanted (all, if None) those that were recorded, and the others.
    Raises SceneError where none was."""
    if wanted is None:
        return take.frames, []
    there = [frame for frame in wanted if frame in take.rows]
    if not there:
        take.row(wanted[0])  # says what there is
    return there, [frame for frame in wanted if frame not in take.rows]


def held(frames: Sequence[int]) -> dict[int, int]:
    """For how many frames of the film each is shown: until the next one, as its number is its place
    in time; the last one, and one that is followed by an earlier one, once."""
    following = zip(frames, [*frames[1:], frames[-1]], strict=True)
    return {frame: max(1, after - frame) for frame, after in following}


def told(frames: Sequence[int], fps: float, *, hold: bool) -> str:
    """What a film of these frames does with the time between them; empty where there is none."""
    whole = sum(held(frames).values())
    if whole == len(frames):
        return ""
    seconds, short = whole / fps, len(frames) / fps
    if hold:
        return (
            f"the film keeps the take's time: {len(frames)} frames, held where none was recorded,"
            f" make {whole} ({seconds:.1f} s); --no-hold makes one of each ({short:.1f} s)"
        )
    return (
        f"the film has one frame for each that was recorded: {short:.1f} s of the take's"
        f" {seconds:.1f} s; --hold keeps its time"
    )


def missing(take: Take, gone: Sequence[int]) -> str | None:
    """One sentence on frames that are wanted and were not recorded, or None."""
    if not gone:
        return None
    what = f"frame {gone[0]} was" if len(gone) == 1 else f"frames {frame_ranges(gone)} were"
    return f"{take.path}: {what} not recorded; it has {frame_ranges(take.frames)}"
