"""What the commands show while they work, and how they sum up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from ui import progress_lines
from ui.job import Outcome
from ui.plain_text import plain

# Progress goes to stderr, so that the summary alone can be piped on.
_progress_console = Console(stderr=True)
_console = Console(highlight=False, soft_wrap=True)


class _Doing(ProgressColumn):
    """What is being done right now, as long as it takes."""

    def __init__(self, doing: Callable[[], str]) -> None:
        super().__init__()
        self._doing = doing

    def render(self, task: Task) -> Text:
        return Text(plain(self._doing()), "dim")


@contextmanager
def progress(
    title: str, total: int, doing: Callable[[], str] = str, *, lines: bool = False
) -> Iterator[Callable[[], None]]:
    """A bar of `total` frames; call what it yields after each one. doing: says what goes on within
    a frame that takes its time; may be called from another thread. lines: in place of the bar, see
    `ui.progress_lines`."""
    if lines:
        with progress_lines.written(total, doing) as advance:
            yield advance
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("frames"),
        TimeRemainingColumn(),
        _Doing(doing),
    )
    with Progress(*columns, console=_progress_console, transient=False) as bar:
        task = bar.add_task(plain(title), total=total)
        yield lambda: bar.advance(task)


def say(line: str) -> None:
    """One line on stdout, as it is: brackets in file names are no markup."""
    _console.print(plain(line), markup=False, highlight=False, emoji=False)


def warn(outcome: Outcome) -> None:
    """The renderer's warnings, on stderr."""
    for warning in outcome.warnings:
        line = plain(f"warning: {warning}")
        _progress_console.print(line, markup=False, highlight=False, emoji=False)


def wrote(outcome: Outcome) -> None:
    """Which files were written."""
    if outcome.written:
        first, last = outcome.written[0], outcome.written[-1]
        count = len(outcome.written)
        say(f"wrote {first}" if count == 1 else f"wrote {first} … {last.name} ({count} pictures)")
    if outcome.movie is not None:
        say(f"wrote {outcome.movie}")


def summary(outcome: Outcome, adapter: str, fps: float | None = None) -> None:
    """Frames per second, how that compares with real time, and the adapter."""
    if not outcome.frames:
        return
    frames = "1 frame" if outcome.frames == 1 else f"{outcome.frames} frames"
    real_time = f" ({outcome.rate / fps:.2f} × real time)" if fps else ""
    say(
        f"{frames} in {outcome.seconds:.1f} s: {outcome.rate:.2f} frames per second"
        f"{real_time}, on {adapter}"
    )


def timings(outcome: Outcome) -> None:
    """The time of each pass."""
    if not outcome.timings:
        say("this adapter has no timestamps, so there are no times of passes")
        return
    table = Table("pass", "ms a frame", "share", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    total = sum(outcome.timings.values())
    for name, milliseconds in outcome.timings.items():
        table.add_row(
            Text(plain(name)), f"{milliseconds:.2f}", f"{milliseconds / total:.0%}" if total else ""
        )
    table.add_row("all", f"{total:.2f}", "")
    _console.print(table)
