"""onnxruntime: which hardware runs the networks, and sessions made alike.

This is the one file that imports it, and only when a network is asked for: a render without an
analysis never loads it.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.errors import AnalysisError

if TYPE_CHECKING:
    import onnxruntime

CPU = "CPUExecutionProvider"

# Short names people type -> what onnxruntime calls them.
NAMES: dict[str, str] = {
    "cpu": CPU,
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "rocm": "ROCMExecutionProvider",
    "migraphx": "MIGraphXExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "xnnpack": "XnnpackExecutionProvider",
    "qnn": "QNNExecutionProvider",
}

# What `auto` tries, best first. Providers that compile for minutes at first use (TensorRT) or send
# pictures elsewhere (Azure) are only ever used when named.
AUTOMATIC: dict[str, tuple[str, ...]] = {
    "win32": ("directml", "cuda", "cpu"),
    "darwin": ("coreml", "cpu"),
    "linux": ("cuda", "rocm", "cpu"),
}


MOST_THREADS = 4


def library() -> Any:
    """Import onnxruntime, and keep it from reporting: some ten seconds after its import it would
    look up a telemetry host, and leave a lasting device id in the user's cache folder. It reads the
    variable when it is imported."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    return importlib.import_module("onnxruntime")


def providers() -> tuple[str, ...]:
    """Short names of the providers this onnxruntime offers here, as `--provider` takes them."""
    offered = library().get_available_providers()
    return tuple(name for name, full in NAMES.items() if full in offered)


def choose(provider: str, platform: str = sys.platform) -> tuple[str, ...]:
    """Short names to try in order for `provider`: `auto` or a name, short or onnxruntime's own.

    An explicit name is tried alone. Raises AnalysisError for one that is unknown or not offered.
    """
    offered = providers()
    wanted = provider.strip().lower()
    if wanted == "auto":
        order = AUTOMATIC.get(platform, ("cpu",))
        return tuple(name for name in order if name in offered) or ("cpu",)
    for short, full in NAMES.items():
        if wanted in (short, full.lower()):
            if short in offered:
                return (short,)
            break
    raise AnalysisError(
        f"inference provider '{provider}' is not available: choose auto or one of"
        f" {', '.join(offered)}"
    )


def threads() -> int:
    """Threads for one network run: these networks stop gaining at four, and the renderer's own
    thread needs a core as well."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, min(MOST_THREADS, cores))


@dataclass(frozen=True, slots=True)
class Network:
    """A loaded network. name: what messages call it. provider: short name of what runs it.
    message: why that is not the first choice, or empty."""

    name: str
    session: onnxruntime.InferenceSession
    input_name: str
    output_names: tuple[str, ...]
    provider: str
    message: str

    def run(self, tensor: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        """The outputs, in the network's own order, for its one input. Raises AnalysisError."""
        outputs = self.answer({self.input_name: tensor}, self.output_names)
        return [np.asarray(output, np.float32) for output in outputs]

    def answer(
        self, tensors: Mapping[str, npt.NDArray[Any]], names: Sequence[str]
    ) -> list[npt.NDArray[Any]]:
        """The outputs of these names, as they come. tensors: by the names of its inputs. Raises
        AnalysisError."""
        try:
            answered = self.session.run(list(names), dict(tensors))
        except Exception as error:
            raise AnalysisError(
                f"network {self.name} failed on {self.provider} ({_first_line(error)}):"
                f" {_way_out(self.provider)}"
            ) from error
        return [np.asarray(output) for output in answered]


def load(
    name: str, content: bytes | Path, provider: str = "auto", *, most_threads: int | None = None
) -> Network:
    """The network `content` (what an ONNX file holds, or its path, where weights lie in a file
    beside it) on the first provider that takes it.

    `name` is for messages. most_threads: of the processor, for one run; None: see `threads`. With
    `auto`, a provider that is offered but fails (no driver, no memory) gives way to the next, and
    the network's `message` says so. Raises AnalysisError.
    """
    order = choose(provider)
    failures: list[str] = []
    for short in order:
        try:
            session = _session(content, short, min(threads(), most_threads or MOST_THREADS))
        except Exception as error:  # noqa: BLE001 - onnxruntime raises a dozen unrelated classes
            failures.append(f"{short} failed ({_first_line(error)})")
            continue
        got = session.get_providers()
        if short != "cpu" and NAMES[short] not in got:
            # onnxruntime falls back silently when a provider's library cannot be opened
            failures.append(f"{short} could not be started")
            if provider.strip().lower() != "auto":
                break
            continue
        message = f"{name} runs on {short}: {'; '.join(failures)}" if failures else ""
        return Network(
            name,
            session,
            session.get_inputs()[0].name,
            tuple(output.name for output in session.get_outputs()),
            short,
            message,
        )
    raise AnalysisError(
        f"network {name} cannot run: {'; '.join(failures)}; {_way_out(*order[-1:])}"
    )


def sigmoid(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Probabilities 0..1 of what a network gives as logits."""
    return 1.0 / (1.0 + np.exp(-np.clip(logits.astype(np.float64), -60.0, 60.0)))


def _session(content: bytes | Path, short: str, run_on: int) -> onnxruntime.InferenceSession:
    onnxruntime = library()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = run_on
    options.inter_op_num_threads = 1
    # Spinning threads of two sessions starve each other: 10.8 + 16.9 ms against 2.6 + 5.1 ms.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    if short == "directml":
        options.enable_mem_pattern = False  # DirectML asks for both of these
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    chain: Sequence[str] = (NAMES[short],) if short == "cpu" else (NAMES[short], CPU)
    given = str(content) if isinstance(content, Path) else content
    return onnxruntime.InferenceSession(given, options, providers=list(chain))


def _way_out(failed: str) -> str:
    """What to do about a network that does not run on a provider: the processor runs whatever is
    whole, so where that failed it is the network itself."""
    if failed == "cpu":
        return "its file is damaged or not for this onnxruntime, so choose another network"
    return "choose provider cpu"


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__
