"""Networks leave the processor to whoever draws."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from engine.media import LiveSource, live_input
from engine.scene import AnalysisType, new_media, new_scene
from models import LiveAnalyses, runtime
from models.priority import BEHIND, NICEST, step_back
from tests.support.small_networks import costly_network


def nices() -> dict[int, int]:
    """Of each thread of this program."""
    tasks = [int(task) for task in os.listdir("/proc/self/task")]
    return {task: os.getpriority(os.PRIO_PROCESS, task) for task in tasks}


@pytest.mark.skipif(sys.platform != "linux", reason="nice values of threads are a thing of Linux")
def test_threads_of_the_networks_step_back_and_no_others(talking_head: Path) -> None:
    source = LiveSource(live_input(str(talking_head), loop=True))
    analyses = LiveAnalyses(lambda _: source, "cpu")
    try:
        size = source.wait(10.0).size
        media = new_media(str(talking_head), size, kind="video", first=0, last=0, fps=30.0)
        scene = new_scene(media, analysis=AnalysisType.FACE, name="live")
        z_map = scene.evaluate(scene.first).surfaces[0].z_map
        assert z_map is not None
        end = time.monotonic() + 30.0
        while analyses.newest(z_map) is None and time.monotonic() < end:
            time.sleep(0.02)
        assert analyses.newest(z_map) is not None
        now = nices()
        named = {thread.name: thread.native_id for thread in threading.enumerate()}
        base = now[threading.get_native_id()]
        assert now[named["analysis"] or 0] == min(base + BEHIND, NICEST)
        assert now[named[f"capture {source.wanted.name}"] or 0] == base
    finally:
        analyses.close()
        source.close()


@pytest.mark.skipif(sys.platform != "linux", reason="nice values of threads are a thing of Linux")
def test_a_thread_that_is_far_behind_already_stays_there() -> None:
    """To come forward would need a privilege, and end the analysis where there is none."""
    found: list[int] = []
    far = min(os.getpriority(os.PRIO_PROCESS, os.getpid()) + BEHIND + 5, NICEST)

    def work() -> None:
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, far)
        step_back()
        found.append(os.getpriority(os.PRIO_PROCESS, thread))

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert found == [far]


@pytest.mark.skipif(sys.platform != "linux", reason="nice values of threads are a thing of Linux")
@pytest.mark.parametrize("nicer", [5, 15])
def test_it_is_behind_a_program_that_is_nice_itself(nicer: int) -> None:
    program = os.getpriority(os.PRIO_PROCESS, os.getpid()) + nicer
    code = (
        "import os, threading; from models.priority import step_back; t = threading.Thread("
        "target=lambda: (step_back(), print(os.getpriority(os.PRIO_PROCESS,"
        " threading.get_native_id())))); t.start(); t.join()"
    )
    run = subprocess.run(
        ["nice", "-n", str(nicer), sys.executable, "-c", code],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert int(run.stdout) == min(program + BEHIND, NICEST)


@pytest.mark.skipif(sys.platform != "linux", reason="nice values of threads are a thing of Linux")
def test_what_a_network_starts_is_behind_as_well() -> None:
    before = nices()
    base = before[threading.get_native_id()]

    def work() -> None:
        step_back()
        loaded.append(runtime.load("costly", costly_network(), "cpu"))

    loaded: list[runtime.Network] = []
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    started = {task: nice for task, nice in nices().items() if task not in before}
    # The thread that loaded it may be listed a little longer than it lives.
    assert loaded and len(started) >= runtime.threads() - 1
    assert set(started.values()) <= {min(base + BEHIND, NICEST)}
