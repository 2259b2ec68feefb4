"""The work of `rilievo demo`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from engine.gpu import Gpu, open_gpu
from engine.output import Tile, contact_sheet, write_png
from engine.scene import Scene
from models import Analyses
from passes import PASS_NAMES, Renderer
from ui import show
from ui.demo.shot import CUT, SIZE, demo_scene, prepare
from ui.job import Job, Outcome, render_frames
from ui.sources import OpenMedia

SAMPLES = 4
# The passes of a stretch of the relief, as large as the film.
SEQUENCE = range(CUT + 12, CUT + 18)
# The frame on the contact sheet: the camera is well to the side, the light comes across.
SHEET = CUT + 14


def run_demo(folder: Path, *, every: int, provider: str, adapter: str | None) -> str | None:
    """Write the film, the passes, the contact sheet and the document into a folder.

    every: 1 renders all frames, n each nth one, shown n times as long. Returns the complaint about
    what failed, or None. Raises RilievoError.
    """
    portrait, mesh = prepare(folder)
    scene = demo_scene(portrait, mesh)
    document = folder / "shot.rilievo"
    scene.save(document)
    gpu = open_gpu(adapter)
    try:
        show.say(f"portrait → face → depth → relief, on {gpu.summary}")
        with OpenMedia(scene) as media, closing(Analyses(scene, provider, media)) as analyses:
            film = _film(scene, analyses, media, gpu, folder, every)
            passes, sheet = _passes(scene, analyses, media, gpu, folder, every)
        film.warnings += media.warnings
    finally:
        gpu.close()
    show.warn(film)
    for outcome in (film, passes):
        show.wrote(outcome)
    show.say(f"wrote {sheet}")
    show.say(f"wrote {document}; again with: rilievo render {document} --movie again.mp4")
    show.summary(film, gpu.summary, scene.fps)
    return film.complaint() or passes.complaint()


def _film(
    scene: Scene, analyses: Analyses, media: OpenMedia, gpu: Gpu, folder: Path, every: int
) -> Outcome:
    job = Job(
        frames=scene.frames()[::every],
        fps=scene.fps / every,
        size=SIZE,
        movie=folder / "relief.mp4",
    )
    with (
        Renderer(scene, analyses, size=SIZE, samples=SAMPLES, gpu=gpu, sources=media) as renderer,
        show.progress("relief.mp4", len(job.frames)) as advance,
    ):
        return render_frames(renderer, job, advance)


def _passes(
    scene: Scene, analyses: Analyses, media: OpenMedia, gpu: Gpu, folder: Path, every: int
) -> tuple[Outcome, Path]:
    job = Job(
        frames=list(SEQUENCE)[::every],
        fps=scene.fps,
        size=SIZE,
        pattern=str(folder / "passes" / "relief.####.exr"),
    )
    sheet = folder / "contact_sheet.png"
    with (
        Renderer(
            scene,
            analyses,
            size=SIZE,
            passes=PASS_NAMES,
            views=PASS_NAMES,
            samples=SAMPLES,
            gpu=gpu,
            sources=media,
        ) as renderer,
        show.progress("passes", len(job.frames)) as advance,
    ):
        outcome = render_frames(renderer, job, advance)
        frame = renderer.render(SHEET)
        tiles = [Tile(name, frame.false_colour(name)) for name in PASS_NAMES]
        write_png(sheet, contact_sheet(tiles, title=f"{scene.name}, frame {SHEET}"))
    return outcome, sheet
