"""Which cameras there are, and the clocks of live pictures."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import MediaError
from engine.media.clock import Backlog, Pace, Rate, capture_time
from engine.media.devices import Device, cameras, find_device, list_devices
from engine.media.inputs import live_input, open_input, pinned


def sysfs(folder: Path, nodes: dict[str, tuple[str, str]]) -> Path:
    for node, (name, index) in nodes.items():
        (folder / node).mkdir()
        (folder / node / "name").write_text(name + "\n")
        (folder / node / "index").write_text(index + "\n")
    return folder


def test_linux_lists_one_entry_a_camera(tmp_path: Path) -> None:
    nodes = {
        "video10": ("Capture Card", "0"),
        "video0": ("Logi HD: Logi HD", "0"),
        "video1": ("Logi HD: Logi HD", "1"),  # the same camera's metadata
    }
    found = cameras("linux", sysfs(tmp_path, nodes))
    assert [(d.index, d.name, d.address, d.source) for d in found] == [
        (0, "Logi HD: Logi HD", "/dev/video0", "camera:0"),
        (1, "Capture Card", "/dev/video10", "camera:1"),
    ]
    assert find_device("camera", "1", found) is found[1]
    assert find_device("camera", "logi", found) is found[0]
    assert find_device("camera", "/dev/video10", found) is found[1]
    with pytest.raises(MediaError, match=r"no camera 7: choose 0 \(Logi HD: Logi HD\), 1"):
        find_device("camera", "7", found)


def test_an_unplugged_camera_is_not_mistaken_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Device("camera", 0, "Logi HD", "/dev/video0")
    other = Device("camera", 0, "Capture Card", "/dev/video2")
    monkeypatch.setattr("engine.media.inputs.cameras", lambda: [first])
    monkeypatch.setattr("engine.media.inputs.sys.platform", "linux")
    held = pinned(live_input("0", size=(640, 480)))
    assert (held.address, held.size) == ("Logi HD", (640, 480))
    monkeypatch.setattr("engine.media.inputs.cameras", lambda: [other])
    with pytest.raises(MediaError, match=r"no camera Logi HD: choose 0 \(Capture Card\)"):
        open_input(held)
    assert pinned(live_input("/a.mp4")) == live_input("/a.mp4")


def test_no_camera_is_said(tmp_path: Path) -> None:
    assert cameras("linux", tmp_path / "nothing") == []
    with pytest.raises(MediaError, match="there is no camera 0: this machine has none"):
        find_device("camera", "0", [])


def test_a_camera_without_permission_is_listed_and_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.path.exists", lambda _: True)
    monkeypatch.setattr("os.access", lambda *_: False)
    (found,) = cameras("linux", sysfs(tmp_path, {"video0": ("Eye", "0")}))
    with pytest.raises(MediaError, match=r"camera Eye \(/dev/video0\) may not be opened"):
        find_device("camera", "0", [found])


def test_this_machine_can_be_asked() -> None:
    for device in list_devices():
        assert device.source.startswith((f"{device.kind}:",))


@given(st.floats(0.0, 1.9), st.booleans())
@settings(deadline=None, max_examples=20)
def test_a_stamp_of_either_clock_tells_when_it_was_taken(ago: float, of_day: bool) -> None:
    now = time.monotonic()
    stamp = time.time() - ago if of_day else now - ago
    assert capture_time(stamp, now) == pytest.approx(now - ago, abs=0.05)


@given(st.floats(-1e9, 1e9))
@settings(deadline=None, max_examples=50)
def test_a_stamp_never_lies_by_more_than_two_seconds(stamp: float) -> None:
    now = time.monotonic()
    assert now - 2.0 <= capture_time(stamp, now) <= now
    assert capture_time(None, now) == now


def test_rates() -> None:
    rate = Rate()
    assert rate.per_second(0.0) == 0.0
    for n in range(100):
        rate.add(n / 25)
    assert rate.per_second(99 / 25) == pytest.approx(25.0, rel=0.01)
    assert rate.per_second(99 / 25 + 1.0) < 20.0
    assert rate.per_second(99 / 25 + 3.0) == 0.0


def test_pace_keeps_the_rhythm_over_rounds_and_starts_again_after_sleep() -> None:
    pace = Pace()
    due = [pace.due(n / 10, 50.0 + n / 10) for n in range(3)]
    pace.next_round()
    due += [pace.due(n / 10, 50.3 + n / 10) for n in range(3)]
    assert due == pytest.approx([50.0, 50.1, 50.2, 50.3, 50.4, 50.5])
    assert pace.due(0.3, 90.0) == 90.0


def test_backlog_tells_a_slow_program_from_a_slow_line() -> None:
    slow = Backlog()
    behind = [slow.behind(n / 30, 100 + n / 20) for n in range(60)]  # decodes 20 of 30 a second
    assert behind[0] == 0.0 and behind[-1] == pytest.approx(59 / 20 - 59 / 30, abs=0.1)
    line = Backlog()
    assert all(line.behind(n / 30, 100 + n / 30 + 0.02 * (n % 2)) < 0.03 for n in range(60))
    late = [line.behind(n / 30, 100.5 + n / 30) for n in range(60, 1500)]  # now half a second later
    assert late[0] == pytest.approx(0.5, abs=0.03) and late[-1] == 0.0
    assert line.behind(0.0, 200.0) == 0.0  # the stream began again
