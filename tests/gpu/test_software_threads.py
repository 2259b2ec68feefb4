"""llvmpipe's threads, each on a core of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.gpu import Gpu

ROOT = Path(__file__).parents[2]
TOLD = """
import json, os
from pathlib import Path
from engine.gpu import open_gpu
gpu = open_gpu()
found = []
for task in Path("/proc/self/task").iterdir():
    name = (task / "comm").read_text().strip()
    found.append((name, sorted(os.sched_getaffinity(int(task.name)))))
print(json.dumps(found))
gpu.close()
"""


@pytest.fixture
def cores(gpu: Gpu) -> list[int]:
    if sys.platform != "linux" or "llvmpipe" not in gpu.summary:
        pytest.skip("only llvmpipe's threads under Linux are told by their names")
    return sorted(os.sched_getaffinity(0))


def threads(**environment: str) -> list[tuple[str, list[int]]]:
    """Name and cores of each thread of a program that has just opened the device."""
    done = subprocess.run(
        [sys.executable, "-c", TOLD], cwd=ROOT, capture_output=True, text=True, timeout=60,
        check=True, env=os.environ | environment,
    )  # fmt: skip
    return [(name, cores) for name, cores in json.loads(done.stdout)]


def test_each_rasterising_thread_has_a_core_and_all_else_goes_anywhere(cores: list[int]) -> None:
    found = threads(LP_NUM_THREADS=str(len(cores)))
    for number, core in enumerate(cores):
        own = [at for name, at in found if name == f"llvmpipe-{number}"]
        assert own
        assert all(at == [core] for at in own)
    others = [at for name, at in found if not name.startswith("llvmpipe-")]
    assert all(at == cores for at in others)


def test_threads_that_are_no_pair_with_the_cores_stay_as_they_are(cores: list[int]) -> None:
    found = threads(LP_NUM_THREADS=str(len(cores) + 1))
    assert f"llvmpipe-{len(cores)}" in {name for name, _ in found}
    assert all(at == cores for _, at in found)
