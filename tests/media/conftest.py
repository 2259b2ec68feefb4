"""Real files to read: pictures written by OpenImageIO, videos encoded by PyAV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import OpenImageIO
import pytest
from OpenImageIO import ImageOutput, ImageSpec

WriteImage = Callable[..., str]
WriteVideo = Callable[..., str]


@pytest.fixture
def write_image(tmp_path: Path) -> WriteImage:
    """write_image(name, pixels, kind, names=None, window=None, **attributes) -> path.

    window: ((x, y) of the data, (x, y, w, h) of the display). In attributes `__` stands for `:`.
    """

    def write(
        name: str,
        pixels: npt.NDArray[Any],
        kind: str | None = None,
        names: Sequence[str] | None = None,
        window: tuple[tuple[int, int], tuple[int, int, int, int]] | None = None,
        **attributes: Any,
    ) -> str:
        path = str(tmp_path / name)
        height, width, channels = pixels.shape
        spec = ImageSpec(width, height, channels, kind or str(pixels.dtype).replace("32", ""))
        if names:
            spec.channelnames = tuple(names)
        if window:
            (spec.x, spec.y), full = window
            spec.full_x, spec.full_y, spec.full_width, spec.full_height = full
        for key, value in attributes.items():
            spec.attribute(key.replace("__", ":"), *(value if type(value) is tuple else (value,)))
        out = ImageOutput.create(path)
        assert out is not None, OpenImageIO.geterror()
        assert out.open(path, spec), out.geterror()
        assert out.write_image(np.ascontiguousarray(pixels)), out.geterror()
        assert out.close(), out.geterror()
        return path

    return write


@pytest.fixture
def write_video(tmp_path: Path) -> WriteVideo:
    """write_video(name, codec, pixel_format, frames, rate=25, options={}, tags={}, degrees=0).

    frames: for each a list of plane arrays (h, w) or (h, w * components), uint8 or uint16.
    """

    def write(
        name: str,
        codec: str,
        pixel_format: str,
        frames: Sequence[Sequence[npt.NDArray[Any]]],
        size: tuple[int, int],
        rate: int | Fraction = 25,
        options: Mapping[str, str] | None = None,
        tags: Mapping[str, int] | None = None,
        degrees: int = 0,
    ) -> str:
        path = str(tmp_path / name)
        with av.open(path, "w") as container:
            stream: Any = container.add_stream(codec, rate=rate, options=dict(options or {}))
            stream.width, stream.height = size
            stream.pix_fmt = pixel_format
            for key, value in (tags or {}).items():
                setattr(stream.codec_context, key, value)
            if degrees:
                stream.set_display_rotation(degrees)
            for number, planes in enumerate(frames):
                frame = av.VideoFrame(*size, pixel_format)
                for target, values in zip(frame.planes, planes, strict=True):
                    _fill(target, values)
                for key, value in (tags or {}).items():
                    setattr(frame, key, value)
                frame.pts = number
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return write


def _fill(target: Any, values: npt.NDArray[Any]) -> None:
    data = np.ascontiguousarray(values).view(np.uint8)
    lines = np.zeros((target.height, target.line_size), np.uint8)
    lines[:, : data.shape[1]] = data
    target.update(lines.tobytes())


@pytest.fixture
def noise() -> Callable[..., npt.NDArray[Any]]:
    """noise(height, width, peak, seed) -> uint8 or uint16 values 0..peak."""

    def make(height: int, width: int, peak: int = 255, seed: int = 0) -> npt.NDArray[Any]:
        kind = np.uint8 if peak < 256 else np.uint16
        return np.random.default_rng(seed).integers(0, peak, (height, width), kind, endpoint=True)

    return make
