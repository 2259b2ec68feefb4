"""Networks of the user's own: an ONNX file, and the sidecar that says what it takes and answers.

The sidecar of `NAME.onnx` is `NAME.json` beside it. All of it may be left out, and every key:

    {"title": "Depth of our house", "licence": "ours", "commercial": true,
     "input": {"short_side": 518, "multiple": 14, "mean": [0.485, 0.456, 0.406]},
     "output": {"name": "depth", "meaning": "metric_depth"}}

`input` has the keys of `InputRules`, `output` those of `OutputRules` (models/depth/spec.py). What
is not given is told by the graph where it can be, else taken to be as Depth Anything V2 has it, and
the network's `note` says what was assumed.

A sidecar as Autodesk Flame writes it (`ModelDescription` with Inputs and Outputs; help page
"Inference Builder") is understood as well: Gain is the value of white, Channels their order,
Padding the multiple, InverseGain what the output is divided by. SupportsSceneLinear changes
nothing: networks always see display-referred sRGB here. Such a file does not say what depth means:
`output` may stand beside `ModelDescription` to say so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec

from engine.errors import AnalysisError
from engine.limits import Limits
from engine.regular import read_regular, what_it_is
from models.depth.onnx_graph import Graph, Port, read_graph
from models.depth.spec import InputRules, NetworkSpec, OutputRules


class _FlameInput(msgspec.Struct, rename="pascal"):
    name: str = ""
    type: str = "Front"
    gain: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    channels: str = "RGB"


class _FlameOutput(msgspec.Struct, rename="pascal"):
    name: str = ""
    type: str = "Result"
    inverse_gain: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    channels: str = "RGB"


class _Flame(msgspec.Struct, rename="pascal"):
    name: str = ""
    description: str = ""
    supports_scene_linear: bool = False
    keep_aspect_ratio: bool = False
    padding: Annotated[int, msgspec.Meta(ge=1)] = 1
    inputs: list[_FlameInput] = msgspec.field(default_factory=list)
    outputs: list[_FlameOutput] = msgspec.field(default_factory=list)


class _Sidecar(msgspec.Struct, forbid_unknown_fields=True):
    title: str = ""
    licence: str = ""
    commercial: bool = True
    input: dict[str, Any] = msgspec.field(default_factory=dict)
    output: dict[str, Any] = msgspec.field(default_factory=dict)
    flame: _Flame | None = msgspec.field(default=None, name="ModelDescription")


class _Rules(msgspec.Struct):
    input: InputRules
    output: OutputRules


def spec_from_sidecar(path: Path) -> NetworkSpec:
    """The network in the ONNX file `path`, which is of the user's own; its name is the path.

    Raises AnalysisError naming the file, and the key of the sidecar that is wrong.
    """
    path = path.absolute()
    return _spec(path, str(path))


def read_own(path: Path, name: str) -> NetworkSpec:
    """The same for a file that Rilievo ships."""
    return _spec(path, name)


def _spec(path: Path, name: str) -> NetworkSpec:
    what = what_it_is(path) if path.exists() else ""
    if what:
        raise AnalysisError(f"network {path} {what}: give the path of an ONNX file")
    if not path.is_file():
        raise AnalysisError(f"network {path} is not there: give the path of an ONNX file")
    graph = read_graph(path)
    for beside in graph.beside:
        if not (path.parent / beside).is_file():
            raise AnalysisError(f"network {path} needs {beside} beside it, and that is not there")
    file = path.with_suffix(".json")
    sidecar = _read(file)
    given_input, given_output, assumed = _told_by(sidecar, file) if sidecar else ({}, {}, [])
    if sidecar is None:
        assumed.append("it has no sidecar")
    told = _told_by_graph(graph, given_input, assumed)
    if "meaning" not in given_output:
        assumed.append("larger is nearer (relative inverse depth)")
    rules = _checked(told | given_input, given_output, file)
    sidecar = sidecar or _Sidecar()
    flame = sidecar.flame.name if sidecar.flame is not None else ""
    return NetworkSpec(
        name=name,
        title=sidecar.title or flame or path.name,
        licence=sidecar.licence or "your own",
        commercial=sidecar.commercial,
        input=rules.input,
        output=rules.output,
        path=path,
        note=f"{path.name}: assumed {', '.join(assumed)}" if assumed else "",
    )


def _read(file: Path) -> _Sidecar | None:
    try:
        content = read_regular(file, Limits.TEXT)
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or error
        raise AnalysisError(f"sidecar {file} cannot be read ({reason})") from error
    try:
        return msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=_Sidecar)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AnalysisError(_sentence(file, error)) from error


def _told_by(sidecar: _Sidecar, file: Path) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Keys of the rules that a sidecar gives, and what is assumed for it."""
    flame = sidecar.flame
    if flame is None:
        return sidecar.input, sidecar.output, []
    if len(flame.inputs) > 1:
        raise AnalysisError(
            f"sidecar {file}: ModelDescription.Inputs: a depth network takes one picture, and this"
            f" one takes {len(flame.inputs)}"
        )
    taken: dict[str, Any] = {"keep_aspect": flame.keep_aspect_ratio}
    if flame.padding > 1:
        taken["multiple"] = flame.padding
    # Flame knows gain alone: a network made for it takes mean and deviation off by itself.
    taken |= {"mean": (0.0, 0.0, 0.0), "deviation": (1.0, 1.0, 1.0)}
    for source in flame.inputs:
        if sorted(source.channels.upper()) != sorted("RGB") or source.channels.upper() not in (
            "RGB",
            "BGR",
        ):
            raise AnalysisError(
                f"sidecar {file}: ModelDescription.Inputs.Channels: {source.channels!r} is not"
                " known here: RGB or BGR"
            )
        taken |= {"name": source.name, "white": source.gain, "channels": source.channels.upper()}
    answered: dict[str, Any] = {}
    if flame.outputs:
        first = flame.outputs[0]
        answered = {"name": first.name, "gain": 1.0 / first.inverse_gain}
    return taken | sidecar.input, answered | sidecar.output, []


def _told_by_graph(graph: Graph, given: dict[str, Any], assumed: list[str]) -> dict[str, Any]:
    """Keys of the input's rules that its shape tells; what is a guess is added to `assumed`."""
    named = [port for port in graph.inputs if port.name == given.get("name")]
    port = named[0] if named else graph.inputs[0]
    told: dict[str, Any] = {}
    layout = given.get("layout") or _layout(port)
    if layout is None:
        layout = "NCHW"
        assumed.append(f"input '{port.name}' is a batch of planes")
    told["layout"] = layout
    lengths = dict(zip(str(layout), port.shape, strict=False))
    if lengths.get("W", 0) > 0 and lengths.get("H", 0) > 0:
        told |= {"width": lengths["W"], "height": lengths["H"]}
    elif "short_side" not in given and "width" not in given:
        assumed.append("518 pixels on the short side")
    if port.dtype == "uint8":
        told |= {"white": 255.0, "mean": (0.0, 0.0, 0.0), "deviation": (1.0, 1.0, 1.0)}
    elif not {"mean", "deviation", "normalised_inside"} & given.keys():
        told["normalised_inside"] = "yes" if graph.normalises else "no"
        if not graph.normalises:
            assumed.append("ImageNet's mean and deviation")
    return told


def _layout(port: Port) -> str | None:
    """What the lengths of an input show, or None."""
    shape = port.shape
    for rank, place, layout in (
        (4, 1, "NCHW"),
        (4, 3, "NHWC"),
        (5, 2, "NVCHW"),
        (3, 0, "CHW"),
        (3, 2, "HWC"),
    ):
        if len(shape) == rank and shape[place] == 3:
            return layout
    return "NCHW" if len(shape) == 4 and not any(shape[1:]) else None


def _checked(taken: dict[str, Any], answered: dict[str, Any], file: Path) -> _Rules:
    try:
        return msgspec.convert({"input": taken, "output": answered}, _Rules)
    except msgspec.ValidationError as error:
        raise AnalysisError(_sentence(file, error)) from error


def _sentence(file: Path, error: Exception) -> str:
    """msgspec's words with the key first: `input.short_side: Expected int, got str`."""
    words, _, place = str(error).partition(" - at `$")
    place = place.strip("`.")
    words = words.replace("`", "'")
    return f"sidecar {file}: {place}: {words}" if place else f"sidecar {file}: {words}"
