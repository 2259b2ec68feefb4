"""The work of `rilievo render`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import OutputError, SceneError
from engine.frames import frame_ranges
from engine.gpu import Gpu, open_gpu
from engine.media import media_files
from engine.output import check_place, frame_path, has_frame_token
from engine.scene import Missing, Scene
from models import BATCH, Analyses
from passes import Renderer, aov_passes, output_names
from passes.outputs import resolved
from passes.rendered import check_names
from ui import show, take_film
from ui.documents import load_document
from ui.job import Job, render_frames
from ui.retake import TakeRenderer
from ui.sources import OpenMedia, with_missing
from ui.take_reading import Take


@dataclass(frozen=True)
class Request:
    """The options of the command. None stands for what the document says; passes None: the beauty
    and its 3D AOVs, ("all",): all that there is. hold: the film of a take keeps its time. lines:
    see `ui.progress_lines`."""

    document: Path
    frames: list[int] | None
    pattern: str | None
    movie: Path | None
    passes: tuple[str, ...] | None
    size: tuple[int, int] | None
    samples: int
    provider: str
    adapter: str | None
    stats: bool
    missing: Missing | None = None
    hold: bool | None = None
    lines: bool = False


def render_document(request: Request) -> str | None:
    """Render; the complaint about what failed, or None. Raises RilievoError.

    Of a take, the recorded frames, each from what it was drawn from.
    """
    scene = load_document(request.document)
    take = Take.at(request.document)
    try:
        return _rendered(request, scene, take)
    finally:
        if take is not None:
            take.close()


def _rendered(request: Request, scene: Scene, take: Take | None) -> str | None:
    if request.missing is not None:
        if take is not None:
            raise SceneError(
                f"{request.document} is a take, which has the frames that were recorded and no"
                " others: leave out --missing"
            )
        scene = with_missing(scene, request.missing)
    frames, notes, complaint = _frames(request, scene, take)
    hold = take is not None and request.hold is not False
    job = Job(
        frames=frames,
        held=take_film.held(frames) if hold else {},
        fps=scene.fps,
        size=request.size or (scene.size if take is None else take.head.size),
        pattern=request.pattern,
        movie=request.movie,
        pixel_aspect=scene.pixel_aspect,
    )
    if job.frames and take is None:
        job = replace(job, timecode=scene.timecode_of(job.frames[0]))
    if request.pattern and len(job.frames) > 1 and not has_frame_token(request.pattern):
        raise OutputError(
            f"{request.pattern} is one file for {len(job.frames)} frames: "
            "put #### where the frame number goes"
        )
    check_targets(scene, job)
    again = _there_already(job)
    if again:
        show.say(again)
    with ExitStack() as stack:
        gpu = open_gpu(request.adapter)
        stack.callback(gpu.close)
        media = stack.enter_context(OpenMedia(scene))
        analyses = Analyses(scene, request.provider, media, batch=BATCH)
        stack.callback(analyses.close)
        renderer = stack.enter_context(_renderer(request, scene, analyses, media, take, gpu))
        advance = stack.enter_context(
            show.progress(request.document.name, len(job.frames), lines=request.lines)
        )
        outcome = render_frames(renderer, job, advance)
        missing = media.missing()
        with_sound = media.with_sound() if request.movie is not None else []
    if with_sound:
        notes.append(
            f"{request.movie} has no sound: that of {', '.join(with_sound)} is not copied;"
            " add it in an editor."
        )
    outcome.warnings += [*notes, *media.warnings, *analyses.notes]
    show.warn(outcome)
    show.wrote(outcome)
    if take is not None and outcome.movie is not None:
        told = take_film.told(frames, scene.fps, hold=hold)
        if told:
            show.say(told)
    for line in missing:
        show.say(line)
    show.summary(outcome, gpu.summary, scene.fps)
    if request.stats:
        show.timings(outcome)
    return outcome.complaint() or complaint


def _frames(
    request: Request, scene: Scene, take: Take | None
) -> tuple[list[int], list[str], str | None]:
    """The frames to render, what is said of them, and the complaint about pictures that cannot be
    made since their frames were not recorded. Raises RilievoError."""
    if take is None:
        return _of_document(request, scene)
    frames, gone = take_film.recorded(take, request.frames)
    lacking = take_film.missing(take, gone)
    if lacking is None or request.pattern is not None:
        return frames, [], lacking
    return frames, [lacking], None  # a film goes on there with what it has


def _of_document(request: Request, scene: Scene) -> tuple[list[int], list[str], None]:
    if request.hold is not None:
        raise SceneError(
            f"{request.document} is no take, so no frame of its film is held: leave out --hold"
        )
    frames = scene.frames() if request.frames is None else request.frames
    outside = [frame for frame in frames if not scene.first <= frame <= scene.last]
    if not outside:
        return frames, [], None
    what = f"frame {outside[0]} is" if len(outside) == 1 else f"frames {frame_ranges(outside)} are"
    note = f"{what} outside the document's range {scene.first}-{scene.last}, and rendered as asked"
    return frames, [note], None


def check_targets(scene: Scene, job: Job) -> None:
    """Raises OutputError where a file to be written is one that the document reads, or could not be
    written at all: before hours of work go into it."""
    pattern = job.pattern
    targets = [] if pattern is None else [frame_path(pattern, frame) for frame in job.frames]
    if job.movie is not None:
        targets.append(str(job.movie))
    _keep_media(scene, targets)
    for target in [*targets[:1], *targets[-1:]]:
        check_place(target)


def _there_already(job: Job) -> str:
    """What is said of pictures that are there: they are made again. Empty where there are none."""
    if job.pattern is None:
        return ""
    count = sum(os.path.lexists(frame_path(job.pattern, frame)) for frame in job.frames)
    if not count:
        return ""
    what = "1 picture is" if count == 1 else f"{count} pictures are"
    return f"{what} there already, of {len(job.frames)}: rendered again"


def _keep_media(scene: Scene, targets: Sequence[str]) -> None:
    there = {found: target for target in targets if (found := _file(target)) is not None}
    if not there:
        return
    for number, media in enumerate(scene.media, 1):
        for path in media_files(media.path):
            found = _file(path)
            target = None if found is None else there.get(found)
            if target is not None:
                raise OutputError(
                    f"{target} is media {number} of {scene.name or 'the document'}, which would be"
                    " lost: write to another place"
                )


def _file(path: str) -> tuple[int, int] | None:
    """What tells one file from another whatever it is called; None: it is not there."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _renderer(
    request: Request,
    scene: Scene,
    analyses: Analyses,
    media: OpenMedia,
    take: Take | None,
    gpu: Gpu,
) -> Renderer | TakeRenderer:
    passes = resolved(scene, _passes(request, scene))
    check_names(passes)
    views, samples = _views(request), request.samples
    if take is not None:
        return TakeRenderer(
            take, size=request.size, passes=passes, views=views, samples=samples, gpu=gpu
        )
    return Renderer(
        scene,
        analyses,
        size=request.size,
        passes=passes,
        views=views,
        samples=samples,
        gpu=gpu,
        sources=media,
    )


def _passes(request: Request, scene: Scene) -> tuple[str, ...]:
    if request.passes is None:
        exr = request.pattern is not None and request.pattern.lower().endswith(".exr")
        return ("beauty", *(aov_passes(scene) if exr else ()))
    asked = output_names(scene) if request.passes == ("all",) else request.passes
    # A PNG has the beauty's matte.
    with_matte = request.pattern is not None and request.pattern.lower().endswith(".png")
    return tuple(dict.fromkeys(("beauty", *asked))) if with_matte else asked


def _views(request: Request) -> tuple[str, ...]:
    """A film and everything but EXR show the beauty as a person sees it."""
    linear = request.pattern is None or request.pattern.lower().endswith(".exr")
    return () if linear and request.movie is None else ("beauty",)
