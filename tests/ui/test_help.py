"""What a newcomer reads, and what a slip of the finger answers."""

from __future__ import annotations

import pytest

from engine.output.software import version
from tests.support.commands import Run, Shell

COMMANDS = ("new", "render", "open", "live", "demo", "models", "info")


def test_help_lists_every_command(run: Run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    for name in COMMANDS:
        assert f" {name} " in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_has_help_with_an_example(run: Run, name: str, flag: str) -> None:
    result = run(name, flag)
    assert result.exit_code == 0
    assert f"Example: rilievo {name}" in result.stdout


def test_examples_fit_a_terminal_of_eighty_columns(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for name in COMMANDS:
        lines = [line.strip() for line in run(name, "--help").stdout.splitlines()]
        for index, line in enumerate(lines):
            if line.startswith("Example:"):
                assert lines[index + 1] == "", f"wrapped: {line}"


def test_version(run: Run) -> None:
    assert run("--version").stdout.strip() == f"rilievo {version()}"


def test_no_arguments_show_the_help_where_there_is_no_screen(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    result = shell()
    assert "Usage:" in result.stdout
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["rendr"], "rendr"),
        (["new"], "MEDIA"),
        (["new", "a.png"], "--output"),
        (["new", "a.png", "--z", "b.png", "--analysis", "face", "-o", "s.rilievo"], "not both"),
        (["new", "a.png", "--analysis", "fase", "-o", "s.rilievo"], "fase"),
        (["new", "a.png", "--range", "metres", "-o", "s.rilievo"], "metres"),
        (["render"], "DOCUMENT"),
        (["render", "s.rilievo"], "--movie"),
        (["render", "s.rilievo", "-o", "a.exr", "-f", "1-x"], "1-x"),
        (["render", "s.rilievo", "-o", "a.exr", "-f", ""], "range"),
        (["render", "s.rilievo", "-o", "a.exr", "--size", "big"], "1920x1080"),
        (["render", "s.rilievo", "-o", "a.exr", "--size", "0x10"], "1920x1080"),
        (["render", "s.rilievo", "-o", "a.exr", "--passes", "beauty,depht"], "depht"),
        (["render", "s.rilievo", "-o", "a.exr", "--samples", "0"], "samples"),
    ],
)
def test_a_wrong_call_names_what_is_wrong(run: Run, arguments: list[str], expected: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert expected in " ".join(result.stderr.replace("│", " ").split())
