"""From a document to rendered frames."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import DeviceError, GpuMemoryError, RilievoError
from engine.gpu import Gpu, ReadbackRing, Ticket, open_gpu
from engine.gpu.device import megabytes
from engine.media import working_space
from engine.output import ExrHeader
from engine.scene import EvaluatedFrame, Scene
from passes.blocks import register_blocks
from passes.camera import fitted, projection
from passes.depth_range import MeasuredRange
from passes.display import MEASURED, SOURCES
from passes.frame import FrameGraph
from passes.kernels import Toolbox
from passes.map_use import ignored
from passes.mesh_counts import MeshCount, MeshCounts
from passes.motion import neighbours
from passes.outputs import Names, aov_passes, resolved
from passes.rendered import RenderedFrame
from passes.resident import AnalysisProvider, Resident, Sources
from passes.source_view import SourceView
from passes.under import Look, Looker

DEFAULT_SAMPLES = 8
FRAMES_ON_THE_WAY = 2
"""Frames that are drawn or read back at a time, whose memory is asked for with the first."""


class Renderer:
    """Renders frames of one document.

    analyses: answers for maps that a network makes (`models.Analyses`); without it they stay flat.
    size: (width, height) in pixels, the document's own by default. passes: of PASS_NAMES, and the
    document's 3D AOVs by name. views: those that are wanted as display pictures too. samples: drawn
    for each pixel of the beauty. gpu: a device to use; otherwise one is opened, and closed with the
    renderer. sources: media that are open already, see `Resident`.
    """

    def __init__(
        self,
        scene: Scene,
        analyses: AnalysisProvider | None = None,
        *,
        size: tuple[int, int] | None = None,
        passes: Names = ("beauty",),
        views: Names = ("beauty",),
        samples: int = DEFAULT_SAMPLES,
        gpu: Gpu | None = None,
        sources: Sources | None = None,
    ) -> None:
        _check(samples)
        self._outputs, self._views = resolved(scene, passes), resolved(scene, views)
        self.scene = scene
        self._ignored = ignored(scene)
        self._owned = gpu is None
        self.gpu = open_gpu() if gpu is None else gpu
        try:
            self.size = self._drawable(size or scene.size)
        except RilievoError:
            if self._owned:
                self.gpu.close()
            raise
        register_blocks(self.gpu)
        self._tools = Toolbox(self.gpu)
        self._resident = Resident(self._tools, scene, sources)
        self._frame = FrameGraph(self._tools, self._resident, analyses, *self._shown(), samples)
        self._ring = ReadbackRing(self.gpu, depth=2 * len(self._outputs) + len(self._views))
        self._looker: Looker | None = None
        self._z_range = MeasuredRange()
        self._source_view: SourceView | None = None
        self._counts: MeshCounts | None = None
        self._countable = False
        self._warnings: list[str] = []

    def __enter__(self) -> Renderer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def passes(self) -> tuple[str, ...]:
        """What is delivered, by name, in the order of a file."""
        return tuple(self._outputs)

    @property
    def warnings(self) -> list[str]:
        """What happened so far that the user should know, each said once."""
        return list(self._warnings)

    @property
    def auto_ranges(self) -> dict[str, str]:
        """Map → what its Depth Range Auto was found to be and why, of the last frame."""
        return dict(self._frame.ranges.reasons)

    @property
    def graph(self) -> str:
        """The render graph's plan, for people."""
        return self._frame.graph.describe()

    def render(self, frame: int) -> RenderedFrame:
        """Draw a frame. Raises RilievoError where a picture or network cannot be had."""
        encoder = self.gpu.device.create_command_encoder()
        try:
            evaluated = self.encode(frame, encoder)
            rendered = self.read_back(evaluated, encoder)
            # The frames after it are on the way as well: what they need is asked for now.
            self._ring.make_room(FRAMES_ON_THE_WAY)
        except GpuMemoryError as error:
            raise DeviceError(f"{error}: {self._way_out()}") from error
        self.submit(encoder)
        return rendered

    def encode(
        self,
        frame: int | EvaluatedFrame,
        encoder: Any,
        *,
        sample: int = 0,
        at: float | None = None,
    ) -> EvaluatedFrame:
        """Record the drawing of a frame in the caller's encoder, to be handed to `submit`.

        frame: a number, or a frame that the caller evaluated and changed (another camera). sample:
        where progressive, the number of samples that the last frame holds of the same picture; 0
        begins anew. at: the frame of the document that it was evaluated at, where that is not its
        number. Raises RilievoError; what the encoder holds by then is harmless.
        """
        evaluated = self.scene.evaluate(frame) if isinstance(frame, int) else frame
        self._frame.sample = sample
        self._frame.beside = None
        if self._frame.moving:
            at = evaluated.frame if at is None else at
            self._frame.beside = neighbours(self.scene, evaluated, at)
        self._countable = False  # until all of it is recorded
        self._frame.encode(evaluated, self.size, self._scene_aspect(), encoder)
        if self._frame.z_range is not None:
            self._z_range.ask(self._ring.request(encoder, self._frame.z_range))
        self._countable = True
        self._note(self._told())
        return evaluated

    def read_back(self, evaluated: EvaluatedFrame, encoder: Any) -> RenderedFrame:
        """Have the frame that was just encoded read back, within the same encoder."""
        names = dict.fromkeys(SOURCES.get(name, name) for name in self._outputs.values())
        tickets = {name: self._ring.request(encoder, self._frame.texture(name)) for name in names}
        displays = {
            name: self._ring.request(encoder, self._frame.display(shown))
            for name, shown in self._views.items()
        }
        return RenderedFrame(
            evaluated.frame, tickets, displays, self._outputs, self._header(evaluated),
            (evaluated.camera.near, evaluated.camera.far),
            list(dict.fromkeys(self._told())),
        )  # fmt: skip

    def submit(self, encoder: Any) -> None:
        """Submit the encoder of `encode` and start the readbacks. Raises DeviceError."""
        if self._counts is not None and self._countable:
            self._frame.count(encoder, self._counts)
        self._frame.timer.resolve(encoder)
        self.gpu.submit(encoder)
        self._frame.timer.submitted()
        if self._counts is not None:
            self._counts.submitted()
        self._ring.submitted()

    def coarse_shadows(self, resolution: int) -> None:
        """Draw shadow maps of this many texels a side: fewer than usual for a quick preview."""
        self._frame.shadow_resolution = resolution
        self._frame.restructure()

    def poll(self) -> None:
        """Let readbacks that have come in be known (`Ticket.done`), without waiting."""
        self.gpu.device._poll()

    def probe(self, encoder: Any, name: str, x: int, y: int) -> Ticket:
        """Read one pixel of a pass that was drawn last: `array()` is (1, 1, c), of the texture
        that the pass is made of (`passes.display.SOURCES`)."""
        texture = self._frame.texture(self._views.get(name, name))
        return self._ring.request(encoder, texture, region=(x, y, 1, 1))

    @property
    def false_colours(self) -> bool:
        """Whether views of numbers are in colours, from the next frame on, instead of greys."""
        return self._frame.false_colours

    @false_colours.setter
    def false_colours(self, wanted: bool) -> None:
        self._frame.false_colours = wanted

    def shown_range(self, view: str, *, wait: bool = True) -> tuple[float, float]:
        """The values that the view of a scalar shows as its darkest and its lightest, depth in
        scene units: in the last frame, or without `wait` the newest that are known already."""
        output = self._views.get(view, view)
        if output == "z_normalized" or output not in MEASURED:
            return (0.0, 1.0)
        self._z_range.take(wait=wait)
        return self._z_range.ends

    @property
    def range_pending(self) -> bool:
        """Whether newer ends of `shown_range` are on their way."""
        return self._z_range.pending

    def encode_source(self, evaluated: EvaluatedFrame, encoder: Any) -> Any:
        """Record, after `encode` and in the same encoder, the drawing of the scene's pictures as
        they came: flat and without light. Returns the texture, rgba8unorm display colours. Raises
        RilievoError."""
        if self._source_view is None:
            self._source_view = SourceView(self._tools, self._resident, self._frame.drawing)
        return self._source_view.encode(evaluated, self.size, self._scene_aspect(), encoder)

    def look(
        self,
        evaluated: EvaluatedFrame,
        x: int,
        y: int,
        *,
        size: tuple[int, int] | None = None,
        without: Collection[str] = (),
    ) -> Look:
        """Draw the few pixels around one of the picture and have them read back: what object is
        there and where in the world, with all depth maps in it. Submitted at once: call it between
        frames. size: (width, height) of the picture, where it is not that of the frames. without:
        surfaces and geometries to look through. Raises RilievoError."""
        if self._looker is None:
            self._looker = Looker(self._tools, self._resident, self._frame.drawing)
        aspect = self._scene_aspect()
        return self._looker.look(
            evaluated, aspect, self.size, (x, y), self._frame.analyses, without
        )

    def held(self, index: int) -> frozenset[int]:
        """The frames of a media (index from 0), in its own numbering, that are in memory."""
        return self._resident.held(index)

    def timing(self, name: str) -> Any:
        """The `timestamp_writes` of a render pass of the caller's own in the same encoder, so that
        `stats` tells its time too; None where the adapter cannot."""
        return self._frame.timer.writes(name)

    def display(self, name: str) -> Any:
        """The texture of a view, rgba8unorm display colours, after `encode`."""
        return self._frame.display(self._views[name])

    @property
    def corners(self) -> npt.NDArray[np.float64]:
        """(n, 3): world points that bound all that was drawn last."""
        return self._frame.corners

    def show(self, scene: Scene, analyses: AnalysisProvider | None = None) -> None:
        """Draw an edited document from now on. What did not change stays on the GPU.

        analyses: needed where the media list changed; without it the one in use stays.
        """
        if analyses is not None:
            self._frame.analyses = analyses
        if self._resident.show(scene):
            self._frame.restructure()
        if scene is not self.scene:
            self._ignored = ignored(scene)
            self._follow(scene)
        self.scene = scene

    def choose(
        self,
        passes: Names,
        views: Names,
        samples: int | None = None,
        *,
        progressive: bool | None = None,
    ) -> None:
        """Deliver other passes and views, or other samples, from the next frame on.

        progressive: one sample a frame, where a picture that stands still gets better with every
        frame: see `encode`. What is left out stays as it is.
        """
        samples = self._frame.samples if samples is None else samples
        progressive = self._frame.progressive if progressive is None else progressive
        _check(samples)
        asked = (resolved(self.scene, passes), resolved(self.scene, views), samples, progressive)
        if asked == (self._outputs, self._views, self._frame.samples, self._frame.progressive):
            return
        self._outputs, self._views, *_ = asked
        self._frame.choose(*self._shown(), samples, progressive=progressive)

    def resize(self, size: tuple[int, int]) -> None:
        """Render at another size from now on. Raises RilievoError where the adapter cannot."""
        self.size = self._drawable(size)

    def stats(self) -> dict[str, float]:
        """Milliseconds each pass took on the GPU, of the newest frame that has come back. Empty
        where the adapter cannot tell."""
        return self._frame.timer.results()

    def meshes(self) -> dict[str, MeshCount]:
        """Surface or geometry → triangles of its relief and how they were chosen, of the newest
        frame that has come back. Counted from the first call on."""
        if self._counts is None:
            self._counts = MeshCounts(self.gpu)
        return self._counts.results()

    def close(self) -> None:
        """Free everything. Frames that were rendered stay readable only if they were read."""
        if self._counts is not None:
            self._counts.release()
        for besides in (self._looker, self._source_view):
            if besides is not None:
                besides.release()
        self._frame.release()
        self._resident.release()
        self._ring.release()
        if self._owned:
            self.gpu.close()

    def _shown(self) -> tuple[list[str], list[str]]:
        """The passes that outputs and views show, each once."""
        return [*dict.fromkeys(self._outputs.values())], [*dict.fromkeys(self._views.values())]

    def _follow(self, scene: Scene) -> None:
        """Let 3D AOVs show what they do in an edited document. One that is gone stays until others
        are chosen: what takes it may not know yet."""
        aovs = aov_passes(scene)
        before = self._shown()
        for names in (self._outputs, self._views):
            names |= {name: aovs[name] for name in names if name in aovs}
        if self._shown() != before:
            samples, progressive = self._frame.samples, self._frame.progressive
            self._frame.choose(*self._shown(), samples, progressive=progressive)

    def _way_out(self) -> str:
        """What a frame takes on the graphics device, and what to reduce."""
        width, height = self.size
        plan = self._frame.graph.bytes
        back = self._ring.bytes
        read = f" and {megabytes(back)} to be read back" if back else ""
        names = "1 pass" if len(self._outputs) == 1 else f"{len(self._outputs)} passes"
        return (
            f"a frame of {width}x{height} with {names} takes {megabytes(plan)} there{read}; render"
            " at a smaller size (--size) or fewer passes (--passes)"
        )

    def _drawable(self, size: tuple[int, int]) -> tuple[int, int]:
        limit = self.gpu.max_texture
        if max(size) > limit or min(size) < 1:
            raise RilievoError(
                f"a picture of {size[0]}x{size[1]} cannot be rendered;"
                f" this adapter draws 1 to {limit} pixels a side"
            )
        return size

    def _scene_aspect(self) -> float:
        width, height = self.scene.size
        return width / height

    def _header(self, frame: EvaluatedFrame) -> ExrHeader:
        camera = frame.camera
        aspect = self.size[0] / self.size[1]
        return ExrHeader(
            world_to_camera=np.asarray(np.linalg.inv(camera.world), np.float64),
            projection=projection(
                fitted(camera, self._scene_aspect(), aspect), camera.shift, camera.near
            ),
            chromaticities=working_space().chromaticities,
            fps=frame.fps,
            frame=frame.frame,
            timecode=self.scene.timecode_of(frame.frame),
            pixel_aspect=self.scene.pixel_aspect,
        )

    def _told(self) -> list[str]:
        """What is to be known of the frame that was encoded last."""
        return [*self._resident.warnings, *self._ignored, *self._frame.warnings]

    def _note(self, texts: Sequence[str]) -> None:
        self._warnings += [text for text in dict.fromkeys(texts) if text not in self._warnings]


def _check(samples: int) -> None:
    if samples < 1:
        raise RilievoError(f"samples is {samples}; at least one is needed")
