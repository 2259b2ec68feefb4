"""The work of `rilievo analyse DOCUMENT`: all its analyses are made and kept, so that scrubbing and
rendering never wait for a network."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from engine.errors import AnalysisError, MediaError, RilievoError
from engine.scene import AnalysisType, EvaluatedZMap, Scene, ZDepthMap
from models import BATCH, Analyses
from ui import show
from ui.failures import check_stopped
from ui.job import Outcome
from ui.models_command import offer
from ui.sources import OpenMedia


def analyse_document(
    document: Path, frames: list[int] | None, *, provider: str = "auto", lines: bool = False
) -> str | None:
    """Analyse; the complaint about what failed, or None. Raises RilievoError.

    frames: of the document; its own range if None. lines: see `ui.progress_lines`. What is kept
    already is not made again, so a job that was stopped goes on where it was.
    """
    scene = Scene.load(document)
    maps = [node for node in scene.nodes if isinstance(node, ZDepthMap)]
    maps = [node for node in maps if node.analysis is not AnalysisType.MEDIA]
    if not maps:
        raise RilievoError(f"{document} has no Z-Depth map with a Face or Global analysis")
    for node in maps:
        if node.analysis.sees_all:
            offer(node.network)
    wanted = scene.frames() if frames is None else frames
    outcome = Outcome()
    with ExitStack() as stack:
        media = stack.enter_context(OpenMedia(scene))
        analyses = Analyses(scene, provider, media, batch=BATCH)
        stack.callback(analyses.close)
        advance = stack.enter_context(
            show.progress(document.name, len(wanted), lambda: analyses.activity, lines=lines)
        )
        for frame in wanted:
            check_stopped()
            try:
                for z_map in analysed(scene, frame):
                    analyses.result(z_map, frame)
                outcome.frames += 1
            except (MediaError, AnalysisError) as error:
                outcome.failed[frame] = str(error)
            advance()
        outcome.warnings += [*media.warnings, *analyses.notes]
        missing = media.missing()
    show.warn(outcome)
    for line in missing:
        show.say(line)
    count = "1 frame" if outcome.frames == 1 else f"{outcome.frames} frames"
    show.say(f"{count} of {document.name} analysed and kept")
    return outcome.complaint()


def analysed(scene: Scene, frame: int) -> list[EvaluatedZMap]:
    """The maps that an analysis makes at a frame."""
    drawn = scene.evaluate(frame)
    maps = [shown.z_map for shown in (*drawn.surfaces, *drawn.geometries)]
    return [m for m in maps if m is not None and m.analysis is not AnalysisType.MEDIA]
