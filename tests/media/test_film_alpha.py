"""Alpha of films: it is read where it lies beside the pictures, and opaque is exactly 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from engine.media import Alpha, open_source, to_linear

W, H = 160, 90
yy, xx = np.mgrid[0:H, 0:W]
DISC = (xx + 0.5 - W / 2) ** 2 + (yy + 0.5 - H / 2) ** 2 < 25**2


def write_disc(path: Path, codec: str, pixel_format: str, options: dict[str, str]) -> None:
    """A film of three frames of grey 200, opaque in a disc and nowhere else."""
    rgba = np.full((H, W, 4), 200, np.uint8)
    rgba[..., 3] = np.where(DISC, 255, 0)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=24, options=options)
        stream.width, stream.height, stream.pix_fmt = W, H, pixel_format
        for number in range(3):
            if pixel_format == "rgba64be":
                frame = av.VideoFrame.from_ndarray(rgba.astype(np.uint16) * 257, pixel_format)
            else:
                frame = av.VideoFrame.from_ndarray(rgba, "rgba").reformat(format=pixel_format)
                _fill_alpha(frame)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _fill_alpha(frame: av.VideoFrame) -> None:
    """Opaque by the largest number of the format's bits."""
    if not frame.format.name.startswith(("yuva", "gbra")):
        return
    bits = frame.format.components[3].bits
    plane: Any = frame.planes[3]
    kind = np.dtype(np.uint8 if bits == 8 else np.uint16)
    lines = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    values = np.where(DISC, 2**bits - 1, 0).astype(kind)
    lines[:, : W * kind.itemsize] = values.view(np.uint8)


VPX = {"auto-alt-ref": "0", "deadline": "realtime", "cpu-used": "5", "crf": "4", "b": "4M"}
FILMS = [
    ("a.webm", "libvpx", "yuva420p", VPX, 0.02),
    ("b.webm", "libvpx-vp9", "yuva420p", VPX, 0.02),
    ("c.mkv", "libvpx-vp9", "yuva420p", VPX, 0.02),
    ("d.mov", "prores_ks", "yuva444p10le", {"profile": "4444", "alpha_bits": "16"}, 0.0),
    ("e.mov", "prores_ks", "yuva444p10le", {"profile": "4444", "alpha_bits": "8"}, 0.0),
    ("f.mov", "png", "rgba", {}, 0.0),
    ("g.mov", "png", "rgba64be", {}, 0.0),
    ("h.mov", "qtrle", "argb", {}, 0.0),
    *((f"i{n}.mkv", "ffv1", n, {}, 0.0) for n in ("yuva420p", "yuva422p", "yuva420p10le")),
    *((f"i{n}.mkv", "ffv1", n, {}, 0.0) for n in ("yuva422p10le", "yuva422p12le")),
    *((f"i{n}.mkv", "ffv1", n, {}, 0.0) for n in ("yuva444p12le", "yuva444p16le", "yuva444p9le")),
    *((f"i{n}.mkv", "ffv1", n, {}, 0.0) for n in ("gbrap10le", "gbrap12le", "gbrap16le")),
]


@pytest.mark.parametrize(("name", "codec", "pixel_format", "options", "tolerance"), FILMS)
def test_the_alpha_of_a_film_is_its_own(
    name: str,
    codec: str,
    pixel_format: str,
    options: dict[str, str],
    tolerance: float,
    tmp_path: Path,
) -> None:
    """Number 5: WebM was opaque, and opaque ProRes 4444 was 0.9995."""
    path = tmp_path / name
    write_disc(path, codec, pixel_format, options)
    source = open_source(path)
    for t in (0, 2, 1):  # forward and back
        picture = source.frame(t)
        assert picture.encoding.alpha is Alpha.STRAIGHT
        alpha = to_linear(picture)[..., 3]
        inner = (xx - W / 2) ** 2 + (yy - H / 2) ** 2
        assert alpha[inner < 20**2] == pytest.approx(1, abs=tolerance)
        assert alpha[inner > 30**2] == pytest.approx(0, abs=tolerance)
        if not tolerance:
            assert alpha[DISC].min() == 1.0 and alpha[~DISC].max() == 0.0
    source.close()


def planar(pixel_format: str, values: npt.NDArray[Any]) -> av.VideoFrame:
    """A frame whose planes all hold `values`, 8 x 8."""
    frame = av.VideoFrame(8, 8, pixel_format)
    for plane in frame.planes:
        target: Any = plane
        lines = np.frombuffer(target, np.uint8).reshape(target.height, target.line_size)
        lines[:, : 8 * values.itemsize] = values.view(np.uint8)[: target.height]
    return frame


@pytest.mark.parametrize("bits", [9, 10, 12, 14, 16])
@pytest.mark.parametrize("kind", ["yuv444p{}le", "yuv444p{}be", "gbrp{}le", "gbrp{}be", "gray{}le"])
def test_white_of_every_bit_depth_is_one(kind: str, bits: int) -> None:
    from engine.media.colour import working_space
    from engine.media.planes import picture_of

    order = "<u2" if "le" in kind else ">u2"
    values = np.full((8, 8), 2**bits - 1, order)
    frame = planar(kind.format(bits), values)
    frame.color_range = 2
    if kind.startswith("yuv"):  # white has no chroma
        for plane in frame.planes[1:]:
            target: Any = plane
            lines = np.frombuffer(target, np.uint8).reshape(target.height, target.line_size)
            lines[:, :16] = np.full((8, 8), 2 ** (bits - 1), order).view(np.uint8)
    picture = picture_of(frame, 0, working_space())
    assert to_linear(picture)[..., :3] == pytest.approx(1, abs=1e-6)
    assert picture.encoding.bits == (bits if kind.startswith("yuv") else 16)


def test_grey_with_alpha_keeps_both(write_video: Any) -> None:
    """The mate of PNG in MOV: grey and alpha were made RGB, without the alpha."""
    values = np.tile(np.array([[100, 255], [30, 0]], np.uint8).reshape(1, 4), (8, 4))
    picture = open_source(write_video("a.mov", "png", "ya8", [[values]], (8, 8))).frame(0)
    assert picture.channels == 2 and picture.encoding.alpha is Alpha.STRAIGHT
    assert np.array_equal(picture.planes[0][0, :2], [[100, 255], [30, 0]])
