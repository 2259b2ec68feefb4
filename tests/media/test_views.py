"""Stereo and multi-view EXR files: every picture and map of one view."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from engine.errors import MediaError
from engine.media import open_source
from engine.media.layers import depth_of, layers_of, picture_of_file, views_of
from engine.media.views import Part, views_in
from tests.support.layered import write_channels


def plane(value: float) -> Any:
    return np.full((4, 6), value, np.float32)


def eye(value: float, prefix: str = "", depth: str = "Z") -> dict[str, Any]:
    """Colours of that value, and a depth ten times as large."""
    colours = {f"{prefix}{name}": plane(value) for name in "RGB"}
    return {**colours, f"{prefix}{depth}": plane(10 * value)}


def by_attribute(path: Path, names: tuple[str, str] = ("", "")) -> Path:
    """Parts with the attribute `view`, the right eye first."""
    parts = []
    for view, name, value in (("right", names[0], 2.0), ("left", names[1], 1.0)):
        header = {"type": OpenEXR.scanlineimage, "view": view}
        parts.append(OpenEXR.Part(header, eye(value), name or view))
    OpenEXR.File(parts).write(str(path))
    return path


def by_multi_view(path: Path) -> Path:
    """One part with the attribute `multiView`, whose first view is named nowhere else."""
    right = {f"right.{name}": plane(2.0) for name in "RGB"} | {"depth.right.Z": plane(20.0)}
    return write_channels(
        path, {**eye(1.0, depth="depth.Z"), **right}, {"multiView": ["left", "right"]}
    )


def by_names(path: Path) -> Path:
    """No attribute at all: `left.R`, `right.R`."""
    return write_channels(path, {**eye(2.0, "right."), **eye(1.0, "left.")})


def by_half_of_the_names(path: Path) -> Path:
    """Only the other eye is named."""
    return write_channels(path, {**eye(1.0), **eye(2.0, "right.")})


def by_part_names(path: Path) -> Path:
    """Parts whose names hold the eye."""
    parts = []
    for view, value in (("right", 2.0), ("left", 1.0)):
        for kind, wanted in (("rgba", "RGB"), ("depth", "Z")):
            channels = {name: eye(value)[name] for name in wanted}
            header = {"type": OpenEXR.scanlineimage}
            parts.append(OpenEXR.Part(header, channels, f"{kind}_{view}"))
    OpenEXR.File(parts).write(str(path))
    return path


@pytest.mark.parametrize(
    "write", [by_attribute, by_multi_view, by_names, by_half_of_the_names, by_part_names]
)
def test_picture_and_depth_are_of_one_view(write: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "stereo.exr")
    assert views_of(path) == ("left", "right")
    for view, value in ((None, 1.0), ("left", 1.0), ("right", 2.0)):
        picture, depth = picture_of_file(path, view), depth_of(path, view)
        assert picture is not None and depth is not None
        for found, expected in ((picture, value), (depth, 10 * value)):
            assert found.view == (view or "left")
            source = open_source(path, layer=found.layer, part=found.part, view=found.view)
            got = source.frame(0).planes[0]
            assert got.shape[2] == (3 if found is picture else 1) and (got == expected).all()
        assert {layer.view for layer in layers_of(path, view)} == {view or "left"}


def test_a_hero_comes_first_and_one_view_is_none() -> None:
    parts = [Part("a", ("R", "G", "B"), "left"), Part("b", ("R", "G", "B"), "hero")]
    assert views_in(parts) == ("hero", "left")
    assert views_in(parts[:1]) == ()
    assert views_in([Part("", ("R", "G", "B", "left.R"))]) == ()
    assert views_in([Part("", ("R", "G", "B", "right_arm.R"))]) == ()
    cameras = [Part("", ("R", "G", "B", "cam2.R"), "", ("cam1", "cam2"))]
    assert views_in(cameras) == ("cam1", "cam2")


def test_without_a_view_the_channels_come_as_they_did(tmp_path: Path) -> None:
    """As documents have them that know no views."""
    path = by_attribute(tmp_path / "stereo.exr")
    assert (open_source(path).frame(0).planes[0] == 2.0).all()
    assert (open_source(path, part=1).frame(0).planes[0] == 1.0).all()


def test_a_view_that_is_not_there(tmp_path: Path) -> None:
    path = by_names(tmp_path / "stereo.exr")
    with pytest.raises(MediaError, match=r"no view 'rihgt': it has left, right"):
        open_source(path, view="rihgt")
    plain = write_channels(tmp_path / "plain.exr", eye(1.0))
    with pytest.raises(MediaError, match=r"no view 'right': it has only one"):
        open_source(plain, view="right")
    with pytest.raises(MediaError, match=r"is a video, which has no view"):
        open_source(tmp_path / "a.mov", view="right")
    # A layer that only the other view has is not taken from there.
    path = write_channels(
        tmp_path / "half.exr", {**eye(1.0), **{f"right.{c}": plane(2.0) for c in "RGB"}}
    )
    assert depth_of(path, "right") is None
    with pytest.raises(MediaError, match="no layer 'Z': it has B, G, R"):
        open_source(path, layer="Z", view="right")
