"""Fetching networks: checked against size and SHA-256, and taken up again where it broke off.

Addresses, the token of who is logged in, the switch for working offline and the layout of the cache
are those of huggingface-hub, and so is the session that speaks to the server. The transfer is our
own, because its version 2 begins a file anew after each interruption, and these files have 50 to
140 MB.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import Any

from engine.errors import AnalysisError
from models.depth import cache
from models.depth.spec import NetworkSpec, Source, SourceFile

Progress = Callable[[str, int, int], None]
"""Told the name of a file, its bytes so far and all its bytes."""

TIMEOUT = 30.0  # seconds of silence
TRIES = 4  # in a row that bring nothing
PAUSE = 1.0  # seconds between them
_REFUSED = (401, 403)
_BUSY = (408, 429, 500, 502, 503, 504)


class _BrokenOffError(Exception):
    """The connection ended before the file did, or could not be made; the message says why."""


class _NotThereError(Exception):
    """The server has no file of that name."""


def fetch(spec: NetworkSpec, progress: Progress = lambda *_: None) -> tuple[Path, ...]:
    """Bring a network's files here unless they are, and say where they are, the graph first.

    Raises AnalysisError: what cannot be reached, read or written, and what is not the file that was
    pinned. What has come by then is kept and taken up again, unless it was wrong.
    """
    source = spec.source
    if source is None:
        raise AnalysisError(f"network {spec.name} cannot be fetched: {spec.note or 'it is here'}")
    for file in source.files:
        _fetch_file(spec, source, file, progress)
    paths = cache.found(source)
    if paths is None:
        raise AnalysisError(f"network {spec.name} was fetched, and has gone again: fetch it again")
    return paths


def _fetch_file(spec: NetworkSpec, source: Source, file: SourceFile, progress: Progress) -> None:
    from huggingface_hub.utils import WeakFileLock

    if _is_here(source, file):
        progress(file.name, file.size, file.size)
        return
    if _offline():
        raise AnalysisError(
            f"network {spec.name} is not here and HF_HUB_OFFLINE is set: unset it to fetch it"
        )
    part = cache.partial(source, file)
    # Kept, as the hub keeps its own: who removes a lock may remove one that another waits for.
    lock = cache.folder() / ".locks" / "rilievo" / f"{file.sha256}.lock"
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(lock):
            if not _is_here(source, file):  # another program may have fetched it meanwhile
                try:
                    part.parent.mkdir(parents=True, exist_ok=True)
                    _check_room(part, file)
                    _transfer(spec, source, file, part, progress)
                finally:
                    cache.prune(part)
    except OSError as error:
        raise _unwritten(part.parent, file, error) from error


def _is_here(source: Source, file: SourceFile) -> bool:
    """Whether the very file is here; one of its name that is another is removed."""
    alone = Source(
        files=(file,), repository=source.repository, revision=source.revision, url=source.url
    )
    paths = cache.found(alone)
    if paths is None:
        return False
    if cache.checksum(paths[0]) == file.sha256:
        return True
    cache.discard(paths[0])
    return False


def _transfer(
    spec: NetworkSpec, source: Source, file: SourceFile, part: Path, progress: Progress
) -> None:
    """Bring a file to its partial name, check it, and give it its own."""
    last: _BrokenOffError | None = None
    for path in (file.path, *file.also):
        address = _address(source, path)
        try:
            last = _persist(spec, address, file, part, progress)
        except _NotThereError:
            continue
        if last is not None:
            raise AnalysisError(
                f"{file.name} of network {spec.name} could not be fetched from {source.words}:"
                f" {last}; check the connection and fetch it again"
            )
        _check(spec, file, part)
        final = cache.target(source, file, path)
        final.parent.mkdir(parents=True, exist_ok=True)
        os.replace(part, final)
        return
    raise AnalysisError(
        f"{file.path} of network {spec.name} is not at {source.words} any more: choose another"
        " network, or give an ONNX file of your own"
    )


def _persist(
    spec: NetworkSpec, address: str, file: SourceFile, part: Path, progress: Progress
) -> _BrokenOffError | None:
    """Take up a transfer again and again while it brings something; None when it is whole."""
    tries = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            _receive(spec, address, file, part, progress)
            return None
        except _BrokenOffError as broken:
            now = part.stat().st_size if part.exists() else 0
            tries = 1 if now > before else tries + 1
            if tries >= TRIES:
                return broken
            time.sleep(PAUSE)


def _receive(
    spec: NetworkSpec, address: str, file: SourceFile, part: Path, progress: Progress
) -> None:
    """One request: the rest of the file, appended to what there is."""
    have = part.stat().st_size if part.exists() else 0
    if have > file.size:
        part.unlink()
        have = 0
    if have == file.size:
        return
    with closing(_answer(spec, address, have)) as answer:
        resumed = answer.status_code == HTTPStatus.PARTIAL_CONTENT
        have = have if resumed else 0
        announced = answer.headers.get("Content-Length")
        if announced is not None and have + int(announced) != file.size:
            raise AnalysisError(
                f"{file.name} of network {spec.name} has {have + int(announced):,} bytes at"
                f" {address}, not {file.size:,}: it is not the file that was pinned"
            )
        chunks = answer.iter_raw()
        with part.open("ab" if resumed else "wb") as out:
            while have < file.size:
                try:
                    chunk = next(chunks, b"")
                except Exception as error:
                    raise _BrokenOffError(_reason(error)) from error
                if not chunk:
                    raise _BrokenOffError("the connection ended early")
                out.write(chunk)
                have += len(chunk)
                progress(file.name, have, file.size)


def _answer(spec: NetworkSpec, address: str, have: int) -> Any:
    """The open answer to a request for a file from byte `have` on."""
    from huggingface_hub import constants, get_token
    from huggingface_hub.utils import get_session

    headers = {"User-Agent": "rilievo", "Accept-Encoding": "identity"}
    token = None if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN else get_token()
    if token and spec.source is not None and spec.source.repository:
        # For the hub alone: the session does not send it on to where the hub redirects to.
        headers["Authorization"] = f"Bearer {token}"
    if have:
        headers["Range"] = f"bytes={have}-"
    session = get_session()
    try:
        request = session.build_request("GET", address, headers=headers, timeout=TIMEOUT)
        answer = session.send(request, stream=True, follow_redirects=True)
    except Exception as error:
        raise _BrokenOffError(_reason(error)) from error
    if answer.is_success:
        return answer
    with closing(answer):
        raise _refusal(spec, address, answer)


def _refusal(spec: NetworkSpec, address: str, answer: Any) -> Exception:
    """What an answer means that brings no file."""
    code, why = answer.status_code, answer.headers.get("X-Error-Code", "")
    says = f"{code} {answer.reason_phrase}".strip()
    if why == "GatedRepo" or (code in _REFUSED and why != "RepoNotFound"):
        return AnalysisError(
            f"network {spec.name} is refused by its owner ({says}): accept its licence at"
            f" {_page(spec, address)}, log in with `hf auth login`, and fetch it again"
        )
    if code in (*_REFUSED, 404, 410):
        return _NotThereError(address)
    if code in _BUSY:
        return _BrokenOffError(f"the server answers {says}")
    return AnalysisError(f"network {spec.name} could not be fetched: {address} answers {says}")


def _check(spec: NetworkSpec, file: SourceFile, part: Path) -> None:
    """Raises AnalysisError, and removes the file, if it is not the one that was pinned."""
    got = cache.checksum(part)
    if got != file.sha256:
        part.unlink(missing_ok=True)
        raise AnalysisError(
            f"{file.name} of network {spec.name} is not the file that was pinned: its SHA-256 is"
            f" {got}, not {file.sha256}; it was removed: fetch it again"
        )


def _check_room(part: Path, file: SourceFile) -> None:
    have = part.stat().st_size if part.exists() else 0
    free = shutil.disk_usage(part.parent).free
    if free < file.size - have:
        raise OSError(errno.ENOSPC, f"{free / 1e6:.0f} MB are free")


def _unwritten(folder: Path, file: SourceFile, error: OSError) -> AnalysisError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return AnalysisError(
            f"{file.name} ({file.size / 1e6:.0f} MB) does not fit in {folder}: make room, or set"
            f" {cache.FOLDER_VARIABLE} to a folder on another disk"
        )
    return AnalysisError(
        f"{file.name} cannot be written to {folder} ({error.strerror or error}): set"
        f" {cache.FOLDER_VARIABLE} to a folder that can be written to"
    )


def _address(source: Source, path: str) -> str:
    if not source.repository:
        return f"{source.url}/{path}"
    from huggingface_hub import constants, hf_hub_url

    return hf_hub_url(
        source.repository, path, revision=source.revision, endpoint=constants.ENDPOINT
    )


def _page(spec: NetworkSpec, address: str) -> str:
    if spec.source is None or not spec.source.repository:
        return address
    from huggingface_hub import constants

    return f"{constants.ENDPOINT}/{spec.source.repository}"


def _offline() -> bool:
    from huggingface_hub import constants

    return constants.is_offline_mode()


def _reason(error: Exception) -> str:
    """Why a connection failed, in a few words."""
    if "timeout" in type(error).__name__.lower():
        return "no answer"
    text = re.sub(r"^\[[^]]*\] ", "", str(error).strip())
    return text.lower() if text else type(error).__name__
