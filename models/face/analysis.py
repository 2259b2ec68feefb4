"""Face Analysis of one picture: find the faces, then the mesh of each."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.media.picture import FaceMesh, FaceResult
from models import runtime, shipped
from models.face import canonical
from models.face.crop import Pyramid, Rgb, Window
from models.face.detector import Detection, detect, merge
from models.face.landmarks import landmarks, window_of_detection, window_of_points
from models.face.relief import relief

MIN_PRESENCE = 0.5


class FaceAnalysis:
    """The two face networks, loaded at first use and once. Safe to call from several threads."""

    def __init__(self, provider: str = "auto", folder: Path | None = None) -> None:
        """provider: see `models.runtime.choose`. folder: where the weights are; the shipped ones
        by default. Nothing is read yet."""
        self._provider = provider
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: tuple[runtime.Network, runtime.Network, canonical.CanonicalFace] | None = None

    def _networks(self) -> tuple[runtime.Network, runtime.Network, canonical.CanonicalFace]:
        with self._lock:
            if self._loaded is None:
                self._loaded = (
                    self._network("face detector", shipped.FACE_DETECTOR),
                    self._network("face landmarks", shipped.FACE_LANDMARKS),
                    canonical.load(self._folder),
                )
            return self._loaded

    def _network(self, name: str, file: str) -> runtime.Network:
        return runtime.load(name, shipped.read(file, self._folder), self._provider)

    @property
    def messages(self) -> tuple[str, ...]:
        """What the user should know about how the networks run; empty before the first use."""
        loaded = self._loaded
        if loaded is None:
            return ()
        return tuple(network.message for network in loaded[:2] if network.message)

    def analyse(self, rgb: Rgb) -> FaceResult:
        """The faces of a picture, largest first.

        rgb: (h, w, 3) uint8, display-referred sRGB. A picture without a face gives a result without
        faces. Raises AnalysisError when the networks cannot be loaded.
        """
        detector, mesher, shape = self._networks()
        pyramid = Pyramid(rgb)
        width, height = pyramid.size
        whole = Window(width / 2, height / 2, float(max(width, height)))
        faces: list[FaceMesh] = []
        for found in merge(detect(detector, pyramid, whole)):
            face = _mesh(mesher, pyramid, found, shape)
            if face is not None:
                faces.append(face)
        faces.sort(key=_area, reverse=True)
        return FaceResult((width, height), tuple(faces))


def _mesh(
    network: runtime.Network,
    pyramid: Pyramid,
    found: Detection,
    shape: canonical.CanonicalFace,
) -> FaceMesh | None:
    """The mesh of a detected face, or None where the landmark network sees none."""
    points, presence = landmarks(network, pyramid, window_of_detection(found))
    if presence < MIN_PRESENCE:
        return None
    # The detector's box and roll are coarse; the crop from the points themselves is the framing the
    # network was trained on, so a second look is more exact.
    points, presence = landmarks(network, pyramid, window_of_points(points))
    if presence < MIN_PRESENCE:
        return None
    score = min(found.score, presence)
    return FaceMesh(
        relief(points, shape).astype(np.float32), shape.triangles, shape.rim, float(score)
    )


def _area(face: FaceMesh) -> float:
    """Area of the rim in square pixels (shoelace formula)."""
    rim: npt.NDArray[np.float64] = face.points[face.rim, :2].astype(np.float64)
    following = np.roll(rim, -1, axis=0)
    return 0.5 * abs(float(np.sum(rim[:, 0] * following[:, 1] - following[:, 0] * rim[:, 1])))
