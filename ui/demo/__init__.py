"""What `rilievo demo` shows: a portrait that becomes a lit relief."""

from pathlib import Path

PORTRAIT = Path(__file__).with_name("astronaut.png")
