"""The command `rilievo`. Each command reads its options here and leaves the work to its own file.

Imports inside functions keep `rilievo --help` quick: the renderer and the networks take a second.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.errors import OutputError, RilievoError
from engine.scene import AnalysisType, DepthRange, Missing
from ui.failures import (
    FAILED,
    Commands,
    check_stopped,
    complain,
    run,
    stop_on_signals,
    tell,
    tell_warnings,
)
from ui.models_command import models_app

app = typer.Typer(
    cls=Commands,
    name="rilievo",
    help="Flat footage becomes real depth: a Z-Depth renderer.",
    invoke_without_command=True,
    add_completion=False,
    # A traceback is for a bug report: plain and whole.
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(models_app)

ENDING = ".rilievo"
PICTURES = (".exr", ".png", ".jpg", ".jpeg")


class Analysis(StrEnum):
    """Networks that make a map from a picture."""

    FACE = AnalysisType.FACE.value
    GLOBAL = AnalysisType.GLOBAL.value
    FACE_GLOBAL = AnalysisType.FACE_GLOBAL.value


class Range(StrEnum):
    """What a depth media's numbers may be said to stand for. `auto` looks at them, and writes what
    they were found to be."""

    AUTO = DepthRange.AUTO.value
    NORMALIZED = DepthRange.NORMALIZED.value
    ABSOLUTE = DepthRange.ABSOLUTE.value
    INVERSE = DepthRange.INVERSE.value
    RELIEF = DepthRange.RELIEF.value
    RAY = DepthRange.RAY.value


Provider = Annotated[
    str, typer.Option(help="What runs the networks: auto, cpu, directml, cuda … (see info).")
]


class Container(StrEnum):
    """Files that films are recorded as, by their endings."""

    MOV = "mov"
    MP4 = "mp4"
    MKV = "mkv"


class ProgressKind(StrEnum):
    """How a command shows how far it is."""

    BAR = "bar"
    LINES = "lines"


ProgressOption = Annotated[
    ProgressKind, typer.Option(help="A bar, or lines of JSON that another program reads.")
]
Adapter = Annotated[
    str | None, typer.Option(metavar="NAME", help="Part of the name of the graphics adapter.")
]


def main() -> None:
    """Entry of the command `rilievo`."""
    stop_on_signals()
    tell_warnings()
    run(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        from engine.output.software import version

        typer.echo(f"rilievo {version()}")
        raise typer.Exit


@app.callback()
def _rilievo(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    """Flat footage becomes real depth: a Z-Depth renderer.

    By itself it opens a window to look round in.
    """
    if context.invoked_subcommand is None:
        shown = ("DISPLAY", "WAYLAND_DISPLAY")
        if sys.platform == "linux" and not any(os.environ.get(name) for name in shown):
            typer.echo(context.get_help())
        else:
            _window().open_document(None)


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    from engine.limits import Limits

    match = re.fullmatch(r"0*([1-9]\d{0,8})\s*[xX×]\s*0*([1-9]\d{0,8})", text.strip(), re.ASCII)
    if match is None:
        raise typer.BadParameter(f"{text!r} is not a size: write it like 1920x1080.")
    width, height = int(match[1]), int(match[2])
    excess = Limits.PIXELS.excess(width * height)
    if excess:
        raise typer.BadParameter(f"{text!r} has {width * height:,} pixels, {excess}.")
    return width, height


def _pattern(text: str | None) -> str | None:
    if text is None or Path(text).suffix.lower() in PICTURES:
        return text
    raise typer.BadParameter(f"{text!r} should end in {', '.join(PICTURES)}.")


def _frames(text: str | None) -> list[int] | None:
    from engine.frames import parse_frames

    if text is None:
        return None
    try:
        return parse_frames(text)
    except RilievoError as error:
        raise typer.BadParameter(str(error)) from error


def _same_file(one: Path, other: Path) -> bool:
    """Whether two names are of one file that is there."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def _make_folder(file: Path) -> None:
    """Make the folder of a file that is to be written. Raises OutputError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{file} could not be written: {error.strerror}.") from error


def _passes(text: str | None, document: Path) -> tuple[str, ...] | None:
    if text is None or text.strip() == "all":
        return None if text is None else ("all",)
    from passes import PASS_NAMES, output_names
    from ui.documents import load_document

    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    known = PASS_NAMES
    if not set(known).issuperset(names) and document.is_file():
        known = output_names(load_document(document))
    for name in names:
        if name not in known:
            listed = ", ".join(known)
            raise typer.BadParameter(
                f"{name!r} is no pass and no 3D AOV of the document: choose all, or of {listed}."
            )
    return names


@app.command(
    epilog="Example: `rilievo new portrait.jpg --analysis face --3d -o shot.rilievo`"
    "\n\nExample: `rilievo new rgb.####.exr --z z.####.exr --range absolute -o s.rilievo`"
    "\n\nExample: `rilievo new beauty.exr --z beauty.exr --view right -o s.rilievo`"
)
def new(
    media: Annotated[
        str, typer.Argument(metavar="MEDIA", help="A still, a numbered sequence or a video.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The document to write.", show_default=False)
    ],
    z: Annotated[str | None, typer.Option("--z", metavar="ZMEDIA", help="Its depth.")] = None,
    analysis: Annotated[
        Analysis | None, typer.Option(help="Make the depth with a network instead.")
    ] = None,
    depth_range: Annotated[
        Range | None,
        typer.Option("--range", help="What ZMEDIA's numbers are; found and said if left out."),
    ] = None,
    three_d: Annotated[
        bool, typer.Option("--3d", help="Extrude the surface and light it; else it stays flat.")
    ] = False,
    layer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Layer of MEDIA; what its renderer calls the picture."),
    ] = None,
    z_layer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Layer of ZMEDIA, or of MEDIA; what is called depth."),
    ] = None,
    view: Annotated[
        str | None, typer.Option(metavar="NAME", help="View of a stereo EXR, such as right.")
    ] = None,
    track: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Video track of MEDIA; 1 if left out.")
    ] = None,
    z_track: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Video track of ZMEDIA, or of MEDIA, with the depth."
        ),
    ] = None,
    deinterlace: Annotated[
        bool, typer.Option("--deinterlace", help="Make whole pictures of MEDIA's two fields.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the document.")] = False,
) -> None:
    """Make a document: a picture on a surface, a camera that frames it, and its depth.

    Of a file with many layers the picture and the depth are found by their names; --layer and
    --z-layer choose others.
    """
    if z is None and (z_layer is not None or z_track is not None):
        z = media
    if z is not None and analysis is not None:
        raise typer.BadParameter("give --z (--z-layer, --z-track) or --analysis, not both.")
    if depth_range is not None and z is None:
        raise typer.BadParameter(
            "--range says what the numbers of --z stand for: give --z as well."
        )
    if output.suffix != ENDING:
        raise typer.BadParameter(f"{str(output)!r} is no name of a document: end it in {ENDING}.")
    for source in (media, z):
        if source is not None and _same_file(output, Path(source)):
            raise RilievoError(f"{output} is the media itself: give the document another name")
    if output.exists() and not force:
        raise RilievoError(f"{output} exists already: give --force to replace it")
    from ui import faces_in
    from ui.new import new_document
    from ui.recorded import Which

    check_stopped()
    chosen = AnalysisType(analysis.value) if analysis is not None else None
    meant = None if depth_range is None else DepthRange(depth_range.value)
    which = Which(layer, z_layer, view, track, z_track, deinterlace)
    scene = new_document(media, z, chosen, meant, three_d=three_d, which=which, tell=tell)
    _make_folder(output)
    scene.save(output)
    if chosen is not None and (sentence := faces_in.told(scene.media[0], chosen)):
        tell(sentence)
    tell(f"wrote {output}; next: rilievo render {output} -o out/shot.####.exr")


@app.command(
    epilog="Example: `rilievo render shot.rilievo -f 1001-1048 -o out/shot.####.exr`"
    "\n\nExample: `rilievo render shot.rilievo -o s.####.exr --passes beauty,z,normals`"
    "\n\nExample: `rilievo render shot.rilievo --movie out.mp4 --size 1920x1080 --stats`"
)
def render(
    document: Annotated[
        Path, typer.Argument(metavar="DOCUMENT", help="A document, such as `rilievo new` makes.")
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="PATTERN",
            help="Names of the pictures: .exr holds all passes; .png and .jpg the beauty.",
        ),
    ] = None,
    frames: Annotated[
        str | None,
        typer.Option(
            "--frames", "-f", metavar="RANGE",
            help="1001-1100, 1-10x2 or 1,5,9-12; the document's own range if left out.",
        ),
    ] = None,
    passes: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Passes and 3D AOVs with commas between, or all; if left out, the beauty and all"
            " 3D AOVs of the document.",
        ),
    ] = None,
    size: Annotated[
        str | None, typer.Option(metavar="WxH", help="Pixels; the document's own if left out.")
    ] = None,
    movie: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a film of the beauty as well.")
    ] = None,
    samples: Annotated[
        int, typer.Option(min=1, max=1024, help="Samples of a pixel, against jagged edges.")
    ] = 8,
    missing: Annotated[
        Missing | None,
        typer.Option(help="What stands in for missing frames; as each media says if left out."),
    ] = None,
    hold: Annotated[
        bool | None,
        typer.Option(
            "--hold/--no-hold",
            help="The film of a take keeps its time, frames being held where none was recorded;"
            " or has one frame for each.  [default: hold]",
        ),
    ] = None,
    provider: Provider = "auto",
    adapter: Adapter = None,
    stats: Annotated[bool, typer.Option("--stats", help="Show the time of each pass.")] = False,
    progress: ProgressOption = ProgressKind.BAR,
) -> None:  # fmt: skip
    """Render frames of a document to pictures, a film, or both.

    Of a take, the frames that were recorded, each from what it was drawn from.
    """
    if output is None and movie is None:
        raise typer.BadParameter("give -o for pictures, --movie for a film, or both.")
    if hold is not None and movie is None:
        raise typer.BadParameter("--hold and --no-hold are about a film: give --movie as well.")
    pattern, chosen, pixels, names = (
        _pattern(output), _frames(frames), _size(size), _passes(passes, document),
    )  # fmt: skip
    from ui.render import Request, render_document

    check_stopped()
    request = Request(
        document=document,
        frames=chosen,
        pattern=pattern,
        movie=movie,
        passes=names,
        size=pixels,
        samples=samples,
        provider=provider,
        adapter=adapter,
        stats=stats,
        missing=missing,
        hold=hold,
        lines=progress is ProgressKind.LINES,
    )
    _end(render_document(request))


@app.command(
    epilog="Example: `rilievo analyse shot.rilievo`"
    "\n\nExample: `rilievo analyse plate.####.exr --analysis global -o z.####.exr`"
    "\n\nExample: `rilievo analyse clip.mov --analysis face -f 1-48 -o z/z.####.exr`"
)
def analyse(
    media: Annotated[
        str,
        typer.Argument(
            metavar="MEDIA", help="A still, a numbered sequence or a video; or a document."
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="PATTERN", show_default=False,
            help="Names of the files, which end in .exr; #### is the frame number.",
        ),
    ] = None,
    analysis: Annotated[
        Analysis, typer.Option(help="Of faces, of the whole picture, or of both in one.")
    ] = Analysis.GLOBAL,
    frames: Annotated[
        str | None,
        typer.Option(
            "--frames", "-f", metavar="RANGE",
            help="1001-1100, 1-10x2 or 1,5,9-12; all of the media if left out.",
        ),
    ] = None,
    near: Annotated[
        float | None,
        typer.Option(help="Distance of what is nearest; 0.6 of the surface's if left out."),
    ] = None,
    far: Annotated[
        float | None,
        typer.Option(help="Distance of what is farthest; 1.6 of the surface's if left out."),
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Write what the network says, at its own size.")
    ] = False,
    network: Annotated[
        str, typer.Option(metavar="NAME", help="A network by name, or an .onnx file (see models).")
    ] = "",
    stabilise: Annotated[bool, typer.Option(help="Take out what flickers in a clip.")] = True,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Make anew what is there; else it is gone on with."),
    ] = False,
    missing: Annotated[
        Missing | None, typer.Option(help="What stands in for missing frames; error if left out.")
    ] = None,
    provider: Provider = "auto",
    adapter: Adapter = None,
    progress: ProgressOption = ProgressKind.BAR,
) -> None:  # fmt: skip
    """Make the depth of a picture or clip with a network, as EXR files with a channel Z.

    Z is the distance along the view axis in scene units. Frames whose file is there and was made
    in the same way are left as they are, so a job that was stopped goes on where it was.

    Of a document, its own analyses are made and kept, for the window and for rendering.
    """
    chosen, lines = _frames(frames), progress is ProgressKind.LINES
    if media.lower().endswith(ENDING):
        if output is not None:
            raise typer.BadParameter("--output is for the depth of a media; a document's is kept.")
        from ui.analyse_document import analyse_document

        check_stopped()
        _end(analyse_document(Path(media), chosen, provider=provider, lines=lines))
        return
    if output is None:
        raise typer.BadParameter("give --output, the names of the files to write.")
    if not output.lower().endswith(".exr"):
        raise typer.BadParameter(f"{output!r} should end in .exr: depth is numbers.")
    if analysis is Analysis.FACE and (near or far or raw or network):
        raise typer.BadParameter("--near, --far, --raw and --network are for --analysis global.")
    if raw and (near or far):
        raise typer.BadParameter("--raw is what the network says: --near and --far have no say.")
    from ui.analyse import Request, analyse_media

    check_stopped()
    request = Request(
        media=media,
        analysis=AnalysisType(analysis.value),
        frames=chosen,
        pattern=output,
        near=near,
        far=far,
        raw=raw,
        network=network,
        stabilise=stabilise,
        overwrite=overwrite,
        provider=provider,
        adapter=adapter,
        missing=missing,
        lines=lines,
    )
    _end(analyse_media(request))


@app.command(
    "open",
    epilog="Example: `rilievo open`\n\nExample: `rilievo open shot.rilievo`"
    "\n\nExample: `rilievo open portrait.jpg`",
)
def open_(
    document: Annotated[
        Path | None,
        typer.Argument(metavar="DOCUMENT", help="A document; or a still or video to start one."),
    ] = None,
    adapter: Adapter = None,
) -> None:
    """Open a document in a window: look around in it, change it, see any pass.

    Without one, a first scene to look round in.
    """
    _window().open_document(document, adapter=adapter)


@app.command(
    epilog="Example: `rilievo live`"
    "\n\nExample: `rilievo live --source rtsp://camera.local/1`"
    "\n\nExample: `rilievo live shot.rilievo --source clip.mp4 --loop`"
)
def live(
    document: Annotated[
        Path | None,
        typer.Argument(metavar="DOCUMENT", help="Where the source becomes the first media."),
    ] = None,
    source: Annotated[
        str, typer.Option(metavar="SOURCE", help="A camera's number, an address, a file, screen.")
    ] = "0",
    size: Annotated[str | None, typer.Option(metavar="WxH", help="Asked of a camera.")] = None,
    fps: Annotated[float | None, typer.Option(help="Asked of a camera, a second.")] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Begin a file again at its end.")] = False,
    virtual_camera: Annotated[
        bool,
        typer.Option("--virtual-camera", help="Be a camera for other programs, as for calls."),
    ] = False,
    container: Annotated[
        Container, typer.Option(help="What films are recorded as; mov is what editors take.")
    ] = Container.MOV,
    delayed: Annotated[
        bool,
        typer.Option(
            "--delay-to-depth", help="Show only pictures with the depth made of them, later."
        ),
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="Say what there is, and end.")] = False,
    provider: Provider = "auto",
    adapter: Adapter = None,
) -> None:
    """Open a window on a camera, with Face Analysis running and the relief on screen."""
    from engine.media import list_devices, live_input

    if listed:
        devices = list_devices()
        for device in devices:
            problem = f" ({device.problem})" if device.problem else ""
            tell(f"{device.source}  {device.name}{problem}")
        if not devices:
            typer.echo("no cameras and no screens; files and addresses can be given to --source")
        return
    wanted = live_input(source, size=_size(size), fps=fps, loop=loop)
    _window().open_live(
        wanted,
        document,
        provider=provider,
        adapter=adapter,
        virtual_camera=virtual_camera,
        container=f".{container.value}",
        delayed=delayed,
    )


@app.command(epilog="Example: `rilievo demo --out demo`")
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("demo"),
    every: Annotated[
        int, typer.Option(min=1, metavar="N", help="Only each Nth frame, for a quick look.")
    ] = 1,
    provider: Provider = "auto",
    adapter: Adapter = None,
) -> None:
    """Turn a portrait into a lit relief: a film, all passes, and the document to play with."""
    from ui.demo.run import run_demo

    check_stopped()
    _end(run_demo(out, every=every, provider=provider, adapter=adapter))


@app.command(epilog="Example: `rilievo info > report.txt`")
def info() -> None:
    """Print what a bug report needs: graphics, networks, versions, model files."""
    from ui.info import report

    for line in report().split("\n"):
        tell(line)


def _window() -> Any:
    """What opens windows, found by name when it is wanted: no other command needs a display."""
    module = importlib.import_module("ui.window.app")
    check_stopped()
    return module


def _end(complaint: str | None) -> None:
    if complaint is not None:
        complain(complaint)
        raise typer.Exit(FAILED)
