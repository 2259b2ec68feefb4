"""Which errors are one frame's, and which are the whole job's."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from engine.errors import (
    AnalysisError,
    DeviceError,
    GraphError,
    MediaError,
    OutputError,
    RilievoError,
    SceneError,
)
from passes import RenderedFrame, Renderer
from tests.support.commands import Run, complaint
from ui.job import Job, render_frames


class Failing:
    """A renderer that raises for each frame."""

    warnings: list[str] = []  # noqa: RUF012

    def __init__(self, error: RilievoError) -> None:
        self.error = error
        self.tried: list[int] = []

    def render(self, frame: int) -> NoReturn:
        self.tried.append(frame)
        raise self.error

    def stats(self) -> dict[str, float]:
        return {}


def _job(tmp_path: Path) -> Job:
    return Job(range(1001, 1004), 25.0, (8, 8), pattern=str(tmp_path / "a.####.exr"))


@pytest.mark.parametrize("kind", [MediaError, AnalysisError, SceneError])
def test_errors_of_a_frame_let_the_others_be_tried(
    tmp_path: Path, kind: type[RilievoError]
) -> None:
    renderer = Failing(kind("x.png cannot be read."))
    outcome = render_frames(renderer, _job(tmp_path), lambda: None)
    assert renderer.tried == [1001, 1002, 1003]
    assert outcome.failed == dict.fromkeys(renderer.tried, "x.png cannot be read.")


@pytest.mark.parametrize("kind", [DeviceError, GraphError, OutputError, RilievoError])
def test_other_errors_end_the_job(tmp_path: Path, kind: type[RilievoError]) -> None:
    renderer = Failing(kind("the graphics adapter is gone."))
    with pytest.raises(kind, match="is gone"):
        render_frames(renderer, _job(tmp_path), lambda: None)
    assert renderer.tried == [1001]


def test_a_lost_device_is_one_sentence_and_leaves_whole_files(
    run: Run, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = Renderer.render

    def lost(self: Renderer, frame: int) -> RenderedFrame:
        if frame == 1003:
            raise DeviceError("the graphics adapter is gone: start again.")
        return draw(self, frame)

    monkeypatch.setattr(Renderer, "render", lost)
    result = run(
        "render", document, "-o", "out/a.####.exr", "--movie", "out/film.mp4", "--samples", "1"
    )
    assert result.exit_code == 1
    assert complaint(result.stderr) == "the graphics adapter is gone: start again."
    # Whether the first one was being written by then depends on the machine.
    assert {path.name for path in Path("out").glob("*")} <= {"a.1001.exr"}
