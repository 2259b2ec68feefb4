"""A live session without a window: real clips in real time, drawn on the adapter there is."""

from __future__ import annotations

import gc
import re
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import MediaError, RilievoError
from engine.gpu import Gpu
from engine.media import Encoding, FaceResult, LiveCondition, Picture, live_input
from engine.scene import AnalysisType, ZDepthMap
from models import LiveResult
from passes import Renderer
from ui.delay import Delay
from ui.session import Session

Start = Callable[..., Session]


def until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()


@pytest.fixture
def start() -> Iterator[Start]:
    sessions: list[Session] = []

    def make(text: str, *, loop: bool = False) -> Session:
        sessions.append(Session(live_input(text, loop=loop), provider="cpu", software=True))
        return sessions[-1]

    yield make
    for session in sessions:
        session.close()


def test_frames_show_the_newest_picture_and_say_how_old_it_is(
    start: Start, gpu: Gpu, talking_head: Path
) -> None:
    session = start(str(talking_head), loop=True)
    assert not session.begin_frame() or session.picture is not None
    scene = session.new_scene(session.source.wait(10.0))
    assert scene.size == (176, 144)
    (z_map,) = [node for node in scene.nodes if isinstance(node, ZDepthMap)]
    assert z_map.analysis is AnalysisType.FACE
    seen: list[Picture] = []
    with Renderer(scene, session, samples=1, gpu=gpu, sources=session.sources) as renderer:
        end = time.monotonic() + 30
        while (len(seen) < 8 or not session.results) and time.monotonic() < end:
            if not session.begin_frame():
                time.sleep(0.002)
                continue
            rendered = renderer.render(scene.first)
            session.end_frame()
            assert rendered.display().shape == (144, 176, 3)
            picture = session.picture
            assert picture is not None
            if not seen or picture is not seen[-1]:
                seen.append(picture)
    times = [picture.capture_time or 0.0 for picture in seen]
    assert times == sorted(times) and len(set(times)) == len(times)
    newest = session.results[z_map.id]
    assert isinstance(newest.result, FaceResult) and len(newest.result.faces) == 1
    statistics = session.statistics
    assert statistics.source.condition is LiveCondition.RUNNING
    assert statistics.picture_age is not None and 0.0 < statistics.picture_age < 10.0
    # Depth is never newer than a picture that has come, and may be older than the one shown.
    assert statistics.depth_age is not None and statistics.depth_age > 0.0
    assert statistics.shown == len(seen)
    assert statistics.shown + statistics.dropped <= statistics.capture.captured
    assert statistics.analysis.faces == 1
    # Where nothing is analysed any more, no depth grows old.
    assert session.analysed == {z_map.id}
    assert session.begin_frame() or session.picture is not None
    session.end_frame()
    assert session.statistics.depth_age is None and not session.analysed
    assert statistics.drawn_rate >= statistics.shown_rate > 0.0


def test_nothing_new_needs_no_drawing(start: Start, tmp_path: Path) -> None:
    session = start("lavfi:color=red:size=64x48:rate=25:duration=0.04")
    session.source.wait(10.0)
    assert until(lambda: session.source.state.condition is LiveCondition.ENDED)
    assert session.begin_frame()
    session.end_frame()
    assert not session.begin_frame()
    session.end_frame()
    assert session.statistics.shown == 1


def test_a_result_is_drawn_with_the_next_picture(start: Start, talking_head: Path) -> None:
    """Where the processor draws it has no drawing of its own, unless no picture comes."""
    session = start(str(talking_head), loop=True)
    scene = session.new_scene(session.source.wait(10.0))
    z_map = scene.evaluate(scene.first).surfaces[0].z_map
    reasons: list[tuple[bool, bool]] = []  # a new picture, a new result
    picture, revision = session.picture, session.analyses.revision

    def draws() -> bool:
        nonlocal picture, revision
        if session.begin_frame():
            now = session.picture, session.analyses.revision
            reasons.append((now[0] is not picture, now[1] != revision))
            picture, revision = now
            assert z_map is not None
            session.result(z_map, scene.first)
            session.end_frame()
        return sum(new for _, new in reasons) >= 4

    assert until(draws)
    assert all(new_picture for new_picture, _ in reasons)


def test_before_the_first_picture_there_is_a_reason(start: Start) -> None:
    session = start("/nonexistent/clip.mp4")
    assert until(lambda: session.source.state.condition is LiveCondition.ENDED)
    assert not session.begin_frame()
    held = session.sources(0)
    assert held is not None
    with pytest.raises(MediaError, match="does not exist"):
        held.frame(0)
    assert session.sources(1) is None
    assert session.statistics.picture_age is None


def test_another_source_takes_over(start: Start) -> None:
    session = start("lavfi:color=red:size=64x48:rate=25")
    first = session.source.wait(10.0)
    assert session.begin_frame()
    session.change_source(live_input("lavfi:color=blue:size=32x24:rate=25"))
    assert session.picture is first  # stays until there is another
    assert until(lambda: session.begin_frame() and session.picture is not first)
    assert session.picture is not None and session.picture.size == (32, 24)
    scene = session.placed_in(session.new_scene(first), session.picture)
    assert scene.media[0].size == (32, 24)
    assert scene.media[0].path == "lavfi://color=blue:size=32x24:rate=25"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_source_stays_while_its_take_is_recorded(
    start: Start, talking_head: Path, tmp_path: Path
) -> None:
    """A take is of one source: frames of another under its numbers would be rendered wrongly."""
    session = start(str(talking_head), loop=True)
    size = session.source.wait(10.0).size
    other = live_input(str(talking_head), loop=False)
    writer = session.take_writer(tmp_path / "take.rilievo", size, 30.0)
    with pytest.raises(RilievoError, match="stop the recording first"):
        session.change_source(other)
    assert session.source.wanted.loop
    writer.close()
    session.change_source(other)
    assert not session.source.wanted.loop


def test_a_long_session_does_not_grow(start: Start) -> None:
    """Two thousand pictures of 1.4 MB each, taken as fast as they are made."""

    def resident() -> int:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    session = start("lavfi:testsrc2=size=800x600:rate=1000")
    session.source.wait(10.0)

    def draw(count: int) -> None:
        target = session.source.statistics.captured + count
        end = time.monotonic() + 20
        while session.source.statistics.captured < target and time.monotonic() < end:
            session.begin_frame()
            session.end_frame()
            time.sleep(0.001)

    draw(200)
    gc.collect()
    before = resident()
    draw(1500)
    gc.collect()
    assert resident() - before < 24 * 2**20


def test_pictures_wait_for_the_depth_that_is_made_of_them(
    start: Start, gpu: Gpu, talking_head: Path
) -> None:
    """Each picture that is drawn after the first has the depth of just that picture, and the rate
    that comes of it is said; without an analysis nothing waits."""
    session = start(str(talking_head), loop=True)
    session.delayed = True
    scene = session.new_scene(session.source.wait(10.0))
    pairs: list[tuple[float, float]] = []
    with Renderer(scene, session, samples=1, gpu=gpu, sources=session.sources) as renderer:
        end = time.monotonic() + 60
        while len(pairs) < 5 and time.monotonic() < end:
            if not session.begin_frame():
                time.sleep(0.002)
                continue
            renderer.render(scene.first)
            session.end_frame()
            picture = session.picture
            assert picture is not None and picture.capture_time is not None
            if session.results:
                (result,) = session.results.values()
                pairs.append((picture.capture_time, result.captured))
                assert result.picture == picture.frame
        assert len(pairs) == 5
        assert all(picture == depth for picture, depth in pairs)
        assert len({picture for picture, _ in pairs}) >= 4
        assert re.fullmatch(r"delayed to depth by \d+ ms, \d+\.\d pictures / s", session.delay_note)
        statistics = session.statistics
        assert statistics.picture_age == statistics.depth_age
        # What waits is of the analysis that a map had before: nothing is drawn with it then.
        (z_map,) = [s.z_map for s in scene.evaluate(scene.first).surfaces]
        assert z_map is not None and session.result(z_map, scene.first) is not None
        other = replace(z_map, analysis=AnalysisType.GLOBAL)
        assert session.result(other, scene.first) is None and not session.results
        # Paused, there is nothing to wait for: the newest picture is shown, and that is said.
        session.analyses.running = False
        assert "not delayed: paused" in session.delay_note
        shown = session.picture
        assert until(lambda: session.begin_frame() and session.picture is not shown)
        session.delayed = False
        assert session.delay_note == "" and session.analyses.uses == 7


def test_the_delay_waits_for_all_maps_and_leaves_out_what_came_between() -> None:
    pictures = [a_picture(n) for n in range(6)]
    known: dict[str, LiveResult] = {}
    delay = Delay(lambda z_map: known.get(z_map.id))
    maps: dict[str, Any] = {"a": Named("a"), "b": Named("b")}
    assert not delay.waits and delay.next(pictures[0], None) is pictures[0]
    delay.drawn_with(maps)
    assert delay.waits and delay.next(pictures[1], pictures[0]) is None
    assert delay.looked_at is pictures[0]
    known["a"] = a_result(0)
    assert delay.next(pictures[1], pictures[0]) is None
    known["b"] = a_result(0)
    assert delay.next(pictures[2], pictures[0]) is pictures[0]  # now with its depth
    assert delay.results == known
    assert delay.next(pictures[3], pictures[0]) is None and delay.looked_at is pictures[3]
    known["b"] = a_result(3)
    assert delay.next(pictures[4], pictures[0]) is None  # a is of an older picture
    known["a"] = a_result(3)
    assert delay.next(pictures[5], pictures[0]) is pictures[3]
    delay.drawn_with({"a": maps["a"]})  # b is gone
    assert delay.next(pictures[5], pictures[3]) is None and delay.looked_at is pictures[5]
    known["a"] = a_result(5)
    assert delay.next(pictures[5], pictures[3]) is pictures[5]
    assert delay.next(pictures[5], pictures[5]) is None  # nothing newer has come


@dataclass
class Named:
    id: str


def a_picture(number: int) -> Picture:
    return Picture((np.zeros((2, 2, 3), np.uint8),), Encoding(), number, 10.0 + number)


def a_result(number: int) -> LiveResult:
    return LiveResult(FaceResult((2, 2)), number, 10.0 + number, 1.0, 0.5, 0)
