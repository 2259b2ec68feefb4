"""What the numbers of a depth map mean, judged by looking at them, and why, in a sentence.

Four kinds of evidence, strongest first:
- marks that only one meaning leaves: infinity or a renderer's "nothing" (1e10, 65504) is a
  distance, values far above 1 are no shares, codes of 16-bit files that stop at some metres are
  millimetres;
- the shape of surfaces: a plane is linear in 1/Z across the picture, whatever the camera (its
  image is a homography of it). So a map whose planes are straight as they stand is an inverse
  depth; one whose planes are straight in 1/(v + c) is a depth, with c = 0 if it is not normalised;
- where things are: what is low in the picture, or in its middle, or stands out from what surrounds
  it, is mostly near; what fills the top evenly is mostly sky;
- names of layers and files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.scene.evaluated import DepthRange
from engine.scene.map_shape import Floats, Shape, shape_of
from engine.scene.nothing import look_for_nothing

_NOTHING = 60000.0  # values from which on a float is a renderer's "nothing there"
_SHARES = 1.0 + 1e-3  # values up to which a map may be shares of a range
_METRES = 20000  # codes of a 16-bit file up to which they are millimetres
_SPAN = (0.04, 0.96)  # a map that reaches beyond both was stretched to 0..1

_INVERSE_WORDS = ("disparity", "disp", "inverse", "invdepth", "inv", "midas", "dpt", "1overz")
_RELIEF_WORDS = ("height", "heightmap", "displacement", "relief", "bump", "elevation", "dem")
_CLOSEST = 2.0  # 1/Z above which a thing would be too near to the camera for scene units
_CLEAR = 0.3  # how much straighter planes must be (logarithm) to count
# What those who draw depth in colours mostly make near: 1 the curve's end, -1 its beginning.
_DRAWN = {
    "spectral": -1.0, "rdylbu": -1.0, "inferno": 1.0, "magma": 1.0, "plasma": 1.0, "turbo": 1.0,
}  # fmt: skip
_FEW = 3  # pieces of surface that say something
_MANY = 8  # pieces of surface that say all there is to say
_COARSE = 0.5  # what they say in 8 bits, where most of the bend drowns in the steps
_MILLIMETRES = 65.535  # metres of the code 65535, in millimetres


@dataclass(frozen=True, slots=True)
class Evidence:
    """What else is known of a map. bits: of integer samples; 0: floats. channel: its name in the
    file, or empty. name: of the file, or empty. colour_map: by which it was made visible, or empty:
    such maps run either way round."""

    bits: int = 0
    channel: str = ""
    name: str = ""
    colour_map: str = ""


@dataclass(frozen=True, slots=True)
class RangeGuess:
    """kind: never AUTO. inverted: near and far are the other way round than the kind has them.
    depth_scale: multiplies the artist's own Depth Scale; for a relative inverse depth (`relative`)
    it is the value that shall lie at the source camera's near. negative: distances are below 0, as
    camera space has them. reason: one sentence."""

    kind: DepthRange
    inverted: bool
    reason: str
    depth_scale: float = 1.0
    relative: bool = False
    negative: bool = False


def guess_range(values: npt.NDArray[Any], evidence: Evidence | None = None) -> RangeGuess:
    """What a map's values stand for. values: (h, w), integers as shares of their largest code
    (0..1), floats as the file has them, NaN where there are none."""
    evidence = evidence or Evidence()
    known = np.asarray(values, np.float64)
    far = np.isposinf(known) | (known >= _NOTHING) if not evidence.bits else np.zeros(1, bool)
    depth = np.where(np.isfinite(known) & (np.abs(known) < _NOTHING), known, np.nan)
    words = _words(evidence)
    if words & {*_RELIEF_WORDS}:
        return RangeGuess(
            DepthRange.RELIEF, False, f"it is called {_named(words, _RELIEF_WORDS)}: heights"
        )
    finite = depth[np.isfinite(depth)]
    if not finite.size or float(np.ptp(finite)) <= 0:
        return _featureless(finite, bool(far.any()), evidence)
    if is_camera_space(depth):
        reason = (
            f"values {finite.min():.3g} to {finite.max():.3g}, none above 0: camera space, whose"
        )
        reason += " depth runs below 0: distances in scene units"
        return RangeGuess(DepthRange.ABSOLUTE, False, reason, negative=True)
    shape = shape_of(depth, 1 / (2**evidence.bits - 1) if evidence.bits else 0.0)
    if evidence.bits:
        return _of_sensor(depth, evidence, words) or _of_codes(shape, evidence, words)
    if bool(far.any()):
        share = max(float(far.mean()), 0.01)
        return RangeGuess(
            DepthRange.ABSOLUTE,
            False,
            f"{_span(shape)}, and {share:.0%} of it infinitely far: distances in scene units",
        )
    return _of_floats(shape, float(finite.min()), float(finite.max()), words)


def is_camera_space(values: npt.NDArray[Any]) -> bool:
    """Whether a map has values below 0 and none above: the camera looks along -Z."""
    finite = values[np.isfinite(values)]
    return bool(finite.size) and float(finite.max()) <= 0 and float(finite.min()) < 0


def _of_sensor(depth: Floats, evidence: Evidence, words: set[str]) -> RangeGuess | None:
    """Millimetres in which one largest code means nothing, as sensors write it; None: it is not
    that. As a share of a range that code would be white."""
    far = look_for_nothing(depth).far if evidence.bits == 16 else None
    if far is None:
        return None
    shape = shape_of(np.where(depth < far, depth, np.nan), 1 / (2**evidence.bits - 1))
    guess = _of_codes(shape, evidence, words)
    return guess if guess.kind is DepthRange.ABSOLUTE else None


def _of_codes(shape: Shape, evidence: Evidence, words: set[str]) -> RangeGuess:
    top = 2**evidence.bits - 1
    near, why = _larger_is_near(shape, words, evidence.bits, evidence.colour_map)
    if evidence.bits == 16 and 100 <= shape.high * top <= _METRES and near < 1:
        codes = f"codes {shape.low * top:.0f} to {shape.high * top:.0f} of a 16-bit file"
        holes = ", with holes" if shape.zeros else ""
        return RangeGuess(
            DepthRange.ABSOLUTE, False, f"{codes}{holes}: millimetres", depth_scale=_MILLIMETRES
        )
    if near > 0:
        reason = f"a file of whole numbers, {why}: normalized, and white is near"
    else:
        reason = f"a file of whole numbers, {why}: normalized, and white is far"
    return RangeGuess(DepthRange.NORMALIZED, near > 0, reason)


def _of_floats(shape: Shape, least: float, most: float, words: set[str]) -> RangeGuess:
    near, why = _larger_is_near(shape, words, 0)
    if shape.high > _SHARES or least < -0.01 * (shape.high - shape.low):
        if near > 0:
            relative = shape.high > _CLOSEST or least < 0
            what = "inverse depth of no unit" if relative else "inverse depth, 1/Z"
            return RangeGuess(
                DepthRange.INVERSE, False, f"{_span(shape)} in a float file, {why}: {what}",
                shape.high if relative else 1.0, relative,
            )  # fmt: skip
        reason = f"{_span(shape)} in a float file, {why}: distances in scene units"
        return RangeGuess(DepthRange.ABSOLUTE, False, reason)
    if least < _SPAN[0] and most > _SPAN[1]:
        which = "near" if near > 0 else "far"
        reason = f"values that fill 0 to 1, {why}: normalized, and white is {which}"
        return RangeGuess(DepthRange.NORMALIZED, near > 0, reason)
    if near > 0:
        if shape.planes.mirrored < shape.planes.inverse - _CLEAR and shape.planes.surfaces >= _FEW:
            reason = f"{_span(shape)}, {why}: normalized, and white is near"
            return RangeGuess(DepthRange.NORMALIZED, True, reason)
        reason = f"{_span(shape)} in a float file, {why}: inverse depth, 1/Z"
        return RangeGuess(DepthRange.INVERSE, False, reason)
    # Both are straight in 1/(v + c): for distances c is 0.
    if shape.planes.surfaces >= _FEW and shape.planes.own < shape.planes.depth + _CLEAR:
        reason = f"{_span(shape)} in a float file, {why} and planes through 0: distances"
        return RangeGuess(DepthRange.ABSOLUTE, False, f"{reason} in scene units")
    reason = f"{_span(shape)}, {why}: normalized, and white is far"
    return RangeGuess(DepthRange.NORMALIZED, False, reason)


def _larger_is_near(
    shape: Shape, words: set[str], bits: int, colour_map: str = ""
) -> tuple[float, str]:
    """How much speaks for large values being near (above 0) or far, and what speaks most for it.
    A logarithm of odds, roughly."""
    trust = min(1.0, shape.planes.surfaces / _MANY) * (1.0 if bits != 8 else _COARSE)
    depth, mirrored = min(shape.planes.depth, shape.planes.own), shape.planes.mirrored
    if colour_map:
        # An inverse depth is straight as it stands whichever way it runs: that says nothing.
        inverse, planes = False, 0.0
        if min(depth, mirrored) < shape.planes.inverse - _CLEAR:
            planes = depth - mirrored
    else:
        inverse = shape.planes.inverse <= mirrored
        planes = depth - min(shape.planes.inverse, mirrored)
    found = [
        (2.0 * trust * float(np.clip(planes, -3, 3)),
         "its planes straight as they stand" if inverse else "its planes straight in 1/(1 - value)",
         "its planes straight in 1/value"),
        (2.0 * shape.bottom, "larger toward the bottom of the picture",
         "larger toward the top of the picture"),
        (1.0 * shape.middle, "larger in the middle than around it",
         "smaller in the middle than around it"),
        (0.5 * shape.standing, "large where something stands out",
         "small where something stands out"),
        (2.5 * shape.sky, "the least value fills the top", "the largest value fills the top"),
    ]  # fmt: skip
    if colour_map in _DRAWN:
        drawn = f"as most draw it in {colour_map}"
        found.append((_DRAWN[colour_map], drawn, drawn))
    if words & {*_INVERSE_WORDS} and not colour_map:
        called = f"called {_named(words, _INVERSE_WORDS)}"
        found.append((4.0, called, called))
    total = sum(weight for weight, _, _ in found)
    # What speaks for the other side does not explain the answer.
    weight, pro, contra = max(found, key=lambda item: item[0] * (1 if total > 0 else -1))
    return total, pro if weight > 0 else contra


def _featureless(finite: Floats, far: bool, evidence: Evidence) -> RangeGuess:
    if not finite.size and not far:
        return RangeGuess(DepthRange.NORMALIZED, False, "there is no value in it: normalized")
    if not finite.size or finite[0] > _SHARES:
        return RangeGuess(
            DepthRange.ABSOLUTE, False, "all of it has one value: a distance in scene units"
        )
    kind = "normalized, and white is far"
    return RangeGuess(DepthRange.NORMALIZED, False, f"all of it has one value: {kind}")


def _span(shape: Shape) -> str:
    return f"values {shape.low:.3g} to {shape.high:.3g}"


def _words(evidence: Evidence) -> set[str]:
    """The parts of the names, in lower case: of "Scene_Disparity.exr" scene and disparity."""
    names = f"{evidence.channel} {evidence.name}"
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", names)
    return {word for word in re.split(r"[^a-z]+", spaced.lower()) if word}


def _named(words: set[str], wanted: tuple[str, ...]) -> str:
    return next(f'"{word}"' for word in wanted if word in words)
