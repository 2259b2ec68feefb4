"""Media that the caller has open: their newest picture is drawn, and uploaded once."""

from __future__ import annotations

import numpy as np
import pytest

from engine.gpu import Gpu
from engine.media import Encoding, Picture, Source, SourceInfo
from engine.scene import new_media, new_scene
from passes import Renderer
from passes.media_textures import MediaTexture


class Shown(Source):
    """Answers with what a test puts there."""

    def __init__(self) -> None:
        self.picture = flat(0)
        self.closed = False

    @property
    def info(self) -> SourceInfo:
        return SourceInfo("shown", "shown", self.picture.size, 0, 0, None, "video")

    def frame(self, t: int) -> Picture:
        return self.picture

    def close(self) -> None:
        self.closed = True


def flat(value: int, size: tuple[int, int] = (32, 24)) -> Picture:
    return Picture((np.full((size[1], size[0], 3), value, np.uint8),), Encoding())


def test_the_newest_picture_is_drawn_and_uploaded_once(
    gpu: Gpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = new_scene(new_media("/a/camera", (32, 24)))
    shown = Shown()
    loads: list[Picture] = []
    load = MediaTexture.load

    def counted(texture: MediaTexture, picture: Picture) -> None:
        loads.append(picture)
        load(texture, picture)

    monkeypatch.setattr(MediaTexture, "load", counted)
    with Renderer(scene, gpu=gpu, samples=1, sources=lambda index: shown) as renderer:

        def seen(frame: int) -> int:
            return int(renderer.render(frame).display()[12, 16, 0])

        for value in (0, 255, 0):
            shown.picture = flat(value)
            assert (seen(1001) > 128) == (value > 128)
            seen(1002)
            seen(1003)
        assert len(loads) == 3
        shown.picture = flat(255, (64, 48))  # a source may change its size
        assert seen(1001) > 128
        assert len(loads) == 4
    assert not shown.closed  # it is the caller's
