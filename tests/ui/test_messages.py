"""Messages begin with a capital letter, but names are what they are."""

from __future__ import annotations

import pytest

from ui.window.messages import Messages


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("the disk is full", "The disk is full"),
        ("camera 3 is in use", "Camera 3 is in use"),
        ("udp://127.0.0.1:5 is lost", "udp://127.0.0.1:5 is lost"),
        ("clip.mp4 has come to its end", "clip.mp4 has come to its end"),
        ("/a/take.mkv could not be written", "/a/take.mkv could not be written"),
    ],
)
def test_names_are_left_as_they_are(
    said: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = Messages()
    messages.warn(said)
    assert [entry.text for entry in messages.entries] == [shown]
    assert capsys.readouterr().err == f"rilievo: {said}\n"
