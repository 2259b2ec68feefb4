"""The commands `rilievo models`: which networks there are, fetching them, removing them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import AnalysisError, RilievoError
from ui.failures import FAILED, STOPPED, check_stopped, complain, tell
from ui.plain_text import plain

if TYPE_CHECKING:
    from models.depth.spec import NetworkSpec

models_app = typer.Typer(
    name="models",
    help="Networks for Global Analysis: list them, fetch them, remove them.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    epilog="Example: `rilievo models list`"
    "\n\nExample: `rilievo models fetch depth-anything-v2-small`",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `rilievo models list` has it.")]


@models_app.command(
    "list", epilog="Example: `rilievo models list`\n\nExample: `rilievo models list --json`"
)
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say which networks there are: licence, size, whether it is here, what it answers."""
    from models.depth.registry import networks

    check_stopped()
    specs = networks()
    if as_json:
        typer.echo(json.dumps([_facts(spec) for spec in specs], indent=2))
    else:
        _print_table(specs)


@models_app.command(
    epilog="Example: `rilievo models fetch depth-anything-v2-small`"
    "\n\nExample: `rilievo models fetch midas-2.1-small --yes`"
)
def fetch(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    accept_licence: Annotated[
        str,
        typer.Option(
            metavar="LICENCE", help="For one that is not for commercial work: its licence."
        ),
    ] = "",
) -> None:
    """Fetch a network; what was broken off is taken up again."""
    from models.depth import registry

    check_stopped()
    spec = registry.find(name)
    if spec.path is not None:
        raise AnalysisError(f"network {spec.name} is a part of Rilievo: there is nothing to fetch")
    if spec.source is None:
        raise AnalysisError(f"network {spec.name} ({spec.licence}) cannot be fetched: {spec.note}")
    _check_licence(spec, accept_licence)
    if not registry.installed(spec) and not _agreed(spec, yes):
        complain(f"{spec.name} was not fetched")
        raise typer.Exit(FAILED)
    tell(f"{spec.name} is here: {_fetched(spec)}")


def offer(name: str) -> None:
    """Fetch a network that is wanted now and not here, if somebody can be asked and agrees."""
    from models.depth import registry

    known = {spec.name: spec for spec in registry.networks()}
    spec = known.get(name)
    if spec is None or spec.source is None or registry.installed(spec) or not spec.commercial:
        return
    if sys.stdin.isatty() and _agreed(spec, yes=False):
        _fetched(spec)


def _fetched(spec: NetworkSpec) -> Path:
    """Where it is, once it was fetched."""
    from models.depth.fetch import fetch as fetch_files

    try:
        with _progress() as step:
            return fetch_files(spec, step)[0]
    except KeyboardInterrupt:
        complain(
            "stopped; what has come is kept, and"
            f" `rilievo models fetch {spec.name}` takes it up again"
        )
        raise typer.Exit(STOPPED) from None


@models_app.command(epilog="Example: `rilievo models remove midas-2.1-small`")
def remove(name: Name) -> None:
    """Remove a network that was fetched, or what there is of it."""
    from models.depth import cache, registry

    check_stopped()
    spec = registry.find(name)
    if spec.path is not None:
        raise AnalysisError(f"network {spec.name} is a part of Rilievo, and stays")
    freed = cache.remove(spec.source) if spec.source is not None else 0
    if not freed:
        raise AnalysisError(f"network {spec.name} is not here: there is nothing to remove")
    tell(f"removed {spec.name} ({_megabytes(freed)})")


def _check_licence(spec: NetworkSpec, accepted: str) -> None:
    """Raises RilievoError unless a licence with limits was named by who wants the network."""
    licence = spec.licence.partition(":")[0]
    if not spec.commercial and accepted.strip().lower() != licence.lower():
        raise RilievoError(
            f"network {spec.name} is not known to be free for commercial work ({spec.licence}): to"
            f' fetch it all the same, give --accept-licence "{licence}"'
        )


def _agreed(spec: NetworkSpec, yes: bool) -> bool:
    """Whether the user wants it. Raises RilievoError where nobody can be asked."""
    assert spec.source is not None
    what = f"{spec.title}, {_megabytes(spec.bytes)}, from {spec.source.words}"
    if yes:
        return True
    if not sys.stdin.isatty():
        raise RilievoError(
            f"nobody can be asked here: give --yes to fetch {what} (licence {spec.licence})"
        )
    tell(what)
    tell(f"licence: {spec.licence}")
    return typer.confirm("Fetch it?", default=True)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each file, on stderr."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, Any] = {}

        def step(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(plain(name), total=total, completed=done)
            bar.update(tasks[name], completed=done)

        yield step


def _print_table(specs: tuple[NetworkSpec, ...]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from models.depth.registry import RECOMMENDED, installed

    table = Table("name", "size", "here", "licence", "answers", box=None)
    for column in table.columns:
        column.no_wrap = True
    table.columns[1].justify = "right"
    for spec in specs:
        known = spec.source is not None or spec.path is not None
        table.add_row(
            Text(plain(f"{spec.name} *" if spec.name == RECOMMENDED else spec.name)),
            _megabytes(spec.bytes) if spec.bytes else "",
            "yes" if installed(spec) else "",
            Text(plain(spec.licence.partition(":")[0] + ("" if spec.commercial else " !"))),
            spec.output.meaning.short if known else "",
        )
    console = Console(highlight=False)
    console.print(table)
    for line in (
        "* recommended",
        "! not known to be free for commercial work; without a size: no checked file is known",
        "An ONNX file of your own can be used as well, by its path.",
    ):
        console.print(line, markup=False)


def _facts(spec: NetworkSpec) -> dict[str, Any]:
    from models.depth.registry import RECOMMENDED, installed

    source = spec.source
    known = source is not None or spec.path is not None
    return {
        "name": spec.name,
        "title": spec.title,
        "licence": spec.licence,
        "commercial": spec.commercial,
        "recommended": spec.name == RECOMMENDED,
        "installed": installed(spec),
        "bytes": spec.bytes,
        "meaning": spec.output.meaning.value if known else None,
        "metric": spec.metric if known else None,
        "source": None if source is None else source.words,
        "revision": None if source is None else source.revision or None,
        "files": [
            {"path": file.path, "bytes": file.size, "sha256": file.sha256}
            for file in (source.files if source is not None else ())
        ],
        "note": spec.note,
    }


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
