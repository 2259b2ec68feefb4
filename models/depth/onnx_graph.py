"""A look into an ONNX file: what its graph takes and answers, and what it does first.

onnxruntime tells the inputs of a network only once it has loaded it, and not whether the graph
takes mean and deviation off the picture itself. Field numbers are those of onnx.proto; weights are
passed over without being read.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import AnalysisError

TYPES: dict[int, str] = {1: "float32", 2: "uint8", 10: "float16", 6: "int32", 7: "int64"}

_PASSING = {"Cast", "Transpose", "Identity", "Squeeze", "Unsqueeze", "Reshape", "Div", "Mul", "Pad"}
_CENTRING = {"Sub", "Add", "BatchNormalization", "InstanceNormalization"}


@dataclass(frozen=True)
class Port:
    """An input or output. shape: a length that is free is 0. dtype: as numpy calls it, or empty."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Graph:
    """inputs, outputs: in order, weights left out. normalises: whether the first thing that happens
    to the first input is that something is taken off it. beside: paths, from this
    one's folder, of the files in which its weights lie."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    normalises: bool
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Node:
    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


Content = memoryview


def read_graph(path: Path) -> Graph:
    """The graph of a file. Raises AnalysisError where it is not an ONNX file."""
    try:
        with path.open("rb") as file:
            content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        return _graph(content)
    except OSError as error:
        reason = error.strerror or error
        raise AnalysisError(f"network {path} cannot be read ({reason})") from error
    except (ValueError, IndexError, UnicodeDecodeError) as error:
        raise AnalysisError(f"{path} is not an ONNX network, or is damaged") from error


def _graph(content: Content) -> Graph:
    nodes: list[_Node] = []
    weights: set[str] = set()
    beside: dict[str, None] = {}  # in order
    inputs: list[Port] = []
    outputs: list[Port] = []
    for field, value in _fields(_only(content, 7)):
        if not isinstance(value, memoryview):
            continue
        if field == 1:
            nodes.append(_node(value))
        elif field == 5:
            name, file = _tensor(value)
            weights.add(name)
            beside.update({file: None} if file else {})
        elif field == 11:
            inputs.append(_port(value))
        elif field == 12:
            outputs.append(_port(value))
    # Files before ONNX's fourth version list weights among the inputs.
    given = tuple(port for port in inputs if port.name not in weights)
    if not given or not outputs:
        raise ValueError("no inputs or no outputs")
    return Graph(given, tuple(outputs), _normalises(given[0].name, nodes), tuple(beside))


def _normalises(name: str, nodes: list[_Node]) -> bool:
    """Follow the input through what leaves its values as they are, and scaling."""
    seen = {name}
    for node in nodes:  # in an ONNX file a node comes after those that it needs
        if not seen.intersection(node.inputs):
            continue
        if node.op in _CENTRING:
            return True
        if node.op in _PASSING:
            seen.update(node.outputs)
    return False


def _tensor(content: Content) -> tuple[str, str]:
    """Name of a weight, and of the file in which it lies, empty for this one."""
    name = file = ""
    for field, value in _fields(content):
        if field == 8:
            name = _text(value)
        elif field == 13 and isinstance(value, memoryview):
            entry = {f: _text(v) for f, v in _fields(value)}
            file = entry.get(2, "") if entry.get(1) == "location" else file
    return name, file


def _node(content: Content) -> _Node:
    op, inputs, outputs = "", list[str](), list[str]()
    for field, value in _fields(content):
        if field == 1:
            inputs.append(_text(value))
        elif field == 2:
            outputs.append(_text(value))
        elif field == 4:
            op = _text(value)
    return _Node(op, tuple(inputs), tuple(outputs))


def _port(content: Content) -> Port:
    name = next((_text(value) for field, value in _fields(content) if field == 1), "")
    kind = _only(_only(content, 2), 1)
    dtype = next((TYPES.get(v, "") for f, v in _fields(kind) if f == 1 and isinstance(v, int)), "")
    shape: list[int] = []
    for field, value in _fields(_only(kind, 2)):
        if field == 1 and isinstance(value, memoryview):
            fixed = [v for f, v in _fields(value) if f == 1 and isinstance(v, int)]
            shape.append(fixed[0] if fixed else 0)
    return Port(name, dtype, tuple(shape))


# -- protocol buffers --


def _only(content: Content, wanted: int) -> Content:
    """The message in a field; an empty one where it is not there."""
    for field, value in _fields(content):
        if field == wanted and isinstance(value, memoryview):
            return value
    return memoryview(b"")


def _fields(content: Content) -> Iterator[tuple[int, int | Content]]:
    """Number and value of each field: a number, or the bytes of text, a message or raw values."""
    place, end = 0, len(content)
    while place < end:
        key, place = _varint(content, place)
        field, kind = key >> 3, key & 7
        if kind == 0:
            value, place = _varint(content, place)
            yield field, value
            continue
        if kind == 2:
            length, place = _varint(content, place)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError("no protocol buffer")
        if place + length > end:
            raise ValueError("cut short")
        yield field, content[place : place + length]
        place += length


def _varint(content: Content, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = content[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place
        shift += 7
        if shift > 63:
            raise ValueError("no protocol buffer")


def _text(value: int | Content) -> str:
    return bytes(value).decode() if isinstance(value, memoryview) else ""
