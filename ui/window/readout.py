"""The value of a pass under the pointer, as text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from passes.rendered import PASSES


def value_text(view: str, value: npt.NDArray[np.float32], depth_range: tuple[float, float]) -> str:
    """What the pass holds there, as its file would. value: (c,) of the texture that the pass is
    made of. depth_range: near and far of the camera."""
    near, far = depth_range
    if view == "matte":
        return f"A {value[3]:.4f}"
    if view == "z":
        return f"Z {value[0]:.5g}"
    if view == "z_normalized":
        return f"Z {min(max((float(value[0]) - near) / (far - near), 0.0), 1.0):.5g}"
    if view == "z_aa":  # shares of far, premultiplied, over nothing, which is far
        return f"Z {(float(value[0]) + min(max(1.0 - float(value[3]), 0.0), 1.0)) * far:.5g}"
    if view == "object_id":
        return f"object {round(float(value[0]))}" if value[0] > 0 else "no object"
    names = [channel.rpartition(".")[2] for channel in PASSES[view][1]]
    return "   ".join(f"{name} {part:.4f}" for name, part in zip(names, value, strict=False))
