"""What live analysis answers, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass

from engine.media import AnalysisResult


@dataclass(frozen=True, slots=True)
class LiveResult:
    """result: smoothed. picture: the frame number of the picture it is from, captured: when that
    was taken (`time.monotonic`; of a file or still, when it was analysed). milliseconds: what the
    networks took. score: of the best face, 0 where none was found; of depth, its mean confidence.
    lost: faces that are held or sinking."""

    result: AnalysisResult
    picture: int
    captured: float
    milliseconds: float
    score: float
    lost: int


@dataclass(frozen=True, slots=True)
class LiveAnalysisStatus:
    """age: seconds since the analysed picture was taken, None before the first result.
    milliseconds: of the last analysis. per_second: analyses a second. message: one line for
    people; the reason where `working` is False. network: what makes the depth of Global Analysis.
    flicker: of its depth as the network gives it and as it is shown, as shares of the range; NaN
    before it is known; None where there is no such thing."""

    running: bool
    working: bool
    score: float
    faces: int
    milliseconds: float
    per_second: float
    age: float | None
    message: str
    network: str = ""
    flicker: tuple[float, float] | None = None
