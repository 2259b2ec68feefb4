"""A server on this machine that speaks as the Hugging Face hub does, and breaks off when told to.

`GET /OWNER/REPO/resolve/REVISION/PATH` is redirected to `/blobs/SHA256` on another host (this one
by another name), as the hub redirects to where large files lie; ranges, HEAD, error codes and the
headers X-Repo-Commit, X-Linked-Size and X-Linked-Etag are as on the hub. `/releases/NAME` hands out
plain files.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What is handed out, and what was asked for.

    files: by `OWNER/REPO/PATH` or `releases/NAME`. break_after: bytes after which each of the next
    `breaks` connections ends. fail: status of the answer to everything, with its X-Error-Code.
    chunk, pause: bytes at a time, and seconds between them. ranges: whether ranges are honoured.
    """

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    break_after: int = 0
    breaks: int = 0
    fail: tuple[int, str] | None = None
    fails: int = 1 << 30
    chunk: int = 1 << 16
    pause: float = 0.0
    ranges: bool = True

    def add(self, repository: str, path: str, content: bytes) -> str:
        """Put a file into a repository; its SHA-256."""
        self.files[f"{repository}/{path}"] = content
        return hashlib.sha256(content).hexdigest()

    @property
    def downloads(self) -> list[str]:
        """The `Range` of each request for content, empty for a whole file."""
        return [headers.get("Range", "") for method, path, headers in self.requests
                if method == "GET" and path.startswith(("/blobs/", "/releases/"))]  # fmt: skip


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, format: str, *args: Any) -> None:
        """Not to the terminal."""

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        hub = self.hub
        hub.requests.append((self.command, self.path, dict(self.headers)))
        if hub.fail is not None and hub.fails > 0:
            hub.fails -= 1
            self._head(hub.fail[0], {"X-Error-Code": hub.fail[1], "Content-Length": "0"})
            return
        if self.path.startswith("/blobs/"):
            digest = self.path.removeprefix("/blobs/")
            content = next(c for c in hub.files.values() if hashlib.sha256(c).hexdigest() == digest)
            self._send(content, with_body)
            return
        plain = hub.files.get(self.path.removeprefix("/"))
        if plain is not None:
            self._send(plain, with_body)
            return
        match = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self.path)
        if match is None:
            self._head(404, {"Content-Length": "0"})
            return
        repository, revision, path = match.groups()
        if not any(name.startswith(f"{repository}/") for name in hub.files):
            self._head(401, {"X-Error-Code": "RepoNotFound", "Content-Length": "0"})
        elif revision != REVISION:
            self._head(404, {"X-Error-Code": "RevisionNotFound", "Content-Length": "0"})
        elif f"{repository}/{path}" not in hub.files:
            headers = {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": REVISION}
            self._head(404, headers | {"Content-Length": "0"})
        else:
            content = hub.files[f"{repository}/{path}"]
            digest = hashlib.sha256(content).hexdigest()
            headers = {
                "Location": f"http://localhost:{hub.address.rpartition(':')[2]}/blobs/{digest}",
                "X-Repo-Commit": REVISION,
                "X-Linked-Size": str(len(content)),
                "X-Linked-Etag": f'"{digest}"',
                "Content-Length": "0",
            }
            self._head(302, headers)

    def _send(self, content: bytes, with_body: bool) -> None:
        hub, start = self.hub, 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        headers = {"Accept-Ranges": "bytes"}
        if asked is not None and hub.ranges:
            start = int(asked[1])
            if start >= len(content):
                self._head(416, {"Content-Range": f"bytes */{len(content)}", "Content-Length": "0"})
                return
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        rest = content[start:]
        self._head(206 if start else 200, headers | {"Content-Length": str(len(rest))})
        if not with_body:
            return
        if hub.breaks > 0:
            hub.breaks -= 1
            rest = rest[: hub.break_after]
            self.close_connection = True
        for place in range(0, len(rest), hub.chunk):
            try:
                self.wfile.write(rest[place : place + hub.chunk])
                self.wfile.flush()
            except OSError:  # the client has gone
                self.close_connection = True
                return
            if hub.pause:
                time.sleep(hub.pause)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def hub_server() -> Iterator[Hub]:
    """A hub at `Hub.address`, empty at first."""
    hub = Hub()
    handler = type("Answers", (_Answers,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
