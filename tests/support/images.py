"""Reference pictures, compared with two tolerances.

A picture is right when at most a `share` of its pixels differ from the reference by more than
`largest`. Software renderers differ between versions at polygon edges, so a reference belongs to
the adapter it was made on; on any other adapter the comparison is loose.

`pytest --update-images` writes the references anew. What does not match is written beside its
magnified difference into tests/output-artifacts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.generic]

FOLDER = Path(__file__).parents[1] / "images"
ARTIFACTS = Path(__file__).parents[1] / "output-artifacts"
MADE_ON = "made-on.json"

# On another adapter than the reference was made on: this many times the largest difference, and
# this much more of the picture may differ (edges move by a sample there, whole areas do not).
LOOSE_LARGEST = 4.0
LOOSE_SHARE = 0.02


@dataclass(frozen=True)
class Comparison:
    """largest: the largest difference found; share: of the pixels, those above the tolerance.

    difference: (h, w) float64, the largest over the channels; infinite where just one is NaN.
    """

    largest: float
    share: float
    difference: npt.NDArray[np.float64]


def compare(new: Image, reference: Image, largest: float) -> Comparison:
    """Compare two pictures (h, w) or (h, w, c) of one shape, in the pictures' own units."""
    assert new.shape == reference.shape, f"{new.shape} is not {reference.shape}"
    a = np.atleast_3d(new).astype(np.float64)
    b = np.atleast_3d(reference).astype(np.float64)
    with np.errstate(invalid="ignore"):
        difference = np.abs(a - b)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    difference = np.where(same, 0.0, np.where(np.isnan(difference), np.inf, difference)).max(axis=2)
    return Comparison(float(difference.max()), float((difference > largest).mean()), difference)


@dataclass
class References:
    """The reference pictures of one run.

    adapter: the summary of the adapter that draws now. update: write instead of compare.
    """

    folder: Path = FOLDER
    artifacts: Path = ARTIFACTS
    adapter: str = ""
    update: bool = False
    used: set[str] = field(default_factory=set)

    def check(self, name: str, image: Image, *, largest: float, share: float = 0.0) -> None:
        """Fail unless `image` is the reference called `name`.

        image: uint8 (h, w) or (h, w, 3) is kept as PNG, floats as NPY. largest: in the picture's
        own units (levels for uint8). share: 0..1 of the pixels that may differ by more.
        """
        path = self.folder / f"{name}{'.png' if image.dtype == np.uint8 else '.npy'}"
        self.used.add(path.name)
        if self.update:
            self._write(path, image)
            return
        if not path.exists():
            self._artifact(f"{name}-new", image)
            raise AssertionError(
                f"there is no reference {path.name}: look at the new picture in "
                f"{self.artifacts.name}, and keep it with --update-images"
            )
        reference = _read(path)
        if reference.shape != image.shape:
            self._artifact(f"{name}-new", image)
            raise AssertionError(
                f"{name} is {_size(image)} now, and the reference is {_size(reference)}"
            )
        made_on = self.made_on().get(path.name, "")
        if made_on != self.adapter:
            largest, share = largest * LOOSE_LARGEST, share + LOOSE_SHARE
        found = compare(image, reference, largest)
        if found.share > share:
            self._artifact(f"{name}-new", image)
            self._artifact(f"{name}-difference", magnified(found.difference, largest))
            raise AssertionError(
                f"{name}: {found.share:.3%} of the pixels differ by more than {largest:g} "
                f"(allowed {share:.3%}), the largest by {found.largest:g}; reference made on "
                f"{made_on or 'an unknown adapter'}, drawn on {self.adapter}; see "
                f"{self.artifacts.name}/{name}-difference.png"
            )

    def unused(self) -> list[str]:
        """Files among the references that nothing asked for in this run."""
        files = {path.name for path in self.folder.glob("*") if path.is_file()}
        return sorted(files - self.used - {MADE_ON, ".gitkeep"})

    def remove(self, names: list[str]) -> None:
        """Take references out, and out of the list of what was made where."""
        made_on = self.made_on()
        for name in names:
            (self.folder / name).unlink()
            made_on.pop(name, None)
        self._keep(made_on)

    def made_on(self) -> dict[str, str]:
        """Which adapter each reference was made on, by file name."""
        path = self.folder / MADE_ON
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def _keep(self, made_on: dict[str, str]) -> None:
        text = json.dumps(dict(sorted(made_on.items())), indent=2)
        (self.folder / MADE_ON).write_text(text + "\n", encoding="utf-8")

    def _write(self, path: Path, image: Image) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".png":
            write_png(path, image)
        else:
            np.save(path, image)
        self._keep({**self.made_on(), path.name: self.adapter})

    def _artifact(self, name: str, image: Image) -> None:
        self.artifacts.mkdir(parents=True, exist_ok=True)
        if image.dtype == np.uint8:
            write_png(self.artifacts / f"{name}.png", image)
        else:
            np.save(self.artifacts / f"{name}.npy", image)
            write_png(self.artifacts / f"{name}.png", stretched(image))


def magnified(difference: npt.NDArray[np.float64], largest: float) -> npt.NDArray[np.uint8]:
    """A grey picture of a difference: the tolerance is mid-grey, twice the tolerance is white."""
    scaled = difference / (2.0 * largest if largest > 0 else max(float(difference.max()), 1e-12))
    return (np.clip(scaled, 0.0, 1.0) * 255).astype(np.uint8)


def stretched(image: Image) -> npt.NDArray[np.uint8]:
    """A float picture for the eye: its finite values from black to white."""
    values = np.atleast_3d(image).astype(np.float64)[..., :3]
    if values.shape[2] == 2:
        values = values[..., :1]
    finite = np.isfinite(values)
    low, high = (values[finite].min(), values[finite].max()) if finite.any() else (0.0, 1.0)
    scaled = (np.where(finite, values, low) - low) / max(high - low, 1e-12)
    return (np.clip(scaled, 0.0, 1.0) * 255).astype(np.uint8)


def write_png(path: Path, image: Image) -> None:
    """Write uint8 (h, w), (h, w, 1) or (h, w, 3) RGB."""
    pixels = image if image.ndim == 2 or image.shape[2] == 1 else image[..., ::-1]
    assert image.dtype == np.uint8, f"a PNG here holds 8 bits, not {image.dtype}"
    written = cv2.imwrite(str(path), np.ascontiguousarray(pixels, np.uint8))
    assert written, f"could not write {path}"


def _read(path: Path) -> Image:
    if path.suffix == ".npy":
        return np.load(path)
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert pixels is not None, f"could not read {path}"
    return pixels if pixels.ndim == 2 else pixels[..., ::-1]


def _size(image: Image) -> str:
    return "×".join(str(n) for n in image.shape)
