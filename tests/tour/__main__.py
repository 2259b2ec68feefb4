"""`make tour`: drives the window through the whole workflow and saves numbered pictures.

`python -m tests.tour --out out/tour` opens a screen of its own (Xvfb); `--display :0` uses one that
is there, whose pointer is then taken for some minutes.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

from tests.support.window_driver import XServer, window
from tests.tour.materials import folder, prepare
from tests.tour.steps import Tour

SIZE = (1400, 860)


def main(
    out: Annotated[Path, typer.Option(help="where the pictures are written")] = Path("out/tour"),
    display: Annotated[str, typer.Option(help="a screen that is there; else one is made")] = "",
) -> None:
    """Save the pictures of the tour; those of an earlier one go."""
    out = out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("[0-9][0-9]-*.png"):
        old.unlink()
    shots = folder()
    os.environ["RILIEVO_HOME"] = str(shots / ".home")
    server = None if display else XServer(SIZE)
    try:
        screen = display if server is None else server.display
        document = prepare(shots)
        with window(screen, shots, "open") as driver:
            first = Tour(driver, out)
            first.first_look()
            driver.quit()
        with window(screen, shots, "open", str(document)) as driver:
            tour = Tour(driver, out, first.number)
            for step in tour.workflow():
                step()
            driver.quit()
    finally:
        if server is not None:
            server.close()
        shutil.rmtree(shots, ignore_errors=True)


if __name__ == "__main__":
    typer.run(main)
