"""Writes the trained network as the files that Rilievo ships.

    python models/train/export.py RUN/state.pt --out models/weights/depth_small.onnx

The graph takes any size whose sides are multiples of 32. Nearly all weights are stored as 16-bit
floats with casts, which onnxruntime folds when it loads them; all arithmetic stays in 32 bits. The
sidecar with the rules of input and output is written beside it.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
from pathlib import Path

import numpy as np
import onnx

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read when it is imported
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from network import DepthNet

OPSET = 17
SHORT_SIDE, MULTIPLE = 192, 32
MOST_BYTES = 8_000_000
MOST_CHANGE = 0.01  # of the range, by storing the weights in 16 bits
SIDECAR = {
    "title": "Rilievo's own small network",
    "licence": "Apache-2.0: any use, also commercial",
    "commercial": True,
    "input": {
        "name": "picture",
        "short_side": SHORT_SIDE,
        "multiple": MULTIPLE,
        "resize": "area",
        "channels": "RGB",
        "layout": "NCHW",
        "mean": [0.5, 0.5, 0.5],
        "deviation": [0.5, 0.5, 0.5],
        "normalised_inside": "no",
    },
    "output": {"name": "inverse_depth", "meaning": "relative_inverse_depth"},
}


def main() -> None:
    """Exports, unless the file would be too large or too different."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    network = DepthNet()
    state = torch.load(options.state, map_location="cpu", weights_only=True)
    network.load_state_dict(state["average"])
    exact = exported(network.eval())
    halved = with_half_weights(exact)
    content = halved.SerializeToString()
    change = _change(exact.SerializeToString(), content)
    if len(content) > MOST_BYTES or change > MOST_CHANGE:
        raise SystemExit(f"{len(content)} bytes, changed by {change:.4f} of the range: not written")
    options.out.write_bytes(content)
    options.out.with_suffix(".json").write_text(json.dumps(SIDECAR, indent=2) + "\n")
    print(f"{options.out}: {len(content)} bytes, changed by {change:.5f} of the range")
    print(hashlib.sha256(content).hexdigest())


def exported(network: DepthNet) -> onnx.ModelProto:
    """The graph in 32 bits, batch norms folded into the convolutions before them."""
    buffer = io.BytesIO()
    torch.onnx.export(
        network,
        (torch.zeros(1, 3, SHORT_SIDE, 256),),
        buffer,
        input_names=["picture"],
        output_names=["inverse_depth"],
        dynamic_axes={
            "picture": {2: "height", 3: "width"},
            "inverse_depth": {2: "height", 3: "width"},
        },
        opset_version=OPSET,
        dynamo=False,
    )
    return onnx.load_from_string(buffer.getvalue())


def with_half_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with the weights of its 1×1 convolutions in 16 bits, each cast to 32 for use.

    They are nearly all of the file, and each output sums so many that rounding averages out; the
    few numbers of a depthwise filter would not let it.
    """
    halved = onnx.ModelProto()
    halved.CopyFrom(model)
    graph = halved.graph
    casts: list[onnx.NodeProto] = []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.shape[2:] != (1, 1):
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + "_half"))
        casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend([*casts, *nodes])
    onnx.checker.check_model(halved)
    return halved


def _change(exact: bytes, halved: bytes) -> float:
    """The greatest difference of the two, as a share of the range, on soft random pictures."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(4, 3, 6, 8, generator=generator) * 2 - 1
    pictures = torch.nn.functional.interpolate(coarse, (192, 256), mode="bicubic").clamp(-1, 1)
    worst = 0.0
    sessions = [
        onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        for content in (exact, halved)
    ]
    for picture in pictures.numpy():
        a, b = (s.run(None, {"picture": picture[None]})[0] for s in sessions)
        worst = max(worst, float(np.abs(a - b).max() / np.ptp(a)))
    return worst


if __name__ == "__main__":
    main()
