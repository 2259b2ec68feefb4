"""A real stream in a real window: another process sends it, dies and is started again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.window_driver import Driver, Report, window

ROOT = Path(__file__).parents[3]
MIB = 2**20
GROWTH = 48 * MIB  # what coming back once may cost: an opened stream, its decoder, FFmpeg's pools

WHY = "sent no picture for", "stopped sending"


def newest(report: Report) -> str:
    """The message that came last."""
    return "".join(report["messages"][-1:])


def send(clip: Path, address: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.support.stream", str(clip), address, "200"]
    return subprocess.Popen(command, cwd=ROOT)


def resident(driver: Driver) -> int:
    """Bytes of memory that the window's process holds."""
    pages = Path(f"/proc/{driver.process.pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.timeout(240)
def test_a_stream_that_is_killed_is_said_to_be_lost_and_comes_back(
    display: str, talking_head: Path, tmp_path: Path, artifacts: Path
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"udp://127.0.0.1:{probe.getsockname()[1]}"
    sender = send(talking_head, address)
    try:
        with window(display, tmp_path, "live", "--source", address) as driver:
            driver.wait(lambda r: r["analysis"]["faces"] == 1, "the face is found")
            held: list[int] = []
            for loss in range(2):
                before = driver.report["pictures"]
                driver.wait(lambda r, n=before: r["pictures"] > n + 20, "pictures come")
                held.append(resident(driver))
                driver.screenshot(artifacts / f"window-stream-{loss}-on.png", still=False)

                sender.kill()
                sender.wait()
                # The same message again moves to the end of the list.
                driver.wait(
                    lambda r: any(f"{address} has {why}" in newest(r) for why in WHY),
                    "the loss is said",
                )
                driver.drawn(3)
                driver.screenshot(artifacts / f"window-stream-{loss}-lost.png", still=False)
                # The last picture stays, and the window answers.
                before = driver.report["view"]
                driver.choose("view", "Z-Depth" if loss == 0 else "Beauty")
                driver.wait(lambda r, v=before: r["view"] != v, "another view is shown")
                time.sleep(4.0)  # longer than the stream is waited for: it is opened anew
                assert newest(driver.report) != f"{address} is back"

                sender = send(talking_head, address)
                driver.wait(lambda r: newest(r) == f"{address} is back", "the stream is back")
            before = driver.report["pictures"]
            driver.wait(lambda r: r["pictures"] > before + 20, "pictures come again")
            driver.wait(lambda r: r["analysis"]["faces"] == 1, "and the face")
            held.append(resident(driver))
            driver.screenshot(artifacts / "window-stream-back.png", still=False)
            assert held[-1] - held[0] < GROWTH, [size // MIB for size in held]
            driver.quit()
    finally:
        sender.kill()
        sender.wait()
