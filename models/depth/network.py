"""A network that answers with the inverse depth of a picture."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from engine.errors import AnalysisError
from models import runtime
from models.depth import answers, cache, moge
from models.depth.onnx_graph import read_graph
from models.depth.prepare import Preparation, Prepared, Rgb
from models.depth.spec import InputRules, Meaning, NetworkSpec

Floats = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]
"""(left, top, right, bottom) in pixels, right and bottom outside."""

RULES = 1
"""Counts what changes answers without a change of the network: part of the fingerprint."""

_DTYPES = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(uint8)": "uint8"}


class DepthNetwork:
    """A network, loaded at its first picture. Safe to use from several threads, one after another.

    Its pictures are display-referred sRGB, as `engine.media.to_display_rgb8` gives them for any
    media, scene-linear ones too.
    """

    def __init__(self, spec: NetworkSpec, provider: str = "auto") -> None:
        """spec: of `models.depth.registry.spec_of`. provider: what runs it, `auto` or a name of
        `models.providers()`. Raises AnalysisError for a provider that is not there."""
        runtime.choose(provider)
        self.spec = spec
        self.metric = spec.metric
        """Whether the answers are in 1/metres."""
        self._wanted = provider
        self._busy = threading.Lock()
        self._loaded: _Loaded | None = None
        self._fallback = ""
        self.loading = ""
        """That it is being loaded, which takes a while the first time; empty at other times."""
        self._fingerprint = ""

    def inverse_depth(
        self, rgb: Rgb, box: Box | None = None, *, pixel_aspect: float = 1.0
    ) -> Floats:
        """(h', w') float32 at the network's size: relative inverse depth a / Z + b, larger is
        nearer, finite; 1/Z in 1/metres where `metric`.

        rgb: (h, w, 3) uint8 sRGB. box: the part to look at, for which all of the network's pixels
        are used then; the whole picture without one. pixel_aspect: width of a pixel over its
        height. Raises AnalysisError: a network that is missing, damaged, or fails.
        """
        return self.inverse_depths([rgb], box, pixel_aspect=pixel_aspect)[0]

    def inverse_depths(
        self, pictures: Sequence[Rgb], box: Box | None = None, *, pixel_aspect: float = 1.0
    ) -> list[Floats]:
        """The same for several pictures of one size, in one run where the network takes them so.
        The memory that it needs grows with their number."""
        parts = [rgb if box is None else _cut(rgb, box) for rgb in pictures]
        with self._busy:
            loaded = self._ready()
            try:
                return loaded.inverse_depths(parts, pixel_aspect)
            except AnalysisError as error:
                used = loaded.network.provider
                if self._wanted.strip().lower() != "auto" or used == "cpu":
                    raise
                # Some providers load what they cannot run: an operator, a size, too little memory.
                self._loaded = loaded = _Loaded(self.spec, "cpu")
                self._fallback = f"{self.spec.title} runs on cpu: {error}"
            return loaded.inverse_depths(parts, pixel_aspect)

    @property
    def gains_by_batches(self) -> bool:
        """Whether several pictures in one run take less time than one after another: on a graphics
        processor they do, and a processor is busy with one. False before it is loaded."""
        return self.provider not in ("", "cpu")

    def warm_up(self, size: tuple[int, int] = (1920, 1080)) -> None:
        """Load it and run it once, so that the first picture comes as fast as the others.

        size: (width, height) of the pictures to come. Raises AnalysisError.
        """
        self.inverse_depth(np.zeros((size[1], size[0], 3), np.uint8))

    @property
    def provider(self) -> str:
        """Short name of what runs it; empty before it is loaded."""
        return self._loaded.network.provider if self._loaded is not None else ""

    @property
    def messages(self) -> tuple[str, ...]:
        """In plain words: what was assumed about it, and what runs it where that is not the first
        choice."""
        chosen = self._loaded.network.message if self._loaded is not None else ""
        known = (self.spec.note, chosen, self._fallback)
        return tuple(text for text in known if text)

    @property
    def fingerprint(self) -> str:
        """What its answers depend on: name, content and rules. Raises AnalysisError where a
        network of the user's own cannot be read."""
        if not self._fingerprint:
            digest = hashlib.sha256(msgspec.json.encode([self.spec.input, self.spec.output, RULES]))
            for part in _contents(self.spec):
                digest.update(part.encode())
            path = self.spec.path  # what was analysed stays good when the file is moved
            name = self.spec.name if path is None else path.stem
            self._fingerprint = f"{name} {digest.hexdigest()[:32]}"
        return self._fingerprint

    def _ready(self) -> _Loaded:
        if self._loaded is None:
            self.loading = f"{self.spec.title} is being loaded"
            try:
                self._loaded = _Loaded(self.spec, self._wanted)
            finally:
                self.loading = ""
        return self._loaded


class _Loaded:
    """A session with the tables that its pictures need."""

    def __init__(self, spec: NetworkSpec, provider: str) -> None:
        self._spec = spec
        path = cache.located(spec)[0]
        # By its path, as its weights may lie in a file beside it.
        self.network = runtime.load(spec.title, path, provider)
        inputs = {port.name: port for port in self.network.session.get_inputs()}
        self._input = spec.input.name or self.network.input_name
        self._token_shape: tuple[int, ...] | None = None
        if spec.input.tokens:
            self._require(spec.input.tokens, tuple(inputs), "input.tokens")
            self._token_shape = (1,) * len(inputs.pop(spec.input.tokens).shape)
        self._require(self._input, tuple(inputs), "input.name")
        if len(inputs) > 1:
            others = ", ".join(name for name in inputs if name != self._input)
            raise AnalysisError(
                f"network {spec.title} asks for more than a picture ({others}): it cannot be used"
            )
        output = spec.output
        self._outputs = [output.name or self.network.output_names[0]]
        self._outputs += [name for name in (output.mask, output.scale) if name]
        for name in self._outputs:
            self._require(name, self.network.output_names, "output")
        port = inputs[self._input]
        dtype = _DTYPES.get(port.type)
        if dtype is None:
            raise AnalysisError(f"network {spec.title} takes {port.type}, which is no picture")
        self._preparation = Preparation(_settled(spec, port, path), dtype)
        free = spec.input.layout.startswith("N") and not isinstance(port.shape[0], int)
        self._takes_several = free and self._token_shape is None and len(self._outputs) == 1

    def inverse_depths(self, pictures: Sequence[Rgb], pixel_aspect: float) -> list[Floats]:
        if len(pictures) < 2 or not self._takes_several:
            return [self.inverse_depth(rgb, pixel_aspect) for rgb in pictures]
        prepared: list[Prepared] = []
        for rgb in pictures:
            one = self._preparation.prepare(rgb, pixel_aspect)
            prepared.append(Prepared(one.tensor.copy(), one.inside))
        tensor = np.concatenate([one.tensor for one in prepared])
        (answer,) = self.network.answer({self._input: tensor}, self._outputs)
        if len(answer) != len(pictures):
            raise AnalysisError(
                f"network {self._spec.title} answers {len(answer)} maps for {len(pictures)}"
                " pictures: its sidecar's layout may be wrong"
            )
        return [self._depth(answer[index : index + 1], one) for index, one in enumerate(prepared)]

    def inverse_depth(self, rgb: Rgb, pixel_aspect: float) -> Floats:
        prepared = self._preparation.prepare(rgb, pixel_aspect)
        feeds: dict[str, npt.NDArray[Any]] = {self._input: prepared.tensor}
        if self._token_shape is not None:
            lengths = dict(zip(self._spec.input.layout, prepared.tensor.shape, strict=True))
            count = np.full(self._token_shape, moge.tokens(lengths["W"], lengths["H"]), np.int64)
            feeds[self._spec.input.tokens] = count
        answer = self.network.answer(feeds, self._outputs)
        if self._spec.output.meaning is Meaning.POINTS:
            return _from_points(answer, self._spec)
        return self._depth(answer[0], prepared)

    def _depth(self, answer: npt.NDArray[Any], prepared: Prepared) -> Floats:
        rules, name = self._spec.output, self._spec.title
        return answers.inverse_depth(
            _uncovered(answers.plane(answer, rules, name), prepared), rules, name
        )

    def _require(self, name: str, known: tuple[str, ...], key: str) -> None:
        if name not in known:
            raise AnalysisError(
                f"network {self._spec.title} has no '{name}' ({key}): it has {', '.join(known)}"
            )


def _settled(spec: NetworkSpec, port: Any, path: Path) -> InputRules:
    """The input's rules with what only the graph can tell."""
    rules = spec.input
    if len(port.shape) != len(rules.layout):
        raise AnalysisError(
            f"network {spec.title} takes {len(port.shape)} dimensions, and its layout"
            f" {rules.layout} has {len(rules.layout)}"
        )
    lengths = dict(zip(rules.layout, port.shape, strict=True))
    width, height = lengths["W"], lengths["H"]
    if isinstance(width, int) and isinstance(height, int):
        rules = msgspec.structs.replace(rules, width=width, height=height)
    if rules.normalised_inside == "unknown":
        inside = "yes" if read_graph(path).normalises else "no"
        rules = msgspec.structs.replace(rules, normalised_inside=inside)
    return rules


def _uncovered(values: Floats, prepared: Prepared) -> Floats:
    """What is of the picture, where a network of one size saw more than it."""
    height, width = values.shape
    left, top, right, bottom = prepared.inside
    across = slice(round(left * width), max(round(left * width) + 1, round(right * width)))
    down = slice(round(top * height), max(round(top * height) + 1, round(bottom * height)))
    return values[down, across]


def _from_points(answer: list[npt.NDArray[Any]], spec: NetworkSpec) -> Floats:
    points = np.asarray(answer[0], np.float32)
    points = points.reshape(points.shape[-3:])
    rest = iter(answer[1:])
    mask = np.asarray(next(rest), np.float32) if spec.output.mask else None
    scale = float(np.asarray(next(rest)).reshape(-1)[0]) if spec.output.scale else 1.0
    if mask is not None:
        mask = mask.reshape(points.shape[:2])
    inverse = moge.inverse_depth(points, mask, scale * spec.output.gain)
    return answers.inverse_depth(
        inverse, msgspec.structs.replace(spec.output, gain=1.0), spec.title
    )


def _cut(rgb: Rgb, box: Box) -> Rgb:
    """The part of a picture in a box, as far as it is in the picture. Raises AnalysisError."""
    height, width = rgb.shape[:2]
    left, top = max(0, box[0]), max(0, box[1])
    right, bottom = min(width, box[2]), min(height, box[3])
    if right <= left or bottom <= top:
        raise AnalysisError(
            f"there is nothing to analyse: {box} is outside {width}x{height} pixels"
        )
    return rgb[top:bottom, left:right]


def _contents(spec: NetworkSpec) -> list[str]:
    """Checksums of a network's files."""
    if spec.source is not None:
        return [file.sha256 for file in spec.source.files]
    if spec.path is None:
        return []
    beside = (spec.path.parent / name for name in read_graph(spec.path).beside)
    return [cache.checksum(path) for path in (spec.path, *beside)]
