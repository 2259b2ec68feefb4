"""Which thread gets the processor when there is too little of it for all."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

BEHIND = 10
"""By how much what may wait is nicer than the program: about a tenth of the share of the rest."""
NICEST = 19


def step_back() -> None:
    """Let this thread, and those that it starts, run where the others leave room.

    A network takes all cores it can get, and where the processor draws the picture too, each frame
    waited for it: 120 ms in place of 64 on two busy cores. A late depth is held for a moment; a
    late picture is seen. Only under Linux, where threads have nice values of their own.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        program = os.getpriority(os.PRIO_PROCESS, os.getpid())  # of its first thread
        behind = min(program + BEHIND, NICEST)
        behind = max(behind, os.getpriority(os.PRIO_PROCESS, thread))
        with suppress(OSError):  # a courtesy: without it the depth comes all the same
            os.setpriority(os.PRIO_PROCESS, thread, behind)
