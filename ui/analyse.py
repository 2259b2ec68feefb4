"""The work of `rilievo analyse`: the depth of a still, sequence or video, as EXR files."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.errors import MediaError, OutputError
from engine.gpu import open_gpu
from engine.output import (
    ExrHeader,
    Part,
    frame_path,
    has_frame_token,
    is_whole,
    read_attribute,
    write_exr,
)
from engine.output.software import version
from engine.scene import AnalysisType, EvaluatedZMap, Missing, Scene, ZDepthMap, new_scene
from models import BATCH, Analyses, FrameFlicker, Provenance, flicker
from passes import RenderedFrame, Renderer
from ui import show
from ui.job import DrawsFrames, Job, Outcome, frame_list, render_frames
from ui.models_command import offer
from ui.recorded import clock_of, recorded
from ui.render import check_targets
from ui.sources import OpenMedia, with_missing

KEY = "analysisKey"
"""The header's attribute by which a file says what it was made from."""


@dataclass(frozen=True)
class Request:
    """The options of the command. frames, near, far, missing: None leaves it to the media, the
    surface's own camera, the sequence. lines: see `ui.progress_lines`."""

    media: str
    analysis: AnalysisType
    frames: list[int] | None
    pattern: str
    near: float | None = None
    far: float | None = None
    raw: bool = False
    network: str = ""
    stabilise: bool = True
    overwrite: bool = False
    provider: str = "auto"
    adapter: str | None = None
    missing: Missing | None = None
    lines: bool = False


def analyse_media(request: Request) -> str | None:
    """Analyse; the complaint about what failed, or None. Raises RilievoError."""
    scene = _scene(request)
    frames = _frames(request, scene)
    if request.analysis.sees_all:
        offer(request.network)
    with ExitStack() as stack:
        media = stack.enter_context(OpenMedia(scene))
        analyses = Analyses(scene, request.provider, media, batch=BATCH)
        stack.callback(analyses.close)
        maker = _Maker(request, scene, analyses)
        maker.provenance(frames[0])  # without a network no frame can be had: said once
        todo = [frame for frame in frames if not maker.is_there(frame)]
        job = Job(todo, scene.fps, scene.size, request.pattern, pixel_aspect=scene.pixel_aspect)
        check_targets(scene, job)
        if len(todo) < len(frames):
            show.say(f"{_count(len(frames) - len(todo))} already there, made the same way")
        if not todo:
            return None
        drawing = _drawing(request, scene, analyses, media, maker, stack)
        title = Path(request.media).name
        advance = stack.enter_context(
            show.progress(title, len(todo), lambda: analyses.activity, lines=request.lines)
        )
        outcome = render_frames(drawing, job, advance)
        missing = media.missing()
    outcome.warnings += [*media.warnings, *analyses.notes]
    _tell(outcome, maker, missing)
    return outcome.complaint()


def _scene(request: Request) -> Scene:
    media = recorded(request.media)
    fps, timecode = clock_of(media)
    scene = new_scene(media, analysis=request.analysis, fps=fps, timecode=timecode)
    if request.missing is not None:
        scene = with_missing(scene, request.missing)
    z_map = next(node for node in scene.nodes if isinstance(node, ZDepthMap))
    near, far = _ends(request, z_map)
    if not 0 < near < far < math.inf:
        raise OutputError(
            f"--near ({near:g}) must be more than 0 and less than --far ({far:g}); without them"
            " they are 0.6 and 1.6 times the distance of the surface"
        )
    network = request.network
    changes = {"near": request.near, "far": request.far}
    return scene.with_values(
        z_map.id,
        z_pass=True,
        network=os.path.abspath(network) if network.lower().endswith(".onnx") else network,
        stabilise=z_map.stabilise if request.stabilise else 0.0,
        **{name: value for name, value in changes.items() if value is not None},
    )


def _ends(request: Request, z_map: ZDepthMap) -> tuple[float, float]:
    """Near and far as they were asked for, or as a new map has them."""
    near = z_map.near if request.near is None else request.near
    far = z_map.far if request.far is None else request.far
    if isinstance(near, int | float) and isinstance(far, int | float):
        return near, far
    return 1.0, 2.0  # a face has its own scale, and these have no say


def _frames(request: Request, scene: Scene) -> list[int]:
    frames = scene.frames() if request.frames is None else request.frames
    media = scene.media[0]
    outside = [frame for frame in frames if not media.first <= frame <= media.last]
    if outside and media.last > media.first:
        raise MediaError(
            f"{media.path} has frames {media.first} to {media.last}, and not"
            f" {frame_list(outside)}: choose others with -f"
        )
    if len(frames) > 1 and not has_frame_token(request.pattern):
        raise OutputError(
            f"{request.pattern} is one file for {len(frames)} frames: put #### where the frame"
            " number goes"
        )
    return frames


class _Maker:
    """What the files are to say of how they were made, and whether one is there already."""

    def __init__(self, request: Request, scene: Scene, analyses: Analyses) -> None:
        self._request, self._scene, self._analyses = request, scene, analyses
        self.flickered: list[FrameFlicker] = []

    def z_map(self, frame: int) -> EvaluatedZMap:
        found = self._scene.evaluate(frame).surfaces[0].z_map
        assert found is not None
        return found

    def provenance(self, frame: int) -> Provenance:
        """Where the frame's depth comes from."""
        return self._analyses.provenance(self.z_map(frame))

    def note_flicker(self, frame: int) -> None:
        """Take down how much a frame flickers that was just drawn."""
        if self._request.analysis.sees_all:
            found = self._analyses.flicker(self.z_map(frame))
            self.flickered += [] if found is None else [found]

    def is_there(self, frame: int) -> bool:
        """Whether the frame's file is there and says that it was made just so. Raises OutputError
        where another file has its name."""
        path = frame_path(self._request.pattern, frame)
        if self._request.overwrite or not os.path.lexists(path):
            return False
        if read_attribute(path, KEY) == self.key(frame):
            return is_whole(path)  # one that was cut has its header, and is made again
        raise OutputError(
            f"{path} is there already and was made in another way: give --overwrite to replace it,"
            " or write to another place"
        )

    def key(self, frame: int) -> str:
        """The same for files that would be the same."""
        source = self.z_map(frame).source
        request = self._request
        return self.provenance(frame).key(
            version(), self._scene.size, source.near, source.far, request.raw, request.stabilise
        )

    def attributes(self, frame: int) -> dict[str, str | int | float]:
        """What the file's header says."""
        known = self.provenance(frame)
        source = self.z_map(frame).source
        found: dict[str, str | int | float] = {KEY: self.key(frame)}
        found |= {"analysis": self._request.analysis.value, "analysisModel": known.model}
        if self._request.analysis.sees_all:
            raw = self._analyses.range_of(self.z_map(frame))
            found |= {"rawNear": raw.near, "rawFar": raw.far}
            if not self._request.raw:
                found |= {"depthNear": source.near, "depthFar": source.far}
        return found


def _drawing(
    request: Request,
    scene: Scene,
    analyses: Analyses,
    media: OpenMedia,
    maker: _Maker,
    stack: ExitStack,
) -> DrawsFrames:
    if request.raw:
        return _Raws(scene, analyses, maker)
    gpu = open_gpu(request.adapter)
    stack.callback(gpu.close)
    renderer = Renderer(scene, analyses, passes=("z",), views=(), samples=1, gpu=gpu, sources=media)
    return _Depths(stack.enter_context(renderer), maker)


class _Written:
    """A frame whose depth is to be written as one channel, Z."""

    def __init__(self, frame: int, header: ExrHeader, depth: RenderedFrame | npt.NDArray) -> None:
        self._frame, self._header, self._depth = frame, header, depth

    def wait(self) -> None:
        if isinstance(self._depth, RenderedFrame):
            self._depth.wait()

    def display(self) -> npt.NDArray[np.uint8]:
        raise AssertionError("depth is written as numbers, not shown")

    def save(self, path: str) -> Path:
        depth = self._depth
        values = depth.array("z") if isinstance(depth, RenderedFrame) else depth
        target = Path(frame_path(path, self._frame))
        write_exr(target, [Part("depth", ("Z",), values)], self._header)
        return target


class _Depths:
    """Draws planar Z at picture size."""

    def __init__(self, renderer: Renderer, maker: _Maker) -> None:
        self._renderer, self._maker = renderer, maker

    @property
    def warnings(self) -> list[str]:
        return self._renderer.warnings

    def render(self, frame: int) -> _Written:
        drawn = self._renderer.render(frame)
        self._maker.note_flicker(frame)
        header = replace(drawn.header, extra=self._maker.attributes(frame))
        return _Written(frame, header, drawn)

    def stats(self) -> dict[str, float]:
        return self._renderer.stats()


class _Raws:
    """What the network says, at its own size."""

    def __init__(self, scene: Scene, analyses: Analyses, maker: _Maker) -> None:
        self._scene, self._analyses, self._maker = scene, analyses, maker
        self.warnings: list[str] = []

    def render(self, frame: int) -> _Written:
        values = self._analyses.raw_depth(self._maker.z_map(frame))
        header = ExrHeader(
            fps=self._scene.fps,
            frame=frame,
            timecode=self._scene.timecode_of(frame),
            extra=self._maker.attributes(frame) | {"depthMeaning": "relative inverse depth"},
        )
        return _Written(frame, header, values)

    def stats(self) -> dict[str, float]:
        return {}


def _tell(outcome: Outcome, maker: _Maker, missing: Sequence[str]) -> None:
    show.warn(outcome)
    show.wrote(outcome)
    for line in missing:
        show.say(line)
    if outcome.frames:
        rate = f"{outcome.rate:.2f} frames per second"
        show.say(f"{_count(outcome.frames)} in {outcome.seconds:.1f} s: {rate}")
    raw, shown = flicker(maker.flickered)
    if math.isfinite(raw):
        show.say(f"flicker {shown:.2%} of the range; the network's own {raw:.2%}")


def _count(frames: int) -> str:
    return "1 frame" if frames == 1 else f"{frames} frames"
