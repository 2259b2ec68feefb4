"""A take rendered again: each frame from what it was drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType

import numpy as np

from engine.errors import MediaError, SceneError
from engine.gpu import Gpu
from engine.media import (
    AnalysisResult,
    Picture,
    Source,
    SourceInfo,
)
from engine.scene import EvaluatedCamera, EvaluatedZMap
from models import ANSWERS
from passes import RenderedFrame, Renderer
from passes.outputs import Names
from ui.take_lines import Kind, View
from ui.take_reading import Row, Take


class _Replayed(Source):
    """Answers with the picture that the current frame was drawn from."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._shown: tuple[int, Picture] | None = None
        self.row: Row | None = None

    @property
    def info(self) -> SourceInfo:
        return self._source.info

    def frame(self, t: int) -> Picture:
        assert self.row is not None
        wanted = self.row.frame.source
        if wanted is None:
            raise MediaError(f"frame {self.row.frame.frame} of the take has no source picture.")
        if self._shown is None or self._shown[0] != wanted:
            self._shown = wanted, _as_it_was(self._source.frame(wanted), self.row.kind)
        return self._shown[1]

    def close(self) -> None:
        self._source.close()


class TakeRenderer:
    """Renders the frames of a take as a `Renderer` renders those of a document."""

    def __init__(
        self,
        take: Take,
        *,
        size: tuple[int, int] | None = None,
        passes: Names = ("beauty",),
        views: Sequence[str] = ("beauty",),
        samples: int = 8,
        gpu: Gpu | None = None,
    ) -> None:
        """See `Renderer`; size: that of the recording by default."""
        if not take.rows:
            raise SceneError(f"{take.path}: nothing was recorded in this take")
        self.take = take
        self._state = next(iter(take.rows.values())).state
        self._live = any(row.frame.source is not None for row in take.rows.values())
        self._source = _Replayed(take.open_source()) if self._live else None
        self._row: Row | None = None
        self._results: dict[int, AnalysisResult] = {}
        self.renderer = Renderer(
            take.scene(self._state),
            self,
            size=size or take.head.size,
            passes=passes,
            views=views,
            samples=samples,
            gpu=gpu,
            sources=self._given,
        )

    def __enter__(self) -> TakeRenderer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def warnings(self) -> list[str]:
        return self.renderer.warnings

    def stats(self) -> dict[str, float]:
        """See `Renderer.stats`."""
        return self.renderer.stats()

    def render(self, frame: int) -> RenderedFrame:
        """Draw a recorded frame, by its number in the recording. Raises RilievoError."""
        row = self.take.row(frame)
        self._row = row
        if self._source is not None:
            self._source.row = row
        if row.state != self._state:
            self._state = row.state
            self.renderer.show(self.take.scene(row.state))
        evaluated = self.renderer.scene.evaluate(row.frame.at)
        evaluated = replace(evaluated, camera=_camera(row.frame.camera), frame=frame)
        encoder = self.renderer.gpu.device.create_command_encoder()
        evaluated = self.renderer.encode(evaluated, encoder, at=row.frame.at)
        rendered = self.renderer.read_back(evaluated, encoder)
        self.renderer.submit(encoder)
        return rendered

    def result(self, z_map: EvaluatedZMap, frame: int) -> AnalysisResult | None:
        """What the map was drawn with then; None where there was nothing yet."""
        assert self._row is not None
        number = self._row.frame.results.get(z_map.id)
        if number is None:
            return None
        if number not in self._results:
            if len(self._results) > 8:
                self._results.clear()
            self._results[number] = self.take.result(number)
        found = self._results[number]
        if type(found) is not ANSWERS.get(z_map.analysis):
            raise SceneError(
                f"{self.take.path}: result {number}, which frame {self._row.frame.frame} was drawn"
                f" with, is none of the analysis {z_map.analysis.value}"
            )
        return found

    def close(self) -> None:
        """Free everything."""
        self.renderer.close()
        if self._source is not None:
            self._source.close()
        self.take.close()

    def _given(self, index: int) -> Source | None:
        return self._source if index == self.take.head.live else None


def _as_it_was(picture: Picture, kind: Kind | None) -> Picture:
    """With the meaning that the source gave its numbers, and without the movie's padding. Raises
    MediaError where the movie's pictures are of another kind."""
    if kind is None:
        return picture
    have = [plane.shape[:2] for plane in picture.planes]
    fits = len(have) == len(kind.shapes) and all(
        height - rows in (0, 1) and width - columns in (0, 1)
        for (height, width), (rows, columns) in zip(have, kind.shapes, strict=True)
    )
    if not fits:
        raise MediaError("the pictures of the take's source are not of the kind that its log says.")
    planes = tuple(
        np.ascontiguousarray(plane[:rows, :columns])
        for plane, (rows, columns) in zip(picture.planes, kind.shapes, strict=True)
    )
    return replace(picture, planes=planes, encoding=kind.encoding)


def _camera(view: View) -> EvaluatedCamera:
    return EvaluatedCamera(
        id=view.id,
        world=np.array(view.world, np.float64),
        tan_half=view.tan_half,
        shift=view.shift,
        near=view.near,
        far=view.far,
        clip=view.clip,
    )
