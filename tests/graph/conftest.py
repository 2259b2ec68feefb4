"""Graphs on the device, freed after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from engine.gpu import Gpu, PassTimer
from tests.support.graph_runner import Adder, Runner
from tests.support.passes import FakePass


@pytest.fixture
def run(gpu: Gpu) -> Iterator[Callable[..., Runner]]:
    runners: list[Runner] = []

    def make(*passes: FakePass, timer: PassTimer | None = None) -> Runner:
        runners.append(Runner(gpu, *passes, timer=timer))
        return runners[-1]

    yield make
    for runner in runners:
        runner.release()


@pytest.fixture(scope="session")
def adder(gpu: Gpu) -> Adder:
    return Adder(gpu)
