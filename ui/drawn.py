"""A frame that was drawn, with all that it was drawn from: what a recording takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.media import Picture
from engine.scene import EvaluatedFrame, Scene
from models import LiveResult
from passes import RenderedFrame


@dataclass(frozen=True, slots=True, eq=False)
class DrawnFrame:
    """rendered: its pixels, read back. time: what it is recorded under, seconds on
    `time.monotonic`: when its live picture was taken, or without one, when it was drawn. scene: the
    document as it was; evaluated: as it was drawn, seen by whatever camera. picture: the live one.
    results: what was known of each map, by its id. clock: seconds to add to the monotonic clock to
    get the time of day (Unix)."""

    rendered: RenderedFrame
    time: float
    scene: Scene
    evaluated: EvaluatedFrame
    picture: Picture | None = None
    results: Mapping[str, LiveResult] = field(default_factory=dict)
    clock: float = 0.0

    def display(self, name: str = "beauty") -> npt.NDArray[np.uint8]:
        """The picture as a person sees it: (h, w, 3)."""
        return self.rendered.display(name)

    @property
    def moment(self) -> str:
        """`time` as a time of day: 2026-05-01T12:00:00.123456Z."""
        moment = datetime.fromtimestamp(self.time + self.clock, UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    @property
    def attributes(self) -> dict[str, str | int | float]:
        """What its EXR header says of when it was taken."""
        found: dict[str, str | int | float] = {"captureTime": self.moment}
        if self.picture is not None:
            found["sourceFrame"] = self.picture.frame
        depths = [result.captured for result in self.results.values()]
        if depths:
            found["depthAge"] = self.time - min(depths)
        return found


def save_frame(frame: DrawnFrame, path: Path, number: int) -> None:
    """Write its passes as an EXR. Raises OutputError."""
    frame.rendered.save(path, number=number, extra=frame.attributes)
