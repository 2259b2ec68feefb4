"""Where fetched networks lie on this machine.

In the cache of the Hugging Face hub, in its own layout, so that what other programs fetched is
found and what Rilievo fetched is theirs as well; `RILIEVO_MODELS` names another folder, with the
same layout. Files that come from elsewhere lie in a folder of their own beside it. Nothing here
connects to anything.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from engine.errors import AnalysisError
from models import shipped
from models.depth.spec import NetworkSpec, Source, SourceFile

FOLDER_VARIABLE = "RILIEVO_MODELS"
_CHUNK = 1 << 20


def folder() -> Path:
    """Where networks are put."""
    # Imported here: the hub takes a moment, and who uses no network must not wait for it.
    from huggingface_hub import constants

    own = os.environ.get(FOLDER_VARIABLE, "").strip()
    return Path(own).expanduser().absolute() if own else Path(constants.HF_HUB_CACHE)


def target(source: Source, file: SourceFile, path: str = "") -> Path:
    """The name under which a file is put. path: the one in its repository, if not its first."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    if source.repository:
        name = repo_folder_name(repo_id=source.repository, repo_type="model")
        return folder() / name / "snapshots" / source.revision / (path or file.path)
    own = os.environ.get(FOLDER_VARIABLE, "").strip()
    root = folder() if own else Path(constants.HF_ASSETS_CACHE) / "rilievo"
    return root / "releases" / file.sha256[:16] / file.name


def partial(source: Source, file: SourceFile) -> Path:
    """The name of a file that is not whole yet. Not that of another file, wherever it is put."""
    from huggingface_hub.file_download import repo_folder_name

    if source.repository:
        name = repo_folder_name(repo_id=source.repository, repo_type="model")
        return folder() / name / "blobs" / f"{file.sha256}.incomplete"
    return target(source, file).with_name(f"{file.name}.incomplete")


def found(source: Source) -> tuple[Path, ...] | None:
    """The files of a network, of the right sizes, in their order; None unless all are here."""
    paths: list[Path] = []
    for file in source.files:
        path = next((p for p in _places(source, file) if _size(p) == file.size), None)
        if path is None:
            return None
        paths.append(path)
    return tuple(paths)


def located(spec: NetworkSpec) -> tuple[Path, ...]:
    """The files of a network, the graph first, read and compared with their checksums.

    Raises AnalysisError naming a file that is missing or is not what was fetched.
    """
    if spec.path is not None:
        if spec.path.parent == shipped.FOLDER and spec.path.name in shipped.SHA256:
            shipped.read(spec.path.name)
        return (spec.path,)
    paths = found(spec.source) if spec.source is not None else None
    if spec.source is None or paths is None:
        raise AnalysisError(
            f"network {spec.name} is not here: run `rilievo models fetch {spec.name}`"
        )
    for file, path in zip(spec.source.files, paths, strict=True):
        got = checksum(path)
        if got != file.sha256:
            raise AnalysisError(
                f"network file {path} is damaged (its SHA-256 is {got[:16]}…, not"
                f" {file.sha256[:16]}…): run `rilievo models fetch {spec.name}` again"
            )
    return paths


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits. Raises AnalysisError where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as content:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        reason = error.strerror or error
        raise AnalysisError(f"network file {path} cannot be read ({reason})") from error
    return digest.hexdigest()


def remove(source: Source) -> int:
    """Remove a network's files and what there is of them; the bytes that were freed.

    Raises AnalysisError naming a file that cannot be removed.
    """
    freed = 0
    for file in source.files:
        for path in (*_places(source, file), partial(source, file)):
            if path.is_symlink() or path.exists():
                freed += discard(path)
    return freed


def discard(path: Path) -> int:
    """Remove a file, the content that its link leads to where no other link does, and the folders
    that are empty then. The bytes that were freed. Raises AnalysisError."""
    content = path.resolve()
    size = _size(path) or 0
    try:
        path.unlink()
        if content != path and content.parent.name == "blobs" and not _linked(content):
            content.unlink(missing_ok=True)
        elif content != path.absolute():
            size = 0
    except OSError as error:
        raise AnalysisError(
            f"network file {path} cannot be removed ({error.strerror or error})"
        ) from error
    prune(path)
    return size


def prune(path: Path) -> None:
    """Remove the empty folders around a file that is not there, up to its repository's."""
    root = next((p for p in path.parents if p.name.startswith("models--")), path.parent)
    for parent, _, _ in os.walk(root, topdown=False):
        with suppress(OSError):  # not empty: others lie there
            Path(parent).rmdir()


def _places(source: Source, file: SourceFile) -> list[Path]:
    """Names under which a file may lie, best first."""
    if not source.repository:
        return [target(source, file)]
    from huggingface_hub import try_to_load_from_cache

    places: list[Path] = []
    for path in (file.path, *file.also):
        for cache in dict.fromkeys((str(folder()), None)):  # None: the hub's own
            known = try_to_load_from_cache(
                source.repository, path, cache_dir=cache, revision=source.revision
            )
            if isinstance(known, str) and Path(known) not in places:
                places.append(Path(known))
    return places


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _linked(content: Path) -> bool:
    """Whether a snapshot still leads to this content."""
    snapshots = content.parent.parent / "snapshots"
    return any(p.is_symlink() and p.resolve() == content for p in snapshots.rglob("*"))
