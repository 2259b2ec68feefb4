"""Face Analysis of one picture: find the faces, then the mesh of each."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.media.picture import FaceMesh, FaceResult
from models import runtime, shipped
from models.face import canonical
from models.face.body import pose_of, with_body
from models.face.crop import Floats, Pyramid, Rgb
from models.face.detector import find
from models.face.landmarks import fit, follow
from models.face.overlap import box, overlap
from models.face.relief import relief
from models.face.subdivide import Subdivision

FINEST = 2
"""Levels of subdivision of a face's mesh."""

SAME = 0.5  # intersection over union of two meshes' boxes above which they are one face


@dataclass(frozen=True, slots=True)
class _Networks:
    detector: runtime.Network
    landmarks: runtime.Network
    shape: canonical.CanonicalFace
    fine: tuple[Subdivision, ...]
    """By level of subdivision."""


class FaceAnalysis:
    """The two face networks, loaded at first use and once. Safe to call from several threads."""

    def __init__(
        self,
        provider: str = "auto",
        *,
        thorough: bool = True,
        folder: Path | None = None,
    ) -> None:
        """provider: see `models.runtime.choose`. thorough: also look for small and turned faces
        (see `detector.find`): at 1920 x 1080 on two cores 28 ms against 19 where there is a face,
        80 against 3 where there is none. folder: where the weights are; the shipped ones by
        default. Nothing is read yet."""
        self._provider = provider
        self._thorough = thorough
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: _Networks | None = None

    def _networks(self) -> _Networks:
        with self._lock:
            if self._loaded is None:
                shape = canonical.load(self._folder)
                self._loaded = _Networks(
                    self._network("face detector", shipped.FACE_DETECTOR),
                    self._network("face landmarks", shipped.FACE_LANDMARKS),
                    shape,
                    tuple(
                        Subdivision(shape.triangles, shape.rim, levels)
                        for levels in range(FINEST + 1)
                    ),
                )
            return self._loaded

    def _network(self, name: str, file: str) -> runtime.Network:
        # Two threads take half as much again of the processor, and no less time (22 ms a face).
        content = shipped.read(file, self._folder)
        return runtime.load(name, content, self._provider, most_threads=1)

    @property
    def messages(self) -> tuple[str, ...]:
        """What the user should know about how the networks run; empty before the first use."""
        loaded = self._loaded
        if loaded is None:
            return ()
        return tuple(n.message for n in (loaded.detector, loaded.landmarks) if n.message)

    def analyse(
        self,
        rgb: Rgb,
        pixel_aspect: float = 1.0,
        *,
        seen: Sequence[FaceMesh] = (),
        search: bool = True,
        bust: bool = False,
        outlined: bool = False,
        detail: int = FINEST,
    ) -> FaceResult:
        """The faces of a picture, largest first.

        rgb: (h, w, 3) uint8, display-referred sRGB. pixel_aspect: width of a pixel over its height;
        then x of the result is in picture pixels as always, and z in the unit of y. The triangles
        are counter-clockwise as seen on screen. bust: with the head and shoulders around each face.
        outlined: these with the person's outline (see `with_body`). detail: levels of subdivision
        of the meshes, 0 to `FINEST`. A picture without a face gives a result without faces. Raises
        AnalysisError when the networks cannot be loaded.

        seen: the faces of the picture just before, of the same size: they are followed, which is
        half the work. search: look for others as well; one that was lost is looked for in any case.
        """
        networks = self._networks()
        pyramid = Pyramid(rgb, pixel_aspect)
        stretch = np.array([pixel_aspect, 1.0])
        faces: list[FaceMesh] = []
        for before in seen:
            points = before.points[: canonical.POINTS, :2].astype(np.float64) * stretch
            fitted = follow(networks.landmarks, pyramid, points, networks.shape.mirror)
            if fitted is not None:
                _add(faces, _mesh(fitted, before.score, networks, pixel_aspect, detail))
        if search or not faces or len(faces) < len(seen):
            self._search(networks, pyramid, pixel_aspect, detail, faces)
        faces.sort(key=_area, reverse=True)
        height, width = rgb.shape[:2]
        result = FaceResult((width, height), tuple(faces))
        if not bust:
            return result
        picture = rgb if outlined else None
        return FaceResult(
            result.size,
            tuple(self.with_bust(face, pixel_aspect, picture, faces) for face in faces),
        )

    def with_bust(
        self,
        face: FaceMesh,
        pixel_aspect: float = 1.0,
        rgb: Rgb | None = None,
        faces: Sequence[FaceMesh] = (),
    ) -> FaceMesh:
        """A face that was found with its head and shoulders: see `with_body`. faces: all of the
        picture."""
        others = [other for other in faces if other is not face]
        return with_body(face, self._networks().shape, pixel_aspect, rgb=rgb, others=others)

    def _search(
        self,
        networks: _Networks,
        pyramid: Pyramid,
        pixel_aspect: float,
        detail: int,
        faces: list[FaceMesh],
    ) -> None:
        """Find faces, and add those that are not among `faces`."""
        known = [_box(face, pixel_aspect) for face in faces]
        for found in find(networks.detector, pyramid, thorough=self._thorough):
            x, y, *_ = found.box
            at = [left < x < right and top < y < bottom for left, top, right, bottom in known]
            if any(at):
                index = at.index(True)
                faces[index] = replace(faces[index], score=max(faces[index].score, found.score))
                continue
            fitted = fit(networks.landmarks, pyramid, found, networks.shape.mirror)
            if fitted is not None:
                # Two windows may each have found a part of one face: their meshes coincide.
                _add(faces, _mesh(fitted, found.score, networks, pixel_aspect, detail))


def _mesh(
    fitted: tuple[Floats, float],
    score: float,
    networks: _Networks,
    pixel_aspect: float,
    detail: int,
) -> FaceMesh:
    landmarks, presence = fitted
    fine = networks.fine[detail]
    points = relief(landmarks, fine)
    points[:, 0] /= pixel_aspect
    face = FaceMesh(points.astype(np.float32), fine.triangles, fine.rim, min(score, presence))
    return replace(face, scale=pose_of(face, networks.shape, pixel_aspect).scale)


def _add(faces: list[FaceMesh], face: FaceMesh) -> None:
    """Add a face that is not one of them already."""
    if all(overlap(face, other) < SAME for other in faces):
        faces.append(face)


def _box(face: FaceMesh, pixel_aspect: float) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) in square pixels."""
    low, high = box(face)
    left, right = float(low[0]) * pixel_aspect, float(high[0]) * pixel_aspect
    return left, float(low[1]), right, float(high[1])


def _area(face: FaceMesh) -> float:
    """Area inside the rim in square pixels (shoelace formula)."""
    rim = face.points[face.rim, :2].astype(np.float64)
    following = np.roll(rim, -1, axis=0)
    return 0.5 * abs(float(np.sum(rim[:, 0] * following[:, 1] - following[:, 0] * rim[:, 1])))
