"""Another process that sends a clip over the network: `tests.support.stream` and its end."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


def udp_address() -> str:
    """An address of loopback whose port nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return f"udp://127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def sending(
    clip: Path, address: str, seconds: float = 300.0, *, stamped: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """The process, for so long at most; killed at the end, if not before."""
    command = [sys.executable, "-m", "tests.support.stream", str(clip), address, str(seconds)]
    sender = subprocess.Popen([*command, "stamped" if stamped else "plain"], cwd=ROOT)
    try:
        yield sender
    finally:
        sender.kill()
        sender.wait()
