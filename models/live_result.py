"""What live analysis answers, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass

from engine.media import AnalysisResult, DepthMap, FaceAndDepth, FaceResult
from engine.scene import AnalysisType

ANSWERS: dict[AnalysisType, type[AnalysisResult]] = {
    AnalysisType.FACE: FaceResult,
    AnalysisType.GLOBAL: DepthMap,
    AnalysisType.FACE_GLOBAL: FaceAndDepth,
}
"""What each analysis says."""


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
    people; the reason where `working` is False. centimetres: see `FaceResult.centimetres`.
    network: what makes the depth of Global Analysis. flicker: of its depth as the network gives it
    and as it is shown, as shares of the range; NaN before it is known; None where there is none.
    nothing_found: faces were looked for in the newest picture, and it shows none.
    """

    running: bool
    working: bool
    score: float
    faces: int
    milliseconds: float
    per_second: float
    age: float | None
    message: str
    centimetres: float | None = None
    network: str = ""
    flicker: tuple[float, float] | None = None
    nothing_found: bool = False


class Joined:
    """Faces and the depth of the whole picture as one result: the same object until either of them
    is a newer one."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[LiveResult | None, LiveResult, LiveResult]] = {}

    def of(self, id: str, face: LiveResult | None, depth: LiveResult | None) -> LiveResult | None:
        """id: of the map. None before the first depth; without faces yet there are none in it."""
        if depth is None or not isinstance(depth.result, DepthMap):
            return None
        known = self._known.get(id)
        if known is not None and known[0] is face and known[1] is depth:
            return known[2]
        faces = face.result if face is not None else FaceResult((1, 1))
        assert isinstance(faces, FaceResult)
        older = depth if face is None or depth.captured <= face.captured else face
        both = LiveResult(
            FaceAndDepth(faces, depth.result),
            older.picture,
            older.captured,
            depth.milliseconds + (face.milliseconds if face is not None else 0.0),
            face.score if face is not None else 0.0,
            face.lost if face is not None else 0,
        )
        self._known[id] = face, depth, both
        return both
