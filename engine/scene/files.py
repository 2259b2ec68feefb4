"""Documents on disk: readable JSON with a version, whole or not there at all."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.errors import SceneError
from engine.limits import Limits
from engine.regular import read_regular
from engine.scene.contents import VERSION, Contents
from engine.scene.document_text import pieces, shallow
from engine.scene.maps import is_network_file
from engine.scene.nodes import PRIMITIVES
from engine.temporary import clear_left, temporary_name

Raw = dict[str, Any]

UPGRADES: dict[int, Callable[[Raw], Raw]] = {}
"""From a document of the key's version to one of the next, on plain JSON values."""


def read_document(path: str | os.PathLike[str]) -> Raw:
    """The JSON values of a document file, brought to the present version, with the paths of
    media, meshes and networks made absolute. Raises SceneError naming the file."""
    path = Path(path)
    try:
        text = read_regular(path, Limits.TEXT).decode("utf-8-sig")
    except FileNotFoundError:
        raise SceneError(f"{path}: there is no such file") from None
    except UnicodeDecodeError:
        raise SceneError(f"{path}: this is not a Rilievo document (it is not text)") from None
    except OSError as error:
        raise SceneError(f"{path}: cannot be read ({error.strerror or error})") from None
    try:
        raw = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise SceneError(f"{path}: this is not a Rilievo document (nested too deeply)") from None
    except json.JSONDecodeError as error:
        raise SceneError(
            f"{path}, line {error.lineno}, column {error.colno}: this is not JSON ({error.msg})"
        ) from None
    except ValueError as error:
        if "integer string" in str(error):
            raise SceneError(f"{path}: a number in it has too many digits") from None
        raise SceneError(f"{path}: this is not JSON ({error})") from None
    if "\\ud" in text.lower():
        fault = _no_text(raw)
        if fault:
            raise SceneError(f"{path}: {fault}")
    try:
        raw = upgraded(raw)
    except SceneError as error:
        raise SceneError(f"{path}: {error}") from None
    return _with_paths(raw, lambda name: _absolute(name, path.parent))


def upgraded(
    raw: Any,
    upgrades: Mapping[int, Callable[[Raw], Raw]] = UPGRADES,
    version: int = VERSION,
) -> Raw:
    """JSON values brought to the present version, one step at a time."""
    if not isinstance(raw, dict):
        raise SceneError("the document: expected an object with a version and nodes")
    found = raw.get("version")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise SceneError(f"version: expected a whole number from 1 to {version}")
    if found > version:
        raise SceneError(
            f"version: the document has format {found}, and this Rilievo reads up to {version}; "
            "a newer Rilievo is needed"
        )
    for step in range(found, version):
        raw = upgrades[step](raw) | {"version": step + 1}
    return raw


def write_document(
    contents: Contents, path: str | os.PathLike[str], rest: Callable[[], object] = lambda: None
) -> None:
    """Writes a document. The file appears whole, or stays as it was; SceneError names it. Media,
    meshes and networks below the document's folder are written relative to it. rest: is called
    again and again meanwhile."""
    target = Path(os.path.realpath(path))
    raw = shallow(contents)
    raw["media"] = [shallow(media) for media in contents.media]
    raw["nodes"] = [shallow(node) for node in contents.nodes]
    raw = _with_paths(raw, lambda name: _relative(name, Path(path)))
    clear_left(target.parent)
    # Two threads may save copies at once.
    own = f"{target.stem}.{secrets.token_hex(4)}{target.suffix}"
    temporary = temporary_name(target.with_name(own))
    try:
        try:
            with open(temporary, "x", encoding="utf-8", newline="\n") as file:
                for piece in pieces(raw):
                    file.write(piece)
                    rest()
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                temporary.chmod(target.stat().st_mode & 0o7777)
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except UnicodeEncodeError as error:
        around = error.object[max(0, error.start - 20) : error.end + 20]
        shown = around.encode("utf-8", "backslashreplace").decode()
        raise SceneError(
            f'{path}: cannot be written: "{shown}" is no text: give it another name'
        ) from None
    except OSError as error:
        raise SceneError(f"{path}: cannot be written ({error.strerror})") from None


def _no_text(value: Any, place: str = "the document") -> str:
    """Which text holds half of a character (a lone surrogate), which no file can hold."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            shown = value.encode("utf-8", "backslashreplace").decode()
            return f'{place} is "{shown}", which is no text: give it another name'
    items = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list | tuple):
        items = enumerate(value)
    for key, item in items:
        found = _no_text(key, "a name") or _no_text(item, str(key))
        if found:
            return found
    return ""


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number JSON knows")


def _with_paths(raw: Raw, change: Callable[[str], str]) -> Raw:
    """The same values with every path in them changed. What is malformed is left for the check of
    types to complain about."""

    def changed(entry: Any, field: str, is_path: Callable[[str], bool]) -> Any:
        name = entry.get(field) if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name or "://" in name or not is_path(name):
            return entry
        return entry | {field: change(name)}

    result = dict(raw)
    if isinstance(raw.get("media"), list | tuple):
        result["media"] = [changed(entry, "path", lambda _: True) for entry in raw["media"]]
    if isinstance(raw.get("nodes"), list | tuple):
        nodes = [changed(entry, "mesh", lambda n: n not in PRIMITIVES) for entry in raw["nodes"]]
        result["nodes"] = [changed(entry, "network", is_network_file) for entry in nodes]
    return result


def _absolute(name: str, folder: Path) -> str:
    return os.path.abspath(folder / name)


def _relative(name: str, document: Path) -> str:
    """A path as it is written: below the document's folder relative to it, with forward slashes, so
    that the folder can be moved to another machine."""
    name = os.path.abspath(name)
    folder = os.path.abspath(document.parent)
    if not Path(name).is_relative_to(folder):
        return name
    relative = Path(name).relative_to(folder).as_posix()
    return f"./{relative}" if relative in PRIMITIVES else relative
