"""The adapter the tests run on: opened once, named in the header, and guarded.

A run that silently tests another adapter than the one meant proves nothing. Set
`RILIEVO_EXPECT_ADAPTER` to a part of the adapter's name ("llvmpipe"), and a run on any other
stops before its first test.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import pytest

from engine.errors import DeviceError
from engine.gpu import Gpu, open_gpu

EXPECT = "RILIEVO_EXPECT_ADAPTER"


@dataclass
class SharedGpu:
    """One device for the whole run, opened when it is first asked for."""

    _gpu: Gpu | None = field(default=None, init=False)
    _error: DeviceError | None = field(default=None, init=False)

    def open(self) -> Gpu:
        """The device. Raises DeviceError, the same each time, where there is none."""
        if self._error is not None:
            raise self._error
        if self._gpu is None:
            try:
                self._gpu = open_gpu()
            except DeviceError as error:
                self._error = error
                raise
        return self._gpu

    def describe(self) -> str:
        """One line for the header."""
        try:
            return f"adapter: {self.open().summary}"
        except DeviceError as error:
            return f"adapter: none ({error})"

    def guard(self, expected: str | None) -> None:
        """End the run where `expected` is no part of the adapter's name."""
        if not expected:
            return
        found = self.describe()
        if expected.lower() not in found.lower():
            pytest.exit(f"{EXPECT} asks for {expected!r}, but {found}", returncode=1)

    def close(self) -> None:
        if self._gpu is not None:
            self._gpu.close()
            self._gpu = None


def expected_adapter() -> str | None:
    """What the environment asks for."""
    return os.environ.get(EXPECT)
