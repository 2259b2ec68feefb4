"""The networks that Rilievo knows, and how one is found by its name.

Revisions, sizes and checksums are as the repositories state them. A network without a source is
listed for its licence: there is no file of it that was checked.
"""

from __future__ import annotations

from pathlib import Path

from engine.errors import AnalysisError
from models import shipped
from models.depth import cache
from models.depth.sidecar import read_own, spec_from_sidecar
from models.depth.spec import (
    InputRules,
    Meaning,
    NetworkSpec,
    OutputRules,
    Source,
    SourceFile,
)

RECOMMENDED = "depth-anything-v2-small"
OWN = "own"
OWN_FILE = "depth_small.onnx"

_APACHE = "Apache-2.0: any use, also commercial"
_MIT = "MIT: any use, also commercial"
_NON_COMMERCIAL = "CC BY-NC 4.0: not for commercial work"

_DAV2_INPUT = InputRules(name="pixel_values")
_DAV2_OUTPUT = OutputRules(name="predicted_depth")


def _dav2(path: str, size: int, sha256: str) -> Source:
    return Source(
        repository="onnx-community/depth-anything-v2-small",
        revision="4472b7362082ad9968fee890ca0f1e5aca36b93d",
        files=(SourceFile(path=path, size=size, sha256=sha256),),
    )


def _listed(name: str, title: str) -> NetworkSpec:
    return NetworkSpec(
        name=name,
        title=title,
        licence=_NON_COMMERCIAL,
        commercial=False,
        note="no checked file of it is known: give an ONNX file of your own",
    )


NETWORKS: tuple[NetworkSpec, ...] = (
    NetworkSpec(
        name=RECOMMENDED,
        title="Depth Anything V2 Small",
        licence=_APACHE,
        commercial=True,
        input=_DAV2_INPUT,
        output=_DAV2_OUTPUT,
        source=_dav2(
            "onnx/model_fp16.onnx",
            49_642_442,
            "2df6223f206b5164e21f664ace61dabeb9bb6a49b8b5a3e00510b4807d0f5b04",
        ),
    ),
    NetworkSpec(
        name="depth-anything-v2-small-fp32",
        title="Depth Anything V2 Small, 32-bit floats",
        licence=_APACHE,
        commercial=True,
        input=_DAV2_INPUT,
        output=_DAV2_OUTPUT,
        source=_dav2(
            "onnx/model.onnx",
            99_060_839,
            "afb6a5c28f3b6bf1618c6e43f02073ef9dfdc70e937502d51603e57b0a1df10c",
        ),
    ),
    NetworkSpec(
        name="depth-anything-v2-small-int8",
        title="Depth Anything V2 Small, 8-bit integers",
        licence=_APACHE,
        commercial=True,
        input=_DAV2_INPUT,
        output=_DAV2_OUTPUT,
        source=_dav2(
            "onnx/model_quantized.onnx",
            27_258_801,
            "fcf51f1b230362b28690bb9d1809bf0431f29cad20534e3f589bd7285547f20d",
        ),
    ),
    NetworkSpec(
        name="depth-anything-3-small",
        title="Depth Anything 3 Small",
        licence=_APACHE,
        commercial=True,
        input=InputRules(name="pixel_values", layout="NVCHW"),
        output=OutputRules(name="predicted_depth", meaning=Meaning.RELATIVE),
        source=Source(
            repository="onnx-community/depth-anything-v3-small",
            revision="0b6a7f3bf5595f9950b91389e0da3a0de130324c",
            files=(
                SourceFile(
                    path="onnx/model.onnx",
                    size=640_691,
                    sha256="396008798244a074297fd88e450433b1357fc687f534939375c804ded86e7b2a",
                    also=("model.onnx",),
                ),
                SourceFile(
                    path="onnx/model.onnx_data",
                    size=104_702_464,
                    sha256="802bb24741e67f5bb2b369fc64d40afe11439cc895d676d658d65cfb75c9860f",
                    also=("model.onnx_data",),
                ),
            ),
        ),
    ),
    NetworkSpec(
        name="moge-2-small",
        title="MoGe-2 ViT-S",
        licence="Unchecked: the code is MIT, and what holds for the weights its model card says",
        commercial=False,
        input=InputRules(
            name="image", mean=(0.0, 0.0, 0.0), deviation=(1.0, 1.0, 1.0), tokens="num_tokens"
        ),
        output=OutputRules(
            name="points", meaning=Meaning.POINTS, mask="mask", scale="metric_scale"
        ),
        source=Source(
            repository="Ruicheng/moge-2-vits-normal-onnx",
            revision="e50ffda41565591092adea54c6ac83d6212e1e23",
            files=(
                SourceFile(
                    path="model.onnx",
                    size=140_852_051,
                    sha256="24eacb5dc7a2c54c7bc98f7de085ffbed79ad006ea5b664c2c2cdc02ff3a52f0",
                ),
            ),
        ),
    ),
    NetworkSpec(
        name="midas-2.1-small",
        title="MiDaS v2.1 small",
        licence=_MIT,
        commercial=True,
        input=InputRules(width=256, height=256, normalised_inside="unknown"),
        source=Source(
            url="https://github.com/isl-org/MiDaS/releases/download/v2_1",
            files=(
                SourceFile(
                    path="model-small.onnx",
                    size=66_764_249,
                    sha256="2d8c6cb8f415229daf1eb041024208e2608c9f98e17c81cc7c6ecb449c56fd58",
                ),
            ),
        ),
    ),
    _listed("depth-anything-v2-base", "Depth Anything V2 Base"),
    _listed("depth-anything-v2-large", "Depth Anything V2 Large"),
    _listed("depth-anything-v2-giant", "Depth Anything V2 Giant"),
    _listed("depth-anything-3-large", "Depth Anything 3 Large"),
    _listed("depth-anything-3-giant", "Depth Anything 3 Giant"),
    _listed("depth-anything-3-nested", "Depth Anything 3 Nested"),
)

HOW_TO_GET_ONE = f"run `rilievo models fetch {RECOMMENDED}`, or give an ONNX file of your own"


def networks() -> tuple[NetworkSpec, ...]:
    """All networks that can be named: the known ones, and the shipped one where it is there and
    whole."""
    try:
        own = own_network()
    except AnalysisError:  # told by who asks for it
        own = None
    return (*NETWORKS, own) if own is not None else NETWORKS


def own_network(folder: Path | None = None) -> NetworkSpec | None:
    """The network that is shipped with Rilievo; its rules are in the sidecar beside it. None where
    this version ships none."""
    path = (folder or shipped.FOLDER) / OWN_FILE
    if not path.is_file() or not path.with_suffix(".json").is_file():
        return None
    return read_own(path, OWN)


def installed(spec: NetworkSpec) -> bool:
    """Whether its files are here; their checksums are looked at when it is loaded."""
    if spec.path is not None:
        return spec.path.is_file()
    return spec.source is not None and cache.found(spec.source) is not None


def find(name: str) -> NetworkSpec:
    """The network of that name, installed or not. Raises AnalysisError listing those there are."""
    known = networks()
    if name.strip().lower() == OWN and (own := own_network()) is not None:
        return own  # or what is wrong with it
    for spec in known:
        if spec.name == name.strip().lower():
            return spec
    names = ", ".join(spec.name for spec in known)
    raise AnalysisError(f"there is no network '{name}': choose an .onnx file, or one of {names}")


def spec_of(name_or_path: str = "") -> NetworkSpec:
    """The network to use for a name, or for the path of an ONNX file of the user's own.

    Empty: the first of the list that is installed and free for commercial work; the shipped one is
    the last of them. Raises AnalysisError, which says how to get a network.
    """
    if not name_or_path.strip():
        for spec in networks():
            if spec.commercial and installed(spec):
                return spec
        raise AnalysisError(f"Global Analysis needs a network, and none is here: {HOW_TO_GET_ONE}")
    if Path(name_or_path).suffix.lower() == ".onnx":
        return spec_from_sidecar(Path(name_or_path))
    spec = find(name_or_path)
    if spec.source is None and spec.path is None:
        raise AnalysisError(f"network {spec.name} ({spec.licence}) cannot be had here: {spec.note}")
    if not installed(spec):
        raise AnalysisError(
            f"network {spec.name} is not here: run `rilievo models fetch {spec.name}`"
        )
    return spec
