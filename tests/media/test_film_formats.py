"""Film files that are not what they seem: lists of other films, codecs that nobody knows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import MediaError
from engine.media import open_source
from engine.media.inputs import live_input, open_input

DASH = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S">
<Period><AdaptationSet contentType="video"><Representation id="0" mimeType="video/mp4">
<BaseURL>good.mkv</BaseURL></Representation></AdaptationSet></Period></MPD>"""
LISTS = {
    "ffconcat": "ffconcat version 1.0\nfile 'good.mkv'\n",
    "HLS": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ngood.mkv\n#EXT-X-ENDLIST\n",
    "DASH": DASH,
    "SDP": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5 RTP/AVP 96\n",
    "ASF reference": "[Reference]\r\nRef1=good.mkv\r\n",
    "SMIL": "<smil><body><video src='good.mkv'/></body></smil>",
}


def good(write_video: Any, noise: Any, name: str, codec: str = "ffv1") -> str:
    planes = [noise(16, 16, 255, 1), noise(8, 8, 255, 2), noise(8, 8, 255, 3)]
    path: str = write_video(name, codec, "yuv420p", [planes] * 3, (16, 16))
    return path


@pytest.mark.parametrize("ending", ["mov", "mkv", "avi", "m3u8", "png"])
@pytest.mark.parametrize("kind", LISTS)
def test_a_list_of_films_is_named_and_not_followed(
    kind: str, ending: str, write_video: Any, noise: Any, tmp_path: Path
) -> None:
    """Number 39: FFmpeg opened whatever a list under another ending named."""
    good(write_video, noise, "good.mkv")
    path = tmp_path / f"film.{ending}"
    path.write_text(LISTS[kind])
    with pytest.raises(MediaError, match=f"list|stream \\({kind}") as raised:
        open_source(path)
    assert kind in str(raised.value) and "give one of the films" in str(raised.value)
    with pytest.raises(MediaError, match="not followed"):
        open_input(live_input(str(path)))


def test_a_list_with_words_before_it_is_not_followed_either(
    write_video: Any, noise: Any, tmp_path: Path
) -> None:
    """FFmpeg knows lists by their endings as well as by their first line."""
    good(write_video, noise, "good.mkv")
    path = tmp_path / "film.mov"
    path.write_text("\n\nffconcat version 1.0\nfile 'good.mkv'\n")
    with pytest.raises(MediaError):
        open_source(path)


@pytest.mark.parametrize("name", ["a.mkv", "a.avi"])
def test_a_codec_that_nobody_knows_is_said(
    name: str, write_video: Any, noise: Any, tmp_path: Path
) -> None:
    """Number 37: it was a traceback."""
    path = Path(good(write_video, noise, name))
    content = path.read_bytes().replace(b"V_FFV1", b"V_ZZZZ").replace(b"FFV1", b"ZZZZ")
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"codec.*convert it"):
        open_source(path)
    with pytest.raises(MediaError, match=r"codec.*convert it"):
        open_input(live_input(str(path)))


def test_pictures_still_pass_for_films(write_image: Any, tmp_path: Path) -> None:
    """A PNG that somebody called .mov was shown, and is."""
    path = write_image("a.png", np.full((8, 8, 3), 90, np.uint8))
    os.rename(path, tmp_path / "a.mov")
    assert open_source(tmp_path / "a.mov").frame(0).planes[0][0, 0].tolist() == [90, 90, 90]
