"""Mesh files that are written as text: their encoding, and whether all that they announce is there.

Trimesh reads what there is of a file that was cut, and asks for a package that guesses encodings
where a comment is not in UTF-8.
"""

from __future__ import annotations

import re
import struct

_SHORT_FACE = re.compile(rb"^f(?:[ \t]+[^\s#\\]+){0,2}[ \t]*\r?(?:\n|#|\Z)", re.MULTILINE)
_FACES = re.compile(rb"^f[ \t]([^\n]*)", re.MULTILINE)
_RELATIVE = re.compile(rb"^f[^\n]*[\s/]-", re.MULTILINE)
_STL_START, _STL_TRIANGLE = 84, 50


class ShortError(Exception):
    """A file that holds less than it says, or names: the message says what."""


def checked(content: bytes, ending: str) -> bytes:
    """The content of an OBJ, PLY, OFF or STL file, its text in UTF-8. What is not was written in
    Latin-1 by older exporters. Raises ShortError."""
    if ending == "stl":
        return _stl(content)
    if ending == "ply":
        return _ply(content)
    content = _utf8(content)
    if ending == "off":
        _check_off(content)
    if ending == "obj":
        if _SHORT_FACE.search(content):
            raise ShortError("a face in it has fewer than three corners: it is cut short")
        return _absolute(content)
    return content


def missing_vertex(content: bytes) -> str:
    """Which vertex the faces of an OBJ name that is not there; empty: all are there."""
    there = len(re.findall(rb"^v[ \t]", content, re.MULTILINE))
    corners = (corner for face in _FACES.finditer(content) for corner in face[1].split())
    numbers = (corner.partition(b"/")[0] for corner in corners)
    highest = max((int(number) for number in numbers if number.isdigit()), default=0)
    return f"a face names vertex {highest} of {there}" if highest > there else ""


def has_normals(content: bytes, ending: str) -> bool:
    """Whether the file says the normals of its vertices itself."""
    if ending == "obj":
        return b"\nvn " in content or content.startswith(b"vn ")
    if ending == "ply":
        header = content.partition(b"end_header")[0]
        return all(f" n{axis}".encode() in header for axis in "xyz")
    return ending == "off" and b"N" in content.split(maxsplit=1)[0].partition(b"OFF")[0]


def _utf8(content: bytes) -> bytes:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1").encode("utf-8")
    return content


def _absolute(content: bytes) -> bytes:
    """An OBJ without relative indices: those count back from the line that they stand in, which
    trimesh takes for the end of the file."""
    if not _RELATIVE.search(content):
        return content
    counts = {b"v": 0, b"vt": 0, b"vn": 0}
    lines = content.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").split(b"\n")
    for number, line in enumerate(lines):
        word, *corners = line.split(b"#")[0].split() or [b""]
        if word in counts:
            counts[word] += 1
        elif word == b"f":
            lines[number] = b" ".join([b"f", *(_corner(corner, counts) for corner in corners)])
    return b"\n".join(lines)


def _corner(corner: bytes, counts: dict[bytes, int]) -> bytes:
    """`-1/-1` as `8/4` where there are so many vertices and coordinates."""
    parts = corner.split(b"/")
    for place, kind in enumerate((b"v", b"vt", b"vn")[: len(parts)]):
        if parts[place].startswith(b"-") and parts[place][1:].isdigit():
            absolute = counts[kind] + 1 + int(parts[place])
            if absolute < 1:
                raise ShortError(f"a face names {corner.decode()}, before the first vertex")
            parts[place] = str(absolute).encode()
    return b"/".join(parts)


def _stl(content: bytes) -> bytes:
    if len(content) >= _STL_START:
        count = struct.unpack_from("<I", content, _STL_START - 4)[0]
        if len(content) == _STL_START + _STL_TRIANGLE * count:
            return content
        there = (len(content) - _STL_START) // _STL_TRIANGLE
        if not content.lstrip()[:5].lower() == b"solid" or b"\0" in content[:_STL_START]:
            raise ShortError(f"it says {count} triangles and has bytes for {there}")
    text = _utf8(content)
    if b"endsolid" not in text.lower():
        raise ShortError("it ends before its endsolid: it is cut short")
    return text


def _ply(content: bytes) -> bytes:
    head, mark, body = content.partition(b"end_header")
    if not mark:
        return content
    text = _utf8(head)
    if b"format ascii" in text:
        body = _utf8(body)
        announced = _ply_counts(text)
        there = sum(1 for line in body.splitlines()[1:] if line.strip())
        if there < sum(announced.values()):
            said = " and ".join(f"{count} of {name}" for name, count in announced.items())
            raise ShortError(f"it says {said}, a line each, and has {there} lines")
    return text + mark + body


def _ply_counts(header: bytes) -> dict[str, int]:
    """How many of each element a header announces."""
    words = [line.split() for line in header.decode("utf-8").splitlines()]
    return {
        line[1]: int(line[2])
        for line in words
        if len(line) == 3 and line[0] == "element" and line[2].isdigit()
    }


def _check_off(content: bytes) -> None:
    lines = [line.partition(b"#")[0].strip() for line in content.splitlines()]
    lines = [line for line in lines if line]
    if not lines or b"BINARY" in lines[0]:
        return
    # The counts may follow the word OFF in its line.
    first = lines[0].split()
    counts, body = (first[1:], lines[1:]) if len(first) > 1 else (lines[1:2], lines[2:])
    numbers = b" ".join(counts).split()
    if len(numbers) < 2 or not (numbers[0].isdigit() and numbers[1].isdigit()):
        return
    vertices, faces = int(numbers[0]), int(numbers[1])
    if len(body) < vertices + faces:
        there = max(0, len(body) - vertices)
        raise ShortError(f"it says {vertices} vertices and {faces} faces, and has {there} faces")
