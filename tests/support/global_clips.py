"""Documents of clips with Global Analysis, and what is asked of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.media import DepthMap, open_source
from engine.scene import (
    AnalysisType,
    EvaluatedZMap,
    Scene,
    new_media,
    new_scene,
)
from models import Analyses
from models.cache import ResultCache
from models.raw_depth import DepthNet
from tests.support import depth_parts
from tests.support.depth_parts import Averaged, RedIsNear


def document(path: Path, pixel_aspect: float = 1.0) -> Scene:
    source = open_source(path)
    info = source.info
    source.close()
    media = new_media(
        path, info.size, kind=info.kind, first=info.first, last=info.last, fps=info.fps,
        pixel_aspect=pixel_aspect,
    )  # fmt: skip
    return new_scene(media, analysis=AnalysisType.GLOBAL)


def map_of(scene: Scene, frame: int, **changes: object) -> EvaluatedZMap:
    found = scene.evaluate(frame).surfaces[0].z_map
    assert found is not None
    return replace(found, **changes)  # type: ignore[arg-type]


def made(
    scene: Scene, folder: Path | None = None, net: DepthNet | None = None, **more: object
) -> Analyses:
    cache = ResultCache(folder)
    steady = more.pop("steady", None)
    assert isinstance(steady, Averaged | None)
    rules = depth_parts.rules(steady, str(more.pop("version", "1")))
    network = net or RedIsNear()
    return Analyses(
        scene,
        "cpu",
        cache=cache,
        networks=lambda _: network,
        rules=rules,
        **more,  # type: ignore[arg-type]
    )


def ask(analyses: Analyses, frame: int, **changes: object) -> DepthMap:
    result = analyses.result(map_of(analyses.scene, frame, **changes), frame)
    assert isinstance(result, DepthMap)
    return result
