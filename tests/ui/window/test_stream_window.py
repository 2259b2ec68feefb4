"""A real stream in a real window: another process sends it, dies and is started again."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.sending import sending, udp_address
from tests.support.window_driver import Driver, Report, window

MIB = 2**20
GROWTH = 48 * MIB  # what coming back once may cost: an opened stream, its decoder, FFmpeg's pools

WHY = "sent no picture for", "stopped sending"


def newest(report: Report) -> str:
    """The message that came last."""
    return "".join(report["messages"][-1:])


def resident(driver: Driver) -> int:
    """Bytes of memory that the window's process holds."""
    pages = Path(f"/proc/{driver.process.pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_stream_that_is_killed_is_said_to_be_lost_and_comes_back(
    display: str, talking_head: Path, tmp_path: Path, artifacts: Path
) -> None:
    address = udp_address()
    with ExitStack() as senders:
        sender = senders.enter_context(sending(talking_head, address))
        with window(display, tmp_path, "live", "--source", address) as driver:
            driver.wait(lambda r: r["analysis"]["faces"] == 1, "the face is found")
            before = driver.report["pictures"]
            driver.wait(lambda r: r["pictures"] > before + 20, "pictures come")
            # What another view needs is made once, and is not the stream's.
            driver.choose("view", "Z-Depth")
            driver.wait(lambda r: r["view"] == "z", "another view is shown")
            driver.choose("view", "Beauty")
            driver.wait(lambda r: r["view"] == "beauty", "the beauty is shown again")
            driver.drawn(3)
            held = resident(driver)
            driver.screenshot(artifacts / "window-stream-on.png", still=False)

            sender.kill()
            sender.wait()
            driver.wait(
                lambda r: any(f"{address} has {why}" in newest(r) for why in WHY),
                "the loss is said",
            )
            driver.drawn(3)
            driver.screenshot(artifacts / "window-stream-lost.png", still=False)
            # The last picture stays, and the window answers.
            driver.choose("view", "Z-Depth")
            driver.wait(lambda r: r["view"] == "z", "another view is shown")
            driver.choose("view", "Beauty")
            time.sleep(4.0)  # longer than the stream is waited for: it is opened anew
            assert newest(driver.report) != f"{address} is back"

            sender = senders.enter_context(sending(talking_head, address))
            driver.wait(lambda r: newest(r) == f"{address} is back", "the stream is back")
            again = driver.report["pictures"]
            driver.wait(lambda r: r["pictures"] > again + 20, "pictures come again")
            driver.wait(lambda r: r["analysis"]["faces"] == 1, "and the face")
            driver.screenshot(artifacts / "window-stream-back.png", still=False)
            assert resident(driver) - held < GROWTH
            driver.quit()
