"""Small networks for tests: ONNX files written by hand, as no package that writes them is needed.

`network` puts a graph into the bytes of a file; `depth_network` and its relatives are whole
networks whose answers are known by arithmetic. Field numbers are those of onnx.proto (ONNX 1.17);
the coding is that of protocol buffers.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Shape = Sequence[int | str]
"""A number is a fixed length, a name one that is free."""
Value = int | float | str | Sequence[int] | Sequence[float]

TYPES: dict[str, int] = {"float32": 1, "uint8": 2, "int32": 6, "int64": 7, "float16": 10}
OPSET = 17


# -- protocol buffers --


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1  # negative numbers are 64 bits in two's complement
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _real(field: int, number: float) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<f", number)


def _bytes(field: int, content: bytes | str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return _varint(field << 3 | 2) + _varint(len(data)) + data


# -- the parts of a graph --


def node(op: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Value) -> bytes:
    """A NodeProto: `node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])`."""
    parts = [_bytes(1, name) for name in inputs]
    parts += [_bytes(2, name) for name in outputs]
    parts.append(_bytes(4, op))
    parts += [_bytes(5, _attribute(name, value)) for name, value in attributes.items()]
    return b"".join(parts)


def _attribute(name: str, value: Value) -> bytes:
    """An AttributeProto; `type` is 1 float, 2 int, 3 string, 6 floats, 7 ints."""
    head = _bytes(1, name)
    if isinstance(value, str):
        return head + _bytes(4, value) + _number(20, 3)
    if isinstance(value, int):
        return head + _number(3, value) + _number(20, 2)
    if isinstance(value, float):
        return head + _real(2, value) + _number(20, 1)
    if all(isinstance(item, int) for item in value):
        return head + b"".join(_number(8, int(item)) for item in value) + _number(20, 7)
    return head + b"".join(_real(7, item) for item in value) + _number(20, 6)


def tensor(name: str, array: npt.NDArray[np.generic], beside: str = "") -> bytes:
    """A TensorProto with its values; beside: the name of the file that holds them instead."""
    head = b"".join(_number(1, length) for length in array.shape)
    head += _number(2, TYPES[array.dtype.name]) + _bytes(8, name)
    if not beside:
        return head + _bytes(9, np.ascontiguousarray(array).tobytes())
    return head + _bytes(13, _bytes(1, "location") + _bytes(2, beside)) + _number(14, 1)


@dataclass(frozen=True)
class Port:
    """An input or output of a network. dtype: a key of `TYPES`."""

    name: str
    shape: Shape
    dtype: str = "float32"

    def encoded(self) -> bytes:
        """A ValueInfoProto."""
        lengths = b"".join(
            _bytes(1, _number(1, one) if isinstance(one, int) else _bytes(2, one))
            for one in self.shape
        )
        kind = _number(1, TYPES[self.dtype]) + _bytes(2, lengths)
        return _bytes(1, self.name) + _bytes(2, _bytes(1, kind))


def network(
    inputs: Sequence[Port],
    outputs: Sequence[Port],
    nodes: Sequence[bytes],
    tensors: Sequence[bytes] = (),
) -> bytes:
    """A ModelProto: what an .onnx file holds."""
    graph = b"".join(_bytes(1, one) for one in nodes) + _bytes(2, "test")
    graph += b"".join(_bytes(5, one) for one in tensors)
    graph += b"".join(_bytes(11, port.encoded()) for port in inputs)
    graph += b"".join(_bytes(12, port.encoded()) for port in outputs)
    return _number(1, 8) + _bytes(2, "rilievo") + _bytes(7, graph) + _bytes(8, _number(2, OPSET))


# -- networks --


def depth_network(
    size: tuple[int, int] | None = None,
    *,
    weights: tuple[float, float, float] = (1.0, 0.0, 0.0),
    bias: float = 0.0,
    layout: str = "NCHW",
    dtype: str = "float32",
    names: tuple[str, str] = ("pixel_values", "predicted_depth"),
    mean: Sequence[float] | None = None,
    deviation: Sequence[float] | None = None,
    beside: str = "",
    batch: int | str = 1,
) -> bytes:
    """Weighs the channels of its input and adds a number, at each pixel: 1 x H x W out.

    size: (width, height) of what it takes; any by default. layout: NCHW, NHWC or NVCHW (a view
    more). dtype: of its input; float16 is of its output as well. mean, deviation: it subtracts and
    divides by these itself, first of all. beside: the weights are in a file of that name, whose
    content is `beside_content(weights)`. batch: pictures in one run; a name for any number.
    """
    lengths: dict[str, int | str] = {"N": batch, "C": 3, "V": 1, "H": "height", "W": "width"}
    if size is not None:
        lengths |= {"W": size[0], "H": size[1]}
    real = "float16" if dtype == "float16" else "float32"
    source = Port(names[0], [lengths[letter] for letter in layout], dtype)
    target = Port(names[1], [batch, lengths["H"], lengths["W"]], real)
    nodes: list[bytes] = []
    tensors = [tensor("weights", np.array(weights, real).reshape(1, 3, 1, 1), beside)]
    tensors.append(tensor("bias", np.array([bias], real)))
    tensors.append(tensor("axis", np.array([1], np.int64)))
    last = names[0]
    if dtype == "uint8":
        nodes.append(node("Cast", [last], ["real"], to=TYPES[real]))
        last = "real"
    if layout == "NHWC":
        nodes.append(node("Transpose", [last], ["planes"], perm=[0, 3, 1, 2]))
        last = "planes"
    if layout == "NVCHW":
        nodes.append(node("Squeeze", [last, "axis"], ["view"]))
        last = "view"
    if mean is not None and deviation is not None:
        tensors.append(tensor("mean", np.array(mean, real).reshape(1, 3, 1, 1)))
        tensors.append(tensor("deviation", np.array(deviation, real).reshape(1, 3, 1, 1)))
        nodes.append(node("Sub", [last, "mean"], ["centred"]))
        nodes.append(node("Div", ["centred", "deviation"], ["normalised"]))
        last = "normalised"
    nodes += [
        node("Conv", [last, "weights", "bias"], ["sum"]),
        node("Squeeze", ["sum", "axis"], [names[1]]),
    ]
    return network([source], [target], nodes, tensors)


def beside_content(weights: tuple[float, float, float]) -> bytes:
    """What the file beside a `depth_network` holds."""
    return np.array(weights, np.float32).tobytes()


def points_network() -> bytes:
    """Answers as MoGe does: its `image` (1 x 3 x H x W) is the points, its `mask` is 1, its
    `metric_scale` the number of tokens it was given."""
    free: Shape = [1, 3, "height", "width"]
    flat: Shape = [1, "height", "width"]
    nodes = [
        node("Transpose", ["image"], ["points"], perm=[0, 2, 3, 1]),
        node("Identity", ["points"], ["normal"]),
        node("ReduceMax", ["image"], ["largest"], axes=[1], keepdims=0),
        node("Sub", ["largest", "largest"], ["nothing"]),
        node("Add", ["nothing", "one"], ["mask"]),
        node("Cast", ["num_tokens"], ["tokens"], to=TYPES["float32"]),
        node("Reshape", ["tokens", "single"], ["metric_scale"]),
    ]
    tensors = [
        tensor("one", np.array([1.0], np.float32)),
        tensor("single", np.array([1], np.int64)),
    ]
    inputs = [Port("image", free), Port("num_tokens", [], "int64")]
    points: Shape = [1, "height", "width", 3]
    outputs = [
        Port("points", points),
        Port("normal", points),
        Port("mask", flat),
        Port("metric_scale", [1]),
    ]
    return network(inputs, outputs, nodes, tensors)


def costly_network(channels: int = 32, layers: int = 4) -> bytes:
    """Takes any size and computes for a while: a stack of 3 x 3 convolutions at half the size and
    back, the shape of the input and output as those of Depth Anything."""
    rng = np.random.default_rng(5)
    nodes = [node("Conv", ["pixel_values", "w0"], ["x0"], pads=[1, 1, 1, 1], strides=[2, 2])]
    tensors = [tensor("w0", (rng.normal(size=(channels, 3, 3, 3)) / 5).astype(np.float32))]
    for number in range(1, layers):
        weights = rng.normal(size=(channels, channels, 3, 3)) / (3 * channels**0.5)
        tensors.append(tensor(f"w{number}", weights.astype(np.float32)))
        before = f"x{number - 1}"
        nodes.append(node("Conv", [before, f"w{number}"], [f"c{number}"], pads=[1, 1, 1, 1]))
        nodes.append(node("Relu", [f"c{number}"], [f"x{number}"]))
    last = rng.normal(size=(1, channels, 1, 1)) / channels**0.5
    tensors += [
        tensor("last", last.astype(np.float32)),
        tensor("axis", np.array([1], np.int64)),
        tensor("scales", np.array([1, 1, 2, 2], np.float32)),
    ]
    nodes += [
        node("Conv", [f"x{layers - 1}", "last"], ["half"]),
        node("Resize", ["half", "", "scales"], ["whole"], mode="linear"),
        node("Squeeze", ["whole", "axis"], ["predicted_depth"]),
    ]
    source = Port("pixel_values", [1, 3, "height", "width"])
    return network([source], [Port("predicted_depth", [1, "h", "w"])], nodes, tensors)


def write(path: Path, content: bytes) -> Path:
    """Put a network where it is wanted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
