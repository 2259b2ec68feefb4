"""The value of a pass under the pointer, as text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from passes.rendered import PASSES


def value_text(view: str, value: npt.NDArray[np.float32]) -> str:
    """value: (c,) of the texture that the pass is made of."""
    if view == "matte":
        return f"A {value[3]:.4f}"
    if view in ("z", "z_normalized", "z_aa"):
        return f"Z {value[0]:.5g}"
    if view == "object_id":
        return f"object {round(float(value[0]))}" if value[0] > 0 else "no object"
    names = [channel.rpartition(".")[2] for channel in PASSES[view][1]]
    return "   ".join(f"{name} {part:.4f}" for name, part in zip(names, value, strict=False))
